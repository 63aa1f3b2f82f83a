//! How a deployment ended, where that was not well.

use super::super::Ended;
use super::follow::{Follow, Look};
use crate::domain::deployment::{Deployment, LifecycleEvent, Status};
use crate::error::{Code, Problem};
use crate::names::DeploymentId;
use crate::report::data::{Detail, Outcome};
use crate::report::event::{Event, Step, StepState};

/// How long an auto-rollback is looked for, and then followed.
const ROLLBACK_POLLS: u32 = 6;
const ROLLBACK_FOLLOWED: u32 = 24;

impl Follow<'_> {
    /// The deployment failed or was stopped: says why, and whether AWS put things back.
    pub(super) async fn ended_badly(&self, look: Look) -> Ended {
        let Look { deployment, target } = look;
        let version = &self.plan.target.version;
        let failed_at = target
            .as_ref()
            .and_then(|t| t.events.iter().find(|event| event.status == "Failed"));
        let at = failed_at
            .map(|event| format!(" at {}", event.name))
            .unwrap_or_default();
        let details = details(&deployment, failed_at);
        let rollback = self.rollback(&deployment).await;
        let (code, outcome, message) = match (&rollback, &deployment.status) {
            (Some((id, Some(Status::Failed | Status::Stopped))), _) => (
                Code::DeploymentFailed,
                Outcome::Failed,
                format!(
                    "the deployment {} of {version} did not succeed{at}, and neither did AWS's rollback of it, {id}",
                    deployment.id
                ),
            ),
            (Some((id, _)), _) => (
                Code::DeploymentReverted,
                Outcome::Reverted,
                format!(
                    "the deployment {} of {version} did not succeed{at}; AWS rolled it back with {id}",
                    deployment.id
                ),
            ),
            (None, Status::Stopped) => (
                Code::DeploymentStopped,
                Outcome::Failed,
                format!(
                    "the deployment {} of {version} was stopped{at}",
                    deployment.id
                ),
            ),
            (None, _) => (
                Code::DeploymentFailed,
                Outcome::Failed,
                format!("the deployment {} of {version} failed{at}", deployment.id),
            ),
        };
        let reason = deployment
            .error
            .as_ref()
            .map(|error| format!(": {}", error.message))
            .unwrap_or_default();
        let hint = hint(&deployment);
        let mut left = Vec::new();
        if let Some((id, None)) = rollback {
            left.push(format!("CodeDeploy's rollback {id} is still under way"));
        }
        let problem = Problem::new(code, format!("{message}{reason}"), hint);
        Ended {
            outcome,
            problems: vec![problem],
            left,
            details,
            again: false,
            rejected: false,
        }
    }

    fn tell_step(&self, name: &str, detail: &str) {
        let (name, detail) = (name.to_owned(), detail.to_owned());
        (self.tell)(Event::Step(Step {
            name,
            state: StepState::Started,
            detail,
            took: None,
        }));
    }

    /// The deployment with which AWS puts things back, and how it ended. It may show up late.
    async fn rollback(&self, deployment: &Deployment) -> Option<(DeploymentId, Option<Status>)> {
        let expected = self.planned.auto_rollback || deployment.status == Status::Stopped;
        let mut id = deployment.rollback.clone();
        if id.is_none() && expected {
            self.tell_step(
                "auto-rollback",
                "looking whether AWS puts things back, up to 30 s",
            );
        }
        let mut looks = 0;
        while id.is_none() && expected && looks < ROLLBACK_POLLS {
            self.pause().await;
            match self.aws.get_deployment(&self.deployment).await {
                Ok(seen) => (id, looks) = (seen.and_then(|seen| seen.rollback), looks + 1),
                // Looks that AWS does not answer say nothing about a rollback.
                Err(failure) if failure.is_passing() => {}
                Err(_) => return None,
            }
        }
        let id = id?;
        self.tell_step(&format!("rollback {id}"), "AWS puts things back");
        let mut looks = 0;
        while looks < ROLLBACK_FOLLOWED {
            match self.aws.get_deployment(&id).await {
                Ok(Some(rollback)) if rollback.status.is_over() => {
                    return Some((id, Some(rollback.status)));
                }
                Err(failure) if failure.is_passing() => {}
                Ok(_) => looks += 1,
                Err(_) => break,
            }
            self.pause().await;
        }
        Some((id, None))
    }
}

/// What to do next, by what ended the deployment.
fn hint(deployment: &Deployment) -> &'static str {
    match deployment.error.as_ref().map(|error| error.code.raw()) {
        Some("ALARM_ACTIVE") => {
            "an alarm of the deployment group ended it; with `alarms: ignore`, the default, it is not asked"
        }
        _ if deployment.status == Status::Stopped => {
            "find out who stopped it and why; then run this again, or with another version"
        }
        _ => {
            "look at the reason above and at the new tasks' logs; roll back to another version, or mend what the tasks miss and run this again"
        }
    }
}

fn details(deployment: &Deployment, failed_at: Option<&LifecycleEvent>) -> Vec<Detail> {
    let mut details = Vec::new();
    if let Some(error) = &deployment.error {
        details.push(Detail {
            title: "CodeDeploy says".to_owned(),
            text: format!("{}\n{}", error.code, error.message),
        });
    }
    if let Some((event, text)) =
        failed_at.and_then(|event| Some((event, event.diagnostics.clone()?)))
    {
        details.push(Detail {
            title: format!("{} says", event.name),
            text: text.to_string(),
        });
    }
    details
}
