//! A signal or the timeout cuts the run short: what AWS is still doing, where traffic would go, and how to stop it.

mod codedeploy;
mod ecs;

use std::time::Duration;

use super::{
    Run,
    ending::{Finish, registered},
};
use crate::{
    domain::commands,
    error::{Code, Problem},
    execute::{Ended, may_be_registered, still_running},
    names::DeploymentId,
    observe::own_writes,
    plan::{Plan, PlannedDeployment, ecs::Direction},
    report::{
        data::{Left, Outcome, Touch},
        event::Event,
    },
    words,
};

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
        let marked = self.memory.marked.borrow().clone();
        if let Some(written) = marked {
            return self.interrupted_mark(code, &written);
        }
        let plan = self.memory.leg().plan();
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
        let mut ended = Ended {
            left: remains.left,
            ..self.cut_short(code, &remains.state, remains.hint)
        };
        // On the way back: why it was taken.
        for leg in self.memory.legs() {
            ended
                .problems
                .extend(leg.back.as_ref().map(|back| back.because.clone()));
        }
        Finish::Badly {
            ended,
            serving: None,
            look: HURRIED_LOOK,
        }
    }

    /// The mode `mark-stable` has written something, or may have.
    fn interrupted_mark(&self, code: Code, written: &str) -> Finish {
        let hint = "run this again: it does nothing where the tags are there".to_owned();
        Finish::badly(self.cut_short(code, written, hint))
    }

    /// The answer that would have named this run's deployment never came.
    fn tell_if_unnamed(&self, plan: &Plan, id: &DeploymentId) {
        let journal = &self.memory.leg().journal;
        if journal.deployment().is_none() {
            journal.follow(id);
            self.tell(Event::Created(self.describe(plan, id)));
        }
    }

    fn cut_short(&self, code: Code, state: &str, hint: String) -> Ended {
        let (outcome, what) = match code {
            Code::TimedOut => {
                let timeout = words::took(self.inputs.timeout);
                (Outcome::TimedOut, format!("the timeout of {timeout} ended"))
            }
            _ => (Outcome::Cancelled, "the run was cancelled".to_owned()),
        };
        let message = format!("{what}; {state}");
        Ended::new(outcome, Problem::new(code, message, hint))
    }

    /// What had been written, or was being written, when the run was interrupted, and what AWS makes of it now.
    async fn look_at_remains(&self, plan: Option<&Plan>) -> Remains {
        let Some(plan) = plan.filter(|_| self.memory.leg().has_begun()) else {
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
        let family = self.memory.leg().journal.outstanding_registration()?;
        let marker = &plan.caller.marker;
        let found = own_writes::find_registered_revision(self.aws, &family, marker).await;
        Some(match found {
            Ok(Some(arn)) => registered(&arn.short()),
            _ => may_be_registered(&family, marker),
        })
    }

    /// A deployment of this run, or one that ends with the target serving, is in progress.
    fn in_progress(&self, plan: &Plan, id: DeploymentId) -> Remains {
        let version = &plan.target.version;
        let mut state = format!("deployment {} is still running", id.short());
        if let Some(percent) = self.memory.leg().journal.traffic() {
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

    /// Where the traffic goes when a deployment of this run is stopped.
    fn destination_of_stop(&self, plan: &Plan) -> String {
        let way_back = self.way_back(plan);
        way_back.unwrap_or_else(|| "the tasks that served before it".to_owned())
    }

    /// Whether what is followed is AWS's own rollback.
    fn is_rollback(&self, plan: &Plan) -> bool {
        let journal = &self.memory.leg().journal;
        // Where AWS did not stop the other one, a deployment of this run's own goes forward.
        if journal.created().is_some() || journal.updated().is_some() {
            return false;
        }
        match &plan.deployment {
            PlannedDeployment::CodeDeploy(planned) => planned.action.is_reroute(),
            PlannedDeployment::Ecs(planned) => planned.action.direction() == Direction::Back,
        }
    }

    /// Something may have been done to another deployment, and this run created none.
    fn only_touched(&self, plan: &Plan) -> Remains {
        let mut touched = self.memory.leg().journal.touched();
        let Some((id, touch)) = touched.pop() else {
            let state = "no deployment was created, traffic was not touched";
            return Remains::new(state, "run this again");
        };
        let name = id.short();
        let asked = match touch {
            Touch::Stop => return stopped(plan, &id),
            Touch::EndTerminationWait => "end the termination wait of",
            Touch::ContinueAtReady | Touch::ContinueAfterPause => "continue",
        };
        let state =
            format!("AWS was asked to {asked} deployment {name}; no deployment was created");
        // None of this moves traffic back: there is nothing to wait for.
        Remains::new(state, "run this again now")
    }

    /// The same, where AWS could not be asked in time: from the run's memory alone.
    fn remains_by_memory(&self, plan: Option<&Plan>) -> Remains {
        let Some(plan) = plan.filter(|_| self.memory.leg().has_begun()) else {
            return Remains::nothing_changed();
        };
        let mut remains = self.deployment_by_memory(plan);
        if let Some(family) = self.memory.leg().journal.outstanding_registration() {
            let revision = may_be_registered(&family, &plan.caller.marker);
            remains.left.insert(0, revision);
        }
        let state = remains.state;
        remains.state = format!("AWS did not respond in time; as far as known, {state}");
        remains
    }

    fn deployment_by_memory(&self, plan: &Plan) -> Remains {
        let journal = &self.memory.leg().journal;
        match (&plan.deployment, journal.deployment()) {
            (PlannedDeployment::CodeDeploy(_), Some(id)) => return self.in_progress(plan, id),
            (PlannedDeployment::Ecs(_), Some(id)) if id.is_service_deployment() => {
                return self.in_progress(plan, id);
            }
            _ => {}
        }
        match (&plan.deployment, journal.created(), journal.updated()) {
            (PlannedDeployment::CodeDeploy(planned), Some(marker), _) => {
                self.created_or_not(plan, planned, &marker)
            }
            (PlannedDeployment::Ecs(_), _, Some(revision)) => {
                let state = "it is not known whether the service was updated";
                self.may_be_updated(plan, &revision, state)
            }
            _ => self.only_touched(plan),
        }
    }
}

/// Another deployment was stopped, or AWS was asked to.
fn stopped(plan: &Plan, id: &DeploymentId) -> Remains {
    let name = id.short();
    let state = format!(
        "AWS was asked to stop deployment {name}, and may still be shifting its traffic back; no deployment was created"
    );
    let hint =
        "wait until AWS has rolled it back, then run this again: it observes the service anew";
    Remains::new(state, hint).with_left(still_running(id, &plan.region))
}
