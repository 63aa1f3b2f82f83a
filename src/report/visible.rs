//! Text without what a person can't see: control characters, terminal escapes, bidirectional overrides, zero width.

use std::iter::Peekable;
use std::str::Chars;

/// What a person can see of `text`: no control characters but newline and tab, no ANSI escapes, no
/// bidirectional overrides, nothing of zero width. Every kind of line end becomes `\n`.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // Alone it would send a terminal back to the start of its line, over what stands there.
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            // Unicode's other line ends: an editor or a browser may break the line there.
            '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}' => out.push('\n'),
            '\u{1b}' => skip_escape(&mut chars),
            // CSI in one character.
            '\u{9b}' => skip_csi(&mut chars),
            '\n' | '\t' => out.push(c),
            c if !c.is_control() && !is_unseen(c) => out.push(c),
            _ => {}
        }
    }
    out
}

/// Past an escape sequence whose ESC was just read.
fn skip_escape(chars: &mut Peekable<Chars<'_>>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_csi(chars);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => skip_string(chars),
        // Two characters, such as `ESC c`, which resets a terminal.
        Some(c) if c.is_ascii() && !c.is_ascii_control() => {
            chars.next();
        }
        _ => {}
    }
}

/// Past the parameters and the final byte of a control sequence (ECMA-48, 5.4).
fn skip_csi(chars: &mut Peekable<Chars<'_>>) {
    while chars
        .next_if(|c| ('\u{20}'..='\u{3f}').contains(c))
        .is_some()
    {}
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

/// Format characters: zero width, bidirectional controls, tags (Unicode's `Cf`, and the fillers that look empty), and
/// the noncharacters with which outside text is marked.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_vanish_and_text_stays() {
        assert_eq!(
            visible("\u{1b}[1;31mred\u{1b}[0m \u{1b}]8;;https://x\u{7}link\u{1b}]8;;\u{7}"),
            "red link"
        );
        assert_eq!(visible("\u{1b}]0;never closed\nnext"), "\nnext");
        assert_eq!(visible("a\u{202e}b\u{200b}c\r\nd\re"), "abc\nd\ne");
    }
}
