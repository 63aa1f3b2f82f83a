//! Patterns for paths, one a line, as people know them from the `paths:` filters of a GitHub workflow.

use crate::outside::OutsideText;

/// More lines than this are a mistake, and each one costs time for every file of a range.
const MOST_LINES: usize = 1_000;

/// Patterns in their order: a later one wins over an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Globs(Vec<Glob>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Glob {
    /// As the matcher reads it.
    pattern: String,
    /// A line that began with `!`.
    is_excluded: bool,
}

impl Globs {
    /// One pattern a line: `*` within a folder, `**` over folders, `x?` for an optional character, `[a-z]`, `{a,b}`,
    /// and `\` in front of a character that stands for itself. Lines that begin with `#` are comments; a line that
    /// begins with `!` takes away what the lines above it took in.
    ///
    /// Source: GitHub's filter pattern cheat sheet; `{a,b}` is ours, because people expect it.
    ///
    /// # Errors
    /// A sentence with the number of the line that is no pattern.
    pub(crate) fn parse(lines: &str) -> Result<Self, String> {
        let mut globs = Vec::new();
        for (number, line) in (1..).zip(lines.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if globs.len() == MOST_LINES {
                return Err(format!("it has more than {MOST_LINES} patterns"));
            }
            let glob = Glob::parse(line).map_err(|why| {
                let line = OutsideText::new(line);
                format!("line {number}: {line} is not a pattern: {why}")
            })?;
            globs.push(glob);
        }
        Ok(Self(globs))
    }

    /// Whether there is no pattern at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a path, with `/` and from the repository's root, is meant. Where every line excludes, all other paths
    /// are meant.
    pub(crate) fn is_match(&self, path: &str) -> bool {
        let mut is_match = !self.0.is_empty() && self.0.iter().all(|glob| glob.is_excluded);
        for glob in &self.0 {
            if fast_glob::glob_match(&glob.pattern, path) {
                is_match = !glob.is_excluded;
            }
        }
        is_match
    }
}

impl Glob {
    fn parse(line: &str) -> Result<Self, String> {
        let (is_excluded, pattern) = match line.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        // Git has no path with a leading `/` or `./`, but people write both.
        let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
        let pattern = translated(pattern.trim_start_matches('/'))?;
        if pattern.is_empty() {
            return Err("it is empty".to_owned());
        }
        if let Err(error) = fast_glob::validate(&pattern) {
            return Err(reason(error.kind).to_owned());
        }
        Ok(Self {
            pattern,
            is_excluded,
        })
    }
}

fn reason(error: fast_glob::ErrorKind) -> &'static str {
    use fast_glob::ErrorKind;
    match error {
        ErrorKind::UnclosedBrace => "the { is not closed",
        ErrorKind::UnclosedBracket => "the [ is not closed",
        ErrorKind::TrailingBackslash => "nothing follows the \\",
        _ => "it has too many alternatives",
    }
}

/// A pattern of GitHub's in the words of the matcher, which knows `**` only as a whole folder, and `?` as any one
/// character.
fn translated(pattern: &str) -> Result<String, String> {
    let mut out = String::new();
    // What a `?` would make optional: where the last character, or class, begins.
    let mut last = None;
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let length = piece_length(rest, first);
        let (piece, after) = rest.split_at(length);
        match first {
            '?' => {
                let Some(start) = last.take() else {
                    return Err("nothing stands before the ?".to_owned());
                };
                out.insert(start, '{');
                out.push_str(",}");
            }
            '+' => return Err("+ is not supported; write \\+ for a plus sign".to_owned()),
            '*' if length > 1 => {
                out.push_str(deep_star(&out, after));
                last = None;
            }
            _ => {
                last = (!"*/{},".contains(first)).then_some(out.len());
                out.push_str(piece);
            }
        }
        rest = after;
    }
    Ok(out)
}

/// `**` anywhere: as GitHub has it, any characters, folders as well.
fn deep_star(before: &str, after: &str) -> &'static str {
    let begins = before.is_empty() || before.ends_with('/');
    let ends = after.is_empty() || after.starts_with('/');
    match (begins, ends) {
        (true, true) => "**",
        (true, false) => "**/*",
        (false, true) => "{*,*/**}",
        (false, false) => "{*,*/**/*}",
    }
}

