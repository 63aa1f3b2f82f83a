//! Task sets as CodeDeploy handles them: created, weighted, drained, removed.

use super::super::World;
use super::super::time::Event;
use super::{MadeWith, ServiceKey, TaskSet, TaskSetStatus};

impl World {
    /// Adds a task set with no tasks and no traffic, in the target group that the primary does not use.
    pub(in super::super) fn create_task_set(
        &mut self,
        key: &ServiceKey,
        task_definition: &str,
        made_with: MadeWith,
        deployment: &str,
    ) -> String {
        let id = self.ids.task_set();
        let now = self.now;
        let service = self.service_mut(key);
        let set = TaskSet {
            id: id.clone(),
            external_id: Some(deployment.to_owned()),
            task_definition: task_definition.to_owned(),
            made_with,
            status: TaskSetStatus::Active,
            weight: 0.0,
            target_group: service
                .primary()
                .map_or(0, |primary| 1 - primary.target_group),
            desired: service.desired,
            created_at: now,
            updated_at: now,
            service_revision: None,
            failed: None,
            failed_tasks: 0,
        };
        service.task_sets.push(set);
        id
    }

    /// Gives a task set this share of the traffic, and the rest to the other; a third one has none.
    pub(in super::super) fn set_weights(
        &mut self,
        key: &ServiceKey,
        task_set: &str,
        other: &str,
        weight: f64,
    ) {
        for set in &mut self.service_mut(key).task_sets {
            set.weight = match set.id.as_str() {
                id if id == task_set => weight,
                id if id == other => 100.0 - weight,
                _ => 0.0,
            };
        }
    }

    /// Lets a task set drain: its tasks go on for a while, then both are gone.
    pub(in super::super) fn drain_task_set(&mut self, key: &ServiceKey, task_set: &str) {
        let now = self.now;
        let Some(set) = self.service_mut(key).task_set_mut(task_set) else {
            return;
        };
        if set.status == TaskSetStatus::Draining {
            return;
        }
        set.status = TaskSetStatus::Draining;
        set.desired = 0;
        set.updated_at = now;
        for task in self.ecs.tasks.values_mut() {
            if task.service == *key && task.task_set == task_set {
                task.stopping = true;
            }
        }
        let drained = Event::Drained {
            service: key.clone(),
            task_set: task_set.to_owned(),
        };
        self.later(self.pace.drain, drained);
    }

    pub(in super::super) fn remove_task_set(&mut self, key: &ServiceKey, task_set: &str) {
        self.stop_tasks(key, task_set);
        self.service_mut(key)
            .task_sets
            .retain(|set| set.id != task_set);
    }
}
