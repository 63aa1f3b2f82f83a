//! Takes inputs out of the environment one by one and collects every problem on the way,
//! so that the user gets all of them in one answer.

use std::collections::BTreeSet;

use crate::error::{Code, Problem, Problems};

use super::environment::Environment;
use super::table::{INPUTS, spec};

/// How much of a value a message repeats, in characters.
const SHOWN: usize = 100;

pub(super) struct Reader<'a> {
    pub(super) environment: &'a Environment,
    pub(super) problems: Problems,
}

impl<'a> Reader<'a> {
    pub(super) fn new(environment: &'a Environment) -> Self {
        Self {
            environment,
            problems: Vec::new(),
        }
    }

    /// What the workflow gave, or the default that the runner filled in; `None` when empty.
    pub(super) fn given(&self, name: &str) -> Option<&'a str> {
        self.environment.get(&variable(name))
    }

    /// Whether somebody wrote this input: a value equal to the default can't be told from none.
    pub(super) fn chosen(&self, name: &str) -> Option<&'a str> {
        let default = spec(name).and_then(|spec| spec.default);
        self.given(name).filter(|value| Some(*value) != default)
    }

    /// An input that has a default. `None` when the value is bad; the problem is then on record.
    pub(super) fn value<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Option<T> {
        let default = spec(name).and_then(|spec| spec.default);
        match self.given(name).or(default) {
            Some(text) => self.keep(parse(text)),
            None => self.keep(Err(missing(name))),
        }
    }

    /// An input that may be left out: `Some(None)` when it was, `None` when the value is bad.
    pub(super) fn optional<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Option<Option<T>> {
        match self.given(name) {
            Some(text) => self.keep(parse(text)).map(Some),
            None => Some(None),
        }
    }

    /// Notes the problem, if it is one.
    pub(super) fn keep<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.problems.push(problem)).ok()
    }

    /// The runner passes undeclared inputs on; `dry_run: true` must not become a real rollback.
    pub(super) fn refuse_misspelled_names(&mut self) {
        let declared: BTreeSet<String> = INPUTS.iter().map(|spec| variable(spec.name)).collect();
        for given in self
            .environment
            .names()
            .filter(|name| !declared.contains(*name))
        {
            let Some(name) = input_name(given) else {
                continue;
            };
            let meant = INPUTS
                .iter()
                .find(|spec| letters(spec.name) == letters(name));
            self.problems
                .extend(meant.map(|spec| misspelled(name, spec.name)));
        }
    }
}

/// The variable that carries an input: upper case, spaces become `_`, dashes stay.
pub(super) fn variable(name: &str) -> String {
    format!("INPUT_{}", name.replace(' ', "_").to_ascii_uppercase())
}

fn input_name(variable: &str) -> Option<&str> {
    let prefix = variable.get(..6)?;
    prefix
        .eq_ignore_ascii_case("INPUT_")
        .then(|| &variable[6..])
}

fn letters(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '-' | '_' | ' '))
        .collect::<String>()
        .to_ascii_lowercase()
}

fn misspelled(name: &str, meant: &str) -> Problem {
    let typed = name.to_ascii_lowercase();
    let typed = if typed == meant { name } else { &typed };
    bad(
        format!("there is no input {typed}; it is spelled {meant}"),
        format!(
            "Write {meant} under `with:` in the workflow (outside of GitHub: the variable {}).",
            variable(meant)
        ),
    )
}

fn missing(name: &str) -> Problem {
    let what = spec(name).map_or("", |spec| spec.description);
    bad(
        format!("the input {name} is required and was not given"),
        format!("Add {name} under `with:` in the workflow. {what}"),
    )
}

/// A problem with the code for inputs.
pub(super) fn bad(message: impl Into<String>, hint: impl Into<String>) -> Problem {
    Problem::new(Code::BadInput, message, hint)
}

/// A value as a message may repeat it: quoted, on one line, what can't be seen spelled out, cut if long.
pub(super) fn quoted(value: &str) -> String {
    let mut text = String::from("\"");
    for c in value.chars().take(SHOWN) {
        if unseen(c) {
            text.extend(c.escape_unicode())
        } else {
            text.push(c)
        }
    }
    if value.chars().nth(SHOWN).is_some() {
        text.push('…');
    }
    text.push('"');
    text
}

/// Control characters, and those that reorder or hide text.
pub(super) fn unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// One of the words an input takes.
pub(super) fn choice<T: Clone>(name: &str, words: &[(&str, T)], text: &str) -> Result<T, Problem> {
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
        return Ok(value.clone());
    }
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    Err(bad(
        format!(
            "the input {name} is {}, which is none of its values: {}",
            quoted(text),
            known.join(", ")
        ),
        match closest(text, &known) {
            Some(word) => format!("Did you mean {name}: {word}?"),
            None => format!("Write {name}: {}.", known.join(", or ")),
        },
    ))
}

/// The known word that somebody who typed this most likely meant.
pub(super) fn closest<'w>(typed: &str, words: &[&'w str]) -> Option<&'w str> {
    let typed: String = typed.chars().take(SHOWN).collect::<String>().to_lowercase();
    let distance = |word: &str| strsim::damerau_levenshtein(&typed, word);
    let near = |word: &&&str| distance(word) <= 1 + word.chars().count() / 4;
    words
        .iter()
        .filter(near)
        .min_by_key(|word| distance(word))
        .copied()
}

/// `true` or `false` in the spellings of YAML 1.2's core schema, which GitHub's own toolkit takes too.
pub(super) fn boolean(name: &str, text: &str) -> Result<bool, Problem> {
    match text {
        "true" | "True" | "TRUE" => Ok(true),
        "false" | "False" | "FALSE" => Ok(false),
        _ => Err(bad(
            format!(
                "the input {name} is {}, which is neither true nor false",
                quoted(text)
            ),
            format!("Write {name}: true or {name}: false."),
        )),
    }
}

/// A whole number in decimal digits, within a range.
pub(super) fn number(
    name: &str,
    range: std::ops::RangeInclusive<u32>,
    text: &str,
) -> Result<u32, Problem> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let number = text
        .parse()
        .ok()
        .filter(|number| digits && range.contains(number));
    number.ok_or_else(|| {
        let (from, to) = (range.start(), range.end());
        let default = spec(name).and_then(|spec| spec.default).unwrap_or("1");
        bad(
            format!(
                "the input {name} is {}, which is not a whole number from {from} to {to}",
                quoted(text)
            ),
            format!("Write a number from {from} to {to}, for example {name}: {default}."),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_message_repeats_is_one_visible_line() {
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

    #[test]
    fn booleans_are_those_of_yaml_1_2() {
        for (text, value) in [
            ("true", true),
            ("True", true),
            ("TRUE", true),
            ("false", false),
            ("FALSE", false),
        ] {
            assert_eq!(boolean("dry-run", text), Ok(value));
        }
        for text in ["yes", "1", "on", "tRUE", "no", "0"] {
            let problem = boolean("dry-run", text).unwrap_err();
            assert!(problem.message.contains(text), "{problem}");
            assert!(problem.hint.contains("dry-run: true"), "{}", problem.hint);
        }
    }

    #[test]
    fn numbers_are_plain_and_in_range() {
        assert_eq!(number("health-check-attempts", 1..=100, "7"), Ok(7));
        for text in [
            "0",
            "101",
            "-1",
            "+5",
            "5.0",
            "five",
            "99999999999999999999",
        ] {
            let problem = number("health-check-attempts", 1..=100, text).unwrap_err();
            assert!(problem.message.contains("from 1 to 100"), "{problem}");
        }
    }
}
