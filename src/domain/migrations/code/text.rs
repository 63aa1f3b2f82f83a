//! A program with blanks for its comments and for what is in its texts, byte for byte: lines and positions stay.

use std::{collections::HashMap, ops::Range};

/// An end that is looked for in vain would cost the whole text each time.
const LONGEST_PERCENT_TEXT: usize = 4_096;

/// How comments and texts are written.
pub(super) struct Language {
    pub(super) line_comments: &'static [&'static str],
    pub(super) block_comments: &'static [(&'static str, &'static str)],
    /// The longer ones first.
    pub(super) quotes: &'static [Quote],
    /// What a text of several lines begins with, whose end is a word: `<<~SQL`, `<<<SQL`.
    pub(super) here_text: Option<&'static str>,
    /// Ruby's `%w[a b]`, `%q(a)`.
    pub(super) has_percent_texts: bool,
}

pub(super) struct Quote {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    pub(super) escape: Escape,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    Backslash,
    /// The closing quote twice: C#'s `@"…"`.
    Doubled,
    None,
}

pub(super) struct Program<'t> {
    /// As it came.
    pub(super) source: &'t str,
    /// The same with blanks; the quotes of its texts stay.
    pub(super) code: String,
    pub(super) literals: Vec<Literal>,
    /// Each opening bracket with the one that closes it.
    closers: HashMap<usize, usize>,
}

/// A text of the program.
pub(super) struct Literal {
    /// Where its quote is, which for a here-text is not where its lines are.
    pub(super) at: usize,
    pub(super) content: Range<usize>,
}

impl<'t> Program<'t> {
    pub(super) fn read(source: &'t str, language: &Language) -> Self {
        let mut reader = Reader {
            source,
            language,
            at: 0,
            code: String::with_capacity(source.len()),
            literals: Vec::new(),
            here_texts: Vec::new(),
        };
        while reader.at < source.len() {
            reader.take();
        }
        // A here-text's lines come after the rest of its own.
        reader.literals.sort_by_key(|literal| literal.at);
        let closers = closers(&reader.code);
        Self {
            source,
            code: reader.code,
            literals: reader.literals,
            closers,
        }
    }

    /// Takes a part out of the code, and its texts with it.
    pub(super) fn blank(&mut self, range: Range<usize>) {
        let mut code = String::with_capacity(self.code.len());
        code.push_str(&self.code[..range.start]);
        push_blank(&mut code, &self.code[range.clone()]);
        code.push_str(&self.code[range.end..]);
        self.code = code;
        self.literals.retain(|literal| !range.contains(&literal.at));
    }

    /// Its texts whose quotes are within a range, in order.
    pub(super) fn literals_in(&self, range: &Range<usize>) -> &[Literal] {
        let start = self.literals.partition_point(|text| text.at < range.start);
        let end = self.literals.partition_point(|text| text.at < range.end);
        &self.literals[start..end.max(start)]
    }

    /// The byte of the bracket that closes the one at `open`; the end of the text where none does.
    pub(super) fn closer(&self, open: usize) -> usize {
        self.closers.get(&open).copied().unwrap_or(self.code.len())
    }
}

/// Brackets that do not match are left out.
fn closers(code: &str) -> HashMap<usize, usize> {
    let mut closers = HashMap::new();
    let mut open: Vec<(usize, u8)> = Vec::new();
    for (at, byte) in code.bytes().enumerate() {
        let opener = match byte {
            b'(' | b'[' | b'{' => {
                open.push((at, byte));
                continue;
            }
            b')' => b'(',
            b']' => b'[',
            b'}' => b'{',
            _ => continue,
        };
        if let Some((start, _)) = open.pop_if(|(_, last)| *last == opener) {
            closers.insert(start, at);
        }
    }
    closers
}

/// A blank for each byte of a text; its line breaks stay.
pub(crate) fn push_blank(out: &mut String, text: &str) {
    for byte in text.bytes() {
        out.push(if byte == b'\n' { '\n' } else { ' ' });
    }
}

struct Reader<'t, 'l> {
    source: &'t str,
    language: &'l Language,
    at: usize,
    code: String,
    literals: Vec<Literal>,
    /// Here-texts that begin on the next line: where they were announced, and the word that ends them.
    here_texts: Vec<(usize, &'t str)>,
}

impl<'t> Reader<'t, '_> {
    fn take(&mut self) {
        let rest = &self.source[self.at..];
        let Some(first) = rest.chars().next() else {
            return;
        };
        if first == '\n' {
            self.keep(1);
            return self.take_here_texts();
        }
        if first.is_alphanumeric() || first == '_' {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            return self.keep(end);
        }
        if let Some(length) = self.comment_length(rest) {
            return self.blank(length);
        }
        if !self.take_text(rest) {
            self.keep(first.len_utf8());
        }
    }

