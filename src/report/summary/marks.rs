//! The tags that were put on what serves, as a table.

use super::table::Table;
use crate::report::{
    marks::Mark,
    safe::{code, prose},
};

/// Empty where there is none.
pub(super) fn render(marks: &[Mark]) -> String {
    let mut table = Table::new("| | tag | |");
    for mark in marks {
        table.row(&[
            &mark.place.to_string(),
            &code(&mark.tag),
            &prose(&mark.remark()),
        ]);
    }
    table.finish()
}
