//! The service as it is, and the version that should be serving, for the mode `mark-stable`.

use super::{
    ControllerState,
    find_target::check_archived,
    reader::Reader,
    running_service::RunningService,
    service,
    service_state::ServiceState,
    target::{FoundTarget, Lookup},
    wanted::{ImageSpec, RevisionSpec, TargetSpec},
};
use crate::{
    aws::Aws,
    clock::Clock,
    error::{Code, Problem, Problems},
    inputs::{Inputs, VersionSpec},
    names::{ImageSelector, ImageTag},
};

/// What may be marked.
pub(crate) struct ToMark {
    pub running: RunningService,
    pub controller: ControllerState,
    /// The version given; without one, what most tasks run.
    pub found: FoundTarget,
}

/// Reads the service, and the version where one was given. `tell` is called once with what serves now.
///
/// # Errors
/// Every read that did not work, and an image that is not there or cannot be deployed again.
pub(crate) async fn read_to_mark(
    aws: &Aws,
    inputs: &Inputs,
    clock: Clock,
    tag: &ImageTag,
    tell: &dyn Fn(&RunningService),
) -> Result<ToMark, Problems> {
    let given = version_given(inputs);
    // Without a version there is nothing to read ahead, and what the tag is on now costs no round trip.
    let read_ahead = given.clone().unwrap_or(ImageSelector::Tag(tag.clone()));
    let spec = TargetSpec {
        image: ImageSpec::Selected(read_ahead),
        revision: RevisionSpec::Running,
        pinned: None,
    };
    let reader = Reader {
        aws,
        inputs,
        clock,
        spec: Some(&spec),
    };
    let state = service(reader, tell).await?;
    let problems = state.wrong_group(inputs);
    if !problems.is_empty() {
        return Err(problems);
    }
    let found = match given {
        None => find_running(&state.running)?,
        Some(selector) => find_given(reader, &spec, &state, &selector).await?,
    };
    check_archived(&found, &state.running.service)?;
    Ok(ToMark {
        found,
        running: state.running,
        controller: state.controller,
    })
}

fn version_given(inputs: &Inputs) -> Option<ImageSelector> {
    if !inputs.is_version_given {
        return None;
    }
    match &inputs.version {
        VersionSpec::Tag(tag) => Some(ImageSelector::Tag(tag.clone())),
        VersionSpec::Digest(digest) => Some(ImageSelector::Digest(digest.clone())),
        // The inputs of this mode have none.
        VersionSpec::Previous { .. } => None,
    }
}

/// The version given, as ECR knows it: read ahead, or found by the commit that it names.
async fn find_given(
    reader: Reader<'_>,
    spec: &TargetSpec<'_>,
    state: &ServiceState<ControllerState>,
    selector: &ImageSelector,
) -> Result<FoundTarget, Problem> {
    let lookup = Lookup {
        reader,
        spec,
        running: &state.running,
        record: state.record(),
        described: &state.prefetch.described,
        tell: &|_| {},
    };
    let image = state.prefetch.image.clone();
    lookup.find_selected(selector, image).await
}

/// What most tasks run, as ECR knows it.
///
/// # Errors
/// `image-not-found`
fn find_running(running: &RunningService) -> Result<FoundTarget, Problem> {
    let Some(image) = running.running_image.clone() else {
        return Err(not_in_ecr(running));
    };
    Ok(FoundTarget {
        version: running.version_on(&image.image.digest),
        image,
        repository: running.running_repository.clone(),
        exact: false,
        last_served_from: None,
        served_for: None,
        notes: Vec::new(),
        further: None,
    })
}

fn not_in_ecr(running: &RunningService) -> Problem {
    let image = match running.digests.most() {
        Some((digest, _)) => digest.to_string(),
        None => running.running_selector.to_string(),
    };
    Problem::new(
        Code::ImageNotFound,
        format!(
            "the image that serves, {image}, is not in the ECR repository {}",
            running.running_repository.name
        ),
        "only an image that is still in ECR can be rolled back to; push it again and deploy it",
    )
}
