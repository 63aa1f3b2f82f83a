//! What an image is built for, read from its manifest or its index; for a single image, its configuration says it.
//!
//! Sources: OCI image specification 1.1 (manifest, index, config), Docker image manifest v2 schema 2.

use std::{collections::HashMap, fmt};

use serde::Deserialize;

use crate::{names::ImageDigest, outside::OutsideText};

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
/// A part that an image does not name is empty.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Platform {
    /// `linux` or `windows`.
    pub os: String,
    /// `amd64` or `arm64`.
    pub architecture: String,
    /// `v8` and the like.
    pub variant: Option<String>,
}

impl Platform {
    pub(crate) fn new(os: &str, architecture: &str) -> Self {
        Self {
            os: os.to_lowercase(),
            architecture: architecture.to_lowercase(),
            variant: None,
        }
    }

    /// The same, where ECS names the architecture in its own words: `x86_64`, `ARM64`.
    pub(crate) fn of_ecs(os: &str, architecture: &str) -> Self {
        match architecture.to_lowercase().as_str() {
            "x86_64" => Self::new(os, "amd64"),
            other => Self::new(os, other),
        }
    }

    /// Whether a task on this platform can run an image built for `image`.
    pub(crate) fn runs(&self, image: &Self) -> bool {
        // The variant says nothing: ECS has one of each architecture.
        fits(&self.os, &image.os) && fits(&self.architecture, &image.architecture)
    }
}

/// What an image does not name may well fit.
fn fits(ours: &str, theirs: &str) -> bool {
    ours == theirs || theirs.is_empty()
}

/// An image may name any platform it likes, so the words are outside text.
impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = vec![self.os.as_str(), &self.architecture];
        parts.extend(self.variant.as_deref());
        OutsideText::new(parts.join("/")).fmt(f)
    }
}

/// A manifest, or an index of manifests. Lenient, as registries are: every member may be missing or null.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    schema_version: Option<u32>,
    media_type: Option<String>,
    artifact_type: Option<String>,
    config: Option<Descriptor>,
    manifests: Option<Vec<Descriptor>>,
}

/// How a manifest refers to its config, and an index to its manifests.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: Option<String>,
    artifact_type: Option<String>,
    digest: Option<String>,
    platform: Option<PlatformMembers>,
    annotations: Option<HashMap<String, String>>,
}

/// A platform as a descriptor or an image's configuration spells it.
#[derive(Default, Deserialize)]
pub(super) struct PlatformMembers {
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
}

impl Descriptor {
    fn digest(&self) -> Option<ImageDigest> {
        ImageDigest::parse(self.digest.as_deref()?)
    }

    /// Attestations and other artifacts are in an index beside the images.
    fn is_image(&self) -> bool {
        // BuildKit gives its attestations the platform `unknown/unknown`; others only set the annotation.
        let is_unknown = self
            .platform
            .as_ref()
            .is_some_and(PlatformMembers::is_unknown);
        !is_unknown && !self.is_attestation() && self.artifact_type.is_none()
    }

    fn is_attestation(&self) -> bool {
        let annotations = self.annotations.as_ref();
        let kind = annotations.and_then(|all| all.get("vnd.docker.reference.type"));
        kind.is_some_and(|kind| kind == "attestation-manifest")
    }
}

impl PlatformMembers {
    fn is_unknown(&self) -> bool {
        let unknown = Some("unknown");
        self.os.as_deref() == unknown || self.architecture.as_deref() == unknown
    }

    pub(super) fn platform(self) -> Platform {
        Platform {
            variant: self.variant.filter(|variant| !variant.is_empty()),
            ..Platform::new(
                &self.os.unwrap_or_default(),
                &self.architecture.unwrap_or_default(),
            )
        }
    }
}

