//! The changes that Liquibase knows.

use super::super::judgement::Change;

/// What a change of Liquibase's does.
#[derive(Clone, Copy)]
pub(super) enum Meaning {
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
pub(super) const TABLE_NAMES: [&str; 7] = [
    "tableName",
    "baseTableName",
    "oldTableName",
    "viewName",
    "oldViewName",
    "sequenceName",
    "procedureName",
];
pub(super) const COLUMN_NAMES: [&str; 2] = ["columnName", "oldColumnName"];

pub(super) fn meaning(name: &str) -> Option<Meaning> {
    for (names, meaning) in CHANGES {
        if names.split(' ').any(|known| known == name) {
            return Some(*meaning);
        }
    }
    None
}
