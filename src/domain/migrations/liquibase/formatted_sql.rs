//! A changelog in SQL, with its change sets below comments: `--changeset kim:1 runOnChange:true`.

use super::change_set::{ChangeSet, Placed, without_blanks};

/// The change sets and where they are: from their comments to the next.
pub(super) fn change_sets(text: &str) -> Vec<Placed> {
    let mut starts = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some(head) = head_of(line) {
            starts.push((at, head));
        }
        at += line.len();
    }
    let mut sets = Vec::new();
    for (number, (start, head)) in starts.iter().enumerate() {
        let end = starts.get(number + 1).map_or(text.len(), |(next, _)| *next);
        sets.push((*start..end, change_set(head, &text[*start..end])));
    }
    sets
}

/// What stands behind `--changeset`, if the line begins one.
fn head_of(line: &str) -> Option<&str> {
    const WORD: &str = "changeset";
    let comment = line.trim_start().strip_prefix("--")?.trim();
    let word = comment.get(..WORD.len())?;
    let head = &comment[WORD.len()..];
    let is_head = word.eq_ignore_ascii_case(WORD) && head.starts_with(char::is_whitespace);
    is_head.then(|| head.trim())
}

fn change_set(head: &str, text: &str) -> ChangeSet {
    let mut words = head.split_whitespace();
    let name = words.next().unwrap_or_default().to_owned();
    let reruns = |word: &str| {
        let word = word.to_ascii_lowercase();
        word == "runonchange:true" || word == "runalways:true"
    };
    let mut content = vec![head];
    let text = without_blanks(text);
    // A comment above the next change set is a part of this one's text.
    for line in text.lines() {
        if !line.starts_with("--") {
            content.push(line);
        }
    }
    ChangeSet {
        name,
        content: content.join("\n"),
        reruns: words.any(reruns),
    }
}
