//! Which container is rolled back, and whether a revision already runs an image.

use super::TaskDefinition;
use crate::{
    domain::placeholder::find_placeholder,
    error::{Code, Problem},
    names::{ContainerName, ImageDigest, ImageReference, ImageSelector, ImageTag, Repository},
    outside::OutsideText,
    words,
};

/// Chooses the container whose image is replaced, and says where that came from: the input, else the container
/// behind the service's load balancer, else the only essential one.
///
/// # Errors
/// [`Code::ContainerNotFound`], with the containers that there are.
pub(crate) fn choose_container(
    definition: &TaskDefinition,
    input: Option<&ContainerName>,
    behind_load_balancer: Option<&str>,
) -> Result<(ContainerName, &'static str), Problem> {
    if let Some(name) = input {
        if definition.container(name.as_str()).is_none() {
            return Err(not_found(definition, name));
        }
        return Ok((name.clone(), "the input container-name"));
    }
    // Of several essential containers, the one that gets the traffic is the application.
    if let Some(name) = behind_load_balancer
        && definition.container(name).is_some()
    {
        return Ok((ContainerName::new(name), "the service's load balancer"));
    }
    match essential(definition).as_slice() {
        [only] => Ok((ContainerName::new(*only), "the only essential container")),
        _ => Err(not_named(definition)),
    }
}

fn essential(definition: &TaskDefinition) -> Vec<&str> {
    let mut names = Vec::new();
    for container in definition.containers() {
        // ECS takes a container as essential unless it says that it isn't.
        if container["essential"] != false {
            names.extend(container["name"].as_str());
        }
    }
    names
}

fn not_found(definition: &TaskDefinition, name: &ContainerName) -> Problem {
    let message = format!("there is no container {name} in {}", title(definition));
    let hint = format!("its containers are {}", container_list(definition));
    Problem::new(Code::ContainerNotFound, message, hint)
}

/// Whether every image but the one that is replaced can be pulled as the file has it. `origin` is the file's path.
///
/// # Errors
/// [`Code::FileInvalid`], with the container and what is in the place of its image.
pub(crate) fn check_other_images(
    definition: &TaskDefinition,
    replaced: &ContainerName,
    origin: &OutsideText,
) -> Result<(), Problem> {
    for name in definition.container_names() {
        let image = definition.image(name).unwrap_or_default();
        let Some(placeholder) = find_placeholder(image) else {
            continue;
        };
        if name != replaced.as_str() {
            let (name, placeholder) = (OutsideText::new(name), OutsideText::new(placeholder));
            return Err(Problem::new(
                Code::FileInvalid,
                format!(
                    "{origin} cannot be registered: the image of its container {name} has the placeholder {placeholder}"
                ),
                format!("write that image; only the image of {replaced} is replaced"),
            ));
        }
    }
    Ok(())
}

fn not_named(definition: &TaskDefinition) -> Problem {
    let message = format!(
        "cannot tell which container of {} to roll back",
        title(definition)
    );
    let hint = format!(
        "name one with `container-name`: its containers are {}",
        container_list(definition)
    );
    Problem::new(Code::ContainerNotFound, message, hint)
}

fn title(definition: &TaskDefinition) -> String {
    match (definition.arn(), definition.family()) {
        (Some(arn), _) => format!("the task definition {}", arn.short()),
        (None, Some(family)) => {
            let family = OutsideText::new(family);
            format!("the task definition {family} in the file")
        }
        (None, None) => "the task definition in the file".to_owned(),
    }
}

/// `web1, log`
pub(in crate::domain) fn container_list(definition: &TaskDefinition) -> String {
    let names = definition.container_names();
    words::list(names.into_iter().map(OutsideText::new))
}

/// Whether the revision runs this image as it is: the container's image is the digest, or a version tag that
/// is on the digest now. A name that moves (`latest`) never fits.
pub(crate) fn fits(
    definition: &TaskDefinition,
    container: &str,
    repository: &Repository,
    digest: &ImageDigest,
    tags_on_digest: &[ImageTag],
) -> bool {
    let Some(ImageReference::Ecr {
        repository: own_repository,
        selector,
    }) = definition.image_reference(container)
    else {
        return false;
    };
    if !own_repository.is_same(repository) {
        return false;
    }
    // A version tag may have moved: it counts only as long as it is on the digest.
    match selector {
        ImageSelector::Digest(own_digest) => own_digest == *digest,
        ImageSelector::Tag(tag) => tag.is_version() && tags_on_digest.contains(&tag),
    }
}
