//! Reading what ECS deployed: lists, filters, pages, and services that remember little.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::stage::{self, DAY, Native1, START};
use super::super::{
    NativeAct, NativeHook, NativePhase, PastService, ServiceDeploymentStatus, ServiceOutcome,
    Strategy,
};
use super::at;

fn arns(answer: &Value) -> Vec<String> {
    let briefs = answer["serviceDeployments"].as_array().unwrap();
    briefs
        .iter()
        .map(|brief| brief["serviceDeploymentArn"].as_str().unwrap().to_owned())
        .collect()
}

fn list(web1: &mut Native1, more: Value) -> Value {
    let mut input = json!({ "cluster": "prod", "service": "web1" });
    for (member, value) in more.as_object().unwrap() {
        input[member] = value.clone();
    }
    web1.ecs("ListServiceDeployments", input, 0)
}

#[test]
fn lists_are_filtered_and_paged() {
    let mut web1 = stage::native1(Strategy::Rolling);
    let (key, broken) = (
        web1.service.clone(),
        web1.releases[1].task_definition.clone(),
    );
    for (nth, outcome) in [
        ServiceOutcome::RolledBack,
        ServiceOutcome::Stopped,
        ServiceOutcome::RollbackFailed,
    ]
    .into_iter()
    .enumerate()
    {
        let when = at(0) - Duration::from_secs(1_800 - 400 * nth as u64);
        web1.world
            .past_service_deployment(&key, &PastService::new(&broken, when, outcome));
    }
    assert_eq!(web1.serving(0), [(2, 100.0)]);
    let all = arns(&list(&mut web1, json!({})));
    assert_eq!(all.len(), 7);
    let mut paged: Vec<String> = Vec::new();
    let mut token = Value::Null;
    loop {
        let page = list(&mut web1, json!({ "maxResults": 3, "nextToken": token }));
        assert!(arns(&page).len() <= 3);
        paged.extend(arns(&page));
        token = page.get("nextToken").cloned().unwrap_or(Value::Null);
        if token.is_null() {
            break;
        }
    }
    assert_eq!(paged, all);
    let good = arns(&list(&mut web1, json!({ "status": ["SUCCESSFUL"] })));
    assert_eq!(good.len(), 4);
    assert!(good.contains(&web1.releases[2].deployment));
    let recent = json!({ "createdAt": { "after": START - DAY, "before": START } });
    assert_eq!(arns(&list(&mut web1, recent)).len(), 4);
    let error = web1.ecs_refuses(
        "ListServiceDeployments",
        json!({ "cluster": "prod", "service": "web1", "nextToken": "x" }),
        0,
    );
    assert_eq!(error.code, "InvalidParameterException");
    let rolled_back = list(&mut web1, json!({ "status": ["ROLLBACK_SUCCESSFUL"] }));
    let found = web1.described(&arns(&rolled_back)[0].clone(), 0);
    assert_eq!(
        found["rollback"]["serviceRevisionArn"],
        found["sourceServiceRevisions"][0]["arn"]
    );
}

#[test]
fn twenty_can_be_described_at_once_and_ninety_days_are_remembered() {
    let mut web1 = stage::native1(Strategy::Rolling);
    let (key, old) = (
        web1.service.clone(),
        web1.releases[0].task_definition.clone(),
    );
    let many = vec![web1.releases[0].deployment.clone(); 21];
    for (operation, member) in [
        ("DescribeServiceDeployments", "serviceDeploymentArns"),
        ("DescribeServiceRevisions", "serviceRevisionArns"),
    ] {
        let error = web1.ecs_refuses(operation, json!({ member: many }), 0);
        assert_eq!(error.code, "InvalidParameterException");
        assert_eq!(
            web1.ecs_refuses(operation, json!({ member: [] }), 0).code,
            "InvalidParameterException"
        );
    }
    let long_ago = PastService::new(
        &old,
        at(0) - Duration::from_secs(91 * DAY),
        ServiceOutcome::Stopped,
    );
    let forgotten = web1.world.past_service_deployment(&key, &long_ago);
    let input = json!({ "serviceDeploymentArns": [forgotten] });
    let answer = web1.ecs("DescribeServiceDeployments", input, 0);
    assert_eq!(answer["failures"][0]["reason"], "MISSING");
    assert_eq!(arns(&list(&mut web1, json!({}))).len(), 4);
}

