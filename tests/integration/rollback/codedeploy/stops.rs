//! StopDeployment and ContinueDeployment that go wrong, in the middle of somebody else's deployment.

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::Reached;

use super::setting::{deploying, pace, run, shares};
use crate::harness::worlds::asking;

#[tokio::test(start_paused = true)]
async fn where_a_stop_or_a_continue_is_refused_the_other_is_taken() {
    let (mut web1, _) = deploying(Reached::TerminationWait, None);
    web1.world.switches.refuse_stop_in_termination = true;
    let (step, done) = run(&web1, "v1.1.0").await;
    done.rolled_back(&step);
    assert_eq!(shares(&step), [(web1.releases[1].digest.clone(), 100.0)]);
    let (mut web1, _) = deploying(Reached::TerminationWait, None);
    web1.world.switches.refuse_continue_termination = true;
    let (step, done) = run(&web1, "v1.0.0").await;
    done.rolled_back(&step);
    assert_eq!(shares(&step), [(web1.releases[0].digest.clone(), 100.0)]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_starts_no_rollback_is_looked_at_again() {
    let (mut web1, _) = deploying(
        Reached::Shifting,
        Some("CodeDeployDefault.ECSCanary10Percent5Minutes"),
    );
    web1.world.switches.stop_starts_no_rollback = true;
    let (step, done) = run(&web1, "v1.1.0").await;
    assert_eq!(done.output("outcome"), "rolled-back", "{}", done.log);
    assert_eq!(shares(&step), [(web1.releases[1].digest.clone(), 100.0)]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_of_the_stop_is_settled_by_a_look() {
    for effect in [Effect::DropAnswer, Effect::ResetAfter, Effect::HangAfter] {
        let (web1, id) = deploying(Reached::Shifting, pace(Reached::Shifting));
        let step = asking(web1.world.clone(), "v1.1.0");
        step.sim
            .rule(Rule::on("StopDeployment", effect.clone()).first(1));
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0);
        assert_eq!(shares(&step), [(web1.releases[1].digest.clone(), 100.0)]);
        assert_eq!(
            step.sim
                .world(|world| format!("{:?}", world.deployment(&id).map(|d| d.status))),
            "Some(Stopped)"
        );
        if effect == Effect::HangAfter {
            insta::assert_snapshot!(done.story());
        }
    }
}

/// Many policies allow StopDeployment for the group alone, which denies it: the deployment ends at its own pace then.
#[tokio::test(start_paused = true)]
async fn a_role_that_may_not_stop_takes_the_slow_way() {
    for (version, release) in [("v1.0.0", 0), ("v1.1.0", 1)] {
        let (web1, _) = deploying(Reached::Shifting, pace(Reached::Shifting));
        let step = asking(web1.world, version);
        let denied = Effect::access_denied("codedeploy:StopDeployment");
        step.sim.rule(Rule::on("StopDeployment", denied));
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 1)
            .says("add codedeploy:StopDeployment with \"Resource\": \"*\" to its policy")
            .says("retrying until it ends");
        assert_eq!(
            shares(&step),
            [(web1.releases[release].digest.clone(), 100.0)]
        );
        insta::assert_snapshot!(format!("slow_way_to_{version}"), done.story());
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_that_may_neither_stop_nor_continue_is_told_what_to_add() {
    let (web1, _) = deploying(Reached::TerminationWait, None);
    let step = asking(web1.world, "v1.0.0");
    for operation in ["StopDeployment", "ContinueDeployment"] {
        let denied = Effect::access_denied(&format!("codedeploy:{operation}"));
        step.sim.rule(Rule::on(operation, denied));
    }
    let done = step.run().await;
    done.ended(&step, "refused", &["access-denied"], 0)
        .says("add codedeploy:ContinueDeployment with \"Resource\": \"*\"")
        .says("add codedeploy:StopDeployment with \"Resource\": \"*\"");
}
