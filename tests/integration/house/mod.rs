//! The rooms of the house, read from its sources: every arrow points down, and no two files need each other.

mod arrows;
mod circles;
mod modules;
mod proof;
mod tokens;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrows::{Arrow, Target};
use modules::Modules;

/// The rooms, bottom up. A room may use those of the lines above its own.
const FLOORS: [&[&str]; 10] = [
    &[
        "names",
        "error",
        "clock",
        "words",
        "outside",
        "environment",
        "boxed",
    ],
    &["domain"],
    &["http", "inputs", "report"],
    &["aws", "github"],
    &["observe"],
    &["plan"],
    &[
        "execute", "verify", "diagnose", "changes", "record", "notify",
    ],
    &["run"],
    &["lib", "help", "reference"],
    &["main"],
];
/// The rooms of the lowest floor are a file each, so that no circle of files is enough of a rule among them.
const GROUND: usize = 0;
/// Made from tables, and used by nobody but `main`: they need no more than the tables.
const PAGES: [&str; 2] = ["help", "reference"];
const TABLES: [&str; 4] = ["inputs", "report", "error", "reference"];
/// The one table that lies inside a room of more: the path table.
const PATH_TABLE: &str = "src/plan/row.rs";

/// What the deciding rooms must not name: whatever asks, waits, or is another one each time.
const PURE: [&str; 2] = ["plan", "domain"];
const IMPURE: [&str; 3] = ["tokio", "std::env", "getrandom"];
const IMPURE_ROOMS: [&str; 2] = ["clock", "aws"];
/// Where an SDK crate may be named; `clock` is the SDK's source of time as well as ours.
const SDK: [&str; 3] = ["aws", "http", "main"];
const SDK_TIME: (&str, &str) = ("clock", "aws_smithy_");

/// Sources by their path below the package: `src/plan/mod.rs`.
type Sources = BTreeMap<String, String>;

/// Everything that is wrong with these sources, a line each.
fn wrong(sources: &Sources) -> Vec<String> {
    let modules = Modules::read(sources);
    let arrows = arrows::all(&modules);
    let mut lines: Vec<String> = arrows.iter().filter_map(misplaced).collect();
    lines.extend(circles::all(&arrows));
    lines
}

/// Why an arrow is not allowed.
fn misplaced(arrow: &Arrow) -> Option<String> {
    let room = room_of(&arrow.file);
    let own = floor(room)?;
    match &arrow.target {
        Target::File(file) if PAGES.contains(&room) && file == PATH_TABLE => None,
        Target::File(file) => {
            let used = room_of(file);
            let floor = floor(used)?;
            (!may_use(room, used))
                .then(|| format!("{arrow} uses {used} (room {floor}) from room {own}"))
        }
        Target::Crate(path) => {
            (!may_name(room, path)).then(|| format!("{arrow} names {path} in {room}"))
        }
    }
}

fn may_use(room: &str, used: &str) -> bool {
    let (own, below) = (floor(room), floor(used));
    if room == used {
        return true;
    }
    if PAGES.contains(&room) {
        return TABLES.contains(&used);
    }
    if PURE.contains(&room) && IMPURE_ROOMS.contains(&used) {
        return false;
    }
    below < own || below == own && own == Some(GROUND)
}

fn may_name(room: &str, path: &str) -> bool {
    let is = |name: &str| path == name || path.starts_with(&format!("{name}::"));
    if PURE.contains(&room) && IMPURE.iter().any(|name| is(name)) {
        return false;
    }
    let is_time = room == SDK_TIME.0 && path.starts_with(SDK_TIME.1);
    !path.starts_with("aws_") || is_time || SDK.contains(&room)
}

/// `src/plan/codedeploy/mod.rs` is in `plan`.
fn room_of(file: &str) -> &str {
    let below = file.strip_prefix("src/").unwrap_or(file);
    let first = below.split('/').next().unwrap_or(below);
    first.strip_suffix(".rs").unwrap_or(first)
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// The sources of this package.
fn ours() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Sources::new();
    for file in files(&root.join("src")) {
        let text = std::fs::read_to_string(&file).expect("a source file");
        let name = file.strip_prefix(root).expect("it lies in the package");
        sources.insert(name.display().to_string(), text);
    }
    sources
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder of sources");
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.expect("an entry of the folder").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_arrow_points_down() {
    let wrong = wrong(&ours());
    assert!(
        wrong.is_empty(),
        "{} arrows or circles that the house forbids:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_file_is_in_a_room() {
    let sources = ours();
    let homeless: Vec<_> = sources
        .keys()
        .filter(|file| floor(room_of(file)).is_none())
        .collect();
    assert_eq!(homeless, Vec::<&String>::new());
    assert!(sources.len() > 50, "the sources were not read");
}
