//! A table in Markdown.

/// Rows of one table; the output `report` has all of them.
pub(super) const MOST_ROWS: usize = 200;

pub(super) struct Table {
    text: String,
    rows: usize,
}

impl Table {
    /// Takes the line with the columns' names: `| what | change |`.
    pub(super) fn new(head: &str) -> Self {
        let columns = head.matches('|').count() - 1;
        Self {
            text: format!("{head}\n|{}", ":--|".repeat(columns)),
            rows: 0,
        }
    }

    /// Takes Markdown, one text for each column.
    pub(super) fn row(&mut self, cells: &[&str]) {
        self.rows += 1;
        // A task definition may differ in hundreds of variables, which nobody reads here.
        if self.rows <= MOST_ROWS {
            self.text += &format!("\n| {} |", cells.join(" | "));
        }
    }

    /// The table; empty where it has no row.
    pub(super) fn finish(self) -> String {
        match self.rows.checked_sub(MOST_ROWS) {
            _ if self.rows == 0 => String::new(),
            None | Some(0) => self.text,
            Some(left_out) => format!("{}\n\n{left_out} more in the output `report`.", self.text),
        }
    }
}
