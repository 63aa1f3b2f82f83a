//! How a service deployment ended, where that was not well.

use super::watch::{Look, Watch};
use crate::{
    domain::{
        clue::Clue,
        service::Rollout,
        service_deployment::{ServiceDeployment, ServiceStatus},
    },
    error::Code,
    execute::{Ended, ended::detail, wait},
    outside::OutsideText,
    plan::ecs::Direction,
    report::{
        data::{Detail, Outcome},
        event::StepState,
    },
    words,
};

/// How long ECS's own rollback is followed, so that its end can be told: six minutes, since a rolling one starts new
/// tasks.
const ROLLBACK_POLLS: u32 = 72;
const HINT: &str = "check the reason, the stopped tasks and their logs; roll back to another version, or fix what the tasks need and rerun";
const STOPPED_HINT: &str =
    "find out who stopped it and why; then run this again, or with another version";
const ALARM_HINT: &str = "an alarm of the service ended it; if it triggers for another reason, switch it off in the service's deployment configuration, then run this again";

impl Watch<'_> {
    /// How it ended, where that was not well.
    pub(super) async fn ended(&self, look: &Look) -> Option<Ended> {
        let Some(deployment) = &look.deployment else {
            return self.replaced(&look.service);
        };
        match self.direction {
            Direction::Back => self.ended_back(deployment),
            Direction::Forward if deployment.status.is_rollback() => {
                Some(self.rolled_back(deployment).await)
            }
            Direction::Forward if deployment.status == ServiceStatus::Stopped => {
                Some(self.stopped(deployment).await)
            }
            Direction::Forward => None,
        }
    }

    /// A rollback that does not go on.
    fn ended_back(&self, deployment: &ServiceDeployment) -> Option<Ended> {
        let what = match deployment.status {
            // Somebody stopped it before this run did, without a rollback.
            ServiceStatus::Stopped => "was stopped, and nothing was rolled back",
            ServiceStatus::Successful => "succeeded before it could be rolled back",
            ServiceStatus::RollbackFailed => return Some(self.rollback_failed(deployment)),
            _ => return None,
        };
        Some(self.execution.changed(&deployment.id, what))
    }

    /// ECS is rolling it back, or has: its end is waited for, so that what serves can be told.
    async fn rolled_back(&self, deployment: &ServiceDeployment) -> Ended {
        // Before the rollback is followed, which takes minutes: the cause is looked for meanwhile.
        self.execution.journal.saw_failure(clue(deployment));
        let last = self.follow_rollback(deployment).await;
        let (outcome, code) = match last.status {
            ServiceStatus::RollbackFailed | ServiceStatus::Stopped => {
                (Outcome::Failed, Code::DeploymentFailed)
            }
            _ => (Outcome::Reverted, Code::DeploymentReverted),
        };
        let how = how_rolled_back(&last.status);
        let message = format!("{} {how}", self.describe(deployment));
        let ended = Ended {
            outcome,
            ..self.badly(&last, code, message, HINT)
        };
        if last.status.is_over() {
            return ended;
        }
        let id = deployment.id.short();
        ended.with_left(format!("ECS's rollback of {id} is still in progress"))
    }

    /// The deployment at the end of ECS's rollback, or as it was last seen.
    async fn follow_rollback(&self, deployment: &ServiceDeployment) -> ServiceDeployment {
        if deployment.status.is_over() {
            return deployment.clone();
        }
        self.execution.step(
            "rollback",
            StepState::Started,
            "ECS is rolling the deployment back",
        );
        let mut last = deployment.clone();
        let over = self.execution.poll(Some(ROLLBACK_POLLS), async || {
            let aws = self.execution.aws;
            let answer = aws.describe_service_deployment(&deployment.id).await;
            let Some(Some(seen)) = self.execution.answered(answer)? else {
                return Ok(wait::Look::Silent);
            };
            last = seen;
            Ok(match last.status.is_over() {
                true => wait::Look::Found(()),
                false => wait::Look::NotYet,
            })
        });
        // Where AWS can't be asked any more, what was seen last has to do.
        drop(over.await);
        last
    }

    /// It was stopped without a rollback: by its circuit breaker, by a newer deployment, or by somebody.
    async fn stopped(&self, deployment: &ServiceDeployment) -> Ended {
        if deployment.breaker_tripped {
            return self.broken(deployment);
        }
        if let Some(ended) = self.replaced_by_newer(deployment).await {
            return Ended {
                details: details(deployment),
                ..ended
            };
        }
        let message = format!("{} was stopped", self.describe(deployment));
        self.badly(deployment, Code::DeploymentStopped, message, STOPPED_HINT)
    }

    fn describe(&self, deployment: &ServiceDeployment) -> String {
        let version = &self.execution.plan.target.version;
        format!(
            "the service deployment {} of {version}",
            deployment.id.short()
        )
    }

    /// The circuit breaker ended it, and does not roll back.
    fn broken(&self, deployment: &ServiceDeployment) -> Ended {
        let message = format!(
            "{} failed: its tasks do not start, or do not keep running, and the circuit breaker ended it",
            self.describe(deployment)
        );
        self.badly(deployment, Code::DeploymentFailed, message, HINT)
    }

    fn rollback_failed(&self, deployment: &ServiceDeployment) -> Ended {
        let (id, version) = (deployment.id.short(), &self.execution.plan.target.version);
        let message = format!("ECS's rollback of the service deployment {id} to {version} failed");
        self.badly(deployment, Code::DeploymentFailed, message, HINT)
    }

    /// With the alarms and the reasons that ECS gives.
    fn badly(
        &self,
        deployment: &ServiceDeployment,
        code: Code,
        mut message: String,
        hint: &'static str,
    ) -> Ended {
        self.execution.journal.saw_failure(clue(deployment));
        // ECS can't be told to ignore alarms for one deployment, as CodeDeploy can.
        let alarms = &deployment.triggered_alarms;
        let hint = if alarms.is_empty() { hint } else { ALARM_HINT };
        if !alarms.is_empty() {
            message.push_str(&format!("; alarm triggered: {}", words::list(alarms)));
        }
        if let Some(reason) = deployment
            .reason
            .as_ref()
            .or(reason_of_rollback(deployment))
        {
            message.push_str(&format!(": {reason}"));
        }
        Ended {
            details: details(deployment),
            ..Ended::failed(code, message, hint)
        }
    }

    pub(super) fn failed(&self, primary: &Rollout) -> Ended {
        let version = &self.execution.plan.target.version;
        let mut message = format!("the deployment of {version} failed");
        if let Some(reason) = &primary.reason {
            message.push_str(&format!(": {reason}"));
        }
        Ended::failed(Code::DeploymentFailed, message, HINT)
    }
}

