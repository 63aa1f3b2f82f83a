//! The policy of the README, and what `docs/iam.md` says of it, against what AWS is really asked.

use std::collections::BTreeSet;

use aws_sim::aws::Service;
use aws_sim::rules::{Effect, Rule};
use aws_sim::world::{
    Crash, ImageSpec, NativeHook, NativePhase, Reached, ServiceSpec, Start, Strategy, stage,
};
use ecs_rollback_action::FOR_ALL_RESOURCES;
use serde_json::Value;

use super::{block, read};
use crate::harness::Step;
use crate::harness::operations;
use crate::harness::worlds::{asking, expiring};

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

/// The kinds of resources that each action must name, all of them; none: only `*` allows it. Source: AWS's Service
/// Authorization Reference, the pages of CloudWatch Logs, CodeDeploy, ECR, ECS and IAM (2026-10).
const RESOURCE_TYPES: [(&str, &[&str]); 38] = [
    ("codedeploy:BatchGetApplicationRevisions", &["application"]),
    ("codedeploy:BatchGetDeploymentGroups", &["deploymentgroup"]),
    ("codedeploy:BatchGetDeployments", &["deploymentgroup"]),
    ("codedeploy:ContinueDeployment", &[]),
    ("codedeploy:CreateDeployment", &["deploymentgroup"]),
    ("codedeploy:GetApplicationRevision", &["application"]),
    ("codedeploy:GetDeployment", &["deploymentgroup"]),
    ("codedeploy:GetDeploymentConfig", &["deploymentconfig"]),
    ("codedeploy:GetDeploymentGroup", &["deploymentgroup"]),
    ("codedeploy:GetDeploymentTarget", &[]),
    ("codedeploy:ListApplications", &[]),
    ("codedeploy:ListDeploymentGroups", &["application"]),
    ("codedeploy:ListDeployments", &["deploymentgroup"]),
    ("codedeploy:RegisterApplicationRevision", &["application"]),
    ("codedeploy:StopDeployment", &[]),
    ("codedeploy:UpdateDeploymentGroup", &["deploymentgroup"]),
    ("ecr:BatchGetImage", &["repository"]),
    ("ecr:DescribeImages", &["repository"]),
    ("ecr:GetDownloadUrlForLayer", &["repository"]),
    ("ecr:GetLifecyclePolicy", &["repository"]),
    ("ecr:GetLifecyclePolicyPreview", &["repository"]),
    ("ecr:PutImage", &["repository"]),
    ("ecs:ContinueServiceDeployment", &["service-deployment"]),
    (
        "ecs:DescribeServiceDeployments",
        &["service", "service-deployment"],
    ),
    (
        "ecs:DescribeServiceRevisions",
        &["service", "service-revision"],
    ),
    ("ecs:DescribeServices", &["service"]),
    ("ecs:DescribeTaskDefinition", &[]),
    ("ecs:DescribeTasks", &["task"]),
    ("ecs:ListServiceDeployments", &["service"]),
    ("ecs:ListTaskDefinitions", &[]),
    ("ecs:ListTasks", &["container-instance"]),
    ("ecs:RegisterTaskDefinition", &["task-definition"]),
    (
        "ecs:StopServiceDeployment",
        &["service", "service-deployment"],
    ),
    ("ecs:TagResource", &["task-definition"]),
    ("ecs:UpdateService", &["service"]),
    ("iam:PassRole", &["role"]),
    ("logs:GetLogEvents", &["log-stream"]),
    ("sns:Publish", &["topic"]),
];

/// The IAM actions of the operations that the code declares.
fn called() -> BTreeSet<String> {
    let declared = operations::declared().into_iter();
    declared
        .map(|(service, name)| format!("{service}:{name}"))
        .collect()
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
    one_or_more(&statement["Action"])
}

/// IAM takes one text, or a list of them.
fn one_or_more(texts: &Value) -> Vec<String> {
    let text = |text: &Value| text.as_str().expect("a text").to_owned();
    match texts {
        Value::Array(texts) => texts.iter().map(text).collect(),
        one => vec![text(one)],
    }
}

/// `deploymentgroup` of `arn:aws:codedeploy:…:…:deploymentgroup:…`.
fn resource_type(arn: &str) -> &str {
    let resource = arn.splitn(6, ':').nth(5).expect("an ARN has six parts");
    // `arn:aws:sns:…:…:on-call`: nothing but the name.
    if arn.starts_with("arn:aws:sns:") {
        return "topic";
    }
    // `log-group:/ecs/web1:log-stream:…`: a stream is a part of its group.
    if resource.contains(":log-stream:") {
        return "log-stream";
    }
    let end = resource.find([':', '/']).unwrap_or(resource.len());
    &resource[..end]
}

