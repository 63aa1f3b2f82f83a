//! Tasks that stopped, grouped by why.

use std::cmp::Reverse;

use super::{service::Task, task_stop::TaskStop};
use crate::{names::ContainerName, words};

/// Tasks that stopped for the same reason, and one of them.
pub(crate) struct Group<'a> {
    pub tasks: u32,
    pub example: &'a Task,
    pub stop: &'a TaskStop,
}

/// The largest group first; of groups as large, the one of the task that comes first.
pub(crate) fn group<'a>(tasks: &'a [Task], main: &ContainerName) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for example in tasks {
        let Some(stop) = &example.stop else { continue };
        let same = |group: &&mut Group<'_>| group.stop.kind(main) == stop.kind(main);
        match groups.iter_mut().find(same) {
            Some(group) => group.tasks += 1,
            None => groups.push(Group {
                tasks: 1,
                example,
                stop,
            }),
        }
    }
    groups.sort_by_key(|group| Reverse(group.tasks));
    groups
}

impl Group<'_> {
    /// `2 tasks: the container web1 exited with code 1`
    pub(crate) fn in_words(&self, main: &ContainerName) -> String {
        let tasks = words::count(self.tasks, "task");
        format!("{tasks}: {}", self.stop.cause(main))
    }
}
