//! The calls of a program, in order.

use std::ops::Range;

use super::text::Program;

/// A program of more calls is not read to its end.
pub(super) const MOST_CALLS: usize = 20_000;
/// Bytes that are looked at for one call's receiver, and for its arguments where nothing closes them.
const LONGEST_RECEIVER: usize = 200;
const LONGEST_ARGUMENTS: usize = 4_096;

/// Whether calls need parentheses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Parenthesised,
    /// Ruby, Elixir: every name may be a call.
    Open,
}

pub(super) struct Call<'c> {
    /// `knex.schema` of `knex.schema.dropTable(…)`; `)` where it is the result of a call; else empty.
    pub(super) receiver: &'c str,
    pub(super) name: &'c str,
    pub(super) at: usize,
    /// What is in its parentheses; without them the rest of its line.
    pub(super) arguments: Range<usize>,
    /// Whether a statement begins with it; always where calls need parentheses.
    pub(super) is_leading: bool,
}

/// Words in front of a name that make it something else than a call.
const DEFINITIONS: &str = "class def fn function new void";
const KEYWORDS: &str = "and async await case catch elif except for foreach if in match not or \
    return switch typeof using while with";

/// The calls, at most [`MOST_CALLS`] of them and one more.
pub(super) fn calls<'c>(program: &'c Program, style: Style) -> Vec<Call<'c>> {
    match style {
        Style::Parenthesised => parenthesised(program),
        Style::Open => open(program),
    }
}

fn parenthesised<'c>(program: &'c Program) -> Vec<Call<'c>> {
    let code = &program.code;
    let mut calls = Vec::new();
    for (paren, _) in code.match_indices('(') {
        let Some(name) = name_before(code, paren) else {
            continue;
        };
        let text = &code[name.clone()];
        // `function (knex) {` has no name.
        let is_definition =
            has_word(DEFINITIONS, text) || has_word(DEFINITIONS, word_before(code, name.start));
        if is_definition || has_word(KEYWORDS, text) {
            continue;
        }
        calls.push(Call {
            receiver: receiver_before(code, name.start),
            name: text,
            at: name.start,
            arguments: paren + 1..program.closer(paren),
            is_leading: true,
        });
        if calls.len() > MOST_CALLS {
            break;
        }
    }
    calls
}

fn open<'c>(program: &'c Program) -> Vec<Call<'c>> {
    let code = &program.code;
    let mut calls = Vec::new();
    let mut at = 0;
    while let Some(name) = next_word(code, at) {
        at = name.end;
        if is_no_call(code, &name) {
            continue;
        }
        let receiver = receiver_before(code, name.start);
        let chain = chain_start(name.start, receiver, code);
        calls.push(Call {
            receiver,
            name: &code[name.clone()],
            at: name.start,
            arguments: open_arguments(program, name.end),
            is_leading: is_leading(code, chain),
        });
        if calls.len() > MOST_CALLS {
            break;
        }
    }
    calls
}

pub(super) fn has_word(words: &str, word: &str) -> bool {
    words.split_ascii_whitespace().any(|other| other == word)
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The name right before a parenthesis, with blanks and type arguments (`Column<int>(`) between them.
fn name_before(code: &str, paren: usize) -> Option<Range<usize>> {
    let mut before = code[..paren].trim_end();
    if before.ends_with('>') && !before.ends_with("=>") && !before.ends_with("->") {
        let head = before.floor_char_boundary(before.len().saturating_sub(LONGEST_RECEIVER));
        let open = before[head..].rfind('<')?;
        before = &before[..head + open];
    }
    let start = before.trim_end_matches(is_name).len();
    let starts = before[start..].chars().next()?;
    (!starts.is_ascii_digit()).then_some(start..before.len())
}

fn word_before(code: &str, at: usize) -> &str {
    let before = code[..at].trim_end_matches([' ', '\t']);
    &before[before.trim_end_matches(is_name).len()..]
}

/// What stands before the `.`, `->` or `::` in front of a name.
fn receiver_before(code: &str, at: usize) -> &str {
    let floor = code.floor_char_boundary(at.saturating_sub(LONGEST_RECEIVER));
    let before = code[floor..at].trim_end();
    let link = [".", "->", "::"]
        .iter()
        .find_map(|link| before.strip_suffix(link));
    let Some(receiver) = link else {
        return "";
    };
    // A chain that goes on in the next line.
    let receiver = receiver.trim_end().trim_end_matches(['?', '!']);
    if receiver.ends_with([')', ']', '}']) {
        return ")";
    }
    let is_chain = |c: char| is_name(c) || ".:>-?@".contains(c);
    &receiver[receiver.trim_end_matches(is_chain).len()..]
}

/// Where a call's own receiver begins.
fn chain_start(name: usize, receiver: &str, code: &str) -> usize {
    if receiver.is_empty() {
        return name;
    }
    let before = &code[..name];
    before.rfind(receiver).unwrap_or(name)
}

fn next_word(code: &str, from: usize) -> Option<Range<usize>> {
    let start = from + code[from..].find(is_name)?;
    let length = code[start..].find(|c| !is_name(c));
    let mut end = length.map_or(code.len(), |length| start + length);
    // `table_exists?`, `disable_ddl_transaction!`
    if code[end..].starts_with(['?', '!']) && !code[end + 1..].starts_with('=') {
        end += 1;
    }
    Some(start..end)
}

/// Symbols, keys, numbers, variables of a class, the parameter of a block, and what a value is assigned to.
fn is_no_call(code: &str, name: &Range<usize>) -> bool {
    let before = &code[..name.start];
    let after = &code[name.end..];
    let is_symbol = before.ends_with(':') && !before.ends_with("::");
    let is_key = after.starts_with(':') && !after.starts_with("::");
    let is_receiver = after.starts_with('.') || after.starts_with("::");
    let after = after.trim_start_matches([' ', '\t']);
    let is_assigned = after.starts_with("||=")
        || after.starts_with('=') && !after.starts_with("==") && !after.starts_with("=>");
    is_symbol
        || is_key
        || is_receiver
        || is_assigned
        || before.ends_with(['@', '&', '$', '|'])
        || code[name.clone()].starts_with(|c: char| c.is_ascii_digit())
}

/// In parentheses, or to the end of the line; a line that ends in a comma goes on.
fn open_arguments(program: &Program, start: usize) -> Range<usize> {
    let code = &program.code;
    if code[start..].starts_with('(') {
        return start + 1..program.closer(start);
    }
    let mut depth = 0_usize;
    let mut last = b',';
    let end = code.len().min(start + LONGEST_ARGUMENTS);
    for (at, byte) in code.as_bytes().iter().enumerate().take(end).skip(start) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth == 0 => return start..at,
            b')' | b']' | b'}' => depth -= 1,
            b';' if depth == 0 => return start..at,
            b'\n' if depth == 0 && (last != b',' || at == start) => return start..at,
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            last = *byte;
        } else if last == b',' && at == start {
            last = b' ';
        }
    }
    start..code.floor_char_boundary(end)
}

/// Whether a statement begins here.
fn is_leading(code: &str, at: usize) -> bool {
    let before = code[..at].trim_end_matches([' ', '\t']);
    before.is_empty()
        || before.ends_with(['\n', ';', '{', '|'])
        || before.ends_with("->")
        || has_word("begin do else ensure then", word_before(code, at))
}
