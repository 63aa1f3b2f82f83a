//! The commit that an image is built from.

use super::question::{Image, Question};
use crate::{
    domain::{
        github::{CommitId, CommitOf, RepositoryName},
        image_config::ImageConfig,
        tags::is_commit,
    },
    names::ImageTag,
    observe::image::read_config,
    outside::OutsideText,
    words,
};

/// Where an image comes from.
pub(super) struct Origin {
    pub repository: RepositoryName,
    pub commit: CommitId,
    by: By,
}

/// What names the commit.
enum By {
    /// `org.opencontainers.image.revision`
    Label,
    /// A tag of the image is the commit's id.
    ImageTag(ImageTag),
    GitTag(OutsideText),
}

impl Origin {
    pub(super) fn commit(&self) -> CommitOf {
        CommitOf {
            repository: self.repository.clone(),
            id: self.commit.clone(),
        }
    }

    /// `v1.2.0 is commit 1f3c9ab, by its revision label`
    pub(super) fn sentence(&self, image: &Image<'_>) -> String {
        let by = match &self.by {
            By::Label => "its revision label".to_owned(),
            By::ImageTag(tag) => format!("its tag {tag}"),
            By::GitTag(tag) => format!("the git tag {tag}"),
        };
        format!(
            "{} is commit {} of {}, by {by}",
            words::short_digest(image.version),
            self.commit.short(),
            self.repository
        )
    }
}

impl Question<'_> {
    /// # Errors
    /// A sentence that says why it is not known.
    pub(super) async fn find_origin(&self, image: &Image<'_>) -> Result<Origin, String> {
        let config = read_config(self.aws, image.repository, image.digest).await;
        let (repository, mut tried) = match &config {
            Ok(config) => self.named_repository(config),
            Err(why) => (None, format!("its labels could not be read ({why})")),
        };
        if let (Some(repository), Ok(config)) = (&repository, &config)
            && let Some(commit) = named_commit(config)
        {
            return Ok(Origin {
                repository: repository.clone(),
                commit,
                by: By::Label,
            });
        }
        // Without a source that says otherwise, an image is built where its workflow is.
        let repository = repository.unwrap_or_else(|| self.access.repository.clone());
        if let Some((commit, tag)) = tagged_commit(image.tags) {
            return Ok(Origin {
                repository,
                commit,
                by: By::ImageTag(tag),
            });
        }
        tried += ", it has no tag that is a commit id";
        match self.find_git_tag(&repository, image).await? {
            Some(origin) => Ok(origin),
            None => {
                let unseen = match repository == self.access.repository {
                    true => "",
                    false => ", or the token does not see it",
                };
                Err(format!(
                    "the commit of {} is not known: {tried}, and {repository} has no git tag for it{unseen}",
                    words::short_digest(image.version)
                ))
            }
        }
    }

    /// The repository that the labels lead to, and what is wrong with them where they do not name a commit.
    fn named_repository(&self, config: &ImageConfig) -> (Option<RepositoryName>, String) {
        let no_label = "it has no label org.opencontainers.image.revision".to_owned();
        let Some(source) = config.source() else {
            return (Some(self.access.repository.clone()), no_label);
        };
        match RepositoryName::from_source(source.raw(), self.access.host()) {
            Some(repository) => (Some(repository), no_label),
            // A label of a base image stays on what is built on it; and no token goes to another host.
            None => (
                None,
                format!(
                    "its label org.opencontainers.image.source is no repository of {}",
                    self.access.host()
                ),
            ),
        }
    }

    pub(super) async fn find_git_tag(
        &self,
        repository: &RepositoryName,
        image: &Image<'_>,
    ) -> Result<Option<Origin>, String> {
        let last = image.repository.name.rsplit('/').next();
        let name = self.inputs.name.as_deref().or(last).unwrap_or_default();
        for pattern in &self.inputs.tag_patterns {
            let Some(tag) = pattern.tag(image.version, name) else {
                continue;
            };
            let found = self.github.find_commit_of_tag(repository, &tag).await;
            if let Some(commit) = found.map_err(|failure| failure.sentence())? {
                return Ok(Some(Origin {
                    repository: repository.clone(),
                    commit,
                    by: By::GitTag(OutsideText::new(tag)),
                }));
            }
        }
        Ok(None)
    }
}

fn named_commit(config: &ImageConfig) -> Option<CommitId> {
    CommitId::parse(config.revision()?.raw())
}

/// A tag that is a commit id: `abc1234`, `sha-abc1234`.
fn tagged_commit(tags: &[ImageTag]) -> Option<(CommitId, ImageTag)> {
    for tag in tags {
        let text = tag.as_str();
        let id = text.strip_prefix("sha-").unwrap_or(text);
        // Digits alone are more likely a date or the number of a build.
        let is_sure = id.len() >= 40 || id.bytes().any(|byte| byte > b'9');
        if is_sure && is_commit(id) {
            return Some((CommitId::parse(id)?, tag.clone()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_that_may_be_a_date_is_no_commit() {
        let tagged = |tags: &[&str]| {
            let tags: Vec<_> = tags.iter().filter_map(|tag| ImageTag::parse(tag)).collect();
            tagged_commit(&tags).map(|(commit, _)| commit.to_string())
        };
        assert_eq!(tagged(&["v1.0.0", "20261120"]), None);
        assert_eq!(
            tagged(&["v1.0.0", "sha-AbC1234"]).as_deref(),
            Some("abc1234")
        );
        assert_eq!(tagged(&["abc1234"]).as_deref(), Some("abc1234"));
    }
}
