//! Hostile text made harmless for the place it goes to: a line of the log, a job summary, a code block.
//!
//! The runner takes `::command::` at a line's start (after white space) and `##[command]` anywhere in a line.

pub(super) use super::visible::visible;

/// Characters in one line of the log; a longer one ends in `…`.
const LINE_MAX: usize = 1_000;
/// Characters in one code block of the summary, and lines of it.
const BLOCK_MAX: usize = 16_000;

/// One line that no runner takes for a command, of at most [`LINE_MAX`] characters.
pub(super) fn line(text: &str) -> String {
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
pub(super) fn capped(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some(_) => text.chars().take(max - 1).chain(['…']).collect(),
    }
}

/// Prose or a table cell for GitHub's Markdown: one line in which nothing is markup, a link or a mention.
pub(super) fn markdown(text: &str) -> String {
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
pub(super) fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return markdown(text);
    }
    let styled = parts.iter().enumerate().map(|(number, part)| {
        let (before, after) = if number % 2 == 0 {
            (
                if part.starts_with(' ') { " " } else { "" },
                if part.ends_with(' ') { " " } else { "" },
            )
        } else {
            ("", "")
        };
        let inside = if number % 2 == 0 {
            markdown(part)
        } else {
            code(part)
        };
        if inside.is_empty() {
            after.to_owned()
        } else {
            format!("{before}{inside}{after}")
        }
    });
    styled.collect::<String>().trim().to_owned()
}

/// A name in code style, where its characters allow that; else as prose.
pub(super) fn code(text: &str) -> String {
    let flat = line(text);
    let flat = flat.trim();
    if flat.is_empty() || flat.contains(['`', '|', '\\']) {
        markdown(flat)
    } else {
        format!("`{flat}`")
    }
}

/// A link, where the address is one that can't break out of it; else the name alone.
pub(super) fn link(name: &str, url: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_graphic() && !matches!(c, '(' | ')' | '<' | '>' | '|' | '\\' | '"' | '`')
    };
    let known = url.starts_with("https://") && url.chars().all(plain);
    if known {
        format!("[{}]({url})", markdown(name))
    } else {
        markdown(name)
    }
}

/// A code block whose fence is longer than any run of backticks inside.
pub(super) fn block(text: &str) -> String {
    let lines: Vec<String> = visible(text)
        .lines()
        .map(|l| unmarked(&l.replace('\t', "    ")))
        .collect();
    let inside = ending(&lines.join("\n"), BLOCK_MAX);
    let fence = "`".repeat(longest_run(&inside, '`').max(2) + 1);
    format!("{fence}text\n{inside}\n{fence}")
}

/// The lines of `text`, each as safe as [`line`] makes it; of more than `max` the last ones, since
/// an error stands at the end.
pub(super) fn lines(text: &str, max: usize) -> Vec<String> {
    let all: Vec<String> = visible(text)
        .lines()
        .map(|l| line(&l.replace('\t', "    ")))
        .collect();
    if all.len() <= max {
        return all;
    }
    let left_out = all.len() - max;
    let note = format!("… {left_out} earlier lines are in the output `report`");
    std::iter::once(note)
        .chain(all.into_iter().skip(left_out))
        .collect()
}

/// The last `max` characters, marked where something is missing.
fn ending(text: &str, max: usize) -> String {
    let count = text.chars().count();
    if count <= max {
        return text.to_owned();
    }
    std::iter::once('…')
        .chain(text.chars().skip(count - max + 1))
        .collect()
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(str::len).max().unwrap_or(0)
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
    }
}
