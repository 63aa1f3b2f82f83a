//! The traffic is split: the version to take away is named, with its part of the traffic.

use std::time::Duration;

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::{self, Web1};
use aws_sim::world::{DigestReport, ImageSpec, PrimaryMoves, Reached, Start};

use super::setting::{deploying, pace};
use crate::harness::worlds::{ago, amd64, asking, key};
use crate::harness::{Done, Step};

/// v1.2.0 serves, and somebody's canary of v1.3.0 has 10 % of the traffic; digest of that image.
fn canary(image: ImageSpec) -> (Web1, String) {
    canary_in(PrimaryMoves::WithLastWeight, image)
}

fn canary_in(moves: PrimaryMoves, image: ImageSpec) -> (Web1, String) {
    let mut web1 = stage::web1();
    web1.world.switches.primary_moves = moves;
    let digest = web1.world.push_image("web1", &["v1.3.0"], image, ago(600));
    let document = stage::task_definition("v1.3.0");
    let revision = web1.world.register_task_definition(&document, ago(500));
    let mut start = Start::new(&revision);
    start.config = pace(Reached::Shifting).map(str::to_owned);
    web1.world
        .start_deployment(&key(), &start, Reached::Shifting);
    (web1, digest)
}

async fn run(web1: Web1, version: &str) -> (Step, Done) {
    let step = asking(web1.world, version);
    let done = step.run().await;
    (step, done)
}

#[tokio::test(start_paused = true)]
async fn a_reroute_names_what_it_takes_away() {
    let (step, done) = run(canary(amd64()).0, "v1.2.0").await;
    done.ended(&step, "rolled-back", &[], 0);
    assert_eq!(done.output("path"), "reroute");
    assert_eq!(done.output("previous-version"), "v1.2.0");
    insta::assert_snapshot!("reroute_log", done.log);
    insta::assert_snapshot!("reroute_summary", done.summary);
    let shares = serde_json::to_string_pretty(&done.report()["before"]["shares"]);
    insta::assert_snapshot!("shares", shares.expect("it is JSON"));
}

#[tokio::test(start_paused = true)]
async fn so_does_a_stop_before_a_deployment_of_a_third_version() {
    let (step, done) = run(canary(amd64()).0, "v1.1.0").await;
    done.ended(&step, "rolled-back", &[], 1);
    assert_eq!(done.output("path"), "stop-and-redeploy");
    assert_eq!(done.output("previous-version"), "v1.2.0");
    insta::assert_snapshot!("stop_and_redeploy_log", done.log);
}

/// Agents may say the child's digest, which no tag is on.
#[tokio::test(start_paused = true)]
async fn the_tag_of_an_index_is_found_by_its_child() {
    let index = ImageSpec::index(&[("linux", "amd64"), ("linux", "arm64")]);
    let (mut web1, digest) = canary(index);
    web1.world.switches.digest_report = DigestReport::Child;
    let (step, done) = run(web1, "v1.2.0").await;
    done.ended(&step, "rolled-back", &[], 0)
        .says("10 % on v1.3.0 (web1:4), which d-");
    assert_eq!(done.report()["before"]["shares"][1]["digest"], digest);
}

/// AWS may call the canary's task set the primary one: what has most of the traffic counts.
#[tokio::test(start_paused = true)]
async fn whichever_task_set_is_primary() {
    for moves in [PrimaryMoves::WithFirstWeight, PrimaryMoves::WithLastWeight] {
        let (web1, _) = canary_in(moves, amd64());
        let (step, done) = run(web1, "v1.2.0").await;
        done.ended(&step, "rolled-back", &[], 0)
            .says("10 % on v1.3.0 (web1:4), which d-");
        assert_eq!(done.output("previous-version"), "v1.2.0", "{moves:?}");
    }
}

/// Where no tag is on it, its digest is told; where no task says a digest, what its revision names.
#[tokio::test(start_paused = true)]
async fn what_has_no_tag_is_named_all_the_same() {
    let (mut web1, digest) = canary(amd64());
    web1.world.remove_tag("web1", "v1.3.0");
    let (step, done) = run(web1, "v1.2.0").await;
    done.ended(&step, "rolled-back", &[], 0)
        .says(&format!("10 % on {}… (web1:4), which d-", &digest[..13]));
    let (mut web1, _) = canary(amd64());
    web1.world.switches.digest_report = DigestReport::Missing;
    let (_, done) = run(web1, "v1.1.0").await;
    done.says("10 % on v1.3.0 (web1:4), which d-");
}

/// A name is not worth a rollback: nothing waits for long for it, and nothing fails without it.
#[tokio::test(start_paused = true)]
async fn a_name_that_cannot_be_read_changes_nothing_else() {
    for effect in [
        Effect::access_denied("ecr:DescribeImages"),
        Effect::server_error(),
        Effect::Throttle,
        Effect::HangBefore,
    ] {
        let (web1, digest) = canary(amd64());
        let step = asking(web1.world, "v1.2.0");
        let of_canary = {
            let digest = digest.clone();
            move |input: &serde_json::Value| {
                let id = &input["imageIds"][0];
                id["imageTag"] == "v1.3.0" || id["imageDigest"] == digest.as_str()
            }
        };
        step.sim
            .rule(Rule::on("DescribeImages", effect).when(of_canary));
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0)
            .says(&format!("10 % on {}… (web1:4), which d-", &digest[..13]));
        assert!(done.took < Duration::from_secs(20), "{:?}", done.took);
    }
}

/// Nothing will end it: the deployment was stopped, and no rollback was asked for.
#[tokio::test(start_paused = true)]
async fn what_a_stopped_deployment_left_is_named() {
    let (mut web1, _) = canary(amd64());
    web1.world.plan_stop(&key(), false, ago(0));
    let step = asking(web1.world, "v1.2.0");
    step.sim.clock().sleep(Duration::from_secs(120)).await;
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 1)
        .says("10 % on v1.3.0 (web1:4), left by a deployment that was stopped without a rollback")
        .says("image  v1.2.0 90 %, v1.3.0 10 % → v1.2.0");
}

/// All traffic is in one place: no share is told.
#[tokio::test(start_paused = true)]
async fn traffic_that_is_not_split_has_no_shares() {
    for reached in [Reached::Installing, Reached::TerminationWait] {
        let (web1, _) = deploying(reached, None);
        let (_, done) = run(web1, "v1.1.0").await;
        let shares = &done.report()["before"]["shares"];
        assert_eq!(shares.as_array().map(Vec::len), Some(0), "{}", done.log);
        assert!(!done.log.contains(" % of the traffic"), "{}", done.log);
    }
}
