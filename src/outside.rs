//! Text that came from outside: from AWS, an application, a file, or whoever typed an input.
//!
//! A sentence is put together from our own words, from names that were parsed, and from outside text. Only the last
//! may hold a secret or a command, so only that is cleaned, at the one place where a sentence is told: an ARN, a
//! digest or a service called `reset-password` passes untouched. [`OutsideText`] therefore shows itself between two
//! marks, and [`cleaned`] replaces what lies between them.

use std::fmt;

/// Unicode's noncharacters are meant for use inside a program; no text from outside keeps one.
const START: char = '\u{fdd0}';
const END: char = '\u{fdd1}';

/// A text from outside. It has no way into a sentence but between marks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OutsideText(String);

impl OutsideText {
    pub fn new(text: impl Into<String>) -> Self {
        let text: String = text.into();
        if text.contains([START, END]) {
            return Self(without_marks(&text));
        }
        Self(text)
    }

    /// The text as it came, for AWS, for a file, for a comparison with a word of AWS's. People get it by `Display`.
    pub fn raw(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for OutsideText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{START}{}{END}", self.0)
    }
}

/// A sentence with every part from outside cleaned, and without the marks.
pub(crate) fn cleaned(sentence: &str, clean: impl Fn(&str) -> String) -> String {
    let mut told = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((own, marked)) = rest.split_once(START) {
        told.push_str(&without_marks(own));
        // A sentence that was cut inside an outside part has no end mark: all of the rest is from outside.
        let (outside, after) = marked.split_once(END).unwrap_or((marked, ""));
        told.push_str(&clean(&without_marks(outside)));
        rest = after;
    }
    told.push_str(&without_marks(rest));
    told
}

/// The sentence without its marks, for a place that people do not read.
pub(crate) fn without_marks(sentence: &str) -> String {
    sentence.replace([START, END], "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hide(text: &str) -> String {
        "*".repeat(text.chars().count())
    }

    #[test]
    fn only_what_came_from_outside_is_cleaned() {
        let outside = OutsideText::new("token: abc");
        let sentence = format!("web/auth-token: 8 tasks, AWS says {outside}, and so on");
        let told = cleaned(&sentence, hide);
        assert_eq!(
            told,
            "web/auth-token: 8 tasks, AWS says **********, and so on"
        );
    }

    #[test]
    fn a_cut_sentence_stays_outside_to_its_end() {
        let cut = format!("AWS says {}", OutsideText::new("secret")).replace(END, "");
        assert_eq!(cleaned(&cut, hide), "AWS says ******");
    }

    proptest! {
        #[test]
        fn no_outside_text_gets_around_cleaning(before in "[a-z ]{0,8}", outside in any::<String>(), marks in 0usize..4) {
            let hostile = format!("{}{outside}", [END, START].iter().cycle().take(marks).collect::<String>());
            let sentence = format!("{before}{}", OutsideText::new(hostile));
            prop_assert_eq!(cleaned(&sentence, |_| String::new()), before);
        }
    }
}