fn how_rolled_back(status: &ServiceStatus) -> &'static str {
    match status {
        ServiceStatus::RollbackFailed => "failed, and ECS's rollback of it failed, too",
        ServiceStatus::Stopped => "failed, and ECS's rollback of it was stopped",
        ServiceStatus::RollbackSuccessful => "did not succeed; ECS rolled it back",
        _ => "did not succeed; ECS is rolling it back",
    }
}

fn clue(deployment: &ServiceDeployment) -> Option<Clue> {
    let alarms = &deployment.triggered_alarms;
    if !alarms.is_empty() {
        return Some(Clue::Alarms(alarms.clone()));
    }
    let reason = deployment.reason.as_ref();
    reason
        .or(reason_of_rollback(deployment))
        .cloned()
        .map(Clue::Said)
}

fn reason_of_rollback(deployment: &ServiceDeployment) -> Option<&OutsideText> {
    deployment.rollback.as_ref()?.reason.as_ref()
}

fn details(deployment: &ServiceDeployment) -> Vec<Detail> {
    let mut details = Vec::new();
    if let Some(reason) = &deployment.reason {
        details.push(detail("ECS says", reason));
    }
    // ECS often gives the same reason for both.
    if let Some(reason) = reason_of_rollback(deployment)
        && deployment.reason.as_ref() != Some(reason)
    {
        details.push(detail("ECS says about the rollback", reason));
    }
    details
}
