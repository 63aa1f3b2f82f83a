//! Rails: `ActiveRecord::Migration`, with strong_migrations, scenic and GitLab's habits.

use super::super::calls::Style;
use super::super::text::Language;
use super::super::vocabulary::{Meaning, Vocabulary, WayBack};
use super::{
    CHANGES_DEFAULT, CHANGES_ROWS, Change, DROPS_CONSTRAINT, DROPS_INDEX, REPLACES, required_if,
    text,
};
use Meaning::{Breaks, Creates, Depends, Fine, Opens, Sql, Unsure};

static RUBY: Language = Language {
    line_comments: &["#"],
    block_comments: &[("=begin", "\n=end")],
    quotes: &[text("\""), text("'"), text("`")],
    here_text: Some("<<"),
    has_percent_texts: true,
};

pub(crate) static RAILS: Vocabulary = Vocabulary {
    language: &RUBY,
    style: Style::Open,
    way_back: WayBack::Ruby,
    words: &[
        (
            "t.remove t.remove_references t.remove_belongs_to t.remove_timestamps",
            Breaks(Change::DropsColumn, 0),
        ),
        ("t.rename", Breaks(Change::RenamesColumn, 0)),
        ("t.change", Breaks(Change::ChangesType, 0)),
        ("t.change_null", Depends(|statement| nullness(statement, 0))),
        ("t.change_default", CHANGES_DEFAULT),
        ("t.remove_index", DROPS_INDEX),
        ("t.index", Depends(|statement| index(statement, 0))),
        (
            "t.foreign_key t.check_constraint t.unique_constraint",
            Breaks(Change::Restricts, 0),
        ),
        ("create_table create_join_table", Creates),
        ("change_table", Opens),
        ("drop_table drop_join_table", Breaks(Change::DropsTable, 1)),
        (
            "remove_column remove_columns remove_reference remove_belongs_to remove_timestamps",
            Breaks(Change::DropsColumn, 2),
        ),
        ("rename_column", Breaks(Change::RenamesColumn, 2)),
        ("rename_table", Breaks(Change::RenamesTable, 1)),
        ("change_column", Breaks(Change::ChangesType, 2)),
        (
            "change_column_null",
            Depends(|statement| nullness(statement, 2)),
        ),
        ("change_column_default", CHANGES_DEFAULT),
        (
            "add_column add_columns add_reference add_belongs_to",
            Depends(|statement| column(statement, 2)),
        ),
        ("add_index", Depends(|statement| index(statement, 1))),
        ("remove_index", DROPS_INDEX),
        (
            "add_foreign_key add_check_constraint add_unique_constraint add_exclusion_constraint",
            Breaks(Change::Restricts, 1),
        ),
        (
            "remove_foreign_key remove_check_constraint remove_unique_constraint remove_exclusion_constraint",
            DROPS_CONSTRAINT,
        ),
        ("disable_extension", Breaks(Change::DropsExtension, 1)),
        ("drop_enum", Breaks(Change::DropsType, 1)),
        ("drop_view", Breaks(Change::DropsView, 1)),
        ("drop_function", Breaks(Change::DropsRoutine, 1)),
        ("drop_schema", Breaks(Change::DropsSchema, 1)),
        (
            "rename_enum rename_enum_value",
            Breaks(Change::RenamesObject, 1),
        ),
        ("update_view replace_view update_function", REPLACES),
        ("execute", Sql),
        ("revert", Unsure("takes back another migration")),
        (
            "where update_all delete_all destroy_all insert_all upsert_all find_each find_in_batches in_batches update_columns",
            CHANGES_ROWS,
        ),
        (
            "add_timestamps create_view create_function create_trigger create_enum add_enum_value create_schema enable_extension rename_index validate_foreign_key validate_check_constraint change_column_comment change_table_comment",
            Fine,
        ),
        (
            "class module def end if unless else elsif case when then do begin rescue ensure return each next and or not in nil true false self super include require require_relative private protected public raise",
            Fine,
        ),
        (
            "disable_ddl_transaction! disable_statement_timeout safety_assured reversible up_only up down change say say_with_time suppress_messages puts table_exists? column_exists? index_exists? foreign_key_exists? data_source_exists? extension_enabled? set_lock_timeout lock_timeout statement_timeout",
            Fine,
        ),
    ],
    tables: "t table",
    column: |statement| column(statement, 0),
    types: "dir direction",
    only_on: None,
};

fn column(statement: &str, names: usize) -> Meaning {
    let is_required = statement.contains("null:false") && !statement.contains("default:");
    required_if(is_required, names)
}

fn index(statement: &str, names: usize) -> Meaning {
    if statement.contains("unique:true") {
        return Breaks(Change::Restricts, names);
    }
    Fine
}

/// `change_column_null :orders, :total, false`
fn nullness(statement: &str, names: usize) -> Meaning {
    if statement.contains(",false") {
        return Breaks(Change::RequiresValue, names);
    }
    Breaks(Change::AllowsNull, names)
}
