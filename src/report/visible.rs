//! Text without what a person can't see: control characters, terminal escapes, bidirectional overrides, zero width.

use std::sync::LazyLock;

use regex_lite::{Captures, Regex};

/// The group is a line end, all else is nothing to see.
const UNSEEN: &str = r"(?x)
    # A carriage return alone would send a terminal back to the start of its line, over what stands there.
    # At Unicode's other line ends an editor or a browser may break the line.
    (\r\n? | [\u{85}\u{2028}\u{2029}\x0b\x0c])
    # The parameters and the final byte of a control sequence (ECMA-48, 5.4), which may begin with one character.
    | (?:\x1b\[|\u{9b})[\x20-\x3f]*[\x40-\x7e]?
    # A control string ends with BEL or ESC \, and at the latest with its line, so that it can't hide the rest.
    | \x1b[\]PX^_][^\n\r\x07\x1b\u{9c}]*(?:[\x07\u{9c}]|\x1b\\?)?
    # Two characters, such as `ESC c`, which resets a terminal.
    | \x1b[\x20-\x7e]?
    | [\x00-\x08\x0e-\x1f\x7f-\u{9f}]
    # Format characters: zero width, bidirectional controls, tags (Unicode's `Cf`, and the fillers that look empty),
    # and the noncharacters with which outside text is marked.
    | [\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{180b}-\u{180f}\u{200b}-\u{200f}\u{202a}-\u{202e}
       \u{2060}-\u{206f}\u{3164}\u{fdd0}-\u{fdef}\u{feff}\u{ffa0}\u{fff0}-\u{fffb}\u{e0000}-\u{e0fff}]
";

static PATTERN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(UNSEEN).expect("the pattern is valid"));

/// What a person can see of `text`: no control characters but newline and tab, no ANSI escapes, no
/// bidirectional overrides, nothing of zero width. Every kind of line end becomes `\n`.
pub(super) fn visible(text: &str) -> String {
    // Most texts are plain, and a search with a pattern takes its time.
    if text
        .bytes()
        .all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t'))
    {
        return text.to_owned();
    }
    let in_its_place = |found: &Captures<'_>| match found.get(1) {
        Some(_) => "\n",
        None => "",
    };
    PATTERN.replace_all(text, in_its_place).into_owned()
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
