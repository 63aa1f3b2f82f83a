//! From what was typed to an image: tags, digests, and every way it can't be found.

use std::time::Duration;

use aws_sim::world::stage::DAY;
use aws_sim::world::{Crash, DigestReport, Outcome, Past, Reached, stage};

use super::setting::{deploying, reads, release, went_to};
use crate::harness::Step;
use crate::harness::worlds::{HOUR, ago, amd64, asking, key};

#[tokio::test(start_paused = true)]
async fn a_digest() {
    let stage = stage::web1();
    let digest = stage.releases[0].digest.clone();
    let step = asking(stage.world, &digest);
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(
        (done.output("version"), done.output("image-digest")),
        ("v1.0.0", digest.as_str())
    );
    went_to(&step, "web1:1", &digest);
}

#[tokio::test(start_paused = true)]
async fn a_digest_or_tag_that_is_not_there() {
    let digest = format!("sha256:{}", "0".repeat(64));
    for (name, version) in [
        ("typo", "v1.0.1"),
        ("without_v", "1.1.0"),
        ("word", "nonsense"),
        ("digest", &digest),
    ] {
        let step = Step::web1(version);
        let done = step.run().await;
        done.refused(&step, "image-not-found")
            .says("Newest: v1.2.0 (");
        insta::assert_snapshot!(format!("not_there_{name}"), done.story());
    }
}

#[tokio::test(start_paused = true)]
async fn a_repository_without_any_tag() {
    let mut stage = stage::web1();
    stage.world.add_repository("empty");
    let step = asking(stage.world, "v1.0.0").input("repository", "empty");
    let done = step.run().await;
    done.refused(&step, "image-not-found")
        .says("no tagged image");
}

#[tokio::test(start_paused = true)]
async fn latest_that_runs_already_names_previous() {
    let step = Step::web1("latest");
    let done = step.run().await;
    done.ended(&step, "unchanged", &[], 0)
        .wrote_nothing(&step)
        .says("v1.1.0");
    assert_eq!(
        (done.output("version"), done.output("path")),
        ("v1.2.0", "nothing")
    );
    insta::assert_snapshot!(done.story());
    insta::assert_snapshot!("latest_summary", done.summary);
}

#[tokio::test(start_paused = true)]
async fn latest_that_has_moved_on_is_a_version_like_any_other() {
    let mut stage = stage::web1();
    let digest = stage
        .world
        .push_image("web1", &["v1.2.1", "latest"], amd64(), ago(60));
    let step = asking(stage.world, "latest");
    let done = step.run().await;
    done.rolled_back(&step).says("latest");
    assert_eq!(
        (done.output("version"), done.output("image-digest")),
        ("v1.2.1", digest.as_str())
    );
}

