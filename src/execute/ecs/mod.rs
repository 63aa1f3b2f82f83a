//! What ECS itself does: a service deployment is taken over, started by `UpdateService`, and followed.

mod ended;
mod identify;
mod progress;
mod refused;
mod replaced;
mod shifted;
mod take_over;
mod update;
mod watch;

pub(crate) use watch::Watch;

use crate::{
    domain::{commands, service::Service},
    error::{Code, Problem},
    execute::{Ended, Execution, ended::left_running},
    names::DeploymentId,
    plan::ecs::Direction,
    report::data::Left,
};

impl Execution<'_> {
    /// The service as it was described, where nobody has deleted it.
    fn existing(&self, described: Option<Service>) -> Result<Service, Ended> {
        match described {
            // AWS describes a deleted service for a while.
            Some(service) if service.status != "INACTIVE" => Ok(service),
            _ => Err(self.service_is_gone()),
        }
    }

    /// Somebody has deleted the service.
    fn service_is_gone(&self) -> Ended {
        let (cluster, service) = (&self.plan.cluster, &self.plan.service);
        let problem = Problem::new(
            Code::ServiceNotFound,
            format!("the service {cluster}/{service} does not exist any more"),
            "somebody may have deleted it; check the cluster in the console",
        );
        self.cut_short(problem)
    }

    /// What AWS is still doing when the run ends, and how to stop it.
    pub(super) fn with_service_deployment(
        &self,
        mut ended: Ended,
        deployment: Option<&DeploymentId>,
        direction: Direction,
    ) -> Ended {
        let region = &self.plan.region;
        if let Some(id) = deployment
            && id.is_service_deployment()
        {
            let is_rollback = direction == Direction::Back;
            ended.left.extend(left_running(id, region, is_rollback));
            return ended;
        }
        // Nothing of this run's can be in progress.
        if !self.journal.has_written() {
            return ended;
        }
        let (cluster, service) = (&self.plan.cluster, &self.plan.service);
        ended.with_left(Left {
            text: "the deployment may still be running; check it with".to_owned(),
            command: Some(commands::list_service_deployments(cluster, service, region)),
        })
    }
}
