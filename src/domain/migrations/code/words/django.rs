//! Django: `operations = […]` of a `migrations.Migration`.

use super::super::calls::Style;
use super::super::vocabulary::{Meaning, Vocabulary, WayBack};
use super::{Change, DROPS_CONSTRAINT, DROPS_INDEX, PYTHON, required_if};
use Meaning::{Breaks, Creates, Depends, Fine, Sql, Unsure};

pub(crate) static DJANGO: Vocabulary = Vocabulary {
    language: &PYTHON,
    style: Style::Parenthesised,
    way_back: WayBack::Python,
    words: &[
        ("RemoveField", Breaks(Change::DropsColumn, 2)),
        ("DeleteModel", Breaks(Change::DropsTable, 1)),
        ("RenameField", Breaks(Change::RenamesColumn, 2)),
        (
            "RenameModel AlterModelTable",
            Breaks(Change::RenamesTable, 1),
        ),
        // Whether the database notices (a longer text) or not (a help text) is not in the file.
        ("AlterField", Breaks(Change::ChangesType, 2)),
        ("AddField", Depends(field)),
        ("CreateModel", Creates),
        ("AlterUniqueTogether", Depends(together)),
        (
            "AddConstraint AddConstraintNotValid",
            Breaks(Change::Restricts, 1),
        ),
        ("RemoveConstraint", DROPS_CONSTRAINT),
        (
            "RemoveIndex RemoveIndexConcurrently AlterIndexTogether",
            DROPS_INDEX,
        ),
        (
            "AlterOrderWithRespectTo",
            Unsure("changes the order of a model"),
        ),
        ("RunSQL", Sql),
        ("RunPython", Unsure("runs Python code")),
        (
            "AddIndex AddIndexConcurrently RenameIndex ValidateConstraint AlterModelOptions AlterModelManagers AlterModelTableComment SeparateDatabaseAndState swappable_dependency Migration",
            Fine,
        ),
        (
            "CreateExtension HStoreExtension TrigramExtension UnaccentExtension CITextExtension BtreeGinExtension BtreeGistExtension BloomExtension CryptoExtension VectorExtension CreateCollation",
            Fine,
        ),
        ("F Q Lower Upper Case When Value Func Index OpClass", Fine),
    ],
    tables: "",
    column: |_| Fine,
    types: "",
    only_on: Some("migrations"),
};

/// Django fills a new column once and drops the default again, so that code of before cannot add a row.
fn field(statement: &str) -> Meaning {
    let fills_itself = [
        "null=True",
        "db_default=",
        "ManyToManyField(",
        "GeneratedField(",
    ];
    let is_required = !fills_itself.iter().any(|part| statement.contains(part));
    required_if(is_required, 2)
}

fn together(statement: &str) -> Meaning {
    if statement.contains("set()") {
        return DROPS_CONSTRAINT;
    }
    Breaks(Change::Restricts, 1)
}
