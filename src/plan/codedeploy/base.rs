//! What a new deployment starts from: its group and its AppSpec.

use crate::domain::appspec::AppSpec;
use crate::domain::deployment_group::Group;
use crate::domain::service::LoadBalancer;
use crate::observe::codedeploy::Observed;
use crate::plan::situation::Situation;

impl Situation<'_, Observed> {
    /// The one on record; a fresh one where CodeDeploy never deployed the service.
    pub(super) fn base_appspec(&self) -> AppSpec {
        if let Ok(base) = &self.observed.base
            && let Some(appspec) = &base.appspec
        {
            return appspec.clone();
        }
        let revision = &self.snapshot.running.revision;
        match self.load_balancer() {
            Some(balancer) => AppSpec::fresh(revision, balancer.container.as_str(), balancer.port),
            // CodeDeploy can't shift traffic without a load balancer; preflight refuses that.
            None => AppSpec::fresh(revision, "", 0),
        }
    }

    pub(super) fn group(&self) -> &Group {
        &self.observed.group.facts.group
    }

    /// Where the traffic goes.
    pub(super) fn load_balancer(&self) -> Option<&LoadBalancer> {
        let running = &self.snapshot.running;
        // Once CodeDeploy has deployed a service, ECS keeps the load balancer with the task sets.
        let of_task_set = running.task_set.load_balancer.as_ref();
        of_task_set.or(running.service.load_balancer.as_ref())
    }
}
