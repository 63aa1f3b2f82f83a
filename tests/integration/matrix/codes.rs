//! AWS denied, unreachable or not understood: one table of every operation and what a fault of it becomes.

use std::collections::BTreeSet;

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::{Crash, NativePhase, Strategy, stage};

use crate::harness::worlds::{ago, amd64, asking, expiring, key, never_deployed};
use crate::harness::{Step, operations};

/// A fault, and the code that a read gets for it when it never passes.
fn faults(action: &str) -> Vec<(&'static str, Effect, &'static str)> {
    vec![
        (
            "access denied",
            Effect::access_denied(action),
            "access-denied",
        ),
        (
            "expired token",
            Effect::expired_token(),
            "credentials-invalid",
        ),
        (
            "unrecognized client",
            Effect::unrecognized_client(),
            "credentials-invalid",
        ),
        ("throttled for ever", Effect::Throttle, "aws-throttled"),
        ("500", Effect::server_error(), "aws-error"),
        ("503", Effect::unavailable(), "aws-error"),
        ("reset", Effect::ResetBefore, "aws-unreachable"),
        ("hang", Effect::HangBefore, "aws-unreachable"),
        ("a proxy's page", Effect::Html(200), "aws-error"),
        ("a proxy's error page", Effect::Html(502), "aws-error"),
        ("truncated", Effect::TruncateBody, "aws-error"),
    ]
}

/// When a run calls an operation.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// Before anything is written, with this step.
    Before(fn() -> Step),
    /// Only once the deployment is there: a fault ends `failed`, not `refused`.
    Watching,
    /// A write, which the stories called `writes` look at.
    Write,
    /// Once a deployment has failed, for its cause: a fault costs a line.
    Diagnosing,
    /// Once the run is over: a fault costs a line.
    Afterwards,
    /// By `check` alone, for what is ahead: a fault costs a line.
    Ahead,
}

/// The usual run.
fn usual() -> Step {
    Step::web1("v1.0.0")
}

/// No deployment tells the group, and it has a name of its own.
fn searching() -> Step {
    let world = never_deployed(|spec| {
        spec.application = Some("Shop".to_owned());
        spec.deployment_group = Some("Web1".to_owned());
    });
    asking(world, "v1.0.0")
}

/// An image that has never run here.
fn never_ran() -> Step {
    let mut stage = stage::web1();
    stage
        .world
        .push_image("web1", &["v1.3.0"], amd64(), ago(600));
    asking(stage.world, "v1.3.0")
}

/// The usual run for a service that ECS deploys by itself.
fn by_ecs() -> Step {
    asking(stage::native1(Strategy::Rolling).world, "v1.0.0")
}

/// The same, in the middle of a release.
fn by_ecs_busy() -> Step {
    let mut native1 = stage::native1(Strategy::Rolling);
    let release = native1.releases[1].task_definition.clone();
    native1
        .world
        .start_service_deployment(&native1.service, &release, NativePhase::InProgress);
    asking(native1.world, "v1.0.0")
}

/// `ecs:DescribeServices` is the operation `DescribeServices`.
pub fn name(action: &str) -> &str {
    action.split_once(':').map_or(action, |(_, name)| name)
}

