//! Services of the cluster that were not rolled back and still run what is taken off: this is how people find out that
//! they forgot one.

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
        let mut neighbours: Vec<Neighbour> = Vec::new();
        for task in tasks {
            let Some(service) = task
                .service
                .as_ref()
                .filter(|_| task.runs(&taken_off.digest))
            else {
                continue;
            };
            if self.has(service) {
                continue;
            }
            let known = neighbours.iter_mut();
            match known
                .into_iter()
                .find(|known| known.service == service.as_str())
            {
                Some(known) => known.tasks += 1,
                None => neighbours.push(Neighbour {
                    service: service.to_string(),
                    version: words::short_digest(&taken_off.version),
                    tasks: 1,
                }),
            }
        }
        neighbours.sort_by(|one, other| one.service.cmp(&other.service));
        neighbours
    }

    /// Whether the service is one of those that are rolled back.
    fn has(&self, service: &ServiceName) -> bool {
        let mut runs = self.runs.iter();
        runs.any(|run| run.inputs.service == *service)
    }
}
