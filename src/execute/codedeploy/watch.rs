//! What a deployment of CodeDeploy's shows while it is followed.
//!
//! Traffic is read from the deployment's target, never from the status: that is `Succeeded` only when the old tasks
//! are gone, up to two days later.

use std::cell::{Cell, RefCell};

use futures_util::future::join;

use super::progress::Progress;
use crate::aws::codedeploy::CONTINUE_DEPLOYMENT;
use crate::aws::{Failure, Operation};
use crate::domain::deployment::{Deployment, Status, Target, TargetTaskSet};
use crate::execute::ended::{how_to_stop, still_running};
use crate::execute::follow::{Followed, Holder, Seen};
use crate::execute::write::{NotDone, TokenlessWrite};
use crate::execute::{Ended, Execution};
use crate::names::{DeploymentId, TaskDefinitionArn, TaskSetId};
use crate::observe::serving::primary;
use crate::plan::codedeploy::{BlueGreen, Side};
use crate::report::event::{StepState, Touch};

/// One deployment that is followed.
pub(crate) struct Watch<'a> {
    pub execution: &'a Execution<'a>,
    pub planned: &'a BlueGreen,
    pub deployment: DeploymentId,
    /// Whether this run created it.
    own: bool,
    /// Where the traffic is to go.
    side: Side,
    /// The revision that the target runs.
    revision: TaskDefinitionArn,
    progress: RefCell<Progress>,
    continued: Cell<bool>,
}

/// One answer of AWS's about it.
pub(super) struct Look {
    pub deployment: Deployment,
    pub target: Option<Target>,
}

impl<'a> Watch<'a> {
    /// The deployment that this run created.
    pub(crate) fn created(
        execution: &'a Execution<'a>,
        planned: &'a BlueGreen,
        deployment: DeploymentId,
        revision: TaskDefinitionArn,
    ) -> Self {
        let adopted = Self::adopted(execution, planned, deployment, Side::Replacement, revision);
        Self {
            own: true,
            ..adopted
        }
    }

    /// A deployment that was there already, or the rollback that a stop started.
    pub(crate) fn adopted(
        execution: &'a Execution<'a>,
        planned: &'a BlueGreen,
        deployment: DeploymentId,
        side: Side,
        revision: TaskDefinitionArn,
    ) -> Self {
        Self {
            execution,
            planned,
            deployment,
            own: false,
            side,
            revision,
            progress: RefCell::default(),
            continued: Cell::new(false),
        }
    }

    /// Reads the deployment and its target, and tells what is new. `None` where AWS can't say at the moment.
    async fn look(&self) -> Result<Option<Look>, Ended> {
        let Execution { aws, plan, .. } = self.execution;
        let (deployment, target) = join(
            aws.get_deployment(&self.deployment),
            aws.get_deployment_target(&self.deployment, &plan.cluster, &plan.service),
        )
        .await;
        let (deployment, target) = match (deployment, target) {
            (Ok(Some(deployment)), Ok(target)) => (deployment, target),
            // A deployment that was just created is not everywhere in AWS yet.
            (Ok(None), Ok(_)) => return Ok(None),
            (Err(failure), _) | (_, Err(failure)) => {
                self.ride_out(&failure)?;
                return Ok(None);
            }
        };
        if let Some(target) = &target {
            self.tell_progress(target);
        }
        Ok(Some(Look { deployment, target }))
    }

    fn tell_progress(&self, target: &Target) {
        let hooks = self.planned.appspec.hooks();
        let version = &self.execution.plan.target.version;
        let green = self.task_set(target);
        let news = self
            .progress
            .borrow_mut()
            .news(target, green, &hooks, version);
        for event in news {
            self.execution.tell(event);
        }
    }

