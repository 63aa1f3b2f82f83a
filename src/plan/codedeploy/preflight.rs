//! The checks that need the whole picture, all of them told together.

use super::base::{base_appspec, load_balancer};
use crate::error::{Code, Problem, Problems};
use crate::observe::Snapshot;
use crate::observe::codedeploy::Observed;
use crate::plan::situation::Situation;

/// Everything that stands in the way of the plan; an AppSpec is needed only where a deployment is created.
pub(super) fn check(situation: &Situation<'_, Observed>, creates: bool) -> Problems {
    let mut problems = Problems::new();
    problems.extend(wrong_platform(situation.observed));
    if creates {
        problems.extend(wrong_appspec(situation));
    }
    problems
}

fn wrong_appspec(situation: &Situation<'_, Observed>) -> Option<Problem> {
    let snapshot = situation.snapshot;
    match &situation.observed.base {
        Err(unreadable) => Some(unreadable.clone()),
        Ok(base) if base.appspec.is_none() && load_balancer(snapshot).is_none() => {
            Some(no_load_balancer(snapshot))
        }
        Ok(_) => base_appspec(situation).check_against(snapshot.revision.definition()),
    }
}

/// A group of another compute platform does not accept an AppSpec for ECS.
fn wrong_platform(observed: &Observed) -> Option<Problem> {
    let group = &observed.group.facts.group;
    let platform = &group.compute_platform;
    // Older answers leave the platform out.
    if platform.is_empty() || platform == "ECS" {
        return None;
    }
    Some(Problem::new(
        Code::GroupMismatch,
        format!(
            "the deployment group {} is for the compute platform {platform}, not ECS",
            group.name
        ),
        "leave `codedeploy-application` and `codedeploy-deployment-group` empty, and the service's own group is found",
    ))
}

fn no_load_balancer(snapshot: &Snapshot) -> Problem {
    let service = &snapshot.now.service.name;
    Problem::new(
        Code::AppSpecInvalid,
        format!(
            "the service {service} has no load balancer, and no earlier AppSpec is on record to start from"
        ),
        "set `codedeploy-appspec` to the path of an AppSpec file in the repository",
    )
}
