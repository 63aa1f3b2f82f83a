//! A signal or the timeout cuts the run short: what AWS is still doing, where traffic would go, and how to stop it.

mod codedeploy;
mod ecs;

use std::time::Duration;

use super::Run;
use super::ending::{Finish, registered};
use crate::error::{Code, Problem};
use crate::execute::{Ended, left_running, may_be_registered, still_running};
use crate::names::DeploymentId;
use crate::observe::own_writes;
use crate::plan::ecs::Direction;
use crate::plan::{Plan, PlannedDeployment};
use crate::report::data::{Left, Outcome};
use crate::report::event::Event;
use crate::{domain::commands, words};

/// The last looks of a run that was cancelled: 5 seconds in all, each of the two less than half.
const HURRIED_LOOK: Duration = Duration::from_millis(2100);

/// What is to be said.
struct Remains {
    /// The rest of the message's sentence: "nothing was changed".
    state: String,
    hint: String,
    left: Vec<Left>,
    /// The deployment of this run, also where the answer that named it never came.
    deployment: Option<DeploymentId>,
}

impl Remains {
    fn new(state: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            state: state.into(),
            hint: hint.into(),
            left: Vec::new(),
            deployment: None,
        }
    }

    fn with_left(mut self, left: Left) -> Self {
        self.left.push(left);
        self
    }

    fn nothing_changed() -> Self {
        Self::new("nothing was changed", "run this again")
    }

    /// The deployment that was followed ended just as the run was interrupted.
    fn has_ended(id: DeploymentId, status: &str) -> Self {
        let state = format!("deployment {} has ended: {status}", id.short());
        Self {
            deployment: Some(id),
            ..Self::new(state, "run this again: it says what serves, and proves it")
        }
    }
}

