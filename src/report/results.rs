//! The output `results`: the outputs of each of several services as one JSON list, small enough for a later step.

use serde_json::{Map, Value, json};

use super::{data::Report, shortened::MOST_BYTES, values::but_report};
use crate::words;

/// Outputs that are sentences, of any length: nobody looks anything up by them.
const SENTENCES: [&str; 3] = ["cause", "held-by", "held-reason"];

/// How much of each service's longest outputs is kept.
struct Most {
    /// Characters of a sentence.
    characters: usize,
    /// Of the versions that `history` lists, the newest.
    versions: usize,
}

const FIRST: Most = Most {
    characters: 2_000,
    versions: 10,
};
const FEWEST_CHARACTERS: usize = 125;

/// On one line. Where that would be too long, sentences are cut and older versions are left out.
pub(super) fn text(reports: &[Report]) -> String {
    let mut most = FIRST;
    loop {
        let text = list(reports, &most);
        let is_least = most.characters == FEWEST_CHARACTERS && most.versions == 1;
        if text.len() <= MOST_BYTES || is_least {
            return text;
        }
        most = most.halved();
    }
}

impl Most {
    fn halved(&self) -> Self {
        Self {
            characters: FEWEST_CHARACTERS.max(self.characters / 2),
            versions: 1.max(self.versions / 2),
        }
    }
}

fn list(reports: &[Report], most: &Most) -> String {
    let results: Vec<_> = reports.iter().map(|report| result(report, most)).collect();
    json!(results).to_string()
}

fn result(report: &Report, most: &Most) -> Map<String, Value> {
    let mut result = Map::new();
    result.insert("service".to_owned(), json!(report.asked.service));
    for (name, value) in but_report(report) {
        let mut value = value.unwrap_or_default();
        if SENTENCES.contains(&name) {
            value = words::capped(&value, most.characters);
        }
        result.insert(name.to_owned(), json!(value));
    }
    if let Some(listing) = &report.listing {
        let versions = listing.newest(most.versions);
        result.insert("versions".to_owned(), json!(versions.to_string()));
    }
    result
}
