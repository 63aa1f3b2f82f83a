//! A job summary on a terminal: the Markdown that the action's summary is made of, and no more.

use crate::screen::{Look, Screen};

/// Shows the document. Folded sections show their titles only, as on GitHub.
pub fn show(screen: &Screen, text: &str) {
    let mut lines = text.lines().peekable();
    // Of the sections that the line is in, whether each is folded.
    let mut sections: Vec<bool> = Vec::new();
    let mut blank = true;
    while let Some(line) = lines.next() {
        let is_hidden = sections.contains(&true);
        if let Some((title, is_open)) = section(line) {
            if !is_hidden {
                let mark = if is_open { '▾' } else { '▸' };
                let title = format!("{mark} {}", inline(screen, title));
                screen.line(&screen.paint(Look::Bold, &title));
            }
            sections.push(!is_open && !screen.unfold);
            blank = true;
        } else if line == "</details>" {
            sections.pop();
            blank = true;
        } else if is_hidden {
        } else if line.starts_with("| ") {
            let mut table = vec![line];
            while let Some(row) = lines.next_if(|line| line.starts_with('|')) {
                table.push(row);
            }
            show_table(screen, &table);
            blank = false;
        } else if let Some(fence) = line.strip_suffix("mermaid") {
            screen.note("(here GitHub draws the phases as a timeline)");
            lines.by_ref().find(|line| *line == fence);
            blank = false;
        } else if let Some(fence) = line
            .strip_suffix("text")
            .filter(|line| line.starts_with("```"))
        {
            for code in lines.by_ref().take_while(|line| *line != fence) {
                screen.line(&format!("    {}", screen.paint(Look::Yellow, code)));
            }
            blank = false;
        } else if !(blank && line.is_empty()) {
            screen.line(&block(screen, line));
            blank = line.is_empty();
        }
    }
}

/// The title of a section that can be folded, and whether it is shown open.
fn section(line: &str) -> Option<(&str, bool)> {
    let open = between(line, "<details open><summary>", "</summary>");
    let folded = between(line, "<details><summary>", "</summary>");
    open.map(|title| (title, true))
        .or(folded.map(|title| (title, false)))
}

/// One line of a heading, a list, a quotation or a paragraph.
fn block(screen: &Screen, line: &str) -> String {
    if let Some(heading) = line.strip_prefix("## ") {
        let look = if heading.starts_with('✔') {
            Look::Green
        } else {
            Look::Red
        };
        return screen.paint(Look::Bold, &screen.paint(look, &inline(screen, heading)));
    }
    if let Some(item) = line.strip_prefix("- ") {
        return format!("  • {}", inline(screen, item));
    }
    if let Some(quote) = line.strip_prefix("> ") {
        return format!("  │ {}", inline(screen, quote.trim_end_matches("<br>")));
    }
    inline(screen, line)
}

fn show_table(screen: &Screen, lines: &[&str]) {
    let cells = |line: &&str| -> Vec<String> {
        let inside = line.trim_start_matches('|').trim_end_matches('|');
        split_cells(inside)
            .iter()
            .map(|cell| inline(screen, cell.trim()))
            .collect()
    };
    let is_rule = |line: &&str| line.chars().all(|c| matches!(c, '|' | ':' | '-' | ' '));
    let rows: Vec<Vec<String>> = lines
        .iter()
        .enumerate()
        .filter(|(at, line)| *at != 1 || !is_rule(line))
        .map(|(_, line)| cells(line))
        .collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| seen(cell))
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for (number, row) in rows.iter().enumerate() {
        let padded: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell}{}", " ".repeat(width - seen(cell))))
            .collect();
        let line = format!("  {}", padded.join("   "));
        screen.line(&if number == 0 {
            screen.paint(Look::Dim, line.trim_end())
        } else {
            line.trim_end().to_owned()
        });
    }
}

/// At bars that are not escaped.
fn split_cells(row: &str) -> Vec<&str> {
    let bar = |(at, _): &(usize, &str)| !row[..*at].ends_with('\\');
    let mut cells = Vec::new();
    let mut from = 0;
    for (at, _) in row.match_indices('|').filter(bar) {
        cells.push(&row[from..at]);
        from = at + 1;
    }
    cells.push(&row[from..]);
    cells
}

/// Bold, code, links, escaped characters.
fn inline(screen: &Screen, text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let bold = enclosed(rest, "**", "**").or_else(|| enclosed(rest, "<b>", "</b>"));
        if let Some((bold, after)) = bold {
            out.push_str(&screen.paint(Look::Bold, &inline(screen, bold)));
            rest = after;
        } else if let Some((code, after)) = enclosed(rest, "`", "`") {
            out.push_str(&screen.paint(Look::Code, code));
            rest = after;
        } else if let Some((name, after)) = enclosed(rest, "[", "](") {
            let (url, after) = after.split_once(')').unwrap_or((after, ""));
            out.push_str(&screen.link(&inline(screen, name), url));
            rest = after;
        } else if let Some((entity, shown)) =
            ENTITIES.iter().find(|(entity, _)| rest.starts_with(entity))
        {
            out.push_str(shown);
            rest = &rest[entity.len()..];
        } else {
            let escaped = if c == '\\' {
                rest[1..].chars().next().filter(char::is_ascii_punctuation)
            } else {
                None
            };
            out.push(escaped.unwrap_or(c));
            rest = &rest[c.len_utf8() + escaped.map_or(0, char::len_utf8)..];
        }
    }
    out
}

const ENTITIES: [(&str, &str); 5] = [
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&amp;", "&"),
    ("&#8203;", ""),
    ("<br>", ", "), // in a cell, which is one line here
];

/// What stands between `open` at the start and the next `close`, and what comes after.
fn enclosed<'a>(text: &'a str, open: &str, close: &str) -> Option<(&'a str, &'a str)> {
    text.strip_prefix(open)?
        .split_once(close)
        .filter(|(inside, _)| !inside.is_empty())
}

fn between<'a>(line: &'a str, open: &str, close: &str) -> Option<&'a str> {
    line.strip_prefix(open)?.strip_suffix(close)
}

/// Characters that a terminal shows: colours have no width.
fn seen(text: &str) -> usize {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().map_or(0, |part| part.chars().count());
    let after_colour = |part: &str| {
        part.split_once('m')
            .map_or(0, |(_, shown)| shown.chars().count())
    };
    first + parts.map(after_colour).sum::<usize>()
}