/// Every operation that this action calls, as its IAM action.
pub const TABLE: &[(&str, When)] = &[
    ("ecs:DescribeServices", When::Before(usual)),
    ("ecs:ListTasks", When::Before(usual)),
    ("ecs:DescribeTasks", When::Before(usual)),
    ("ecs:DescribeTaskDefinition", When::Before(usual)),
    ("ecs:ListTaskDefinitions", When::Before(usual)),
    ("ecs:RegisterTaskDefinition", When::Write),
    ("ecs:ListServiceDeployments", When::Before(by_ecs)),
    ("ecs:DescribeServiceDeployments", When::Before(by_ecs_busy)),
    ("ecs:DescribeServiceRevisions", When::Before(by_ecs)),
    ("ecs:UpdateService", When::Write),
    ("ecs:StopServiceDeployment", When::Write),
    ("ecs:ContinueServiceDeployment", When::Write),
    ("ecr:DescribeImages", When::Before(usual)),
    ("ecr:BatchGetImage", When::Before(usual)),
    ("ecr:GetDownloadUrlForLayer", When::Before(never_ran)),
    ("ecr:PutImage", When::Write),
    ("codedeploy:GetDeployment", When::Before(usual)),
    ("codedeploy:BatchGetDeployments", When::Before(usual)),
    ("codedeploy:ListDeployments", When::Before(usual)),
    ("codedeploy:GetDeploymentGroup", When::Before(usual)),
    (
        "codedeploy:BatchGetDeploymentGroups",
        When::Before(searching),
    ),
    (
        "codedeploy:BatchGetApplicationRevisions",
        When::Before(usual),
    ),
    ("codedeploy:ListApplications", When::Before(searching)),
    ("codedeploy:ListDeploymentGroups", When::Before(searching)),
    ("codedeploy:GetDeploymentTarget", When::Watching),
    ("codedeploy:CreateDeployment", When::Write),
    ("codedeploy:ContinueDeployment", When::Write),
    ("codedeploy:StopDeployment", When::Write),
    ("logs:GetLogEvents", When::Diagnosing),
    ("sns:Publish", When::Afterwards),
    ("ecr:GetLifecyclePolicy", When::Ahead),
    ("ecr:GetLifecyclePolicyPreview", When::Ahead),
];

/// The target does not start any more.
fn crashing() -> Step {
    let mut stage = stage::web1();
    let crash = Crash::exited(1);
    stage
        .world
        .set_image_crash("web1", &stage.releases[0].digest, Some(crash));
    stage.world.pace.install_timeout = 120_000;
    asking(stage.world, "v1.0.0")
}

#[tokio::test(start_paused = true)]
async fn every_fault_of_the_look_for_the_cause_costs_a_line() {
    for (operation, when) in TABLE {
        if !matches!(when, When::Diagnosing) {
            continue;
        }
        for (fault, effect, _) in faults(operation) {
            let step = crashing();
            step.sim.rule(Rule::on(name(operation), effect));
            let done = step.run().await;
            done.ended(&step, "reverted", &["deployment-reverted"], 1);
            assert!(!done.output("cause").is_empty(), "{fault}: {}", done.log);
        }
    }
}

