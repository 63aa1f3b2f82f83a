//! What is typed in a random run.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sim::world::{HttpAnswer, stage};
use ecs_rollback_action::INPUTS;

use super::dice::Dice;
use super::scene::{HOSTILE, Scene};

pub const HEALTH: &str = "http://web1.test/health";
/// Gets an event about each of several services.
pub const WEBHOOK: &str = "https://hooks.test/of-the-whole-shop";
/// Bad input where there are several.
const OF_ONE_SERVICE: [(&str, &str); 3] = [
    ("container-name", "app"),
    ("task-definition", "front1:1"),
    ("health-check-url", HEALTH),
];
/// No step back at all.
const NO_STEP: &str = "previous~0";
/// What no sink may show.
pub const SECRETS: [&str; 3] = [
    "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY",
    "AKIAIOSFODNN7EXAMPLE",
    "no-shape-gives-this-away",
];

/// The inputs of one run, by their names.
#[derive(Clone, Debug)]
pub struct Asking {
    given: BTreeMap<String, String>,
    pub timeout: Duration,
}

impl Asking {
    pub fn roll(scene: &mut Scene, dice: &mut Dice) -> Self {
        let mut given: BTreeMap<String, String> = BTreeMap::new();
        let mut give = |name: &str, value: &str| given.insert(name.to_owned(), value.to_owned());
        give("cluster", &scene.names.cluster);
        give("service", &scene.names.service);
        let (version, revision) = version(scene, dice);
        give("version", &version);
        for (name, value) in manner(dice) {
            give(name, value);
        }
        give("task-definition", &task_definition(scene, &revision, dice));
        give("dry-run", if dice.percent(8) { "true" } else { "false" });
        let timeout = timeout(dice);
        give("timeout", &format!("{timeout}s"));
        if dice.percent(15) {
            let configs = [
                "inherit",
                "CodeDeployDefault.ECSCanary10Percent5Minutes",
                "NotThere",
            ];
            give("codedeploy-deployment-config", dice.pick(&configs));
        }
        if dice.percent(10) {
            give("codedeploy-application", &scene.application);
            give("codedeploy-deployment-group", &scene.group);
        }
        if dice.percent(6) {
            let container = scene.names.container.as_str();
            give(
                "container-name",
                dice.pick(&[container, container, "envoy", "nobody"]),
            );
        }
        if dice.percent(3) {
            give(
                dice.pick(&["codedeploy-application", "service", "cluster"]),
                "nowhere",
            );
        }
        if dice.percent(10) {
            give("reason", "checkout is down ::error::x ##[error]y");
        }
        if dice.percent(20) {
            give("health-check-url", HEALTH);
            give("health-check-attempts", dice.pick(&["1", "2", "5"]));
            scene.world.set_http(HEALTH, health(scene, dice));
        }
        Self {
            given,
            timeout: Duration::from_secs(timeout),
        }
    }

    /// What is typed for all of these services; `typed` is the input `service`.
    pub fn of_several(scenes: &[Scene], typed: &str, dice: &mut Dice) -> Self {
        let mut given: BTreeMap<String, String> = BTreeMap::new();
        let mut give = |name: &str, value: &str| given.insert(name.to_owned(), value.to_owned());
        give("cluster", &scenes[0].names.cluster);
        give("service", typed);
        give("version", &version_for_all(scenes, dice));
        for (name, value) in manner(dice) {
            give(name, value);
        }
        if dice.percent(50) {
            give("active-deployment", "take-over");
        }
        give("dry-run", if dice.percent(8) { "true" } else { "false" });
        let timeout = timeout(dice);
        give("timeout", &format!("{timeout}s"));
        if dice.percent(20) {
            give("task-definition", "current");
        }
        if dice.percent(10) {
            let configs = ["inherit", "CodeDeployDefault.ECSCanary10Percent5Minutes"];
            give("codedeploy-deployment-config", dice.pick(&configs));
        }
        if dice.percent(10) {
            give("reason", "checkout is down ::error::x ##[error]y");
        }
        if dice.percent(3) {
            let (name, value) = dice.pick(&OF_ONE_SERVICE);
            give(name, value);
        }
        give("webhook-url", WEBHOOK);
        Self {
            given,
            timeout: Duration::from_secs(timeout),
        }
    }

    /// Whether what is typed for several services is bad input.
    pub fn is_bad_for_several(&self) -> bool {
        let mut inputs = OF_ONE_SERVICE.iter();
        let names_one = inputs.any(|(name, value)| self.get(name) == *value);
        names_one || self.get("version") == NO_STEP
    }