impl Run<'_> {
    pub(super) async fn interrupted(&self, code: Code) -> Finish {
        let plan = self.memory.plan();
        let plan = plan.as_deref();
        let look = self.look_at_remains(plan);
        // The runner kills the process seconds after its signal: what the run remembers has to do then.
        let remains = match tokio::time::timeout(HURRIED_LOOK, look).await {
            Ok(remains) => remains,
            Err(_) => self.remains_by_memory(plan),
        };
        if let (Some(plan), Some(id)) = (plan, &remains.deployment) {
            self.tell_if_unnamed(plan, id);
        }
        let ended = Ended {
            left: remains.left,
            ..self.cut_short(code, &remains.state, remains.hint)
        };
        let look = HURRIED_LOOK;
        Finish::Badly { ended, look }
    }

    /// The answer that would have named this run's deployment never came.
    fn tell_if_unnamed(&self, plan: &Plan, id: &DeploymentId) {
        let journal = &self.memory.journal;
        if journal.deployment().is_none() {
            journal.follow(id);
            self.tell(Event::Created(self.describe(plan, id)));
        }
    }

    fn cut_short(&self, code: Code, state: &str, hint: String) -> Ended {
        let (outcome, what) = match code {
            Code::TimedOut => {
                let timeout = words::duration(self.inputs.timeout);
                (Outcome::TimedOut, format!("the timeout of {timeout} ended"))
            }
            _ => (Outcome::Cancelled, "the run was cancelled".to_owned()),
        };
        let message = format!("{what}; {state}");
        Ended::new(outcome, Problem::new(code, message, hint))
    }

    /// What had been written, or was being written, when the run was interrupted, and what AWS makes of it now.
    async fn look_at_remains(&self, plan: Option<&Plan>) -> Remains {
        let journal = &self.memory.journal;
        let (Some(plan), true) = (
            plan,
            journal.has_written() || journal.deployment().is_some(),
        ) else {
            return Remains::nothing_changed();
        };
        let registration = self.registration_that_may_be(plan).await;
        let mut remains = match &plan.deployment {
            PlannedDeployment::CodeDeploy(planned) => self.look_at_deployment(plan, planned).await,
            PlannedDeployment::Ecs(planned) => self.look_at_service_deployment(plan, planned).await,
        };
        // It was the first thing to be sent.
        remains.left.splice(..0, registration);
        remains
    }

    /// The revision that this run may have registered: the request was sent, the answer had not come.
    async fn registration_that_may_be(&self, plan: &Plan) -> Option<Left> {
        let family = self.memory.journal.outstanding_registration()?;
        let marker = &plan.caller.marker;
        let found = own_writes::find_registered_revision(&self.aws, &family, marker).await;
        Some(match found {
            Ok(Some(arn)) => registered(&arn.short()),
            _ => may_be_registered(&family, marker),
        })
    }

    /// A deployment of this run, or one that ends with the target serving, is in progress.
    fn in_progress(&self, plan: &Plan, id: DeploymentId) -> Remains {
        let version = &plan.target.version;
        let mut state = format!("deployment {} is still running", id.short());
        if let Some(percent) = self.memory.journal.traffic() {
            let percent = words::percent(percent);
            state.push_str(&format!(
                ", {percent} of the traffic was on {version} at the last look"
            ));
        }
        let hint = self.finish_or_stop(plan, &id);
        Remains {
            left: vec![still_running(&id, &plan.region)],
            deployment: Some(id),
            ..Remains::new(state, hint)
        }
    }

    /// What to do about a deployment in progress.
    fn finish_or_stop(&self, plan: &Plan, id: &DeploymentId) -> String {
        // AWS's own rollback shifts traffic to the target; where a stop of it would leave things is not documented.
        if self.is_rollback(plan) {
            let version = &plan.target.version;
            return format!("let it finish: it shifts traffic to {version}");
        }
        let destination = self.destination_of_stop(plan);
        let stop = commands::stop(id, &plan.region);
        format!("let it finish, or stop it, which shifts traffic back to {destination}: `{stop}`")
    }

    /// Whether what is followed is AWS's own rollback.
    fn is_rollback(&self, plan: &Plan) -> bool {
        let journal = &self.memory.journal;
        // Where AWS did not stop the other one, a deployment of this run's own goes forward.
        if journal.created().is_some() || journal.updated().is_some() {
            return false;
        }
        match &plan.deployment {
            PlannedDeployment::CodeDeploy(planned) => planned.action.is_reroute(),
            PlannedDeployment::Ecs(planned) => planned.action.direction() == Direction::Back,
        }
    }

    /// Where the traffic goes when a deployment of this run is stopped.
    fn destination_of_stop(&self, plan: &Plan) -> String {
        if let PlannedDeployment::Ecs(planned) = &plan.deployment
            && let Some(way_back) = &planned.way_back
        {
            return way_back.short();
        }
        let version = self.memory.at_start().and_then(|serving| serving.version);
        version.unwrap_or_else(|| "what served before".to_owned())
    }

    /// Another deployment was stopped or continued, and this run created none.
    fn only_touched(&self, plan: &Plan) -> Remains {
        if self.memory.journal.touched().is_empty() {
            let state = "no deployment was created, traffic was not touched";
            return Remains::new(state, "run this again");
        }
        let other = plan.deployment.active();
        let name = match other {
            Some(id) => format!("deployment {}", id.short()),
            None => "another deployment".to_owned(),
        };
        let state = format!(
            "{name} was stopped or continued, and AWS may still be shifting its traffic; no deployment was created"
        );
        let hint =
            "wait until AWS has rolled it back, then run this again: it observes the service anew";
        let remains = Remains::new(state, hint);
        match other {
            Some(id) => remains.with_left(still_running(id, &plan.region)),
            None => remains,
        }
    }

    /// The same, where AWS could not be asked in time: from the run's memory alone.
    fn remains_by_memory(&self, plan: Option<&Plan>) -> Remains {
        let journal = &self.memory.journal;
        let Some(plan) = plan else {
            return Remains::nothing_changed();
        };
        let mut left = self.deployment_by_memory(plan);
        if let Some(family) = journal.outstanding_registration() {
            let revision =
                format!("a revision of {family} may have been registered; it is not in use");
            left.insert(0, Left::from(revision));
        }
        if left.is_empty() && !journal.has_written() {
            return Remains::nothing_changed();
        }
        Remains {
            left,
            ..Remains::new(
                "AWS did not say in time what it is doing",
                "check the service in the console, then run this again",
            )
        }
    }

    fn deployment_by_memory(&self, plan: &Plan) -> Vec<Left> {
        let journal = &self.memory.journal;
        let (cluster, service, region) = (&plan.cluster, &plan.service, &plan.region);
        let by_codedeploy = matches!(plan.deployment, PlannedDeployment::CodeDeploy(_));
        if let Some(id) = journal.deployment()
            && (by_codedeploy || id.is_service_deployment())
        {
            return left_running(&id, region, self.is_rollback(plan));
        }
        if let Some(marker) = journal.created() {
            return vec![Left::from(format!(
                "a deployment with the marker {marker} may be starting"
            ))];
        }
        if journal.updated().is_none() {
            return Vec::new();
        }
        vec![Left {
            text: "the service may have been updated; check its deployments with".to_owned(),
            command: Some(commands::list_service_deployments(cluster, service, region)),
        }]
    }
}
