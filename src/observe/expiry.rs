//! What the lifecycle rules of a repository will do to its images. It is good to know, and nothing depends on it: what
//! cannot be read is a sentence.

use time::OffsetDateTime;

use crate::{
    aws::{Aws, Failure},
    domain::{
        image::Image,
        lifecycle::{Action, Fate, Inventory, Policy, Removal, RuleName},
    },
    names::{ImageDigest, Repository},
};

/// Of a thousand images each.
const PAGES: usize = 3;

/// A repository's lifecycle policy, with all images that its rules count.
pub(crate) struct Rules {
    repository: Repository,
    text: String,
    policy: Policy,
    images: Vec<Image>,
    is_complete: bool,
}

/// What becomes of an image.
#[derive(Clone, Debug)]
pub(crate) struct ImageFate {
    pub digest: ImageDigest,
    pub fate: Fate,
}

impl Rules {
    /// Two round trips; `None` where the repository has no policy.
    ///
    /// # Errors
    /// A sentence that says why it is not known.
    pub(crate) async fn read(aws: &Aws, repository: &Repository) -> Result<Option<Self>, String> {
        let text = aws.get_lifecycle_policy(repository).await.map_err(unread)?;
        let Some(text) = text else {
            return Ok(None);
        };
        let policy = Policy::parse(&text)?;
        let all = aws.list_all_images(repository, PAGES).await;
        let (images, is_complete) = all.map_err(unread)?;
        Ok(Some(Self {
            repository: repository.clone(),
            text,
            policy,
            images,
            is_complete,
        }))
    }

    /// What becomes of these images: by the rules, and today by a preview of them that is there.
    pub(crate) async fn judge(
        &self,
        aws: &Aws,
        images: &[Image],
        now: OffsetDateTime,
    ) -> Vec<ImageFate> {
        let digests: Vec<ImageDigest> = images.iter().map(|image| image.digest.clone()).collect();
        // Without a preview the rules have to do.
        let preview = aws
            .get_lifecycle_policy_preview(&self.repository, &digests)
            .await;
        let preview = preview
            .ok()
            .flatten()
            .filter(|preview| preview.is_of(&self.text));
        let mut fates = Vec::new();
        for image in images {
            let inventory = Inventory {
                images: &self.images,
                is_complete: self.is_complete,
                indexes: &[],
            };
            let mut fate = self.policy.fate(image, inventory, now);
            let mark = preview
                .as_ref()
                .and_then(|preview| preview.mark(&image.digest));
            if let Some(mark) = mark
                && let (Some(action), Some(priority)) = (mark.action, mark.priority)
                && !fate.is_due(now)
            {
                fate = due(now, action, priority);
            }
            fates.push(ImageFate {
                digest: image.digest.clone(),
                fate,
            });
        }
        fates
    }
}

/// By ECR's own word it goes today.
fn due(now: OffsetDateTime, action: Action, priority: u32) -> Fate {
    let rule = RuleName {
        priority,
        description: None,
    };
    Fate::Within {
        at: now,
        is_postponed_by_pull: false,
        removal: Removal { rule, action },
    }
}

fn unread(failure: Failure) -> String {
    let problem = failure.problem();
    format!("when images expire is not known: {}", problem.message)
}
