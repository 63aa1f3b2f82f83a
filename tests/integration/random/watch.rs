//! A world that is watched: who had the traffic at which moment, and every write that took effect. Invariants
//! look at this, never at what the run says of itself.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use aws_sim::aws::{Answer, Service};
use aws_sim::cloud::Cloud;
use aws_sim::world::{Holder, ServiceKey, Strategy, World};
use serde_json::Value;

use super::scene::Scene;
use super::traffic::{self, Newest};
use crate::harness::Log;

/// The traffic is looked at this often while time passes, and at every call.
const STEP: Duration = Duration::from_secs(1);

/// A world and what was seen of it.
pub struct Watched {
    pub world: World,
    /// One for each service of the run.
    pub eyes: Vec<Eye>,
    /// Where the run writes its outputs.
    outputs: PathBuf,
    log: Log,
    /// The log at the moment when the first write arrived.
    pub log_at_first_write: Option<String>,
}

/// Watches one service.
pub struct Eye {
    key: ServiceKey,
    container: String,
    /// Whether the service's traffic goes to every healthy task alike.
    rolling: bool,
    /// Whether the run has no other service.
    alone: bool,
    pub seen: Seen,
}

#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Who had the traffic, from this moment until the next.
    pub traffic: Vec<(SystemTime, Vec<Holder>)>,
    /// What ECS deployed last, from this moment until the next.
    pub newest: Vec<(SystemTime, Option<Newest>)>,
    /// Writes that took effect.
    pub effects: Vec<Effect>,
    /// The outputs at the moment when the first write arrived.
    pub outputs_at_first_write: Option<String>,
    /// Writes that arrived, whether they took effect or not.
    pub tried: Vec<Tried>,
    pub calls: Vec<(SystemTime, String)>,
}

/// A write that has arrived.
#[derive(Clone, Debug)]
pub struct Tried {
    pub operation: String,
    pub input: Value,
    pub at: SystemTime,
    /// What ECS had deployed last by then, and what it was to deploy the service with.
    pub newest: Option<Newest>,
    pub own_revision: Option<String>,
}

/// A write that AWS has done.
#[derive(Clone, Debug)]
pub struct Effect {
    pub operation: String,
    pub input: Value,
    pub answer: Value,
    /// The service deployment that it began, and its task set.
    pub begun: Option<(String, String)>,
}

impl Eye {
    pub fn on(scene: &Scene, alone: bool) -> Self {
        let native = scene.native.as_ref();
        Self {
            key: scene.names.key(),
            container: scene.names.container.clone(),
            rolling: native.is_some_and(|native| native.strategy == Strategy::Rolling),
            alone,
            seen: Seen::default(),
        }
    }

    fn look(&mut self, world: &mut World) {
        let (now, seen) = (world.now(), &mut self.seen);
        let holders = traffic::holders(world, &self.key, &self.container, self.rolling);
        if seen
            .traffic
            .last()
            .is_none_or(|(_, before)| *before != holders)
        {
            seen.traffic.push((now, holders));
        }
        let newest = Newest::of(world, &self.key);
        if seen
            .newest
            .last()
            .is_none_or(|(_, before)| *before != newest)
        {
            seen.newest.push((now, newest));
        }
    }

    /// Whether a call is about this service.
    fn sees(&self, world: &World, input: &Value) -> bool {
        self.alone || is_about(world, &self.key, input)
    }

    fn write(&mut self, world: &mut World, operation: &str, input: &Value) {
        self.seen.tried.push(Tried {
            operation: operation.to_owned(),
            input: input.clone(),
            at: world.now(),
            newest: Newest::of(world, &self.key),
            own_revision: traffic::own_revision(world, &self.key),
        });
    }
}

/// Whether a request is about this service, or an answer: it names the service, or a deployment of it. In worlds of
/// several services all that belongs to one is called by its name.
pub fn is_about(world: &World, key: &ServiceKey, document: &Value) -> bool {
    let id = document["deploymentId"].as_str().unwrap_or_default();
    match world.deployment(id) {
        Some(deployment) => deployment.service == *key,
        None => document.to_string().contains(&key.service),
    }
}

