//! Hostile text made harmless for the place it goes to: a line of the log, a job summary, a code block.
//!
//! The runner takes `::command::` at a line's start (after white space) and `##[command]` anywhere in a line.

pub(super) use super::visible::visible;
use crate::words;

/// Characters in one line of the log; a longer one ends in `…`.
const LINE_MAX: usize = 1_000;
const TAB: &str = "    ";

/// One line that no runner takes for a command, of at most [`LINE_MAX`] characters.
pub(super) fn line(text: &str) -> String {
    let flat = visible(text).replace(['\n', '\t'], " ");
    unmarked(&words::capped(flat.trim_end(), LINE_MAX))
}

/// A line with what the runner looks for broken up: `##[` anywhere, `::` at the start.
fn unmarked(line: &str) -> String {
    // The runner's older syntax counts anywhere in a line.
    let broken = line.replace("##[", "## [");
    let start = broken.len() - broken.trim_start().len();
    match broken[start..].strip_prefix("::") {
        Some(rest) => format!("{}: :{rest}", &broken[..start]),
        None => broken,
    }
}

/// A long text without its middle, with `max` characters of it: a headline stands at the start, an error at the end.
pub(super) fn both_ends(text: &str, max: usize) -> String {
    let count = text.chars().count();
    if count <= max {
        return text.to_owned();
    }
    let half = max / 2;
    let head: String = text.chars().take(half).collect();
    let tail: String = text.chars().skip(count - half).collect();
    let left_out = count - 2 * half;
    format!("{head}\n… {left_out} characters left out …\n{tail}")
}

/// Prose or a table cell for GitHub's Markdown: one line in which nothing is markup, a link or a mention.
pub(super) fn markdown(text: &str) -> String {
    let mut escaped = String::new();
    escape(&mut escaped, line(text).trim_start());
    escaped
}

/// Prose in which what stands between backticks is in code style, as our own sentences have it.
pub(super) fn prose(text: &str) -> String {
    let flat = line(text);
    let is_paired = flat.matches('`').count().is_multiple_of(2);
    // An odd one comes from outside, and so do two with nothing between them: nobody knows which of them are ours. Left
    // out, they would join what stands before and behind them.
    if !is_paired || flat.contains("``") {
        return markdown(text);
    }
    let mut escaped = String::new();
    for (index, part) in flat.trim_start().split('`').enumerate() {
        if index.is_multiple_of(2) {
            escape(&mut escaped, part);
        } else {
            escaped += &code(part);
        }
    }
    escaped
}

