//! The AppSpec that a new deployment starts from.

use crate::domain::appspec::AppSpec;
use crate::observe::Snapshot;
use crate::observe::codedeploy::Observed;

/// The AppSpec to start from; a fresh one where CodeDeploy never deployed the service.
pub(super) fn base_appspec(snapshot: &Snapshot, observed: &Observed) -> AppSpec {
    if let Ok(base) = &observed.base
        && let Some(appspec) = &base.appspec
    {
        return appspec.clone();
    }
    let running = &snapshot.now;
    let of_task_set = running.task_set.load_balancer.as_ref();
    match of_task_set.or(running.service.load_balancer.as_ref()) {
        Some(balancer) => AppSpec::fresh(
            &running.revision,
            balancer.container.as_str(),
            balancer.port,
        ),
        // CodeDeploy can't shift traffic without a load balancer; preflight refuses that.
        None => AppSpec::fresh(&running.revision, "", 0),
    }
}
