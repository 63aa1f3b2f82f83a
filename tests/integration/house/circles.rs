//! Files that need each other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::arrows::{Arrow, Target};

type Files<'a> = BTreeMap<&'a str, BTreeMap<&'a str, usize>>;

/// One line for each knot of files: its shortest circle, and how many files are tied up in it.
pub fn all(arrows: &[Arrow]) -> Vec<String> {
    let files = files(arrows);
    let reached: BTreeMap<&str, BTreeSet<&str>> = files
        .keys()
        .map(|file| (*file, reached_from(&files, file)))
        .collect();
    let mut lines = Vec::new();
    let mut seen = BTreeSet::new();
    for (file, others) in &reached {
        if !others.contains(file) || seen.contains(file) {
            continue;
        }
        let is_tied = |other: &&str| reached.get(*other).is_some_and(|back| back.contains(file));
        let knot: BTreeSet<&str> = others.iter().copied().filter(is_tied).collect();
        let shortest = knot.iter().filter_map(|start| circle(&files, start));
        if let Some(shortest) = shortest.min_by_key(Vec::len) {
            lines.push(told(&files, &shortest, knot.len()));
        }
        seen.extend(knot);
    }
    lines
}

/// Each file with those that it uses, and the first line where it does.
fn files(arrows: &[Arrow]) -> Files<'_> {
    let mut files = Files::new();
    for arrow in arrows {
        if let Target::File(used) = &arrow.target {
            let uses = files.entry(&arrow.file).or_default();
            uses.entry(used).or_insert(arrow.line);
        }
    }
    files
}

fn reached_from<'a>(files: &Files<'a>, start: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = vec![start];
    while let Some(file) = next.pop() {
        for used in files.get(file).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(*used) {
                next.push(used);
            }
        }
    }
    reached
}

/// The shortest way from a file back to itself, without its end.
fn circle<'a>(files: &Files<'a>, start: &'a str) -> Option<Vec<&'a str>> {
    let mut ways = VecDeque::from([vec![start]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let last = way.last()?;
        for used in files.get(last).into_iter().flat_map(BTreeMap::keys) {
            if *used == start {
                return Some(way);
            }
            if seen.insert(*used) {
                ways.push_back(way.iter().copied().chain([*used]).collect());
            }
        }
    }
    None
}

fn told(files: &Files<'_>, circle: &[&str], knot: usize) -> String {
    let mut line = "circle:".to_owned();
    for (at, file) in circle.iter().enumerate() {
        let next = circle[(at + 1) % circle.len()];
        line += &format!(" {file}:{} uses", files[file][next]);
    }
    line += &format!(" {}", circle[0]);
    if knot > circle.len() {
        line += &format!(" ({knot} files need each other)");
    }
    line
}
