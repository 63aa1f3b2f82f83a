//! A world that is watched: who had the traffic at which moment, and every write that took effect. Invariants
//! look at this, never at what the run says of itself.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use aws_sim::aws::{Answer, Service};
use aws_sim::cloud::Cloud;
use aws_sim::world::{Holder, ServiceKey, World};
use serde_json::Value;

use super::names::Names;
use super::traffic::{self, Newest};

/// The traffic is looked at this often while time passes, and at every call.
const STEP: Duration = Duration::from_secs(1);

/// A world and what was seen of it.
#[derive(Debug)]
pub struct Watched {
    pub world: World,
    key: ServiceKey,
    container: String,
    /// Whether the service's traffic goes to every healthy task alike.
    rolling: bool,
    /// Where the run writes its outputs.
    outputs: PathBuf,
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

impl Watched {
    pub fn new(world: World, names: &Names, rolling: bool, outputs: PathBuf) -> Self {
        let mut watched = Self {
            world,
            key: names.key(),
            container: names.container.clone(),
            rolling,
            outputs,
            seen: Seen::default(),
        };
        watched.look();
        watched
    }

    fn look(&mut self) {
        let holders = traffic::holders(&mut self.world, &self.key, &self.container, self.rolling);
        if self
            .seen
            .traffic
            .last()
            .is_none_or(|(_, before)| *before != holders)
        {
            self.seen.traffic.push((self.world.now(), holders));
        }
        let newest = Newest::of(&self.world, &self.key);
        if self
            .seen
            .newest
            .last()
            .is_none_or(|(_, before)| *before != newest)
        {
            self.seen.newest.push((self.world.now(), newest));
        }
    }

    fn write(&mut self, operation: &str, input: &Value) {
        self.seen.tried.push(Tried {
            operation: operation.to_owned(),
            input: input.clone(),
            at: self.world.now(),
            newest: Newest::of(&self.world, &self.key),
            own_revision: traffic::own_revision(&mut self.world, &self.key),
        });
        if self.seen.outputs_at_first_write.is_none() {
            self.seen.outputs_at_first_write =
                Some(std::fs::read_to_string(&self.outputs).unwrap_or_default());
        }
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
        self.seen.calls.push((now, operation.to_owned()));
        if is_read(operation) {
            return self.world.call(service, operation, input, now);
        }
        self.write(operation, input);
        let before = self.world.service_deployments(&self.key).len();
        let answer = self.world.call(service, operation, input, now);
        if let Ok(done) = &answer {
            self.seen.effects.push(Effect {
                operation: operation.to_owned(),
                input: input.clone(),
                answer: done.clone(),
                begun: traffic::begun(&self.world, &self.key, before, done),
            });
        }
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
