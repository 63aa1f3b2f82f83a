//! Statements of a text in SQL, and what those before one have told about the schema.

use std::collections::HashSet;

use super::tokens::{Kind, Token};

/// What the statements of a file have made so far: nobody used it before.
#[derive(Default)]
pub(super) struct Seen {
    created: HashSet<String>,
    /// Table and column.
    added: HashSet<(String, String)>,
}

impl Seen {
    pub(super) fn create(&mut self, name: &str) {
        self.created.insert(name.to_lowercase());
    }

    pub(super) fn has_created(&self, name: &str) -> bool {
        self.created.contains(&name.to_lowercase())
    }

    /// The first of some names that was there before; none where the file made them all.
    pub(super) fn first_old(&self, names: Vec<String>) -> Option<String> {
        names.into_iter().find(|name| !self.has_created(name))
    }

    pub(super) fn add_column(&mut self, table: &str, column: &str) {
        let key = (table.to_lowercase(), column.to_lowercase());
        self.added.insert(key);
    }

    pub(super) fn has_added(&self, table: &str, column: &str) -> bool {
        let key = (table.to_lowercase(), column.to_lowercase());
        self.added.contains(&key)
    }
}

/// The statements, without what separates them: `;`, a lone `/` or `//` of a client, SQL Server's `GO`.
pub(super) fn statements<'a, 't>(tokens: &'a [Token<'t>]) -> Vec<&'a [Token<'t>]> {
    let mut statements = Vec::new();
    for statement in tokens.split(is_separator) {
        if !statement.is_empty() {
            statements.push(statement);
        }
    }
    statements
}

fn is_separator(token: &Token) -> bool {
    token.depth == 0 && (token.is_mark(";") || token.is("GO"))
}

/// A dotted name at an index, without quotes, and the index behind it.
pub(super) fn name_at(tokens: &[Token], start: usize) -> (Option<String>, usize) {
    let mut name = String::new();
    let mut at = start;
    while let Some(token) = tokens.get(at) {
        if !matches!(token.kind, Kind::Word | Kind::Name) {
            break;
        }
        name.push_str(token.unquoted());
        at += 1;
        if !tokens.get(at).is_some_and(|next| next.is_mark(".")) {
            break;
        }
        name.push('.');
        at += 1;
    }
    ((!name.is_empty()).then_some(name), at)
}

/// The names of a list from an index on, without quotes.
pub(super) fn names_at(tokens: &[Token], start: usize) -> Vec<String> {
    let mut names = Vec::new();
    let mut at = start;
    loop {
        let (name, after) = name_at(tokens, at);
        names.extend(name);
        if !tokens.get(after).is_some_and(|token| token.is_mark(",")) {
            return names;
        }
        at = after + 1;
    }
}

/// The index behind the words that may stand before a name: `IF EXISTS`, `ONLY`, `CONCURRENTLY`.
pub(super) fn skip(tokens: &[Token], start: usize, words: &str) -> usize {
    let mut at = start;
    while tokens.get(at).is_some_and(|token| token.is_any(words)) {
        at += 1;
    }
    at
}
