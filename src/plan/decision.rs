//! What a controller's rules make of the snapshot.

use super::{codedeploy::action::BlueGreen, ecs::action::Update, row::Row, situation::Situation};
use crate::{
    domain::{deployment_note::DeploymentNote, task_definition::TaskDefinition},
    names::DeploymentId,
    outside::OutsideText,
    report::data::{Discovery, Path, PlanNote, PlanView},
};

/// Who runs this, and how its writes are told from everybody else's.
#[derive(Clone)]
pub(crate) struct Caller {
    /// Unique for this run: first in the deployment's description, and in the revision's tags.
    pub marker: String,
    pub actor: Option<OutsideText>,
    /// GitHub's run and its attempt: `1234567890/1`.
    pub run_id: Option<String>,
}

impl Caller {
    /// The description of a new deployment.
    pub(super) fn description(&self, version: &str, reason: Option<&OutsideText>) -> String {
        let note = DeploymentNote {
            by: self.actor.clone(),
            run: self.run_id.clone().map(OutsideText::new),
            reason: reason.cloned(),
        };
        note.description(&self.marker, version)
    }
}

/// What will be created, or followed, by whoever deploys the service.
#[derive(Clone)]
pub(crate) enum PlannedDeployment {
    CodeDeploy(Box<BlueGreen>),
    Ecs(Box<Update>),
}

impl PlannedDeployment {
    /// The deployment that is in progress as the plan is made.
    pub(crate) fn active_deployment(&self) -> Option<&DeploymentId> {
        match self {
            Self::CodeDeploy(planned) => planned.action.active_deployment(),
            Self::Ecs(planned) => planned.action.active_deployment(),
        }
    }

    /// Whether a deployment is created in the end, so that its revision has to be there first.
    pub(super) fn creates(&self) -> bool {
        match self {
            Self::CodeDeploy(planned) => planned.action.creates(),
            Self::Ecs(planned) => planned.action.updates(),
        }
    }
}

pub(super) struct Decision {
    pub view: PlanView,
    /// The revision that the deployment in progress deploys, or goes back to.
    pub deploying: Option<TaskDefinition>,
    /// What a stop of the deployment goes back to, if anybody can say.
    pub way_back: Option<String>,
    /// The deployment that ended with what serves now, where that is on record.
    pub served_by: Option<DeploymentId>,
    pub warnings: Vec<String>,
    pub deployment: PlannedDeployment,
}

impl<Observed> Situation<'_, Observed> {
    /// The part of the plan that people read, but for the differences; `notes` on what is done.
    pub(super) fn view<Action>(
        &self,
        row: Row<Action>,
        discovered: Vec<Discovery>,
        notes: Vec<PlanNote>,
    ) -> PlanView {
        PlanView {
            path: row.path,
            why: row.why,
            expected: row.expected,
            steps: row.steps,
            changes: Vec::new(),
            task_definition_arn: row.serves,
            discovered,
            bad_since: None,
            taken_off: None,
            load_balancer: None,
            notes: match row.path {
                // Whoever asks for what serves already usually wants the version before it.
                Path::Nothing => vec![self.further_back()],
                _ => notes,
            },
        }
    }
}
