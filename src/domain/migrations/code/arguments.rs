//! What a call is given: names, and SQL.

use std::ops::Range;

use super::text::{Program, push_blank};

/// Names of a call that are looked at.
pub(super) const MOST_NAMES: usize = 4;

/// Ruby's and Elixir's `:total`; the first ones.
pub(super) fn symbols<'c>(code: &'c str, range: &Range<usize>) -> Vec<(usize, &'c str)> {
    let mut symbols = Vec::new();
    let Some(arguments) = code.get(range.clone()) else {
        return symbols;
    };
    for (at, _) in arguments.match_indices(':') {
        let before = arguments[..at].chars().next_back();
        let after = &arguments[at + 1..];
        let is_symbol = before.is_none_or(|c| " \t\n([{,".contains(c));
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let length = after.find(|c| !is_name(c)).unwrap_or(after.len());
        if is_symbol && length > 0 {
            symbols.push((range.start + at, &after[..length]));
        }
        if symbols.len() == MOST_NAMES {
            break;
        }
    }
    symbols
}

/// `name` of `name: "total"` and of `name="total"`.
pub(super) fn keyword_before(code: &str, at: usize) -> &str {
    let before = code[..at].trim_end();
    let Some(before) = before.strip_suffix([':', '=']) else {
        return "";
    };
    let before = before.trim_end();
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    &before[before.trim_end_matches(is_name).len()..]
}

/// Up to the first comma that is in no bracket but a list's.
pub(super) fn first_argument(program: &Program, arguments: &Range<usize>) -> Range<usize> {
    let mut at = arguments.start;
    while at < arguments.end {
        match program.code.as_bytes()[at] {
            b'(' | b'[' | b'{' => at = program.closer(at).max(at) + 1,
            b',' => return arguments.start..at,
            _ => at += 1,
        }
    }
    arguments.clone()
}

/// The texts of an argument as SQL, at their places: blanks for all between them. Texts of a list are statements.
pub(super) fn sql_in(program: &Program, range: &Range<usize>) -> (usize, String) {
    let literals = program.literals_in(range);
    let mut sql = String::new();
    let base = literals
        .first()
        .map_or(range.start, |first| first.content.start);
    let mut at = base;
    for literal in literals {
        let content = &literal.content;
        // Lines of a here-text come later than what follows its announcement.
        if content.start < at {
            continue;
        }
        let between = &program.code[at..content.start];
        let is_next = between.contains(',');
        push_blank(&mut sql, between);
        if is_next && sql.pop().is_some() {
            sql.push(';');
        }
        sql.push_str(&without_escapes(&program.source[content.clone()]));
        at = content.end;
    }
    (base, sql)
}

/// The same length: blanks for the backslashes in front of quotes and line breaks, and for C#'s second quote. A blank
/// that belongs to a closing quote goes behind it, so that it is no part of what is quoted.
fn without_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut open = None;
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        match (c, next) {
            ('\\', Some(quote @ ('"' | '\'' | '`'))) | ('"', Some(quote @ '"')) => {
                chars.next();
                let closes = open == Some(quote);
                open = if closes { None } else { Some(quote) };
                out.extend(if closes { [quote, ' '] } else { [' ', quote] });
            }
            ('\\', Some('n' | 't' | 'r')) => {
                chars.next();
                out.push_str("  ");
            }
            _ => out.push(c),
        }
    }
    out
}
