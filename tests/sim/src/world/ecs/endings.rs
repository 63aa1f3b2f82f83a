//! How tasks end: by themselves, by their scheduler, by somebody.

use super::super::World;
use super::super::behavior::{Crash, HealthCheck};
use super::super::time::{Event, SECOND};
use super::ServiceKey;
use super::running::{Task, TaskChange};

impl World {
    /// Every task of the service stops now, and none is started in its place.
    pub fn lose_tasks(&mut self, key: &ServiceKey, reason: &str) {
        self.stop_all_tasks(key, "ServiceSchedulerInitiated", reason);
    }

    /// The same for another reason: `UserInitiated`, `SpotInterruption`, `TerminationNotice`.
    pub fn stop_all_tasks(&mut self, key: &ServiceKey, stop_code: &'static str, reason: &str) {
        let now = self.now;
        for task in self.ecs.tasks.values_mut() {
            if task.service == *key {
                task.stop(now, stop_code, reason.to_owned());
            }
        }
    }

    /// Stops a task set's tasks at once.
    pub(super) fn stop_tasks(&mut self, key: &ServiceKey, task_set: &str) {
        let now = self.now;
        let reason = format!("Scaling activity initiated by (deployment {task_set})");
        for task in self.ecs.tasks.values_mut() {
            if task.service == *key && task.task_set == task_set {
                task.stop(now, "ServiceSchedulerInitiated", reason.clone());
            }
        }
    }

    /// Plans the end of a task that runs something broken.
    pub(super) fn plan_end(&mut self, id: &str) {
        let task = &self.ecs.tasks[id];
        let lives = match (task.crash(), task.fails()) {
            (Some(_), _) => self.pace.crash_after,
            // Just before it would have been healthy.
            (None, Some(_)) => self.healthy_after() - SECOND / 2,
            (None, None) => return,
        };
        let id = id.to_owned();
        let change = TaskChange::Crash;
        self.later(lives, Event::Task { id, change });
    }

    /// `stopCode` and `stoppedReason` of a task that ends by itself, or that its scheduler finds to be unhealthy.
    pub(super) fn why_it_ends(&self, id: &str) -> (&'static str, String) {
        let task = &self.ecs.tasks[id];
        match (task.crash(), task.fails()) {
            (
                Some(Crash {
                    exit_code: None,
                    reason,
                }),
                _,
            ) => ("TaskFailedToStart", reason.clone()),
            (None, Some(check)) => ("ServiceSchedulerInitiated", self.why_unhealthy(task, check)),
            _ => (
                "EssentialContainerExited",
                "Essential container in task exited".to_owned(),
            ),
        }
    }

    fn why_unhealthy(&self, task: &Task, check: HealthCheck) -> String {
        let service = &self.ecs.services[&task.service];
        match check {
            HealthCheck::Container => "Task failed container health checks".to_owned(),
            HealthCheck::LoadBalancer => {
                let set = service.task_set(&task.task_set);
                let group = self.target_group_arn(service, set.map_or(0, |set| set.target_group));
                format!("Task failed ELB health checks in (target-group {group})")
            }
        }
    }

    /// Nobody can see them any more, and a crashing task is replaced again and again.
    pub(super) fn forget_stopped_tasks(&mut self) {
        let (now, kept) = (self.now, self.pace.stopped_tasks);
        self.ecs
            .tasks
            .retain(|_, task| task.stopped_at.is_none_or(|at| at + kept > now));
    }
}
