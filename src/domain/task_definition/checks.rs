//! Which container is swapped, and whether a revision already runs an image.

use serde_json::Value;

use super::TaskDefinition;
use crate::error::{Code, Problem};
use crate::names::{
    ContainerName, ImageDigest, ImageReference, ImageSelector, ImageTag, Repository,
};

/// Chooses the container whose image is swapped, and says where that came from: the input, else the container
/// behind the service's load balancer, else the only essential one.
///
/// # Errors
/// [`Code::ContainerNotFound`], with the containers that are there.
pub fn choose_container(
    td: &TaskDefinition,
    input: Option<&ContainerName>,
    behind_load_balancer: Option<&str>,
) -> Result<(ContainerName, &'static str), Problem> {
    let there = |name: &str| td.container(name).is_some();
    if let Some(name) = input {
        let chosen = there(name.as_str()).then(|| (name.clone(), "the input container-name"));
        return chosen.ok_or_else(|| not_there(td, name));
    }
    if let Some(name) = behind_load_balancer.filter(|name| there(name)) {
        return Ok((ContainerName::new(name), "the service's load balancer"));
    }
    match essential(td).as_slice() {
        [only] => Ok((ContainerName::new(*only), "the only essential container")),
        _ => Err(must_be_named(td)),
    }
}

/// A container is essential unless it says that it isn't.
fn essential(td: &TaskDefinition) -> Vec<&str> {
    let essential = td
        .containers()
        .iter()
        .filter(|container| container["essential"] != Value::Bool(false));
    essential
        .filter_map(|container| container["name"].as_str())
        .collect()
}

fn not_there(td: &TaskDefinition, name: &ContainerName) -> Problem {
    let message = format!("there is no container {name} in {}", title(td));
    Problem::new(
        Code::ContainerNotFound,
        message,
        format!("its containers are {}", listed(td)),
    )
}

fn must_be_named(td: &TaskDefinition) -> Problem {
    let message = format!(
        "which container of {} to roll back can't be told",
        title(td)
    );
    let hint = format!(
        "name one with `container-name`: its containers are {}",
        listed(td)
    );
    Problem::new(Code::ContainerNotFound, message, hint)
}

fn title(td: &TaskDefinition) -> String {
    match (td.arn(), td.family()) {
        (Some(arn), _) => format!("the task definition {}", arn.short()),
        (None, Some(family)) => format!("the task definition {family} in the file"),
        (None, None) => "the task definition in the file".into(),
    }
}

fn listed(td: &TaskDefinition) -> String {
    td.container_names().join(", ")
}

/// Whether the revision runs this image as it is: the container's image is the digest, or a version tag that
/// is on the digest now. A name that moves (`latest`) never fits.
pub fn fits(
    td: &TaskDefinition,
    container: &str,
    repository: &Repository,
    digest: &ImageDigest,
    tags_on_digest: &[ImageTag],
) -> bool {
    match td.image_reference(container) {
        Some(ImageReference::Ecr {
            repository: own,
            selector,
        }) if own.is_same(repository) => match selector {
            ImageSelector::Digest(own) => own == *digest,
            ImageSelector::Tag(tag) => tag.is_version() && tags_on_digest.contains(&tag),
        },
        _ => false,
    }
}
