//! The AppSpec that a new deployment starts from.

use crate::domain::appspec::AppSpec;
use crate::domain::service::{LoadBalancer, Placement};
use crate::names::ContainerName;
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
    let snapshot = situation.snapshot;
    // CodeDeploy can't shift traffic without a load balancer; preflight refuses that.
    let none = LoadBalancer {
        container: ContainerName::new(""),
        port: 0,
    };
    let load_balancer = load_balancer(snapshot).unwrap_or(&none);
    AppSpec::fresh(
        &snapshot.running.revision,
        load_balancer,
        &placement(snapshot),
    )
}

/// How the tasks that serve are placed.
fn placement(snapshot: &Snapshot) -> Placement {
    let mut placement = snapshot.running.task_set.placement.clone();
    if placement.network.is_none() {
        // The first task set, which CreateService made, does not repeat the service's network.
        placement.network = snapshot.running.service.network.clone();
    }
    placement
}

/// Where the traffic goes.
pub(super) fn load_balancer(snapshot: &Snapshot) -> Option<&LoadBalancer> {
    let running = &snapshot.running;
    // Once CodeDeploy has deployed a service, ECS keeps the load balancer with the task sets.
    let of_task_set = running.task_set.load_balancer.as_ref();
    of_task_set.or(running.service.load_balancer.as_ref())
}
