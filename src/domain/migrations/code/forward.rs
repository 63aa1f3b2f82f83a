//! Takes out of a program what leads back: `down`, `downgrade`.

use std::ops::Range;

use super::text::Program;
use super::vocabulary::WayBack;

/// A program has one way back, or one for each of its tables.
const MOST_PARTS: usize = 50;

/// # Errors
/// Why it can't be told what leads back: a lower-case sentence. What was found up to then is taken out.
pub(super) fn keep_forward(program: &mut Program, way_back: WayBack) -> Result<(), String> {
    let parts = match way_back {
        WayBack::Ruby => ruby(program),
        WayBack::Python => python(program),
        WayBack::Braces => braces(program),
    };
    let is_too_many = parts.len() > MOST_PARTS;
    for part in parts.into_iter().take(MOST_PARTS) {
        let Some(part) = part else {
            return Err("has a way back without an end".to_owned());
        };
        program.blank(part);
    }
    if is_too_many {
        return Err(format!("leads back in more than {MOST_PARTS} places"));
    }
    Ok(())
}

/// A part that leads back; none where its end was not found.
type Part = Option<Range<usize>>;

struct Line<'c> {
    start: usize,
    text: &'c str,
}

impl<'c> Line<'c> {
    fn all(code: &'c str) -> Vec<Self> {
        let mut lines = Vec::new();
        let mut start = 0;
        for text in code.split_inclusive('\n') {
            lines.push(Self { start, text });
            start += text.len();
        }
        lines
    }

    fn end(&self) -> usize {
        self.start + self.text.len()
    }

    fn indent(&self) -> &'c str {
        let content = self.text.trim_start();
        &self.text[..self.text.len() - content.len()]
    }

    fn words(&self) -> impl Iterator<Item = &'c str> {
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        self.text
            .split(move |c| !is_name(c))
            .filter(|word| !word.is_empty())
    }

    fn defines(&self, names: &[&str]) -> bool {
        let mut words = self.words();
        let is_definition = matches!(words.next(), Some("def" | "async" | "defp"));
        is_definition && words.next().is_some_and(|name| names.contains(&name))
    }
}

fn ruby(program: &Program) -> Vec<Part> {
    let lines = Line::all(&program.code);
    let mut parts = Vec::new();
    let mut done = 0;
    for (number, line) in lines.iter().enumerate() {
        if line.start < done || parts.len() > MOST_PARTS {
            continue;
        }
        let Some(start) = ruby_start(line) else {
            continue;
        };
        let part = ruby_part(program, &lines[number..], start);
        done = part.as_ref().map_or(done, |part| part.end);
        parts.push(part);
    }
    parts
}

/// Where in a line the way back begins: `def down`, `dir.down do`, `dir.down { … }`.
fn ruby_start(line: &Line) -> Option<usize> {
    if line.defines(&["down", "self.down"]) {
        return Some(line.start + line.indent().len());
    }
    let at = line.text.find(".down")?;
    let after = line.text[at + ".down".len()..].trim_start();
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let receiver = line.text[..at].trim_end_matches(is_name).len();
    (after.starts_with('{') || after.starts_with("do")).then_some(line.start + receiver)
}

fn ruby_part(program: &Program, lines: &[Line], start: usize) -> Part {
    let first = lines.first()?;
    let text = &first.text[start - first.start..];
    let block = text.find('{').filter(|_| !text.starts_with("def"));
    if let Some(block) = block {
        return Some(start..program.closer(start + block));
    }
    let is_one_line = text.trim_end().ends_with(" end") || text.contains(" = ");
    if is_one_line {
        return Some(start..first.end());
    }
    // Elixir's `def down, do: execute "…"`, which may go on below.
    let is_elixirs = text.contains("do:") || text.trim_end().ends_with(',');
    let indent = first.indent();
    let mut end = first.end();
    for line in &lines[1..] {
        let is_within = line.text.trim().is_empty() || line.indent().len() > indent.len();
        if is_elixirs && !is_within {
            return Some(start..end);
        }
        end = line.end();
        if line.indent() == indent && line.words().next() == Some("end") {
            return Some(start..end);
        }
    }
    is_elixirs.then_some(start..end)
}

fn python(program: &Program) -> Vec<Part> {
    let code = &program.code;
    let lines = Line::all(code);
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        if !line.defines(&["downgrade"]) {
            continue;
        }
        let mut end = line.end();
        while let Some(below) = lines.get(at) {
            let is_blank = below.text.trim().is_empty();
            // A signature of several lines closes where it began.
            let is_signature = below.text.trim_start().starts_with(')');
            if !is_blank && !is_signature && below.indent().len() <= line.indent().len() {
                break;
            }
            end = below.end();
            at += 1;
        }
        parts.push(Some(line.start..end));
    }
    // Django's own picture of the schema; the database is not asked.
    for (start, name) in code.match_indices("state_operations").take(MOST_PARTS) {
        let after = start + name.len();
        let list = code[after..].find('[').map(|list| after + list);
        parts.push(list.map(|list| start..program.closer(list)));
    }
    parts
}

fn braces(program: &Program) -> Vec<Part> {
    let code = &program.code;
    let mut parts: Vec<Part> = Vec::new();
    let mut done = 0;
    for name in ["down", "Down"] {
        for (start, _) in code.match_indices(name) {
            let is_done = parts.iter().flatten().any(|part| part.contains(&start));
            if is_done || parts.len() > MOST_PARTS {
                continue;
            }
            if let Some(body) = braces_body(program, start, start + name.len()) {
                done = end_of(program, body).max(done);
                parts.push(Some(start..end_of(program, body)));
            }
        }
    }
    parts
}

/// Where the rest of a definition begins, behind its name and its parameters; none where it is none.
fn braces_body(program: &Program, start: usize, end: usize) -> Option<usize> {
    let code = &program.code;
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let before = &code[..start];
    let rest = &code[end..];
    let is_member = before.ends_with('.') && !before.ends_with("exports.");
    if before.ends_with(is_name) || rest.starts_with(is_name) || is_member {
        return None;
    }
    let after = rest.trim_start();
    let at = end + rest.len() - after.len();
    if after.starts_with('=') && !after.starts_with("==") || after.starts_with(':') {
        return Some(at + 1);
    }
    if !after.starts_with('(') {
        return None;
    }
    let closer = program.closer(at);
    let behind = code.get(closer + 1..)?.trim_start();
    let is_definition = behind.starts_with(['{', ':']) || behind.starts_with("=>");
    is_definition.then_some(closer + 1)
}

/// The end of a definition: of its block, of its expression, or where the next one begins.
fn end_of(program: &Program, start: usize) -> usize {
    let code = &program.code;
    let mut at = start;
    while let Some(byte) = code.as_bytes().get(at) {
        match byte {
            b'{' => return program.closer(at),
            b'(' | b'[' => at = program.closer(at),
            b';' | b',' | b'}' | b')' => return at,
            b'\n' if begins_definition(&code[at..]) => return at,
            _ => {}
        }
        at += 1;
    }
    code.len()
}

fn begins_definition(text: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric();
    let text = text.trim_start();
    let word = &text[..text.find(|c| !is_name(c)).unwrap_or(text.len())];
    matches!(
        word,
        "async"
            | "class"
            | "const"
            | "export"
            | "exports"
            | "function"
            | "let"
            | "module"
            | "public"
            | "var"
    )
}
