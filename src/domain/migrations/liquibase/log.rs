//! What was found in a changelog, and what it makes itself.

use std::collections::HashSet;

use super::super::judgement::{Change, Findings};
use crate::outside::OutsideText;

/// Characters of a change's name that are told.
const LONGEST_NAME: usize = 60;

/// What was found in a changelog so far.
pub(super) struct Log<'f, 't> {
    pub(super) findings: &'f mut Findings<'t>,
    /// Tables that it makes, in lower case.
    created: HashSet<String>,
}

impl<'f, 't> Log<'f, 't> {
    pub(super) fn new(findings: &'f mut Findings<'t>) -> Self {
        Self {
            findings,
            created: HashSet::new(),
        }
    }

    pub(super) fn create(&mut self, table: Option<&str>) {
        self.created.extend(table.map(str::to_lowercase));
    }

    pub(super) fn breaks(
        &mut self,
        at: usize,
        change: Change,
        table: Option<&str>,
        column: Option<&str>,
    ) {
        let is_new = table.is_some_and(|table| self.created.contains(&table.to_lowercase()));
        if is_new {
            return;
        }
        let name = match (table, column) {
            (Some(table), Some(column)) => Some(format!("{table}.{column}")),
            (table, column) => table.or(column).map(str::to_owned),
        };
        self.findings.breaks(at, change, name.as_deref());
    }

    pub(super) fn unknown(&mut self, at: usize, name: &str) {
        let name: String = name.chars().take(LONGEST_NAME).collect();
        let name = OutsideText::new(name);
        let reason = format!("has the change {name}, which this action does not know");
        self.findings.unsure(at, reason);
    }
}
