//! Services of the cluster that were not rolled back and still run what is taken off: this is how people find out that
//! they forgot one.

use std::collections::BTreeMap;

use super::Services;
use crate::{
    domain::service::Task,
    names::ServiceName,
    observe::neighbours::read_running,
    plan::VersionImage,
    report::{event::Event, neighbours::Neighbour},
    words,
};

impl Services<'_> {
    /// Nothing depends on it: where the tasks of the cluster can't be read, nothing is said.
    pub(super) async fn look_at_neighbours(&self) {
        let first = self.first();
        let Ok(tasks) = read_running(first.aws, &first.inputs.cluster).await else {
            return;
        };
        for run in &self.runs {
            let plan = run.memory.plan();
            let taken_off = plan.as_deref().and_then(|plan| plan.taken_off.as_ref());
            let neighbours = taken_off.map(|image| self.find_neighbours(&tasks, image));
            if let Some(neighbours) = neighbours.filter(|found| !found.is_empty()) {
                run.tell(Event::StillRunning(neighbours));
            }
        }
    }

    fn find_neighbours(&self, tasks: &[Task], taken_off: &VersionImage) -> Vec<Neighbour> {
        let mut by_service: BTreeMap<&str, Vec<&Task>> = BTreeMap::new();
        for task in tasks {
            if let Some(service) = task.service.as_ref()
                && !self.has(service)
            {
                by_service.entry(service.as_str()).or_default().push(task);
            }
        }
        let mut neighbours = Vec::new();
        for (service, tasks) in by_service {
            // After a rollback, old tasks stay warm without traffic: what started last is what the service runs.
            let newest = tasks.iter().max_by_key(|task| task.started_at);
            if newest.is_some_and(|task| task.runs(&taken_off.digest)) {
                let running = tasks.iter().filter(|task| task.runs(&taken_off.digest));
                let count = running.count();
                neighbours.push(Neighbour {
                    service: service.to_owned(),
                    version: words::short_digest(&taken_off.version),
                    tasks: u32::try_from(count).unwrap_or(u32::MAX),
                });
            }
        }
        neighbours
    }

    /// Whether the service is one of those that are rolled back.
    fn has(&self, service: &ServiceName) -> bool {
        let mut runs = self.runs.iter();
        runs.any(|run| run.inputs.service == *service)
    }
}
