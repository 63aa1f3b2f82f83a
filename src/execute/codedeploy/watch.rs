//! What a deployment of CodeDeploy's shows while it is followed.
//!
//! Traffic is read from the deployment's target, never from the status: that is `Succeeded` only when the old tasks
//! are gone, up to two days later.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use futures_util::future::join;

use super::progress::Progress;
use crate::{
    aws::Failure,
    domain::{
        deployment::{Deployment, Status, Target, TargetTaskSet},
        service::{ALL_TRAFFIC, SOME_TRAFFIC},
    },
    execute::{
        Ended, Execution,
        ended::left_running,
        follow::{Followed, Seen},
        new_tasks::{NewTasks, NewTasksTold},
        resume::Pause,
    },
    names::{DeploymentId, TaskDefinitionArn, TaskSetId},
    observe::serving::primary,
    plan::codedeploy::{Action, BlueGreen, Clearing, Side},
};

/// For the service's events.
const EVENTS_TIMEOUT: Duration = Duration::from_secs(3);

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
    /// What was told of it.
    progress: RefCell<Progress>,
    new_tasks_told: RefCell<NewTasksTold>,
    /// Whether it was continued at `Ready`.
    continued: Cell<bool>,
}

/// One answer of AWS's about it.
pub(super) struct Look {
    pub deployment: Deployment,
    pub target: Option<Target>,
}

impl<'a> Watch<'a> {
    /// A deployment that is followed from here on; `own`: this run created it.
    pub(crate) fn new(
        execution: &'a Execution<'a>,
        planned: &'a BlueGreen,
        deployment: DeploymentId,
        own: bool,
        revision: TaskDefinitionArn,
    ) -> Self {
        let side = match &planned.action {
            Action::Adopt { side, .. } => side.clone(),
            Action::Reroute { original, .. } => Side::Original(original.clone()),
            _ => Side::Replacement,
        };
        Self {
            execution,
            planned,
            deployment,
            own,
            side,
            revision,
            progress: RefCell::default(),
            new_tasks_told: RefCell::default(),
            continued: Cell::default(),
        }
    }

    /// How long the tasks that served at the start stay after the shift.
    pub(crate) fn warm(&self) -> Option<Duration> {
        // After a reroute the other tasks are terminated at once.
        if let Side::Original(_) = self.side {
            return None;
        }
        match &self.planned.action {
            Action::Create(Clearing::Free | Clearing::EndWait(_)) | Action::Adopt { .. } => {
                // A group may terminate the original tasks at once.
                self.planned.termination_wait.filter(|wait| !wait.is_zero())
            }
            // After a stop it is not what served at the start that was replaced.
            _ => None,
        }
    }
}

impl Watch<'_> {
    /// Reads the deployment and its target, and tells what is new. `None` where AWS can't say at the moment.
    async fn look(&self) -> Result<Option<Look>, Ended> {
        let Execution { aws, plan, .. } = self.execution;
        let (deployment, target) = join(
            aws.get_deployment(&self.deployment),
            aws.get_deployment_target(&self.deployment, &plan.cluster, &plan.service),
        )
        .await;
        // A deployment that was just created is not everywhere in AWS yet.
        let (Some(Some(deployment)), Some(target)) =
            (self.answered(deployment)?, self.answered(target)?)
        else {
            return Ok(None);
        };
        if let Some(target) = &target {
            self.tell_progress(target);
        }
        Ok(Some(Look { deployment, target }))
    }

    fn tell_progress(&self, target: &Target) {
        // `GetDeployment` never gives the AppSpec's content: the plan's own says which events have hooks.
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
    fn answered<T>(&self, answer: Result<T, Failure>) -> Result<Option<T>, Ended> {
        let region = &self.execution.plan.region;
        self.execution.answered(answer).map_err(|mut ended| {
            let is_rollback = matches!(self.side, Side::Original(_));
            let left = left_running(&self.deployment, region, is_rollback);
            ended.left.extend(left);
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

    /// CodeDeploy does not say why its new tasks are not running; the service's events may.
    async fn tell_new_tasks(&self, target: &Target) {
        let Some(task_set) = self.task_set(target) else {
            return;
        };
        let execution = self.execution;
        let tasks = NewTasks {
            running: task_set.running.try_into().unwrap_or_default(),
            wanted: task_set.desired.try_into().unwrap_or_default(),
            // ECS counts them for its own deployments only.
            failed: 0,
        };
        let now = execution.clock.elapsed();
        let asks = self.new_tasks_told.borrow_mut().asks(now, tasks);
        if task_set.weight >= SOME_TRAFFIC || !asks {
            return;
        }
        // Nothing depends on it: a read that fails, or takes long, must not keep the run from what it waits for.
        let read = tokio::time::timeout(EVENTS_TIMEOUT, execution.describe_service()).await;
        let Ok(Ok(Some(service))) = read else { return };
        let mut told = self.new_tasks_told.borrow_mut();
        if let Some(news) = told.news(execution.clock, tasks, &service.events) {
            execution.tell(news);
        }
    }

    async fn is_primary(&self, id: &TaskSetId) -> Result<Option<TaskSetId>, Ended> {
        let described = self.execution.describe_service().await;
        let Some(Some(service)) = self.answered(described)? else {
            return Ok(None);
        };
        Ok(match primary(&service.task_sets) {
            Some(primary) if primary.id == *id => Some(id.clone()),
            _ => None,
        })
    }

    /// A group may hold a deployment at `Ready` and stop it after a while; a rollback does not wait for that.
    async fn continue_at_ready(&self) -> Result<(), Ended> {
        if self.continued.get() {
            return Ok(());
        }
        let (id, execution) = (&self.deployment, self.execution);
        let continued = execution
            .continue_followed(id, Pause::Ready, self.own)
            .await;
        let continued = self.answered(continued)?;
        self.continued.set(continued == Some(true));
        Ok(())
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
            Some(id) => Seen::Shifted {
                task_set: Some(id),
                over,
            },
            None if over => Seen::Over,
            None => {
                if let Some(target) = &look.target {
                    self.tell_new_tasks(target).await;
                }
                Seen::Moving
            }
        })
    }

    fn name(&self) -> String {
        format!("deployment {}", self.deployment)
    }

    fn revision(&self) -> &TaskDefinitionArn {
        &self.revision
    }

    fn is_own(&self) -> bool {
        self.own
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
    unsaid || (task_set.weight >= ALL_TRAFFIC && others < SOME_TRAFFIC)
}
