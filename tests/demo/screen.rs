//! Where the demo writes: colours only on a terminal and without NO_COLOR.

use std::io::{IsTerminal, Write};

/// A terminal, a file or a pipe.
#[derive(Clone, Copy)]
pub struct Screen {
    coloured: bool,
    /// Whether what GitHub shows folded is shown open.
    pub unfold: bool,
}

/// How a text looks, as the parameters of `ESC [ … m`.
#[derive(Clone, Copy)]
pub enum Look {
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
    Title,
    Code,
}

impl Screen {
    /// See <https://no-color.org>.
    #[expect(
        clippy::disallowed_methods,
        reason = "a program of its own reads its own environment"
    )]
    pub fn stdout(unfold: bool) -> Self {
        let unwanted = std::env::var("NO_COLOR").is_ok_and(|value| !value.is_empty());
        Self {
            coloured: std::io::stdout().is_terminal() && !unwanted,
            unfold,
        }
    }

    /// One line, at once.
    pub fn line(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        // A reader that went away, as `head` does, is no reason to stop the story.
        drop(writeln!(out, "{text}").and_then(|()| out.flush()));
    }

    /// Something the demo says itself.
    pub fn note(&self, text: &str) {
        self.line(&self.paint(Look::Dim, text));
    }

    /// Begins a part of a story.
    pub fn title(&self, text: &str) {
        let rule = "─".repeat(76usize.saturating_sub(text.chars().count()));
        self.line(&format!(
            "\n{}",
            self.paint(Look::Title, &format!("── {text} {rule}"))
        ));
    }

    /// A name to click on, where a terminal can (OSC 8); elsewhere the name, since the file has the address.
    pub fn link(&self, name: &str, url: &str) -> String {
        if self.coloured {
            format!("\u{1b}]8;;{url}\u{1b}\\{name}\u{1b}]8;;\u{1b}\\")
        } else {
            name.to_owned()
        }
    }

    pub fn paint(&self, look: Look, text: &str) -> String {
        if !self.coloured || text.is_empty() {
            return text.to_owned();
        }
        let parameters = match look {
            Look::Bold => "1",
            Look::Dim => "2",
            Look::Red => "31",
            Look::Green => "32",
            Look::Yellow => "33",
            Look::Title => "1;36",
            Look::Code => "36",
        };
        // What is inside may end its own look, which must not end this one.
        let inside = text.replace("\u{1b}[0m", &format!("\u{1b}[0m\u{1b}[{parameters}m"));
        format!("\u{1b}[{parameters}m{inside}\u{1b}[0m")
    }
}
