//! `UpdateService`, so that a lost answer starts no second deployment.
//!
//! The operation has no idempotency token, and what it starts bears no mark. But a deployment that was
//! started is the service's primary one, with an id that was not there before.

use std::time::Duration;

use super::super::{Ended, POLL};
use super::Doing;
use crate::aws::{Failure, Fault};
use crate::domain::service::Service;
use crate::error::{Code, Problem};
use crate::names::{DeploymentId, TaskDefinitionArn, TaskSetId};
use crate::plan::path::Takeover;
use crate::report::data::Outcome;
use crate::report::event::{Event, Write};

/// How often the request is sent, where its answer was lost and no deployment appeared.
const ATTEMPTS: u32 = 3;
/// When the service is looked at after a lost answer; so many looks that AWS answers show that nothing was begun.
const LOOKS: [u64; 10] = [1, 2, 4, 5, 5, 5, 5, 5, 5, 5];
const ANSWERED: u32 = 3;
const LONGEST_PAUSE: u64 = 15;

/// The deployment that was begun.
pub struct Updated {
    /// Its id among the service's `deployments`.
    pub rollout: Option<TaskSetId>,
    /// Its service deployment, where AWS says so at once.
    pub deployment: Option<DeploymentId>,
    pub before: Before,
}

/// What the service looked like just before: nothing of it can be what was begun.
#[derive(Clone, Default)]
pub struct Before {
    pub primary: Option<TaskSetId>,
    pub current: Option<DeploymentId>,
}

