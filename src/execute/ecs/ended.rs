//! How a service deployment ended, where that was not well.

use super::super::Ended;
use super::follow::{Direction, Follow, Look};
use crate::domain::service::Service;
use crate::domain::service_deployment::{ServiceDeployment, ServiceStatus};
use crate::error::{Code, Problem};
use crate::names::TaskDefinitionArn;
use crate::outside::OutsideText;
use crate::report::data::{Detail, Outcome};
use crate::report::event::StepState;
use crate::words;

/// How long ECS's own rollback is followed, so that its end can be told: six minutes, since a rolling one starts new
/// tasks.
const ROLLBACK_POLLS: u32 = 72;

impl Follow<'_> {
    /// How it ended, where that was not well.
    pub(super) async fn ended(&self, look: &Look) -> Option<Ended> {
        let Some(deployment) = &look.deployment else {
            return self.replaced(&look.service);
        };
        match (self.direction, &deployment.status) {
            (Direction::Forward, status) if status.is_rollback() => {
                Some(self.rolled_back(deployment).await)
            }
            (Direction::Forward, ServiceStatus::Stopped) if deployment.breaker_tripped => {
                Some(self.broken(deployment))
            }
            (Direction::Forward, ServiceStatus::Stopped) => {
                Some(self.stopped(deployment, &look.service))
            }
            // Somebody stopped it before us, without a rollback.
            (Direction::Back, ServiceStatus::Stopped) => Some(self.doing.again(format!(
                "the service deployment {} was stopped, and nothing was put back",
                deployment.id.short()
            ))),
            (Direction::Back, ServiceStatus::RollbackFailed) => Some(self.failed(deployment)),
            (Direction::Back, ServiceStatus::Successful) => Some(self.doing.again(format!(
                "the service deployment {} succeeded before it could be sent back",
                deployment.id.short()
            ))),
            _ => None,
        }
    }

    /// ECS rolls it back, or has: its end is waited for, so that what serves can be told.
    async fn rolled_back(&self, deployment: &ServiceDeployment) -> Ended {
        let mut last = deployment.clone();
        if !last.status.is_over() {
            self.doing
                .step("rollback", StepState::Started, "ECS puts things back");
        }
        let mut looks = 0;
        while !last.status.is_over() && looks < ROLLBACK_POLLS {
            self.doing.pause().await;
            match self
                .doing
                .aws
                .describe_service_deployment(&deployment.id)
                .await
            {
                Ok(Some(seen)) => (last, looks) = (seen, looks + 1),
                // Looks that AWS does not answer say nothing about a rollback.
                Err(failure) if !failure.is_passing() => break,
                _ => {}
            }
        }
        let version = &self.doing.plan.target.version;
        let id = deployment.id.short();
        let (code, outcome, message) = match last.status {
            ServiceStatus::RollbackFailed => (
                Code::DeploymentFailed,
                Outcome::Failed,
                format!(
                    "the service deployment {id} of {version} failed, and so did ECS's rollback of it"
                ),
            ),
            ServiceStatus::RollbackSuccessful => (
                Code::DeploymentReverted,
                Outcome::Reverted,
                format!(
                    "the service deployment {id} of {version} did not succeed; ECS rolled it back"
                ),
            ),
            ServiceStatus::Stopped => (
                Code::DeploymentFailed,
                Outcome::Failed,
                format!(
                    "the service deployment {id} of {version} failed, and ECS's rollback of it was stopped"
                ),
            ),
            _ => (
                Code::DeploymentReverted,
                Outcome::Reverted,
                format!(
                    "the service deployment {id} of {version} did not succeed; ECS is rolling it back"
                ),
            ),
        };
        let mut ended = self.badly(&last, outcome, code, message);
        if !last.status.is_over() {
            ended
                .left
                .push(format!("ECS's rollback of {id} is still under way"));
        }
        ended
    }

    fn stopped(&self, deployment: &ServiceDeployment, service: &Service) -> Ended {
        let id = deployment.id.short();
        let now = service
            .primary_rollout()
            .and_then(|it| it.task_definition.as_ref());
        let by = now.filter(|now| **now != self.revision);
        let by = by.map(|now| format!("; the service is being moved to {} now", now.short()));
        let version = &self.doing.plan.target.version;
        let message = format!(
            "the service deployment {id} of {version} was stopped{}",
            by.unwrap_or_default()
        );
        self.badly(
            deployment,
            Outcome::Failed,
            Code::DeploymentStopped,
            message,
        )
    }

    /// The circuit breaker ended it, and does not roll back.
    fn broken(&self, deployment: &ServiceDeployment) -> Ended {
        let (id, version) = (deployment.id.short(), &self.doing.plan.target.version);
        let message = format!(
            "the service deployment {id} of {version} failed: its tasks do not start, or do not stay, and the circuit breaker ended it"
        );
        self.badly(deployment, Outcome::Failed, Code::DeploymentFailed, message)
    }

    fn failed(&self, deployment: &ServiceDeployment) -> Ended {
        let (id, version) = (deployment.id.short(), &self.doing.plan.target.version);
        let message = format!("ECS's rollback of the service deployment {id} to {version} failed");
        self.badly(deployment, Outcome::Failed, Code::DeploymentFailed, message)
    }

    /// Without a service deployment to look at, the service says it: another deployment has become its primary one.
    fn replaced(&self, service: &Service) -> Option<Ended> {
        let (ours, primary) = (self.rollout.as_ref()?, service.primary_rollout()?);
        let failed = primary.state.as_deref() == Some("FAILED");
        if primary.id == *ours && !failed {
            return None;
        }
        let version = &self.doing.plan.target.version;
        let (code, message) = if failed && primary.id == *ours {
            (
                Code::DeploymentFailed,
                format!("the deployment of {version} failed"),
            )
        } else {
            let now = primary
                .task_definition
                .as_ref()
                .map(TaskDefinitionArn::short)
                .unwrap_or_default();
            (
                Code::DeploymentStopped,
                format!(
                    "another deployment, of {now}, has taken the place of the one of {version}"
                ),
            )
        };
        let reason = primary
            .reason
            .as_ref()
            .map(|reason| format!(": {reason}"))
            .unwrap_or_default();
        let problem = Problem::new(code, format!("{message}{reason}"), hint(&[]));
        Some(Ended::new(Outcome::Failed, problem))
    }

    fn badly(
        &self,
        deployment: &ServiceDeployment,
        outcome: Outcome,
        code: Code,
        message: String,
    ) -> Ended {
        let alarms = &deployment.triggered_alarms;
        let rang = match alarms.as_slice() {
            [] => String::new(),
            alarms => format!("; rang: {}", words::list(alarms)),
        };
        let problem = Problem::new(code, format!("{message}{rang}"), hint(alarms));
        let mut ended = Ended::new(outcome, problem);
        let reasons = [
            ("ECS says", deployment.reason.as_ref()),
            (
                "ECS says of the rollback",
                deployment
                    .rollback
                    .as_ref()
                    .and_then(|it| it.reason.as_ref()),
            ),
        ];
        let mut told: Vec<&OutsideText> = Vec::new();
        for (title, text) in reasons {
            if let Some(text) = text.filter(|text| !told.contains(text)) {
                told.push(text);
                ended.details.push(Detail {
                    title: title.to_owned(),
                    text: text.to_string(),
                });
            }
        }
        if let Some(reason) = told.first() {
            let reason = OutsideText::new(reason.raw().trim().trim_end_matches('.'));
            ended.problems[0].message.push_str(&format!(": {reason}"));
        }
        ended
    }
}

/// What to do next.
fn hint(alarms: &[OutsideText]) -> &'static str {
    if alarms.is_empty() {
        "look at the reason and at the stopped tasks and their logs; roll back to another version, or mend what the tasks miss and run this again"
    } else {
        "an alarm of the service ended it; where it rings for another reason, switch it off in the service's deployment configuration, then run this again"
    }
}
