//! The world that a random run meets: images, revisions, a history, and a deployment under way.

use std::time::{Duration, SystemTime};

use aws_sim::aws::Service;
use aws_sim::world::stage::{self, ACCOUNT, REGION};
use aws_sim::world::{
    ImageSpec, NativeSpec, Outcome, Past, Reached, ServiceKey, ServiceSpec, Start, World,
};
use serde_json::{Value, json};

use super::dice::Dice;
use super::names::Names;
use super::{lately, native, setting};
use crate::harness::worlds::ago;

/// What others wrote may try anything.
pub const HOSTILE: &str = "boom\n::error::gotcha\n##[add-mask]x\r\u{1b}[31m wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY no-shape-gives-this-away";

/// A world with what the invariants must know about its making.
#[derive(Clone, Debug)]
pub struct Scene {
    pub world: World,
    pub names: Names,
    pub key: ServiceKey,
    /// Set where ECS itself deploys the service, not CodeDeploy.
    pub native: Option<NativeSpec>,
    pub application: String,
    pub group: String,
    /// The first alarm that is watched.
    alarm: Option<String>,
    pub releases: Vec<Release>,
    /// ARNs of all revisions.
    pub revisions: Vec<String>,
    /// Every deployment and what it brings can be read, and no tag has moved: `previous` is exact.
    pub legible: bool,
    /// A revision names its image by a tag that moves.
    pub names_move: bool,
    /// Two groups name the service, so that two deployments may be under way at once.
    pub two_groups: bool,
    /// Successes of deployments from the oldest to the newest, by digest.
    pub served: Vec<String>,
    /// Its text, one line per fact, for whoever replays the seed.
    pub story: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Release {
    pub tag: String,
    pub digest: String,
    pub revision: String,
    /// Its tasks run and stay.
    pub sound: bool,
}

impl Scene {
    pub fn roll(names: Names, dice: &mut Dice) -> Self {
        let mut own = Dice::beside(dice);
        let world = world(dice, &mut own);
        let mut scene = Self::placed(world, names, None, dice, &mut own);
        scene.mishaps(dice);
        scene
    }

    /// A service in this world, up to what is under way; `shared`: the releases of another one that runs the same
    /// images.
    pub fn placed(
        mut world: World,
        names: Names,
        shared: Option<&[Release]>,
        dice: &mut Dice,
        own: &mut Dice,
    ) -> Self {
        let by_ecs = dice.percent(45);
        let mut spec = if by_ecs {
            native::spec(&names, dice)
        } else {
            setting::spec(&names, dice)
        };
        lately::spec(&mut spec, by_ecs, own);
        let (releases, names_move) = match shared {
            Some(shared) => same_images(&names, &mut world, shared, dice),
            None => {
                world.add_repository(&names.repository);
                releases(&names, &mut world, dice)
            }
        };
        spec.task_definition.clone_from(&releases[0].revision);
        world.create_service(&spec, ago(88 * stage::DAY));
        let alarm = spec.alarms.first().or(spec.native.alarms.first());
        let mut revisions = Vec::new();
        for release in &releases {
            revisions.push(release.revision.clone());
        }
        let mut scene = Self {
            story: vec![
                format!("{:?}", world.switches),
                format!("{:?}", world.pace),
                format!("{spec:?}"),
            ],
            world,
            key: names.key(),
            names,
            native: by_ecs.then(|| spec.native.clone()),
            application: spec.application(),
            group: spec.deployment_group(),
            alarm: alarm.cloned(),
            revisions,
            served: Vec::new(),
            releases,
            legible: !names_move,
            names_move,
            two_groups: false,
        };
        scene.history(dice);
        if dice.percent(60) {
            if by_ecs {
                native::under_way(&mut scene, &spec, dice);
            } else {
                scene.under_way(&spec, dice);
            }
        }
        lately::events(&mut scene, &spec, own);
        scene
    }

    /// What happened to its images, and what rings.
    pub fn mishaps(&mut self, dice: &mut Dice) {
        self.damage(dice);
        let alarm = self.alarm.clone();
        if let Some(alarm) = alarm.filter(|_| dice.percent(40)) {
            self.world.set_alarm(&alarm, true);
            self.told(format!("the alarm {alarm} rings"));
        }
    }

    pub fn told(&mut self, what: String) {
        self.story.push(what);
    }

    /// 0 to 40 deployments, the newest some minutes to days ago.
    fn history(&mut self, dice: &mut Dice) {
        let count = if dice.percent(75) {
            dice.between(1, 9)
        } else {
            dice.below(41)
        };
        let mut at = 60 * stage::DAY;
        // Of more than are read at first, what lies before them is not known.
        self.legible &= count <= 18;
        let in_s3 = dice.percent(15);
        let recorded = self.native.as_ref().is_none_or(|native| native.recorded);
        let unrecorded = if recorded { 0 } else { dice.below(count + 1) };
        if self.native.is_some() && recorded {
            self.served.extend(self.running());
        }
        for nth in 0..count {
            let left = count - nth;
            at = at
                .saturating_sub(dice.between(900, (at / left).max(900)))
                .max(left * 1_000 + 600);
            if self.native.is_some() {
                native::past(self, dice, at, nth >= unrecorded);
            } else {
                self.past(dice, at, in_s3);
            }
        }
    }

