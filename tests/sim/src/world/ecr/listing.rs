//! ListImages and DescribeRepositories.

use serde_json::{Value, json};

use super::super::World;
use super::super::input::{Page, put, text, texts, with_next};
use super::super::time::stamp;
use super::{Repository, no_repository};
use crate::aws::{Answer, AwsError};

impl World {
    /// One row per tag, and one for an image with none.
    pub(super) fn list_images(&self, input: &Value) -> Answer {
        let key = self.repository_key(input)?;
        let page = Page::of(input, 100, "InvalidParameterException")?;
        let images = self
            .repository(&key)?
            .images()
            .filter(|image| self.passes(image, input));
        let rows = images.flat_map(|image| {
            let untagged = image
                .tags
                .is_empty()
                .then_some((image.digest.as_str(), None));
            let tagged = image
                .tags
                .iter()
                .map(|tag| (image.digest.as_str(), Some(tag.as_str())));
            tagged.chain(untagged)
        });
        let (rows, next) = page.cut(rows);
        let ids: Vec<Value> = rows
            .into_iter()
            .map(|(digest, tag)| match tag {
                Some(tag) => json!({ "imageDigest": digest, "imageTag": tag }),
                None => json!({ "imageDigest": digest }),
            })
            .collect();
        Ok(with_next(json!({ "imageIds": ids }), next))
    }

    pub(super) fn describe_repositories(&self, input: &Value) -> Answer {
        let registry = text(input, "registryId").unwrap_or(&self.account);
        let names = texts(input, "repositoryNames");
        if !names.is_empty() && paged(input) {
            return Err(AwsError::client(
                "InvalidParameterException",
                "maxResults and nextToken cannot be used when you specify repositoryNames",
            ));
        }
        for name in &names {
            let key = (registry.to_owned(), (*name).to_owned());
            self.ecr
                .repositories
                .get(&key)
                .ok_or_else(|| no_repository(&key))?;
        }
        let all = self.ecr.repositories.iter();
        let rows = all.filter(|((owner, name), _)| {
            owner == registry && (names.is_empty() || names.contains(&name.as_str()))
        });
        let (rows, next) = Page::of(input, 100, "InvalidParameterException")?.cut(rows);
        let repositories: Vec<Value> = rows
            .into_iter()
            .map(|((registry, name), repository)| {
                let mut described = json!({
                    "repositoryArn": format!("arn:aws:ecr:{}:{registry}:repository/{name}", self.region),
                    "registryId": registry,
                    "repositoryName": name,
                    "repositoryUri": format!("{registry}.dkr.ecr.{}.amazonaws.com/{name}", self.region),
                    "createdAt": stamp(repository.created_at),
                    "imageTagMutability": mutability(repository),
                    "imageScanningConfiguration": { "scanOnPush": false },
                    "encryptionConfiguration": { "encryptionType": "AES256" },
                });
                put(
                    &mut described,
                    "imageTagMutabilityExclusionFilters",
                    exclusions(repository),
                );
                described
            })
            .collect();
        Ok(with_next(json!({ "repositories": repositories }), next))
    }
}

fn mutability(repository: &Repository) -> &'static str {
    match (repository.immutable, repository.mutable_tags.as_slice()) {
        (false, _) => "MUTABLE",
        (true, []) => "IMMUTABLE",
        (true, _) => "IMMUTABLE_WITH_EXCLUSION",
    }
}

fn exclusions(repository: &Repository) -> Option<Value> {
    let tags = &repository.mutable_tags;
    let filter = |tag: &String| json!({ "filterType": "WILDCARD", "filter": tag });
    (!tags.is_empty()).then(|| tags.iter().map(filter).collect())
}

pub(super) fn paged(input: &Value) -> bool {
    text(input, "nextToken").is_some() || input.get("maxResults").is_some()
}
