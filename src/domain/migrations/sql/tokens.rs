//! SQL in tokens, without its comments, for all dialects at once: PostgreSQL, MySQL, SQLite, SQL Server, Oracle.

/// SQL Server's names have 128 characters at most.
const LONGEST_NAME: usize = 512;
/// How often an end is looked for in vain: each time costs the whole text.
const MOST_OPEN_ENDS: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword or a plain name.
    Word,
    /// A name in quotes, backticks or brackets.
    Name,
    /// A text in single quotes.
    Text,
    /// A text between dollars: `$$ … $$`, `$body$ … $body$`.
    Body,
    Number,
    /// Any other character.
    Mark,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    /// As written, with its quotes.
    pub(super) text: &'t str,
    /// The byte where it begins.
    pub(super) at: usize,
    /// How many parentheses are open around it; those themselves are outside.
    pub(super) depth: usize,
}

impl<'t> Token<'t> {
    /// Whether it is this keyword, in any letter case.
    pub(super) fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is one of these keywords, with spaces between them.
    pub(super) fn is_any(&self, words: &str) -> bool {
        words.split(' ').any(|word| self.is(word))
    }

    pub(super) fn is_mark(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && self.text == mark
    }

    /// What is within its quotes.
    pub(super) fn unquoted(&self) -> &'t str {
        match self.kind {
            Kind::Name | Kind::Text => self.text.trim_matches(['"', '`', '\'', '[', ']']),
            Kind::Body => self.body().1,
            _ => self.text,
        }
    }

    /// The text between the dollars, and how far in it begins.
    pub(super) fn body(&self) -> (usize, &'t str) {
        let tag = self.text[1..].find('$').map_or(0, |end| end + 2);
        let inner = self.text.get(tag..self.text.len() - tag);
        (tag, inner.unwrap_or_default())
    }
}

/// The tokens of a text. A quote without an end goes to the end of the text.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut scanner = Scanner {
        text,
        at: 0,
        depth: 0,
        open_ends: 0,
        tokens: Vec::new(),
    };
    while scanner.at < text.len() {
        scanner.take();
    }
    scanner.tokens
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    open_ends: usize,
    tokens: Vec<Token<'t>>,
}

impl<'t> Scanner<'t> {
    fn take(&mut self) {
        let rest = &self.text[self.at..];
        let Some(first) = rest.chars().next() else {
            return;
        };
        if first.is_whitespace() {
            self.at += first.len_utf8();
            return;
        }
        if let Some(length) = self.comment_length(rest) {
            self.at += length;
            return;
        }
        match first {
            '\'' => self.push(Kind::Text, quoted_length(rest, '\'')),
            '"' => self.push(Kind::Name, quoted_length(rest, '"')),
            '`' => self.push(Kind::Name, quoted_length(rest, '`')),
            '[' if self.is_bracketed_name(rest) => {
                let end = rest.find(']').map_or(rest.len(), |end| end + 1);
                self.push(Kind::Name, end);
            }
            '$' => self.take_dollar(rest),
            _ if is_word(first) => self.take_word(rest, first),
            _ => self.take_mark(first),
        }
    }

    fn take_word(&mut self, rest: &'t str, first: char) {
        let length = rest.find(|c| !is_word(c) && c != '$');
        let length = length.unwrap_or(rest.len());
        let word = &rest[..length];
        // The mysql client's own command: what ends a statement from here on.
        if word.eq_ignore_ascii_case("delimiter") && self.begins_line() {
            self.at += rest.find('\n').unwrap_or(rest.len());
            return;
        }
        let kind = if first.is_ascii_digit() {
            Kind::Number
        } else {
            Kind::Word
        };
        self.push(kind, length);
    }

    fn take_dollar(&mut self, rest: &'t str) {
        if self.open_ends < MOST_OPEN_ENDS {
            if let Some(length) = body_length(rest) {
                return self.push(Kind::Body, length);
            }
            self.open_ends += 1;
        }
        self.push(Kind::Mark, 1);
    }

    fn take_mark(&mut self, first: char) {
        if first == ')' {
            self.depth = self.depth.saturating_sub(1);
        }
        self.push(Kind::Mark, first.len_utf8());
        if first == '(' {
            self.depth += 1;
        }
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let end = self.at + length;
        self.tokens.push(Token {
            kind,
            text: &self.text[self.at..end],
            at: self.at,
            depth: self.depth,
        });
        self.at = end;
    }

    fn comment_length(&mut self, rest: &str) -> Option<usize> {
        if rest.starts_with("/*") {
            return self.block_comment_length(rest);
        }
        // MySQL's `#`; elsewhere it is an operator, which begins no line.
        if rest.starts_with("--") || rest.starts_with('#') && self.begins_line() {
            return Some(rest.find('\n').unwrap_or(rest.len()));
        }
        None
    }

    /// A comment without an end is none: what it would hide is read.
    fn block_comment_length(&mut self, rest: &str) -> Option<usize> {
        if self.open_ends == MOST_OPEN_ENDS {
            return None;
        }
        let length = block_comment_length(rest);
        self.open_ends += usize::from(length.is_none());
        length
    }

    fn begins_line(&self) -> bool {
        let before = self.text[..self.at].trim_end_matches([' ', '\t']);
        before.is_empty() || before.ends_with('\n')
    }

    /// SQL Server's `[orders]`, and not `tags[1]` or `int[]`.
    fn is_bracketed_name(&self, rest: &str) -> bool {
        let head = &rest[..rest.floor_char_boundary(LONGEST_NAME)];
        let Some(end) = head.find(']') else {
            return false;
        };
        let is_name = rest[1..end].starts_with(|c: char| c.is_alphabetic() || c == '_');
        let is_index = self.tokens.last().is_some_and(|last| {
            last.at + last.text.len() == self.at && !matches!(last.text, "." | "(" | ",")
        });
        is_name && !is_index
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// PostgreSQL's comments nest. None where it has no end.
fn block_comment_length(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    let mut at = 0;
    let bytes = text.as_bytes();
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => open += 1,
            b"*/" => open -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if open == 0 {
            return Some(at);
        }
    }
    None
}

/// With the quotes. A doubled quote stands for itself; so does one behind a backslash where MySQL would have it so,
/// which in the SQL standard is no escape: `'it\'s'` against `ESCAPE '\'`.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        if c == '\\' && next == Some(quote) {
            let behind = text[at + 2..].chars().next();
            if behind.is_some_and(char::is_alphanumeric) {
                chars.next();
            }
            continue;
        }
        if c != quote {
            continue;
        }
        if next == Some(quote) {
            chars.next();
            continue;
        }
        return at + 1;
    }
    text.len()
}

/// `$$ … $$` or `$tag$ … $tag$`, with the dollars.
fn body_length(text: &str) -> Option<usize> {
    let end = text[1..].find(|c| !is_word(c))? + 1;
    if !text[end..].starts_with('$') {
        return None;
    }
    let tag = &text[..=end];
    let inner = &text[tag.len()..];
    // One without an end is no body: `$1$` is none either.
    inner.find(tag).map(|end| 2 * tag.len() + end)
}
