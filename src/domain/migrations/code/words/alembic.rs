//! Alembic: `op` and `batch_op`.

use super::super::calls::Style;
use super::super::vocabulary::{Meaning, Vocabulary, WayBack};
use super::{
    CHANGES_DEFAULT, CHANGES_ROWS, Change, DROPS_CONSTRAINT, DROPS_INDEX, PYTHON, REPLACES,
    required_if,
};
use Meaning::{Breaks, Creates, Depends, Fine, Opens, Sql, Unsure};

pub(crate) static ALEMBIC: Vocabulary = Vocabulary {
    language: &PYTHON,
    style: Style::Parenthesised,
    way_back: WayBack::Python,
    words: &[
        ("batch_op.drop_column", Breaks(Change::DropsColumn, 0)),
        (
            "batch_op.alter_column",
            Depends(|statement| alter(statement, 0)),
        ),
        (
            "batch_op.add_column",
            Depends(|statement| column(statement, 0)),
        ),
        (
            "batch_op.create_unique_constraint batch_op.create_foreign_key batch_op.create_check_constraint batch_op.create_primary_key",
            Breaks(Change::Restricts, 0),
        ),
        (
            "batch_op.create_index",
            Depends(|statement| index(statement, 0)),
        ),
        ("batch_alter_table", Opens),
        ("drop_column", Breaks(Change::DropsColumn, 2)),
        ("alter_column", Depends(|statement| alter(statement, 2))),
        ("add_column", Depends(|statement| column(statement, 2))),
        ("create_table", Creates),
        ("drop_table", Breaks(Change::DropsTable, 1)),
        ("rename_table", Breaks(Change::RenamesTable, 1)),
        ("create_index", Depends(|statement| index(statement, 1))),
        (
            "create_unique_constraint create_foreign_key create_check_constraint create_primary_key create_exclude_constraint",
            Breaks(Change::Restricts, 1),
        ),
        ("drop_constraint", DROPS_CONSTRAINT),
        ("drop_index", DROPS_INDEX),
        ("drop_view", Breaks(Change::DropsView, 1)),
        (
            "replace_view replace_function create_or_replace_view",
            REPLACES,
        ),
        (
            "sa.text sqlalchemy.text text f get_context autocommit_block",
            Fine,
        ),
        ("execute exec_driver_sql", Sql),
        ("run_sql", Sql),
        ("drop", Unsure("drops a type")),
        ("update delete bulk_update", CHANGES_ROWS),
        (
            "bulk_insert create_table_comment drop_table_comment create_view get_bind create has_table upgrade",
            Fine,
        ),
    ],
    tables: "",
    column: |_| Fine,
    types: "sa sqlalchemy postgresql mysql mssql sqlite oracle sqlmodel geoalchemy2 pgvector sqlalchemy_utils",
    only_on: None,
};

fn column(statement: &str, names: usize) -> Meaning {
    let fills_itself = ["server_default=", "Identity(", "Computed("];
    let is_required = statement.contains("nullable=False")
        && !fills_itself.iter().any(|part| statement.contains(part));
    required_if(is_required, names)
}

fn index(statement: &str, names: usize) -> Meaning {
    if statement.contains("unique=True") {
        return Breaks(Change::Restricts, names);
    }
    Fine
}

/// `existing_type=` and the like repeat what is there.
fn alter(statement: &str, names: usize) -> Meaning {
    let has = |argument: &str| {
        statement.contains(&format!(",{argument}")) || statement.contains(&format!("({argument}"))
    };
    if has("new_column_name=") {
        return Breaks(Change::RenamesColumn, names);
    }
    if has("type_=") {
        return Breaks(Change::ChangesType, names);
    }
    if has("nullable=False") {
        return Breaks(Change::RequiresValue, names);
    }
    if has("nullable=True") {
        return Breaks(Change::AllowsNull, names);
    }
    if has("server_default=None") {
        return Breaks(Change::DropsDefault, names);
    }
    if has("comment=") {
        return Fine;
    }
    CHANGES_DEFAULT
}