    /// With another value of an input.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.given.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The health check never gets what it expects, and the run is to return.
    pub fn make_unhealthy(&mut self, scene: &mut Scene) {
        for (name, value) in [("health-check-url", HEALTH), ("on-unhealthy", "return")] {
            self.given.insert(name.to_owned(), value.to_owned());
        }
        let body = HOSTILE.as_bytes().to_vec();
        scene.world.set_http(HEALTH, HttpAnswer::Fixed(503, body));
    }

    pub fn get(&self, name: &str) -> &str {
        self.given.get(name).map(String::as_str).unwrap_or_default()
    }

    /// What the runner sets: each declared input, those that are left out at their defaults.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let declared = INPUTS.iter().map(|input| {
            (
                input.name.to_owned(),
                input.default.unwrap_or("").to_owned(),
            )
        });
        let inputs = declared.chain(self.given.clone());
        let mut variables: BTreeMap<String, String> = inputs
            .map(|(name, value)| (format!("INPUT_{}", name.to_uppercase()), value))
            .collect();
        for (name, value) in [
            ("AWS_REGION", stage::REGION),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_ACTOR", "oncall"),
            ("GITHUB_RUN_ID", "1234567890"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "org/shop"),
            ("AWS_SECRET_ACCESS_KEY", SECRETS[0]),
            ("AWS_SESSION_TOKEN", SECRETS[2]),
        ] {
            variables.insert(name.to_owned(), value.to_owned());
        }
        variables
    }
}

fn manner(dice: &mut Dice) -> [(&'static str, &'static str); 3] {
    [
        (
            "wait-for",
            dice.pick(&["traffic", "traffic", "traffic", "completed", "nothing"]),
        ),
        (
            "active-deployment",
            dice.pick(&["take-over", "take-over", "take-over", "wait", "fail"]),
        ),
        ("alarms", dice.pick(&["ignore", "ignore", "respect"])),
    ]
}

/// Minutes, so that those that wait for something are not most of what is done here.
fn timeout(dice: &mut Dice) -> u64 {
    if dice.percent(3) {
        10_800
    } else {
        dice.pick(&[20, 90, 300, 600, 600, 1_800])
    }
}

/// Mostly a tag that all services have, so that one is not always in the way of the others.
fn version_for_all(scenes: &[Scene], dice: &mut Dice) -> String {
    let release = dice.pick(&scenes[0].releases);
    let fitting = tags_of_all(scenes);
    match dice.below(40) {
        0..=21 if !fitting.is_empty() => dice.pick(&fitting),
        22..=30 => "previous".to_owned(),
        31 => "latest".to_owned(),
        32..=35 => "stable".to_owned(),
        36 | 37 => release.digest,
        38 => dice.pick(&["v1.0.O", "v9", NO_STEP]).to_owned(),
        _ => release.tag,
    }
}

/// Tags of releases that run and stay, whichever service.
fn tags_of_all(scenes: &[Scene]) -> Vec<String> {
    let mut tags = Vec::new();
    for release in &scenes[0].releases {
        let fits = |scene: &Scene| {
            let mut releases = scene.releases.iter();
            releases.any(|other| other.sound && other.tag == release.tag)
        };
        if scenes.iter().all(fits) {
            tags.push(release.tag.clone());
        }
    }
    tags
}

/// The version that is typed, and a revision that may run it.
fn version(scene: &Scene, dice: &mut Dice) -> (String, String) {
    let release = dice.pick(&scene.releases);
    let version = match dice.below(40) {
        0..=15 => release.tag,
        16..=27 => "previous".to_owned(),
        28 => format!("previous~{}", dice.between(1, 4)),
        29 | 30 => "latest".to_owned(),
        31 | 32 => "stable".to_owned(),
        33..=38 => release.digest,
        _ => dice
            .pick(&["v1.0.O", "v9", "", "sha256:123", "a b", "previous~0"])
            .to_owned(),
    };
    (version, release.revision)
}

fn task_definition(scene: &Scene, revision: &str, dice: &mut Dice) -> String {
    match dice.below(40) {
        0..=27 => "auto".to_owned(),
        28..=34 => "current".to_owned(),
        35..=37 => revision.to_owned(),
        38 => format!("{}:{}", scene.names.family, dice.between(1, 8)),
        _ => "other:1".to_owned(),
    }
}

fn health(scene: &Scene, dice: &mut Dice) -> HttpAnswer {
    let body = HOSTILE.as_bytes().to_vec();
    match dice.below(4) {
        0 => HttpAnswer::Fixed(503, body),
        1 => HttpAnswer::Sequence(vec![(503, body.clone()), (200, body)]),
        2 => HttpAnswer::ServesOnly {
            service: scene.key.clone(),
            digest: dice.pick(&scene.releases).digest,
        },
        _ => HttpAnswer::Fixed(200, body),
    }
}
