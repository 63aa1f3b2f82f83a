//! What an image is built for, read from its manifest, its index or its config blob.
//!
//! Sources: OCI image specification 1.1 (manifest, index, config), Docker image manifest v2 schema 2.

use std::fmt;

use serde_json::Value;

use crate::names::ImageDigest;

const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// The media types of an image's config; any other config makes the manifest an artifact.
const CONFIGS: [&str; 2] = [
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
];

/// An operating system and processor architecture, in the words of image manifests: `linux/arm64`.
/// A part that an image leaves unsaid is empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Platform {
    /// `linux` or `windows`.
    pub os: String,
    /// `amd64` or `arm64`.
    pub architecture: String,
    /// `v8` and the like.
    pub variant: Option<String>,
}

impl Platform {
    pub fn new(os: &str, architecture: &str) -> Self {
        Self {
            os: os.to_lowercase(),
            architecture: architecture.to_lowercase(),
            variant: None,
        }
    }

    /// From an object with `os`, `architecture` and perhaps `variant`; members left out stay empty.
    fn from_members(object: &Value) -> Self {
        let text = |key: &str| object[key].as_str().unwrap_or_default();
        let variant = Some(text("variant"))
            .filter(|variant| !variant.is_empty())
            .map(str::to_owned);
        Self {
            variant,
            ..Self::new(text("os"), text("architecture"))
        }
    }

    /// Whether a task on this platform can run an image built for `image`. The variant is no bar:
    /// ECS has one variant of each architecture. What the image leaves unsaid is no bar either.
    pub fn runs(&self, image: &Self) -> bool {
        let fits = |ours: &str, theirs: &str| ours == theirs || theirs.is_empty();
        fits(&self.os, &image.os) && fits(&self.architecture, &image.architecture)
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.variant {
            Some(variant) => write!(f, "{}/{}/{variant}", self.os, self.architecture),
            None => write!(f, "{}/{}", self.os, self.architecture),
        }
    }
}

/// What a manifest says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManifestFacts {
    /// A multi-platform image; attestations are left out.
    Index {
        children: Vec<(ImageDigest, Platform)>,
    },
    /// An image for one platform, which its config blob names: see [`parse_config`].
    Single { config: ImageDigest },
    /// A Helm chart, an SBOM, a signature, …; the words say what.
    NotAnImage(String),
}

/// Reads a manifest as `BatchGetImage` returns it. `media_type` may be empty: then the manifest's own counts.
///
/// # Errors
/// A sentence, where the text is no manifest, or one of the long-dead schema 1.
pub fn parse_manifest(text: &str, media_type: &str) -> Result<ManifestFacts, String> {
    let manifest: Value =
        serde_json::from_str(text).map_err(|error| format!("the manifest is not JSON: {error}"))?;
    if manifest["schemaVersion"] == 1 || media_type.contains("distribution.manifest.v1+") {
        return Err(
            "the image has a manifest of schema 1, which says nothing about its platform".into(),
        );
    }
    let own = manifest["mediaType"].as_str().unwrap_or_default();
    match if media_type.is_empty() {
        own
    } else {
        media_type
    } {
        OCI_INDEX | DOCKER_INDEX => index(&manifest),
        OCI_MANIFEST | DOCKER_MANIFEST => single(&manifest),
        "" if manifest["manifests"].is_array() => index(&manifest),
        "" if manifest["config"].is_object() => single(&manifest),
        "" => Err("the manifest says neither what it is nor what it holds".into()),
        other => Ok(ManifestFacts::NotAnImage(format!(
            "a manifest of type {other}"
        ))),
    }
}

