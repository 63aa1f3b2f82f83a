//! The checks that need the whole picture, all of them told together.

use super::base_appspec;
use crate::error::{Code, Problem, Problems};
use crate::observe::Snapshot;
use crate::observe::codedeploy::Observed;

/// Everything that speaks against carrying the plan out; an AppSpec is needed only where a deployment is created.
pub fn check(snapshot: &Snapshot, observed: &Observed, creates: bool) -> Problems {
    let mut problems: Problems = wrong_platform(observed).into_iter().collect();
    if !creates {
        return problems;
    }
    match (&observed.base, no_load_balancer(snapshot, observed)) {
        (Err(unreadable), _) => problems.push(unreadable.clone()),
        (Ok(_), Some(problem)) => problems.push(problem),
        (Ok(_), None) => problems
            .extend(base_appspec(snapshot, observed).check_against(snapshot.revision.definition())),
    }
    problems
}

/// A group of another compute platform can't take an ECS AppSpec.
fn wrong_platform(observed: &Observed) -> Option<Problem> {
    let group = &observed.group.facts.group;
    let ecs = group.compute_platform.is_empty() || group.compute_platform == "ECS";
    (!ecs).then(|| {
        Problem::new(
            Code::GroupMismatch,
            format!("the deployment group {} is for the compute platform {}, not ECS", group.name, group.compute_platform),
            "leave `codedeploy-application` and `codedeploy-deployment-group` out, and the service's own group is found",
        )
    })
}

fn no_load_balancer(snapshot: &Snapshot, observed: &Observed) -> Option<Problem> {
    let now = &snapshot.now;
    let balanced = now.task_set.load_balancer.is_some() || now.service.load_balancer.is_some();
    (observed.base.as_ref().is_ok_and(|base| base.appspec.is_none()) && !balanced).then(|| {
        Problem::new(
            Code::AppSpecInvalid,
            format!(
                "the service {} has no load balancer, and no earlier AppSpec is on record to start from",
                now.service.name
            ),
            "give `codedeploy-appspec` the path of an AppSpec file in the repository",
        )
    })
}
