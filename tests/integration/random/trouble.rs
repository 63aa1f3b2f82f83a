//! What goes wrong in a random run: faults of AWS, another actor's deeds, and the runner's cancel.

use std::time::Duration;

use aws_sim::Sim;
use aws_sim::aws::Service;
use aws_sim::rules::{Effect, Rule};
use aws_sim::world::{NativeAct, ServiceKey, Start, World};

use serde_json::json;

use super::dice::Dice;
use super::names::Names;
use super::scene::{Scene, present};
use super::setting;
use super::watch::Watched;
use crate::harness::worlds::after;

const READS: [&str; 19] = [
    "DescribeServices",
    "DescribeTaskDefinition",
    "ListTaskDefinitions",
    "ListTasks",
    "DescribeTasks",
    "DescribeImages",
    "BatchGetImage",
    "ListImages",
    "GetDownloadUrlForLayer",
    "ListApplications",
    "ListDeploymentGroups",
    "BatchGetDeploymentGroups",
    "GetDeploymentGroup",
    "ListDeployments",
    "BatchGetDeployments",
    "BatchGetApplicationRevisions",
    "GetDeployment",
    "GetDeployment",
    "GetDeploymentTarget",
];
const WRITES: [&str; 5] = [
    "CreateDeployment",
    "CreateDeployment",
    "RegisterTaskDefinition",
    "StopDeployment",
    "ContinueDeployment",
];
/// Those of a service that ECS deploys.
const NATIVE_READS: [&str; 16] = [
    "DescribeServices",
    "DescribeServices",
    "DescribeTaskDefinition",
    "ListTaskDefinitions",
    "ListTasks",
    "DescribeTasks",
    "DescribeImages",
    "BatchGetImage",
    "ListImages",
    "GetDownloadUrlForLayer",
    "ListServiceDeployments",
    "ListServiceDeployments",
    "DescribeServiceDeployments",
    "DescribeServiceDeployments",
    "DescribeServiceRevisions",
    "DescribeServiceRevisions",
];
const NATIVE_WRITES: [&str; 6] = [
    "UpdateService",
    "UpdateService",
    "RegisterTaskDefinition",
    "StopServiceDeployment",
    "StopServiceDeployment",
    "ContinueServiceDeployment",
];

/// Rolled before the run begins.
#[derive(Clone, Debug, Default)]
pub struct Trouble {
    pub faults: Vec<Rule>,
    pub races: Vec<Race>,
    pub cancel: Option<Duration>,
    pub latency: Duration,
}

/// Somebody else's deed.
#[derive(Clone, Debug)]
pub struct Race {
    pub at: Duration,
    pub deed: Deed,
}

#[derive(Clone, Debug)]
pub enum Deed {
    Deploys(String),
    Stops {
        rollback: bool,
    },
    /// To a service that ECS deploys.
    Acts(NativeAct),
    DeletesImage(String),
    ArchivesImage(String),
    MovesTag {
        tag: String,
        digest: String,
    },
    Deregisters(String),
    Breaks(String),
    Alarm(bool),
    DeletesService,
}

impl Trouble {
    pub fn roll(scene: &Scene, dice: &mut Dice) -> Self {
        let faults = if dice.percent(50) {
            0
        } else {
            dice.between(1, 3)
        };
        let races = if dice.percent(60) {
            0
        } else {
            dice.between(1, 3)
        };
        Self {
            faults: (0..faults).map(|_| fault(scene, dice)).collect(),
            races: (0..races).map(|_| race(scene, dice)).collect(),
            cancel: dice.percent(25).then(|| moment(dice)),
            latency: Duration::from_millis(dice.pick(&[0, 40, 40, 300, 900])),
        }
    }

    /// The same with faults that strike only requests that name this service.
    #[must_use]
    pub fn narrowed_to(mut self, service: &str) -> Self {
        let faults = self.faults.into_iter().map(|fault| {
            let service = service.to_owned();
            fault.when(move |input| input.to_string().contains(&service))
        });
        self.faults = faults.collect();
        self
    }

    /// Whether somebody moves a tag, so that a revision's tag may mean another image in mid-run.
    pub fn moves_tags(&self) -> bool {
        self.races
            .iter()
            .any(|race| matches!(race.deed, Deed::MovesTag { .. }))
    }

    pub fn put_into(&self, sim: &Sim<Watched>, names: &Names) {
        for rule in &self.faults {
            sim.rule(rule.clone());
        }
        for Race { at, deed } in self.races.clone() {
            let names = names.clone();
            sim.at(at, move |watched: &mut Watched| {
                deed.act(&mut watched.world, &names)
            });
        }
    }
}

