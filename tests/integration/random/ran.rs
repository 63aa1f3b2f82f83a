//! One run of one seed, with everything that the invariants look at.

use std::collections::BTreeSet;
use std::future::pending;
use std::time::{Duration, SystemTime};

use aws_sim::Sim;
use aws_sim::record::Calls;
use aws_sim::world::{Holder, World};
use ecs_rollback_action::Clock;
use ecs_rollback_action::{Connection, Credentials};
use ecs_rollback_action::{Environment, Flags};
use ecs_rollback_action::{Outside, run};
use serde_json::Value;

use super::asking::{Asking, SECRETS};
use super::dice::Dice;
use super::names::Names;
use super::scene::Scene;
use super::trouble::Trouble;
use super::watch::{Effect, Eye, Seen, Watched};
use crate::harness::runner::outputs;
use crate::harness::worlds::ago;
use crate::harness::{Done, Log, MARKER};

/// Longer than any run may last.
const FOR_EVER: Duration = Duration::from_secs(6 * 86_400);
/// How long the world is watched after a run that wrote something.
const AFTERWARDS: Duration = Duration::from_secs(15 * 60);

/// A run that has ended.
pub struct Ran {
    pub scene: Scene,
    pub asking: Asking,
    pub trouble: Trouble,
    pub done: Done,
    /// What the run's writes are found by.
    pub marker: String,
    /// `None` where the run never ended.
    pub report: Option<Value>,
    /// The world afterwards, and what was seen of it until then.
    pub world: World,
    /// The world as it was when the run ended.
    pub world_at_end: World,
    pub seen: Seen,
    pub start: SystemTime,
    pub end: SystemTime,
    /// The status of the report's deployment as the run ended.
    pub status: Option<String>,
    pub violations: Vec<String>,
    pub calls: Vec<String>,
    pub last_health: Option<String>,
    /// Every digest that was ever told as the target.
    pub targets: BTreeSet<String>,
}

impl Ran {
    pub async fn roll(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let mut scene = Scene::roll(Names::roll(seed), &mut dice);
        let asking = Asking::roll(&mut scene, &mut dice);
        let trouble = Trouble::roll(&scene, &mut dice);
        Self::of(scene, asking, trouble).await
    }

    /// The same run with a target that is unhealthy, and the wish to return from it.
    pub async fn roll_unhealthy(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let mut scene = Scene::roll(Names::roll(seed), &mut dice);
        let mut asking = Asking::roll(&mut scene, &mut dice);
        asking.make_unhealthy(&mut scene);
        let trouble = Trouble::roll(&scene, &mut dice);
        Self::of(scene, asking, trouble).await
    }

    /// The same run with parts of it changed, for what a seed has found.
    pub async fn of(scene: Scene, asking: Asking, trouble: Trouble) -> Self {
        let eyes = vec![Eye::on(&scene, true)];
        let troubles = [(&scene.names, &trouble)];
        let mut played = Played::of(scene.world.clone(), eyes, &asking, &troubles).await;
        let seen = played.seen.remove(0);
        let own = Own {
            report: serde_json::from_str(played.done.output("report")).ok(),
            done: Done {
                exit: played.done.exit,
                log: played.done.log.clone(),
                outputs: played.done.outputs.clone(),
                summary: played.done.summary.clone(),
                took: played.done.took,
            },
            targets: played.written("image-digest").map(str::to_owned).collect(),
            calls: played.calls.clone(),
            seen,
            marker: MARKER.to_owned(),
        };
        Self::new(scene, asking, trouble, &played, own)
    }

    /// A service's own part in what was played.
    pub fn new(scene: Scene, asking: Asking, trouble: Trouble, played: &Played, own: Own) -> Self {
        let Own {
            done,
            report,
            mut targets,
            calls,
            seen,
            marker,
        } = own;
        targets.remove("");
        let deployment = report.as_ref();
        let id = deployment.and_then(|report| report.pointer("/deployment/id")?.as_str());
        let health = calls
            .of("GET")
            .filter(|call| call.input.to_string().contains("/health"))
            .last();
        Self {
            calls: calls
                .iter()
                .map(|call| format!("{:?} {} {:?}", call.start, call.operation, call.answered))
                .collect(),
            last_health: health.map(|call| format!("{:?}", call.answered)),
            violations: played.violations.clone(),
            start: ago(0),
            status: status(&played.world_at_end, id.unwrap_or_default()),
            scene,
            asking,
            trouble,
            done,
            marker,
            report,
            world: played.world.clone(),
            world_at_end: played.world_at_end.clone(),
            seen,
            end: played.end,
            targets,
        }
    }

