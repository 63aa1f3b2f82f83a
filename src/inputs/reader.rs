//! Takes inputs out of the environment one by one and collects every problem on the way,
//! so that the user gets all of them in one answer.

use std::ops::RangeInclusive;

use crate::{
    environment::{Environment, is_secret},
    error::{Problem, Problems},
    outside::OutsideText,
};

use super::{
    file::Files,
    messages::{bad, bad_value, closest},
    table::{INPUTS, spec},
};

/// Takes the name of an input and its text.
pub(super) type Parse<T> = fn(&str, &str) -> Result<T, Problem>;

pub(super) struct Reader<'a> {
    pub environment: &'a Environment,
    pub files: Files<'a>,
    pub problems: Problems,
}

impl<'a> Reader<'a> {
    /// What the workflow gave, or the default that the runner filled in; `None` when empty.
    pub(super) fn given(&self, name: &str) -> Option<&'a str> {
        self.environment.get(&variable(name))
    }

    /// The text of an input: the table's default where none is given, empty where that has none.
    pub(super) fn text(&self, name: &str) -> &'a str {
        self.given(name).unwrap_or(default(name))
    }

    /// Whether somebody wrote this input: a value equal to the default can't be told from none.
    pub(super) fn is_chosen(&self, name: &str) -> bool {
        self.text(name) != default(name)
    }

    /// An input that has a default.
    pub(super) fn value<T>(&mut self, name: &str, parse: Parse<T>) -> T {
        if let Some(value) = self.parsed(name, self.text(name), parse) {
            return value;
        }
        // The run is refused, so nobody sees this value: it only lets the other inputs be read.
        parse(name, default(name)).expect("the default in the table is valid")
    }

    /// An input that may be left out. `None` also when the value is bad; the problem is then on record.
    pub(super) fn optional<T>(&mut self, name: &str, parse: Parse<T>) -> Option<T> {
        let text = self.given(name)?;
        self.parsed(name, text, parse)
    }

    fn parsed<T>(&mut self, name: &str, text: &str, parse: Parse<T>) -> Option<T> {
        let mut result = parse(name, text);
        if let Err(problem) = &mut result
            && self.environment.is_by_hand()
        {
            // Hints show an input as a workflow has it: `timeout: 45m`.
            problem.hint += &as_argument(name);
        }
        self.keep(result)
    }

    /// A required input that is not there.
    pub(super) fn missing(&self, name: &str) -> Problem {
        let description = spec(name).map_or("", |spec| spec.description);
        let place = if self.environment.is_by_hand() {
            format!("Give --{name}")
        } else {
            format!("Add {name} under `with:` in the workflow")
        };
        bad(
            format!("the input {name} is required and was not given"),
            format!("{place}. {description}"),
        )
    }

    /// Records the problem, if it is one.
    pub(super) fn keep<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    /// Refuses names that differ from an input's only in `-`, `_`, spaces or case.
    pub(super) fn refuse_misspelled_names(&mut self) {
        for given in self.environment.names() {
            let Some(typed) = input_name(given) else {
                continue;
            };
            for spec in INPUTS {
                // The runner passes undeclared inputs on: `dry_run: true` must not become a real rollback.
                if letters(typed) == letters(spec.name) && given != variable(spec.name) {
                    let problem = misspelled(typed, spec.name, self.environment);
                    self.problems.push(problem);
                }
            }
        }
    }
}

fn default(name: &str) -> &'static str {
    let spec = spec(name).and_then(|spec| spec.default);
    spec.unwrap_or_default()
}

/// The variable that carries an input: upper case, spaces become `_`, dashes stay.
pub(super) fn variable(name: &str) -> String {
    format!("INPUT_{}", name.replace(' ', "_").to_ascii_uppercase())
}

fn input_name(variable: &str) -> Option<&str> {
    let (prefix, name) = variable.split_at_checked("INPUT_".len())?;
    prefix.eq_ignore_ascii_case("INPUT_").then_some(name)
}

fn letters(name: &str) -> String {
    name.replace(['-', '_', ' '], "").to_ascii_lowercase()
}

/// A sentence for the end of a hint. A secret is better a variable: other users of the machine see arguments.
fn as_argument(name: &str) -> String {
    let variable = variable(name);
    if is_secret(&variable) {
        format!(" By hand: the variable {variable}.")
    } else {
        format!(" By hand: --{name}=VALUE.")
    }
}

