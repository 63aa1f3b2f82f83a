//! Entity Framework Core: `migrationBuilder`.

use super::super::calls::Style;
use super::super::text::{Escape, Language, Quote};
use super::super::vocabulary::{Meaning, Vocabulary, WayBack};
use super::{CHANGES_ROWS, Change, DROPS_CONSTRAINT, DROPS_INDEX, required_if, text};
use Meaning::{Breaks, Creates, Depends, Fine, Sql, Unsure};

static C_SHARP: Language = Language {
    line_comments: &["//", "#"],
    block_comments: &[("/*", "*/")],
    quotes: &[
        Quote {
            open: "\"\"\"",
            close: "\"\"\"",
            escape: Escape::None,
        },
        verbatim("@\""),
        verbatim("@$\""),
        verbatim("$@\""),
        text("\""),
        text("'"),
    ],
    here_text: None,
    has_percent_texts: false,
};

const fn verbatim(open: &'static str) -> Quote {
    Quote {
        open,
        close: "\"",
        escape: Escape::Doubled,
    }
}

pub(crate) static EF_CORE: Vocabulary = Vocabulary {
    language: &C_SHARP,
    style: Style::Parenthesised,
    way_back: WayBack::Braces,
    words: &[
        ("DropColumn", Breaks(Change::DropsColumn, 1)),
        ("DropTable", Breaks(Change::DropsTable, 1)),
        ("DropSchema", Breaks(Change::DropsSchema, 1)),
        ("DropSequence", Breaks(Change::DropsSequence, 1)),
        ("RenameColumn", Breaks(Change::RenamesColumn, 1)),
        ("RenameTable", Breaks(Change::RenamesTable, 1)),
        ("RenameSequence", Breaks(Change::RenamesObject, 1)),
        ("AlterColumn", Breaks(Change::ChangesType, 1)),
        ("AddColumn", Depends(column)),
        ("CreateTable", Creates),
        ("CreateIndex", Depends(index)),
        (
            "AddForeignKey AddUniqueConstraint AddPrimaryKey AddCheckConstraint",
            Breaks(Change::Restricts, 1),
        ),
        (
            "DropForeignKey DropUniqueConstraint DropPrimaryKey DropCheckConstraint",
            DROPS_CONSTRAINT,
        ),
        ("DropIndex", DROPS_INDEX),
        ("Sql", Sql),
        ("UpdateData DeleteData", CHANGES_ROWS),
        (
            "AlterSequence RestartSequence AlterDatabase",
            Unsure("changes a sequence or the database"),
        ),
        (
            "InsertData EnsureSchema CreateSequence RenameIndex AlterTable Up nameof typeof Annotation DbContext Migration",
            Fine,
        ),
    ],
    tables: "",
    column: |_| Fine,
    types: "table x",
    only_on: None,
};

fn column(statement: &str) -> Meaning {
    let fills_itself = ["defaultValue", "computedColumnSql", "Identity"];
    let is_required = statement.contains("nullable:false")
        && !fills_itself.iter().any(|part| statement.contains(part));
    required_if(is_required, 1)
}

fn index(statement: &str) -> Meaning {
    if statement.contains("unique:true") {
        return Breaks(Change::Restricts, 1);
    }
    Fine
}
