//! What `check` found, as a table.

use super::table::Table;
use crate::{
    report::{
        checked::Checked,
        safe::{markdown, prose},
    },
    words,
};

pub(super) fn render(checked: &Checked) -> String {
    let mut table = Table::new("| | found | what to do |");
    for finding in &checked.findings {
        let remedy = finding.remedy.as_deref().unwrap_or_default();
        table.row(&[
            &markdown(finding.kind.label()),
            &prose(&words::full_sentence(&finding.text)),
            &prose(&words::full_sentence(remedy)),
        ]);
    }
    table.finish()
}