/// What a manifest says it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ManifestFacts {
    /// A multi-platform image; attestations are left out.
    Index {
        children: Vec<(ImageDigest, Platform)>,
    },
    /// An image for one platform, which its configuration names.
    Single { config: ImageDigest },
    /// A Helm chart, an SBOM, a signature, …; the words say what.
    NotAnImage(String),
}

/// Reads a manifest as `BatchGetImage` returns it. `media_type` may be empty: then the manifest's own counts.
///
/// # Errors
/// A sentence, where the text is no manifest, or one of the obsolete schema 1.
pub(crate) fn parse_manifest(text: &str, media_type: &str) -> Result<ManifestFacts, String> {
    if media_type.contains("distribution.manifest.v1+") {
        return Err(schema_1());
    }
    let known = [OCI_INDEX, DOCKER_INDEX, OCI_MANIFEST, DOCKER_MANIFEST];
    // An artifact's manifest may be any JSON.
    if !media_type.is_empty() && !known.contains(&media_type) {
        return Ok(not_an_image("a manifest", media_type));
    }
    let mut manifest: Manifest =
        serde_json::from_str(text).map_err(|error| unreadable("the manifest", &error))?;
    if manifest.schema_version == Some(1) {
        return Err(schema_1());
    }
    if !media_type.is_empty() {
        manifest.media_type = Some(media_type.to_owned());
    }
    facts(manifest)
}

fn facts(manifest: Manifest) -> Result<ManifestFacts, String> {
    match manifest.media_type.as_deref().unwrap_or_default() {
        OCI_INDEX | DOCKER_INDEX => index(manifest),
        OCI_MANIFEST | DOCKER_MANIFEST => single(manifest),
        // The OCI specification lets both leave their type out.
        "" if manifest.manifests.is_some() => index(manifest),
        "" if manifest.config.is_some() => single(manifest),
        "" => Err("the manifest has neither a type nor any content".to_owned()),
        other => Ok(not_an_image("a manifest", other)),
    }
}

fn schema_1() -> String {
    "the image has a manifest of schema 1, which does not name its platform".to_owned()
}

pub(super) fn unreadable(what: &str, error: &serde_json::Error) -> String {
    let error = OutsideText::new(error.to_string());
    format!("{what} cannot be read: {error}")
}

fn not_an_image(what: &str, kind: &str) -> ManifestFacts {
    let kind = OutsideText::new(kind);
    ManifestFacts::NotAnImage(format!("{what} of type {kind}"))
}

fn index(index: Manifest) -> Result<ManifestFacts, String> {
    if let Some(kind) = &index.artifact_type {
        return Ok(not_an_image("an artifact", kind));
    }
    let manifests = index
        .manifests
        .ok_or("the index has no list of manifests")?;
    let mut children = Vec::new();
    for descriptor in manifests {
        if descriptor.is_image() {
            let Some(digest) = descriptor.digest() else {
                return Err("the index names a manifest without a sha256 digest".to_owned());
            };
            let platform = descriptor.platform.unwrap_or_default();
            // Without a platform, the child may well fit.
            children.push((digest, platform.platform()));
        }
    }
    if children.is_empty() {
        let what = "an index without an image".to_owned();
        return Ok(ManifestFacts::NotAnImage(what));
    }
    Ok(ManifestFacts::Index { children })
}

fn single(manifest: Manifest) -> Result<ManifestFacts, String> {
    let no_config = "the manifest names no config by a sha256 digest";
    let config = manifest.config.ok_or(no_config)?;
    let kind = config.media_type.as_deref().unwrap_or(CONFIGS[0]);
    if !CONFIGS.contains(&kind) {
        // Since OCI 1.1, an artifact names its type itself; before, only its config did.
        let kind = manifest.artifact_type.as_deref().unwrap_or(kind);
        let what = match kind.contains("helm") {
            true => "a Helm chart",
            false => "an artifact",
        };
        return Ok(not_an_image(what, kind));
    }
    let config = config.digest().ok_or(no_config)?;
    Ok(ManifestFacts::Single { config })
}

#[cfg(test)]
mod tests;
