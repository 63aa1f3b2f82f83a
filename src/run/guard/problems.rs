//! Why it is not known whether a hold covers the version.

use crate::{
    error::{Code, Problem},
    names::Repository,
};

const OVERRIDE: &str = "to deploy without this check, set `override: true` with a reason";

pub(super) fn no_token() -> Problem {
    unreadable("GitHub cannot be asked without a token, or outside a workflow")
}

pub(super) fn unreadable(why: &str) -> Problem {
    Problem::new(
        Code::HoldUnknown,
        format!("could not determine whether a hold covers this version: {why}"),
        OVERRIDE,
    )
}

pub(super) fn unknown_commit(why: &str) -> Problem {
    Problem {
        hint: format!("give the commit as version, such as ${{{{ github.sha }}}}; {OVERRIDE}"),
        ..unreadable(why)
    }
}

pub(super) fn no_image(version: &str, repository: &Repository) -> Problem {
    Problem::new(
        Code::ImageNotFound,
        format!(
            "there is no image {version} in the ECR repository {}, and a hold is open",
            repository.name
        ),
        format!(
            "run this after the image is pushed, or give the commit as version, such as ${{{{ github.sha }}}}; {OVERRIDE}"
        ),
    )
}
