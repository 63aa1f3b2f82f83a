//! Ecto: `use Ecto.Migration`.

use super::super::calls::Style;
use super::super::text::{Escape, Language, Quote};
use super::super::vocabulary::{Meaning, Vocabulary, WayBack};
use super::{CHANGES_ROWS, Change, DROPS_CONSTRAINT, DROPS_INDEX, required_if, text};
use Meaning::{Breaks, Creates, Depends, Fine, Opens, Sql, Unsure};

static ELIXIR: Language = Language {
    line_comments: &["#"],
    block_comments: &[],
    quotes: &[
        text("\"\"\""),
        text("'''"),
        sigil("~s(", ")"),
        sigil("~S(", ")"),
        sigil("~w(", ")"),
        sigil("~w[", "]"),
        text("\""),
        text("'"),
    ],
    here_text: None,
    has_percent_texts: false,
};

const fn sigil(open: &'static str, close: &'static str) -> Quote {
    Quote {
        open,
        close,
        escape: Escape::Backslash,
    }
}

pub(crate) static ECTO: Vocabulary = Vocabulary {
    language: &ELIXIR,
    style: Style::Open,
    way_back: WayBack::Ruby,
    words: &[
        ("create create_if_not_exists", Depends(create)),
        ("drop drop_if_exists", Depends(drop)),
        ("alter", Opens),
        ("rename", Depends(rename)),
        ("remove remove_if_exists", Breaks(Change::DropsColumn, 0)),
        ("modify", Breaks(Change::ChangesType, 0)),
        ("add add_if_not_exists", Depends(column)),
        ("execute", Sql),
        ("execute_file", Unsure("runs SQL that is not in the call")),
        ("query query!", Sql),
        (
            "update_all delete_all insert_all update delete",
            CHANGES_ROWS,
        ),
        (
            "table index unique_index constraint references timestamps flush prefix fragment repo soft_delete_columns",
            Fine,
        ),
        (
            "defmodule def defp use import alias require do end if unless else case cond with for fn when in and or not nil true false up down change",
            Fine,
        ),
    ],
    tables: "",
    column: |_| Fine,
    types: "",
    only_on: None,
};

/// `create table(:orders)`, `create unique_index(:orders, [:number])`
fn create(statement: &str) -> Meaning {
    if statement.contains("unique_index(") || statement.contains("unique:true") {
        return Breaks(Change::Restricts, 1);
    }
    if statement.contains("constraint(") {
        return Breaks(Change::Restricts, 1);
    }
    if statement.contains("index(") {
        return Fine;
    }
    Creates
}

fn drop(statement: &str) -> Meaning {
    if statement.contains("index(") {
        return DROPS_INDEX;
    }
    if statement.contains("constraint(") {
        return DROPS_CONSTRAINT;
    }
    Breaks(Change::DropsTable, 1)
}

/// `rename table(:a), to: table(:b)`, `rename table(:a), :b, to: :c`
fn rename(statement: &str) -> Meaning {
    if statement.contains("to:table(") {
        return Breaks(Change::RenamesTable, 1);
    }
    Breaks(Change::RenamesColumn, 2)
}

/// Right within `create table` a column is new with its table, and `judge` knows the table.
fn column(statement: &str) -> Meaning {
    let is_required = statement.contains("null:false") && !statement.contains("default:");
    required_if(is_required, 0)
}
