//! Sequelize: `queryInterface`.

use super::super::calls::Style;
use super::super::vocabulary::{Meaning, Vocabulary, WayBack};
use super::{CHANGES_ROWS, Change, DROPS_CONSTRAINT, DROPS_INDEX, JAVASCRIPT, required_if};
use Meaning::{Breaks, Creates, Depends, Fine, Sql, Unsure};

pub(crate) static SEQUELIZE: Vocabulary = Vocabulary {
    language: &JAVASCRIPT,
    style: Style::Parenthesised,
    way_back: WayBack::Braces,
    words: &[
        ("removeColumn", Breaks(Change::DropsColumn, 2)),
        ("dropTable", Breaks(Change::DropsTable, 1)),
        ("dropAllTables", Breaks(Change::DropsTable, 1)),
        ("dropSchema", Breaks(Change::DropsSchema, 1)),
        ("renameColumn", Breaks(Change::RenamesColumn, 2)),
        ("renameTable", Breaks(Change::RenamesTable, 1)),
        ("changeColumn", Breaks(Change::ChangesType, 2)),
        ("addColumn", Depends(column)),
        ("createTable", Creates),
        ("addIndex", Depends(index)),
        ("addConstraint", Breaks(Change::Restricts, 1)),
        ("removeConstraint", DROPS_CONSTRAINT),
        ("removeIndex", DROPS_INDEX),
        ("query", Sql),
        ("bulkUpdate bulkDelete", CHANGES_ROWS),
        ("transaction", Unsure("runs its own code")),
        (
            "bulkInsert createSchema describeTable showAllTables up require",
            Fine,
        ),
    ],
    tables: "",
    column: |_| Fine,
    types: "Sequelize DataTypes",
    only_on: None,
};

fn column(statement: &str) -> Meaning {
    let is_required = statement.contains("allowNull:false") && !statement.contains("defaultValue:");
    required_if(is_required, 2)
}

fn index(statement: &str) -> Meaning {
    if statement.contains("unique:true") {
        return Breaks(Change::Restricts, 1);
    }
    Fine
}