/// Why AWS would deny an action that a statement means to allow.
fn why_denied(action: &str, resources: &[String]) -> Option<String> {
    if resources == ["*"] {
        return None;
    }
    let known = RESOURCE_TYPES.iter().find(|(known, _)| *known == action);
    let (_, needed) = known.unwrap_or_else(|| panic!("{action} is not in the table"));
    if needed.is_empty() {
        return Some(format!("{action} needs \"*\", but has {resources:?}"));
    }
    let named: BTreeSet<&str> = resources.iter().map(|arn| resource_type(arn)).collect();
    let lacking = needed.iter().find(|needed| !named.contains(*needed))?;
    Some(format!("{action} names no {lacking}: {resources:?}"))
}

#[test]
fn every_action_has_the_resources_that_aws_wants() {
    let mut denied = Vec::new();
    let policy = policy();
    let statements = policy["Statement"].as_array();
    for statement in statements.expect("a list of statements") {
        let resources = one_or_more(&statement["Resource"]);
        for action in actions(statement) {
            denied.extend(why_denied(&action, &resources));
        }
    }
    assert!(denied.is_empty(), "{denied:#?}");
    // What was wrong once: with a group's ARN alone, each stop is denied.
    let group = "arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/blue".to_owned();
    assert!(why_denied("codedeploy:StopDeployment", std::slice::from_ref(&group)).is_some());
    assert!(why_denied("codedeploy:GetApplicationRevision", &[group]).is_some());
}

/// The hint of a denial says `"Resource": "*"` where nothing else allows the action.
#[test]
fn the_code_knows_the_actions_that_only_a_star_allows() {
    let by_aws = RESOURCE_TYPES
        .iter()
        .filter(|(_, needed)| needed.is_empty());
    let by_aws: Vec<&str> = by_aws.map(|(action, _)| *action).collect();
    assert_eq!(FOR_ALL_RESOURCES.as_slice(), by_aws);
}

/// `docs/iam.md` says of each action whether it can be limited; that must be what AWS says.
#[test]
fn what_can_be_limited_is_said_as_aws_says_it() {
    let explained = read("docs/iam.md");
    for (action, needed) in RESOURCE_TYPES {
        let row = explained
            .lines()
            .find(|line| line.starts_with('|') && line.contains(&format!("`{action}`")));
        let row = row.unwrap_or_else(|| panic!("no row for {action}"));
        // The last cell says it.
        let limit = row.trim_end_matches([' ', '|']).rsplit('|').next();
        let says_nothing = limit.is_some_and(|limit| limit.trim().starts_with("nothing: `*`"));
        assert_eq!(needed.is_empty(), says_nothing, "{row}");
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
    let mut needed: BTreeSet<String> = called();
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
            // The one that does not start is rolled back.
            assert!(done.exit < 2, "{}", done.log);
        }
    }
}

/// The actions behind every call that the simulator saw in runs which between them take every way there is.
async fn iam_actions_seen() -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for step in every_way() {
        // One of them does not start.
        assert!(step.run().await.exit < 2);
        for call in step.sim.calls().iter() {
            let service = match call.service {
                Some(Service::Ecs) => "ecs",
                Some(Service::Ecr) => "ecr",
                Some(Service::CodeDeploy) => "codedeploy",
                Some(Service::Logs) => "logs",
                Some(Service::Sns) => "sns",
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
    // A version that does not start any more.
    let mut crashing = stage::web1();
    let digest = crashing.releases[0].digest.clone();
    let crash = Some(Crash::exited(1));
    crashing.world.set_image_crash("web1", &digest, crash);
    let step = |world, service| {
        Step::on(world)
            .input("cluster", "prod")
            .input("service", service)
    };
    // Whoever hangs behind a topic is told.
    let mut telling = stage::web1();
    let topic = telling.world.add_topic("on-call");
    let told = step(telling.world, "web1").input("sns-topic-arn", &topic);
    vec![
        told.input("version", "v1.0.0"),
        asking(expiring(), "v1.0.0").input("mode", "check"),
        Step::web1("previous"),
        Step::web1("").input("mode", "mark-stable"),
        step(new.world, "web1").input("version", "v1.0.5"),
        step(busy.world, "web1").input("version", "v1.2.0"),
        step(first.world, "web2").input("version", "v1.1.0"),
        step(crashing.world, "web1").input("version", "v1.0.0"),
    ]
}

#[tokio::test(start_paused = true)]
async fn every_operation_of_the_policy_is_one_that_aws_saw() {
    let called: BTreeSet<String> = called();
    assert_eq!(iam_actions_seen().await, called);
}

#[test]
fn every_action_is_explained() {
    let explained = read("docs/iam.md");
    for action in called()
        .into_iter()
        .chain(BEHIND_THE_WRITES.map(str::to_owned))
    {
        assert!(
            explained.contains(&action),
            "docs/iam.md doesn't say why {action} is there"
        );
    }
}