/// The bytes of one piece: an escaped character, a class in brackets, a run of stars, or one character.
fn piece_length(rest: &str, first: char) -> usize {
    match first {
        '\\' => {
            let escaped = rest[1..].chars().next();
            1 + escaped.map_or(0, char::len_utf8)
        }
        '[' => rest.find(']').map_or(rest.len(), |end| end + 1),
        '*' => rest.len() - rest.trim_start_matches('*').len(),
        _ => first.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::outside::without_marks;

    fn globs(lines: &str) -> Globs {
        Globs::parse(lines).unwrap()
    }

    #[test]
    fn patterns_mean_what_they_mean_in_a_workflow() {
        for (pattern, paths, others) in [
            ("*", &["README.md"][..], &["docs/a.md"][..]),
            ("**", &["README.md", "a/b/c.rs"], &[]),
            ("*.js", &["app.js"], &["src/app.js"]),
            ("**.js", &["app.js", "src/js/app.js"], &["app.jsx"]),
            ("*.jsx?", &["app.js", "app.jsx"], &["app.jsxx"]),
            ("docs/*", &["docs/a.md"], &["docs/b/a.md"]),
            ("docs/**", &["docs/a.md", "docs/b/a.md"], &["my/docs/a.md"]),
            ("**/docs/**", &["docs/a.md", "my/docs/a.md"], &["doc/a.md"]),
            ("src**", &["src/a.rs", "src2/b/c.rs", "src"], &["lib/src"]),
            ("a**b.rs", &["ab.rs", "ax/y/zb.rs"], &["ab.rsx"]),
            (
                "**/*-post.md",
                &["my-post.md", "a/their-post.md"],
                &["post.md"],
            ),
            ("v[12].sql", &["v1.sql"], &["v3.sql"]),
            ("v[12]?.sql", &["v.sql", "v2.sql"], &["v12.sql"]),
            ("apps/{web,api}/**", &["apps/web/a"], &["apps/job/a"]),
            ("a/\\+page.ts", &["a/+page.ts"], &["a/page.ts"]),
            ("./src/*", &["src/a"], &["a"]),
            ("/src/*", &["src/a"], &["a"]),
        ] {
            for path in paths {
                assert!(globs(pattern).is_match(path), "{pattern} {path}");
            }
            for path in others {
                assert!(!globs(pattern).is_match(path), "{pattern} {path}");
            }
        }
    }

    #[test]
    fn a_later_line_wins() {
        let these =
            globs("# the shop\napps/shop/**\n\n!apps/shop/docs/**\napps/shop/docs/api.md\n");
        assert!(these.is_match("apps/shop/main.rs"));
        assert!(!these.is_match("apps/shop/docs/a.md"));
        assert!(these.is_match("apps/shop/docs/api.md"));
        assert!(!these.is_match("libs/a.rs"));
        let all_but_docs = globs("!docs/**");
        assert!(all_but_docs.is_match("src/a.rs"));
        assert!(!all_but_docs.is_match("docs/a.md"));
    }

    #[test]
    fn no_line_means_no_path() {
        let none = globs("# nothing\n\n");
        assert!(none.is_empty());
        assert!(!none.is_match("src/a.rs"));
    }

    #[test]
    fn what_is_no_pattern_names_its_line() {
        for (lines, error) in [
            ("a\nb[", "line 2: b[ is not a pattern: the [ is not closed"),
            ("{a,b", "line 1: {a,b is not a pattern: the { is not closed"),
            (
                "\na\\",
                "line 2: a\\ is not a pattern: nothing follows the \\",
            ),
            (
                "?a",
                "line 1: ?a is not a pattern: nothing stands before the ?",
            ),
            (
                "a+",
                "line 1: a+ is not a pattern: + is not supported; write \\+ for a plus sign",
            ),
            ("!", "line 1: ! is not a pattern: it is empty"),
        ] {
            assert_eq!(without_marks(&Globs::parse(lines).unwrap_err()), error);
        }
        assert!(Globs::parse(&"a\n".repeat(MOST_LINES + 1)).is_err());
    }

    proptest! {
        #[test]
        fn a_path_without_signs_matches_itself(path in "[a-z._-]{1,8}(/[a-z._-]{1,8}){0,3}") {
            prop_assume!(!path.starts_with("./"));
            let line = format!("{path}\n");
            prop_assert!(globs(&line).is_match(&path));
            let below = format!("{path}/x");
            prop_assert!(!globs(&line).is_match(&below));
        }

        #[test]
        fn no_pattern_panics(lines in "[a*?!{},\\[\\]\\\\/+é\n-]{0,40}", path in "[a/é-]{0,60}") {
            if let Ok(globs) = Globs::parse(&lines) {
                let _ = globs.is_match(&path);
            }
        }
    }
}
