use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::outside::without_marks;

fn digest(letter: char) -> String {
    format!("sha256:{}", letter.to_string().repeat(64))
}

/// The children that a task on `wanted` can run.
fn matches<'a>(wanted: &Platform, children: &'a [(ImageDigest, Platform)]) -> Vec<&'a ImageDigest> {
    let fitting = children.iter().filter(|(_, child)| wanted.runs(child));
    fitting.map(|(digest, _)| digest).collect()
}

fn entry(letter: char, os: &str, architecture: &str) -> Value {
    json!({"digest": digest(letter), "platform": {"os": os, "architecture": architecture}})
}

#[test]
fn an_index_lists_its_images_without_attestations() {
    let attested = json!({"digest": digest('d'), "annotations":
        {"vnd.docker.reference.type": "attestation-manifest"}});
    let manifests = [
        entry('a', "linux", "amd64"),
        entry('b', "linux", "arm64"),
        entry('c', "unknown", "unknown"),
        attested,
    ];
    for kind in [OCI_INDEX, DOCKER_INDEX, ""] {
        let text = json!({"schemaVersion": 2, "manifests": manifests}).to_string();
        let Ok(ManifestFacts::Index { children }) = parse_manifest(&text, kind) else {
            panic!("{kind}: no index")
        };
        assert_eq!(children.len(), 2);
        let arm = matches(&Platform::new("linux", "arm64"), &children);
        assert_eq!(arm, [&ImageDigest::parse(&digest('b')).unwrap()]);
        assert!(matches(&Platform::new("windows", "amd64"), &children).is_empty());
    }
}

#[test]
fn a_child_without_a_platform_is_no_bar() {
    let text = json!({"manifests": [{"digest": digest('a')}]}).to_string();
    let Ok(ManifestFacts::Index { children }) = parse_manifest(&text, OCI_INDEX) else {
        panic!()
    };
    assert_eq!(
        matches(&Platform::new("linux", "arm64"), &children).len(),
        1
    );
}

#[test]
fn an_index_of_attestations_only_is_no_image() {
    let text = json!({"manifests": [entry('c', "unknown", "unknown")]}).to_string();
    assert!(matches!(
        parse_manifest(&text, OCI_INDEX),
        Ok(ManifestFacts::NotAnImage(_))
    ));
}

#[test]
fn a_single_image_points_at_its_config() {
    for (manifest, config) in [
        (OCI_MANIFEST, CONFIGS[0]),
        (DOCKER_MANIFEST, CONFIGS[1]),
        ("", CONFIGS[0]),
    ] {
        let text = json!({"config": {"mediaType": config, "digest": digest('e')}}).to_string();
        let facts = parse_manifest(&text, manifest).unwrap();
        assert_eq!(
            facts,
            ManifestFacts::Single {
                config: ImageDigest::parse(&digest('e')).unwrap()
            }
        );
    }
}

#[test]
fn charts_and_artifacts_are_named() {
    let chart = "application/vnd.cncf.helm.config.v1+json";
    let text = json!({"config": {"mediaType": chart, "digest": digest('e')}}).to_string();
    let what = |text: &str, kind: &str| match parse_manifest(text, kind) {
        Ok(ManifestFacts::NotAnImage(what)) => without_marks(&what),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        what(&text, OCI_MANIFEST),
        format!("a Helm chart of type {chart}")
    );
    assert_eq!(
        what("{}", "application/spdx+json"),
        "a manifest of type application/spdx+json"
    );
}

#[test]
fn schema_1_and_nonsense_are_errors() {
    let signed = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    assert!(
        parse_manifest("{\"schemaVersion\":1}", "")
            .unwrap_err()
            .contains("schema 1")
    );
    assert!(
        parse_manifest("{}", signed)
            .unwrap_err()
            .contains("schema 1")
    );
    for text in [
        "",
        "[]",
        "{}",
        "<html>",
        "{\"manifests\":[{\"digest\":\"sha256:1\"}]}",
    ] {
        assert!(parse_manifest(text, "").is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn nothing_panics(text in "\\PC*", kind in "\\PC*") {
        let _ = parse_manifest(&text, &kind);
    }
}
