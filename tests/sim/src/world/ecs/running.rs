//! Tasks over time: started, running, crashing, stopped.

use super::super::World;
use super::super::behavior::{Behavior, Crash, HealthCheck};
use super::super::input::text;
use super::super::time::{Event, Ms, SECOND};
use super::{Held, ServiceKey, TaskSetStatus};

/// What happens to a task next.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TaskChange {
    Running,
    /// Passed its load balancer's health check.
    Healthy,
    /// Its container exits, or can't be started.
    Crash,
}

#[derive(Clone, Debug)]
pub(crate) struct TaskContainer {
    pub name: String,
    pub image: String,
    /// What really runs.
    pub digest: Option<String>,
    /// What ECS says.
    pub reported: Option<String>,
    pub behavior: Behavior,
}

#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub id: String,
    pub service: ServiceKey,
    pub task_set: String,
    pub task_definition: String,
    pub containers: Vec<TaskContainer>,
    /// What it runs on: `ARM64` or `X86_64`.
    pub architecture: String,
    /// Which of its task set's capacity providers runs it.
    pub capacity_provider: Option<String>,
    pub platform_version: String,
    pub created_at: Ms,
    pub started_at: Option<Ms>,
    pub stopped_at: Option<Ms>,
    /// Whether it passed its health check.
    pub healthy: bool,
    /// What keeps it though its deployment no longer wants it.
    pub held: Option<Held>,
    /// Asked to stop, though it may still run.
    pub stopping: bool,
    pub stop_code: &'static str,
    pub stopped_reason: String,
}

impl Task {
    pub(crate) fn running(&self) -> bool {
        self.started_at.is_some() && self.stopped_at.is_none()
    }

    pub(super) fn desired_status(&self) -> &'static str {
        if self.stopping { "STOPPED" } else { "RUNNING" }
    }

    /// Whether it gets traffic where that goes to all healthy tasks.
    pub(crate) fn serves(&self) -> bool {
        self.healthy && self.running() && !self.stopping
    }

    pub(super) fn crash(&self) -> Option<&Crash> {
        self.containers
            .iter()
            .find_map(|container| container.behavior.crash.as_ref())
    }

    pub(super) fn fails(&self) -> Option<HealthCheck> {
        let mut containers = self.containers.iter();
        containers.find_map(|container| container.behavior.fails)
    }

    pub(super) fn stop(&mut self, at: Ms, code: &'static str, reason: String) {
        if self.stopped_at.is_none() {
            self.stopping = true;
            self.stopped_at = Some(at);
            self.stop_code = code;
            self.stopped_reason = reason;
        }
    }
}

impl World {
    /// A task set's tasks that have not stopped: running, and on their way.
    pub(in super::super) fn counts(&self, key: &ServiceKey, task_set: &str) -> (u32, u32) {
        let alive = |task: &&Task| {
            task.service == *key && task.task_set == task_set && task.stopped_at.is_none()
        };
        let tasks = self.ecs.tasks.values().filter(alive);
        tasks.fold((0, 0), |(running, pending), task| {
            if task.running() {
                (running + 1, pending)
            } else {
                (running, pending + 1)
            }
        })
    }

