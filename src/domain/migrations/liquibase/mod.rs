//! Liquibase: changelogs in XML, YAML, JSON, and SQL.

mod document;
mod xml;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use super::judgement::{Change, Findings};
use super::sql;
use crate::outside::OutsideText;

/// Characters of a change's name that are told.
const LONGEST_NAME: usize = 60;

/// What a change of Liquibase's does.
#[derive(Clone, Copy)]
enum Meaning {
    /// What is in it is looked at.
    Fine,
    Breaks(Change),
    Unsure(&'static str),
    /// Its text, or its member `sql`, is SQL.
    Sql,
    /// It may add required columns.
    AddsColumns,
    /// It makes a table: what the file does to it later breaks nothing.
    Creates,
    /// It only adds, or leads back; what is in it counts for nothing.
    Ignored,
}

/// What each change does; those that are not here are not known.
const CHANGES: &[(&str, Meaning)] = &[
    (
        "dropColumn mergeColumns",
        Meaning::Breaks(Change::DropsColumn),
    ),
    ("createTable", Meaning::Creates),
    ("dropTable", Meaning::Breaks(Change::DropsTable)),
    ("dropView", Meaning::Breaks(Change::DropsView)),
    ("dropSequence", Meaning::Breaks(Change::DropsSequence)),
    (
        "dropProcedure dropFunction dropPackage dropPackageBody",
        Meaning::Breaks(Change::DropsRoutine),
    ),
    ("dropDefaultValue", Meaning::Breaks(Change::DropsDefault)),
    ("renameColumn", Meaning::Breaks(Change::RenamesColumn)),
    ("renameTable", Meaning::Breaks(Change::RenamesTable)),
    (
        "renameView renameSequence",
        Meaning::Breaks(Change::RenamesObject),
    ),
    ("modifyDataType", Meaning::Breaks(Change::ChangesType)),
    (
        "addNotNullConstraint",
        Meaning::Breaks(Change::RequiresValue),
    ),
    ("dropNotNullConstraint", Meaning::Breaks(Change::AllowsNull)),
    (
        "addUniqueConstraint addPrimaryKey addForeignKeyConstraint addCheckConstraint",
        Meaning::Breaks(Change::Restricts),
    ),
    ("addColumn", Meaning::AddsColumns),
    ("sql", Meaning::Sql),
    (
        "rollback preConditions modifySql comment createIndex createView createSequence createProcedure createFunction createPackage createPackageBody insert loadData addLookupTable addAutoIncrement output setTableRemarks setColumnRemarks",
        Meaning::Ignored,
    ),
    (
        "delete update loadUpdateData",
        Meaning::Unsure("changes rows"),
    ),
    (
        "sqlFile customChange executeCommand",
        Meaning::Unsure("runs something that is not in the file"),
    ),
    ("dropIndex", Meaning::Unsure("drops an index")),
    (
        "dropPrimaryKey dropForeignKeyConstraint dropAllForeignKeyConstraints dropUniqueConstraint dropCheckConstraint",
        Meaning::Unsure("drops a constraint"),
    ),
    ("addDefaultValue", Meaning::Unsure("changes a default")),
    (
        "dropTrigger createTrigger disableTrigger",
        Meaning::Unsure("changes a trigger"),
    ),
    ("alterSequence", Meaning::Unsure("changes a sequence")),
    (
        "databaseChangeLog changeSet column constraints include includeAll property tagDatabase stop empty validCheckSum param where ext",
        Meaning::Fine,
    ),
];

/// Where a change names its table, or another thing.
const TABLE_NAMES: [&str; 7] = [
    "tableName",
    "baseTableName",
    "oldTableName",
    "viewName",
    "oldViewName",
    "sequenceName",
    "procedureName",
];
const COLUMN_NAMES: [&str; 2] = ["columnName", "oldColumnName"];

pub(super) fn judge(path: &str, text: &str, findings: &mut Findings) {
    let extension = path.rsplit('.').next().unwrap_or_default();
    if extension == "sql" {
        // Its `--rollback …` is a comment in SQL, too.
        return sql::judge(text, 0, findings);
    }
    let mut log = Log {
        findings,
        created: HashSet::new(),
    };
    match extension {
        "xml" => xml::judge(text, &mut log),
        _ => document::judge(text, &mut log),
    }
}

fn meaning(name: &str) -> Option<Meaning> {
    for (names, meaning) in CHANGES {
        if names.split(' ').any(|known| known == name) {
            return Some(*meaning);
        }
    }
    None
}

/// What was found in a changelog so far.
struct Log<'f, 't> {
    findings: &'f mut Findings<'t>,
    /// Tables that it makes, in lower case.
    created: HashSet<String>,
}

impl Log<'_, '_> {
    fn create(&mut self, table: Option<&str>) {
        self.created.extend(table.map(str::to_lowercase));
    }

    fn breaks(&mut self, at: usize, change: Change, table: Option<&str>, column: Option<&str>) {
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

    fn unknown(&mut self, at: usize, name: &str) {
        let name: String = name.chars().take(LONGEST_NAME).collect();
        let name = OutsideText::new(name);
        let reason = format!("has the change {name}, which this action does not know");
        self.findings.unsure(at, reason);
    }
}
