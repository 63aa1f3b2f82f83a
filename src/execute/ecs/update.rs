//! `UpdateService`, so that a lost answer starts no second deployment.
//!
//! The operation has no idempotency token, and what it starts has no marker. But a deployment that was started is the
//! service's primary one, with an id that was not there before.

use std::time::Duration;

use super::refused::{has_too_many_deployments, too_many_deployments};
use crate::{
    aws::Failure,
    domain::service::{Rollout, Service},
    error::Code,
    execute::{
        Ended, Execution,
        ended::may_be_started,
        journal::EntryId,
        write::{NotDone, TokenlessWrite},
    },
    names::{DeploymentId, TaskDefinitionArn, TaskSetId},
    plan::ecs::{Action, Clearing, Update},
    report::event::Write,
};

/// When the service is looked at after a lost answer. `DescribeServices` lags behind `UpdateService` for seconds.
const LOOKS: [u64; 10] = [1, 2, 4, 5, 5, 5, 5, 5, 5, 5];
/// A service that was described so shortly before is not described again.
const FRESH: Duration = Duration::from_secs(2);
/// So many looks that AWS answered, the last after twelve seconds, show that nothing was started.
const ANSWERED: u32 = 4;

/// The deployment that was started.
pub(crate) struct Updated {
    /// It among the service's `deployments`, where AWS says so at once.
    pub rollout: Option<Rollout>,
    /// Its service deployment, where AWS says so at once.
    pub deployment: Option<DeploymentId>,
    pub before: Before,
}

/// What the service showed just before the update: nothing of it can be what the update started.
#[derive(Clone, Default)]
pub(crate) struct Before {
    pub primary: Option<TaskSetId>,
    pub current: Option<DeploymentId>,
}

impl Before {
    fn of(service: &Service) -> Self {
        Self {
            primary: service.primary_rollout().map(|primary| primary.id.clone()),
            current: service.current_deployment.clone(),
        }
    }
}

impl Execution<'_> {
    /// Updates the service to the revision, once.
    ///
    /// # Errors
    /// How the run ends: AWS rejected it, somebody else was faster, or nobody can say.
    pub(crate) async fn update_service(
        &self,
        planned: &Update,
        revision: &TaskDefinitionArn,
    ) -> Result<Updated, Ended> {
        self.aws.turn_to_update().await;
        let mut service = self.service_to_update(planned).await?;
        let entry = self.begin(Write::Update {
            revision: revision.clone(),
        });
        let mut told = false;
        loop {
            match self.send_update(&service, revision, entry).await {
                Ok(updated) => return Ok(updated),
                Err(NotDone::Unknown(failure)) => return Err(self.update_lost(&failure, revision)),
                Err(NotDone::Rejected(failure)) if has_too_many_deployments(&failure) => {
                    if !std::mem::replace(&mut told, true) {
                        self.warn(too_many_deployments(&service, &failure));
                    }
                }
                Err(NotDone::Rejected(failure)) => {
                    return Err(self.update_refused(planned, &failure).await);
                }
            }
            self.pause().await;
            service = self.read_unchanged(&service).await?;
        }
    }

    /// The service as it is just before the update.
    async fn service_to_update(&self, planned: &Update) -> Result<Service, Ended> {
        let untouched = is_untouched(&planned.action);
        // Most plans are carried out at once: to look again would cost a round trip, and somebody else can still be
        // faster between that look and the update.
        let fresh = self.clock.now() - planned.seen_at <= FRESH;
        if untouched && planned.takes_over && fresh {
            return Ok(planned.service.clone());
        }
        let service = self.read_service().await?;
        if untouched && Before::of(&service).primary.as_ref() != planned.primary() {
            return Err(self.overtaken());
        }
        Ok(service)
    }

    async fn send_update(
        &self,
        service: &Service,
        revision: &TaskDefinitionArn,
        entry: EntryId,
    ) -> Result<Updated, NotDone> {
        let update = ServiceUpdate {
            execution: self,
            revision,
            force: has_revision(service, revision),
            before: Before::of(service),
        };
        let updated = self.send(&update, entry).await?;
        if let Some(id) = updated.identifier() {
            self.journal.follow(&id);
        }
        Ok(updated)
    }

    /// The service after a wait, where nobody else has deployed it meanwhile.
    async fn read_unchanged(&self, before: &Service) -> Result<Service, Ended> {
        let service = self.read_service().await?;
        if Before::of(&service).primary != Before::of(before).primary {
            return Err(self.overtaken());
        }
        Ok(service)
    }

    fn overtaken(&self) -> Ended {
        let service = &self.plan.service;
        self.observe_again(format!("another deployment of {service} was started"))
    }

    /// `DescribeServices`, asked until AWS answers.
    pub(super) async fn read_service(&self) -> Result<Service, Ended> {
        let described = self.read_until_answered(async || self.describe_service().await);
        self.existing(described.await?)
    }

    /// Nobody can say whether the service was updated.
    fn update_lost(&self, failure: &Failure, revision: &TaskDefinitionArn) -> Ended {
        let (cluster, service) = (&self.plan.cluster, &self.plan.service);
        let (region, short) = (&self.plan.region, revision.short());
        let what = format!("ecs:UpdateService was lost, and no deployment of {short} was found");
        let hint = format!(
            "check before you run this again: `aws ecs describe-services --cluster {cluster} --services {service} --region {region}`"
        );
        let ended = Ended::answer_lost(Code::DeploymentUnknown, &what, failure, hint);
        ended.with_left(may_be_started(self.plan, revision))
    }
}

