//! `DescribeServices` lags behind `UpdateService` for seconds, and nothing names the service deployment until then.

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::Native1;
use aws_sim::world::{NativeAct, Strategy};

use super::setting::{began, brisk, deployments, serves, step};
use crate::harness::worlds::{after, ago, amd64, key};

/// An update shows after so many milliseconds.
fn lagging(strategy: Strategy, shows: u64) -> Native1 {
    let mut native1 = brisk(strategy);
    native1.world.pace.service_update_shows = shows;
    native1
}

/// What was primary before the update is not taken for a newer deployment.
#[tokio::test(start_paused = true)]
async fn an_update_that_does_not_show_at_once_is_followed() {
    for strategy in Strategy::ALL {
        for shows in [300, 3_000, 8_000] {
            let native1 = lagging(strategy, shows);
            let step = step(&native1.world, "v1.0.0");
            let done = step.run().await;
            done.ended(&step, "rolled-back", &[], 0);
            began(&step, &native1.world, 1, &done.log);
            serves(&step, &native1, 0, &done.log);
            if strategy == Strategy::Canary && shows == 8_000 {
                insta::assert_snapshot!(done.story());
            }
        }
    }
}

/// The looks after a lost answer last longer than an update takes to show.
#[tokio::test(start_paused = true)]
async fn a_lost_answer_of_an_update_that_does_not_show_at_once() {
    for strategy in Strategy::ALL {
        for shows in [3_000, 8_000] {
            let native1 = lagging(strategy, shows);
            let step = step(&native1.world, "v1.0.0");
            step.sim
                .rule(Rule::on("UpdateService", Effect::DropAnswer).first(1));
            let done = step.run().await;
            done.ended(&step, "rolled-back", &[], 0);
            began(&step, &native1.world, 1, &done.log);
        }
    }
}

/// ECS refuses the update for a deployment that nothing shows yet: it is looked for, and waited out.
#[tokio::test(start_paused = true)]
async fn a_refusal_for_a_deployment_that_does_not_show_yet() {
    let mut native1 = lagging(Strategy::BlueGreen, 6_000);
    native1
        .world
        .push_image("web1", &["v1.3.0"], amd64(), ago(600));
    let document = aws_sim::world::stage::task_definition("v1.3.0");
    let theirs = native1.world.register_task_definition(&document, ago(500));
    native1
        .world
        .plan_act(&key(), NativeAct::Update(theirs), ago(1));
    let step = step(&native1.world, "v1.0.0");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0)
        .says("ECS accepts no other deployment while ");
    began(&step, &native1.world, 2, &done.log);
    serves(&step, &native1, 0, &done.log);
}

/// Somebody's deployment of the same revision shows before the run's own does: it is not taken for it.
#[tokio::test(start_paused = true)]
async fn somebodys_deployment_of_the_same_revision_that_shows_first() {
    let mut native1 = lagging(Strategy::Rolling, 3_000);
    let same = native1.releases[0].task_definition.clone();
    native1
        .world
        .plan_act(&key(), NativeAct::Update(same), ago(1));
    let step = step(&native1.world, "v1.0.0").input("wait-for", "nothing");
    let done = step.run().await;
    done.ended(&step, "started", &[], 0);
    let step = self::step(&native1.world, "v1.0.0");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    let ours = deployments(&step).pop().expect("it was begun").arn;
    let ours = ours.rsplit('/').next().expect("an id");
    assert!(done.output("console-url").contains(ours), "{}", done.log);
    assert!(step.sim.clock().now() > after(30));
}
