//! The configuration of an image for one platform: what it is built for, and its labels.
//!
//! Sources: OCI image specification 1.1 (config, annotation keys).

use serde::Deserialize;
use serde_json::Value;

use super::platform::{Platform, PlatformMembers, unreadable};
use crate::outside::OutsideText;

/// The commit that an image is built from. `docker/metadata-action` and most builders set it.
const REVISION: &str = "org.opencontainers.image.revision";
/// Where its source is, as a URL.
const SOURCE: &str = "org.opencontainers.image.source";

/// An image's configuration, as its registry stores it.
pub(crate) struct ImageConfig(Value);

impl ImageConfig {
    /// # Errors
    /// A sentence, where it is not JSON.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let document = serde_json::from_str(text);
        document
            .map(Self)
            .map_err(|error| unreadable("the image's config", &error))
    }

    /// # Errors
    /// A sentence, where it names no platform.
    pub(crate) fn platform(&self) -> Result<Platform, String> {
        let members = PlatformMembers::deserialize(&self.0)
            .map_err(|error| unreadable("the image's config", &error))?;
        // Without both, nothing could be checked: an image that runs nowhere has to be found before it is deployed.
        let platform = members.platform();
        if platform.os.is_empty() || platform.architecture.is_empty() {
            return Err("the image's config names no platform".to_owned());
        }
        Ok(platform)
    }

    /// The value of a label.
    pub(crate) fn label(&self, name: &str) -> Option<OutsideText> {
        // Whoever builds an image chooses its labels.
        let value = self.0["config"]["Labels"][name].as_str()?;
        Some(OutsideText::new(value))
    }

    /// The commit that the image says it is built from.
    pub(crate) fn revision(&self) -> Option<OutsideText> {
        self.label(REVISION).filter(|revision| !revision.is_empty())
    }

    /// The repository that the image says it is built from.
    pub(crate) fn source(&self) -> Option<OutsideText> {
        self.label(SOURCE).filter(|source| !source.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::outside::without_marks;

    fn parse(text: &str) -> ImageConfig {
        ImageConfig::parse(text).unwrap()
    }

    #[test]
    fn it_names_its_platform() {
        let platform = parse(r#"{"os":"linux","architecture":"arm64","variant":"v8"}"#)
            .platform()
            .unwrap();
        assert_eq!(without_marks(&platform.to_string()), "linux/arm64/v8");
        assert!(Platform::new("linux", "arm64").runs(&platform));
    }

    #[test]
    fn nonsense_is_an_error() {
        assert!(ImageConfig::parse("<html>").is_err());
        for text in ["{\"os\":\"linux\"}", "{}", "[]", "7", "{\"os\":7}"] {
            assert!(parse(text).platform().is_err(), "{text}");
        }
    }

    #[test]
    fn a_revision_is_a_label_that_says_something() {
        let with = |labels: &str| {
            let config = parse(&format!("{{\"config\":{{\"Labels\":{labels}}}}}"));
            config.revision().map(|revision| revision.raw().to_owned())
        };
        let revision = r#"{"org.opencontainers.image.revision":"abc1234"}"#;
        assert_eq!(with(revision).as_deref(), Some("abc1234"));
        for labels in [
            "null",
            "{}",
            "[]",
            r#"{"org.opencontainers.image.revision":""}"#,
            r#"{"org.opencontainers.image.revision":7}"#,
        ] {
            assert_eq!(with(labels), None, "{labels}");
        }
        assert!(parse("{\"config\":null}").revision().is_none());
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC*") {
            if let Ok(config) = ImageConfig::parse(&text) {
                let _ = (config.platform(), config.revision());
            }
        }
    }
}
