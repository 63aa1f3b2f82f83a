//! The checks that need the whole picture, all of them told together.

use super::base_appspec;
use crate::error::{Code, Problem, Problems};
use crate::observe::Snapshot;
use crate::observe::codedeploy::Observed;

/// Everything that stands in the way of the plan; an AppSpec is needed only where a deployment is created.
pub(super) fn check(snapshot: &Snapshot, observed: &Observed, creates: bool) -> Problems {
    let mut problems = Problems::new();
    problems.extend(wrong_platform(observed));
    if !creates {
        return problems;
    }
    match &observed.base {
        Err(unreadable) => problems.push(unreadable.clone()),
        Ok(base) if base.appspec.is_none() && !is_balanced(snapshot) => {
            problems.push(no_load_balancer(snapshot));
        }
        Ok(_) => {
            let appspec = base_appspec(snapshot, observed);
            problems.extend(appspec.check_against(snapshot.revision.definition()));
        }
    }
    problems
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

fn is_balanced(snapshot: &Snapshot) -> bool {
    let running = &snapshot.running;
    running.task_set.load_balancer.is_some() || running.service.load_balancer.is_some()
}

fn no_load_balancer(snapshot: &Snapshot) -> Problem {
    let service = &snapshot.running.service.name;
    Problem::new(
        Code::AppSpecInvalid,
        format!(
            "the service {service} has no load balancer, and no earlier AppSpec is on record to start from"
        ),
        "set `codedeploy-appspec` to the path of an AppSpec file in the repository",
    )
}
