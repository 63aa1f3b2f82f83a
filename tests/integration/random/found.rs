//! What random worlds have found: each situation by its name, with the seed that met it first.

use std::time::Duration;

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::{Native1, Web1, native1_with, web1_with};
use aws_sim::world::{
    NativePhase, Outcome, Past, PrimaryMoves, Reached, ServiceSpec, Start, Strategy,
};

use crate::harness::Step;
use crate::harness::check::serving;
use crate::harness::worlds::{ago, asking, key};

const CANARY: &str = "CodeDeployDefault.ECSCanary10Percent5Minutes";

/// web1, where v1.2.0 serves and somebody deploys this release.
fn deploying(
    release: usize,
    reached: Reached,
    config: Option<&str>,
    change: fn(&mut ServiceSpec),
) -> (Web1, String) {
    let mut web1 = web1_with(change);
    let mut start = Start::new(&web1.releases[release].task_definition);
    start.config = config.map(str::to_owned);
    let id = web1.world.start_deployment(&key(), &start, reached);
    (web1, id)
}

/// Seed 6: a run whose time ended right after the stop said that nothing was changed.
#[tokio::test(start_paused = true)]
async fn a_stop_is_a_change_also_when_time_is_over() {
    let (mut web1, id) = deploying(1, Reached::Shifting, Some(CANARY), |_| {});
    web1.world.pace.stop = 15_000;
    let step = asking(web1.world, "v1.0.0").input("timeout", "10s");
    let done = step.run().await;
    done.ended(&step, "timed-out", &["timed-out"], 0).says(&id);
    assert!(
        !done.log.to_lowercase().contains("nothing was changed"),
        "{}",
        done.log
    );
}

/// Seeds 312 and 329: before a rollback has started, the one that it undoes says who has the traffic.
#[tokio::test(start_paused = true)]
async fn who_serves_before_a_rollback_has_started() {
    let (mut web1, id) = deploying(1, Reached::Shifting, Some(CANARY), |_| {});
    web1.world.switches.primary_moves = PrimaryMoves::WithFirstWeight;
    web1.world.stop_with_rollback(&id).expect("a rollback");
    let done = asking(web1.world, "v1.0.0")
        .input("dry-run", "true")
        .run()
        .await;
    assert_eq!(
        (done.output("previous-version"), done.output("outcome")),
        ("v1.2.0", "planned")
    );
}

/// The same rollback, asked for what it brings: a tenth of the traffic is still elsewhere, so it is not `unchanged`.
#[tokio::test(start_paused = true)]
async fn a_rollback_that_has_not_started_is_adopted() {
    let (mut web1, id) = deploying(1, Reached::Shifting, Some(CANARY), |_| {});
    let rollback = web1.world.stop_with_rollback(&id).expect("a rollback");
    let step = asking(web1.world.clone(), "v1.2.0");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    assert_eq!(done.output("path"), "adopt");
    assert_eq!(done.output("codedeploy-deployment-id"), rollback);
    assert_eq!(
        serving(&step),
        [("web1:3".to_owned(), web1.releases[2].digest.clone(), 100.0)]
    );
}

/// Seed 1135: a deployment that was stopped without a rollback leaves two task sets with traffic.
#[tokio::test(start_paused = true)]
async fn who_serves_after_a_stop_without_a_rollback() {
    let (mut web1, id) = deploying(1, Reached::Shifting, Some(CANARY), |_| {});
    web1.world.switches.primary_moves = PrimaryMoves::WithFirstWeight;
    web1.world.switches.stop_starts_no_rollback = true;
    let step = asking(web1.world, "v1.0.0").input("dry-run", "true");
    let now = step.sim.clock().now();
    let stop = serde_json::json!({ "deploymentId": id, "autoRollbackEnabled": false });
    step.sim.world(|world| {
        world.pace.stop = 0;
        world
            .call(
                aws_sim::aws::Service::CodeDeploy,
                "StopDeployment",
                &stop,
                now,
            )
            .expect("it stops");
    });
    let done = step.run().await;
    assert_eq!(
        (done.output("previous-version"), done.output("outcome")),
        ("v1.2.0", "planned")
    );
}

