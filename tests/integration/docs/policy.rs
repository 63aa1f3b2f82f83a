//! The policy of the README, and what `docs/iam.md` says of it, against what AWS is really asked.

use std::collections::BTreeSet;

use aws_sim::aws::Service;
use aws_sim::rules::{Effect, Rule};
use aws_sim::world::{
    ImageSpec, NativeHook, NativePhase, Reached, ServiceSpec, Start, Strategy, stage,
};
use ecs_rollback_action::aws::{Operation, codedeploy, ecr, ecs};
use serde_json::Value;

use super::{block, read};
use crate::harness::Step;
use crate::harness::operations;

/// What AWS checks besides the operations that are called: behind RegisterTaskDefinition (its roles, its tags)
/// and behind CreateDeployment (the AppSpec, the configuration, the alarms).
const BEHIND_THE_WRITES: [&str; 6] = [
    "iam:PassRole",
    "ecs:TagResource",
    "codedeploy:UpdateDeploymentGroup",
    "codedeploy:GetDeploymentConfig",
    "codedeploy:RegisterApplicationRevision",
    "codedeploy:GetApplicationRevision",
];

/// The operations that this action calls. A test looks that none is missing here.
const CALLED: &[Operation] = &[
    ecs::DESCRIBE_SERVICES,
    ecs::LIST_TASKS,
    ecs::DESCRIBE_TASKS,
    ecs::DESCRIBE_TASK_DEFINITION,
    ecs::LIST_TASK_DEFINITIONS,
    ecs::REGISTER_TASK_DEFINITION,
    ecs::LIST_SERVICE_DEPLOYMENTS,
    ecs::DESCRIBE_SERVICE_DEPLOYMENTS,
    ecs::DESCRIBE_SERVICE_REVISIONS,
    ecs::UPDATE_SERVICE,
    ecs::STOP_SERVICE_DEPLOYMENT,
    ecs::CONTINUE_SERVICE_DEPLOYMENT,
    ecr::DESCRIBE_IMAGES,
    ecr::BATCH_GET_IMAGE,
    ecr::GET_DOWNLOAD_URL_FOR_LAYER,
    codedeploy::GET_DEPLOYMENT,
    codedeploy::BATCH_GET_DEPLOYMENTS,
    codedeploy::LIST_DEPLOYMENTS,
    codedeploy::GET_DEPLOYMENT_GROUP,
    codedeploy::BATCH_GET_DEPLOYMENT_GROUPS,
    codedeploy::BATCH_GET_APPLICATION_REVISIONS,
    codedeploy::LIST_APPLICATIONS,
    codedeploy::LIST_DEPLOYMENT_GROUPS,
    codedeploy::GET_DEPLOYMENT_TARGET,
    codedeploy::CREATE_DEPLOYMENT,
    codedeploy::CONTINUE_DEPLOYMENT,
    codedeploy::STOP_DEPLOYMENT,
];

#[test]
fn every_operation_of_the_code_is_known_here() {
    let declared: BTreeSet<_> = operations::declared()
        .into_iter()
        .map(|(service, name)| format!("{service}:{name}"))
        .collect();
    let called: BTreeSet<String> = CALLED
        .iter()
        .map(|operation| operation.iam_action())
        .collect();
    assert_eq!(declared, called);
}

fn policy() -> Value {
    let readme = read("README.md");
    let (from, to) = block(&readme, "iam-policy");
    let fenced = readme[from..to]
        .trim()
        .trim_start_matches("```json")
        .trim_end_matches("```");
    serde_json::from_str(fenced).expect("the policy is JSON")
}

fn actions(statement: &Value) -> Vec<String> {
    let text = |action: &Value| action.as_str().expect("an action is text").to_owned();
    match &statement["Action"] {
        Value::Array(actions) => actions.iter().map(text).collect(),
        one => vec![text(one)],
    }
}

#[test]
fn the_policy_allows_what_is_called_and_no_more() {
    let policy = policy();
    let mut allowed = BTreeSet::new();
    for statement in policy["Statement"]
        .as_array()
        .expect("a list of statements")
    {
        assert_eq!(statement["Effect"], "Allow");
        for action in actions(statement) {
            assert!(!action.contains('*'), "{action}");
            assert!(allowed.insert(action.clone()), "{action} is there twice");
        }
    }
    let mut needed: BTreeSet<String> = CALLED
        .iter()
        .map(|operation| operation.iam_action())
        .collect();
    needed.extend(BEHIND_THE_WRITES.map(str::to_owned));
    let lacking: Vec<_> = needed.difference(&allowed).collect();
    let spare: Vec<_> = allowed.difference(&needed).collect();
    assert!(
        lacking.is_empty() && spare.is_empty(),
        "the policy lacks {lacking:?} and has {spare:?} for nothing"
    );
}

