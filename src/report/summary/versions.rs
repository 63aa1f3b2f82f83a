//! The list of versions, as a table narrow enough for a phone.

use time::OffsetDateTime;

use super::{from_to, table::Table};
use crate::{
    report::{
        listing::{ListedVersion, Listing},
        safe::{code, markdown, prose},
        verdict::short_commit,
    },
    words,
};

/// The table, then what else there is to know.
pub(super) fn render(listing: &Listing, now: OffsetDateTime) -> Vec<String> {
    let mut table = Table::new("| | version | served | |");
    for version in &listing.versions {
        table.row(&[
            version.mark().as_str(),
            &code(&short_commit(&version.name())),
            &served(version, now),
            &remarks(version, now),
        ]);
    }
    let mut sections = vec![table.finish()];
    for note in &listing.notes {
        sections.push(prose(&words::full_sentence(note)));
    }
    sections
}

/// For how long, since when, and by whom, a line each; the log and the output `versions` have the minute.
fn served(version: &ListedVersion, now: OffsetDateTime) -> String {
    let mut lines = Vec::new();
    match version.served_since {
        Some(since) if version.is_serving => lines.push(from_to::serving_since(since, now)),
        since => {
            lines.extend(version.served_for.map(words::duration));
            lines.extend(since.map(|at| from_to::from(at, now)));
        }
    }
    if lines.is_empty() {
        lines.push("not on record".to_owned());
    }
    if let Some(by) = version.released_by() {
        lines.push(format!("by {}", markdown(by.raw())));
    }
    lines.join("<br>")
}

fn remarks(version: &ListedVersion, now: OffsetDateTime) -> String {
    let mut remarks = version.remarks(now);
    for remark in &mut remarks {
        *remark = prose(remark);
    }
    remarks.join("<br>")
}
