//! The commit that an image is built from.

use super::{
    origin::{By, Origin},
    question::Search,
};
use crate::{
    domain::{
        github::{CommitId, RepositoryName},
        image_config::ImageConfig,
        tags::commit_in_tag,
    },
    names::ImageTag,
    observe::image::read_config,
    outside::OutsideText,
    plan::VersionImage,
    words,
};

impl Search<'_> {
    /// Finds it for whoever asks later.
    pub(crate) async fn look_up(&self, image: &VersionImage) {
        let _ = self.find_origin(image).await;
    }

    /// # Errors
    /// A sentence that says why it is not known.
    pub(super) async fn find_origin(&self, image: &VersionImage) -> Result<Origin, String> {
        let key = (image.digest.clone(), image.version.clone());
        let origins = &self.answers.origins;
        let search = self.search_origin(image);
        // Boxed, or the futures nest deeper than the compiler likes.
        origins.get(key, Box::pin(search)).await
    }

    async fn search_origin(&self, image: &VersionImage) -> Result<Origin, String> {
        let config = read_config(
            self.aws,
            &image.repository,
            &image.digest,
            image.manifest.clone(),
        )
        .await;
        let (repository, mut tried) = match &config {
            Ok(config) => self.named_repository(config),
            Err(why) => (None, format!("its labels could not be read ({why})")),
        };
        if let (Some(repository), Ok(config)) = (&repository, &config)
            && let Some(commit) = named_commit(config)
        {
            return Ok(Origin::new(repository, commit, By::Label));
        }
        // Without a source that says otherwise, an image is built where its workflow is.
        let repository = repository.unwrap_or_else(|| self.access.repository.clone());
        if let Some((commit, tag)) = tagged_commit(&image.tags) {
            return Ok(Origin::new(&repository, commit, By::ImageTag(tag)));
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
                    words::short_digest(&image.version)
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
        image: &VersionImage,
    ) -> Result<Option<Origin>, String> {
        let last = image.repository.name.rsplit('/').next();
        let name = self.inputs.name.as_deref().or(last).unwrap_or_default();
        for pattern in &self.inputs.tag_patterns {
            let Some(tag) = pattern.tag(&image.version, name) else {
                continue;
            };
            let found = self.github.find_commit_of_tag(repository, &tag).await;
            if let Some(commit) = found.map_err(|failure| failure.sentence())? {
                let by = By::GitTag(OutsideText::new(tag));
                return Ok(Some(Origin::new(repository, commit, by)));
            }
        }
        Ok(None)
    }
}

fn named_commit(config: &ImageConfig) -> Option<CommitId> {
    CommitId::parse(config.revision()?.raw())
}

fn tagged_commit(tags: &[ImageTag]) -> Option<(CommitId, ImageTag)> {
    for tag in tags {
        if let Some(id) = commit_in_tag(tag.as_str()) {
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