    pub fn outcome(&self) -> &str {
        self.done.output("outcome")
    }

    /// A part of the report, by a JSON pointer.
    pub fn told(&self, pointer: &str) -> Option<&str> {
        self.report.as_ref()?.pointer(pointer)?.as_str()
    }

    pub fn codes(&self) -> Vec<&str> {
        let problems = self
            .report
            .as_ref()
            .and_then(|report| report["ending"]["problems"].as_array());
        problems
            .into_iter()
            .flatten()
            .filter_map(|problem| problem["code"].as_str())
            .collect()
    }

    pub fn effects(&self, operation: &str) -> impl Iterator<Item = &Effect> {
        self.seen
            .effects
            .iter()
            .filter(move |effect| effect.operation == operation)
    }

    /// Deployments that this run created, of CodeDeploy or of ECS itself.
    pub fn ours(&self) -> Vec<String> {
        let begun = self
            .seen
            .effects
            .iter()
            .filter_map(|effect| Some(effect.begun.as_ref()?.0.clone()));
        self.created().into_iter().chain(begun).collect()
    }

    /// Those of CodeDeploy among them.
    pub fn created(&self) -> Vec<String> {
        let mut created = self.world.created_by_clients().to_vec();
        created.retain(|id| {
            let deployment = self.world.deployment(id);
            deployment.is_some_and(|deployment| deployment.service == self.scene.key)
        });
        created
    }

    /// Whether this run made the task set.
    pub fn made(&self, holder: &Holder) -> bool {
        let begun = |effect: &Effect| {
            effect
                .begun
                .as_ref()
                .is_some_and(|(_, set)| *set == holder.task_set)
        };
        let created = holder
            .made_by
            .as_ref()
            .is_some_and(|id| self.world.created_by_clients().contains(id));
        created || self.seen.effects.iter().any(begun)
    }

    /// The deployment that the report names: an id of CodeDeploy's, a service deployment's ARN, or the id of its
    /// task set where the ARN never came.
    pub fn deployment(&self) -> Option<&str> {
        self.told("/deployment/id")
    }

    /// Everything that is needed to see what happened.
    pub fn transcript(&self) -> String {
        let traffic = |(at, holders): &(SystemTime, Vec<aws_sim::world::Holder>)| {
            format!(
                "{:?}: {holders:?}",
                at.duration_since(self.start).unwrap_or_default()
            )
        };
        let newest = |(at, newest): &(SystemTime, Option<super::traffic::Newest>)| {
            format!(
                "{:?}: {newest:?}",
                at.duration_since(self.start).unwrap_or_default()
            )
        };
        let lines = |lines: Vec<String>| lines.join("\n  ");
        format!(
            "world:\n  {}\ninputs: {:?}\ntrouble: {:?}\ncalls:\n  {}\ntraffic:\n  {}\nservice deployments:\n  {}\nlog:\n{}\noutputs: {:#?}\nexit code {} after {:?}",
            lines(self.scene.story.clone()),
            self.asking,
            self.trouble,
            lines(self.calls.clone()),
            lines(self.seen.traffic.iter().map(traffic).collect()),
            lines(self.seen.newest.iter().map(newest).collect()),
            self.done.log,
            self.done.outputs,
            self.done.exit,
            self.done.took,
        )
    }
}

/// A run that has ended, whichever services it had.
pub struct Played {
    pub done: Done,
    /// The outputs' file, with every value that was ever written.
    told: String,
    /// The world a while after the end, and as it was when the run ended.
    pub world: World,
    pub world_at_end: World,
    pub end: SystemTime,
    /// Of each service.
    pub seen: Vec<Seen>,
    pub log_at_first_write: Option<String>,
    pub violations: Vec<String>,
    pub calls: Calls,
}

