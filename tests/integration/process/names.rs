//! A service whose name looks like a secret, through the real binary: registered, rolled back, told as it is.

use std::time::{Duration, SystemTime};

use aws_sim::world::stage::{self, Names, Release, native1_called, web1_called};
use aws_sim::world::{Strategy, World};

use super::{aws_with, run, step};

const NAME: &str = "reset-password";
const REVISIONS: &str = "arn:aws:ecs:ap-northeast-2:123456789012:task-definition/reset-password";

/// v1.0.0's revision is inactive, so that the run registers a fourth.
async fn rolled_back(mut world: World, releases: &[Release]) {
    world.deregister(&format!("{REVISIONS}:1"));
    let (sim, server) = aws_with(world, 60.0).await;
    let done = run(step(&server.url(), &[("service", NAME)])).await;
    done.ended(0, "rolled-back")
        .says("reset-password:4")
        .says("To undo, run this again with version v1.2.0");
    let output = |name: &str| done.outputs[name].as_str();
    assert_eq!(output("task-definition-arn"), format!("{REVISIONS}:4"));
    assert_eq!(
        output("previous-task-definition-arn"),
        format!("{REVISIONS}:3")
    );
    for (image, release) in [("image", &releases[0]), ("previous-image", &releases[2])] {
        let named = Names::all(NAME).image(&format!("@{}", release.digest));
        assert_eq!(output(image), named);
    }
    for text in [&done.log, &done.summary, &done.outputs["report"]] {
        assert!(!text.contains("***"), "{text}");
    }
    assert_eq!(sim.calls().done("RegisterTaskDefinition"), 1);
    assert_eq!(sim.violations(), []);
}

#[tokio::test]
async fn by_codedeploy() {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(stage::START);
    let web1 = web1_called(&Names::all(NAME), start, |_| {});
    rolled_back(web1.world, &web1.releases).await;
}

#[tokio::test]
async fn by_ecs() {
    let native1 = native1_called(&Names::all(NAME), Strategy::Rolling, |_| {});
    rolled_back(native1.world, &native1.releases).await;
}
