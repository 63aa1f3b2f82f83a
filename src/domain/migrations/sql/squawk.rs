//! PostgreSQL's statements, judged by squawk's rules for compatibility with the version before; none of its rules for
//! locks and style.
//!
//! Squawk's parser panics on some texts that are no SQL (it stops itself when it is stuck), and a panic would end the
//! run. So it never sees a text from outside: a statement is written anew from the few keywords that matter here.
//! Every other name becomes `"x"`, every expression in parentheses `(x)`.

use squawk_linter::{Linter, Rule};
use squawk_syntax::{
    SourceFile,
    ast::{self, AstNode},
};

use super::super::judgement::Change;
use super::tokens::{Kind, Token};

/// A longer statement is judged by its verbs; the parser's time grows with the square.
const MOST_TOKENS: usize = 200;

/// The keywords that squawk gets to see. With these alone no order of them was found that makes it panic.
pub(super) const KEYWORDS: &str = "ACTION ADD AFTER ALTER ALWAYS AS ATTRIBUTE BEFORE BY CASCADE CHECK COLUMN CONCURRENTLY \
    CONSTRAINT DATA DATABASE DEFAULT DEFERRABLE DEFERRED DELETE DOMAIN DROP EXISTS \
    EXPRESSION EXTENSION FOREIGN FUNCTION GENERATED IDENTITY IF IMMEDIATE INDEX INITIALLY KEY \
    MATERIALIZED NO NOT NULL ON ONLY OWNER PRIMARY PROCEDURE REFERENCES RENAME RESTRICT SCHEMA \
    SEQUENCE SET STORED TABLE TO TYPE UNIQUE UPDATE USING VALID VALIDATE VALUE VIEW";
/// The rest of a type's name: `timestamp with time zone`, `double precision`, `character varying`.
const TYPE_WORDS: &str = "WITH WITHOUT TIME ZONE PRECISION VARYING";
const MARKS: [&str; 6] = [",", ".", ":", "=", "-", "+"];

/// The rules that tell whether code of before a statement can run after it, and what each of them finds.
const RULES: [(Rule, Finding); 27] = [
    (Rule::BanDropColumn, Finding::Breaks(Change::DropsColumn)),
    (Rule::BanDropTable, Finding::Breaks(Change::DropsTable)),
    (
        Rule::BanDropDatabase,
        Finding::Breaks(Change::DropsDatabase),
    ),
    (Rule::BanDropSchema, Finding::Breaks(Change::DropsSchema)),
    (Rule::BanDropView, Finding::Breaks(Change::DropsView)),
    (Rule::BanDropFunction, Finding::Breaks(Change::DropsRoutine)),
    (Rule::BanDropType, Finding::Breaks(Change::DropsType)),
    (Rule::BanDropDomain, Finding::Breaks(Change::DropsType)),
    (
        Rule::BanDropSequence,
        Finding::Breaks(Change::DropsSequence),
    ),
    (
        Rule::BanDropExtension,
        Finding::Breaks(Change::DropsExtension),
    ),
    (Rule::BanDropDefault, Finding::Breaks(Change::DropsDefault)),
    (Rule::BanDropNotNull, Finding::Breaks(Change::AllowsNull)),
    (Rule::RenamingColumn, Finding::Breaks(Change::RenamesColumn)),
    (Rule::RenamingTable, Finding::Breaks(Change::RenamesTable)),
    (Rule::RenamingObject, Finding::Breaks(Change::RenamesObject)),
    (
        Rule::ChangingColumnType,
        Finding::Breaks(Change::ChangesType),
    ),
    (Rule::BanSetSchema, Finding::Breaks(Change::MovesSchema)),
    (
        Rule::BanAlterIdentity,
        Finding::Breaks(Change::ChangesIdentity),
    ),
    (
        Rule::BanDropGeneratedExpression,
        Finding::Breaks(Change::ChangesIdentity),
    ),
    (
        Rule::AddingNotNullableField,
        Finding::Breaks(Change::RequiresValue),
    ),
    (
        Rule::AddingRequiredField,
        Finding::Breaks(Change::AddsRequired),
    ),
    (
        Rule::BanNewWriteRestriction,
        Finding::Breaks(Change::Restricts),
    ),
    // What these three take away is missed by some code alone: a conflict target, a fast query, a value.
    (
        Rule::BanDropConstraint,
        Finding::Unsure("drops a constraint"),
    ),
    (Rule::BanDropIndex, Finding::Unsure("drops an index")),
    (Rule::BanSetDefault, Finding::Unsure("changes a default")),
    (Rule::BanDropTrigger, Finding::Unsure("drops a trigger")),
    (Rule::BanDropPolicy, Finding::Unsure("drops a policy")),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    Breaks(Change),
    /// Whether it breaks anything depends on the code of before.
    Unsure(&'static str),
}

/// What is wrong with a statement, each with the index of its token. None where it is not PostgreSQL's.
pub(super) fn findings(statement: &[Token]) -> Option<Vec<(usize, Finding)>> {
    let canonical = Canonical::of(statement)?;
    let parse = SourceFile::parse(&canonical.text);
    if !parse.errors().is_empty() {
        return None;
    }
    let new_columns = new_columns(&parse.tree());
    let rules = RULES.iter().map(|(rule, _)| *rule);
    let violations = Linter::from(rules).lint(&parse, &canonical.text);
    let mut findings = Vec::new();
    for violation in violations {
        let at = usize::from(violation.text_range.start());
        // What a new column holds is not written by code that does not know it, and `AddingRequiredField` finds the
        // one that has to be written.
        let is_new = new_columns.iter().any(|range| range.contains(&at));
        if is_new && violation.code == Rule::BanNewWriteRestriction {
            continue;
        }
        if let Some((_, finding)) = RULES.iter().find(|(rule, _)| *rule == violation.code) {
            findings.push((canonical.index_of(at), *finding));
        }
    }
    Some(without_doubles(findings))
}

/// `SET NOT NULL` is found twice, and a restriction says less of it.
fn without_doubles(findings: Vec<(usize, Finding)>) -> Vec<(usize, Finding)> {
    let mut single = Vec::new();
    for (index, finding) in &findings {
        let is_restriction = *finding == Finding::Breaks(Change::Restricts);
        let mut others = findings.iter();
        let has_other = others.any(|(at, other)| at == index && other != finding);
        if !(is_restriction && has_other) {
            single.push((*index, *finding));
        }
    }
    single
}

/// Where columns are added.
fn new_columns(file: &SourceFile) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    for statement in file.stmts() {
        let ast::Stmt::AlterTable(table) = statement else {
            continue;
        };
        for action in table.actions() {
            if let ast::AlterTableAction::AddColumn(column) = action {
                let range = column.syntax().text_range();
                ranges.push(range.start().into()..range.end().into());
            }
        }
    }
    ranges
}