    fn task_set<'t>(&self, target: &'t Target) -> Option<&'t TargetTaskSet> {
        target.task_sets.iter().find(|task_set| match &self.side {
            Side::Replacement => task_set.label == "Green",
            Side::Original(id) => task_set.id == *id,
        })
    }

    /// What can't get better ends the run, and AWS continues without it.
    pub(super) fn ride_out(&self, failure: &Failure) -> Result<(), Ended> {
        let region = &self.execution.plan.region;
        self.execution.ride_out(failure).map_err(|ended| {
            let ended = ended.with_left(still_running(&self.deployment, region));
            // Where a stop of CodeDeploy's own rollback leaves the traffic is not documented.
            if self.side == Side::Replacement {
                return ended.with_left(how_to_stop(&self.deployment, region));
            }
            ended
        })
    }

    /// The task set that is to receive all production traffic, once it does.
    async fn shifted(&self, look: &Look) -> Result<Option<TaskSetId>, Ended> {
        if let Some(target) = &look.target
            && let Some(task_set) = self.task_set(target)
            && receives_all_traffic(target, task_set)
        {
            return Ok(Some(task_set.id.clone()));
        }
        match (&self.side, &look.deployment.status) {
            // What a rollback's own target shows is not documented. Once it has ended, the primary task set says it.
            (Side::Original(id), Status::Succeeded) => self.is_primary(id).await,
            _ => Ok(None),
        }
    }

    async fn is_primary(&self, id: &TaskSetId) -> Result<Option<TaskSetId>, Ended> {
        let Execution { aws, plan, .. } = self.execution;
        let service = match aws.describe_service(&plan.cluster, &plan.service).await {
            Ok(Some(service)) => service,
            Ok(None) => return Ok(None),
            Err(failure) => {
                self.ride_out(&failure)?;
                return Ok(None);
            }
        };
        let primary = primary(&service.task_sets);
        Ok(primary
            .filter(|primary| primary.id == *id)
            .map(|primary| primary.id.clone()))
    }

    /// A group may hold a deployment at `Ready` and stop it after a while; a rollback does not wait for that.
    async fn continue_at_ready(&self) -> Result<(), Ended> {
        if self.continued.get() {
            return Ok(());
        }
        let entry = (!self.own).then(|| {
            self.execution
                .touch(&self.deployment, Touch::ContinueAtReady)
        });
        let ready = Ready { watch: self };
        match self.execution.send(&ready, entry).await {
            Ok(()) => {
                self.continued.set(true);
                self.execution.step(
                    "Ready",
                    StepState::Done,
                    "the group was waiting for approval; continued",
                );
                Ok(())
            }
            // It continued without this run in between.
            Err(NotDone::Rejected(failure)) if failure.is_rejected() => Ok(()),
            Err(NotDone::Rejected(failure) | NotDone::Unknown(failure)) => self.ride_out(&failure),
        }
    }
}

impl Followed for Watch<'_> {
    async fn see(&self) -> Result<Seen, Ended> {
        let Some(look) = self.look().await? else {
            return Ok(Seen::Silent);
        };
        match look.deployment.status {
            // Its target still shows the weights of its own end, while AWS may already be rolling back.
            Status::Failed | Status::Stopped => return Err(self.ended_badly(look).await),
            Status::Ready => self.continue_at_ready().await?,
            Status::Succeeded | Status::Active(_) => {}
        }
        let over = look.deployment.status == Status::Succeeded;
        Ok(match self.shifted(&look).await? {
            Some(id) => {
                let revision = self.revision.clone();
                let holder = Holder::TaskSet { id, revision };
                Seen::Shifted { holder, over }
            }
            None if over => Seen::Over,
            None => Seen::Moving,
        })
    }

    fn name(&self) -> String {
        format!("deployment {}", self.deployment)
    }
}

/// By the target's own account. Weights are percent, and may be a rounding short of all.
fn receives_all_traffic(target: &Target, task_set: &TargetTaskSet) -> bool {
    let mut others = 0.0;
    for other in &target.task_sets {
        if other.id != task_set.id {
            others += other.weight;
        }
    }
    // Some answers leave the weights out when all is done; the target's own status then says it.
    let unsaid = task_set.weight == 0.0 && others == 0.0 && target.status == "Succeeded";
    unsaid || (task_set.weight >= 99.99 && others < 0.01)
}

struct Ready<'a> {
    watch: &'a Watch<'a>,
}

impl TokenlessWrite for Ready<'_> {
    type Done = ();
    const ATTEMPTS: u32 = 1;

    fn operation(&self) -> Operation {
        CONTINUE_DEPLOYMENT
    }

    async fn send(&self) -> Result<(), Failure> {
        let Watch {
            execution,
            deployment,
            ..
        } = self.watch;
        execution.aws.continue_ready(deployment).await
    }

    /// Where it is still at `Ready`, the next look sends this again.
    async fn find(&self) -> Result<Option<()>, Failure> {
        Ok(None)
    }
}