/// What becomes of the images is good to know, and no more.
#[tokio::test(start_paused = true)]
async fn every_fault_in_what_is_ahead_leaves_a_check_ready() {
    for (operation, when) in TABLE {
        if !matches!(when, When::Ahead) {
            continue;
        }
        for (fault, effect, _) in faults(operation) {
            let step = asking(expiring(), "v1.0.0").input("mode", "check");
            step.sim.rule(Rule::on(name(operation), effect));
            let done = step.run().await;
            done.ended(&step, "ready", &[], 0).wrote_nothing(&step);
            // Without a preview the rules have to do.
            let is_known = done.log.contains("v1.1.0 expires after");
            let is_said = done.log.contains("when images expire is not known");
            let needs_it = operation.ends_with("Policy");
            assert_eq!(
                (is_known, is_said),
                (!needs_it, needs_it),
                "{fault}: {}",
                done.log
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_fault_once_the_run_is_over_costs_a_line() {
    for (operation, when) in TABLE {
        if !matches!(when, When::Afterwards) {
            continue;
        }
        for (fault, effect, _) in faults(operation) {
            let step = usual();
            let topic = step.sim.world(|world| world.add_topic("on-call"));
            let step = step.input("sns-topic-arn", &topic);
            step.sim.rule(Rule::on(name(operation), effect));
            let done = step.run().await;
            done.rolled_back(&step);
            let told = "::warning title=Rollback::the SNS topic on-call was not told: ";
            assert_eq!(done.log.matches(told).count(), 1, "{fault}: {}", done.log);
        }
    }
}

#[test]
fn every_operation_has_a_row() {
    let declared: BTreeSet<_> = operations::declared()
        .into_iter()
        .map(|(service, name)| format!("{service}:{name}"))
        .collect();
    let rows: BTreeSet<_> = TABLE
        .iter()
        .map(|(operation, _)| (*operation).to_owned())
        .collect();
    assert_eq!(rows, declared);
    assert!(rows.len() == TABLE.len() && rows.len() > 15);
}

#[tokio::test(start_paused = true)]
async fn every_fault_of_every_read_has_its_code_and_writes_nothing() {
    for (operation, when) in TABLE {
        let When::Before(step) = when else { continue };
        let action = (*operation).to_owned();
        for (fault, effect, code) in faults(&action) {
            let step = step().input("timeout", "10m");
            step.sim.rule(Rule::on(name(operation), effect));
            let done = step.run().await;
            assert!(
                step.sim.calls().count(name(operation)) > 0,
                "{action} is not called"
            );
            assert_eq!(done.codes(), [code], "{action}, {fault}:\n{}", done.log);
            done.refused(&step, code)
                .says(&action)
                .says("Nothing was changed");
            let seconds = done.took.as_secs();
            assert!(seconds <= 31, "{action}, {fault}: {seconds} s");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn faults_that_pass_are_not_noticed() {
    for (operation, when) in TABLE {
        let When::Before(step) = when else { continue };
        for effect in [
            Effect::Throttle,
            Effect::server_error(),
            Effect::unavailable(),
            Effect::ResetBefore,
            Effect::HangBefore,
        ] {
            let step = step().input("wait-for", "nothing");
            step.sim.rule(Rule::on(name(operation), effect).first(1));
            let done = step.run().await;
            let by_codedeploy = step
                .sim
                .world(|world| world.service_deployments(&key()).is_empty());
            done.ended(&step, "started", &[], usize::from(by_codedeploy));
            assert!(!done.log.contains("warning"), "{}", done.log);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_fault_while_watching_ends_with_what_aws_is_doing() {
    for (operation, when) in TABLE {
        if !matches!(when, When::Watching) {
            continue;
        }
        for (fault, effect, code) in faults(operation) {
            let step = usual().input("timeout", "2m");
            step.sim.rule(Rule::on(name(operation), effect));
            let done = step.run().await;
            let passes = matches!(code, "aws-throttled" | "aws-error" | "aws-unreachable");
            let (outcome, code) = if passes {
                ("timed-out", "timed-out")
            } else {
                ("failed", code)
            };
            assert_eq!(done.codes(), [code], "{fault}:\n{}", done.log);
            done.ended(&step, outcome, &[code], 1)
                .says("aws deploy stop-deployment --deployment-id d-78IL1GTH7");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_ecs_deploys_needs_nothing_of_codedeploy() {
    let step = by_ecs();
    for (operation, _) in TABLE.iter().filter(|(it, _)| it.starts_with("codedeploy:")) {
        let denied = Effect::access_denied(operation);
        step.sim.rule(Rule::on(name(operation), denied));
    }
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    assert!(!done.log.contains("codedeploy:"), "{}", done.log);
}

#[tokio::test(start_paused = true)]
async fn a_group_that_may_be_where_the_role_may_not_look() {
    let step = searching();
    step.sim.world(|world| {
        let mut other = aws_sim::world::ServiceSpec::new("prod", "web2", "", "web");
        other.application = Some("AAA".to_owned());
        world.add_group(&other, ago(600));
    });
    step.sim.rule(Rule::on(
        "ListDeploymentGroups",
        Effect::access_denied("codedeploy:ListDeploymentGroups"),
    ));
    let done = step.run().await;
    done.refused(&step, "access-denied")
        .says("codedeploy:ListDeploymentGroups");
    let step = searching();
    step.sim.world(|world| {
        let mut other = aws_sim::world::ServiceSpec::new("prod", "web2", "", "web");
        other.application = Some("AAA".to_owned());
        world.add_group(&other, ago(600));
    });
    let denied = Effect::access_denied("codedeploy:ListDeploymentGroups");
    step.sim.rule(
        Rule::on("ListDeploymentGroups", denied).when(|input| input["applicationName"] == "AAA"),
    );
    let done = step.run().await;
    done.rolled_back(&step);
}
