//! The log: lines of text that can't be commands, and, where GitHub's runner reads it, the commands that are meant.
//! By hand a terminal shows it: no commands, and what the runner would fold is indented.

use std::{
    cell::{Cell, RefCell},
    io::Write,
};

use super::safe;
use crate::words;

/// Lines of one untrusted text that the log shows.
const UNTRUSTED_MAX: usize = 50;
/// GitHub shows this much of an annotation.
const DATA_MAX: usize = 4_096;
/// A title is one line on the run's page.
const TITLE_MAX: usize = 200;

/// How far the content of a group stands in where nothing folds it.
const GROUP_INDENT: usize = 2;

/// Writes to the log. Nothing can be done where that fails, so failures are left out.
pub(super) struct Log {
    out: RefCell<Box<dyn Write>>,
    reader: Reader,
    /// What each line of text begins with.
    speaker: RefCell<String>,
}

/// Who reads the log.
enum Reader {
    Runner {
        /// Makes a delimiter nobody can guess.
        token: fn() -> String,
    },
    Person {
        /// Spaces before each line.
        indent: Cell<usize>,
    },
}

impl Log {
    /// The log of a step, in which the runner looks for commands.
    pub(super) fn of_a_step(out: Box<dyn Write>, token: fn() -> String) -> Self {
        Self {
            out: RefCell::new(out),
            reader: Reader::Runner { token },
            speaker: RefCell::default(),
        }
    }

    /// The log of a run by hand.
    pub(super) fn by_hand(out: Box<dyn Write>) -> Self {
        let indent = Cell::new(0);
        Self {
            out: RefCell::new(out),
            reader: Reader::Person { indent },
            speaker: RefCell::default(),
        }
    }

    /// From now on, each line of text begins with this.
    pub(super) fn set_speaker(&self, speaker: String) {
        self.speaker.replace(speaker);
    }

    /// One line of text.
    pub(super) fn text(&self, text: &str) {
        let speaker = self.speaker.borrow();
        let line = safe::line(text);
        if line.is_empty() {
            // Where lines have speakers, an empty one would be about nobody.
            if speaker.is_empty() {
                self.write("");
            }
            return;
        }
        let indent = match &self.reader {
            Reader::Person { indent } => indent.get(),
            Reader::Runner { .. } => 0,
        };
        if speaker.is_empty() {
            return self.write(&format!("{:indent$}{line}", ""));
        }
        // Cleaned together: a name and a line must not make a command.
        self.write(&safe::line(&format!("{speaker}{:indent$}{text}", "")));
    }

    /// Lines of text, each behind `indent` spaces.
    pub(super) fn indented(&self, indent: usize, text: &str) {
        for line in safe::visible(text).lines() {
            self.text(&format!("{:indent$}{line}", ""));
        }
    }

    /// Opens a group that a reader can unfold.
    pub(super) fn group(&self, title: &str) {
        match &self.reader {
            // Folded, it is the only line of its group that is seen.
            Reader::Runner { .. } => {
                let title = format!("{}{title}", self.speaker.borrow());
                self.command("group", &title);
            }
            Reader::Person { indent } => {
                self.text(title);
                indent.set(GROUP_INDENT);
            }
        }
    }

    pub(super) fn end_group(&self) {
        match &self.reader {
            Reader::Runner { .. } => self.command("endgroup", ""),
            Reader::Person { indent } => indent.set(0),
        }
    }

    /// Text from AWS or an application, between markers that keep the runner from looking for commands in it.
    pub(super) fn untrusted(&self, title: &str, text: &str) {
        self.text(title);
        let Reader::Runner { token } = &self.reader else {
            // There may be no output `report` that has the rest.
            return self.quoted(text, usize::MAX);
        };
        // A fixed one could stand in the text and end the pause from within.
        let token = token();
        self.command("stop-commands", &token);
        self.quoted(text, UNTRUSTED_MAX);
        self.command(&token, "");
    }

    fn quoted(&self, text: &str, max: usize) {
        for line in safe::lines(text, max) {
            self.text(&format!("  {line}"));
        }
    }

    /// An annotation: `kind` is `notice`, `warning` or `error`. By hand there is no place for it but the log, which
    /// says the same.
    pub(super) fn annotation(&self, kind: &str, title: &str, text: &str) {
        if matches!(self.reader, Reader::Runner { .. }) {
            self.command(&format!("{kind} title={}", property(title)), text);
        }
    }

    /// A warning that nothing else in the log says.
    pub(super) fn warning(&self, text: &str) {
        match self.reader {
            Reader::Runner { .. } => self.annotation("warning", "Rollback", text),
            Reader::Person { .. } => self.text(&format!("warning: {text}")),
        }
    }

    /// A line that the runner shows where a run is debugged.
    pub(super) fn debug(&self, text: &str) {
        match self.reader {
            Reader::Runner { .. } => self.command("debug", text),
            Reader::Person { .. } => self.text(&format!("debug: {text}")),
        }
    }

    /// A workflow command, with its properties behind its name. Source: the runner's `ActionCommand`.
    fn command(&self, name: &str, data: &str) {
        self.write(&format!("::{name}::{}", escaped_data(data)));
    }

    /// Hands everything to the runner now: a killed run has told what it did.
    pub(super) fn flush(&self) {
        // A rollback goes on without its log, so nothing is done about an error.
        drop(self.out.borrow_mut().flush());
    }

    fn write(&self, line: &str) {
        drop(writeln!(self.out.borrow_mut(), "{line}"));
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
    use std::{io, rc::Rc};

    use super::*;

    #[derive(Clone, Default)]
    struct Terminal(Rc<RefCell<Vec<u8>>>);

    impl Write for Terminal {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn by_hand_there_are_no_commands_and_groups_are_indented() {
        let terminal = Terminal::default();
        let log = Log::by_hand(Box::new(terminal.clone()));
        log.group("Details");
        log.text("one");
        log.text("");
        log.untrusted("The container:", "\u{1b}[2J::error::no\n##[error]boo");
        log.end_group();
        log.annotation("error", "x", "is in the log already");
        log.warning("no disk");
        log.debug("GetDeployment 200");
        let shown = String::from_utf8(terminal.0.borrow().clone()).unwrap();
        let wanted = "Details\n  one\n\n  The container:\n    : :error::no\n    ## [error]boo\n\
                      warning: no disk\ndebug: GetDeployment 200\n";
        assert_eq!(shown, wanted);
    }

    #[test]
    fn by_hand_the_names_of_services_stay_in_their_column() {
        let terminal = Terminal::default();
        let log = Log::by_hand(Box::new(terminal.clone()));
        log.set_speaker("web1     ".to_owned());
        log.group("Details");
        log.text("one");
        log.text("");
        log.end_group();
        log.text("two");
        let shown = String::from_utf8(terminal.0.borrow().clone()).unwrap();
        let wanted = "web1     Details\nweb1       one\nweb1     two\n";
        assert_eq!(shown, wanted);
    }

    #[test]
    fn data_and_properties_are_escaped() {
        assert_eq!(escaped_data("50%\n##[error]"), "50%25%0A## [error]");
        assert_eq!(property("a:b,c%\nd"), "a%3Ab%2Cc%25 d");
        assert!(escaped_data(&"%\n".repeat(5_000)).len() <= DATA_MAX);
        assert!(escaped_data(&"\u{1f980}\n".repeat(5_000)).len() <= DATA_MAX);
    }
}
