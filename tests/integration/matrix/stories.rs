//! The stories that the faults strike: between them they reach every operation that the action calls.

use std::collections::BTreeMap;

use aws_sim::Calls;
use aws_sim::world::stage::{Web1, web1, web1_with};
use aws_sim::world::{Outcome, Past, Reached, Start, World};

use super::faults::Operation;
use crate::harness::Step;
use crate::worlds::{ago, amd64, asking, key, never_deployed};

/// Long enough for every story with a lost answer or two.
pub const TIMEOUT: u64 = 8 * 60;

/// A rollback that works while nothing goes wrong.
pub struct Story {
    pub name: &'static str,
    world: World,
    version: &'static str,
    /// How many deployments the run creates where it succeeds.
    pub creates: usize,
    /// Calls by operation while nothing goes wrong.
    pub calls: BTreeMap<String, Counts>,
    pub total: Counts,
}

/// Calls before the first write is sent, and from then on (the write itself is one of these).
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub before: u64,
    pub after: u64,
}

impl Story {
    pub fn step(&self) -> Step {
        asking(self.world.clone(), self.version).input("timeout", &format!("{TIMEOUT}s"))
    }

    /// The calls of an operation while nothing goes wrong; `None` where there are none.
    pub fn counts(&self, operation: &Operation) -> Option<Counts> {
        if operation.is_everything() { Some(self.total) } else { self.calls.get(&operation.name).copied() }
    }

    pub fn revisions(&self) -> usize {
        self.world.revisions("web1")
    }

    fn told(mut self, calls: &Calls) -> Self {
        let is_write =
            |name: &str| !["Describe", "List", "Get", "BatchGet"].iter().any(|verb| name.starts_with(verb));
        let mut begun = false;
        for call in calls.iter().filter(|call| call.service.is_some()) {
            begun |= is_write(&call.operation);
            for counts in [&mut self.total, self.calls.entry(call.operation.clone()).or_default()] {
                *if begun { &mut counts.after } else { &mut counts.before } += 1;
            }
        }
        self
    }
}

/// All stories, each run once with nothing going wrong.
pub fn all() -> Vec<Story> {
    let story = |name, world, version, creates| {
        let story = Story { name, world, version, creates, calls: BTreeMap::new(), total: Counts::default() };
        let calls = super::alone(async {
            let step = story.step();
            let done = step.run().await;
            done.ended(&step, "rolled-back", &[], creates);
            step.sim.calls()
        });
        story.told(&calls)
    };
    vec![
        story("reuse", web1().world, "v1.0.0", 1),
        story("register", hotfix(), "v1.1.1", 1),
        story("previous", web1().world, "previous", 1),
        story("search", unnamed(), "v1.0.0", 1),
        story("reroute", deploying(Reached::TerminationWait, None), "v1.1.0", 0),
        story("end-wait", deploying(Reached::TerminationWait, None), "v1.0.0", 1),
        story("stop", deploying(Reached::Installing, None), "v1.0.0", 1),
        story("canary", deploying(Reached::Shifting, Some(CANARY)), "v1.1.0", 0),
        story("adopt", deploying(Reached::Installing, None), "v1.2.0", 0),
        story("ready", ready(), "v1.0.0", 1),
    ]
}

const CANARY: &str = "CodeDeployDefault.ECSCanary10Percent5Minutes";

/// An image that never ran here: its platform is checked and its revision registered.
fn hotfix() -> World {
    let mut web1 = web1();
    web1.world.push_image("web1", &["v1.1.1"], amd64(), ago(600));
    web1.world
}

/// A group with a name that nobody could guess.
fn unnamed() -> World {
    never_deployed(|spec| {
        spec.application = Some("shop".to_owned());
        spec.deployment_group = Some("web".to_owned());
    })
}

/// v1.1.0 serves, and somebody deploys v1.2.0.
fn deploying(reached: Reached, config: Option<&str>) -> World {
    let Web1 { mut world, releases, .. } = web1();
    let back = Past::new(&releases[1].task_definition, ago(1800), Outcome::Succeeded);
    world.past_deployment(&key(), &back);
    let mut start = Start::new(&releases[2].task_definition);
    start.config = config.map(str::to_owned);
    world.start_deployment(&key(), &start, reached);
    world
}

/// The group holds its deployments before the shift.
fn ready() -> World {
    web1_with(|spec| spec.ready_wait_minutes = Some(30)).world
}
