//! Hostile text made harmless for the place it goes to: a line of the log, a job summary, a code block.
//!
//! The runner takes `::command::` at a line's start (after white space) and `##[command]` anywhere in a line.

use std::iter::Peekable;
use std::str::Chars;

/// Characters in one line of the log; a longer one ends in `…`.
pub const LINE_MAX: usize = 1_000;
/// Characters in one code block of the summary, and lines of it.
const BLOCK_MAX: usize = 16_000;

/// What a person can see of `text`: no control characters but newline and tab, no ANSI escapes, no
/// bidirectional overrides, nothing of zero width. Every kind of line end becomes `\n`.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}' => out.push('\n'),
            '\u{1b}' => skip_escape(&mut chars),
            '\u{9b}' => skip_csi(&mut chars),
            '\n' | '\t' => out.push(c),
            c if !c.is_control() && !is_unseen(c) => out.push(c),
            _ => {}
        }
    }
    out
}

/// One line that no runner takes for a command, of at most [`LINE_MAX`] characters.
pub fn line(text: &str) -> String {
    let flat = visible(text).replace(['\n', '\t'], " ");
    unmarked(&capped(flat.trim_end(), LINE_MAX))
}

/// A line with what the runner looks for broken up: `##[` anywhere, `::` at the start.
fn unmarked(line: &str) -> String {
    let broken = line.replace("##[", "## [");
    let start = broken.len() - broken.trim_start().len();
    match broken[start..].strip_prefix("::") {
        Some(rest) => format!("{}: :{rest}", &broken[..start]),
        None => broken,
    }
}

/// The first `max` characters, the last of them `…` when some are missing.
pub fn capped(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some(_) => text.chars().take(max - 1).chain(['…']).collect(),
    }
}

/// Prose or a table cell for GitHub's Markdown: one line in which nothing is markup, a link or a mention.
pub fn markdown(text: &str) -> String {
    let flat = line(text);
    let mut out = String::with_capacity(flat.len() + 16);
    let mut previous = ' ';
    let mut rest = flat.trim_start().chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied().unwrap_or(' ');
        let at_start = out.is_empty();
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // The empty character keeps GitHub from making a mention or a reference of it.
            '@' if !next.is_whitespace() => out.push_str("@&#8203;"),
            '#' if next.is_alphanumeric() => out.push_str("\\#&#8203;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => out.extend(['\\', c]),
            ':' if next == '/' => out.push_str("\\:"),
            '.' if matches!(previous, 'w' | 'W') => out.push_str("\\."),
            '.' if out.bytes().all(|b| b.is_ascii_digit()) => out.push_str("\\."),
            '-' | '+' | '=' | '#' if at_start => out.extend(['\\', c]),
            _ => out.push(c),
        }
        previous = c;
    }
    out
}

/// Prose in which what stands between backticks is in code style, as our own sentences have it.
pub fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return markdown(text);
    }
    let styled = parts.iter().enumerate().map(|(number, part)| {
        let (before, after) = if number % 2 == 0 {
            (if part.starts_with(' ') { " " } else { "" }, if part.ends_with(' ') { " " } else { "" })
        } else {
            ("", "")
        };
        let inside = if number % 2 == 0 { markdown(part) } else { code(part) };
        if inside.is_empty() { after.to_owned() } else { format!("{before}{inside}{after}") }
    });
    styled.collect::<String>().trim().to_owned()
}

/// A name in code style, where its characters allow that; else as prose.
pub fn code(text: &str) -> String {
    let flat = line(text);
    let flat = flat.trim();
    if flat.is_empty() || flat.contains(['`', '|', '\\']) { markdown(flat) } else { format!("`{flat}`") }
}

/// A link, where the address is one that can't break out of it; else the name alone.
pub fn link(name: &str, url: &str) -> String {
    let plain =
        |c: char| c.is_ascii_graphic() && !matches!(c, '(' | ')' | '<' | '>' | '|' | '\\' | '"' | '`');
    let known = url.starts_with("https://") && url.chars().all(plain);
    if known { format!("[{}]({url})", markdown(name)) } else { markdown(name) }
}

/// A code block whose fence is longer than any run of backticks inside.
pub fn block(text: &str) -> String {
    let lines: Vec<String> = visible(text).lines().map(|l| unmarked(&l.replace('\t', "    "))).collect();
    let inside = ending(&lines.join("\n"), BLOCK_MAX);
    let fence = "`".repeat(longest_run(&inside, '`').max(2) + 1);
    format!("{fence}text\n{inside}\n{fence}")
}

/// The lines of `text`, each as safe as [`line`] makes it; of more than `max` the last ones, since
/// an error stands at the end.
pub fn lines(text: &str, max: usize) -> Vec<String> {
    let all: Vec<String> = visible(text).lines().map(|l| line(&l.replace('\t', "    "))).collect();
    if all.len() <= max {
        return all;
    }
    let left_out = all.len() - max;
    let note = format!("… {left_out} earlier lines are in the output `report`");
    std::iter::once(note).chain(all.into_iter().skip(left_out)).collect()
}

/// The last `max` characters, marked where something is missing.
fn ending(text: &str, max: usize) -> String {
    let count = text.chars().count();
    if count <= max {
        return text.to_owned();
    }
    std::iter::once('…').chain(text.chars().skip(count - max + 1)).collect()
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(str::len).max().unwrap_or(0)
}

