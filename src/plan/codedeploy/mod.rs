//! The plan for a service that CodeDeploy deploys.

pub(super) mod action;
mod base;
mod preflight;
mod rows;
mod sentences;

pub(crate) use action::{Action, BlueGreen, Clearing, Side};

use super::{
    decision::{Decision, PlannedDeployment},
    row::Row,
    serving::sure_name,
    situation::Situation,
};
use crate::{
    domain::deployment::Status,
    error::Problems,
    inputs::{Alarms, DeploymentConfig},
    names::DeploymentId,
    observe::codedeploy::Observed,
    report::data::PlanView,
};

impl Situation<'_, Observed> {
    /// Decides.
    ///
    /// # Errors
    /// Every check that failed, together.
    pub(super) fn decide(&self, description: String) -> Result<Decision, Problems> {
        let row = self.checked_row()?;
        let warnings = self.warnings(&row.action);
        let way_back = self.way_back(&row.action);
        let deployment = self.blue_green(row.action.clone(), description);
        let discovered = self.discovered();
        let active = self.observed.active.as_ref();
        Ok(Decision {
            view: PlanView {
                load_balancer: self.group().load_balancer,
                ..self.view(row, discovered, self.notes())
            },
            deploying: active.and_then(|active| active.definition.clone()),
            way_back,
            served_by: self.served_by(),
            warnings,
            deployment: PlannedDeployment::CodeDeploy(Box::new(deployment)),
        })
    }

    fn warnings(&self, action: &Action) -> Vec<String> {
        let mut warnings = Vec::new();
        if action.creates() {
            warnings.extend(self.lost_capacity());
            warnings.extend(self.dead());
            warnings.extend(self.lost_hooks());
        }
        if let (Action::Adopt { .. }, Some(active)) = (action, &self.observed.active) {
            let green = active.green.as_ref();
            let running = green.map_or(0, |green| green.digests.tasks());
            warnings.extend(self.stuck(active.deployment.created_at, running));
        }
        warnings
    }

    /// The deployment in its termination wait, else the newest that succeeded: after a reroute, the task set names an
    /// older one than the rollback.
    fn served_by(&self) -> Option<DeploymentId> {
        if let Some(active) = &self.observed.active {
            return Some(active.deployment.id.clone());
        }
        let deployments = &self.observed.group.facts.history.list.deployments;
        let mut newest_first = deployments.iter().rev();
        let newest = newest_first.find(|deployment| deployment.status == Status::Succeeded)?;
        Some(newest.id.clone())
    }

    /// What serves now, where a stop of the deployment goes back to it.
    fn way_back(&self, action: &Action) -> Option<String> {
        let running = &self.snapshot.running;
        let displaces_running = match action {
            // Which of two task sets with traffic a deployment displaces is not documented.
            Action::Create(Clearing::Free | Clearing::EndWait(_)) => running.share.is_none(),
            // Once its traffic has shifted, the adopted deployment's original tasks serve nobody.
            Action::Adopt { .. } => {
                let active = self.observed.active.as_ref();
                let original = active.and_then(|active| active.blue.as_ref());
                original.is_some_and(|original| original.task_set == running.task_set.id)
            }
            // What is stopped, or ends, moves the traffic before the new deployment begins.
            _ => false,
        };
        if !displaces_running {
            return None;
        }
        sure_name(running)
    }

    /// The row, where nothing stands in its way.
    fn checked_row(&self) -> Result<Row<Action>, Problems> {
        let row = self.choose();
        let creates = row.as_ref().is_ok_and(|row| row.action.creates());
        let mut problems = self.check(creates);
        match row {
            Ok(row) if problems.is_empty() => return Ok(row),
            Ok(_) => {}
            // Somebody who reruns after one problem must not meet the next one: all of them are told together.
            Err(problem) => problems.push(problem),
        }
        Err(problems)
    }

    fn blue_green(&self, action: Action, description: String) -> BlueGreen {
        let inputs = self.inputs;
        let group = self.group();
        let appspec = self.base_appspec();
        BlueGreen {
            action,
            application: group.application.clone(),
            group: group.name.clone(),
            config: match &inputs.codedeploy.deployment_config {
                DeploymentConfig::Named(name) => Some(name.clone()),
                DeploymentConfig::Inherit => None,
            },
            appspec: match self.snapshot.revision.reused() {
                Some(arn) => appspec.with_task_definition(arn),
                None => appspec,
            },
            // The override needs a permission that many roles lack, so it is sent only where alarms are on.
            ignore_alarms: inputs.alarms == Alarms::Ignore && !group.alarms.is_empty(),
            description,
            termination_wait: group.termination_wait,
            auto_rollback: group.auto_rollback,
        }
    }
}
