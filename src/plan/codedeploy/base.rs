//! What a new deployment starts from: its group and its AppSpec.

use crate::{
    domain::{
        appspec::AppSpec,
        deployment_group::Group,
        service::{LoadBalancer, Placement},
    },
    names::ContainerName,
    observe::codedeploy::Observed,
    plan::situation::Situation,
};

impl Situation<'_, Observed> {
    /// The one on record; a fresh one where CodeDeploy never deployed the service.
    pub(super) fn base_appspec(&self) -> AppSpec {
        if let Ok(base) = &self.observed.base
            && let Some(appspec) = &base.appspec
        {
            return appspec.clone();
        }
        // CodeDeploy can't shift traffic without a load balancer; preflight refuses that.
        let none = LoadBalancer {
            container: ContainerName::new(""),
            port: 0,
        };
        let load_balancer = self.load_balancer().unwrap_or(&none);
        let revision = &self.snapshot.running.revision;
        AppSpec::fresh(revision, load_balancer, &self.placement())
    }

    /// How the tasks that serve are placed.
    fn placement(&self) -> Placement {
        let running = &self.snapshot.running;
        let mut placement = running.task_set.placement.clone();
        if placement.network.is_none() {
            // The first task set, which CreateService made, does not repeat the service's network.
            placement.network = running.service.network.clone();
        }
        placement
    }

    pub(super) fn group(&self) -> &Group {
        &self.observed.group.facts.group
    }

    /// Where the traffic goes.
    pub(super) fn load_balancer(&self) -> Option<&LoadBalancer> {
        let running = &self.snapshot.running;
        // Once CodeDeploy has deployed a service, ECS keeps the load balancer with the task sets.
        let of_task_set = running.task_set.load_balancer.as_ref();
        of_task_set.or(running.service.load_balancer())
    }
}
