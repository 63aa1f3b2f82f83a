//! Why a deployment did not go well, as far as the deployment itself says it.

use crate::{outside::OutsideText, words};

/// The longest reason that a sentence quotes; the rest is in the details.
const QUOTED: usize = 300;

/// What the deployment says of its cause.
#[derive(Clone)]
pub(crate) enum Clue {
    /// A lifecycle event that runs a hook failed.
    Event { name: String, text: OutsideText },
    /// Alarms that were in ALARM state, or what CodeDeploy says of them.
    Alarms(Vec<OutsideText>),
    /// AWS's words, where tasks that stopped say no more.
    Said(OutsideText),
}

impl Clue {
    /// A lower-case sentence without its full stop.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Event { name, text } => {
                format!("the lifecycle event {name} failed: {}", quoted(text))
            }
            Self::Alarms(alarms) => format!(
                "alarm triggered: {}",
                words::list(alarms.iter().map(quoted))
            ),
            Self::Said(text) => format!("AWS says: {}", quoted(text)),
        }
    }
}

/// A text of several lines, short enough for a sentence: its first line, and where that is a mere code the second.
pub(crate) fn quoted(text: &OutsideText) -> OutsideText {
    let mut lines = text
        .raw()
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let mut quote = first.to_owned();
    if !first.contains(char::is_whitespace)
        && let Some(second) = lines.next()
    {
        quote = format!("{first}: {second}");
    }
    if quote.chars().count() > QUOTED {
        quote = quote.chars().take(QUOTED).chain(['…']).collect();
    }
    OutsideText::new(quote.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_is_one_short_line() {
        for (text, quote) in [
            (
                "ScriptFailed\nassertion failed\nlog",
                "ScriptFailed: assertion failed",
            ),
            ("\n it broke.\nand more", "it broke"),
            ("", ""),
        ] {
            assert_eq!(quoted(&OutsideText::new(text)).raw(), quote);
        }
        let long = OutsideText::new("a ".repeat(QUOTED));
        assert_eq!(quoted(&long).raw().chars().count(), QUOTED + 1);
    }
}
