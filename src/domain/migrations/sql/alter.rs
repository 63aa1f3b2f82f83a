//! `ALTER TABLE` and the like: its actions, their names, and what they do in dialects that squawk does not know.

use super::super::judgement::Change;
use super::squawk::Finding;
use super::statement;
use super::tokens::{Kind, Token};

pub(super) struct Alter<'a, 't> {
    statement: &'a [Token<'t>],
    /// Of the table, or of the other thing that is altered.
    pub(super) name: Option<String>,
    is_table: bool,
    /// Where each action begins and ends.
    actions: Vec<std::ops::Range<usize>>,
}

/// What may stand between `ALTER` and the name.
const BEFORE_NAME: &str = "IF EXISTS ONLY FOREIGN MATERIALIZED ONLINE IGNORE";
const BEFORE_COLUMN: &str = "ADD ALTER CHANGE COLUMN DROP EXISTS IF MODIFY NOT RENAME";
/// Begins an action that adds something else than a column.
const NO_COLUMN: &str = "CHECK CONSTRAINT EXCLUDE FOREIGN FULLTEXT INDEX KEY PARTITION PRIMARY SPATIAL UNIQUE VALUE \
    CHECK CONSTRAINT EXCLUDE FOREIGN FULLTEXT INDEX KEY PARTITION PRIMARY SPATIAL UNIQUE VALUE";
/// Begins an action, or an option, that changes nothing that code sees.
const HARMLESS: &str = "ALGORITHM AUTO_INCREMENT COMMENT ENABLE ENGINE FORCE LOCK OWNER REORGANIZE VALIDATE \
    CLUSTER";

impl<'a, 't> Alter<'a, 't> {
    pub(super) fn of(statement: &'a [Token<'t>]) -> Self {
        let start = statement::skip(statement, 1, "FOREIGN MATERIALIZED ONLINE IGNORE");
        let is_table = statement.get(start).is_some_and(|token| token.is("TABLE"));
        let start = statement::skip(statement, start + 1, BEFORE_NAME);
        let (name, after) = statement::name_at(statement, start);
        Self {
            statement,
            name,
            is_table,
            actions: actions(statement, after),
        }
    }

    /// The columns that its actions add.
    pub(super) fn new_columns(&self) -> Vec<String> {
        let mut columns = Vec::new();
        for range in &self.actions {
            let action = &self.statement[range.clone()];
            if self.is_table && adds_column(action) {
                columns.extend(self.column(action));
            }
        }
        columns
    }

    /// `orders.total`, or the table where the action is about all of it.
    pub(super) fn name_of(&self, index: usize, finding: Finding) -> Option<String> {
        use Change::{MovesSchema, RenamesObject, RenamesTable, Restricts};
        let table = self.name.clone()?;
        let is_whole = matches!(
            finding,
            Finding::Breaks(MovesSchema | RenamesObject | RenamesTable | Restricts)
        );
        let range = self.actions.iter().find(|range| range.contains(&index));
        let column = range.and_then(|range| self.column(&self.statement[range.clone()]));
        match column {
            Some(column) if !is_whole && self.is_table => Some(format!("{table}.{column}")),
            _ => Some(table),
        }
    }

    fn column(&self, action: &[Token]) -> Option<String> {
        let mut start = statement::skip(action, 0, BEFORE_COLUMN);
        if action.get(start).is_some_and(|token| token.is_mark("(")) {
            start += 1;
        }
        // A column may bear the name of a keyword: DROP COLUMN exists.
        statement::name_at(action, start).0
    }

    /// What its actions do, by their verbs.
    pub(super) fn findings(&self) -> Vec<(usize, Finding)> {
        if !self.is_table {
            return vec![(0, UNKNOWN)];
        }
        let mut findings = Vec::new();
        for range in &self.actions {
            let action = &self.statement[range.clone()];
            if let Some(finding) = judge_action(action) {
                findings.push((range.start, finding));
            }
        }
        if self.actions.is_empty() {
            findings.push((0, UNKNOWN));
        }
        findings
    }
}

const UNKNOWN: Finding = Finding::Unsure("could not be parsed");