/// A statement as squawk gets it.
struct Canonical {
    text: String,
    /// Where each of its pieces begins, and the index of the token it stands for.
    pieces: Vec<(usize, usize)>,
}

impl Canonical {
    fn of(statement: &[Token]) -> Option<Self> {
        let mut canonical = Self {
            text: String::new(),
            pieces: Vec::new(),
        };
        let mut is_array = false;
        for (index, token) in statement.iter().enumerate() {
            if token.is_mark("[") || token.is_mark("]") {
                is_array = token.is_mark("[");
                continue;
            }
            if token.depth > 0 || is_array || token.is_any(TYPE_WORDS) {
                continue;
            }
            if is_prefix(token, statement.get(index + 1)) {
                continue;
            }
            let piece = piece(token)?;
            canonical.push(index, piece, token);
        }
        (canonical.pieces.len() <= MOST_TOKENS).then_some(canonical)
    }

    fn push(&mut self, index: usize, piece: &str, token: &Token) {
        // `::` and the like are marks that belong together.
        let joins = token.kind == Kind::Mark && self.text.ends_with(piece);
        if !joins && !self.text.is_empty() {
            self.text.push(' ');
        }
        self.pieces.push((self.text.len(), index));
        self.text.push_str(piece);
    }

    fn index_of(&self, at: usize) -> usize {
        let after = self.pieces.partition_point(|(start, _)| *start <= at);
        let piece = self.pieces.get(after.saturating_sub(1));
        piece.map_or(0, |(_, index)| *index)
    }
}

/// `E'…'`, `N'…'`: what kind of text follows.
fn is_prefix(token: &Token, next: Option<&Token>) -> bool {
    token.text.len() == 1
        && next.is_some_and(|next| next.kind == Kind::Text && next.at == token.at + 1)
}

/// None where squawk is better not asked.
fn piece(token: &Token) -> Option<&'static str> {
    match token.kind {
        Kind::Word => {
            let keyword = KEYWORDS.split(' ').find(|keyword| token.is(keyword));
            Some(keyword.unwrap_or("\"x\""))
        }
        Kind::Name => Some("\"x\""),
        Kind::Text => Some("'x'"),
        Kind::Number => Some("1"),
        Kind::Body => None,
        Kind::Mark if token.text == "(" => Some("(x)"),
        // Its other half was written with it.
        Kind::Mark if token.text == ")" => Some(""),
        Kind::Mark => MARKS.iter().find(|mark| token.text == **mark).copied(),
    }
}