/// In the first moments, where the writes are, as often as later on.
fn moment(dice: &mut Dice) -> Duration {
    let longest = dice.pick(&[1_000, 5_000, 20_000, 90_000, 400_000]);
    Duration::from_millis(dice.below(longest))
}

fn fault(scene: &Scene, dice: &mut Dice) -> Rule {
    let operation = match (scene.native.is_some(), dice.percent(40)) {
        (false, true) => dice.pick(&WRITES),
        (false, false) => dice.pick(&READS),
        (true, true) => dice.pick(&NATIVE_WRITES),
        (true, false) => dice.pick(&NATIVE_READS),
    };
    let rule = Rule::on(operation, effect(dice));
    match dice.below(10) {
        0 => rule,
        1..=4 => rule.first(dice.between(1, 3)),
        5 | 6 => rule.nth(dice.between(1, 6)),
        7 => rule.after(dice.between(1, 6)),
        _ => rule.every(dice.between(2, 4)),
    }
}

pub fn effect(dice: &mut Dice) -> Effect {
    match dice.below(16) {
        0 | 1 => Effect::Throttle,
        2 => Effect::server_error(),
        3 => Effect::unavailable(),
        4 => Effect::access_denied("codedeploy:Something"),
        5 => Effect::expired_token(),
        6 => Effect::ResetBefore,
        7 => Effect::ResetAfter,
        8 | 9 => Effect::DropAnswer,
        10 => Effect::HangBefore,
        11 => Effect::HangAfter,
        12 => Effect::TruncateBody,
        13 => Effect::Html(dice.pick(&[200, 502])),
        _ => Effect::Delay(Duration::from_millis(dice.below(15_000))),
    }
}

fn race(scene: &Scene, dice: &mut Dice) -> Race {
    let release = dice.pick(&scene.releases);
    let native = scene.native.is_some();
    let deed = match dice.below(20) {
        0..=5 if native => Deed::Acts(NativeAct::Update(release.revision)),
        6..=8 if native => Deed::Acts(NativeAct::Stop {
            rollback: dice.percent(60),
        }),
        9 if native => Deed::Acts(NativeAct::Continue),
        0..=5 => Deed::Deploys(release.revision),
        6..=9 => Deed::Stops {
            rollback: dice.percent(60),
        },
        10 => Deed::DeletesImage(release.digest),
        11 => Deed::ArchivesImage(release.digest),
        12 | 13 => Deed::MovesTag {
            tag: release.tag,
            digest: dice.pick(&scene.releases).digest,
        },
        14 | 15 => Deed::Deregisters(release.revision),
        16 => Deed::Breaks(release.revision),
        17 | 18 => Deed::Alarm(dice.percent(70)),
        _ => Deed::DeletesService,
    };
    Race {
        at: moment(dice),
        deed,
    }
}

impl Deed {
    fn act(self, world: &mut World, names: &Names) {
        let (key, repository) = (names.key(), names.repository.as_str());
        match self {
            Self::Deploys(revision) => {
                world.plan_deployment(&key, &Start::new(&revision), after(0))
            }
            Self::Stops { rollback } => world.plan_stop(&key, rollback, after(0)),
            Self::Acts(act) if is_there(world, &key) => world.plan_act(&key, act, after(0)),
            Self::Acts(_) => {}
            Self::DeletesImage(digest) => world.delete_image(repository, &digest),
            Self::ArchivesImage(digest) if present(world, names, &digest) => {
                world.archive_image(repository, &digest)
            }
            Self::ArchivesImage(_) => {}
            Self::MovesTag { tag, digest } => world.move_tag(repository, &tag, &digest),
            Self::Deregisters(revision) => world.deregister(&revision),
            Self::Breaks(revision) => world.crash_task_definition(&revision, setting::crash()),
            Self::Alarm(rings) => world.set_alarm("web1-5xx", rings),
            Self::DeletesService => {
                let newest = world.service_deployments(&key).pop();
                if newest.is_none_or(|newest| newest.status.over()) {
                    world.delete_service(&key.cluster, &key.service);
                }
            }
        }
    }
}

/// Whether the service was not deleted.
fn is_there(world: &mut World, key: &ServiceKey) -> bool {
    let now = world.now();
    let input = json!({ "cluster": key.cluster, "services": [key.service] });
    let described = world.call(Service::Ecs, "DescribeServices", &input, now);
    described.is_ok_and(|described| described["services"][0]["status"] == "ACTIVE")
}
