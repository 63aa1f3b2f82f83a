//! Lifecycle hooks, and ContinueServiceDeployment for those that pause.

use serde_json::{Value, json};

use super::super::super::World;
use super::super::super::input::{required, text};
use super::super::super::time::{MINUTE, Ms};
use super::super::invalid;
use super::deployment::{Hook, HookStatus};
use super::{HookTarget, NativeStep, Stage, unknown_deployment};
use crate::aws::Answer;

impl World {
    /// Begins the hooks of a stage; false where it has none.
    pub(super) fn begin_hooks(&mut self, arn: &str, stage: Stage) -> bool {
        let key = self.service_deployment_at(arn).service.clone();
        let hooks = self.native(&key).spec.hooks.clone();
        let targets: Vec<HookTarget> = hooks
            .iter()
            .filter(|hook| hook.stage == stage.hook_name())
            .map(|hook| hook.target)
            .collect();
        for target in &targets {
            self.begin_hook(arn, stage, *target);
        }
        !targets.is_empty()
    }

    fn begin_hook(&mut self, arn: &str, stage: Stage, target: HookTarget) {
        let id = self.hook_id(arn, stage, target);
        let (status, delay) = match target {
            HookTarget::Pause {
                timeout_minutes, ..
            } => (
                HookStatus::AwaitingAction,
                Ms::from(timeout_minutes) * MINUTE,
            ),
            HookTarget::Lambda { .. } => (HookStatus::InProgress, self.pace.hook),
        };
        let expires_at = (status == HookStatus::AwaitingAction).then_some(self.now + delay);
        let hook = Hook {
            id: id.clone(),
            stage,
            target,
            status,
            expires_at,
        };
        let hooks = &mut self.service_deployment_mut(arn).hooks;
        hooks.retain(|before| before.id != id);
        hooks.push(hook);
        self.plan_native(arn, delay, NativeStep::HookEnds(id));
    }

    // a hook with the id of one that was there takes its place
    fn hook_id(&mut self, arn: &str, stage: Stage, target: HookTarget) -> String {
        let mut hooks = self.service_deployment_at(arn).hooks.iter();
        let pauses = matches!(target, HookTarget::Pause { .. });
        let before =
            hooks.find(|hook| hook.stage == stage && hook.target == target && !hook.status.open());
        match before.filter(|_| pauses && self.switches.pause_keeps_hook_id) {
            Some(before) => before.id.clone(),
            None => self.ids.uuid(),
        }
    }

    /// A function returned, or nobody continued in time.
    pub(super) fn hook_ends(&mut self, arn: &str, id: &str) {
        let found = self
            .service_deployment_at(arn)
            .hooks
            .iter()
            .find(|hook| hook.id == id);
        // what was planned for an earlier pause with the same id comes too early
        let due = |hook: &&Hook| hook.expires_at.is_none_or(|at| at <= self.now);
        let Some(hook) = found.filter(|hook| hook.status.open()).filter(due) else {
            return;
        };
        let stage = hook.stage.hook_name();
        match hook.target {
            HookTarget::Lambda { fails: false } => self.settle_hook(arn, id, HookStatus::Succeeded),
            HookTarget::Pause {
                rolls_back: false, ..
            } => self.settle_hook(arn, id, HookStatus::TimedOut),
            HookTarget::Lambda { fails: true } => {
                self.roll_back_at_hook(
                    arn,
                    id,
                    HookStatus::Failed,
                    format!("A lifecycle hook at {stage} failed."),
                );
            }
            HookTarget::Pause {
                rolls_back: true, ..
            } => {
                let reason = format!("A lifecycle hook at {stage} timed out.");
                self.roll_back_at_hook(arn, id, HookStatus::TimedOut, reason);
            }
        }
    }

    fn mark_hook(&mut self, arn: &str, id: &str, status: HookStatus) {
        let hooks = &mut self.service_deployment_mut(arn).hooks;
        if let Some(hook) = hooks.iter_mut().find(|hook| hook.id == id) {
            hook.status = status;
        }
    }

    // the last of the stage's hooks lets its work begin
    pub(in super::super::super) fn settle_hook(&mut self, arn: &str, id: &str, status: HookStatus) {
        self.mark_hook(arn, id, status);
        let deployment = self.service_deployment_at(arn);
        if let Some(stage) = deployment.stage
            && !deployment.hooks.iter().any(|hook| hook.status.open())
        {
            self.work(arn, stage);
        }
    }

    fn roll_back_at_hook(&mut self, arn: &str, id: &str, status: HookStatus, reason: String) {
        self.mark_hook(arn, id, status);
        self.request_rollback(arn, self.pace.plain_event, reason);
    }

    pub(super) fn continue_service_deployment(&mut self, input: &Value) -> Answer {
        let arn = required(input, "serviceDeploymentArn")?;
        let hook = required(input, "hookId")?;
        let deployment = self
            .ecs
            .service_deployments
            .get(arn)
            .ok_or_else(unknown_deployment)?;
        let waits = deployment.moves()
            && deployment
                .hooks
                .iter()
                .any(|found| found.id == hook && found.status == HookStatus::AwaitingAction);
        if !waits {
            return Err(invalid("The lifecycle hook is not awaiting an action."));
        }
        if text(input, "action") == Some("ROLLBACK") {
            let reason = "A rollback was requested at a lifecycle hook.".to_owned();
            self.roll_back_at_hook(arn, hook, HookStatus::Failed, reason);
        } else {
            self.settle_hook(arn, hook, HookStatus::Succeeded);
        }
        Ok(json!({ "serviceDeploymentArn": arn }))
    }
}
