//! TypeORM: `queryRunner`.

use super::super::calls::Style;
use super::super::vocabulary::{Meaning, Vocabulary, WayBack};
use super::{Change, DROPS_CONSTRAINT, DROPS_INDEX, JAVASCRIPT, required_if};
use Meaning::{Breaks, Creates, Depends, Fine, Sql, Unsure};

pub(crate) static TYPE_ORM: Vocabulary = Vocabulary {
    language: &JAVASCRIPT,
    style: Style::Parenthesised,
    way_back: WayBack::Braces,
    words: &[
        ("dropColumn dropColumns", Breaks(Change::DropsColumn, 2)),
        ("dropTable", Breaks(Change::DropsTable, 1)),
        ("dropView", Breaks(Change::DropsView, 1)),
        ("dropSchema", Breaks(Change::DropsSchema, 1)),
        ("dropDatabase", Breaks(Change::DropsDatabase, 1)),
        ("clearTable", Breaks(Change::Empties, 1)),
        ("renameColumn", Breaks(Change::RenamesColumn, 2)),
        ("renameTable", Breaks(Change::RenamesTable, 1)),
        ("changeColumn changeColumns", Breaks(Change::ChangesType, 2)),
        ("addColumn addColumns", Depends(column)),
        ("createTable", Creates),
        ("createIndex createIndices", Depends(index)),
        (
            "createForeignKey createForeignKeys createUniqueConstraint createUniqueConstraints createCheckConstraint createCheckConstraints createPrimaryKey createExclusionConstraint",
            Breaks(Change::Restricts, 1),
        ),
        (
            "dropForeignKey dropForeignKeys dropUniqueConstraint dropUniqueConstraints dropCheckConstraint dropCheckConstraints dropPrimaryKey updatePrimaryKeys dropExclusionConstraint",
            DROPS_CONSTRAINT,
        ),
        ("dropIndex dropIndices", DROPS_INDEX),
        ("query", Sql),
        (
            "getRepository createQueryBuilder save",
            Unsure("changes rows"),
        ),
        (
            "createSchema createDatabase createView hasTable hasColumn getTable startTransaction commitTransaction connect release up",
            Fine,
        ),
    ],
    tables: "",
    column: |_| Fine,
    types: "",
    only_on: None,
};

/// A `TableColumn` is required unless it says otherwise.
fn column(statement: &str) -> Meaning {
    let fills_itself = [
        "isNullable:true",
        "default:",
        "isGenerated:true",
        "asExpression:",
    ];
    let is_required = !fills_itself.iter().any(|part| statement.contains(part));
    required_if(is_required, 2)
}

fn index(statement: &str) -> Meaning {
    if statement.contains("isUnique:true") {
        return Breaks(Change::Restricts, 1);
    }
    Fine
}
