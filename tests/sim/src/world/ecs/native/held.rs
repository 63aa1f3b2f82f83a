//! Old tasks that do not go away at once: they drain, or are protected from scale-in. A deployment that has tasks
//! counts as an active one, and ECS allows five of them.

use std::time::SystemTime;

use super::super::super::World;
use super::super::super::time::{Event, Ms, ms};
use super::super::TaskSetStatus;
use super::super::running::Task;
use super::ServiceKey;

/// What holds a task that its deployment no longer wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// It finishes its connections, and gets no new ones.
    Draining,
    /// Scale-in protection: it serves users on, and no rolling deployment ends before it is gone.
    Protected,
    /// Left over by a deployment that was successful early: it serves users until it is cleaned up.
    Deferred,
}

/// How many deployments of a service may have tasks.
const MOST: usize = 5;

impl World {
    /// An old deployment of this task definition still has a task, until then. Returns the deployment's id.
    pub fn leave_old_task(
        &mut self,
        key: &ServiceKey,
        task_definition: &str,
        held: Held,
        until: SystemTime,
    ) -> String {
        let revision = self.add_service_revision(key, task_definition, true);
        let set = self.add_revision_task_set(key, &revision);
        if let Some(found) = self.service_mut(key).task_set_mut(&set) {
            found.desired = 1;
        }
        self.place_running_tasks(key, &set, self.now);
        self.hold(key, &set, held, ms(until).saturating_sub(self.now));
        let why = match held {
            Held::Draining => "has begun draining connections on 1 tasks.",
            Held::Protected => "was unable to scale in due to (reason 1 tasks under protection).",
            Held::Deferred => "has deferred the cleanup of 1 tasks.",
        };
        self.tell(key, why);
        set
    }

    /// Keeps what runs of a task set for so long; it gets no new tasks.
    pub(super) fn hold(&mut self, key: &ServiceKey, task_set: &str, held: Held, takes: Ms) {
        if let Some(set) = self.service_mut(key).task_set_mut(task_set) {
            set.desired = 0;
        }
        for task in self
            .ecs
            .tasks
            .values_mut()
            .filter(|task| alive(task, task_set))
        {
            task.held = Some(held);
            task.stopping = held == Held::Draining;
        }
        let released = Event::Released {
            service: key.clone(),
            task_set: task_set.to_owned(),
        };
        self.later(takes, released);
    }

    pub(in super::super::super) fn release(&mut self, key: &ServiceKey, task_set: &str) {
        self.remove_task_set(key, task_set);
        if let Some(arn) = self
            .active_service_deployment(key)
            .map(|active| active.arn.clone())
            && self.native(key).spec.rolling()
        {
            self.roll(&arn);
        }
    }

    /// Whether something keeps a task set's tasks.
    pub(in super::super) fn holds(&self, task_set: &str) -> bool {
        let mut tasks = self.ecs.tasks.values();
        tasks.any(|task| alive(task, task_set) && task.held.is_some())
    }

    /// Whether scale-in protection keeps tasks of another task set.
    pub(super) fn others_are_protected(&self, key: &ServiceKey, destination: &str) -> bool {
        let mut tasks = self.ecs.tasks.values();
        tasks.any(|task| {
            task.service == *key
                && task.task_set != destination
                && task.stopped_at.is_none()
                && task.held == Some(Held::Protected)
        })
    }

    /// Whether ECS has as many deployments of the service as it allows.
    pub(super) fn deployments_are_full(&self, key: &ServiceKey) -> bool {
        let sets = self.ecs.services[key].task_sets.iter();
        let with_tasks = sets.filter(|set| {
            set.status == TaskSetStatus::Primary || self.counts(key, &set.id) != (0, 0)
        });
        self.switches.five_deployments_at_most && with_tasks.count() >= MOST
    }
}

fn alive(task: &Task, task_set: &str) -> bool {
    task.task_set == task_set && task.stopped_at.is_none()
}
