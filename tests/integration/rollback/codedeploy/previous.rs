//! `previous` where the past is CodeDeploy's deployments, and its rollbacks are among them.

use std::time::Duration;

use aws_sim::world::stage::{DAY, Web1};
use aws_sim::world::{Outcome, Past, Reached, Start, World, stage};

use super::setting::{deploying, reads, release, run, shares, went_to};
use crate::harness::Step;
use crate::harness::measures::{released, version};
use crate::harness::worlds::{ago, amd64, asking, key, with};

#[tokio::test(start_paused = true)]
async fn previous_in_the_middle_of_a_release() {
    let (web1, _) = deploying(Reached::Installing, None);
    let (step, done) = run(&web1, "previous").await;
    done.refused(&step, "previous-ambiguous");
    let (web1, _) = deploying(
        Reached::Shifting,
        Some("CodeDeployDefault.ECSCanary10Percent5Minutes"),
    );
    let (step, done) = run(&web1, "previous").await;
    done.ended(&step, "rolled-back", &[], 0);
    assert_eq!(shares(&step), [(web1.releases[1].digest.clone(), 100.0)]);
    let (web1, _) = deploying(Reached::TerminationWait, None);
    let (step, done) = run(&web1, "previous").await;
    done.ended(&step, "rolled-back", &[], 0);
    assert_eq!(done.output("path"), "reroute");
    assert_eq!(shares(&step), [(web1.releases[1].digest.clone(), 100.0)]);
}