fn misspelled(name: &str, meant: &str, environment: &Environment) -> Problem {
    // The runner turns names to upper case; most workflows have them in lower case.
    let typed = OutsideText::new(name.to_ascii_lowercase());
    let variable = variable(meant);
    let hint = if environment.is_by_hand() {
        format!("Give the flag --{meant}, or the variable {variable}.")
    } else {
        format!(
            "Write {meant} under `with:` in the workflow (outside GitHub: the flag --{meant} or the variable {variable})."
        )
    };
    bad(
        format!("there is no input {typed}; it is spelled {meant}"),
        hint,
    )
}

/// An input that takes one of a few words.
pub(super) trait Choice: Copy + 'static {
    const WORDS: &[(&str, Self)];
}

/// One of the words that the input takes.
pub(super) fn choice<T: Choice>(name: &str, text: &str) -> Result<T, Problem> {
    let mut words = Vec::new();
    for (word, value) in T::WORDS {
        if *word == text {
            return Ok(*value);
        }
        words.push(*word);
    }
    let hint = match closest(text, &words) {
        Some(word) => format!("Did you mean {name}: {word}?"),
        None => format!("Write {name}: {}.", words.join(", or ")),
    };
    let what = format!("which is not one of {}", words.join(", "));
    Err(bad_value(name, text, &what, hint))
}

/// `true` or `false` in the spellings of YAML 1.2's core schema, which GitHub's own toolkit takes too.
pub(super) fn boolean(name: &str, text: &str) -> Result<bool, Problem> {
    match text {
        "true" | "True" | "TRUE" => Ok(true),
        "false" | "False" | "FALSE" => Ok(false),
        _ => Err(bad_value(
            name,
            text,
            "which is neither true nor false",
            format!("Write {name}: true or {name}: false."),
        )),
    }
}

/// A whole number in decimal digits, within a range.
pub(super) fn number(name: &str, text: &str, range: RangeInclusive<u16>) -> Result<u16, Problem> {
    // Rust's own parser takes a plus sign too.
    if !text.starts_with('+')
        && let Ok(number) = text.parse()
        && range.contains(&number)
    {
        return Ok(number);
    }
    let range = format!("from {} to {}", range.start(), range.end());
    Err(not_a_number(name, text, &range))
}

fn not_a_number(name: &str, text: &str, range: &str) -> Problem {
    let what = format!("which is not a whole number {range}");
    let example = default(name);
    let hint = format!("Write a number {range}, for example {name}: {example}.");
    bad_value(name, text, &what, hint)
}

#[cfg(test)]
mod tests {
    use super::{super::tests::shown, *};

    #[test]
    fn a_value_in_a_message_is_outside_text() {
        let problem = boolean("dry-run", "s3cret").unwrap_err();
        let cleaned = crate::outside::cleaned(&problem.message, |_| "***".to_owned());
        assert_eq!(
            cleaned,
            "the input dry-run is \"***\", which is neither true nor false"
        );
        assert!(!problem.hint.contains("s3cret"));
    }

    #[test]
    fn booleans_are_those_of_yaml_1_2() {
        for text in ["true", "True", "TRUE"] {
            assert_eq!(boolean("dry-run", text), Ok(true));
        }
        for text in ["false", "False", "FALSE"] {
            assert_eq!(boolean("dry-run", text), Ok(false));
        }
        for text in ["yes", "1", "on", "tRUE", "no", "0"] {
            let problem = shown(boolean("dry-run", text).unwrap_err());
            assert!(problem.message.contains(text), "{problem}");
            assert!(problem.hint.contains("dry-run: true"), "{}", problem.hint);
        }
    }

    #[test]
    fn numbers_are_plain_and_in_range() {
        let attempts = |text: &str| number("health-check-attempts", text, 1..=100);
        assert_eq!(attempts("7"), Ok(7));
        for text in [
            "0",
            "101",
            "-1",
            "+5",
            "5.0",
            "five",
            "99999999999999999999",
        ] {
            let problem = attempts(text).unwrap_err();
            assert!(problem.message.contains("from 1 to 100"), "{problem}");
        }
    }
}
