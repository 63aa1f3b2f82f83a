//! The past as `previous` needs it: each deployment with the digest that it deployed.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::domain::image::Image;
use crate::domain::past::{Candidate, PastDeployment};
use crate::domain::task_definition::TaskDefinition;
use crate::names::{ContainerName, ImageDigest, TaskDefinitionArn};

pub(crate) type Definitions = BTreeMap<TaskDefinitionArn, TaskDefinition>;

/// A service's past, every deployment with what it deployed.
pub(crate) struct Past {
    pub deployments: Vec<PastDeployment>,
    pub definitions: Definitions,
    pub images: BTreeMap<ImageDigest, Image>,
    /// When the newest deployment on record that was left out here was created.
    pub cut: Option<OffsetDateTime>,
}

impl Past {
    /// Whether two revisions differ only in how they spell the container's image.
    pub(crate) fn same_but_for_image(
        &self,
        a: &TaskDefinitionArn,
        b: &TaskDefinitionArn,
        container: &ContainerName,
    ) -> bool {
        if a == b {
            return true;
        }
        match (self.definitions.get(a), self.definitions.get(b)) {
            (Some(a), Some(b)) => a.differs_only_in_image(b, container.as_str()),
            _ => false,
        }
    }

    /// Whether anything that came since the candidate may have been there before `cut`, too, which would make it a
    /// rollback. An image that was pushed after `cut` was not, and what runs has to be one of these deployments'.
    pub(crate) fn may_repeat(
        &self,
        candidate: &Candidate,
        running: &TaskDefinitionArn,
        cut: OffsetDateTime,
    ) -> bool {
        // A deployment that ECS rolled back is there twice: from its first half on.
        let start = self
            .deployments
            .iter()
            .position(|past| Some(&past.id) == candidate.deployment.as_ref());
        // The candidate was found by what runs, not by a deployment: older ones may well say more.
        let Some(start) = start else {
            return true;
        };
        let mut explains_running = false;
        for past in &self.deployments[start..] {
            explains_running |= past.revision.as_ref() == Ok(running);
            if !self.was_pushed_after(past, cut) {
                return true;
            }
        }
        !explains_running
    }

    fn was_pushed_after(&self, past: &PastDeployment, moment: OffsetDateTime) -> bool {
        let digest = past.image.digest();
        match digest.and_then(|digest| self.images.get(digest)) {
            Some(image) => pushed_after(image, moment),
            None => false,
        }
    }
}

/// Whether ECR says that the image was pushed after that moment.
pub(crate) fn pushed_after(image: &Image, moment: OffsetDateTime) -> bool {
    image.pushed_at.is_some_and(|pushed| pushed > moment)
}