#[tokio::test(start_paused = true)]
async fn previous_while_a_release_has_no_traffic_could_mean_two_things() {
    let mut stage = stage::web1();
    stage
        .world
        .push_image("web1", &["v1.3.0"], amd64(), ago(600));
    let release = stage
        .world
        .register_task_definition(&stage::task_definition("v1.3.0"), ago(500));
    let id = stage
        .world
        .start_deployment(&key(), &Start::new(&release), Reached::Installing);
    let step = asking(stage.world, "previous").input("active-deployment", "fail");
    let done = step.run().await;
    done.refused_for(&step, &["previous-ambiguous", "deployment-active"])
        .says(&id);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn previous_and_further_back() {
    let stage = stage::web1();
    for (version, release) in [("previous", 1), ("previous~1", 1), ("previous~2", 0)] {
        let step = asking(stage.world.clone(), version);
        let done = step.run().await;
        done.rolled_back(&step);
        let target = &stage.releases[release];
        assert_eq!(done.output("version"), target.tag, "{version}");
        went_to(&step, &format!("web1:{}", release + 1), &target.digest);
        if version != "previous~1" {
            insta::assert_snapshot!(version, done.story());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn further_back_than_anything_on_record() {
    let step = Step::web1("previous~3");
    let done = step.run().await;
    done.refused(&step, "previous-unknown");
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn previous_pressed_twice_does_not_go_back_two() {
    let stage = with(|spec| spec.termination_wait_minutes = 0);
    let step = asking(stage.world, "previous").input("wait-for", "completed");
    let first = step.run().await;
    first.rolled_back(&step);
    assert_eq!(first.output("version"), "v1.1.0");
    let second = step.run().await;
    second.ended(&step, "unchanged", &[], 1).says("previous~2");
    assert_eq!(second.output("version"), "v1.1.0");
    went_to(&step, "web1:2", &stage.releases[1].digest);
    insta::assert_snapshot!(second.story());
}

#[tokio::test(start_paused = true)]
async fn previous_after_an_auto_rollback_is_what_came_back() {
    let mut stage = stage::web1();
    stage
        .world
        .push_image("web1", &["v1.3.0"], amd64(), ago(1900));
    let broken = stage
        .world
        .register_task_definition(&stage::task_definition("v1.3.0"), ago(1850));
    let failed = stage.world.past_deployment(
        &stage.service,
        &Past::new(&broken, ago(1800), Outcome::Failed),
    );
    let back = Past {
        creator: "codeDeployRollback".to_owned(),
        undoes: Some(failed),
        ..Past::new(
            &stage.releases[2].task_definition,
            ago(1400),
            Outcome::Succeeded,
        )
    };
    stage.world.past_deployment(&stage.service, &back);
    let step = asking(stage.world, "previous");
    let done = step.run().await;
    done.ended(&step, "unchanged", &[], 0)
        .wrote_nothing(&step)
        .says("previous~2");
    assert_eq!(done.output("version"), "v1.2.0");
    insta::assert_snapshot!(done.story());
}

/// Twelve releases, a day apart; the newest is an hour old.
fn twelve_releases() -> World {
    released(12, Duration::from_secs(DAY))
}

#[tokio::test(start_paused = true)]
async fn previous_knows_a_return_to_something_far_below() {
    let mut world = twelve_releases();
    let again = world.register_task_definition(&stage::task_definition(&version(0)), ago(1_000));
    world.past_deployment(&key(), &Past::new(&again, ago(900), Outcome::Succeeded));
    let step = asking(world, "previous");
    let done = step.run().await;
    done.ended(&step, "unchanged", &[], 0).wrote_nothing(&step);
    assert_eq!(done.output("version"), version(0));
}

#[tokio::test(start_paused = true)]
async fn previous_looks_below_many_failures() {
    let mut world = twelve_releases();
    world.push_image("web1", &["v2.0.0"], amd64(), ago(3_100));
    for minute in 0..7 {
        let failed = world
            .register_task_definition(&stage::task_definition("v2.0.0"), ago(3_000 - 60 * minute));
        world.past_deployment(
            &key(),
            &Past::new(&failed, ago(2_900 - 60 * minute), Outcome::Failed),
        );
    }
    for (spec, release) in [("previous", 11), ("previous~2", 10), ("previous~3", 9)] {
        let step = asking(world.clone(), spec);
        let done = step.run().await;
        assert_eq!(done.output("version"), version(release), "{}", done.log);
        assert!(!done.log.contains("not on record"), "{}", done.log);
    }
}

#[tokio::test(start_paused = true)]
async fn previous_passes_over_what_cannot_come_back() {
    type Change = fn(&mut Web1);
    let gone: [(&str, Change); 3] = [
        ("archived", |stage| {
            stage.world.archive_image("web1", &stage.releases[1].digest)
        }),
        ("deleted", |stage| {
            stage.world.delete_image("web1", &stage.releases[1].digest)
        }),
        ("moved", |stage| {
            stage
                .world
                .push_image("web1", &["v1.1.0"], amd64(), ago(60));
        }),
    ];
    for (how, change) in gone {
        let mut stage = stage::web1();
        change(&mut stage);
        let step = asking(stage.world, "previous");
        let done = step.run().await;
        done.rolled_back(&step).says("passed over");
        assert_eq!(done.output("version"), "v1.0.0", "{how}");
        insta::assert_snapshot!(format!("passed_over_{how}"), done.block("Target"));
    }
}

#[tokio::test(start_paused = true)]
async fn previous_where_only_configuration_was_released() {
    let mut stage = stage::web1();
    let mut document = stage::task_definition("v1.2.0");
    document["cpu"] = "1024".into();
    let revision = stage.world.register_task_definition(&document, ago(1200));
    stage.world.past_deployment(
        &stage.service,
        &Past::new(&revision, ago(1000), Outcome::Succeeded),
    );
    let step = asking(stage.world, "previous");
    let done = step.run().await;
    done.rolled_back(&step);
    went_to(&step, "web1:3", &stage.releases[2].digest);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn five_hundred_deployments_cost_a_bounded_number_of_calls() {
    let mut stage = stage::web1();
    for number in 0..500_u64 {
        let revision = &stage.releases[2].task_definition;
        let past = Past::new(revision, ago(3_000 - number * 5), Outcome::Succeeded);
        stage.world.past_deployment(
            &stage.service,
            &Past {
                took: std::time::Duration::from_secs(1),
                ..past
            },
        );
    }
    let tag = asking(stage.world.clone(), "v1.0.0");
    tag.run().await.rolled_back(&tag);
    let step = asking(stage.world, "previous");
    let done = step.run().await;
    done.refused(&step, "previous-unknown");
    assert!(
        reads(&step) <= reads(&tag) + 40,
        "{:?}",
        step.sim.calls().counts()
    );
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_long_and_varied_past_costs_a_bounded_number_of_calls() {
    let mut stage = stage::web1();
    for number in 0..120_u64 {
        release(
            &mut stage,
            &format!("v2.{number}.0"),
            3_200 - number * 25,
            amd64(),
        );
    }
    let tag = asking(stage.world.clone(), "v2.118.0");
    tag.run().await.rolled_back(&tag);
    let step = asking(stage.world, "previous");
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(done.output("version"), "v2.118.0");
    assert!(
        reads(&step) <= reads(&tag) + 40,
        "{:?}",
        step.sim.calls().counts()
    );
}
