//! The log as the runner reads it: lines of text that can't be commands, and the commands that are meant.

use std::{cell::RefCell, io::Write};

use super::safe;
use crate::words;

/// Lines of one untrusted text that the log shows.
const UNTRUSTED_MAX: usize = 50;
/// GitHub shows this much of an annotation.
const DATA_MAX: usize = 4_096;
/// A title is one line on the run's page.
const TITLE_MAX: usize = 200;

/// Writes to the step's log. Nothing can be done where that fails, so failures are left out.
pub(super) struct Log {
    step: RefCell<Box<dyn Write>>,
    /// Makes a delimiter nobody can guess.
    token: fn() -> String,
}

impl Log {
    pub(super) fn new(step: Box<dyn Write>, token: fn() -> String) -> Self {
        Self {
            step: RefCell::new(step),
            token,
        }
    }

    /// One line of text.
    pub(super) fn text(&self, text: &str) {
        self.write(&safe::line(text));
    }

    /// Lines of text, each behind `indent` spaces.
    pub(super) fn indented(&self, indent: usize, text: &str) {
        for line in safe::visible(text).lines() {
            self.text(&format!("{:indent$}{line}", ""));
        }
    }

    /// Opens a group that a reader can unfold.
    pub(super) fn group(&self, title: &str) {
        self.command("group", title);
    }

    pub(super) fn end_group(&self) {
        self.command("endgroup", "");
    }

    /// Text from AWS or an application, between markers that keep the runner from looking for commands in it.
    pub(super) fn untrusted(&self, title: &str, text: &str) {
        // A fixed one could stand in the text and end the pause from within.
        let token = (self.token)();
        self.text(title);
        self.command("stop-commands", &token);
        for line in safe::lines(text, UNTRUSTED_MAX) {
            self.text(&format!("  {line}"));
        }
        self.command(&token, "");
    }

    /// An annotation: `kind` is `notice`, `warning` or `error`.
    pub(super) fn annotation(&self, kind: &str, title: &str, text: &str) {
        self.command(&format!("{kind} title={}", property(title)), text);
    }

    /// A line that the runner shows where a run is debugged.
    pub(super) fn debug(&self, text: &str) {
        self.command("debug", text);
    }

    /// A workflow command, with its properties behind its name. Source: the runner's `ActionCommand`.
    fn command(&self, name: &str, data: &str) {
        self.write(&format!("::{name}::{}", escaped_data(data)));
    }

    /// Hands everything to the runner now: a killed run has told what it did.
    pub(super) fn flush(&self) {
        // A rollback goes on without its log, so nothing is done about an error.
        drop(self.step.borrow_mut().flush());
    }

    fn write(&self, line: &str) {
        drop(writeln!(self.step.borrow_mut(), "{line}"));
    }
}

/// Data of a command, cut so that it stays within 4,096 characters when it is escaped.
fn escaped_data(text: &str) -> String {
    let lines: Vec<String> = safe::visible(text).lines().map(safe::line).collect();
    let mut out = String::new();
    for c in lines.join("\n").chars() {
        // Room for the longest that may be added: an escape or character, and the mark.
        if out.len() + 6 > DATA_MAX {
            out.push('…');
            break;
        }
        match c {
            '%' => out.push_str("%25"),
            '\n' => out.push_str("%0A"),
            c => out.push(c),
        }
    }
    out
}

/// A property of a command, in which `:` and `,` have a meaning, too.
fn property(text: &str) -> String {
    let title = words::capped(&safe::line(text), TITLE_MAX);
    // The sign that begins an escape comes first, or it would escape the others twice.
    let title = title.replace('%', "%25");
    title.replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_and_properties_are_escaped() {
        assert_eq!(escaped_data("50%\n##[error]"), "50%25%0A## [error]");
        assert_eq!(property("a:b,c%\nd"), "a%3Ab%2Cc%25 d");
        assert!(escaped_data(&"%\n".repeat(5_000)).len() <= DATA_MAX);
        assert!(escaped_data(&"\u{1f980}\n".repeat(5_000)).len() <= DATA_MAX);
    }
}
