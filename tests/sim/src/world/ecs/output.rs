//! What containers write, where their log driver is `awslogs`.

use super::super::World;
use super::super::input::text;
use super::super::time::Event;
use super::running::{Task, TaskContainer};

impl World {
    /// Opens the log streams of a task that starts, and plans what its containers write.
    pub(super) fn open_logs(&mut self, id: &str) {
        let task = &self.ecs.tasks[id];
        let mut outputs = Vec::new();
        for container in &task.containers {
            if let Some(place) = self.log_stream(task, container) {
                outputs.push((place, container.behavior.log.clone()));
            }
        }
        for ((group, stream), lines) in outputs {
            self.open_log_stream(&group, &stream);
            for (after, line) in lines {
                let output = Event::Output {
                    task: id.to_owned(),
                    group: group.clone(),
                    stream: stream.clone(),
                    line,
                };
                self.later(after, output);
            }
        }
    }

    /// Group and stream; None where it writes to no group of this region.
    fn log_stream(&self, task: &Task, container: &TaskContainer) -> Option<(String, String)> {
        let revision = self.find_task_definition(&task.task_definition)?;
        let definition = revision
            .containers()
            .iter()
            .find(|definition| text(definition, "name") == Some(&container.name))?;
        let log = definition.get("logConfiguration")?;
        let options = log.get("options")?;
        let is_here = text(options, "awslogs-region").is_none_or(|region| region == self.region);
        if text(log, "logDriver") != Some("awslogs") || !is_here {
            return None;
        }
        let stream = match text(options, "awslogs-stream-prefix") {
            Some(prefix) => format!("{prefix}/{}/{}", container.name, task.id),
            None => runtime_id(task, container),
        };
        Some((text(options, "awslogs-group")?.to_owned(), stream))
    }

    /// A container writes a line, if it still runs.
    pub(in super::super) fn write_line(&mut self, id: &str, group: &str, stream: &str, line: &str) {
        if self.ecs.tasks.get(id).is_some_and(Task::running) {
            self.put_log_event(group, stream, self.now(), line);
        }
    }
}

/// The container's id, as the container runtime has it.
pub(super) fn runtime_id(task: &Task, container: &TaskContainer) -> String {
    format!("{}-{}", task.id, container.name.len())
}
