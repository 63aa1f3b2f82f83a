//! The list of versions, as a table.

use time::OffsetDateTime;

use super::table::Table;
use crate::{
    report::{
        listing::{ListedVersion, Listing},
        safe::{code, markdown, prose},
    },
    words,
};

/// The table, then what else there is to know.
pub(super) fn render(listing: &Listing, now: OffsetDateTime) -> Vec<String> {
    let mut table = Table::new("| | version | served | by | |");
    for version in &listing.versions {
        table.row(&[
            version.mark().as_str(),
            &code(&version.name()),
            &markdown(&version.served(now)),
            &by(version),
            &prose(&version.remark(now)),
        ]);
    }
    let mut sections = vec![table.finish()];
    for note in &listing.notes {
        sections.push(prose(&words::full_sentence(note)));
    }
    sections
}

fn by(version: &ListedVersion) -> String {
    match &version.by {
        Some(by) => markdown(by.raw()),
        None => String::new(),
    }
}
