//! Every row of the path table, in the middle of somebody else's deployment.

use aws_sim::aws::AwsError;
use aws_sim::rules::{Effect, Rule};
use aws_sim::world::Reached;

use super::setting::{deploying, pace, run, shares};
use crate::harness::worlds::{asking, with_unregistered};

#[tokio::test(start_paused = true)]
async fn a_canary_is_stopped_and_the_traffic_sent_back() {
    let (web1, id) = deploying(
        Reached::Shifting,
        Some("CodeDeployDefault.ECSCanary10Percent5Minutes"),
    );
    let (step, done) = run(&web1, "v1.1.0").await;
    done.ended(&step, "rolled-back", &[], 0);
    assert_eq!(done.output("path"), "reroute");
    assert_ne!(done.output("codedeploy-deployment-id"), id);
    assert_eq!(shares(&step), [(web1.releases[1].digest.clone(), 100.0)]);
    insta::assert_snapshot!(done.log);
}

#[tokio::test(start_paused = true)]
async fn warm_tasks_in_the_termination_wait_get_the_traffic_back() {
    let (web1, _) = deploying(Reached::TerminationWait, None);
    let (step, done) = run(&web1, "v1.1.0").await;
    done.ended(&step, "rolled-back", &[], 0);
    assert_eq!(done.output("path"), "reroute");
    assert_eq!(shares(&step), [(web1.releases[1].digest.clone(), 100.0)]);
    insta::assert_snapshot!(done.log);
}

#[tokio::test(start_paused = true)]
async fn the_wait_is_ended_for_a_third_version() {
    let (web1, _) = deploying(Reached::TerminationWait, None);
    let (step, done) = run(&web1, "v1.0.0").await;
    done.ended(&step, "rolled-back", &[], 1);
    assert_eq!(done.output("path"), "end-wait-and-redeploy");
    assert_eq!(shares(&step), [(web1.releases[0].digest.clone(), 100.0)]);
    insta::assert_snapshot!(done.log);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_under_way_is_stopped_for_a_third_version() {
    for reached in [Reached::Created, Reached::Installing, Reached::Shifting] {
        let (web1, _) = deploying(reached, pace(reached));
        let (step, done) = run(&web1, "v1.0.0").await;
        done.ended(&step, "rolled-back", &[], 1);
        assert_eq!(done.output("path"), "stop-and-redeploy");
        assert_eq!(shares(&step), [(web1.releases[0].digest.clone(), 100.0)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_deployment_of_the_target_is_adopted() {
    for reached in [Reached::Created, Reached::Installing, Reached::Shifting] {
        for input in ["take-over", "wait", "fail"] {
            let (web1, id) = deploying(reached, pace(reached));
            let step = asking(web1.world.clone(), "v1.2.0").input("active-deployment", input);
            let done = step.run().await;
            done.ended(&step, "rolled-back", &[], 0);
            assert_eq!(done.output("path"), "adopt");
            assert_eq!(done.output("codedeploy-deployment-id"), id);
            assert_eq!(shares(&step), [(web1.releases[2].digest.clone(), 100.0)]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_shift_that_is_over_is_unchanged() {
    let (web1, _) = deploying(Reached::TerminationWait, None);
    let (step, done) = run(&web1, "v1.2.0").await;
    done.ended(&step, "unchanged", &[], 0).wrote_nothing(&step);
}

#[tokio::test(start_paused = true)]
async fn a_release_that_is_still_to_shift_is_stopped_for_what_serves() {
    for reached in [Reached::Created, Reached::Installing] {
        let (web1, id) = deploying(reached, None);
        let (step, done) = run(&web1, "v1.1.0").await;
        done.ended(&step, "rolled-back", &[], 0);
        assert_eq!(done.output("path"), "reroute");
        assert_eq!(shares(&step), [(web1.releases[1].digest.clone(), 100.0)]);
        assert_eq!(
            step.sim
                .world(|world| format!("{:?}", world.deployment(&id).map(|d| d.status))),
            "Some(Stopped)"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_canary_of_the_target_is_adopted_and_told() {
    let (web1, _) = deploying(Reached::Shifting, pace(Reached::Shifting));
    let (step, done) = run(&web1, "v1.2.0").await;
    done.ended(&step, "rolled-back", &[], 0)
        .wrote_nothing(&step);
    insta::assert_snapshot!(done.story());
}

/// The writes among these calls, in their order.
const WRITES: [&str; 3] = [
    "RegisterTaskDefinition",
    "StopDeployment",
    "CreateDeployment",
];

#[tokio::test(start_paused = true)]
async fn a_revision_is_registered_before_a_deployment_is_stopped() {
    let (web1, _) = deploying(Reached::Shifting, pace(Reached::Shifting));
    let step = asking(with_unregistered(web1.world), "v1.3.0");
    let done = step.run().await;
    done.rolled_back(&step);
    let calls = step.sim.calls();
    let sent = calls.iter().map(|call| call.operation.as_str());
    let writes: Vec<_> = sent.filter(|name| WRITES.contains(name)).collect();
    assert_eq!(writes, WRITES);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_revision_that_ecs_refuses_stops_no_deployment() {
    let (web1, id) = deploying(Reached::Shifting, pace(Reached::Shifting));
    let step = asking(with_unregistered(web1.world), "v1.3.0");
    let error = AwsError::client("ClientException", "Invalid 'memory' setting for container");
    step.sim
        .rule(Rule::on("RegisterTaskDefinition", Effect::Fail(error)));
    let done = step.run().await;
    done.ended(&step, "refused", &["register-rejected"], 0);
    assert_eq!(step.sim.calls().count("StopDeployment"), 0);
    let theirs = step.sim.world(|world| world.deployment(&id).cloned());
    assert!(theirs.is_some_and(|theirs| theirs.status.active()));
    insta::assert_snapshot!(done.story());
}
