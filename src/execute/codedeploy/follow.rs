//! Follows the deployment until users are served by the target, or it ends some other way.
//!
//! Traffic is read from the deployment's target, never from the status: the status says `Succeeded`
//! only when the old tasks are gone, up to two days later.

use std::cell::RefCell;

use futures_util::future::join;

use super::super::{Ended, pause, ridden_out};
use super::progress::Told;
use crate::aws::{Aws, Failure, Fault};
use crate::clock::Clock;
use crate::domain::commands;
use crate::domain::deployment::{Deployment, Status, Target, TargetTaskSet};
use crate::error::{Code, Problem};
use crate::names::{DeploymentId, TaskDefinitionArn, TaskSetId};
use crate::observe::serving::primary;
use crate::plan::Plan;
use crate::plan::codedeploy::BlueGreen;
use crate::report::data::{Outcome, Proof};
use crate::report::event::{Event, Step, StepState, Write};
use crate::verify::proof;

/// How long the tasks may take to show the target's digest once they have all the traffic.
const PROOF_POLLS: u32 = 6;

/// One deployment of this run, on its way.
pub struct Follow<'a> {
    pub aws: &'a Aws,
    pub clock: Clock,
    pub plan: &'a Plan,
    pub planned: &'a BlueGreen,
    pub deployment: DeploymentId,
    /// Whether this run created it.
    pub own: bool,
    /// Whether this run has written something.
    pub wrote: &'a dyn Fn() -> bool,
    /// Where the traffic is to go.
    pub onto: Onto,
    /// The revision that the target runs.
    pub revision: TaskDefinitionArn,
    pub tell: &'a dyn Fn(Event),
    pub told: RefCell<Told>,
}

/// The task set that is to have the traffic in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Onto {
    /// The deployment's replacement (green) task set.
    Replacement,
    /// A task set that was there before: a rollback puts the traffic back on it.
    TaskSet(TaskSetId),
}

impl Onto {
    pub(super) fn find<'a>(&self, target: &'a Target) -> Option<&'a TargetTaskSet> {
        target.task_sets.iter().find(|task_set| match self {
            Self::Replacement => task_set.label == "Green",
            Self::TaskSet(id) => TaskSetId::of(&task_set.id) == *id,
        })
    }
}

/// One look at the deployment.
pub struct Look {
    pub(super) deployment: Deployment,
    pub(super) target: Option<Target>,
}