#[test]
fn a_service_from_before_revisions_has_none() {
    let mut web1 = stage::native1_with(Strategy::Rolling, |spec| spec.native.recorded = false);
    assert!(arns(&list(&mut web1, json!({}))).is_empty());
    let service = web1.service(0);
    assert!(
        service["currentServiceRevisions"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert_eq!(service["deployments"][0]["rolloutState"], "COMPLETED");
    let arn = web1.update(0, 0);
    assert!(
        web1.described(&arn, 60)["sourceServiceRevisions"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    web1.ecs(
        "StopServiceDeployment",
        json!({ "serviceDeploymentArn": arn }),
        60,
    );
    let back = web1.described(&arn, 400);
    assert_eq!(back["status"], "ROLLBACK_SUCCESSFUL");
    assert!(back["rollback"].get("serviceRevisionArn").is_none());
    assert_eq!(web1.serving(400), [(2, 100.0)]);
}

#[test]
fn every_phase_can_be_met() {
    use NativePhase::{
        Baking, InProgress, Paused, Pending, RollingBack, RollingBackTraffic, Shifting,
    };
    for strategy in Strategy::ALL {
        for phase in [
            Pending,
            InProgress,
            Shifting,
            Baking,
            Paused,
            RollingBack,
            RollingBackTraffic,
        ] {
            let rolling = strategy == Strategy::Rolling;
            if (rolling && matches!(phase, Baking | Paused))
                || (strategy == Strategy::BlueGreen && phase == Shifting)
            {
                continue;
            }
            let mut web1 = stage::native1_with(strategy, |spec| {
                let stage = "POST_SCALE_UP";
                spec.native.hooks = if phase == Paused {
                    vec![NativeHook::pause(stage)]
                } else {
                    Vec::new()
                };
            });
            let (key, old) = (
                web1.service.clone(),
                web1.releases[0].task_definition.clone(),
            );
            let arn = web1.world.start_service_deployment(&key, &old, phase);
            assert_eq!(web1.world.now(), at(0));
            let expected = match phase {
                Pending => ServiceDeploymentStatus::Pending,
                RollingBack | RollingBackTraffic => ServiceDeploymentStatus::RollbackInProgress,
                _ => ServiceDeploymentStatus::InProgress,
            };
            let found = web1.world.service_deployment(&arn).unwrap();
            assert_eq!(found.status, expected, "{strategy:?} {phase:?}");
            assert_eq!(
                (found.baking, found.paused()),
                (phase == Baking, phase == Paused)
            );
            let moved = web1.serving(0)[0] != (2, 100.0);
            assert_eq!(
                moved,
                matches!(phase, Shifting | Baking | RollingBackTraffic),
                "{strategy:?} {phase:?}"
            );
        }
    }
}

#[test]
fn others_act_when_it_was_planned() {
    let mut web1 = stage::native1_with(Strategy::Canary, |spec| {
        spec.native.hooks = vec![NativeHook::pause("POST_SCALE_UP")];
    });
    let (key, old) = (
        web1.service.clone(),
        web1.releases[0].task_definition.clone(),
    );
    web1.world.plan_act(&key, NativeAct::Update(old), at(10));
    web1.world.plan_act(&key, NativeAct::Continue, at(300));
    web1.world
        .plan_act(&key, NativeAct::Stop { rollback: true }, at(400));
    web1.world.advance(at(20));
    let arn = web1.world.service_deployments(&key)[4].arn.clone();
    assert!(web1.described(&arn, 299)["lifecycleHookDetails"].is_array());
    assert_eq!(web1.serving(399), [(2, 90.0), (0, 10.0)]);
    assert_eq!(web1.status(&arn, 500), "ROLLBACK_SUCCESSFUL");
    let target = web1.world.service_deployment(&arn).unwrap().target.clone();
    assert_eq!(
        web1.world.service_revision(&target),
        Some(web1.releases[0].task_definition.as_str())
    );
}
