//! A changelog in XML. Its tags are read one after the other, so that some lines of it are read as well as all.

use super::super::code::push_blank;
use super::super::judgement::Change;
use super::super::sql;
use super::change_set::{Before, ChangeSet, Placed, without_blanks, without_old};
use super::changes::{COLUMN_NAMES, Meaning, TABLE_NAMES, meaning};
use super::log::Log;

const LONGEST_TAG_NAME: usize = 100;

/// `before`: the older text, which may be empty.
pub(super) fn judge(text: &str, before: &str, log: &mut Log) {
    let clean = without_comments(text);
    let mut at = 0;
    if Tag::next(&clean, 0).is_none() && !clean.trim().is_empty() {
        log.findings.unsure_of_all("could not be parsed");
    }
    let before = Before::placed(change_sets(&without_comments(before)));
    let clean = without_old(&clean, change_sets(&clean), &before, log.findings);
    while let Some(tag) = Tag::next(&clean, at) {
        let Some(meaning) = meaning(tag.name) else {
            log.unknown(tag.start, tag.name);
            at = tag.end;
            continue;
        };
        let end = match meaning {
            Meaning::Fine => Some(tag.end),
            _ => tag.element_end(&clean),
        };
        let Some(end) = end else {
            return log
                .findings
                .unsure(tag.start, "has a change without an end");
        };
        at = end;
        judge_change(&clean[..at], &tag, meaning, log);
    }
}

/// The change sets of a text without comments, up to one that has no end.
fn change_sets(clean: &str) -> Vec<Placed> {
    let mut sets = Vec::new();
    let mut at = 0;
    while let Some(tag) = Tag::next(clean, at) {
        at = tag.end;
        if tag.name != "changeSet" {
            continue;
        }
        let Some(end) = tag.element_end(clean) else {
            break;
        };
        at = end;
        sets.push((tag.start..end, tag.change_set(&clean[tag.start..end])));
    }
    sets
}

/// Judges one change; `text` ends where the change does.
fn judge_change(text: &str, tag: &Tag, meaning: Meaning, log: &mut Log) {
    match meaning {
        Meaning::Breaks(change) => log.breaks(tag.start, change, tag.table(), tag.column()),
        Meaning::Unsure(what) => log.findings.unsure(tag.start, what),
        Meaning::AddsColumns => judge_columns(text, tag, log),
        Meaning::Creates => log.create(tag.table()),
        Meaning::Sql => {
            let end = text.rfind("</").unwrap_or(text.len()).max(tag.end);
            let sql = without_entities(&text[tag.end..end]);
            sql::judge(&sql, tag.end, log.findings);
        }
        Meaning::Fine | Meaning::Ignored => {}
    }
}

/// Columns of `addColumn` that are required, and have no default.
fn judge_columns(text: &str, change: &Tag, log: &mut Log) {
    let mut at = change.end;
    let mut column: Option<Tag> = None;
    while let Some(tag) = Tag::next(text, at) {
        at = tag.end;
        if tag.name == "column" {
            column = Some(tag);
            continue;
        }
        let is_required = tag.name == "constraints" && tag.attribute("nullable") == Some("false");
        let Some(column) = column.as_ref().filter(|_| is_required) else {
            continue;
        };
        if !column.text.contains("defaultValue") && !column.text.contains("autoIncrement") {
            let name = column.attribute("name");
            log.breaks(column.start, Change::AddsRequired, change.table(), name);
        }
    }
}

/// An opening tag.
struct Tag<'t> {
    /// Without its namespace.
    name: &'t str,
    /// From `<` to `>`.
    text: &'t str,
    start: usize,
    end: usize,
}

impl<'t> Tag<'t> {
    /// The next opening tag; what a CDATA section holds has none.
    fn next(text: &'t str, from: usize) -> Option<Self> {
        let mut at = from;
        loop {
            let start = at + text.get(at..)?.find('<')?;
            let rest = &text[start + 1..];
            if rest.starts_with("![CDATA[") {
                at = start + 1 + rest.find("]]>")?;
                continue;
            }
            if !rest.starts_with(char::is_alphabetic) {
                at = start + 1;
                continue;
            }
            let end = start + 1 + rest.find('>')? + 1;
            let ends = |c: char| c.is_whitespace() || c == '>' || c == '/';
            let name = &rest[..rest.find(ends).unwrap_or(rest.len())];
            return Some(Self {
                name: name.rsplit(':').next().unwrap_or(name),
                text: &text[start..end],
                start,
                end,
            });
        }
    }

    fn attribute(&self, name: &str) -> Option<&'t str> {
        for (at, found) in self.text.match_indices(name) {
            let is_whole = self.text[..at].ends_with(char::is_whitespace);
            let rest = self.text[at + found.len()..].trim_start();
            let Some(value) = rest.strip_prefix('=').filter(|_| is_whole) else {
                continue;
            };
            let value = value.trim_start();
            let quote = value.chars().next().filter(|c| "\"'".contains(*c))?;
            return value[1..].split(quote).next();
        }
        None
    }

    fn change_set(&self, text: &str) -> ChangeSet {
        let value = |name| self.attribute(name).unwrap_or_default();
        ChangeSet {
            name: format!("{}:{}", value("author"), value("id")),
            content: without_blanks(text),
            reruns: value("runOnChange") == "true" || value("runAlways") == "true",
        }
    }

    fn table(&self) -> Option<&'t str> {
        TABLE_NAMES.iter().find_map(|name| self.attribute(name))
    }

    fn column(&self) -> Option<&'t str> {
        COLUMN_NAMES.iter().find_map(|name| self.attribute(name))
    }

    /// Behind its closing tag, or itself where it closes itself. None where nothing closes it.
    fn element_end(&self, text: &str) -> Option<usize> {
        if self.text.ends_with("/>") {
            return Some(self.end);
        }
        let mut at = self.end;
        while let Some(found) = text[at..].find("</") {
            at += found + 2;
            let head = &text[at..text.floor_char_boundary(at + LONGEST_TAG_NAME)];
            let Some((name, _)) = head.split_once('>') else {
                continue;
            };
            if name.trim_end().rsplit(':').next() == Some(self.name) {
                return Some(at + name.len() + 1);
            }
        }
        None
    }
}

/// Blanks for XML's comments.
fn without_comments(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("<!--") {
        // A comment without an end is none: what it would hide is read.
        let Some(length) = rest[start..].find("-->") else {
            break;
        };
        let end = start + length + "-->".len();
        clean.push_str(&rest[..start]);
        push_blank(&mut clean, &rest[start..end]);
        rest = &rest[end..];
    }
    clean.push_str(rest);
    clean
}

/// The text of an element, at the same length.
fn without_entities(text: &str) -> String {
    text.replace("<![CDATA[", "         ")
        .replace("]]>", "   ")
        .replace("&lt;", "<   ")
        .replace("&gt;", ">   ")
        .replace("&quot;", "\"     ")
        .replace("&apos;", "'     ")
        .replace("&amp;", "&    ")
}
