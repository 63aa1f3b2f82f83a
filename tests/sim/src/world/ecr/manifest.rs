//! Image manifests as registries store them: a single image with its config, or an index with a child per
//! platform. A digest is the SHA-256 of the manifest, so equal content is the same image.

use serde_json::{Value, json};

use super::super::ids::sha256;

pub(crate) const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// A manifest, and the config blob of a single image.
pub(crate) struct Built {
    pub digest: String,
    pub manifest: String,
    pub config: Option<(String, Vec<u8>)>,
}

/// A single image. `content` makes it differ from other images.
pub(crate) fn single(os: &str, architecture: &str, labels: &Value, content: &str) -> Built {
    let layer = digest(content);
    let config = json!({
        "architecture": architecture,
        "os": os,
        "config": {"Env": ["PATH=/usr/local/bin:/usr/bin:/bin"], "Cmd": ["/app"], "Labels": labels},
        "rootfs": {"type": "layers", "diff_ids": [layer]},
    })
    .to_string();
    let config_digest = digest(&config);
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": IMAGE,
        "config": {"mediaType": CONFIG, "size": config.len(), "digest": config_digest},
        "layers": [{"mediaType": LAYER, "size": 31_337_000, "digest": layer}],
    })
    .to_string();
    Built {
        digest: digest(&manifest),
        manifest,
        config: Some((config_digest, config.into_bytes())),
    }
}

/// An index over children: (os, architecture, digest, size of the child's manifest).
pub(crate) fn index(children: &[(&str, &str, &str, usize)]) -> Built {
    let manifests: Vec<Value> = children
        .iter()
        .map(|(os, architecture, digest, size)| {
            json!({
                "mediaType": IMAGE,
                "digest": digest,
                "size": size,
                "platform": {"architecture": architecture, "os": os},
            })
        })
        .collect();
    let manifest =
        json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}).to_string();
    Built {
        digest: digest(&manifest),
        manifest,
        config: None,
    }
}

/// `sha256:` and the hash.
pub(crate) fn digest(content: &str) -> String {
    format!("sha256:{}", sha256(content))
}
