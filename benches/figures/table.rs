//! The rows, as a table to read and as JSON.

use std::io::{self, Write};

use serde_json::{Value, json};

/// One figure.
pub struct Row {
    pub what: String,
    pub measured: f64,
    pub unit: Unit,
    /// At most this, in the same unit, unless `at_least`; `None` where the row only explains another.
    pub goal: Option<f64>,
    pub at_least: bool,
    /// How it was measured, where that matters.
    pub note: String,
}

#[derive(Clone, Copy)]
pub enum Unit {
    RoundTrips,
    Calls,
    Polls,
    Seconds,
    Times,
    MebiBytes,
    MegaBytes,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::RoundTrips => "round trips",
            Self::Calls => "calls",
            Self::Polls => "polls",
            Self::Seconds => "s",
            Self::Times => "times",
            Self::MebiBytes => "MiB",
            Self::MegaBytes => "MB",
        }
    }

    fn text(self, value: f64) -> String {
        match self {
            Self::Polls if value == 1.0 => "1 poll".to_owned(),
            // A part of a call is an average.
            Self::Calls if value.fract() != 0.0 => format!("{value:.1} {}", self.name()),
            Self::RoundTrips | Self::Calls | Self::Polls => format!("{value} {}", self.name()),
            Self::Seconds => format!("{value:.3} s"),
            Self::Times | Self::MebiBytes | Self::MegaBytes => {
                format!("{value:.1} {}", self.name())
            }
        }
    }
}

impl Row {
    pub fn new(
        what: impl Into<String>,
        measured: f64,
        unit: Unit,
        goal: impl Into<Option<f64>>,
    ) -> Self {
        Self {
            what: what.into(),
            measured,
            unit,
            goal: goal.into(),
            at_least: false,
            note: String::new(),
        }
    }

    pub fn counted(
        what: impl Into<String>,
        measured: usize,
        unit: Unit,
        goal: impl Into<Option<usize>>,
    ) -> Self {
        let number = |count: usize| u32::try_from(count).map_or(f64::INFINITY, f64::from);
        Self::new(what, number(measured), unit, goal.into().map(number))
    }

    pub fn note(self, note: impl Into<String>) -> Self {
        Self {
            note: note.into(),
            ..self
        }
    }

    /// The more, the better.
    pub fn at_least(self) -> Self {
        Self {
            at_least: true,
            ..self
        }
    }

    fn met(&self) -> Option<bool> {
        self.goal.map(|goal| {
            if self.at_least {
                self.measured >= goal
            } else {
                self.measured <= goal
            }
        })
    }

    fn cells(&self) -> [String; 5] {
        let met = self
            .met()
            .map_or("", |met| if met { "met" } else { "NOT MET" });
        let bound = if self.at_least { "at least" } else { "at most" };
        let goal = self
            .goal
            .map(|goal| format!("{bound} {}", self.unit.text(goal)))
            .unwrap_or_default();
        [
            self.what.clone(),
            self.unit.text(self.measured),
            goal,
            met.to_owned(),
            self.note.clone(),
        ]
    }

    pub fn json(&self) -> Value {
        json!({
            "what": self.what, "measured": self.measured, "unit": self.unit.name(), "goal": self.goal,
            "at_least": self.at_least, "met": self.met(), "note": self.note,
        })
    }
}

/// # Errors
/// What `out` says.
pub fn write(rows: &[Row], out: &mut impl Write) -> io::Result<()> {
    let head = ["what", "measured", "goal", "", "how"].map(str::to_owned);
    let lines: Vec<_> = std::iter::once(head)
        .chain(rows.iter().map(Row::cells))
        .collect();
    let width = |column: usize| {
        lines
            .iter()
            .map(|cells| cells[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths = [0, 1, 2, 3].map(width);
    for [what, measured, goal, met, how] in &lines {
        let [a, b, c, d] = widths;
        let line = format!("{what:a$}  {measured:>b$}  {goal:>c$}  {met:d$}  {how}");
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
