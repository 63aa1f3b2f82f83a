//! Knex: `knex.schema`.

use super::super::calls::Style;
use super::super::vocabulary::{Meaning, Vocabulary, WayBack};
use super::{
    CHANGES_ROWS, Change, DROPS_CONSTRAINT, DROPS_INDEX, JAVASCRIPT, REPLACES, required_if,
};
use Meaning::{Breaks, Creates, Fine, Opens, Sql, Unsure};

pub(crate) static KNEX: Vocabulary = Vocabulary {
    language: &JAVASCRIPT,
    style: Style::Parenthesised,
    way_back: WayBack::Braces,
    words: &[
        (
            "t.unique table.unique t.foreign table.foreign t.primary table.primary t.check table.check",
            Breaks(Change::Restricts, 0),
        ),
        ("schema.table alterTable", Opens),
        (
            "createTable createTableIfNotExists createTableLike",
            Creates,
        ),
        ("dropTable dropTableIfExists", Breaks(Change::DropsTable, 1)),
        (
            "dropColumn dropColumns dropTimestamps",
            Breaks(Change::DropsColumn, 0),
        ),
        ("renameColumn", Breaks(Change::RenamesColumn, 0)),
        ("renameTable", Breaks(Change::RenamesTable, 1)),
        ("alter", Breaks(Change::ChangesType, 0)),
        ("setNullable", Breaks(Change::AllowsNull, 0)),
        ("dropNullable", Breaks(Change::RequiresValue, 0)),
        (
            "dropView dropViewIfExists dropMaterializedView dropMaterializedViewIfExists",
            Breaks(Change::DropsView, 1),
        ),
        ("renameView", Breaks(Change::RenamesObject, 1)),
        (
            "dropSchema dropSchemaIfExists",
            Breaks(Change::DropsSchema, 1),
        ),
        (
            "dropExtension dropExtensionIfExists",
            Breaks(Change::DropsExtension, 1),
        ),
        ("dropIndex dropUniqueIndex", DROPS_INDEX),
        (
            "dropUnique dropForeign dropPrimary dropChecks",
            DROPS_CONSTRAINT,
        ),
        ("createViewOrReplace alterView", REPLACES),
        ("raw", Sql),
        ("truncate", Breaks(Change::Empties, 0)),
        ("update del delete increment decrement", CHANGES_ROWS),
        ("batchInsert insert", Fine),
        ("transaction", Unsure("runs its own code")),
        (
            "knex hasTable hasColumn withSchema createView createMaterializedView createSchema createSchemaIfNotExists createExtension createExtensionIfNotExists up require then",
            Fine,
        ),
    ],
    tables: "t table tbl builder",
    column,
    types: "knex.fn",
    only_on: None,
};

/// A column is optional unless it says otherwise; with `alter` it is not new.
fn column(statement: &str) -> Meaning {
    let is_new = !statement.contains(".alter(");
    let is_filled = statement.contains("defaultTo(") || statement.contains("increments(");
    let is_required = statement.contains("notNullable(") || statement.contains("notNull(");
    required_if(is_new && is_required && !is_filled, 0)
}