/// Seed 624 of several services: of two task sets with traffic, nobody can say which a stop goes back to.
#[tokio::test(start_paused = true)]
async fn where_a_stop_goes_is_not_told_of_divided_traffic() {
    let (mut web1, id) = deploying(1, Reached::Shifting, Some(CANARY), |_| {});
    web1.world.switches.primary_moves = PrimaryMoves::WithFirstWeight;
    web1.world.pace.stop = 0;
    let step = asking(web1.world, "v1.0.0").input("timeout", "20s");
    let now = step.sim.clock().now();
    let stop = serde_json::json!({ "deploymentId": id, "autoRollbackEnabled": false });
    step.sim.world(|world| {
        let codedeploy = aws_sim::aws::Service::CodeDeploy;
        let stopped = world.call(codedeploy, "StopDeployment", &stop, now);
        stopped.expect("it stops");
    });
    let done = step.run().await;
    done.ended(&step, "timed-out", &["timed-out"], 1)
        .says("shifts traffic back to the tasks that served before it: `");
}

/// Seed 390: when a run looks again, its target is still what it was at the first look.
#[tokio::test(start_paused = true)]
async fn the_target_stays_when_the_run_looks_again() {
    let (mut web1, _) = deploying(1, Reached::Shifting, Some(CANARY), |_| {});
    web1.world.switches.stop_starts_no_rollback = true;
    let (good, other) = (
        web1.releases[2].digest.clone(),
        web1.releases[0].digest.clone(),
    );
    web1.world.move_tag("web1", "stable", &good);
    let step = asking(web1.world, "stable");
    step.sim.at(Duration::from_secs(10), move |world| {
        world.move_tag("web1", "stable", &other)
    });
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 1)
        .says("observing again");
    assert_eq!(
        (done.output("image-digest"), done.output("version")),
        (good.as_str(), "v1.2.0")
    );
    assert_eq!(serving(&step)[0].1, good);
}

/// Seed 657: an adopted deployment goes on when the run is cancelled, and that is said.
#[tokio::test(start_paused = true)]
async fn a_cancelled_run_says_what_it_had_adopted() {
    let (web1, id) = deploying(1, Reached::Ready, None, |spec| {
        spec.ready_wait_minutes = Some(5)
    });
    let step = asking(web1.world, "v1.1.0");
    let clock = step.sim.clock();
    let done = step
        .run_until(async move { clock.sleep(Duration::from_secs(3)).await })
        .await;
    done.ended(&step, "cancelled", &["cancelled"], 0);
    done.says(&format!(
        "aws deploy stop-deployment --deployment-id {id} --auto-rollback-enabled"
    ));
    assert!(
        !done.log.to_lowercase().contains("nothing was changed"),
        "{}",
        done.log
    );
}

/// Seed 141: somebody else was faster, and the second look finds a reason to refuse: nothing was changed.
#[tokio::test(start_paused = true)]
async fn a_create_that_was_rejected_did_not_happen() {
    let web1 = web1_with(|_| {});
    let release = web1.releases[1].task_definition.clone();
    let step: Step = asking(web1.world, "v1.0.0").input("active-deployment", "fail");
    step.sim
        .rule(Rule::on("CreateDeployment", Effect::Delay(Duration::from_secs(2))).first(1));
    step.sim.at(Duration::from_secs(1), move |world| {
        let now = world.now();
        world.plan_deployment(&key(), &Start::new(&release), now);
    });
    let done = step.run().await;
    done.ended(&step, "refused", &["deployment-active"], 0)
        .says("Nothing was changed");
}

/// Seed 7852: the last look asks the deployment that was stopped, not `PRIMARY`, who has the traffic.
#[tokio::test(start_paused = true)]
async fn who_serves_when_time_is_over_in_the_middle_of_a_shift() {
    let (mut web1, _) = deploying(1, Reached::Shifting, Some(CANARY), |_| {});
    web1.world.switches.primary_moves = PrimaryMoves::WithFirstWeight;
    web1.world.pace.stop = 30_000;
    let done = asking(web1.world, "v1.0.0")
        .input("timeout", "10s")
        .run()
        .await;
    let serving = &done.report()["ending"]["serving"]["version"];
    assert_eq!(
        (serving.as_str(), done.output("outcome")),
        (Some("v1.2.0"), "timed-out"),
        "{}",
        done.log
    );
}

