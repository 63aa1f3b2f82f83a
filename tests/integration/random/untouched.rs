//! Promises about names: they are told as AWS knows them, however much they look like secrets.

use super::ran::Ran;
use super::scene::HOSTILE;

type Held = Result<(), String>;

/// Names, ARNs, digests and ids are the world's own in every output, and nothing is blotted out but secrets that
/// somebody has put into a text.
pub fn names_are_told_untouched(ran: &Ran) -> Held {
    outputs_are_the_worlds(ran)?;
    let planted = HOSTILE.split('\n').next().unwrap_or_default();
    let report = ran.done.outputs.values();
    let told = [&ran.done.log, &ran.done.summary].into_iter().chain(report);
    for line in told.flat_map(|text| text.lines()) {
        // Who plants a secret begins with this word, and line ends are told as spaces.
        if line.contains("***") && !line.contains(planted) {
            return Err(format!("blotted out without a secret: {line}"));
        }
    }
    Ok(())
}

fn outputs_are_the_worlds(ran: &Ran) -> Held {
    let (names, world) = (&ran.scene.names, &ran.world);
    let digest = ran.done.output("image-digest");
    let (cluster, service) = (ran.asking.get("cluster"), ran.asking.get("service"));
    let page = format!("/clusters/{cluster}/services/{service}/");
    let is_arn = |text: &str| text.starts_with("arn:") && world.task_definition(text).is_some();
    let is_deployment = |text: &str| text.starts_with("d-") && world.deployment(text).is_some();
    let is_page = |url: &str| {
        let id = url.split(['/', '?']).find(|part| part.starts_with("d-"));
        url.contains(&page) || id.is_some_and(is_deployment)
    };
    let is_version = |text: &str| {
        let mut releases = ran.scene.releases.iter();
        is_digest(text) || releases.any(|release| release.tag == text)
    };
    let is_image = |text: &str| text == names.image(&format!("@{digest}"));
    let is_previous_image = |text: &str| {
        let digest = text.strip_prefix(&names.image("@"));
        digest.is_some_and(is_digest)
    };
    let outputs: [(&str, &dyn Fn(&str) -> bool); 7] = [
        ("task-definition-arn", &is_arn),
        ("previous-task-definition-arn", &is_arn),
        ("image", &is_image),
        ("previous-image", &is_previous_image),
        ("console-url", &is_page),
        ("undo-version", &is_version),
        ("codedeploy-deployment-id", &is_deployment),
    ];
    for (output, is_the_worlds) in outputs {
        let value = ran.done.output(output);
        if !value.is_empty() && !is_the_worlds(value) {
            return Err(format!("{output} is {value}, which is not in the world"));
        }
    }
    Ok(())
}

fn is_digest(text: &str) -> bool {
    let hex = text.strip_prefix("sha256:").unwrap_or_default();
    hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}