    pub(in super::super) fn service_counts(&self, key: &ServiceKey) -> (u32, u32) {
        let sets = self
            .ecs
            .services
            .get(key)
            .map_or(&[][..], |service| &service.task_sets);
        let counts = sets.iter().map(|set| self.counts(key, &set.id));
        counts.fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1))
    }

    /// Starts the tasks that a task set lacks, and returns their ids.
    pub(in super::super) fn refill(&mut self, key: &ServiceKey, task_set: &str) -> Vec<String> {
        let Some(set) = self
            .ecs
            .services
            .get(key)
            .and_then(|service| service.task_set(task_set))
        else {
            return Vec::new();
        };
        if set.status == TaskSetStatus::Draining || set.failed.is_some() {
            return Vec::new();
        }
        let desired = set.desired;
        let (running, pending) = self.counts(key, task_set);
        let missing = running + pending..desired;
        let started = missing.map(|_| self.start_task(key, task_set)).collect();
        if desired == 0 {
            self.task_set_is_full(key, task_set);
        }
        started
    }

    fn start_task(&mut self, key: &ServiceKey, task_set: &str) -> String {
        let id = self.new_task(key, task_set);
        let crash = self.ecs.tasks.get(&id).and_then(Task::crash);
        let change = match crash {
            Some(Crash {
                exit_code: None, ..
            }) => TaskChange::Crash,
            _ => TaskChange::Running,
        };
        let task = Event::Task {
            id: id.clone(),
            change,
        };
        self.later(self.pace.task_start, task);
        id
    }

    /// From running to healthy behind the load balancer: longer than a crashing container lives.
    pub(super) fn healthy_after(&self) -> Ms {
        self.pace
            .install
            .saturating_sub(self.pace.task_start)
            .max(self.pace.crash_after + SECOND)
    }

    // a task in PENDING, its images resolved as of now
    fn new_task(&mut self, key: &ServiceKey, task_set: &str) -> String {
        let set = self
            .ecs
            .services
            .get(key)
            .and_then(|service| service.task_set(task_set));
        let set = set.expect("tasks start in a task set that is there");
        let (arn, service_revision) = (set.task_definition.clone(), set.service_revision.clone());
        let (running, pending) = self.counts(key, task_set);
        let capacity_provider = set
            .made_with
            .provider_of(running + pending)
            .map(str::to_owned);
        let platform_version = set.made_with.platform().to_owned();
        let revision = self
            .find_task_definition(&arn)
            .expect("a task set runs a registered revision");
        let runs_on = self.ecs.services[key].runs_on;
        let architecture = runs_on.unwrap_or(revision.architecture()).to_owned();
        let platform = image_platform(&architecture);
        let own = self.ecs.behaviors.get(&arn).cloned().unwrap_or_default();
        let resolve = |(nth, container): (usize, &serde_json::Value)| {
            let image = text(container, "image").unwrap_or_default();
            let name = text(container, "name").unwrap_or_default();
            let pulled = self.pull(&self.consistent_image(set, name, image), platform);
            TaskContainer {
                name: name.to_owned(),
                image: image.to_owned(),
                digest: pulled.digest,
                reported: pulled.reported,
                behavior: if nth == 0 {
                    own.clone().or(pulled.behavior)
                } else {
                    pulled.behavior
                },
            }
        };
        let containers: Vec<TaskContainer> = revision
            .containers()
            .iter()
            .enumerate()
            .map(resolve)
            .collect();
        self.keep_images(service_revision.as_deref(), &containers);
        let id = self.ids.task();
        let task = Task {
            id: id.clone(),
            service: key.clone(),
            task_set: task_set.to_owned(),
            task_definition: arn,
            containers,
            architecture,
            capacity_provider,
            platform_version,
            created_at: self.now,
            started_at: None,
            stopped_at: None,
            healthy: false,
            held: None,
            stopping: false,
            stop_code: "",
            stopped_reason: String::new(),
        };
        self.ecs.tasks.insert(id.clone(), task);
        id
    }

    /// Fills a task set with tasks that have been running since `at`.
    pub(in super::super) fn place_running_tasks(
        &mut self,
        key: &ServiceKey,
        task_set: &str,
        at: Ms,
    ) {
        let set = self
            .ecs
            .services
            .get(key)
            .and_then(|service| service.task_set(task_set));
        for _ in 0..set.map_or(0, |set| set.desired) {
            let id = self.new_task(key, task_set);
            if let Some(task) = self.ecs.tasks.get_mut(&id) {
                task.created_at = at;
                task.started_at = Some(at);
                task.healthy = true;
            }
            self.open_logs(&id);
        }
    }

    pub(in super::super) fn change_task(&mut self, id: &str, change: TaskChange) {
        let now = self.now;
        let Some(task) = self
            .ecs
            .tasks
            .get_mut(id)
            .filter(|task| task.stopped_at.is_none())
        else {
            return;
        };
        let (key, task_set) = (task.service.clone(), task.task_set.clone());
        match change {
            TaskChange::Running => {
                task.started_at = Some(now);
                // A last line comes before the end.
                self.open_logs(id);
                self.plan_end(id);
                self.await_health(id, &key, &task_set);
                let set = self
                    .ecs
                    .services
                    .get(&key)
                    .and_then(|service| service.task_set(&task_set));
                if set.is_some_and(|set| set.desired == self.counts(&key, &task_set).0) {
                    self.task_set_is_full(&key, &task_set);
                }
            }
            TaskChange::Healthy => {
                task.healthy = true;
                if let Some(set) = self.service_mut(&key).task_set_mut(&task_set) {
                    set.failed_tasks = 0;
                }
                self.native_task_healthy(&key, &task_set);
            }
            TaskChange::Crash => {
                let (code, reason) = self.why_it_ends(id);
                if let Some(task) = self.ecs.tasks.get_mut(id) {
                    task.stop(now, code, reason);
                }
                let refill = Event::Refill {
                    service: key.clone(),
                    task_set: task_set.clone(),
                };
                self.later(self.pace.task_retry, refill);
                self.native_task_failed(&key, &task_set);
                self.forget_stopped_tasks();
            }
        }
    }

    // in a rolling deployment one after the other
    fn await_health(&mut self, id: &str, key: &ServiceKey, task_set: &str) {
        let Some(native) = &self.ecs.services[key].native else {
            return;
        };
        let before = self.counts(key, task_set).0.saturating_sub(1);
        let turn = if native.spec.strategy == super::Strategy::Rolling {
            Ms::from(before)
        } else {
            0
        };
        let delay = self.healthy_after() + turn * self.pace.rolling_step;
        self.later(
            delay,
            Event::Task {
                id: id.to_owned(),
                change: TaskChange::Healthy,
            },
        );
    }

    // a deployment's Install ends when its green tasks are healthy, a little after they run
    fn task_set_is_full(&mut self, key: &ServiceKey, task_set: &str) {
        let set = self
            .ecs
            .services
            .get(key)
            .and_then(|service| service.task_set(task_set));
        if let Some(deployment) = set.and_then(|set| set.external_id.clone()) {
            self.green_tasks_run(&deployment, self.healthy_after());
        }
    }
}

/// As image platforms are written.
fn image_platform(architecture: &str) -> &'static str {
    if architecture == "ARM64" {
        "linux/arm64"
    } else {
        "linux/amd64"
    }
}
