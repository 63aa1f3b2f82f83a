//! The stories that the faults strike: between them they reach every operation that the action calls.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aws_sim::Calls;
use aws_sim::world::stage::{Web1, web1, web1_with};
use aws_sim::world::{Crash, Outcome, Past, Reached, Start, World};

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
    /// How it ends while nothing goes wrong.
    pub ends: &'static str,
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
pub fn all() -> &'static [Story] {
    static STORIES: OnceLock<Vec<Story>> = OnceLock::new();
    STORIES.get_or_init(tell)
}

fn tell() -> Vec<Story> {
    let story = |name, world, version, creates, ends| {
        let story =
            Story { name, world, version, creates, ends, calls: BTreeMap::new(), total: Counts::default() };
        let calls = super::alone(async {
            let step = story.step();
            let done = step.run().await;
            let codes: &[&str] = if ends == "reverted" { &["deployment-reverted"] } else { &[] };
            done.ended(&step, ends, codes, creates);
            step.sim.calls()
        });
        story.told(&calls)
    };
    let back = |name, world, version, creates| story(name, world, version, creates, "rolled-back");
    vec![
        back("reuse", web1().world, "v1.0.0", 1),
        back("register", hotfix(web1().world), "v1.1.1", 1),
        back("previous", web1().world, "previous", 1),
        back("search", unnamed(), "v1.0.0", 1),
        back("reroute", deploying(Reached::TerminationWait, None), "v1.1.0", 0),
        back("end-wait", deploying(Reached::TerminationWait, None), "v1.0.0", 1),
        back("stop", hotfix(deploying(Reached::Installing, None)), "v1.1.1", 1),
        back("canary", deploying(Reached::Shifting, Some(CANARY)), "v1.1.0", 0),
        back("adopt", deploying(Reached::Installing, None), "v1.2.0", 0),
        back("ready", ready(), "v1.0.0", 1),
        story("crash", crashing(), "v1.0.0", 1, "reverted"),
    ]
}

const CANARY: &str = "CodeDeployDefault.ECSCanary10Percent5Minutes";

/// An image that never ran here: its platform is checked and its revision registered.
fn hotfix(mut world: World) -> World {
    world.push_image("web1", &["v1.1.1"], amd64(), ago(600));
    world
}

/// The target does not start any more: its deployment fails, and AWS rolls it back.
fn crashing() -> World {
    let Web1 { mut world, releases, .. } = web1();
    world.pace.install_timeout = 120_000;
    let crash = Crash { exit_code: Some(1), reason: "cannot find the database".to_owned() };
    world.set_image_crash("web1", &releases[0].digest, Some(crash));
    world
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