impl Doing<'_> {
    /// Updates the service to the revision, once.
    ///
    /// # Errors
    /// How the run ends: AWS rejected it, somebody else was faster, or nobody can say.
    pub async fn update_service(&self, revision: &TaskDefinitionArn) -> Result<Updated, Ended> {
        let service = self.service().await?;
        let primary = service.primary_rollout();
        let before = Before {
            primary: primary.map(|it| it.id.clone()),
            current: service.current_deployment.clone(),
        };
        // After a stop the primary deployment is another one by AWS's doing.
        let untouched = matches!(
            self.plan.takeover,
            Takeover::None | Takeover::Supersede { .. }
        );
        if untouched && before.primary != self.update.primary {
            return Err(self.again(format!(
                "another deployment of {} was started",
                self.plan.service
            )));
        }
        // ECS does nothing where the service has this revision already; its tasks may come from another image.
        let force = primary.and_then(|it| it.task_definition.as_ref()) == Some(revision);
        let changed = (self.wrote)();
        (self.tell)(Event::Updating {
            task_definition_arn: revision.to_string(),
        });
        let updated = self.send_update(revision, force, &before, changed).await;
        updated.inspect_err(|ended| {
            if ended.rejected {
                (self.tell)(Event::Rejected(Write::Update));
            }
        })
    }

    async fn send_update(
        &self,
        revision: &TaskDefinitionArn,
        force: bool,
        before: &Before,
        changed: bool,
    ) -> Result<Updated, Ended> {
        let (mut sent, mut throttled) = (1, 0);
        let (cluster, service) = (&self.plan.cluster, &self.plan.service);
        loop {
            let failure = match self
                .aws
                .update_service(cluster, service, revision, force)
                .await
            {
                Ok(service) => {
                    let updated = service
                        .as_ref()
                        .and_then(|service| begun(service, revision, before));
                    let unsaid = || Updated {
                        rollout: None,
                        deployment: None,
                        before: before.clone(),
                    };
                    return Ok(updated.unwrap_or_else(unsaid));
                }
                Err(failure) => failure,
            };
            match failure.fault {
                Fault::Throttled => {
                    if throttled == 0 {
                        self.warn(
                            "ECS throttles ecs:UpdateService; trying until the timeout".to_owned(),
                        );
                    }
                    self.clock
                        .sleep(Duration::from_secs((1 << throttled).min(LONGEST_PAUSE)))
                        .await;
                    throttled = (throttled + 1).min(6);
                }
                _ if failure.is_ambiguous() => {
                    self.warn(
                        "the answer to ecs:UpdateService was lost; looking at the service before anything is sent again"
                            .to_owned(),
                    );
                    match self.after_lost_answer(revision, before).await {
                        Ok(Some(updated)) => return Ok(updated),
                        Ok(None) if sent < ATTEMPTS => sent += 1,
                        Ok(None) => return Err(self.unknown(&failure, revision)),
                        Err(unseen) => return Err(self.unknown(&unseen, revision)),
                    }
                }
                // An earlier attempt may have taken effect.
                _ if sent > 1 => return Err(self.unknown(&failure, revision)),
                Fault::Rejected => return Err(self.rejected_update(&failure, changed).await?),
                _ => return Err(self.not_accepted(&failure, changed)),
            }
        }
    }

    /// Looks several times whether a deployment of the revision has begun.
    async fn after_lost_answer(
        &self,
        revision: &TaskDefinitionArn,
        before: &Before,
    ) -> Result<Option<Updated>, Failure> {
        let (mut answered, mut silence) = (0, None);
        for seconds in LOOKS {
            self.clock.sleep(Duration::from_secs(seconds)).await;
            match self
                .aws
                .describe_service(&self.plan.cluster, &self.plan.service)
                .await
            {
                Ok(service) => {
                    let updated = service
                        .as_ref()
                        .and_then(|service| begun(service, revision, before));
                    if updated.is_some() {
                        return Ok(updated);
                    }
                    answered += 1;
                    if answered >= ANSWERED {
                        return Ok(None);
                    }
                }
                Err(failure) if !failure.is_passing() => return Err(failure),
                Err(failure) => silence = Some(failure),
            }
        }
        silence.map_or(Ok(None), Err)
    }

    fn not_accepted(&self, failure: &Failure, changed: bool) -> Ended {
        let what = format!(
            "ECS did not accept the update of {}/{}",
            self.plan.cluster, self.plan.service
        );
        Ended::rejected(failure, Code::DeploymentRejected, &what, changed)
    }

    /// A service that is being deployed may take no other deployment: that one's end is waited for.
    async fn rejected_update(&self, failure: &Failure, changed: bool) -> Result<Ended, Ended> {
        // A rolling one never stands in the way.
        let rolling = self.update.strategy.is_rolling();
        let current = self
            .service()
            .await?
            .current_deployment
            .filter(|_| !rolling);
        let Some(id) = current else {
            return Ok(self.not_accepted(failure, changed));
        };
        let seen = self.aws.describe_service_deployment(&id).await;
        let busy = seen.is_ok_and(|seen| seen.is_some_and(|seen| !seen.status.is_over()));
        if !busy {
            return Ok(self.not_accepted(failure, changed));
        }
        (self.tell)(Event::Rejected(Write::Update));
        self.warn(format!(
            "ECS takes no other deployment while {} is under way ({}); waiting for its end",
            id.short(),
            failure.message
        ));
        self.until_over(&id).await?;
        Ok(self.again(format!("the service deployment {} has ended", id.short())))
    }

    /// `DescribeServices`, asked until AWS answers.
    async fn service(&self) -> Result<Service, Ended> {
        loop {
            match self
                .aws
                .describe_service(&self.plan.cluster, &self.plan.service)
                .await
            {
                Ok(Some(service)) if service.status == "INACTIVE" => return Err(self.gone()),
                Ok(Some(service)) => return Ok(service),
                Ok(None) => return Err(self.gone()),
                Err(failure) if failure.is_passing() => self.clock.sleep(POLL).await,
                Err(failure) => return Err(self.given_up(&failure, None)),
            }
        }
    }

    /// Nobody can say whether the service was updated.
    fn unknown(&self, failure: &Failure, revision: &TaskDefinitionArn) -> Ended {
        let (cluster, service) = (&self.plan.cluster, &self.plan.service);
        let mut ended = Ended::new(
            Outcome::Failed,
            Problem::new(
                Code::DeploymentUnknown,
                format!(
                    "the answer to ecs:UpdateService was lost, and no deployment of {} was seen: {}",
                    revision.short(),
                    failure.message
                ),
                format!(
                    "look before you run this again: `aws ecs describe-services --cluster {cluster} --services {service} --region {}`",
                    self.plan.region
                ),
            ),
        );
        ended.left.push(format!(
            "a deployment of {} may be starting in {cluster}/{service}",
            revision.short()
        ));
        ended
    }
}

/// The deployment of the revision, if one has begun since.
fn begun(service: &Service, revision: &TaskDefinitionArn, before: &Before) -> Option<Updated> {
    let new = service
        .primary_rollout()
        .filter(|it| Some(&it.id) != before.primary.as_ref())?;
    if new.task_definition.as_ref() != Some(revision) {
        return None;
    }
    let current = service.current_deployment.clone();
    let deployment = current.filter(|current| Some(current) != before.current.as_ref());
    Some(Updated {
        rollout: Some(new.id.clone()),
        deployment,
        before: before.clone(),
    })
}
