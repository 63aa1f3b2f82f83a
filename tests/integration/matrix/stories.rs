//! The stories that the faults strike: between them they reach every operation that the action calls.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aws_sim::Calls;
use aws_sim::world::stage::{Native1, Web1, native1, native1_with, web1, web1_with};
use aws_sim::world::{
    Crash, NativeHook, NativePhase, Outcome, Past, PastService, Reached, ServiceOutcome, Start,
    Strategy, World,
};

use super::faults::Operation;
use crate::harness::Step;
use crate::harness::worlds::{ago, amd64, asking, expiring, key, never_deployed};

/// Long enough for every story with a lost answer or two.
pub const TIMEOUT: u64 = 8 * 60;

/// A rollback that works while nothing goes wrong.
pub struct Story {
    pub name: &'static str,
    world: World,
    mode: &'static str,
    version: &'static str,
    /// How many deployments the run begins where it succeeds.
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
        let step = asking(self.world.clone(), self.version).input("mode", self.mode);
        let step = step.input("timeout", &format!("{TIMEOUT}s"));
        match self.world.topics().as_slice() {
            [] => step,
            [topic, ..] => step.input("sns-topic-arn", topic),
        }
    }

    /// The calls of an operation while nothing goes wrong; `None` where there are none.
    pub fn counts(&self, operation: &Operation) -> Option<Counts> {
        if operation.is_everything() {
            Some(self.total)
        } else {
            self.calls.get(&operation.name).copied()
        }
    }

    pub fn revisions(&self) -> usize {
        self.world.revisions("web1")
    }

    /// What a run began: ids of CodeDeploy's deployments, or ARNs of service deployments. Nobody else begins any.
    pub fn begun(&self, step: &Step) -> Vec<String> {
        let before = self.world.service_deployments(&key()).len();
        step.sim.world(|world| {
            let ours = world.service_deployments(&key()).into_iter().skip(before);
            world
                .created_by_clients()
                .iter()
                .cloned()
                .chain(ours.map(|it| it.arn.clone()))
                .collect()
        })
    }

    fn told(mut self, calls: &Calls) -> Self {
        let is_write = |name: &str| {
            !["Describe", "List", "Get", "BatchGet"]
                .iter()
                .any(|verb| name.starts_with(verb))
        };
        let mut begun = false;
        for call in calls.iter().filter(|call| call.service.is_some()) {
            begun |= is_write(&call.operation);
            for counts in [
                &mut self.total,
                self.calls.entry(call.operation.clone()).or_default(),
            ] {
                *if begun {
                    &mut counts.after
                } else {
                    &mut counts.before
                } += 1;
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

/// The world with a topic, which hears how the run ended.
fn with_topic(mut world: World) -> World {
    world.add_topic("on-call");
    world
}

fn tell() -> Vec<Story> {
    let story_of = |mode, name, world, version, creates, ends| {
        let story = Story {
            name,
            world,
            mode,
            version,
            creates,
            ends,
            calls: BTreeMap::new(),
            total: Counts::default(),
        };
        let calls = super::alone(async {
            let step = story.step();
            let done = step.run().await;
            let codes: &[&str] = if ends == "reverted" {
                &["deployment-reverted"]
            } else {
                &[]
            };
            let by_codedeploy = step.sim.world(|world| world.created_by_clients().len());
            done.ended(&step, ends, codes, by_codedeploy);
            assert_eq!(story.begun(&step).len(), creates, "{name}:\n{}", done.log);
            step.sim.calls()
        });
        story.told(&calls)
    };
    let story = |name, world, version, creates, ends| {
        story_of("rollback", name, world, version, creates, ends)
    };
    let back = |name, world, version, creates| story(name, world, version, creates, "rolled-back");
    vec![
        back("reuse", with_topic(web1().world), "v1.0.0", 1),
        back("register", hotfix(web1().world), "v1.1.1", 1),
        back("previous", web1().world, "previous", 1),
        back("search", unnamed(), "v1.0.0", 1),
        back(
            "reroute",
            deploying(Reached::TerminationWait, None),
            "v1.1.0",
            0,
        ),
        back(
            "end-wait",
            deploying(Reached::TerminationWait, None),
            "v1.0.0",
            1,
        ),
        back(
            "stop",
            hotfix(deploying(Reached::Installing, None)),
            "v1.1.1",
            1,
        ),
        back(
            "canary",
            deploying(Reached::Shifting, Some(CANARY)),
            "v1.1.0",
            0,
        ),
        back("adopt", deploying(Reached::Installing, None), "v1.2.0", 0),
        back("ready", ready(), "v1.0.0", 1),
        story("crash", crashing(), "v1.0.0", 1, "reverted"),
        back("ecs-rolling", native1(Strategy::Rolling).world, "v1.0.0", 1),
        back(
            "ecs-register",
            hotfix(native1(Strategy::Rolling).world),
            "v1.1.1",
            1,
        ),
        back(
            "ecs-previous",
            native1(Strategy::BlueGreen).world,
            "previous",
            1,
        ),
        back(
            "ecs-canary",
            releasing(Strategy::Canary, NativePhase::Shifting),
            "v1.1.0",
            0,
        ),
        back(
            "ecs-paused",
            releasing(Strategy::BlueGreen, NativePhase::Paused),
            "v1.2.0",
            0,
        ),
        back(
            "ecs-stop",
            hotfix(releasing(Strategy::BlueGreen, NativePhase::Baking)),
            "v1.1.1",
            1,
        ),
        back(
            "ecs-supersede",
            releasing(Strategy::Rolling, NativePhase::InProgress),
            "v1.0.0",
            1,
        ),
        story("ecs-crash", crashing_natively(), "v1.0.0", 1, "reverted"),
        story_of("check", "check", expiring(), "v1.0.0", 0, "ready"),
        story_of("history", "history", expiring(), "", 0, "listed"),
        story_of("mark-stable", "mark", web1().world, "", 0, "marked"),
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
    let Web1 {
        mut world,
        releases,
        ..
    } = web1();
    world.pace.install_timeout = 120_000;
    breaking(world, &releases[0].digest)
}

/// The same by ECS, whose circuit breaker rolls it back.
fn crashing_natively() -> World {
    let Native1 {
        world, releases, ..
    } = native1_with(Strategy::Rolling, |spec| {
        spec.native.circuit_breaker = Some(true)
    });
    breaking(world, &releases[0].digest)
}

fn breaking(mut world: World, digest: &str) -> World {
    let crash = Crash {
        exit_code: Some(1),
        reason: "cannot find the database".to_owned(),
    };
    world.set_image_crash("web1", digest, Some(crash));
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
    let Web1 {
        mut world,
        releases,
        ..
    } = web1();
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

/// The same by ECS: v1.1.0 serves, and a release of v1.2.0 has come this far.
fn releasing(strategy: Strategy, phase: NativePhase) -> World {
    let Native1 {
        mut world,
        releases,
        ..
    } = native1_with(strategy, |spec| {
        if phase == NativePhase::Paused {
            spec.native.hooks = vec![NativeHook::pause("PRE_PRODUCTION_TRAFFIC_SHIFT")];
        }
    });
    let back = PastService::new(
        &releases[1].task_definition,
        ago(1800),
        ServiceOutcome::Successful,
    );
    world.past_service_deployment(&key(), &back);
    world.start_service_deployment(&key(), &releases[2].task_definition, phase);
    world
}