/// A text inside a line of HTML, where GitHub reads no Markdown but still looks for mentions and references.
pub(super) fn html(text: &str) -> String {
    let mut escaped = String::new();
    for c in line(text).trim_start().chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '@' => escaped.push_str("@&#8203;"),
            '#' => escaped.push_str("#&#8203;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// Adds a part of a line, its markup escaped.
fn escape(escaped: &mut String, part: &str) {
    let mut previous = ' ';
    let mut rest = part.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied().unwrap_or(' ');
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // The empty character keeps GitHub from making a mention or a reference of it.
            '@' if !next.is_whitespace() => escaped.push_str("@&#8203;"),
            '#' if next.is_alphanumeric() => escaped.push_str("\\#&#8203;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => escaped.extend(['\\', c]),
            // GitHub makes a link of a bare address, also of one that has no scheme.
            ':' if next == '/' => escaped.push_str("\\:"),
            '.' if matches!(previous, 'w' | 'W') => escaped.push_str("\\."),
            // `1.` or `1)` at the start of a line would begin a list, as would these signs.
            '.' | ')' if escaped.bytes().all(|byte| byte.is_ascii_digit()) => {
                escaped.extend(['\\', c]);
            }
            '-' if next.is_ascii_digit() && ends_in_gh(escaped) => escaped.push_str("-&#8203;"),
            '-' | '+' | '=' | '#' if escaped.is_empty() => escaped.extend(['\\', c]),
            _ => escaped.push(c),
        }
        previous = c;
    }
}

/// Whether `-12` behind it makes GitHub link to an issue: `GH-12` in any letter case.
fn ends_in_gh(text: &str) -> bool {
    let last_two = text.len().saturating_sub(2);
    text.as_bytes()[last_two..].eq_ignore_ascii_case(b"gh")
}

/// A name in code style, where its characters allow that; else as prose.
pub(super) fn code(text: &str) -> String {
    let flat = line(text);
    let flat = flat.trim();
    // A backtick would end it, and a bar ends a table's cell even in code style.
    if flat.is_empty() || flat.contains(['`', '|', '\\']) {
        markdown(flat)
    } else {
        format!("`{flat}`")
    }
}

/// A link, where the address is one that can't break out of it; else the name alone.
pub(super) fn link(name: &str, url: &str) -> String {
    let name = markdown(name);
    // A `)` would end the address; the pages of AWS and GitHub have `https` alone.
    let is_plain = |c: char| {
        c.is_ascii_graphic() && !matches!(c, '(' | ')' | '<' | '>' | '|' | '\\' | '"' | '`')
    };
    if url.starts_with("https://") && url.chars().all(is_plain) {
        // Markdown reads an entity such as `&lt;` in an address, too.
        format!("[{name}]({})", url.replace('&', "&amp;"))
    } else {
        name
    }
}

/// A code block whose fence is longer than any run of backticks inside.
pub(super) fn block(text: &str) -> String {
    let mut inside = String::new();
    for line in visible(text).lines() {
        // A later step may print the summary's file, and then the runner reads it.
        inside += &unmarked(&line.replace('\t', TAB));
        inside.push('\n');
    }
    let inside = inside.trim_end_matches('\n');
    let fence = "`".repeat(longest_run(inside, '`').max(2) + 1);
    format!("{fence}text\n{inside}\n{fence}")
}

/// The lines of `text`, each as safe as [`line`] makes it; of more than `max` the last ones, since
/// an error stands at the end.
pub(super) fn lines(text: &str, max: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for text in visible(text).lines() {
        lines.push(line(&text.replace('\t', TAB)));
    }
    if lines.len() > max {
        // The gate has kept both ends of a long text, so the output `report` has more than the log.
        let left_out = lines.len() - max;
        let note = format!("… {left_out} earlier lines are in the output `report`");
        lines.splice(..left_out, [note]);
    }
    lines
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::tests::hostile;

    /// The runner's parser, version 2 (`::name props::data`) and version 1 (`##[name props]data`).
    pub(crate) fn is_command(line: &str) -> bool {
        let trimmed = line.trim();
        let second = trimmed.starts_with("::") && trimmed[2..].contains("::");
        let first = line.find("##[").is_some_and(|at| line[at..].contains(']'));
        second || first
    }

    proptest! {
        #[test]
        fn no_line_is_a_command(text in hostile::text()) {
            let safe = line(&text);
            prop_assert!(!is_command(&safe), "{safe:?}");
            let broken_out = safe.contains(['\n', '\r', '\u{1b}', '\u{85}', '\u{2028}']);
            prop_assert!(!broken_out);
            prop_assert!(safe.chars().count() <= LINE_MAX + safe.matches("## [").count() + 1);
            prop_assert_eq!(line(&safe), safe.clone());
        }

        #[test]
        fn no_line_of_many_is_a_command(text in hostile::text(), max in 1usize..5) {
            for safe in lines(&text, max) {
                prop_assert!(!is_command(&safe), "{safe:?}");
            }
        }

        #[test]
        fn markdown_has_no_live_character(text in hostile::text()) {
            let safe = markdown(&text);
            prop_assert!(!safe.contains(['<', '>', '\n']), "{safe:?}");
            let mut escaped = false;
            for c in safe.chars() {
                prop_assert!(escaped || !matches!(c, '`' | '|' | '[' | ']' | '*' | '_'), "{safe:?}");
                escaped = c == '\\' && !escaped;
            }
        }

        #[test]
        fn a_block_ends_only_at_its_end(text in hostile::text()) {
            let safe = block(&text);
            let fence: String = safe.chars().take_while(|c| *c == '`').collect();
            prop_assert!(fence.len() >= 3);
            prop_assert_eq!(safe.matches(fence.as_str()).count(), 2, "{:?}", safe);
        }
    }

    #[test]
    fn commands_are_broken_up() {
        assert_eq!(line("  ::error::boo"), "  : :error::boo");
        assert_eq!(line("so ##[error]boo"), "so ## [error]boo");
        assert_eq!(line("a\n::error::b"), "a ::error::b");
    }

    #[test]
    fn prose_keeps_code_style() {
        assert_eq!(
            prose("use `alarms: respect` or <b>"),
            "use `alarms: respect` or &lt;b&gt;"
        );
        assert_eq!(prose("`a|b` and ` odd"), r"\`a\|b\` and \` odd");
        assert_eq!(prose("##``1) x"), r"\##\`\`1) x");
        assert_eq!(prose("`</details>\n<img>`"), "`</details> <img>`");
    }

    #[test]
    fn markdown_shows_what_was_typed() {
        assert_eq!(
            markdown("a|b `c` <img> @me #12"),
            r"a\|b \`c\` &lt;img&gt; @&#8203;me \#&#8203;12"
        );
        assert_eq!(
            markdown("https://x and www.y.z"),
            r"https\://x and www\.y.z"
        );
        assert_eq!(markdown("1. no list"), r"1\. no list");
        assert_eq!(markdown("1) no list"), r"1\) no list");
        assert_eq!(markdown("GH-12, v-12"), "GH-&#8203;12, v-12");
        assert_eq!(html("<b>@me</b> a_b"), "&lt;b&gt;@&#8203;me&lt;/b&gt; a_b");
    }
}