impl Follow<'_> {
    /// Until all production traffic is on the target and its tasks are proven to run it.
    ///
    /// # Errors
    /// How the run ends otherwise.
    pub async fn until_traffic(&self) -> Result<Proof, Ended> {
        let mut unproven = 0;
        loop {
            let Some(look) = self.look().await? else {
                self.pause().await;
                continue;
            };
            // Its target still shows the weights of its own end, while AWS may be putting things back.
            if matches!(look.deployment.status, Status::Failed | Status::Stopped) {
                return Err(self.ended_badly(look).await);
            }
            let shifted = self.shifted(&look).await?;
            let seen = shifted.is_some();
            if let Some(task_set) = shifted {
                if !std::mem::replace(&mut self.told.borrow_mut().shifted, true) {
                    (self.tell)(Event::TrafficShifted);
                }
                match proof::prove(self.aws, self.plan, &task_set, &self.revision).await {
                    Ok(proof) if proof.proven => return Ok(proof),
                    Ok(proof)
                        if unproven + 1 >= PROOF_POLLS
                            || look.deployment.status.is_over() && unproven > 0 =>
                    {
                        (self.tell)(Event::Proven(proof.clone()));
                        return Err(self.unproven(&proof));
                    }
                    Ok(_) => unproven += 1,
                    Err(failure) => self.tolerate(&failure)?,
                }
            }
            if look.deployment.status == Status::Succeeded && !seen {
                return Err(self.unproven(&Proof {
                    notes: vec![
                        "the deployment's target does not say who has the traffic".to_owned(),
                    ],
                    ..Proof::default()
                }));
            }
            self.pause().await;
        }
    }

    /// Until the deployment itself is over, which is when the old tasks are gone.
    ///
    /// # Errors
    /// How the run ends otherwise.
    pub async fn until_completed(&self) -> Result<(), Ended> {
        loop {
            let Some(look) = self.look().await? else {
                self.pause().await;
                continue;
            };
            match look.deployment.status {
                Status::Succeeded => return Ok(()),
                Status::Failed | Status::Stopped => return Err(self.ended_badly(look).await),
                Status::Ready | Status::Active(_) => self.pause().await,
            }
        }
    }

    /// Waits for one poll; a deployment that was just created has nothing to show yet.
    pub async fn pause(&self) {
        let polls = {
            let mut told = self.told.borrow_mut();
            told.polls += 1;
            told.polls
        };
        pause(self.clock, &self.plan.marker, polls).await;
    }

    /// The target's task set, once it has all the production traffic.
    async fn shifted(&self, look: &Look) -> Result<Option<TaskSetId>, Ended> {
        if let Some(task_set) = look
            .target
            .as_ref()
            .and_then(|target| shifted(target, &self.onto))
        {
            return Ok(Some(task_set));
        }
        let (Onto::TaskSet(id), Status::Succeeded) = (&self.onto, &look.deployment.status) else {
            return Ok(None);
        };
        // What a rollback's own target shows is not documented; once it is over, the primary task set is.
        match self
            .aws
            .describe_service(&self.plan.cluster, &self.plan.service)
            .await
        {
            Ok(service) => {
                let primary = service
                    .and_then(|service| primary(&service.task_sets).map(|set| set.id.clone()));
                Ok(primary.filter(|primary| primary == id))
            }
            Err(failure) => self.tolerate(&failure).map(|()| None),
        }
    }

    /// Reads the deployment and its target, and tells what is new. `None` where AWS can't say now.
    pub async fn look(&self) -> Result<Option<Look>, Ended> {
        let Plan {
            cluster, service, ..
        } = self.plan;
        let (deployment, target) = join(
            self.aws.get_deployment(&self.deployment),
            self.aws
                .get_deployment_target(&self.deployment, cluster, service),
        )
        .await;
        let (deployment, target) = match (deployment, target) {
            (Ok(Some(deployment)), Ok(target)) => (deployment, target),
            // Just created: not everywhere in AWS yet.
            (Ok(None), Ok(_)) => return Ok(None),
            (Err(failure), _) | (_, Err(failure)) => return self.tolerate(&failure).map(|()| None),
        };
        if let Some(target) = &target {
            self.tell_progress(target);
        }
        if deployment.status == Status::Ready {
            self.continue_at_ready().await?;
        }
        Ok(Some(Look { deployment, target }))
    }

    /// Throttling, 5xx and lost answers are ridden out until the run's timeout; what can't get better ends the run.
    fn tolerate(&self, failure: &Failure) -> Result<(), Ended> {
        if !failure.is_passing() {
            let mut ended = Ended::new(Outcome::cut_short((self.wrote)()), failure.problem());
            let region = &self.plan.region;
            ended
                .left
                .push(commands::still_working(&self.deployment, region));
            // Where a stop of CodeDeploy's own rollback leaves things is not documented.
            if self.onto == Onto::Replacement {
                ended
                    .left
                    .push(commands::what_stops(&self.deployment, region));
            }
            return Err(ended);
        }
        if !std::mem::replace(&mut self.told.borrow_mut().trouble, true) {
            (self.tell)(ridden_out(failure));
        }
        Ok(())
    }

    /// A group may hold a deployment at `Ready` and stop it after a while; a rollback does not wait for that.
    async fn continue_at_ready(&self) -> Result<(), Ended> {
        if self.told.borrow().continued {
            return Ok(());
        }
        if !self.own {
            let (deployment, what) = (
                self.deployment.to_string(),
                "continuing it at Ready".to_owned(),
            );
            (self.tell)(Event::Interfering { deployment, what });
        }
        match self.aws.continue_ready(&self.deployment).await {
            Ok(()) => {
                self.told.borrow_mut().continued = true;
                let detail = "the group would have waited; the traffic is shifted now".to_owned();
                (self.tell)(Event::Step(Step {
                    name: "Ready".to_owned(),
                    state: StepState::Done,
                    detail,
                    took: None,
                }));
                Ok(())
            }
            // It went on by itself in between.
            Err(failure) => {
                if !self.own && !failure.is_ambiguous() {
                    (self.tell)(Event::Rejected(Write::Interfere));
                }
                if failure.fault == Fault::Rejected {
                    Ok(())
                } else {
                    self.tolerate(&failure)
                }
            }
        }
    }

    fn unproven(&self, proof: &Proof) -> Ended {
        let message = format!(
            "the deployment {} has the traffic, but it is not proven that {} serves: {}",
            self.deployment,
            self.plan.target.version,
            if proof.notes.is_empty() {
                "the tasks differ".to_owned()
            } else {
                proof.notes.join("; ")
            }
        );
        let hint = "look at the tasks in the console: which image each of them runs; then run this again, or with another version";
        let mut ended = Ended::new(
            Outcome::Failed,
            Problem::new(Code::ProofFailed, message, hint),
        );
        ended
            .left
            .push(format!("the deployment {} stays as it is", self.deployment));
        ended
    }
}

/// The task set, once it has all the production traffic by the target's own account.
fn shifted(target: &Target, onto: &Onto) -> Option<TaskSetId> {
    let green = onto.find(target)?;
    let others: f64 = target
        .task_sets
        .iter()
        .filter(|t| t.id != green.id)
        .map(|t| t.weight)
        .sum();
    let all = green.weight >= 99.99 && others < 0.01;
    // Some answers leave the weights out when all is done; the target's own status then says it.
    let unsaid = target.status == "Succeeded" && green.weight == 0.0 && others == 0.0;
    (all || unsaid).then(|| TaskSetId::of(&green.id))
}