/// Seed 5090: a read that AWS denies while the run waits for somebody else's deployment: nothing was written.
#[tokio::test(start_paused = true)]
async fn denied_while_waiting_is_refused() {
    let (web1, _) = deploying(1, Reached::Installing, None, |_| {});
    let step = asking(web1.world, "v1.0.0").input("active-deployment", "wait");
    step.sim.rule(
        Rule::on(
            "GetDeployment",
            Effect::access_denied("codedeploy:GetDeployment"),
        )
        .after(1),
    );
    let done = step.run().await;
    done.ended(&step, "refused", &["access-denied"], 0);
}

/// Seed 5449: a rollback whose AppSpec lies in S3 is adopted, and its revision is named all the same.
#[tokio::test(start_paused = true)]
async fn an_adopted_rollback_names_its_revision() {
    let mut web1 = web1_with(|_| {});
    let past = Past {
        in_s3: true,
        ..Past::new(
            &web1.releases[2].task_definition,
            ago(1_800),
            Outcome::Succeeded,
        )
    };
    web1.world.past_deployment(&key(), &past);
    let mut start = Start::new(&web1.releases[1].task_definition);
    start.config = Some(CANARY.to_owned());
    let id = web1
        .world
        .start_deployment(&key(), &start, Reached::Shifting);
    web1.world.stop_with_rollback(&id).expect("a rollback");
    let step = asking(web1.world, "v1.2.0");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    assert_eq!(done.output("path"), "adopt");
    assert_eq!(
        done.output("task-definition-arn"),
        web1.releases[2].task_definition
    );
}

/// What a dry run tells as serving: its version, and the version of its revision.
async fn told_as_serving(native1: &Native1) -> (String, String) {
    let done = asking(native1.world.clone(), "v1.0.0")
        .input("dry-run", "true")
        .run()
        .await;
    let arn = done.output("previous-task-definition-arn");
    let release = native1
        .releases
        .iter()
        .find(|release| release.task_definition == arn);
    let tag = release.map_or_else(
        || panic!("{arn}: {}", done.log),
        |release| release.tag.to_owned(),
    );
    (done.output("previous-version").to_owned(), tag)
}

/// Seed 466: of as many tasks of two revisions, the version that is told is the one of the revision that is told.
#[tokio::test(start_paused = true)]
async fn in_the_middle_of_rolling_the_version_belongs_to_the_revision() {
    for phase in [NativePhase::Shifting, NativePhase::RollingBackTraffic] {
        for release in [0, 1] {
            let mut native1 = native1_with(Strategy::Rolling, |_| {});
            let other = native1.releases[release].task_definition.clone();
            native1
                .world
                .start_service_deployment(&key(), &other, phase);
            let (version, of_revision) = told_as_serving(&native1).await;
            assert_eq!(
                version, of_revision,
                "{phase:?} of {}",
                native1.releases[release].tag
            );
        }
    }
}

/// Seeds 583 and 2201: what has the most of the traffic has it also where AWS does not name it, since it was
/// deployed before service revisions were recorded.
#[tokio::test(start_paused = true)]
async fn an_unrecorded_revision_holds_what_no_other_has() {
    for phase in [
        NativePhase::InProgress,
        NativePhase::Shifting,
        NativePhase::RollingBackTraffic,
    ] {
        let mut native1 = native1_with(Strategy::Canary, |spec| spec.native.recorded = false);
        let other = native1.releases[1].task_definition.clone();
        native1
            .world
            .start_service_deployment(&key(), &other, phase);
        let told = told_as_serving(&native1).await;
        assert_eq!(
            told,
            ("v1.2.0".to_owned(), "v1.2.0".to_owned()),
            "{phase:?}"
        );
    }
}

/// Seed 235: what had gone on beside the run was over, and the run waited eleven seconds for it.
#[tokio::test(start_paused = true)]
async fn what_is_over_is_not_waited_for() {
    let step = asking(web1_with(|_| {}).world, "v1.1.0");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 1);
    let to_traffic: f64 = done.output("seconds-to-traffic").parse().expect("seconds");
    let took = done.took.as_secs_f64();
    assert!(
        took < to_traffic + 1.0,
        "{took} s, of which {to_traffic} to traffic"
    );
}