/// The parts between commas, from an index on.
fn actions(statement: &[Token], start: usize) -> Vec<std::ops::Range<usize>> {
    let mut actions = Vec::new();
    let mut begin = start;
    for at in start..=statement.len() {
        let token = statement.get(at);
        if token.is_none_or(|token| token.depth == 0 && token.is_mark(",")) {
            if begin < at {
                actions.push(begin..at);
            }
            begin = at + 1;
        }
    }
    actions
}

fn adds_column(action: &[Token]) -> bool {
    let Some([add, next]) = action.first_chunk() else {
        return false;
    };
    add.is("ADD") && !next.is_any(NO_COLUMN)
}

/// None where code of before the action does not notice it.
fn judge_action(action: &[Token]) -> Option<Finding> {
    let first = action.first()?;
    let second = action.get(1);
    let is_second = |words: &str| second.is_some_and(|token| token.is_any(words));
    if first.is("ADD") {
        return judge_add(action);
    }
    if first.is("DROP") {
        return Some(judge_drop(second));
    }
    if first.is("RENAME") {
        if is_second("INDEX KEY CONSTRAINT") {
            return None;
        }
        let is_table = is_second("TO AS") || action.len() == 2;
        let change = if is_table {
            Change::RenamesTable
        } else {
            Change::RenamesColumn
        };
        return Some(Finding::Breaks(change));
    }
    if first.is("CHANGE") {
        return Some(Finding::Breaks(judge_change(action)));
    }
    if first.is("MODIFY") {
        return Some(Finding::Breaks(Change::ChangesType));
    }
    if first.is("ALTER") {
        return judge_alter_column(action);
    }
    if first.is("CONVERT") || first.is("CHARACTER") || first.is("DEFAULT") {
        return Some(Finding::Unsure("changes a character set"));
    }
    (!first.is_any(HARMLESS)).then_some(UNKNOWN)
}

fn judge_add(action: &[Token]) -> Option<Finding> {
    if adds_column(action) {
        let has = |words: &str| action.iter().any(|token| token.is_any(words));
        let is_not_null = action
            .windows(2)
            .any(|pair| pair[0].is("NOT") && pair[1].is("NULL"));
        let fills_itself = has("DEFAULT GENERATED AUTO_INCREMENT IDENTITY AS");
        let is_required = is_not_null && !fills_itself;
        return is_required.then_some(Finding::Breaks(Change::AddsRequired));
    }
    let is_index = action
        .get(1)
        .is_some_and(|token| token.is_any("INDEX KEY FULLTEXT SPATIAL PARTITION"));
    (!is_index).then_some(Finding::Breaks(Change::Restricts))
}

fn judge_drop(object: Option<&Token>) -> Finding {
    let Some(object) = object else {
        return UNKNOWN;
    };
    if object.is_any("INDEX KEY") {
        return Finding::Unsure("drops an index");
    }
    if object.is_any("CONSTRAINT FOREIGN PRIMARY CHECK") {
        return Finding::Unsure("drops a constraint");
    }
    if object.is("PARTITION") {
        return Finding::Breaks(Change::DropsObject);
    }
    Finding::Breaks(Change::DropsColumn)
}

/// MySQL's `CHANGE old new type`: the same name twice changes the type alone.
fn judge_change(action: &[Token]) -> Change {
    let start = statement::skip(action, 1, "COLUMN");
    let (old, after) = statement::name_at(action, start);
    let (new, _) = statement::name_at(action, after);
    if old == new {
        Change::ChangesType
    } else {
        Change::RenamesColumn
    }
}

fn judge_alter_column(action: &[Token]) -> Option<Finding> {
    let start = statement::skip(action, 1, "COLUMN");
    let is_index = action
        .get(1)
        .is_some_and(|token| token.is_any("INDEX CHECK CONSTRAINT"));
    if is_index {
        return Some(Finding::Unsure("changes an index or a constraint"));
    }
    let (_, after) = statement::name_at(action, start);
    let next = action.get(after)?;
    let is_default = action
        .get(after + 1)
        .is_some_and(|token| token.is("DEFAULT"));
    if next.is("SET") && is_default {
        return Some(Finding::Unsure("changes a default"));
    }
    if next.is("DROP") && is_default {
        return Some(Finding::Breaks(Change::DropsDefault));
    }
    // SQL Server names the new type right behind the column.
    let is_type = matches!(next.kind, Kind::Word | Kind::Name);
    Some(if is_type {
        Finding::Breaks(Change::ChangesType)
    } else {
        UNKNOWN
    })
}
