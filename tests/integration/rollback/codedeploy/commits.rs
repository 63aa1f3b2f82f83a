//! A version that is a commit id: by tag, and by the revision label of the image.

use std::time::Duration;

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::DAY;
use aws_sim::world::{ImageSpec, World, stage};

use crate::harness::worlds::{HOUR, ago, amd64, asking};

const COMMIT: &str = "abc1234def5678900000000000000000000000aa";

/// web1 as a pipeline tags it that knows commits alone.
fn tagged_by_commit(tags: &[&str]) -> World {
    let mut world = stage::web1().world;
    for (hours, tag) in (1..).zip(tags) {
        world.push_image("web1", &[tag], amd64(), ago(hours * HOUR));
    }
    world
}

#[tokio::test(start_paused = true)]
async fn a_commit_id_finds_its_image_in_any_length() {
    for (tag, asked) in [(COMMIT, "abc1234"), ("sha-abc1234", COMMIT)] {
        let step = asking(tagged_by_commit(&[tag, "sha-fff0000"]), asked);
        let done = step.run().await;
        done.rolled_back(&step)
            .says(&format!("commit {asked} is the image with the tag {tag}"));
        assert_eq!(done.output("version"), tag);
    }
    // A tag of exactly that name goes first.
    let step = asking(tagged_by_commit(&[COMMIT, "abc1234"]), "abc1234");
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(done.output("version"), "abc1234");
}

#[tokio::test(start_paused = true)]
async fn a_commit_id_that_fits_two_images_names_both() {
    let other = COMMIT.replace("def", "eee");
    let step = asking(tagged_by_commit(&[COMMIT, &other]), "abc1234");
    let done = step.run().await;
    done.ended(&step, "refused", &["image-not-found"], 0)
        .says(&format!("{COMMIT} and {other}"))
        .says("Give one of these tags, or more digits of the commit id");
}

const REVISION: &str = "org.opencontainers.image.revision";

/// web1 with images that only their labels tie to a commit.
fn labelled_with_commit(images: &[(&str, &str)]) -> World {
    let mut world = stage::web1().world;
    for (hours, (tag, commit)) in (1..).zip(images) {
        let image = amd64().label(REVISION, commit);
        world.push_image("web1", &[tag], image, ago(hours * HOUR));
    }
    world
}

#[tokio::test(start_paused = true)]
async fn a_commit_id_finds_its_image_by_label() {
    let fff = COMMIT.replace("abc", "fff");
    for asked in ["abc1234", COMMIT] {
        let world = labelled_with_commit(&[("v1.4.0", &fff), ("v1.3.0", COMMIT)]);
        let step = asking(world, asked);
        let done = step.run().await;
        done.rolled_back(&step).says(&format!(
            "commit {asked} is the image with the tag v1.3.0, by its revision label"
        ));
        assert_eq!(done.output("version"), "v1.3.0");
    }
    // A tag goes before a label.
    let mut world = labelled_with_commit(&[("v1.3.0", COMMIT)]);
    world.push_image("web1", &["sha-abc1234"], amd64(), ago(600));
    let step = asking(world, "abc1234");
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(done.output("version"), "sha-abc1234");
    assert_eq!(step.sim.calls().count("GET"), 1, "its platform alone");
}

/// The label is in the configuration of each child, and only that for the tasks' platform may be built from it.
#[tokio::test(start_paused = true)]
async fn a_commit_id_finds_a_multi_platform_image_by_label() {
    let mut world = stage::web1().world;
    let image = ImageSpec::index(&[("linux", "arm64"), ("linux", "amd64")]);
    let digest = world.push_image(
        "web1",
        &["v1.3.0", "latest"],
        image.label(REVISION, COMMIT),
        ago(HOUR),
    );
    let step = asking(world, "abc1234");
    let done = step.run().await;
    done.rolled_back(&step)
        .says("commit abc1234 is the image with the tag v1.3.0, by its revision label");
    assert_eq!(done.output("image-digest"), digest);
    insta::assert_snapshot!(done.block("Target"));
}

#[tokio::test(start_paused = true)]
async fn a_commit_id_on_the_labels_of_two_images_names_both() {
    let world = labelled_with_commit(&[("v1.4.0", COMMIT), ("v1.3.0", COMMIT)]);
    let step = asking(world, "abc1234");
    let done = step.run().await;
    done.refused(&step, "image-not-found")
        .says("the commit id abc1234 fits more than one image: v1.4.0 and v1.3.0");
}

#[tokio::test(start_paused = true)]
async fn a_commit_id_that_no_label_has() {
    let hostile = "abc1234\n::error::x";
    let world = labelled_with_commit(&[("v1.4.0", hostile), ("build-1234567", "1234567")]);
    for asked in ["abc1234", "12345678", COMMIT] {
        let step = asking(world.clone(), asked);
        let done = step.run().await;
        done.refused(&step, "image-not-found")
            .says("; no revision label is this commit (newest 5 images checked)");
    }
    // What is no commit id costs no look at labels.
    let step = asking(world, "v1.3.9");
    let done = step.run().await;
    done.refused(&step, "image-not-found");
    assert_eq!(step.sim.calls().count("GetDownloadUrlForLayer"), 0);
    assert!(!done.log.contains("label"), "{}", done.log);
}

#[tokio::test(start_paused = true)]
async fn the_labels_of_fifty_images_are_read_at_most() {
    let mut world = stage::web1().world;
    world.push_image(
        "web1",
        &["old"],
        amd64().label(REVISION, COMMIT),
        ago(9 * DAY),
    );
    for build in 0..120 {
        let tag = format!("build-{build}");
        world.push_image("web1", &[&tag], amd64(), ago(HOUR + build));
    }
    let step = asking(world, "abc1234").sim(|sim| sim.with_latency(Duration::from_millis(100)));
    let done = step.run().await;
    done.refused(&step, "image-not-found")
        .says("(newest 50 images checked)");
    let calls = step.sim.calls();
    assert_eq!(calls.count("GetDownloadUrlForLayer"), 50);
    assert_eq!(calls.count("BatchGetImage"), 3);
    // Eight at a time: seven turns of two calls each.
    assert!(done.took < Duration::from_secs(4), "{:?}", done.took);
}

#[tokio::test(start_paused = true)]
async fn labels_that_can_not_be_read_do_not_hide_that_there_is_no_such_tag() {
    for (operation, calls) in [("BatchGetImage", 1), ("GetDownloadUrlForLayer", 8)] {
        let world = labelled_with_commit(&[("v1.3.0", COMMIT)]);
        let step = asking(world, "abc1234");
        let denied = Effect::access_denied(&format!("ecr:{operation}"));
        let of_labels = |input: &serde_json::Value| {
            let ids = input["imageIds"].as_array();
            ids.is_none_or(|ids| ids.len() > 1 && ids.iter().all(|id| id.get("imageTag").is_none()))
        };
        step.sim.rule(Rule::on(operation, denied).when(of_labels));
        let done = step.run().await;
        done.refused(&step, "image-not-found")
            .says("there is no tag abc1234")
            .says("; the revision labels could not be read (the role is not allowed to call ecr:")
            .says(operation);
        let denied = step.sim.calls();
        let denied = denied.of(operation).filter(|call| of_labels(&call.input));
        assert!(denied.count() <= calls);
    }
}