    fn past(&mut self, dice: &mut Dice, at: u64, in_s3: bool) {
        let release = dice.pick(&self.releases);
        let outcome = match dice.below(10) {
            0 => Outcome::Stopped,
            1 | 2 => Outcome::Failed,
            _ if !release.sound => Outcome::Failed,
            _ => Outcome::Succeeded,
        };
        let in_s3 = in_s3 && dice.percent(50);
        let hooks = dice
            .percent(20)
            .then(|| ("AfterInstall".to_owned(), "check".to_owned()));
        let past = Past {
            in_s3,
            hooks: hooks.into_iter().collect(),
            description: dice
                .percent(10)
                .then(|| HOSTILE.replace(['\r', '\u{1b}'], " ")),
            ..Past::new(&release.revision, ago(at), outcome)
        };
        let id = self.world.past_deployment(&self.key, &past);
        self.legible &= !in_s3;
        self.told(format!(
            "{id}: {outcome:?} of {}, {at} s ago, in S3: {in_s3}",
            release.tag
        ));
        if outcome == Outcome::Succeeded {
            self.served.extend(self.running());
        } else if dice.percent(40) {
            self.put_back(&id, at);
        }
    }

    /// The digest that has the traffic.
    pub fn running(&self) -> Option<String> {
        let holders = self.world.holders(&self.key);
        holders
            .into_iter()
            .flat_map(|holder| holder.digests)
            .flatten()
            .next()
    }

    /// CodeDeploy's own rollback after a failure.
    fn put_back(&mut self, undone: &str, at: u64) {
        let Some(serving) = self
            .world
            .holders(&self.key)
            .first()
            .map(|it| it.task_definition.clone())
        else {
            return;
        };
        let back = Past {
            creator: "codeDeployRollback".to_owned(),
            undoes: Some(undone.to_owned()),
            took: Duration::from_secs(30),
            ..Past::new(&serving, ago(at - 400), Outcome::Succeeded)
        };
        let id = self.world.past_deployment(&self.key, &back);
        self.served.extend(self.running());
        self.told(format!("{id}: put back after {undone}"));
    }

    /// Somebody's deployment, somewhere on its way; or the rollback that a stop of it began.
    fn under_way(&mut self, spec: &ServiceSpec, dice: &mut Dice) {
        let sound: Vec<_> = self
            .releases
            .iter()
            .filter(|release| release.sound)
            .cloned()
            .collect();
        if sound.is_empty() {
            return;
        }
        let release = dice.pick(&sound);
        let config = setting::config(dice);
        let stays = config != "CodeDeployDefault.ECSAllAtOnce";
        let reached = match (spec.ready_wait_minutes.is_some(), dice.below(5)) {
            (_, 0) => Reached::Created,
            (_, 1) => Reached::Installing,
            (true, _) => Reached::Ready,
            (false, 2 | 3) if stays => Reached::Shifting,
            (false, _) => Reached::TerminationWait,
        };
        let mut start = Start::new(&release.revision);
        start.config = Some(config.to_owned());
        let id = self.world.start_deployment(&self.key, &start, reached);
        self.told(format!(
            "{id}: under way with {}, {config}: {reached:?}",
            release.tag
        ));
        if dice.percent(20) {
            let rollback = self.world.stop_with_rollback(&id);
            self.told(format!("{id} is stopped, its rollback: {rollback:?}"));
        }
        self.legible = false;
    }

