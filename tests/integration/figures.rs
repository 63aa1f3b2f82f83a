//! The figures that hold on any machine, because they are counted in virtual time. `cargo bench` prints them all.

use std::time::Duration;

use aws_sim::Calls;
use aws_sim::world::stage::{self, DAY};
use aws_sim::world::{HttpAnswer, NativePhase, Reached, Strategy, World};
use serde_json::json;

use crate::harness::Step;
use crate::harness::measures::{
    DENSITIES, LATENCY, PAST, Sent, all_calls, back_to, cdk, redeployed, redeployed_by_ecs,
    released, released_as, rerouted, rerouted_by_ecs, retired, retired_by_ecs, shifted_to_answer,
    until_created, until_updated, version, with_images,
};

use crate::rollback::{codedeploy, ecs};

const HALF_A_DAY: Duration = Duration::from_secs(DAY / 2);

#[tokio::test(start_paused = true)]
async fn a_fitting_revision_among_the_newest_20_takes_three_round_trips() {
    for (_, every) in DENSITIES {
        for back in [1, 19] {
            let sent = until_created(back_to(released(60, every), &version(59 - back))).await;
            assert_eq!(
                (sent.round_trips, sent.after),
                (3, 3 * LATENCY),
                "{back} back, {every:?} apart"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn registering_is_one_round_trip_more() {
    let sent = until_created(back_to(retired(), "v1.0.0")).await;
    assert_eq!((sent.round_trips, sent.after), (4, 4 * LATENCY));
}

#[tokio::test(start_paused = true)]
async fn names_that_nobody_can_guess_take_two_more() {
    let sent = until_created(back_to(released_as(60, HALF_A_DAY, cdk), &version(40))).await;
    assert_eq!(sent.round_trips, 5);
}

#[tokio::test(start_paused = true)]
async fn a_large_repository_takes_as_many_calls_as_a_small_one() {
    for version in ["v1.0.0", "previous"] {
        let few = all_calls(back_to(with_images(10), version)).await;
        assert_eq!(
            all_calls(back_to(with_images(10_000), version)).await,
            few,
            "{version}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_answer_comes_one_poll_and_two_calls_after_the_traffic() {
    let poll = Duration::from_millis(5_500);
    for later in (0..11).map(|half| Duration::from_millis(500 * half)) {
        let waited = shifted_to_answer(later).await;
        assert!(
            waited <= poll + 3 * LATENCY,
            "{waited:?} where traffic shifts {later:?} later"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn previous_among_500_deployments() {
    for (density, every) in DENSITIES {
        let tag = until_created(back_to(released(PAST, every), &version(PAST - 2))).await;
        let Sent {
            round_trips, calls, ..
        } = until_created(back_to(released(PAST, every), "previous")).await;
        assert!(
            round_trips <= tag.round_trips + 4,
            "{density}: {round_trips} round trips, {tag:?} for a tag"
        );
        assert!(calls <= 40, "{density}: {calls} calls");
    }
}

#[tokio::test(start_paused = true)]
async fn further_back_among_500_deployments_is_bounded() {
    for (density, every) in DENSITIES {
        let sent = until_created(back_to(released(PAST, every), "previous~20")).await;
        assert!(
            sent.round_trips <= 7 && sent.calls <= 60,
            "{density}: {sent:?}"
        );
    }
}

/// Three round trips of reads, the stop with the fourth, and one poll once the traffic is back.
#[tokio::test(start_paused = true)]
async fn a_reroute_takes_three_round_trips_and_one_poll() {
    let poll = Duration::from_millis(5_500);
    for later in (0..11).map(|half| Duration::from_millis(500 * half)) {
        let back = rerouted(later).await;
        assert!(
            back.round_trips <= 3 && back.sent <= 3 * LATENCY && back.polls == 1,
            "{back:?}"
        );
        assert!(back.ours() <= back.effect + poll + 3 * LATENCY, "{back:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reroute_is_over_ten_times_sooner_than_a_redeploy() {
    let (warm, cold) = (rerouted(Duration::ZERO).await, redeployed().await);
    assert!(
        warm.traffic * 10 <= cold.traffic,
        "{warm:?} against {cold:?}"
    );
    assert_eq!(cold.round_trips, 3, "{cold:?}");
}

#[tokio::test(start_paused = true)]
async fn ecs_takes_as_many_round_trips_and_goes_back_as_soon() {
    let (warm, cold) = (rerouted_by_ecs().await, redeployed_by_ecs().await);
    assert!(warm.round_trips <= 3 && warm.polls <= 2, "{warm:?}");
    assert!(
        warm.traffic * 10 <= cold.traffic,
        "{warm:?} against {cold:?}"
    );
    assert_eq!(cold.round_trips, 3, "{cold:?}");
}

/// The version that has the rest of the traffic is looked up beside what is read anyway.
#[tokio::test(start_paused = true)]
async fn naming_a_canary_takes_no_round_trip_of_its_own() {
    let reached = Reached::Shifting;
    let (web1, _) = codedeploy::setting::deploying(reached, codedeploy::setting::pace(reached));
    let (native1, _) = ecs::setting::briskly_deploying(Strategy::Canary, NativePhase::Shifting);
    for (world, stop) in [
        (web1.world, "StopDeployment"),
        (native1.world, "StopServiceDeployment"),
    ] {
        let step = back_to(world, "v1.1.0").sim(|sim| sim.with_latency(LATENCY));
        let done = step.run().await;
        done.says("10 % on v1.2.0 (web1:3)");
        let round_trips = step.sim.calls().round_trips_before(stop);
        assert_eq!(round_trips, Some(3), "{}", done.log);
    }
}

/// A GitHub where both versions are built from the same commit.
fn with_github(mut world: World) -> World {
    let sha = "a".repeat(40);
    let commit = json!({ "sha": sha, "commit": { "message": "Work", "author": null, "committer": null }, "author": null });
    let compared = json!({ "status": "identical", "base_commit": commit, "behind_by": 0, "total_commits": 0, "commits": [] });
    let api = "https://api.github.com/repos/org/shop";
    for (part, answer) in [("commits", &commit), ("compare", &compared)] {
        let answer = HttpAnswer::Fixed(200, answer.to_string().into_bytes());
        world.set_http(&format!("{api}/{part}/"), answer);
    }
    world
}

/// Where GitHub's answer decides, it is asked while AWS is still read: what serves is looked up beside the past, and the
/// target beside its revision.
#[tokio::test(start_paused = true)]
async fn github_is_asked_while_the_past_is_read() {
    let world = || with_github(released(PAST, HALF_A_DAY));
    let sent = |step: Step| async move {
        let step = step
            .sim(|sim| sim.with_latency(LATENCY))
            .variable("GITHUB_API_URL", "https://api.github.com")
            .input("github-token", "ghs_workflow0token0of0this0job00000000")
            .input("wait-for", "nothing");
        let done = step.run().await;
        assert_eq!(done.output("outcome"), "started", "{}", done.log);
        step.sim.calls()
    };
    let asked = sent(back_to(world(), "previous").input("on-migrations", "refuse")).await;
    let labels = asked.of("GetDownloadUrlForLayer").next();
    let past = asked.of("DescribeImages").last();
    let (labels, past) = (labels.expect("it was sent"), past.expect("it was sent"));
    assert!(labels.start < past.start, "{labels:?} {past:?}");
    // Each once: whoever asks after the plan has the answers.
    assert_eq!(asked.count("GetDownloadUrlForLayer"), 2);
    let created = |calls: &Calls| {
        let created = calls.of("CreateDeployment").next();
        created.expect("it was sent").start
    };
    let alone = sent(back_to(world(), "previous")).await;
    // The target's configuration (two), its tag in git, and the comparison.
    assert_eq!(created(&asked), created(&alone) + 4 * LATENCY);
}

/// A round trip more where a revision is registered.
#[tokio::test(start_paused = true)]
async fn registering_for_ecs_is_one_round_trip_more() {
    let round_trips = until_updated(back_to(retired_by_ecs(), "v1.0.0")).await;
    assert_eq!(round_trips, 4);
}

#[tokio::test(start_paused = true)]
async fn previous_takes_five_round_trips() {
    let sent = until_created(back_to(stage::web1().world, "previous")).await;
    assert_eq!(sent.round_trips, 5, "{sent:?}");
    for strategy in [Strategy::Rolling, Strategy::BlueGreen] {
        let world = stage::native1(strategy).world;
        assert_eq!(until_updated(back_to(world, "previous")).await, 5);
    }
}