impl Watched {
    pub fn new(world: World, eyes: Vec<Eye>, outputs: PathBuf, log: Log) -> Self {
        let mut watched = Self {
            world,
            eyes,
            outputs,
            log,
            log_at_first_write: None,
        };
        watched.look();
        watched
    }

    /// Whether any write took effect.
    pub fn has_effect(&self) -> bool {
        self.eyes.iter().any(|eye| !eye.seen.effects.is_empty())
    }

    fn look(&mut self) {
        for eye in &mut self.eyes {
            eye.look(&mut self.world);
        }
    }

    fn read(&mut self, service: Service, operation: &str, input: &Value) -> Answer {
        let now = self.world.now();
        let answer = self.world.call(service, operation, input, now);
        let world = &self.world;
        for eye in &mut self.eyes {
            // Ids of tasks name no service, but their descriptions do.
            let answers = answer.as_ref().is_ok_and(|answer| eye.sees(world, answer));
            if answers || eye.sees(world, input) {
                eye.seen.calls.push((now, operation.to_owned()));
            }
        }
        answer
    }

    fn write(&mut self, service: Service, operation: &str, input: &Value) -> Answer {
        let now = self.world.now();
        if self.log_at_first_write.is_none() {
            self.log_at_first_write = Some(self.log.text());
        }
        let outputs = std::fs::read_to_string(&self.outputs).unwrap_or_default();
        let mut before = Vec::new();
        for eye in &mut self.eyes {
            before.push(self.world.service_deployments(&eye.key).len());
            if eye.sees(&self.world, input) {
                eye.seen.calls.push((now, operation.to_owned()));
                eye.write(&mut self.world, operation, input);
                let known = &mut eye.seen.outputs_at_first_write;
                known.get_or_insert_with(|| outputs.clone());
            }
        }
        let answer = self.world.call(service, operation, input, now);
        let Ok(done) = &answer else {
            return answer;
        };
        for (eye, before) in self.eyes.iter_mut().zip(before) {
            if eye.sees(&self.world, input) {
                eye.seen.effects.push(Effect {
                    operation: operation.to_owned(),
                    input: input.clone(),
                    answer: done.clone(),
                    begun: traffic::begun(&self.world, &eye.key, before, done),
                });
            }
        }
        answer
    }
}

impl Cloud for Watched {
    fn advance(&mut self, now: SystemTime) {
        while let Ok(left) = now.duration_since(self.world.now())
            && !left.is_zero()
        {
            self.world.advance(self.world.now() + left.min(STEP));
            self.look();
            if left < Duration::from_millis(1) {
                break;
            }
        }
        self.world.advance(now);
        self.look();
    }

    fn call(
        &mut self,
        service: Service,
        operation: &str,
        input: &Value,
        now: SystemTime,
    ) -> Answer {
        self.advance(now);
        if is_read(operation) {
            return self.read(service, operation, input);
        }
        let answer = self.write(service, operation, input);
        self.look();
        answer
    }

    fn http_get(&mut self, url: &str, now: SystemTime) -> Option<(u16, Vec<u8>)> {
        self.advance(now);
        self.world.http_get(url, now)
    }

    fn set_blob_base(&mut self, url: &str) {
        self.world.set_blob_base(url);
    }
}

fn is_read(operation: &str) -> bool {
    ["Describe", "List", "Get", "BatchGet"]
        .iter()
        .any(|verb| operation.starts_with(verb))
}

impl Seen {
    /// Who had the traffic at a moment.
    pub fn at(&self, moment: SystemTime) -> &[Holder] {
        let until = self.traffic.partition_point(|(from, _)| *from <= moment);
        until
            .checked_sub(1)
            .map_or(&[], |place| &self.traffic[place].1)
    }

    /// What ECS had deployed last at a moment.
    pub fn newest_at(&self, moment: SystemTime) -> Option<&Newest> {
        let until = self.newest.partition_point(|(from, _)| *from <= moment);
        self.newest[..until].last()?.1.as_ref()
    }

    /// Who had the traffic at any moment of a span.
    pub fn during(&self, from: SystemTime, to: SystemTime) -> Vec<&[Holder]> {
        let later = self
            .traffic
            .iter()
            .filter(|(at, _)| *at > from && *at <= to);
        std::iter::once(self.at(from))
            .chain(later.map(|(_, holders)| holders.as_slice()))
            .collect()
    }
}
