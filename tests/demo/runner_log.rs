//! The log of a step as GitHub shows it: workflow commands are carried out instead of shown.
//! Source: the runner's `ActionCommandManager`.

use crate::screen::{Look, Screen};

/// Turns what a step writes into what a reader sees, line by line.
pub struct RunnerLog<'a> {
    screen: &'a Screen,
    /// Lines hidden so far in the group that is open.
    folded: Option<usize>,
    /// While set, nothing is a command until `::token::` comes.
    stopped: Option<String>,
}

impl<'a> RunnerLog<'a> {
    pub fn new(screen: &'a Screen) -> Self {
        Self {
            screen,
            folded: None,
            stopped: None,
        }
    }

    /// Takes one line of the step's output.
    pub fn line(&mut self, line: &str) {
        let command = parse(line);
        if let Some(token) = &self.stopped {
            if command
                .as_ref()
                .is_some_and(|command| command.name == token)
            {
                self.stopped = None;
            } else {
                self.show(line);
            }
            return;
        }
        match command {
            None => self.show(line),
            Some(command) => self.carry_out(&command),
        }
    }

    fn carry_out(&mut self, command: &Command<'_>) {
        match command.name {
            "group" => {
                self.screen.line(
                    &self
                        .screen
                        .paint(Look::Bold, &format!("▸ {}", command.data)),
                );
                self.folded = Some(0);
            }
            "endgroup" => {
                if let Some(hidden) = self.folded.take().filter(|hidden| *hidden > 0) {
                    self.screen.note(&format!("  ({hidden} lines, folded)"));
                }
            }
            "stop-commands" => self.stopped = Some(command.data.clone()),
            "error" => self.annotate(Look::Red, "Error", &command.data),
            "warning" => self.annotate(Look::Yellow, "Warning", &command.data),
            "notice" => self.annotate(Look::Green, "Notice", &command.data),
            // The others change what the runner knows, and are not shown.
            _ => {}
        }
    }

    /// An annotation: it stands in the log, and on the run's page.
    fn annotate(&mut self, look: Look, kind: &str, text: &str) {
        for line in format!("{kind}: {text}").lines() {
            self.screen.line(&self.screen.paint(look, line));
        }
    }

    fn show(&mut self, line: &str) {
        match &mut self.folded {
            Some(hidden) if !self.screen.unfold => *hidden += 1,
            Some(_) => self.screen.note(&format!("  {line}")),
            None => {
                // Of several services, each line begins with the name of one.
                let mut words = line.split_whitespace().take(2);
                let look = words.find_map(|word| match word {
                    "✔" => Some(Look::Green),
                    "✘" => Some(Look::Red),
                    _ => None,
                });
                match look {
                    Some(look) => self.screen.line(&self.screen.paint(look, line)),
                    None => self.screen.line(line),
                }
            }
        }
    }
}

/// `::name properties::data`
struct Command<'a> {
    name: &'a str,
    data: String,
}

fn parse(line: &str) -> Option<Command<'_>> {
    let (head, data) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let name = head.split(' ').next()?;
    let data = data
        .replace("%0D", "\r")
        .replace("%0A", "\n")
        .replace("%25", "%");
    Some(Command { name, data })
}