impl Updated {
    /// The service deployment; until ECS names that, the deployment's id in the service.
    pub(crate) fn identifier(&self) -> Option<DeploymentId> {
        let rollout = || Some(DeploymentId::new(self.rollout.as_ref()?.id.as_str()));
        self.deployment.clone().or_else(rollout)
    }
}

/// After a stop the primary deployment is another one by AWS's doing; otherwise it is somebody else's.
fn is_untouched(action: &Action) -> bool {
    matches!(
        action,
        Action::Update(Clearing::Idle | Clearing::Supersede(_))
    )
}

/// ECS does nothing where the service has this revision already; its tasks may come from another image.
fn has_revision(service: &Service, revision: &TaskDefinitionArn) -> bool {
    let primary = service.primary_rollout();
    primary.is_some_and(|primary| primary.task_definition.as_ref() == Some(revision))
}

struct ServiceUpdate<'a> {
    execution: &'a Execution<'a>,
    revision: &'a TaskDefinitionArn,
    force: bool,
    before: Before,
}

impl TokenlessWrite for ServiceUpdate<'_> {
    type Done = Updated;

    async fn send(&self) -> Result<Updated, Failure> {
        let Execution { aws, plan, .. } = self.execution;
        let answer = aws
            .update_service(&plan.cluster, &plan.service, self.revision, self.force)
            .await?;
        if let Some(service) = answer
            && let Some(started) = self.started(&service)
        {
            return Ok(started);
        }
        // The answer need not show the new deployment yet.
        Ok(Updated {
            rollout: None,
            deployment: None,
            before: self.before.clone(),
        })
    }

    async fn find(&self) -> Result<Option<Updated>, Failure> {
        let mut answered = 0;
        let mut silence = None;
        for seconds in LOOKS {
            self.execution
                .clock
                .sleep(Duration::from_secs(seconds))
                .await;
            let service = match self.execution.describe_service().await {
                Ok(service) => service,
                Err(failure) if failure.is_passing() => {
                    silence = Some(failure);
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            if let Some(started) = service.and_then(|service| self.started(&service)) {
                return Ok(Some(started));
            }
            // A look that AWS did not answer proves nothing.
            answered += 1;
            if answered == ANSWERED {
                return Ok(None);
            }
        }
        silence.map_or(Ok(None), Err)
    }
}

impl ServiceUpdate<'_> {
    /// The deployment of the revision, if one has started since.
    fn started(&self, service: &Service) -> Option<Updated> {
        let primary = service.primary_rollout()?;
        // Somebody else may have started a deployment of the same revision before: its id is not new.
        let is_old = Some(&primary.id) == self.before.primary.as_ref();
        if is_old || primary.task_definition.as_ref() != Some(self.revision) {
            return None;
        }
        let current = service.current_deployment.as_ref();
        let deployment = current.filter(|current| Some(*current) != self.before.current.as_ref());
        Some(Updated {
            rollout: Some(primary.clone()),
            deployment: deployment.cloned(),
            before: self.before.clone(),
        })
    }
}
