//! A part of a text that is kept up to date: what stands between two lines of comment, `ecs-rollback:begin NAME` and
//! `ecs-rollback:end NAME`. All else stays as it is, byte for byte.

use std::fmt;

const BEGIN: &str = "ecs-rollback:begin";
const END: &str = "ecs-rollback:end";
/// What a line of comment begins with: YAML and shells, HTML and Markdown, C and its like, SQL, INI.
const COMMENTS: [&str; 6] = ["#", "<!--", "//", "/*", "--", ";"];

/// A text with the place of its part.
#[derive(Debug)]
pub(crate) struct Marked<'t> {
    before: &'t str,
    inside: &'t str,
    after: &'t str,
    /// The white space in front of the first marker.
    indent: &'t str,
    line_end: &'static str,
}

/// Why a text has no such part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarkerFault {
    NoBegin,
    NoEnd,
    /// One of the markers is there more than once, or the end comes first.
    Unclear,
}

impl fmt::Display for MarkerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoBegin => "has no line that begins the list",
            Self::NoEnd => "has no line that ends the list",
            Self::Unclear => {
                "has the two lines around the list in another order, or more than once"
            }
        })
    }
}

/// The two lines for a text whose comments begin like this and end like that: what a user adds.
pub(crate) fn marker_lines(name: &str, (open, close): (&str, &str)) -> [String; 2] {
    [BEGIN, END].map(|word| {
        format!("{open} {word} {name} {close}")
            .trim_end()
            .to_owned()
    })
}

impl<'t> Marked<'t> {
    /// # Errors
    /// The markers are missing, or do not say one place.
    pub(crate) fn find(text: &'t str, name: &str) -> Result<Self, MarkerFault> {
        let begin = only(text, BEGIN, name)?.ok_or(MarkerFault::NoBegin)?;
        let end = only(text, END, name)?.ok_or(MarkerFault::NoEnd)?;
        if end.start < begin.end {
            return Err(MarkerFault::Unclear);
        }
        let line = &text[begin.start..begin.end];
        Ok(Self {
            before: &text[..begin.end],
            inside: &text[begin.end..end.start],
            after: &text[end.start..],
            indent: &line[..line.len() - line.trim_start().len()],
            line_end: if line.ends_with("\r\n") { "\r\n" } else { "\n" },
        })
    }

    /// The text with these lines in its part, indented as the marker is; `None` where it has them already.
    pub(crate) fn with(&self, lines: &[String]) -> Option<String> {
        let mut inside = String::new();
        for line in lines {
            if !line.is_empty() {
                inside += self.indent;
            }
            inside += line;
            inside += self.line_end;
        }
        (inside != self.inside).then(|| format!("{}{inside}{}", self.before, self.after))
    }
}

/// From its first character to the one behind its line break.
struct Line {
    start: usize,
    end: usize,
}

/// The only line that is this marker.
fn only(text: &str, word: &str, name: &str) -> Result<Option<Line>, MarkerFault> {
    let mut found = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        if is_marker(line, word, name) {
            if found.is_some() {
                return Err(MarkerFault::Unclear);
            }
            found = Some(Line { start, end });
        }
        start = end;
    }
    Ok(found)
}

fn is_marker(line: &str, word: &str, name: &str) -> bool {
    let line = line.trim();
    let Some(open) = COMMENTS.iter().find(|open| line.starts_with(**open)) else {
        return false;
    };
    let rest = line[open.len()..].trim_start();
    let Some(rest) = rest.strip_prefix(word) else {
        return false;
    };
    let rest = rest.trim_start();
    match rest.strip_prefix(name) {
        // A name has no space and no `--` in it.
        Some(rest) => rest.trim_start() != rest || rest.is_empty() || is_close(rest),
        None => false,
    }
}

fn is_close(rest: &str) -> bool {
    ["-->", "*/"].contains(&rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WORKFLOW: &str = "\
options:
  # ecs-rollback:begin web
  - v1.0.0
  # ecs-rollback:end web
  # ecs-rollback:begin web2
  # ecs-rollback:end web2
";

    fn lines(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| format!("- {word}")).collect()
    }

    #[test]
    fn only_what_is_between_the_markers_changes() {
        let marked = Marked::find(WORKFLOW, "web").unwrap();
        assert_eq!(
            marked.with(&lines(&["v1.1.0", "v1.0.0"])).unwrap(),
            WORKFLOW.replace("  - v1.0.0\n", "  - v1.1.0\n  - v1.0.0\n")
        );
        assert_eq!(marked.with(&lines(&["v1.0.0"])), None);
        let other = Marked::find(WORKFLOW, "web2").unwrap();
        assert!(
            other
                .with(&lines(&["v2"]))
                .unwrap()
                .contains("begin web2\n  - v2\n")
        );
    }

    #[test]
    fn the_line_ends_of_the_web_stay() {
        let body = "Versions\r\n<!-- ecs-rollback:begin web -->\r\n<!-- ecs-rollback:end web-->";
        let marked = Marked::find(body, "web").unwrap();
        assert_eq!(
            marked.with(&["a".to_owned(), String::new()]).unwrap(),
            body.replace("begin web -->\r\n", "begin web -->\r\na\r\n\r\n")
        );
    }

    #[test]
    fn a_text_without_one_clear_place_is_refused() {
        let fault = |text: &str| Marked::find(text, "web").unwrap_err();
        assert_eq!(fault(""), MarkerFault::NoBegin);
        assert_eq!(fault("ecs-rollback:begin web\n"), MarkerFault::NoBegin);
        assert_eq!(fault("# ecs-rollback:begin web2\n"), MarkerFault::NoBegin);
        assert_eq!(fault("# ecs-rollback:begin web"), MarkerFault::NoEnd);
        assert_eq!(
            fault("# ecs-rollback:end web\n# ecs-rollback:begin web"),
            MarkerFault::Unclear
        );
        let twice = format!("{WORKFLOW}# ecs-rollback:begin web\n");
        assert_eq!(fault(&twice), MarkerFault::Unclear);
    }

    #[test]
    fn the_lines_that_a_user_adds_are_found() {
        for comment in [("#", ""), ("<!--", "-->"), ("//", "")] {
            let text = marker_lines("@org/web", comment).join("\n");
            assert!(Marked::find(&text, "@org/web").is_ok(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_rest_stays_byte_for_byte(before in "(\\PC|\n){0,40}", after in "(\\PC|\n){0,40}", new in "[a-z]{0,5}") {
            let text = format!("{before}\n  # ecs-rollback:begin w\nold\n  # ecs-rollback:end w\n{after}");
            let written = Marked::find(&text, "w").unwrap().with(std::slice::from_ref(&new)).unwrap();
            let head = format!("{before}\n  # ecs-rollback:begin w\n");
            let tail = format!("  # ecs-rollback:end w\n{after}");
            prop_assert!(written.starts_with(&head));
            prop_assert!(written.ends_with(&tail));
            prop_assert_eq!(Marked::find(&written, "w").unwrap().with(&[new]), None);
        }

        #[test]
        fn no_text_panics(text in any::<String>(), name in "[a-z]{1,3}") {
            let _ = Marked::find(&text, &name);
        }
    }
}
