//! The plan for a service that ECS itself deploys.

pub(super) mod action;
mod rows;
mod sentences;

pub(crate) use action::{Action, Clearing, Direction, Update};

use super::{
    decision::{Decision, PlannedDeployment},
    serving::sure_name,
    situation::Situation,
};
use crate::{
    domain::task_definition::{TaskDefinition, check_traffic},
    error::Problems,
    inputs::{ActiveDeployment, DeploymentConfig, INPUTS, Inputs},
    names::DeploymentId,
    observe::ecs::Observed,
    report::data::PlanView,
};

impl Situation<'_, Observed> {
    /// Decides.
    ///
    /// # Errors
    /// `deployment-active` where the input says so; `task-definition-mismatch`.
    pub(super) fn decide(&self) -> Result<Decision, Problems> {
        let row = self.choose().map_err(|problem| vec![problem])?;
        if row.action.updates() {
            self.check_traffic()?;
        }
        let notes = self.notes(&row.action);
        let way_back = self.way_back(&row.action);
        let warnings = self.warnings(&row.action);
        let update = self.planned_update(row.action.clone());
        Ok(Decision {
            deploying: self.deploying(&row.action),
            deployment: PlannedDeployment::Ecs(Box::new(update)),
            view: PlanView {
                load_balancer: self.snapshot.running.service.load_balancer_kind,
                ..self.view(row, self.discovered(), notes)
            },
            way_back,
            served_by: self.served_by(),
            warnings,
        })
    }

    /// What ECS would refuse only after a deployment of somebody else was stopped.
    fn check_traffic(&self) -> Result<(), Problems> {
        let definition = self.snapshot.revision.definition();
        let problems = check_traffic(definition, &self.snapshot.running.service);
        match problems.is_empty() {
            true => Ok(()),
            false => Err(problems),
        }
    }

    fn warnings(&self, action: &Action) -> Vec<String> {
        let mut warnings = Vec::new();
        warnings.extend(ignored_inputs(self.inputs));
        if action.updates() {
            warnings.extend(self.dead());
        }
        if let (Action::Adopt { .. }, Some(active)) = (action, &self.observed.active)
            && action.direction() == Direction::Forward
        {
            let target = active.deployment.target.as_ref();
            let running = target.map_or(0, |target| target.running);
            warnings.extend(self.stuck(active.deployment.created_at, running));
        }
        warnings
    }

    fn planned_update(&self, action: Action) -> Update {
        Update {
            action,
            service: self.snapshot.running.service.clone(),
            seen_at: self.observed.seen_at,
            takes_over: self.inputs.active_deployment == ActiveDeployment::TakeOver,
        }
    }

    /// The task definition of the service deployment in progress: what it deploys, or goes back to.
    fn deploying(&self, action: &Action) -> Option<TaskDefinition> {
        let active = self.observed.active.as_ref()?;
        let release = match action {
            Action::Reroute { .. } => &active.way_back,
            _ => &active.brings,
        };
        release.as_ref()?.definition.clone()
    }

    fn served_by(&self) -> Option<DeploymentId> {
        let history = &self.observed.history;
        let newest = history.list.deployments.last()?;
        let revision = history.revision(newest.target.as_ref()?)?;
        let serves = revision.task_definition.as_ref() == Some(&self.snapshot.running.revision);
        (serves && history.has_served(newest)).then(|| newest.id.clone())
    }

    /// Whether what serves is what the last service deployment that succeeded has deployed.
    fn is_last_successful(&self) -> bool {
        let (running, history) = (&self.snapshot.running, &self.observed.history);
        let last = history.last_successful(self.snapshot.at);
        let Some(last) = last.and_then(|arn| history.revision(arn)) else {
            return false;
        };
        let (digest, most) = (last.digest(&running.container), running.digests.most());
        last.task_definition.as_ref() == Some(&running.revision)
            && digest.is_some()
            && digest == most.map(|(digest, _)| digest)
    }

    /// What a stop goes back to: the last successful revision, which is not always what serves most users.
    fn way_back(&self, action: &Action) -> Option<String> {
        let running = &self.snapshot.running;
        let running_version = || sure_name(running);
        // What is stopped, or ends, may leave another revision as the last successful one.
        if let Action::Update(Clearing::Stop { .. } | Clearing::LetEnd(_)) = action {
            return None;
        }
        let Some(active) = &self.observed.active else {
            return running_version().filter(|_| self.is_last_successful());
        };
        let release = active.way_back.as_ref()?;
        if let (Some(digest), Some((most, _))) = (&release.digest, running.digests.most())
            && digest == most
        {
            return running_version();
        }
        let revision = release.revision.as_ref()?;
        Some(revision.short())
    }
}

/// The inputs that were given for CodeDeploy, which does not deploy this service.
fn ignored_inputs(inputs: &Inputs) -> Option<String> {
    // Whoever gives them expects CodeDeploy: worth a warning, but no reason to refuse in an incident.
    let given = given_for_codedeploy(inputs);
    let (cluster, service) = (&inputs.cluster, &inputs.service);
    let are = match given.len() {
        0 => return None,
        1 => "is",
        _ => "are",
    };
    let given = given.join(", ");
    Some(format!(
        "{given} {are} ignored: ECS deploys {cluster}/{service}, not CodeDeploy"
    ))
}

fn given_for_codedeploy(inputs: &Inputs) -> Vec<&'static str> {
    let all = [
        (
            inputs.codedeploy.application.is_some(),
            "`codedeploy-application`",
        ),
        (
            inputs.codedeploy.group.is_some(),
            "`codedeploy-deployment-group`",
        ),
        (inputs.codedeploy.appspec.is_some(), "`codedeploy-appspec`"),
        (
            !is_default_config(&inputs.codedeploy.deployment_config),
            "`codedeploy-deployment-config`",
        ),
    ];
    let mut given = Vec::new();
    for (is_given, input) in all {
        if is_given {
            given.push(input);
        }
    }
    given
}

/// The runner passes an input that the workflow leaves out as its default: that was not given.
fn is_default_config(config: &DeploymentConfig) -> bool {
    let DeploymentConfig::Named(name) = config else {
        return false;
    };
    INPUTS
        .iter()
        .any(|input| input.name == "codedeploy-deployment-config" && input.default == Some(name))
}
