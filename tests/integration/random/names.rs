//! What the service and all that belongs to it are called: as in the README, or by names that are legal and look
//! like secrets, are as long as AWS takes them, or have every character that AWS takes.

use std::ops::Deref;

use aws_sim::world::stage;

use super::dice::Dice;

/// Their own dice: all else in a seed is what it would be with the README's names.
const OWN_DICE: u64 = 0x6e61_6d65_735f_0000;

/// Legal everywhere, and words that come before a secret in other people's texts.
const TELLING: [&str; 8] = [
    "reset-password",
    "auth-token",
    "client-secret",
    "api-key",
    "db_password",
    "access_key",
    "session-token",
    "credentials",
];
/// Of several in one cluster, each by one of its two names.
const SERVICES: [[&str; 2]; 5] = [
    ["front1", "reset-password"],
    ["worker1", "auth-token"],
    ["cron1", "client-secret"],
    ["mail1", "db_password"],
    ["search1", "access_key"],
];
/// Letters, digits, `-`, `_`: what ECS takes in the names of clusters, services, families and containers.
const LEGAL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ-abcdefghijklmnopqrstuvwxyz_0123456789";
/// ECS's longest name, ECR's longest repository and tag, CodeDeploy's longest name.
const ECS: usize = 255;
const REPOSITORY: usize = 256;
const TAG: usize = 128;
const CODEDEPLOY: usize = 100;

#[derive(Clone, Debug)]
pub struct Names {
    all: stage::Names,
    /// Of the group, where it has no default name.
    pub application: String,
    pub group: String,
    /// Of a group that was made anew, and of its application.
    pub anew: String,
    /// Before and behind a release's number in its tag.
    tag: (String, String),
}

/// The names that the simulator's stages know.
impl Deref for Names {
    type Target = stage::Names;

    fn deref(&self) -> &stage::Names {
        &self.all
    }
}

impl Names {
    pub fn roll(seed: u64) -> Self {
        let dice = &mut Dice::new(seed ^ OWN_DICE);
        let mut names = Self {
            all: stage::Names::default(),
            application: "Shop".to_owned(),
            group: "Web1-BlueGreen".to_owned(),
            anew: "anew".to_owned(),
            tag: ("v1.".to_owned(), ".0".to_owned()),
        };
        if dice.percent(60) {
            return names;
        }
        let all = &mut names.all;
        let of_ecs = [
            &mut all.cluster,
            &mut all.service,
            &mut all.family,
            &mut all.container,
        ];
        for name in of_ecs {
            odd(name, ECS, dice);
        }
        if all.container == "envoy" || all.container == "worker" {
            all.container = "web1".to_owned();
        }
        odd(&mut names.application, CODEDEPLOY, dice);
        odd(&mut names.group, CODEDEPLOY, dice);
        repository(&mut names.all.repository, dice);
        names.tag = match dice.below(4) {
            0 => ("token-1.".to_owned(), ".0".to_owned()),
            1 => ("secret_1.".to_owned(), "-rc.1".to_owned()),
            2 => {
                let front = "password-1.".to_owned();
                let behind = format!(".0_{LEGAL}{LEGAL}");
                (front, behind)
            }
            _ => names.tag,
        };
        names
    }

    /// Those of so many services of one cluster: none is part of what belongs to another. Some share the repository.
    pub fn of_several(count: usize, dice: &mut Dice) -> Vec<Self> {
        let cluster = dice.pick(&["prod", "prod", "session-token"]);
        let container = dice.percent(30).then_some("app");
        let sharing = dice.pick(&[0, 50, 100]);
        let from = dice.place(SERVICES.len());
        let mut several = Vec::new();
        for nth in 0..count {
            let words = SERVICES[(from + nth) % SERVICES.len()];
            let service = words[usize::from(dice.percent(25))];
            let mut all = stage::Names::all(service);
            cluster.clone_into(&mut all.cluster);
            if let Some(container) = container {
                container.clone_into(&mut all.container);
            }
            if dice.percent(sharing) {
                "shop".clone_into(&mut all.repository);
            }
            several.push(Self {
                all,
                application: "Shop".to_owned(),
                group: format!("{service}-BlueGreen"),
                anew: format!("anew-{service}"),
                tag: ("v1.".to_owned(), ".0".to_owned()),
            });
        }
        several
    }

    /// The tag of a release, as long as a tag can be at most.
    pub fn tag(&self, nth: u64) -> String {
        let (front, behind) = &self.tag;
        let mut tag = format!("{front}{nth}{behind}");
        tag.truncate(TAG);
        tag
    }
}

/// Three in four names change.
fn odd(name: &mut String, longest: usize, dice: &mut Dice) {
    let word = dice.pick(&TELLING);
    match dice.below(4) {
        0 => *name = word.to_owned(),
        1 => *name = long(word, longest),
        2 => *name = LEGAL.to_owned(),
        _ => {}
    }
}

/// `auth-token-ABC…`, to the last character.
fn long(word: &str, longest: usize) -> String {
    let mut name = format!("{word}-{}", LEGAL.repeat(longest / LEGAL.len() + 1));
    name.truncate(longest);
    name
}

/// Lower case, and parts between slashes with single `.`, `-`, `_` in them.
fn repository(name: &mut String, dice: &mut Dice) {
    let word = dice.pick(&TELLING);
    match dice.below(4) {
        0 => *name = word.to_owned(),
        1 => *name = format!("team.a/{word}/web_1"),
        2 => {
            let part = format!("{word}/0123456789.abcdefghijklm-nopqrstuvwxyz_");
            *name = part.repeat(REPOSITORY / part.len() + 1);
            name.truncate(REPOSITORY - 1);
            name.push('z');
        }
        _ => {}
    }
}
