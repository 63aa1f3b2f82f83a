//! From what was typed to an image that can run: tags, digests, `previous`, and every way it can't.

use std::time::Duration;

use aws_sim::world::stage::{self, ACCOUNT, DAY, REGION, Web1};
use aws_sim::world::{DigestReport, ImageSpec, Outcome, Past, ServiceSpec, World};

use crate::check::serving;
use crate::harness::{Done, Step};
use crate::measures::{released, version};
use crate::worlds::{HOUR, ago, amd64, arm64, asking, key, with};

/// Adds a release of `web1` that ran from then on: pushed, registered, deployed.
fn release(stage: &mut Web1, tag: &str, age: u64, spec: ImageSpec) -> (String, String) {
    let digest = stage.world.push_image("web1", &[tag], spec, ago(age + 300));
    let revision = stage
        .world
        .register_task_definition(&stage::task_definition(tag), ago(age + 200));
    stage.world.past_deployment(
        &stage.service,
        &Past::new(&revision, ago(age), Outcome::Succeeded),
    );
    (digest, revision)
}

/// Where the traffic went: revision and digest.
#[track_caller]
fn went_to(step: &Step, revision: &str, digest: &str) {
    assert_eq!(
        serving(step),
        [(revision.to_owned(), digest.to_owned(), 100.0)]
    );
}

/// Calls, but for those that watch the deployment.
fn reads(step: &Step) -> usize {
    let calls = step.sim.calls();
    calls.len() - calls.count("GetDeployment") - calls.count("GetDeploymentTarget")
}

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
async fn an_archived_image() {
    for hidden in [true, false] {
        let mut stage = stage::web1();
        stage.world.switches.archived_hidden_by_default = hidden;
        stage.world.archive_image("web1", &stage.releases[0].digest);
        let step = asking(stage.world, "v1.0.0");
        let done = step.run().await;
        done.refused(&step, "image-archived").says("v1.0.0");
        insta::assert_snapshot!("archived", done.story());
    }
}

/// What a never-deployed image of this kind gets.
async fn never_ran(spec: ImageSpec) -> (Step, Done) {
    let mut stage = stage::web1();
    stage
        .world
        .push_image("web1", &["v0.9.0"], spec, ago(30 * DAY));
    let step = asking(stage.world, "v0.9.0");
    let done = step.run().await;
    (step, done)
}

#[tokio::test(start_paused = true)]
async fn an_image_for_another_platform() {
    let (step, done) = never_ran(arm64()).await;
    done.refused(&step, "image-platform")
        .says("linux/arm64")
        .says("linux/amd64");
    insta::assert_snapshot!(done.story());
    let (step, done) = never_ran(ImageSpec::index(&[
        ("linux", "arm64"),
        ("windows", "amd64"),
    ]))
    .await;
    done.refused(&step, "image-platform")
        .says("linux/arm64, windows/amd64");
    assert_eq!(
        step.sim.calls().count("GetDownloadUrlForLayer"),
        0,
        "an index says it itself"
    );
}

#[tokio::test(start_paused = true)]
async fn an_image_for_this_platform() {
    let (step, done) = never_ran(amd64()).await;
    done.rolled_back(&step);
    assert_eq!(step.sim.calls().count("GetDownloadUrlForLayer"), 1);
    let (step, done) = never_ran(ImageSpec::index(&[("linux", "arm64"), ("linux", "amd64")])).await;
    done.rolled_back(&step);
    assert_eq!(step.sim.calls().count("GetDownloadUrlForLayer"), 0);
}

#[tokio::test(start_paused = true)]
async fn an_image_that_has_run_here_costs_no_look_at_its_platform() {
    for version in ["v1.0.0", "v1.1.0", "previous"] {
        let step = Step::web1(version);
        let done = step.run().await;
        done.rolled_back(&step);
        let calls = step.sim.calls();
        assert_eq!(
            (calls.count("GetDownloadUrlForLayer"), calls.count("GET")),
            (0, 0),
            "{version}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_on_arm64() {
    let mut world = World::new(ACCOUNT, REGION, ago(0));
    world.add_repository("web1");
    let mut revisions = Vec::new();
    for (tag, age, spec) in [
        ("v1.0.0", 7 * DAY, arm64()),
        ("v1.1.0", DAY, amd64()),
        ("v1.2.0", HOUR, arm64()),
    ] {
        world.push_image("web1", &[tag], spec, ago(age));
        let mut document = stage::task_definition(tag);
        document["runtimePlatform"]["cpuArchitecture"] = "ARM64".into();
        revisions.push(world.register_task_definition(&document, ago(age - 60)));
    }
    let spec = ServiceSpec::new("prod", "web1", &revisions[2], "web1");
    world.create_service(&spec, ago(1800));
    let step = asking(world.clone(), "v1.0.0");
    let done = step.run().await;
    done.rolled_back(&step);
    let step = asking(world, "v1.1.0");
    let done = step.run().await;
    done.refused(&step, "image-platform")
        .says("linux/amd64")
        .says("linux/arm64");
}

#[tokio::test(start_paused = true)]
async fn digests_as_each_agent_reports_them() {
    let index = || ImageSpec::index(&[("linux", "amd64"), ("linux", "arm64")]);
    for report in [DigestReport::Index, DigestReport::Child] {
        let mut stage = stage::web1();
        stage.world.switches.digest_report = report;
        release(&mut stage, "v1.3.0", 2000, index());
        let (running, _) = release(&mut stage, "v1.4.0", 1000, index());
        let step = asking(stage.world.clone(), "v1.3.0");
        let done = step.run().await;
        done.rolled_back(&step);
        assert_eq!(done.output("previous-version"), "v1.4.0", "{report:?}");
        assert!(
            done.output("previous-image").ends_with(&running),
            "{report:?}: {}",
            done.output("previous-image")
        );
        let step = asking(stage.world, "v1.4.0");
        let done = step.run().await;
        done.ended(&step, "unchanged", &[], 0);
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
    for (tag, age) in [("v2.0.0", 2000), ("v2.1.0", 1000)] {
        stage.world.push_image_in(
            "999999999999",
            "shared/web1",
            &[tag],
            amd64(),
            ago(age + 200),
        );
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
    let step = asking(stage.world, "v2.0.7");
    let done = step.run().await;
    done.refused(&step, "image-not-found")
        .says("account 999999999999");
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

#[tokio::test(start_paused = true)]
async fn a_tag_that_looks_like_a_command_is_refused_by_its_name() {
    let step = Step::web1("v1%0A::error::x");
    let done = step.run().await;
    done.refused(&step, "bad-input");
    assert!(step.sim.calls().is_empty());
}
