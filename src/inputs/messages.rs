//! What messages about inputs have in common: how a value is repeated, and which word was probably meant.

use crate::{
    error::{Code, Problem},
    outside::OutsideText,
};

/// How much of a value a message repeats, in characters.
const SHOWN: usize = 100;

/// A problem with the code for inputs.
pub(super) fn bad(message: impl Into<String>, hint: impl Into<String>) -> Problem {
    Problem::new(Code::BadInput, message, hint)
}

/// `the input timeout is "30", {what}`
pub(super) fn bad_value(name: &str, text: &str, what: &str, hint: impl Into<String>) -> Problem {
    bad(
        format!("the input {name} is {}, {what}", quoted(text)),
        hint,
    )
}

/// A value as a message repeats it: quoted, on one line, invisible characters spelled out, cut if long.
pub(super) fn quoted(value: &str) -> String {
    let mut text = String::new();
    for c in value.chars().take(SHOWN) {
        if is_invisible(c) {
            text.extend(c.escape_unicode());
        } else {
            text.push(c);
        }
    }
    // A whole file pasted into an input would bury the message.
    if value.chars().nth(SHOWN).is_some() {
        text.push('…');
    }
    format!("\"{}\"", OutsideText::new(text))
}

/// Control characters, and those that reorder or hide text.
pub(super) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The known word that somebody who typed this most likely meant.
pub(super) fn closest<'w>(typed: &str, words: &[&'w str]) -> Option<&'w str> {
    // The distance takes time in proportion to the length, and a long text is nobody's typo.
    let start: String = typed.chars().take(SHOWN).collect();
    let typed = start.to_lowercase();
    let distance = |word: &str| strsim::damerau_levenshtein(&typed, word);
    let word = words.iter().min_by_key(|word| distance(word))?;
    (distance(word) <= 1 + word.len() / 4).then_some(*word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_repeats_a_value_on_one_visible_line() {
        let quoted = |value: &str| crate::outside::without_marks(&quoted(value));
        assert_eq!(quoted("a\n::error::b"), r#""a\u{a}::error::b""#);
        assert_eq!(quoted("\u{1b}[2J\u{202e}x"), r#""\u{1b}[2J\u{202e}x""#);
        let long = quoted(&"é".repeat(5000));
        assert_eq!(long.chars().count(), SHOWN + 3);
        assert!(long.ends_with("…\""));
    }

    #[test]
    fn the_closest_word_is_near_or_none() {
        let words = ["take-over", "wait", "fail"];
        assert_eq!(closest("take_over", &words), Some("take-over"));
        assert_eq!(closest("TAKE-OVER", &words), Some("take-over"));
        assert_eq!(closest("fial", &words), Some("fail"));
        assert_eq!(closest("abort", &words), None);
    }
}
