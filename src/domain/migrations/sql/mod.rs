//! SQL of any dialect: what it drops, renames, alters and asks for.
//!
//! A statement that PostgreSQL knows is judged by squawk's rules (`squawk`). What has no rule there, or is of another
//! dialect, is judged by its verbs (`verbs`).

mod alter;
mod squawk;
mod statement;
mod tokens;
mod verbs;

#[cfg(test)]
mod tests;

use super::judgement::Findings;
use statement::Seen;

/// Statements of a file; no file that people write has more.
const MOST_STATEMENTS: usize = 5_000;

/// Judges SQL that begins at the byte `base` of the file.
pub(super) fn judge(sql: &str, base: usize, findings: &mut Findings) {
    let tokens = tokens::tokens(sql);
    let mut seen = Seen::default();
    for (number, statement) in statement::statements(&tokens).into_iter().enumerate() {
        if number == MOST_STATEMENTS {
            return findings.unsure_of_all(format!("has more than {MOST_STATEMENTS} statements"));
        }
        verbs::judge(statement, base, &mut seen, findings);
    }
}

/// Where the way back begins and ends in files that hold both ways.
const SECTIONS: [(&str, &str); 4] = [
    ("+goose down", "+goose up"),
    ("migrate:down", "migrate:up"),
    ("+migrate down", "+migrate up"),
    ("rambler down", "rambler up"),
];

/// The text with blanks for the sections that lead back: goose, dbmate, sql-migrate, rambler.
pub(super) fn without_way_back(text: &str) -> String {
    let mut forward = String::with_capacity(text.len());
    let mut is_back = false;
    for line in text.split_inclusive('\n') {
        if let Some(marker) = line.trim_start().strip_prefix("--") {
            let marker = marker.trim().to_ascii_lowercase();
            let begins = |word: &str| marker.starts_with(word);
            is_back = SECTIONS.iter().any(|(down, _)| begins(down))
                || is_back && !SECTIONS.iter().any(|(_, up)| begins(up));
        }
        if is_back {
            super::code::push_blank(&mut forward, line);
        } else {
            forward.push_str(line);
        }
    }
    forward
}
