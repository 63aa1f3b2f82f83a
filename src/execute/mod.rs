//! Plan → what happened. The only room that writes to AWS; it makes no choice that the plan has not made.

pub(crate) mod codedeploy;
pub(crate) mod ecs;
mod ended;
pub(crate) mod follow;
pub(crate) mod journal;
mod new_tasks;
mod register;
mod resume;
pub(crate) mod tag;
mod take_over;
mod wait;
mod write;

use std::cell::Cell;

use crate::{
    aws::{Aws, Failure, Fault},
    clock::Clock,
    domain::service::Service,
    error::{Code, Problem},
    names::DeploymentId,
    plan::{Plan, PlannedDeployment},
    report::{
        data::Outcome,
        event::{Event, Step, StepState, Touch, Write},
    },
};
pub(crate) use ended::{Ended, may_be_created, may_be_registered, may_be_started, still_running};
use journal::{EntryId, Journal};
pub(crate) use take_over::Next;

/// One plan on its way: what every part of carrying it out needs.
pub(crate) struct Execution<'a> {
    pub aws: &'a Aws,
    pub clock: Clock,
    pub plan: &'a Plan,
    pub journal: &'a Journal,
    pub teller: &'a dyn Fn(Event),
    /// Whether it was told that AWS is not responding.
    pub told_silence: Cell<bool>,
}

impl Execution<'_> {
    fn tell(&self, event: Event) {
        match &event {
            Event::Traffic { percent } => self.journal.saw_traffic(*percent),
            Event::TrafficShifted => self.journal.saw_traffic(100.0),
            _ => {}
        }
        // The journal first: a run that is cut short tells how much traffic had moved.
        (self.teller)(event);
    }

    fn warn(&self, text: String) {
        self.tell(Event::Warned(text));
    }

    fn step(&self, name: impl Into<String>, state: StepState, detail: impl Into<String>) {
        self.tell(Event::Step(Step {
            name: name.into(),
            state,
            detail: detail.into(),
            took: None,
        }));
    }

    /// Puts a write down before it is sent: its answer may be lost.
    fn begin(&self, write: Write) -> EntryId {
        self.tell(Event::Sending(write.clone()));
        self.journal.begin(write)
    }

    /// The same for a deployment that this run did not create.
    fn touch(&self, deployment: &DeploymentId, touch: Touch) -> EntryId {
        let deployment = deployment.clone();
        self.begin(Write::Touch { deployment, touch })
    }

    /// Whether CodeDeploy deploys the service; else ECS itself does.
    fn by_codedeploy(&self) -> bool {
        matches!(self.plan.deployment, PlannedDeployment::CodeDeploy(_))
    }

    /// Of a run that can't continue: `failed` where it has written something, so that nothing stays unmentioned.
    fn cut_short(&self, problem: Problem) -> Ended {
        Ended::new(Outcome::cut_short(self.journal.has_written()), problem)
    }

    /// AWS said no to a write, or did not answer it. Its entry in the journal has that answer already, so that a
    /// rejected write does not count as a change.
    fn rejected(&self, failure: &Failure, code: Code, what: &str) -> Ended {
        let problem = if failure.is_rejected() {
            Problem::new(
                code,
                format!("{what}: {} {}", failure.code, failure.message),
                "read what AWS says; where it names a resource, check that this exists in this region and account",
            )
        } else {
            failure.problem()
        };
        self.cut_short(problem)
    }

    /// `DescribeServices`
    async fn describe_service(&self) -> Result<Option<Service>, Failure> {
        let (cluster, service) = (&self.plan.cluster, &self.plan.service);
        self.aws.describe_service(cluster, service).await
    }

    /// A read that may work the next time: told once, then retried until the timeout. What can't get better ends the
    /// run.
    fn ride_out(&self, failure: &Failure) -> Result<(), Ended> {
        // A missing permission, or a name that AWS does not know, does not get better by waiting.
        if !failure.is_passing() {
            return Err(self.cut_short(failure.problem()));
        }
        if !self.told_silence.replace(true) {
            self.tell_silence(failure);
        }
        Ok(())
    }

    fn tell_silence(&self, failure: &Failure) {
        let what = match failure.fault {
            Fault::Throttled => "throttling",
            _ => "not responding to",
        };
        let action = failure.operation.iam_action();
        self.warn(format!(
            "AWS is {what} {action}; retrying until the timeout"
        ));
    }

    /// The state of AWS has changed under the run. Where that never ends, the run does, with this.
    fn observe_again(&self, what: String) -> Ended {
        self.observe_again_or(what, "run this again once no deployment is in progress")
    }

    fn observe_again_or(&self, what: String, hint: &str) -> Ended {
        Ended {
            observe_again: true,
            ..self.cut_short(Problem::new(Code::DeploymentActive, what, hint))
        }
    }
}