#[tokio::test(start_paused = true)]
async fn stable() {
    let mut stage = stage::web1();
    let digest = stage.releases[1].digest.clone();
    stage.world.move_tag("web1", "stable", &digest);
    let step = asking(stage.world, "stable");
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(done.output("version"), "v1.1.0");
    went_to(&step, "web1:2", &digest);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn an_archived_image() {
    for hidden in [true, false] {
        let mut stage = stage::web1();
        stage.world.switches.archived_hidden_by_default = hidden;
        stage.world.archive_image("web1", &stage.releases[0].digest);
        let digest = stage.releases[0].digest.clone();
        let step = asking(stage.world, "v1.0.0");
        let done = step.run().await;
        done.refused(&step, "image-archived").says(&format!("aws ecr update-image-storage-class --repository-name web1 --image-id imageDigest={digest} --target-storage-class STANDARD --region ap-northeast-2`"));
        insta::assert_snapshot!("archived", done.story());
    }
}

#[tokio::test(start_paused = true)]
async fn a_digest_that_nobody_says_is_never_unchanged_and_never_proven() {
    let mut stage = stage::web1();
    stage.world.switches.digest_report = DigestReport::Missing;
    let step = asking(stage.world.clone(), "v1.0.0");
    let done = step.run().await;
    done.ended(&step, "failed", &["proof-failed"], 1);
    insta::assert_snapshot!(done.story());
    let mut again = stage;
    release(&mut again, "v1.3.0", 1000, amd64());
    let step = asking(again.world, "v1.3.0");
    let done = step.run().await;
    done.ended(&step, "failed", &["proof-failed"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_repository_of_another_account() {
    let host = "999999999999.dkr.ecr.ap-northeast-2.amazonaws.com";
    let mut stage = stage::web1();
    stage.world.add_repository_in("999999999999", "shared/web1");
    let mut digests = Vec::new();
    for (tag, age) in [("v2.0.0", 2000), ("v2.1.0", 1000)] {
        let digest = stage.world.push_image_in(
            "999999999999",
            "shared/web1",
            &[tag],
            amd64(),
            ago(age + 200),
        );
        digests.push(digest);
        let document = stage::task_definition_with(&format!("{host}/shared/web1:{tag}"), false);
        let revision = stage
            .world
            .register_task_definition(&document, ago(age + 100));
        stage.world.past_deployment(
            &stage.service,
            &Past::new(&revision, ago(age), Outcome::Succeeded),
        );
    }
    for version in ["v2.0.0", "previous"] {
        let step = asking(stage.world.clone(), version);
        let done = step.run().await;
        done.rolled_back(&step);
        assert!(
            done.output("image")
                .starts_with(&format!("{host}/shared/web1@sha256:"))
        );
        let described = step.sim.calls();
        assert!(
            described
                .of("DescribeImages")
                .any(|call| call.input["registryId"] == "999999999999")
        );
    }
    let step = asking(stage.world.clone(), "v2.0.7");
    let done = step.run().await;
    done.refused(&step, "image-not-found")
        .says("account 999999999999");
    stage
        .world
        .archive_image_in("999999999999", "shared/web1", &digests[0]);
    let step = asking(stage.world, "v2.0.0");
    let done = step.run().await;
    done.refused(&step, "image-archived").says(
        "--target-storage-class STANDARD --region ap-northeast-2 --registry-id 999999999999`",
    );
}

#[tokio::test(start_paused = true)]
async fn images_that_do_not_come_from_a_private_repository() {
    for (image, said) in [
        ("public.ecr.aws/nginx/nginx:1.27", "public ECR gallery"),
        ("nginx:1.27", "does not come from Amazon ECR"),
        ("ghcr.io/org/web1:v1.2.0", "does not come from Amazon ECR"),
    ] {
        let mut stage = stage::web1();
        let revision = stage
            .world
            .register_task_definition(&stage::task_definition_with(image, false), ago(1000));
        stage
            .world
            .past_deployment(&key(), &Past::new(&revision, ago(900), Outcome::Succeeded));
        let step = asking(stage.world, "v1.0.0");
        let done = step.run().await;
        done.refused(&step, "registry-unsupported")
            .says(image)
            .says(said);
    }
    let step = Step::web1("v1.0.0").input("container-name", "envoy");
    let done = step.run().await;
    done.refused(&step, "registry-unsupported");
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_moved_tag_does_not_hide_what_runs() {
    let mut stage = stage::web1();
    let running = stage.releases[2].digest.clone();
    let moved = stage
        .world
        .push_image("web1", &["v1.2.0"], amd64(), ago(60));
    let step = asking(stage.world, "v1.2.0");
    let done = step.run().await;
    done.rolled_back(&step).says("has moved");
    assert_eq!(done.output("image-digest"), moved);
    assert!(done.output("previous-image").ends_with(&running));
    assert_eq!(done.output("undo-version"), running);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn the_size_of_the_repository_costs_nothing() {
    let mut counts = Vec::new();
    for images in [10, 10_000] {
        let mut stage = stage::web1();
        for number in 0..images {
            stage.world.push_image(
                "web1",
                &[&format!("build-{number}")],
                amd64(),
                ago(20 * DAY),
            );
        }
        let step = asking(stage.world.clone(), "v1.0.0");
        let done = step.run().await;
        done.rolled_back(&step);
        counts.push(step.sim.calls().len());
        let step = asking(stage.world, "build-9-9");
        let done = step.run().await;
        done.refused(&step, "image-not-found").says("build-9");
        assert!(reads(&step) < 40, "{:?}", step.sim.calls().counts());
    }
    assert_eq!(counts[0], counts[1]);
}

#[tokio::test(start_paused = true)]
async fn three_hundred_tags_are_eight_and_a_number() {
    let mut world = stage::web1().world;
    let tags: Vec<String> = (0..300).map(|build| format!("build-{build}")).collect();
    let mut all: Vec<&str> = tags.iter().map(String::as_str).collect();
    all.push("release");
    world.push_image("web1", &all, amd64(), ago(HOUR));
    let done = asking(world, "release").run().await;
    done.says("release is the same image as build-")
        .says(", 292 more");
    assert!(done.log.len() < 20_000, "{}", done.log);
}

/// The typical incident: the newest release crashes as it starts, and somebody asks for `latest` in a hurry.
#[tokio::test(start_paused = true)]
async fn a_release_that_does_not_start_is_worth_a_warning() {
    let (mut web1, id) = deploying(Reached::Created, None);
    let crash = Crash {
        exit_code: Some(1),
        reason: "Cannot find module './db'".to_owned(),
    };
    let digest = web1.releases[2].digest.clone();
    web1.world.set_image_crash("web1", &digest, Some(crash));
    web1.world.pace.install_timeout = 3_600_000;
    let step = asking(web1.world, "v1.2.0").input("timeout", "2m");
    step.sim.clock().sleep(Duration::from_secs(1800)).await;
    let done = step.run().await;
    done.ended(&step, "timed-out", &["timed-out"], 0)
        .says(&id)
        .says("none of its tasks is running, so it may never start")
        .says("v1.1.0 still serves; run this with version v1.1.0 to stop that deployment");
    insta::assert_snapshot!(done.story());
}