/// Past an escape sequence whose ESC was just read.
fn skip_escape(chars: &mut Peekable<Chars<'_>>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_csi(chars);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => skip_string(chars),
        Some(c) if c.is_ascii() && !c.is_ascii_control() => {
            chars.next();
        }
        _ => {}
    }
}

/// Past the parameters and the final byte of a control sequence (ECMA-48, 5.4).
fn skip_csi(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|c| ('\u{20}'..='\u{3f}').contains(c)).is_some() {}
    chars.next_if(|c| ('\u{40}'..='\u{7e}').contains(c));
}

/// Past a control string; it ends with BEL or ESC \, and at the latest with its line, so that it can't hide the rest.
fn skip_string(chars: &mut Peekable<Chars<'_>>) {
    while let Some(c) = chars.next_if(|c| !matches!(c, '\n' | '\r')) {
        if c == '\u{7}' || c == '\u{9c}' {
            return;
        }
        if c == '\u{1b}' {
            chars.next_if_eq(&'\\');
            return;
        }
    }
}

/// Format characters: zero width, bidirectional controls, tags (Unicode's `Cf`, and the fillers that look empty).
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The runner's parser, version 2 (`::name props::data`) and version 1 (`##[name props]data`).
    pub(crate) fn is_command(line: &str) -> bool {
        let trimmed = line.trim();
        let second = trimmed.starts_with("::") && trimmed[2..].contains("::");
        let first = line.find("##[").is_some_and(|at| line[at..].contains(']'));
        second || first
    }

    /// Text made mostly of what the runner, a terminal and Markdown look for.
    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            proptest::sample::select(vec![
                "::",
                "::error::",
                "##[",
                "##",
                "#",
                "[",
                "]",
                "%0A",
                "\r",
                "\n",
                "\t",
                " ",
                "\u{1b}[31m",
                "\u{1b}",
                "\u{9b}",
                "\u{85}",
                "\u{2028}",
                "\u{202e}",
                "\u{200b}",
                "\u{feff}",
                "\u{a0}",
                "`",
                "```",
                "|",
                "</details>",
                "<img src=x>",
                "@org/team",
                "#12",
                "https://x.y",
                "\\",
                "&lt;",
            ])
            .prop_map(str::to_owned),
            any::<String>(),
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn no_line_is_a_command(text in hostile()) {
            let safe = line(&text);
            prop_assert!(!is_command(&safe), "{safe:?}");
            let broken_out = safe.contains(['\n', '\r', '\u{1b}', '\u{85}', '\u{2028}']);
            prop_assert!(!broken_out);
            prop_assert!(safe.chars().count() <= LINE_MAX + safe.matches("## [").count() + 1);
            prop_assert_eq!(line(&safe), safe.clone());
        }

        #[test]
        fn no_line_of_many_is_a_command(text in hostile(), max in 1usize..5) {
            for safe in lines(&text, max) {
                prop_assert!(!is_command(&safe), "{safe:?}");
            }
        }

        #[test]
        fn markdown_has_no_live_character(text in hostile()) {
            let safe = markdown(&text);
            prop_assert!(!safe.contains(['<', '>', '\n']), "{safe:?}");
            let mut escaped = false;
            for c in safe.chars() {
                prop_assert!(escaped || !matches!(c, '`' | '|' | '[' | ']' | '*' | '_'), "{safe:?}");
                escaped = c == '\\' && !escaped;
            }
        }

        #[test]
        fn a_block_ends_only_at_its_end(text in hostile()) {
            let safe = block(&text);
            let fence: String = safe.chars().take_while(|c| *c == '`').collect();
            prop_assert!(fence.len() >= 3);
            prop_assert_eq!(safe.matches(fence.as_str()).count(), 2, "{:?}", safe);
        }
    }

    #[test]
    fn escapes_vanish_and_text_stays() {
        assert_eq!(
            visible("\u{1b}[1;31mred\u{1b}[0m \u{1b}]8;;https://x\u{7}link\u{1b}]8;;\u{7}"),
            "red link"
        );
        assert_eq!(visible("\u{1b}]0;never closed\nnext"), "\nnext");
        assert_eq!(visible("a\u{202e}b\u{200b}c\r\nd\re"), "abc\nd\ne");
    }

    #[test]
    fn commands_are_broken_up() {
        assert_eq!(line("  ::error::boo"), "  : :error::boo");
        assert_eq!(line("so ##[error]boo"), "so ## [error]boo");
        assert_eq!(line("a\n::error::b"), "a ::error::b");
    }

    #[test]
    fn prose_keeps_code_style() {
        assert_eq!(prose("use `alarms: respect` or <b>"), "use `alarms: respect` or &lt;b&gt;");
        assert_eq!(prose("`a|b` and ` odd"), r"\`a\|b\` and \` odd");
        assert_eq!(prose("`</details>\n<img>`"), "`</details> <img>`");
    }

    #[test]
    fn markdown_shows_what_was_typed() {
        assert_eq!(markdown("a|b `c` <img> @me #12"), r"a\|b \`c\` &lt;img&gt; @&#8203;me \#&#8203;12");
        assert_eq!(markdown("https://x and www.y.z"), r"https\://x and www\.y.z");
        assert_eq!(markdown("1. no list"), r"1\. no list");
    }
}