/// What the README's table says that a service of one controller can do without: the actions of those statements.
fn left_out(whose: &str) -> Vec<String> {
    let readme = read("README.md");
    let row = readme
        .lines()
        .find(|line| line.starts_with(&format!("| {whose} deploys |")));
    let sids: BTreeSet<&str> = row
        .expect("a row of the table")
        .split('`')
        .skip(1)
        .step_by(2)
        .collect();
    let statements = policy()["Statement"]
        .as_array()
        .cloned()
        .expect("a list of statements");
    let sid = |statement: &Value| statement["Sid"].as_str().unwrap_or_default().to_owned();
    let known: BTreeSet<String> = statements.iter().map(sid).collect();
    assert!(
        sids.iter().all(|sid| known.contains(*sid)),
        "{sids:?} are not all in the policy"
    );
    statements
        .iter()
        .filter(|it| sids.contains(&*sid(it)))
        .flat_map(actions)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_service_does_without_the_other_controllers_statements() {
    for (whose, ways) in [("CodeDeploy", by_codedeploy()), ("ECS", by_ecs().into())] {
        let denied = left_out(whose);
        assert!(denied.len() > 3, "{denied:?}");
        for step in ways {
            for action in &denied {
                let (_, name) = action.split_once(':').expect("an action has a service");
                step.sim.rule(Rule::on(name, Effect::access_denied(action)));
            }
            let done = step.run().await;
            assert_eq!(done.exit, 0, "{}", done.log);
        }
    }
}

/// The actions behind every call that the simulator saw in runs which between them take every way there is.
async fn iam_actions_seen() -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for step in every_way() {
        assert_eq!(step.run().await.exit, 0);
        for call in step.sim.calls().iter() {
            let service = match call.service {
                Some(Service::Ecs) => "ecs",
                Some(Service::Ecr) => "ecr",
                Some(Service::CodeDeploy) => "codedeploy",
                Some(other) => panic!("{other:?} is in no policy"),
                None => continue,
            };
            seen.insert(format!("{service}:{}", call.operation));
        }
    }
    seen
}

fn every_way() -> Vec<Step> {
    let mut ways = by_codedeploy();
    ways.extend(by_ecs());
    ways
}

/// A service that ECS deploys, at rest, in a canary, and paused by a hook.
fn by_ecs() -> [Step; 3] {
    let (rolling, mut canary) = (
        stage::native1(Strategy::Rolling),
        stage::native1(Strategy::Canary),
    );
    let old = canary.releases[0].task_definition.clone();
    canary
        .world
        .start_service_deployment(&canary.service, &old, NativePhase::Shifting);
    let mut paused = stage::native1_with(Strategy::BlueGreen, |spec| {
        spec.native.hooks = vec![NativeHook::pause("PRE_PRODUCTION_TRAFFIC_SHIFT")];
    });
    paused
        .world
        .start_service_deployment(&paused.service, &old, NativePhase::Paused);
    let asking = |world, version| {
        Step::on(world)
            .input("cluster", "prod")
            .input("service", "web1")
            .input("version", version)
    };
    [
        asking(rolling.world, "v1.0.0"),
        asking(canary.world, "v1.2.0"),
        asking(paused.world, "v1.0.0"),
    ]
}

fn by_codedeploy() -> Vec<Step> {
    // An image that never ran here: its platform is looked up, and it needs a revision of its own.
    let mut new = stage::web1();
    let now = new.world.now();
    new.world.push_image(
        "web1",
        &["v1.0.5"],
        ImageSpec::single("linux", "amd64"),
        now,
    );
    // A service that CodeDeploy never deployed, in a group with a name of its own that waits before it shifts traffic.
    let mut first = stage::web1();
    let mut web2 = ServiceSpec::new("prod", "web2", &first.releases[2].task_definition, "web1");
    (web2.application, web2.deployment_group) = (Some("shop".to_owned()), Some("green".to_owned()));
    web2.ready_wait_minutes = Some(60);
    first.world.create_service(&web2, now);
    // A release on its way, whose original tasks still run what is asked for.
    let mut busy = stage::web1();
    let release = Start::new(&busy.releases[1].task_definition);
    busy.world
        .start_deployment(&busy.service, &release, Reached::TerminationWait);
    let step = |world, service| {
        Step::on(world)
            .input("cluster", "prod")
            .input("service", service)
    };
    vec![
        Step::web1("v1.0.0"),
        Step::web1("previous"),
        step(new.world, "web1").input("version", "v1.0.5"),
        step(busy.world, "web1").input("version", "v1.2.0"),
        step(first.world, "web2").input("version", "v1.1.0"),
    ]
}

#[tokio::test(start_paused = true)]
async fn every_operation_of_the_policy_is_one_that_aws_saw() {
    let called: BTreeSet<String> = CALLED
        .iter()
        .map(|operation| operation.iam_action())
        .collect();
    assert_eq!(iam_actions_seen().await, called);
}

#[test]
fn every_action_is_explained() {
    let explained = read("docs/iam.md");
    for action in CALLED
        .iter()
        .map(|operation| operation.iam_action())
        .chain(BEHIND_THE_WRITES.map(str::to_owned))
    {
        assert!(
            explained.contains(&action),
            "docs/iam.md doesn't say why {action} is there"
        );
    }
}