    /// Whether a text begins here; if so, it is taken.
    fn take_text(&mut self, rest: &'t str) -> bool {
        if let Some((announcement, word)) = self.here_text(rest) {
            self.here_texts.push((self.at, word));
            self.keep(announcement);
            return true;
        }
        if self.language.has_percent_texts
            && let Some((open, length)) = percent_text(rest)
        {
            self.take_literal(open, length, 1);
            return true;
        }
        for quote in self.language.quotes {
            if rest.starts_with(quote.open) {
                let (length, has_end) = quote.length(rest);
                let close = if has_end { quote.close.len() } else { 0 };
                self.take_literal(quote.open.len(), length, close);
                return true;
            }
        }
        false
    }

    fn keep(&mut self, length: usize) {
        let end = self.at + length;
        self.code.push_str(&self.source[self.at..end]);
        self.at = end;
    }

    fn blank(&mut self, length: usize) {
        let end = self.at + length;
        push_blank(&mut self.code, &self.source[self.at..end]);
        self.at = end;
    }

    fn take_literal(&mut self, open: usize, length: usize, close: usize) {
        let at = self.at;
        self.keep(open);
        self.literals.push(Literal {
            at,
            content: at + open..at + length - close,
        });
        self.blank(length - open - close);
        self.keep(close);
    }

    fn comment_length(&self, rest: &str) -> Option<usize> {
        for (open, close) in self.language.block_comments {
            // Ruby's `=begin` is one at the beginning of a line alone.
            let may_begin = *open != "=begin" || self.code.is_empty() || self.code.ends_with('\n');
            if may_begin && rest.starts_with(open) {
                let end = rest[open.len()..].find(close);
                return Some(end.map_or(rest.len(), |end| open.len() + end + close.len()));
            }
        }
        let mut comments = self.language.line_comments.iter();
        // PHP's `#[…]` is an attribute.
        let is_comment = comments.any(|open| rest.starts_with(open)) && !rest.starts_with("#[");
        is_comment.then(|| rest.find('\n').unwrap_or(rest.len()))
    }

    /// The announcement's length, and the word at the end.
    fn here_text(&self, rest: &'t str) -> Option<(usize, &'t str)> {
        let after = rest.strip_prefix(self.language.here_text?)?;
        let word = after.trim_start_matches(['~', '-', ' ', '\'', '"']);
        let length = word.find(|c: char| !c.is_alphanumeric() && c != '_')?;
        let begins = |c: char| c.is_ascii_uppercase() || c == '_';
        if length == 0 || !word.starts_with(begins) {
            return None;
        }
        let end = rest.len() - word.len() + length;
        let is_quoted = word[length..].starts_with(['\'', '"']);
        Some((end + usize::from(is_quoted), &word[..length]))
    }

    /// The lines of what was announced, with the line of its last word.
    fn take_here_texts(&mut self) {
        for (announced, word) in std::mem::take(&mut self.here_texts) {
            let start = self.at;
            let mut end = self.source.len();
            let mut at = start;
            for line in self.source[start..].split_inclusive('\n') {
                let is_last = line.trim_start().strip_prefix(word).is_some_and(|after| {
                    !after.starts_with(|c: char| c.is_alphanumeric() || c == '_')
                });
                if is_last {
                    end = at;
                    break;
                }
                at += line.len();
            }
            self.literals.push(Literal {
                at: announced,
                content: start..end,
            });
            self.blank(end - start);
            // The word itself is no call.
            let rest = &self.source[self.at..];
            let indent = rest.len() - rest.trim_start().len();
            let last = (indent + word.len()).min(rest.len());
            self.blank(rest.floor_char_boundary(last));
        }
    }
}

impl Quote {
    /// The length of the text with its quotes, and whether it has an end.
    fn length(&self, text: &str) -> (usize, bool) {
        let mut at = self.open.len();
        while let Some(c) = text[at..].chars().next() {
            if c == '\\' && self.escape == Escape::Backslash {
                at += 1;
                at += text[at..].chars().next().map_or(0, char::len_utf8);
                continue;
            }
            if !text[at..].starts_with(self.close) {
                at += c.len_utf8();
                continue;
            }
            at += self.close.len();
            let is_doubled = self.escape == Escape::Doubled && text[at..].starts_with(self.close);
            if !is_doubled {
                return (at, true);
            }
            at += self.close.len();
        }
        (text.len(), false)
    }
}

/// Ruby's `%w[a b]`: the length up to its bracket, and of all of it.
fn percent_text(rest: &str) -> Option<(usize, usize)> {
    let after = rest.strip_prefix('%')?;
    let bracket = after.trim_start_matches(['w', 'W', 'i', 'I', 'q', 'Q']);
    let close = match bracket.chars().next()? {
        '[' => ']',
        '(' => ')',
        '{' => '}',
        '<' => '>',
        _ => return None,
    };
    let open = rest.len() - bracket.len() + 1;
    // `a %(b)` is a remainder as well; those have no letter.
    if open == 2 {
        return None;
    }
    let head = &bracket[..bracket.floor_char_boundary(LONGEST_PERCENT_TEXT)];
    let length = head.find(close)?;
    Some((open, open + length))
}
