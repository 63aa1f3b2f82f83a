//! Laravel: `Schema` and `Blueprint`.

use super::super::calls::{Style, has_word};
use super::super::text::Language;
use super::super::vocabulary::{Meaning, Vocabulary, WayBack};
use super::{CHANGES_ROWS, Change, DROPS_CONSTRAINT, DROPS_INDEX, required_if, text};
use Meaning::{Breaks, Creates, Fine, Opens, Sql, Unsure};

static PHP: Language = Language {
    line_comments: &["//", "#"],
    block_comments: &[("/*", "*/")],
    quotes: &[text("\""), text("'")],
    here_text: Some("<<<"),
    has_percent_texts: false,
};

pub(crate) static LARAVEL: Vocabulary = Vocabulary {
    language: &PHP,
    style: Style::Parenthesised,
    way_back: WayBack::Braces,
    words: &[
        ("DB.statement DB.unprepared statement unprepared", Sql),
        ("DB.table", Fine),
        (
            "$table.unique $table.foreign $table.primary",
            Breaks(Change::Restricts, 0),
        ),
        (
            "$table.index $table.fullText $table.spatialIndex $table.comment $table.renameIndex $table.engine $table.charset $table.collation",
            Fine,
        ),
        ("create", Creates),
        ("table", Opens),
        (
            "drop dropIfExists dropAllTables",
            Breaks(Change::DropsTable, 1),
        ),
        ("rename", Breaks(Change::RenamesTable, 1)),
        (
            "dropColumn dropColumns dropSoftDeletes dropSoftDeletesTz dropTimestamps dropTimestampsTz dropMorphs dropRememberToken dropConstrainedForeignId dropConstrainedForeignIdFor",
            Breaks(Change::DropsColumn, 0),
        ),
        ("renameColumn", Breaks(Change::RenamesColumn, 0)),
        ("change", Breaks(Change::ChangesType, 0)),
        (
            "dropForeign dropForeignIdFor dropUnique dropPrimary",
            DROPS_CONSTRAINT,
        ),
        ("dropIndex dropFullText dropSpatialIndex", DROPS_INDEX),
        ("dropView", Breaks(Change::DropsView, 1)),
        ("truncate", Breaks(Change::Empties, 0)),
        (
            "update delete upsert updateOrInsert forceDelete chunk chunkById each",
            CHANGES_ROWS,
        ),
        ("call", Unsure("runs a command")),
        (
            "insert insertOrIgnore up raw hasTable hasColumn hasColumns hasIndex getDriverName connection enableForeignKeyConstraints disableForeignKeyConstraints getConnection withinTransaction",
            Fine,
        ),
    ],
    tables: "$table",
    column,
    types: "DB Expression",
    only_on: None,
};

/// Columns that are empty, or filled by themselves, without a word about it.
const OPTIONAL: &str = "timestamps timestampsTz softDeletes softDeletesTz nullableTimestamps \
    nullableMorphs nullableUuidMorphs nullableUlidMorphs rememberToken id increments \
    bigIncrements smallIncrements mediumIncrements tinyIncrements";
const FILLS_ITSELF: [&str; 7] = [
    "nullable(",
    "default(",
    "useCurrent(",
    "storedAs(",
    "virtualAs(",
    "generatedAs(",
    "autoIncrement(",
];

/// A column is required unless it says otherwise; with `change` it is not new.
fn column(statement: &str) -> Meaning {
    let name = statement.split('(').next().unwrap_or_default();
    let is_new = !statement.contains("change(");
    let is_optional =
        has_word(OPTIONAL, name) || FILLS_ITSELF.iter().any(|part| statement.contains(part));
    required_if(is_new && !is_optional, 0)
}