/// What of it is one service's own.
pub struct Own {
    pub done: Done,
    pub report: Option<Value>,
    /// Every digest that was ever told as the target.
    pub targets: BTreeSet<String>,
    pub calls: Calls,
    pub seen: Seen,
    pub marker: String,
}

impl Played {
    /// Runs the action in this world, with the trouble of each service.
    pub async fn of(
        world: World,
        eyes: Vec<Eye>,
        asking: &Asking,
        troubles: &[(&Names, &Trouble)],
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the step's files");
        let path = |name: &str| folder.path().join(name);
        let mut variables = asking.variables();
        for (name, file) in [
            ("GITHUB_OUTPUT", "output"),
            ("GITHUB_STEP_SUMMARY", "summary"),
        ] {
            variables.insert(name.to_owned(), path(file).display().to_string());
        }
        let (log, first) = (Log::default(), troubles[0].1);
        let watched = Watched::new(world, eyes, path("output"), log.clone());
        let sim = Sim::new(watched, ago(0)).with_latency(first.latency);
        for (names, trouble) in troubles {
            trouble.put_into(&sim, names);
        }
        let environment = Environment::from_iter(variables);
        let (exit, took) = ended(&sim, environment, first.cancel, log.clone()).await;
        let end = sim.clock().now();
        let world_at_end = sim.world(|watched| watched.world.clone());
        if sim.world(|watched| watched.has_effect()) {
            sim.clock().sleep(AFTERWARDS).await;
        }
        let read = |name: &str| std::fs::read_to_string(path(name)).unwrap_or_default();
        let told = read("output");
        let done = Done {
            exit,
            log: log.text(),
            outputs: outputs(&told),
            summary: read("summary"),
            took,
        };
        sim.world(|watched| Self {
            done,
            told,
            world: watched.world.clone(),
            world_at_end,
            end,
            seen: watched.eyes.iter().map(|eye| eye.seen.clone()).collect(),
            log_at_first_write: watched.log_at_first_write.clone(),
            violations: Vec::new(),
            calls: Calls::default(),
        })
        .with_calls_of(&sim)
    }

    fn with_calls_of(mut self, sim: &Sim<Watched>) -> Self {
        self.calls = sim.calls();
        let violations = sim.violations();
        self.violations = violations.iter().map(ToString::to_string).collect();
        self
    }

    /// Every value of an output, in the order in which they were written.
    pub fn written<'a>(&'a self, output: &'a str) -> impl Iterator<Item = &'a str> {
        let lines = self.told.lines();
        lines.filter_map(move |line| line.strip_prefix(output)?.strip_prefix('='))
    }
}

/// How a deployment of either kind stands.
fn status(world: &World, id: &str) -> Option<String> {
    let codedeploy = world.deployment(id).map(|it| it.status.name().to_owned());
    codedeploy.or_else(|| Some(world.service_deployment(id)?.status.name().to_owned()))
}

/// Runs the action to its end: exit code, and how long it took.
async fn ended(
    sim: &Sim<Watched>,
    environment: Environment,
    cancel: Option<Duration>,
    log: Log,
) -> (u8, Duration) {
    let clock = Clock::starting_at(sim.clock().now());
    let (http, connector) = (sim.http_client(), sim.connector());
    let outside = Outside {
        environment,
        flags: Flags::default(),
        clock,
        log: Box::new(log),
        connect: |region, clock| async move {
            let credentials = Credentials::new(SECRETS[1], "secret", None, None, "test");
            Ok(Connection::through(&region, clock, http, connector, Some(credentials)).await)
        },
        interrupt: async move {
            match cancel {
                Some(after) => clock.sleep_until(after).await,
                None => pending().await,
            }
        },
        marker: MARKER.to_owned(),
    };
    let exit = tokio::time::timeout(FOR_EVER, run(outside))
        .await
        .unwrap_or(u8::MAX);
    (exit, clock.elapsed())
}
