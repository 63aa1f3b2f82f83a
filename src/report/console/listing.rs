//! The list of versions in the log.

use time::OffsetDateTime;

use super::layout::{INDENT, labelled};
use crate::report::{
    listing::{ListedVersion, Listing},
    log::Log,
};

/// Columns between two cells.
const GAP: usize = 3;

pub(super) fn tell(log: &Log, listing: &Listing, now: OffsetDateTime) {
    log.text("");
    let width = |cell: fn(&ListedVersion) -> String| {
        let cells = listing.versions.iter().map(cell);
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0) + GAP
    };
    let name_width = width(ListedVersion::name);
    let revision_width = width(revision);
    for version in &listing.versions {
        let name = version.name();
        let revision = revision(version);
        let served = version.served(now);
        let mut line = format!("{name:name_width$}{revision:revision_width$}{served}");
        if let Some(by) = version.released_by() {
            line += &format!(" · by {}", by.raw());
        }
        let remarks = version.remarks(now);
        if !remarks.is_empty() {
            line += &format!(" · {}", remarks.join("; "));
        }
        labelled(log, version.mark().as_str(), &line);
    }
    for note in &listing.notes {
        log.indented(INDENT, note);
    }
    log.text("");
}

fn revision(version: &ListedVersion) -> String {
    let revision = version.task_definition_arn.as_ref();
    // Without a version, the revision is its name.
    let revision = revision.filter(|_| version.version.is_some());
    revision
        .map(|revision| revision.short())
        .unwrap_or_default()
}
