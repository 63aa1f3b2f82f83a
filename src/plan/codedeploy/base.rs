//! The AppSpec that a new deployment starts from.

use crate::domain::appspec::AppSpec;
use crate::domain::service::LoadBalancer;
use crate::observe::Snapshot;
use crate::observe::codedeploy::Observed;
use crate::plan::situation::Situation;

/// The one on record; a fresh one where CodeDeploy never deployed the service.
pub(super) fn base_appspec(situation: &Situation<'_, Observed>) -> AppSpec {
    if let Ok(base) = &situation.observed.base
        && let Some(appspec) = &base.appspec
    {
        return appspec.clone();
    }
    let revision = &situation.snapshot.now.revision;
    match load_balancer(situation.snapshot) {
        Some(balancer) => AppSpec::fresh(revision, balancer.container.as_str(), balancer.port),
        // CodeDeploy can't shift traffic without a load balancer; preflight refuses that.
        None => AppSpec::fresh(revision, "", 0),
    }
}

/// Where the traffic goes.
pub(super) fn load_balancer(snapshot: &Snapshot) -> Option<&LoadBalancer> {
    let running = &snapshot.now;
    // Once CodeDeploy has deployed a service, ECS keeps the load balancer with the task sets.
    let of_task_set = running.task_set.load_balancer.as_ref();
    of_task_set.or(running.service.load_balancer.as_ref())
}
