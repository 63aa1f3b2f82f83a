//! Rolling deployments that are successful early, and hooks that come back before every step.

use serde_json::{Value, json};

use super::super::stage::{self, Native1};
use super::super::{EarlySuccess, HookTarget, NativeHook, Strategy};
use super::at;

const HOUR: u64 = 3_600;

fn early(early: EarlySuccess) -> Native1 {
    stage::native1_with(Strategy::Rolling, |spec| {
        spec.native.early_success = Some(early)
    })
}

#[test]
fn the_old_tasks_of_an_early_success_serve_on_for_a_while() {
    let mut web1 = early(EarlySuccess::deferred());
    let criteria = web1.service(0)["deploymentConfiguration"]["earlySuccessCriteria"].take();
    assert_eq!(criteria["sourceServiceRevisionCleanup"], "DEFERRED");
    let arn = web1.update(0, 0);
    assert_eq!(
        web1.serving(170),
        [(2, 2.0 * 100.0 / 3.0), (0, 100.0 / 3.0)],
        "nothing is stopped meanwhile"
    );
    assert_eq!(web1.status(&arn, 180), "SUCCESSFUL");
    assert_eq!(web1.serving(180), [(2, 50.0), (0, 50.0)]);
    let found = web1.service(180);
    assert_eq!(found["runningCount"], 4);
    let old = &found["deployments"][1];
    assert_eq!(
        (&old["status"], &old["desiredCount"], &old["runningCount"]),
        (&json!("ACTIVE"), &json!(0), &json!(2))
    );
    assert_eq!(found["deployments"][0]["rolloutState"], "COMPLETED");
    let listed = web1.ecs(
        "ListTasks",
        json!({ "cluster": "prod", "serviceName": "web1" }),
        180,
    );
    assert_eq!(listed["taskArns"].as_array().unwrap().len(), 4);
    assert_eq!(web1.serving(290).len(), 2);
    assert_eq!(web1.serving(310), [(0, 100.0)]);
    assert_eq!(
        web1.service(310)["deployments"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn part_of_the_tasks_can_be_enough() {
    for deferred in [true, false] {
        let mut web1 = early(EarlySuccess {
            healthy_percent: 50,
            deferred,
        });
        let arn = web1.update(0, 0);
        assert_eq!(web1.status(&arn, 164), "IN_PROGRESS");
        assert_eq!(web1.status(&arn, 169), "SUCCESSFUL", "one of two");
        let old = web1.serving(169).iter().any(|part| part.0 == 2);
        assert_eq!(old, deferred, "a cleanup that blocks comes first");
        assert_eq!(web1.serving(400), [(0, 100.0)]);
        assert_eq!(web1.service(400)["runningCount"], 2);
    }
}

#[test]
fn after_an_early_success_it_can_be_deployed_and_rolled_back_as_ever() {
    let mut web1 = early(EarlySuccess::deferred());
    web1.update(0, 0);
    let next = web1.update(1, 200);
    assert_eq!(web1.status(&next, 400), "SUCCESSFUL");
    let last = web1.update(2, 600);
    web1.ecs(
        "StopServiceDeployment",
        json!({ "serviceDeploymentArn": last }),
        620,
    );
    assert_eq!(web1.status(&last, 900), "ROLLBACK_SUCCESSFUL");
    assert_eq!(web1.serving(900), [(1, 100.0)]);
    web1.world.advance(at(2_000));
    assert_eq!(
        web1.service(2_000)["deployments"].as_array().unwrap().len(),
        1
    );
}

fn paused(strategy: Strategy) -> Native1 {
    stage::native1_with(strategy, |spec| {
        spec.native.hooks = vec![NativeHook::pause("PRE_PRODUCTION_TRAFFIC_SHIFT")]
    })
}

fn waiting(web1: &mut Native1, arn: &str, seconds: u64) -> Option<Value> {
    let found = web1.described(arn, seconds);
    let hooks = found["lifecycleHookDetails"].as_array().unwrap();
    hooks
        .iter()
        .find(|hook| hook["status"] == "AWAITING_ACTION")
        .cloned()
}

#[test]
fn a_pause_before_every_step_waits_each_time() {
    for (strategy, steps) in [
        (Strategy::Canary, 2),
        (Strategy::Linear, 4),
        (Strategy::BlueGreen, 1),
    ] {
        for same in [false, true] {
            let mut web1 = paused(strategy);
            web1.world.switches.pause_keeps_hook_id = same;
            let arn = web1.update(0, 0);
            let mut ids = Vec::new();
            for step in 1..=steps {
                let now = step * HOUR;
                let hook = waiting(&mut web1, &arn, now).expect("it waits");
                assert_eq!(web1.status(&arn, now), "IN_PROGRESS");
                let input = json!({ "serviceDeploymentArn": arn, "hookId": hook["hookId"] });
                web1.ecs("ContinueServiceDeployment", input.clone(), now);
                let again = web1.ecs_refuses("ContinueServiceDeployment", input, now + 10);
                assert_eq!(again.code, "InvalidParameterException");
                ids.push(hook["hookId"].clone());
            }
            assert!(waiting(&mut web1, &arn, (steps + 1) * HOUR - 600).is_none());
            assert_eq!(ids.iter().all(|id| *id == ids[0]), same || steps == 1);
            let hooks = web1.described(&arn, (steps + 1) * HOUR)["lifecycleHookDetails"].take();
            let shown = if same { 1 } else { steps as usize };
            assert_eq!(hooks.as_array().unwrap().len(), shown);
            assert_eq!(web1.status(&arn, (steps + 3) * HOUR), "SUCCESSFUL");
        }
    }
}

#[test]
fn a_pause_with_the_same_id_has_its_own_end() {
    let mut web1 = paused(Strategy::Canary);
    web1.world.switches.pause_keeps_hook_id = true;
    let arn = web1.update(0, 0);
    let hook = waiting(&mut web1, &arn, 20 * HOUR).unwrap();
    let input = json!({ "serviceDeploymentArn": arn, "hookId": hook["hookId"] });
    web1.ecs("ContinueServiceDeployment", input, 20 * HOUR);
    assert!(
        waiting(&mut web1, &arn, 30 * HOUR).is_some(),
        "the first one's end is past"
    );
    assert_eq!(web1.status(&arn, 46 * HOUR), "ROLLBACK_SUCCESSFUL");
}

#[test]
fn hooks_before_the_first_step_alone_are_a_switch() {
    let mut web1 = stage::native1_with(Strategy::Linear, |spec| {
        let stage = "PRE_PRODUCTION_TRAFFIC_SHIFT".to_owned();
        spec.native.hooks = vec![NativeHook {
            stage,
            target: HookTarget::Lambda { fails: false },
        }];
    });
    let mut counts = Vec::new();
    for every in [true, false] {
        web1.world.switches.hooks_before_every_step = every;
        let start = if every { 0 } else { 3 * HOUR };
        let arn = web1.update(usize::from(!every), start);
        let found = web1.described(&arn, start + HOUR);
        counts.push(found["lifecycleHookDetails"].as_array().unwrap().len());
    }
    assert_eq!(counts, [4, 1]);
}
