//! ListTasks and DescribeTasks.

use serde_json::{Value, json};

use super::super::World;
use super::super::input::{Page, text, texts, with_next};
use super::running::Task;
use super::{client, invalid};
use crate::aws::{Answer, AwsError};

impl World {
    pub(super) fn list_tasks(&self, input: &Value) -> Answer {
        let cluster = self.cluster(input)?;
        let others = ["serviceName", "family", "containerInstance", "launchType"];
        if text(input, "startedBy").is_some()
            && others.iter().any(|name| text(input, name).is_some())
        {
            return Err(invalid("startedBy cannot be combined with other filters."));
        }
        if let Some(name) = text(input, "serviceName") {
            self.find_service(&cluster, name).ok_or_else(|| {
                AwsError::client("ServiceNotFoundException", "Service not found.")
            })?;
        }
        // AWS takes PENDING, and finds nothing: no task is ever desired to be that
        let desired = text(input, "desiredStatus").unwrap_or("RUNNING");
        let tasks = self.ecs.tasks.values().filter(|task| {
            task.service.cluster == cluster
                && self.visible(task)
                && task.desired_status() == desired
                && self.task_passes(task, input)
        });
        let page = Page::of_hundred(input, 100)?;
        let (arns, next) = page.cut(tasks.map(|task| self.task_arn(task)));
        Ok(with_next(json!({ "taskArns": arns }), next))
    }

    fn task_passes(&self, task: &Task, input: &Value) -> bool {
        let service =
            text(input, "serviceName").map(|given| given.rsplit('/').next().unwrap_or(given));
        let family = format!(
            "task-definition/{}:",
            text(input, "family").unwrap_or_default()
        );
        service.is_none_or(|service| task.service.service == service)
            && text(input, "startedBy").is_none_or(|starter| task.task_set == starter)
            && (text(input, "family").is_none() || task.task_definition.contains(&family))
            && text(input, "containerInstance").is_none()
    }

    /// Stopped tasks can be seen for about an hour.
    fn visible(&self, task: &Task) -> bool {
        task.stopped_at
            .is_none_or(|at| at + self.pace.stopped_tasks > self.now)
    }

    pub(super) fn describe_tasks(&self, input: &Value) -> Answer {
        let cluster = self.cluster(input)?;
        let given = texts(input, "tasks");
        if given.is_empty() {
            return Err(invalid("Tasks cannot be empty."));
        }
        if given.len() > 100 {
            return Err(client(
                "Cannot describe more than 100 tasks in a single request.",
            ));
        }
        let prefix = self.ecs_arn(&format!("task/{cluster}/"));
        let mut tasks = Vec::new();
        let mut failures = Vec::new();
        for given in given {
            let id = given.strip_prefix(&prefix).unwrap_or(given);
            let found = self
                .ecs
                .tasks
                .get(id)
                .filter(|task| task.service.cluster == cluster && self.visible(task));
            match found {
                Some(task) => tasks.push(self.task_json(task)),
                None => {
                    failures.push(json!({ "arn": format!("{prefix}{id}"), "reason": "MISSING" }))
                }
            }
        }
        Ok(json!({ "tasks": tasks, "failures": failures }))
    }

    pub(super) fn task_arn(&self, task: &Task) -> String {
        self.ecs_arn(&format!("task/{}/{}", task.service.cluster, task.id))
    }
}
