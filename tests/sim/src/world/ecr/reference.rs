//! What a container's image reference resolves to when a task starts.

use super::super::World;
use super::super::behavior::{Behavior, Crash};
use super::super::switches::DigestReport;
use super::manifest;

/// The outcome of pulling an image.
#[derive(Clone, Debug)]
pub(crate) struct Pulled {
    /// The digest behind the reference; None where there is no such image.
    pub digest: Option<String>,
    /// The digest that ECS reports for the container.
    pub reported: Option<String>,
    pub behavior: Behavior,
}

impl World {
    /// Resolves `host/repo:tag` or `host/repo@sha256:…` as of now. Images outside of ECR always exist.
    pub(in super::super) fn pull(&self, image: &str, platform: &str) -> Pulled {
        let Some((registry, repo, selector)) = ecr_parts(image) else {
            let digest = manifest::digest(image);
            return Pulled {
                reported: self.reported(&digest),
                digest: Some(digest),
                behavior: Behavior::default(),
            };
        };
        let repository = self
            .ecr
            .repositories
            .get(&(registry.to_owned(), repo.to_owned()));
        let found = repository.and_then(|repository| match selector {
            Selector::Tag(tag) => repository.by_tag(tag),
            Selector::Digest(digest) => repository.by_digest(digest),
        });
        let Some(found) = found.filter(|found| found.archived_at.is_none()) else {
            let reason =
                format!("CannotPullContainerError: failed to resolve ref {image}: not found");
            return Pulled {
                digest: None,
                reported: None,
                behavior: Behavior::crashing(Crash {
                    exit_code: None,
                    reason,
                }),
            };
        };
        let child = found
            .children
            .iter()
            .find(|(offered, _)| offered == platform);
        if child.is_none() && !found.children.is_empty() {
            let reason = format!(
                "CannotPullContainerError: image {image} has no descriptor for platform {platform}"
            );
            return Pulled {
                digest: None,
                reported: None,
                behavior: Behavior::crashing(Crash {
                    exit_code: None,
                    reason,
                }),
            };
        }
        let reported = match (self.switches.digest_report, child) {
            (DigestReport::Child, Some((_, child))) => Some(child.clone()),
            _ => self.reported(&found.digest),
        };
        Pulled {
            digest: Some(found.digest.clone()),
            reported,
            behavior: found.behavior.clone(),
        }
    }

    fn reported(&self, digest: &str) -> Option<String> {
        (self.switches.digest_report != DigestReport::Missing).then(|| digest.to_owned())
    }
}

enum Selector<'a> {
    Tag(&'a str),
    Digest(&'a str),
}

/// Registry id, repository and selector of an ECR image; None for images elsewhere.
fn ecr_parts(image: &str) -> Option<(&str, &str, Selector<'_>)> {
    let (host, path) = image.split_once('/')?;
    let (registry, rest) = host.split_once('.')?;
    if !rest.starts_with("dkr.ecr.") {
        return None;
    }
    if let Some((repo, digest)) = path.split_once('@') {
        let repo = repo.split_once(':').map_or(repo, |(repo, _)| repo);
        return Some((registry, repo, Selector::Digest(digest)));
    }
    let (repo, tag) = path.split_once(':').unwrap_or((path, "latest"));
    Some((registry, repo, Selector::Tag(tag)))
}
