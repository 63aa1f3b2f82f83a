//! Comments in JSON. JSON has none, but editors and tools let people write them (`// …`, `/* … */`, `# …`), and a
//! comma before a closing bracket. The YAML parser would take such a comment as a part of the next key.

/// What a text that begins like JSON turned out to be.
pub(super) struct Scan {
    /// The text with blanks for its comments and its trailing commas, so that lines and columns stay.
    pub text: String,
    /// Whether all of it is JSON's: brackets, texts in double quotes, numbers, `true`, `false`, `null`.
    pub is_json: bool,
    /// The line of the first comment that YAML has not: `// …` or `/* … */`.
    pub slash_comment: Option<usize>,
}

pub(super) fn scan(text: &str) -> Scan {
    let mut scanner = Scanner {
        rest: text,
        scan: Scan {
            text: String::with_capacity(text.len()),
            is_json: true,
            slash_comment: None,
        },
        comma: None,
    };
    while let Some(first) = scanner.rest.chars().next() {
        scanner.take_token(first);
    }
    scanner.scan
}

struct Scanner<'t> {
    rest: &'t str,
    scan: Scan,
    /// Where in the scanned text a comma is that nothing has followed so far.
    comma: Option<usize>,
}

impl Scanner<'_> {
    fn take_token(&mut self, first: char) {
        if first.is_whitespace() {
            return self.keep(first.len_utf8());
        }
        if let Some(length) = comment_length(self.rest) {
            if first == '/' && self.scan.slash_comment.is_none() {
                self.scan.slash_comment = Some(self.scan.text.matches('\n').count() + 1);
            }
            return self.blank(length);
        }
        let comma = self.comma.take();
        match first {
            ',' => {
                self.comma = Some(self.scan.text.len());
                self.keep(1);
            }
            '}' | ']' => {
                if let Some(at) = comma {
                    self.scan.text.replace_range(at..=at, " ");
                }
                self.keep(1);
            }
            '{' | '[' | ':' => self.keep(1),
            '"' => self.keep(quoted_length(self.rest)),
            '\'' => {
                self.scan.is_json = false;
                let end = self.rest[1..].find('\'');
                self.keep(end.map_or(self.rest.len(), |end| end + 2));
            }
            _ => self.take_word(),
        }
    }

    fn take_word(&mut self) {
        let json = json_word(self.rest);
        if json > 0 {
            return self.keep(json);
        }
        self.scan.is_json = false;
        // A colon is a part of YAML's words (`http://web1`).
        let ends = |c: char| c.is_whitespace() || ",[]{}\"".contains(c);
        self.keep(self.rest.find(ends).unwrap_or(self.rest.len()));
    }

    fn keep(&mut self, length: usize) {
        let (kept, rest) = self.rest.split_at(length);
        self.scan.text.push_str(kept);
        self.rest = rest;
    }

    fn blank(&mut self, length: usize) {
        let (comment, rest) = self.rest.split_at(length);
        for c in comment.chars() {
            let blank = if c == '\n' { c } else { ' ' };
            self.scan.text.push(blank);
        }
        self.rest = rest;
    }
}

/// The length of the comment that the text begins with.
fn comment_length(text: &str) -> Option<usize> {
    if let Some(comment) = text.strip_prefix("/*") {
        // One without an end goes to the end of the file.
        let end = comment.find("*/");
        return Some(end.map_or(text.len(), |end| end + 4));
    }
    if text.starts_with("//") || text.starts_with('#') {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    None
}

/// The length of the text in double quotes at the beginning.
fn quoted_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of the number or JSON word at the beginning; 0 where there is another word.
fn json_word(text: &str) -> usize {
    let ends = |c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c));
    let length = text.find(ends).unwrap_or(text.len());
    let (word, rest) = text.split_at(length);
    let is_number = || {
        word.parse::<f64>().is_ok() && word.starts_with(|c: char| c == '-' || c.is_ascii_digit())
    };
    let is_whole = rest.is_empty()
        || comment_length(rest).is_some()
        || rest.starts_with(|c: char| c.is_whitespace() || ",]}:".contains(c));
    if is_whole && (matches!(word, "true" | "false" | "null") || is_number()) {
        return length;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_trailing_commas_become_blanks() {
        for (text, wanted) in [
            (r#"{"a": 1} // end"#, r#"{"a": 1}       "#),
            ("{\"a\": 1, // one\n}", "{\"a\": 1        \n}"),
            (r#"[1,/* é */2,]"#, "[1,       2 ]"),
            (r##"{"a": 512# MiB"##, r#"{"a": 512     "#),
            (r#"{"a": 512// MiB"#, r#"{"a": 512      "#),
            (
                r#"{"a": "// no", "b\"": "/* no */"}"#,
                r#"{"a": "// no", "b\"": "/* no */"}"#,
            ),
            ("/* never ends", "             "),
        ] {
            let scan = scan(text);
            assert!(scan.is_json, "{text}");
            assert_eq!(scan.text, wanted);
        }
    }

    #[test]
    fn yaml_in_braces_is_not_json() {
        for (text, comment) in [
            ("{image: http://web1}", None),
            ("{a: /srv//app, b: 'x // y'}", None),
            ("{a: 1, # it's\n b: True}", None),
            ("{a: 1,\n // two\n b: 2}", Some(2)),
            ("{\"a\": True, /* two */ \"b\": 2}", Some(1)),
        ] {
            let scan = scan(text);
            assert!(!scan.is_json, "{text}");
            assert_eq!(scan.slash_comment, comment, "{text}");
        }
    }
}
