//! The words of each framework: what its calls do to the schema.

mod alembic;
mod django;
mod ecto;
mod ef_core;
mod knex;
mod laravel;
mod rails;
mod sequelize;
mod type_orm;

pub(crate) use alembic::ALEMBIC;
pub(crate) use django::DJANGO;
pub(crate) use ecto::ECTO;
pub(crate) use ef_core::EF_CORE;
pub(crate) use knex::KNEX;
pub(crate) use laravel::LARAVEL;
pub(crate) use rails::RAILS;
pub(crate) use sequelize::SEQUELIZE;
pub(crate) use type_orm::TYPE_ORM;

use super::super::judgement::Change;
use super::text::{Escape, Language, Quote};
use super::vocabulary::Meaning;

const DROPS_INDEX: Meaning = Meaning::Unsure("drops an index");
const DROPS_CONSTRAINT: Meaning = Meaning::Unsure("drops a constraint");
const CHANGES_DEFAULT: Meaning = Meaning::Unsure("changes a default");
const CHANGES_ROWS: Meaning = Meaning::Unsure("changes rows");
const REPLACES: Meaning = Meaning::Unsure("replaces a view or a function");

/// Code of before does not write a new column: it has to be filled by itself, or to stay empty.
fn required_if(is_required: bool, names: usize) -> Meaning {
    if is_required {
        return Meaning::Breaks(Change::AddsRequired, names);
    }
    Meaning::Fine
}

const fn text(quote: &'static str) -> Quote {
    Quote {
        open: quote,
        close: quote,
        escape: Escape::Backslash,
    }
}

static PYTHON: Language = Language {
    line_comments: &["#"],
    block_comments: &[],
    quotes: &[text("\"\"\""), text("'''"), text("\""), text("'")],
    here_text: None,
    has_percent_texts: false,
};

static JAVASCRIPT: Language = Language {
    line_comments: &["//"],
    block_comments: &[("/*", "*/")],
    quotes: &[text("\""), text("'"), text("`")],
    here_text: None,
    has_percent_texts: false,
};
