//! Rust as words with their lines: no comments, no strings, nothing that is compiled for tests alone.

/// A name, a path separator `::`, or one other character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    pub line: usize,
}

impl Token {
    pub fn is(&self, text: &str) -> bool {
        self.text == text
    }

    pub fn is_name(&self) -> bool {
        self.text
            .starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// The tokens of a file, without what is under `#[cfg(test)]`.
pub fn of(text: &str) -> Vec<Token> {
    without_tests(all(text))
}

fn all(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let end = match chars[at] {
            '/' if chars.get(at + 1) == Some(&'/') => end_of_line(&chars, at),
            '/' if chars.get(at + 1) == Some(&'*') => end_of_comment(&chars, at),
            '"' => end_of_string(&chars, at),
            '\'' => end_of_quote(&chars, at),
            c if c.is_alphanumeric() || c == '_' => {
                let end = end_of_name(&chars, at);
                match raw_string(&chars, at, end) {
                    Some(end) => end,
                    None => {
                        let text = chars[at..end].iter().collect();
                        tokens.push(Token { text, line });
                        end
                    }
                }
            }
            ':' if chars.get(at + 1) == Some(&':') => {
                let text = "::".to_owned();
                tokens.push(Token { text, line });
                at + 2
            }
            c if c.is_whitespace() => at + 1,
            c => {
                let text = c.to_string();
                tokens.push(Token { text, line });
                at + 1
            }
        };
        line += chars[at..end].iter().filter(|c| **c == '\n').count();
        at = end;
    }
    tokens
}

fn end_of_line(chars: &[char], start: usize) -> usize {
    let rest = &chars[start..];
    start + rest.iter().position(|c| *c == '\n').unwrap_or(rest.len())
}

/// Comments nest.
fn end_of_comment(chars: &[char], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0);
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => (depth, at) = (depth + 1, at + 2),
            ('*', '/') => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    chars.len()
}

fn end_of_string(chars: &[char], start: usize) -> usize {
    let mut at = start + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

/// A character, `'a'` or `'\n'`; of a lifetime only the quote.
fn end_of_quote(chars: &[char], start: usize) -> usize {
    if chars.get(start + 1) == Some(&'\\') {
        let rest = chars.get(start + 3..).unwrap_or_default();
        let quote = rest.iter().position(|c| *c == '\'');
        return quote.map_or(chars.len(), |quote| start + 3 + quote + 1);
    }
    let is_char = chars.get(start + 2) == Some(&'\'');
    if is_char { start + 3 } else { start + 1 }
}

fn end_of_name(chars: &[char], start: usize) -> usize {
    let rest = &chars[start..];
    let end = rest.iter().position(|c| !c.is_alphanumeric() && *c != '_');
    start + end.unwrap_or(rest.len())
}

/// The end of `r"…"`, `br#"…"#` or `b"…"`, where the name from `start` to `end` begins one.
fn raw_string(chars: &[char], start: usize, end: usize) -> Option<usize> {
    let prefix: String = chars[start..end].iter().collect();
    let hashes = chars[end..].iter().take_while(|c| **c == '#').count();
    if chars.get(end + hashes) != Some(&'"') {
        return None;
    }
    match prefix.as_str() {
        "b" | "c" if hashes == 0 => Some(end_of_string(chars, end)),
        "r" | "br" | "cr" => {
            let closing: Vec<char> = std::iter::once('"')
                .chain(std::iter::repeat_n('#', hashes))
                .collect();
            let body = end + hashes + 1;
            let rest = chars.get(body..)?;
            let found = rest.windows(closing.len()).position(|part| part == closing);
            Some(found.map_or(chars.len(), |found| body + found + closing.len()))
        }
        _ => None,
    }
}

fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_for_tests(&tokens[at..]) {
            at = end_of_item(&tokens, at);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// `#[cfg(test)]`, or `#[cfg(all(test, …))]`.
fn is_for_tests(tokens: &[Token]) -> bool {
    let begins = |words: &[&str]| {
        tokens.len() > words.len() && words.iter().zip(tokens).all(|(word, token)| token.is(word))
    };
    begins(&["#", "[", "cfg", "(", "test", ")", "]"])
        || begins(&["#", "[", "cfg", "(", "all", "(", "test"])
}

/// Behind an item with its attributes: its `;`, or the end of its braces.
fn end_of_item(tokens: &[Token], start: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth -= 1;
                if depth == 0 && token.is("}") {
                    return at + 1;
                }
            }
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}
