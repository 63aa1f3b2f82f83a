//! How a deployment of CodeDeploy's ended, where that was not well.

use super::watch::{Look, Watch};
use crate::{
    domain::{
        clue::Clue,
        deployment::{Deployment, DeploymentError, LifecycleEvent, Status},
    },
    error::{Code, Problem},
    execute::{Ended, ended::detail, take_over::InTheWay},
    names::DeploymentId,
    outside::OutsideText,
    report::{
        data::{Detail, Left, Outcome},
        event::StepState,
    },
};

/// How long an auto-rollback is looked for, and then followed.
const ROLLBACK_POLLS: u32 = 6;
const ROLLBACK_FOLLOWED: u32 = 24;

/// CodeDeploy's rollback of the deployment; `None` as its end: still in progress when nobody waited any more.
struct Rollback {
    id: DeploymentId,
    end: Option<InTheWay>,
}

impl Watch<'_> {
    /// The deployment failed or was stopped: says why, and whether AWS rolled it back.
    pub(super) async fn ended_badly(&self, look: Look) -> Ended {
        let Look { deployment, target } = look;
        let events = target.map(|target| target.events).unwrap_or_default();
        let failed_event = events.iter().find(|event| event.status == "Failed");
        // Before the rollback is followed, which takes minutes: the cause is looked for meanwhile.
        let clue = clue(&deployment, failed_event);
        self.execution.journal.saw_failure(clue);
        let rollback = self.rollback(&deployment).await;
        let (code, mut message) = self.verdict(&deployment, failed_event, rollback.as_ref());
        let outcome = match code {
            Code::DeploymentReverted => Outcome::Reverted,
            _ => Outcome::Failed,
        };
        if let Some(error) = &deployment.error {
            message.push_str(&format!(": {}", error.message));
        }
        let mut ended = Ended::new(outcome, Problem::new(code, message, hint(&deployment)));
        ended.details = details(&deployment, failed_event);
        if let Some(Rollback { id, end: None }) = rollback {
            let left = Left::from(format!("CodeDeploy's rollback {id} is still in progress"));
            return ended.with_left(left);
        }
        ended
    }

    /// What happened, in one sentence without its reason.
    fn verdict(
        &self,
        deployment: &Deployment,
        failed_event: Option<&LifecycleEvent>,
        rollback: Option<&Rollback>,
    ) -> (Code, String) {
        let version = &self.execution.plan.target.version;
        let what = format!("the deployment {} of {version}", deployment.id);
        let at = match failed_event {
            Some(event) => format!(" at {}", event.name),
            None => String::new(),
        };
        let Some(rollback) = rollback else {
            return match deployment.status {
                Status::Stopped => (Code::DeploymentStopped, format!("{what} was stopped{at}")),
                _ => (Code::DeploymentFailed, format!("{what} failed{at}")),
            };
        };
        let code = match rollback.has_failed() {
            // Nobody knows where the traffic is after a rollback that failed: that is worse than a revert.
            true => Code::DeploymentFailed,
            false => Code::DeploymentReverted,
        };
        let how = rollback.in_words();
        (code, format!("{what} did not succeed{at}{how}"))
    }

    /// The deployment with which AWS rolls this one back, and how it ended. It may show up late.
    async fn rollback(&self, deployment: &Deployment) -> Option<Rollback> {
        let id = match &deployment.rollback {
            Some(id) => id.clone(),
            None => self.find_rollback(deployment).await?,
        };
        self.execution.step(
            format!("rollback {id}"),
            StepState::Started,
            "CodeDeploy is rolling the deployment back",
        );
        let looks = Some(ROLLBACK_FOLLOWED);
        let over = |seen: InTheWay| seen.is_over.then_some(seen);
        let end = self.execution.poll_deployment(&id, looks, over).await;
        // Where AWS can't be asked any more, why the deployment failed is still worth telling.
        let end = end.ok().flatten();
        Some(Rollback { id, end })
    }

    async fn find_rollback(&self, deployment: &Deployment) -> Option<DeploymentId> {
        // Whoever stopped it may have asked for a rollback that the group itself would not start.
        if !self.planned.auto_rollback && deployment.status != Status::Stopped {
            return None;
        }
        self.execution.step(
            "auto-rollback",
            StepState::Started,
            "checking for up to 30 s whether AWS rolls it back",
        );
        let looks = Some(ROLLBACK_POLLS);
        let found = self
            .execution
            .poll_deployment(&self.deployment, looks, |seen| seen.rollback);
        found.await.ok().flatten()
    }
}

impl Rollback {
    fn has_failed(&self) -> bool {
        match &self.end {
            Some(end) => !end.has_succeeded,
            None => false,
        }
    }

    /// The end of the sentence about the deployment that did not succeed.
    fn in_words(&self) -> String {
        let id = &self.id;
        if self.has_failed() {
            return format!(", and AWS's rollback of it, {id}, did not either");
        }
        match self.end {
            Some(_) => format!("; AWS rolled it back with {id}"),
            None => format!("; AWS is rolling it back with {id}"),
        }
    }
}

/// What to do next, by what ended the deployment.
fn hint(deployment: &Deployment) -> &'static str {
    // CodeDeploy checks alarms during the whole deployment, also one that was in ALARM state before it.
    if let Some(error) = &deployment.error
        && error.code.raw() == "ALARM_ACTIVE"
    {
        return "an alarm of the deployment group ended it; `alarms: ignore`, the default, switches alarms off for this deployment";
    }
    if deployment.status == Status::Stopped {
        return "find out who stopped it and why; then run this again, or with another version";
    }
    "check the reason above and the logs of the new tasks; roll back to another version, or fix what the tasks need and rerun"
}

/// A hook that failed, or an alarm, else CodeDeploy's words: that tasks did not start shows in the tasks themselves.
fn clue(deployment: &Deployment, failed_event: Option<&LifecycleEvent>) -> Option<Clue> {
    let error = deployment.error.as_ref();
    let message = error.map(|error| error.message.clone());
    if error.is_some_and(|error| error.code.raw() == "ALARM_ACTIVE") {
        return message.map(|message| Clue::Alarms(vec![message]));
    }
    if let Some(event) = failed_event.filter(|event| runs_a_hook(event))
        && let Some(text) = &event.diagnostics
    {
        return Some(Clue::Event {
            name: event.name.clone(),
            text: text.clone(),
        });
    }
    message.map(Clue::Said)
}

/// Source: CodeDeploy user guide, "List of lifecycle event hooks for an Amazon ECS deployment".
fn runs_a_hook(event: &LifecycleEvent) -> bool {
    let by_codedeploy = ["Install", "AllowTestTraffic", "AllowTraffic"];
    !by_codedeploy.contains(&event.name.as_str())
}

fn details(deployment: &Deployment, failed_event: Option<&LifecycleEvent>) -> Vec<Detail> {
    let mut details = Vec::new();
    if let Some(DeploymentError { code, message }) = &deployment.error {
        let text = OutsideText::new(format!("{code}\n{message}"));
        details.push(detail("CodeDeploy says", &text));
    }
    if let Some(event) = failed_event
        && let Some(text) = &event.diagnostics
    {
        details.push(detail(format!("{} says", event.name), text));
    }
    details
}