    /// What happened to images and revisions since they were deployed.
    fn damage(&mut self, dice: &mut Dice) {
        for release in self.releases.clone() {
            match dice.below(36) {
                0 => {
                    self.world
                        .delete_image(&self.names.repository, &release.digest);
                    self.legible = false;
                }
                1 if present(&mut self.world, &self.names, &release.digest) => {
                    self.world
                        .archive_image(&self.names.repository, &release.digest);
                }
                2 => {
                    let other = dice.pick(&self.releases).digest;
                    self.world
                        .move_tag(&self.names.repository, &release.tag, &other);
                    self.legible = false;
                }
                3 => {
                    self.world.remove_tag(&self.names.repository, &release.tag);
                    self.legible = false;
                }
                4 | 5 => self.world.deregister(&release.revision),
                6 => self
                    .world
                    .crash_task_definition(&release.revision, setting::crash()),
                _ => continue,
            }
            self.told(format!("something was done to {}", release.tag));
        }
    }
}

/// An empty world, as fast as it may be, with its undocumented sides.
pub fn world(dice: &mut Dice, own: &mut Dice) -> World {
    let mut world = World::new(ACCOUNT, REGION, ago(0));
    setting::pace(&mut world, dice);
    setting::switches(&mut world, dice);
    lately::switches(&mut world, own);
    world
}

/// Two to seven releases, each with its image and its revision; and whether one names its image by a tag that moves.
fn releases(names: &Names, world: &mut World, dice: &mut Dice) -> (Vec<Release>, bool) {
    let mut releases: Vec<Release> = Vec::new();
    let mut names_move = false;
    for nth in 0..dice.between(2, 7) {
        let pushed = ago((80 - nth) * stage::DAY);
        let again = (!releases.is_empty() && dice.percent(15)).then(|| dice.pick(&releases));
        // A release of configuration only is the same image with another revision.
        let (tag, digest, sound) = match again {
            Some(same) => (same.tag, same.digest, same.sound),
            None => {
                let (image, sound) = image(dice, nth == 0);
                let tag = names.tag(nth);
                (
                    tag.clone(),
                    world.push_image(&names.repository, &[&tag, "latest"], image, pushed),
                    sound,
                )
            }
        };
        if nth == 0 || dice.percent(20) {
            world.move_tag(&names.repository, "stable", &digest);
        }
        let image = (tag, digest, sound);
        let (release, moves) = release(names, world, dice, (image, nth), pushed);
        names_move |= moves;
        releases.push(release);
    }
    (releases, names_move)
}

/// The images of another service, in revisions of this one's own.
fn same_images(
    names: &Names,
    world: &mut World,
    shared: &[Release],
    dice: &mut Dice,
) -> (Vec<Release>, bool) {
    let (mut releases, mut names_move) = (Vec::new(), false);
    for (nth, other) in (0..).zip(shared) {
        let pushed = ago((80 - nth) * stage::DAY);
        let image = (other.tag.clone(), other.digest.clone(), other.sound);
        let (release, moves) = release(names, world, dice, (image, nth), pushed);
        names_move |= moves;
        releases.push(release);
    }
    (releases, names_move)
}

/// A revision that runs the image, by its tag and digest, and whether it names it by a tag that moves.
fn release(
    names: &Names,
    world: &mut World,
    dice: &mut Dice,
    ((tag, digest, sound), nth): ((String, String, bool), u64),
    pushed: SystemTime,
) -> (Release, bool) {
    let repository = names.image("");
    let image = match dice.below(12) {
        0..=5 => format!("{repository}:{tag}"),
        6 if nth > 0 => format!("{repository}:latest"),
        _ => format!("{repository}@{digest}"),
    };
    let moves = image.ends_with(":latest");
    let revision = revision(names, world, dice, (&image, nth), pushed);
    let release = Release {
        tag,
        digest,
        revision,
        // It runs whatever is the newest image then.
        sound: sound && !moves,
    };
    (release, moves)
}

fn image(dice: &mut Dice, sound: bool) -> (ImageSpec, bool) {
    let platforms = [("linux", "amd64"), ("linux", "arm64")];
    match dice.below(20) + if sound { 3 } else { 0 } {
        0 => (ImageSpec::single("linux", "arm64"), false),
        1 => (
            ImageSpec::single("linux", "amd64").crashing(1, HOSTILE),
            false,
        ),
        2 => (
            ImageSpec::single("linux", "amd64").unstartable(HOSTILE),
            false,
        ),
        3..=8 => (ImageSpec::index(&platforms), true),
        _ => (ImageSpec::single("linux", "amd64"), true),
    }
}

fn revision(
    names: &Names,
    world: &mut World,
    dice: &mut Dice,
    (image, nth): (&str, u64),
    at: SystemTime,
) -> String {
    let mut document = names.task_definition(image, dice.percent(50));
    document["containerDefinitions"][0]["environment"][0]["value"] =
        json!(format!("{}", 8_080 + nth));
    if dice.percent(30) {
        document["futureMember"] = json!({ "kept": [1, 2.5, null], "nth": nth });
        document["containerDefinitions"][0]["x-future-flag"] = json!(true);
    }
    if dice.percent(30) {
        document["tags"] = json!([{ "key": "team", "value": "shop" }]);
    }
    if dice.percent(20) {
        let sidecars = document["containerDefinitions"]
            .as_array_mut()
            .expect("a list");
        sidecars.push(sidecar(image));
    }
    world.register_task_definition(&document, at)
}

/// Another container with the same image, which moves with the first.
fn sidecar(image: &str) -> Value {
    json!({ "name": "worker", "image": image, "essential": false })
}

/// Whether an image is there, archived or not.
pub fn present(world: &mut World, names: &Names, digest: &str) -> bool {
    let input = json!({
        "repositoryName": names.repository,
        "imageIds": [{ "imageDigest": digest }],
        "filter": { "imageStatus": "ANY" },
    });
    let now = world.now();
    world
        .call(Service::Ecr, "DescribeImages", &input, now)
        .is_ok()
}
