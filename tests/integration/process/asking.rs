//! What people type in a hurry: a reason of any length and shape, a version further back than the record, a commit id.

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage;

use super::{aws, aws_with, run, step};
use crate::harness::worlds::{HOUR, ago, amd64};

#[tokio::test]
async fn a_long_reason_with_control_characters_refuses_nothing() {
    let (sim, server) = aws(60.0).await;
    let start = "checkout\r\nis\u{7} \u{1b}[31mdown: ";
    let reason = format!(
        "{start}{}",
        "why?\n".repeat(2_000)[..2_000 - start.len()].to_owned()
    );
    assert_eq!(reason.len(), 2_000);
    let more = [("reason", reason.as_str()), ("wait-for", "nothing")];
    let done = run(step(&server.url(), &more)).await;
    done.ended(0, "started");
    let calls = sim.calls();
    let create = calls.of("CreateDeployment").next().expect("it was created");
    let description = create.input["description"].as_str().unwrap_or_default();
    assert_eq!(description.chars().count(), 256, "{description}");
    assert!(description.ends_with('…'), "{description}");
    assert!(!description.contains(char::is_control), "{description:?}");
    let told = "checkout is [31mdown: why? why?";
    assert!(description.contains(told), "{description}");
    let head = done.summary.lines().find(|line| line.contains("asked for"));
    let head = head.expect("the summary says what was asked for");
    assert!(head.contains("why? why?"), "{head}");
    for text in [&done.log, &done.summary] {
        assert!(!text.contains(['\u{7}', '\u{1b}', '\r']), "{text:?}");
    }
    assert_eq!(sim.violations(), []);
}

#[tokio::test]
async fn a_version_further_back_than_the_record_names_what_it_holds() {
    let (sim, server) = aws(1.0).await;
    let done = run(step(&server.url(), &[("version", "previous~5")])).await;
    done.ended(2, "refused")
        .says("::error title=previous-unknown::")
        .says("`previous` is v1.1.0 (web1:2), `previous~2` v1.0.0 (web1:1).")
        .says("Nothing was changed. v1.2.0 serves users now");
    for text in [&done.summary, &done.outputs["report"]] {
        assert!(text.contains("v1.1.0"), "{text}");
    }
    assert_eq!(sim.calls().count("CreateDeployment"), 0);
}

#[tokio::test]
async fn a_commit_id_that_only_a_label_has() {
    let mut world = stage::web1().world;
    let image = amd64().label(
        "org.opencontainers.image.revision",
        "abc1234def5678900000000000000000000000aa",
    );
    world.push_image("web1", &["v1.3.0"], image, ago(HOUR));
    let (sim, server) = aws_with(world, 60.0).await;
    let asked = [("version", "abc1234"), ("wait-for", "nothing")];
    let done = run(step(&server.url(), &asked)).await;
    done.ended(0, "started")
        .says("commit abc1234 is the image with the tag v1.3.0, by its revision label");
    assert_eq!(done.outputs["version"], "v1.3.0");
    assert_eq!(sim.calls().done("CreateDeployment"), 1);
    assert_eq!(sim.violations(), []);
    // Without the permission to read labels, what is wrong is still that there is no such tag.
    let denied = Effect::access_denied("ecr:GetDownloadUrlForLayer");
    sim.rule(Rule::on("GetDownloadUrlForLayer", denied));
    let done = run(step(&server.url(), &asked)).await;
    done.ended(2, "refused")
        .says("::error title=image-not-found::")
        .says("the revision labels could not be read (the role is not allowed to call ecr:GetDownloadUrlForLayer");
}
