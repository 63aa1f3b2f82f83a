//! Applications and groups that are not there.

use super::group_id::GroupId;
use crate::{
    aws::{Failure, Fault},
    error::{Code, Problem},
};

/// Whether AWS said that there is no such application or group.
pub(crate) fn is_absent(failure: &Failure) -> bool {
    // A guessed name may break the rules for names, or belong to an application of another compute platform.
    let codes = [
        "ApplicationDoesNotExistException",
        "DeploymentGroupDoesNotExistException",
        "InvalidApplicationNameException",
        "InvalidDeploymentGroupNameException",
        "DeploymentConfigDoesNotExistException",
    ];
    failure.fault == Fault::Rejected && codes.iter().any(|code| failure.is(code))
}

/// Names an application or group that is not there; any other failure as it is.
pub(crate) fn absent_or(failure: &Failure, id: &GroupId) -> Problem {
    let GroupId { application, group } = id;
    if !is_absent(failure) {
        return failure.problem();
    }
    let no_application = failure.is("ApplicationDoesNotExistException")
        || failure.is("InvalidApplicationNameException");
    if no_application {
        return Problem::new(
            Code::ApplicationNotFound,
            format!("there is no CodeDeploy application {application}"),
            "leave `codedeploy-application` out and it is discovered, or take its name from the CodeDeploy console; check the region and the account",
        );
    }
    Problem::new(
        Code::GroupNotFound,
        format!("there is no deployment group {group} in the CodeDeploy application {application}"),
        "leave `codedeploy-deployment-group` out and it is discovered, or take its name from the CodeDeploy console",
    )
}