fn index(manifest: &Value) -> Result<ManifestFacts, String> {
    if let Some(artifact) = manifest["artifactType"].as_str() {
        return Ok(ManifestFacts::NotAnImage(format!(
            "an artifact of type {artifact}"
        )));
    }
    let list = manifest["manifests"]
        .as_array()
        .ok_or("the index has no list of manifests")?;
    let children = list
        .iter()
        .filter(|child| is_image(child))
        .map(child)
        .collect::<Result<Vec<_>, _>>()?;
    if children.is_empty() {
        return Ok(ManifestFacts::NotAnImage(
            "an index without an image".into(),
        ));
    }
    Ok(ManifestFacts::Index { children })
}

/// Attestations (BuildKit) and other artifacts lie in an index beside the images.
fn is_image(child: &Value) -> bool {
    let unknown = ["os", "architecture"]
        .iter()
        .any(|member| child["platform"][member] == "unknown");
    let attestation = child["annotations"]["vnd.docker.reference.type"] == "attestation-manifest";
    !unknown && !attestation && child["artifactType"].is_null()
}

fn child(entry: &Value) -> Result<(ImageDigest, Platform), String> {
    let digest = entry["digest"].as_str().and_then(ImageDigest::parse);
    let digest = digest.ok_or("the index names a manifest without a sha256 digest")?;
    Ok((digest, Platform::from_members(&entry["platform"])))
}

fn single(manifest: &Value) -> Result<ManifestFacts, String> {
    let config = &manifest["config"];
    let kind = config["mediaType"].as_str().unwrap_or(CONFIGS[0]);
    if !CONFIGS.contains(&kind) {
        let kind = manifest["artifactType"].as_str().unwrap_or(kind);
        let what = if kind.contains("helm") {
            "a Helm chart"
        } else {
            "an artifact"
        };
        return Ok(ManifestFacts::NotAnImage(format!("{what} of type {kind}")));
    }
    let digest = config["digest"].as_str().and_then(ImageDigest::parse);
    Ok(ManifestFacts::Single {
        config: digest.ok_or("the manifest names no config by a sha256 digest")?,
    })
}

/// Reads the config blob of an image for one platform (`GetDownloadUrlForLayer`).
///
/// # Errors
/// A sentence, where it is no JSON or names no platform.
pub fn parse_config(text: &str) -> Result<Platform, String> {
    let config: Value = serde_json::from_str(text)
        .map_err(|error| format!("the image's config is not JSON: {error}"))?;
    let platform = Platform::from_members(&config);
    match platform.os.is_empty() || platform.architecture.is_empty() {
        true => Err("the image's config names no platform".into()),
        false => Ok(platform),
    }
}

/// The children of an index that a task on `wanted` can run.
pub fn matches<'a>(
    wanted: &Platform,
    children: &'a [(ImageDigest, Platform)],
) -> Vec<&'a ImageDigest> {
    children
        .iter()
        .filter(|(_, platform)| wanted.runs(platform))
        .map(|(digest, _)| digest)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn digest(letter: char) -> String {
        format!("sha256:{}", letter.to_string().repeat(64))
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
        let platform =
            parse_config(r#"{"os":"linux","architecture":"arm64","variant":"v8"}"#).unwrap();
        assert_eq!(platform.to_string(), "linux/arm64/v8");
        assert!(Platform::new("linux", "arm64").runs(&platform));
    }

    #[test]
    fn charts_and_artifacts_are_named() {
        let chart = "application/vnd.cncf.helm.config.v1+json";
        let text = json!({"config": {"mediaType": chart, "digest": digest('e')}}).to_string();
        let facts = parse_manifest(&text, OCI_MANIFEST).unwrap();
        assert_eq!(
            facts,
            ManifestFacts::NotAnImage(format!("a Helm chart of type {chart}"))
        );
        let facts = parse_manifest("{}", "application/spdx+json").unwrap();
        assert_eq!(
            facts,
            ManifestFacts::NotAnImage("a manifest of type application/spdx+json".into())
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
        assert!(parse_config("{\"os\":\"linux\"}").is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC*", kind in "\\PC*") {
            let _ = parse_manifest(&text, &kind);
            let _ = parse_config(&text);
        }
    }
}
