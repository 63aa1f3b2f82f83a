//! An image that can run here: platforms, and digests as each agent reports them.

use aws_sim::world::stage::{ACCOUNT, DAY, REGION};
use aws_sim::world::{Controller, DigestReport, ImageSpec, ServiceSpec, World, stage};

use super::setting::release;
use crate::harness::worlds::{HOUR, ago, amd64, arm64, asking, key};
use crate::harness::{Done, Step};

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

/// The task definitions say X86_64, but the service's tasks run on ARM64.
fn overridden(native: bool) -> World {
    let mut world = World::new(ACCOUNT, REGION, ago(0));
    world.add_repository("web1");
    let mut spec = ServiceSpec::new("prod", "web1", "", "web1");
    spec.runs_on = Some("ARM64");
    if native {
        spec.controller = Controller::Ecs;
    }
    for (tag, age, image) in [
        ("v1.0.0", 7 * DAY, arm64()),
        ("v1.1.0", DAY, amd64()),
        ("v1.2.0", HOUR, arm64()),
    ] {
        world.push_image("web1", &[tag], image, ago(age));
        spec.task_definition =
            world.register_task_definition(&stage::task_definition(tag), ago(age - 60));
    }
    world.create_service(&spec, ago(1800));
    world
}

#[tokio::test(start_paused = true)]
async fn the_running_tasks_win_over_the_task_definition() {
    for native in [false, true] {
        let step = asking(overridden(native), "v1.0.0");
        let done = step.run().await;
        let updates = step.sim.calls().count("UpdateService");
        assert_eq!(updates, usize::from(native));
        done.ended(&step, "rolled-back", &[], usize::from(!native));
        let step = asking(overridden(native), "v1.1.0");
        let done = step.run().await;
        done.refused(&step, "image-platform")
            .says("is built for linux/amd64, but the tasks run on linux/arm64");
    }
}

#[tokio::test(start_paused = true)]
async fn where_no_task_runs_the_service_revision_says_the_platform() {
    let mut world = overridden(true);
    world.lose_tasks(&key(), "No capacity is left.");
    let step = asking(world.clone(), "v1.0.0");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    let step = asking(world, "v1.1.0");
    let done = step.run().await;
    done.refused(&step, "image-platform")
        .says("is built for linux/amd64, but the tasks run on linux/arm64");
}

/// Each platform has a digest of its own in the index, and the tasks say that of theirs.
#[tokio::test(start_paused = true)]
async fn a_task_on_another_platform_than_declared_is_proven_by_its_own_digest() {
    for native in [false, true] {
        let mut world = overridden(native);
        world.switches.digest_report = DigestReport::Child;
        let both = ImageSpec::index(&[("linux", "amd64"), ("linux", "arm64")]);
        world.push_image("web1", &["v0.9.0"], both, ago(30 * DAY));
        let step = asking(world, "v0.9.0");
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], usize::from(!native));
    }
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
