//! What ECS reports about a service: its `events`.

use serde_json::{Value, json};

use super::super::World;
use super::super::ids::sha256;
use super::super::time::{Ms, stamp};
use super::{EcsService, ServiceKey};

/// Of so many failed tasks in a row, one more event.
const STRUGGLE: u32 = 10;

#[derive(Clone, Debug)]
pub(crate) struct ServiceEvent {
    id: String,
    at: Ms,
    message: String,
}

impl EcsService {
    /// The newest first, 100 at most.
    pub(super) fn events_json(&self) -> Value {
        let events = self.events.iter().rev().take(100);
        let event = |event: &ServiceEvent| json!({ "id": event.id, "createdAt": stamp(event.at), "message": event.message });
        events.map(event).collect()
    }
}

impl World {
    /// ECS reports this about the service, now and word for word.
    pub fn report_event(&mut self, key: &ServiceKey, message: &str) {
        // No id of the counter: what is told must not change what else happens in a world.
        let events = &self.ecs.services[key].events;
        let hex = sha256(format!("{key:?} {}", events.len()));
        let id = format!(
            "{}-{}-4{}-8{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[13..16],
            &hex[17..20],
            &hex[20..32]
        );
        self.add_event(key, id, message.to_owned());
    }

    /// Adds to the service's events.
    pub(super) fn tell(&mut self, key: &ServiceKey, message: &str) {
        let id = self.ids.uuid();
        self.add_event(key, id, format!("(service {}) {message}", key.service));
    }

    fn add_event(&mut self, key: &ServiceKey, id: String, message: String) {
        let at = self.now;
        let events = &mut self.service_mut(key).events;
        events.push(ServiceEvent { id, at, message });
    }

    /// Starts the tasks that a task set lacks, and reports it.
    pub(in super::super) fn start_tasks(&mut self, key: &ServiceKey, task_set: &str) {
        let started = self.refill(key, task_set);
        if started.is_empty() {
            return;
        }
        let mut message = format!("has started {} tasks:", started.len());
        for task in started {
            message += &format!(" (task {task})");
        }
        self.report_of_tasks(key, task_set, &format!("{message}."));
    }

    /// One task more that stopped by itself. What counts is how many failed in a row.
    pub(super) fn count_failed_task(&mut self, key: &ServiceKey, task_set: &str) {
        if self.healthy_tasks(task_set) > 0 {
            return;
        }
        let Some(set) = self.service_mut(key).task_set_mut(task_set) else {
            return;
        };
        set.failed_tasks += 1;
        if set.failed_tasks % STRUGGLE == 3 {
            let guide = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";
            let message = format!("is unable to consistently start tasks successfully. {guide}");
            self.report_of_tasks(key, task_set, &message);
        }
    }

    // ECS names a task set, but not its own deployments
    fn report_of_tasks(&mut self, key: &ServiceKey, task_set: &str, message: &str) {
        let name = &key.service;
        let of = match self.ecs.services[key].native {
            Some(_) => format!("(service {name})"),
            None => format!("(service {name}, taskSet {task_set})"),
        };
        self.report_event(key, &format!("{of} {message}"));
    }
}
