//! What GitHub makes of a summary: CommonMark with GitHub's extensions, read by a port of GitHub's own parser, and what GitHub
//! looks for in the text afterwards.

use std::sync::LazyLock;

use comrak::{
    Arena, Options,
    nodes::{AstNode, ListType, NodeValue},
    parse_document,
};
use regex_lite::Regex;

use super::CONSOLE;

/// The titles of the folded sections, and those of our lines that are HTML.
const HTML: &str = r"^(<details( open)?><summary>[✔✘–] <b>(web1|worker1)</b>: [^<>]*</summary>|<details><summary>(What changes in configuration \(\d+\)|How long each phase took|Why this path|How it was proven|What was discovered, and where|Links|What a rollback does not undo|The commits that it takes out|The migrations that stay|Where the commits come from|The last lines of the container (web1|worker1))</summary>|</details>)$";
/// GitHub links a person or a team, an issue by its number, and an issue as old tools write it.
const REFERENCE: &str = r"(?i)@[a-z0-9]|#[0-9]|\bgh-[0-9]";
/// A line of the picture.
const BAR: &str = r"^(under )?[\d.]+ (s|min|h)( [\d.]+ (s|min))? [^:;#%`<>{}]*:(crit, )?2000-01-01 \d\d:\d\d:\d\d\.\d{3}, 2000-01-01 \d\d:\d\d:\d\d\.\d{3}$";
const SETTINGS: [&str; 12] = [
    "---",
    "config:",
    "  gantt:",
    "    leftPadding: 16",
    "    rightPadding: 16",
    "---",
    "gantt",
    "accTitle: How long each phase took",
    "dateFormat YYYY-MM-DD HH:mm:ss.SSS",
    "axisFormat %-M:%S",
    "tickInterval 1second",
    "todayMarker off",
];

fn pattern(text: &'static str) -> Regex {
    Regex::new(text).expect("the pattern is valid")
}

static HTML_PATTERN: LazyLock<Regex> = LazyLock::new(|| pattern(HTML));
static REFERENCE_PATTERN: LazyLock<Regex> = LazyLock::new(|| pattern(REFERENCE));
static BAR_PATTERN: LazyLock<Regex> = LazyLock::new(|| pattern(BAR));

fn options() -> Options<'static> {
    let mut options = Options::default();
    let extension = &mut options.extension;
    extension.autolink = true;
    extension.table = true;
    extension.strikethrough = true;
    extension.tasklist = true;
    extension.footnotes = true;
    extension.alerts = true;
    extension.math_dollars = true;
    extension.math_code = true;
    options
}

/// What was found, for what counts over the whole page.
#[derive(Default)]
struct Found {
    /// `<details…` and `</details>` in their order.
    html: Vec<String>,
    /// The info strings of the code blocks.
    blocks: Vec<String>,
    headings: usize,
    /// Lists with numbers: the steps of the plan are one.
    numbered: usize,
}

/// That nothing acts in the summary but what is ours.
///
/// # Errors
/// What does.
pub(in crate::report) fn check(summary: &str) -> Result<(), String> {
    check_pages(summary, 1, 1)
}

/// The same of two services: one headline for both, and a page for each.
///
/// # Errors
/// What acts.
pub(in crate::report) fn check_both(summary: &str) -> Result<(), String> {
    check_pages(summary, 2, 1)
}

fn check_pages(summary: &str, pages: usize, headings: usize) -> Result<(), String> {
    let arena = Arena::new();
    let root = parse_document(&arena, summary, &options());
    let mut found = Found::default();
    for node in root.descendants() {
        look_at(node, &mut found)?;
    }
    if (found.headings, found.numbered) != (headings, pages) {
        let Found {
            headings, numbered, ..
        } = found;
        return Err(format!("{headings} headings, {numbered} numbered lists"));
    }
    let mut open = 0_usize;
    for line in &found.html {
        let is_end = line == "</details>";
        open = match is_end {
            true => open
                .checked_sub(1)
                .ok_or("a section ends that has not begun")?,
            false => open + 1,
        };
    }
    if open > 0 {
        return Err(format!("{open} sections have no end"));
    }
    // Of a run in `everywhere`: a command, what AWS says, a container's log.
    found.blocks.sort();
    let blocks = ["mermaid", "text", "text", "text"]
        .map(|info| vec![info; pages])
        .concat();
    if found.blocks != blocks {
        return Err(format!("code blocks: {:?}", found.blocks));
    }
    Ok(())
}

/// The same for an issue, which has headings and a list of things to do, and neither HTML nor code blocks.
///
/// # Errors
/// What acts.
pub(in crate::report) fn check_issue(body: &str) -> Result<(), String> {
    let arena = Arena::new();
    let mut found = Found::default();
    for node in parse_document(&arena, body, &options()).descendants() {
        let is_ours = match &node.data.borrow().value {
            NodeValue::Heading(heading) => heading.level == 3 && !heading.setext,
            NodeValue::TaskItem(_) => true,
            _ => false,
        };
        if !is_ours {
            look_at(node, &mut found)?;
        }
    }
    match found.html.is_empty() && found.blocks.is_empty() && found.headings == 0 {
        true => Ok(()),
        false => Err(format!("{:?} {:?}", found.html, found.blocks)),
    }
}

/// The addresses of all links in a text.
pub(in crate::report) fn links(text: &str) -> Vec<String> {
    let arena = Arena::new();
    let mut urls = Vec::new();
    for node in parse_document(&arena, text, &options()).descendants() {
        if let NodeValue::Link(link) = &node.data.borrow().value {
            urls.push(link.url.clone());
        }
    }
    urls
}

fn look_at<'a>(node: &'a AstNode<'a>, found: &mut Found) -> Result<(), String> {
    let data = node.data.borrow();
    match &data.value {
        NodeValue::Document
        | NodeValue::Paragraph
        | NodeValue::Table(_)
        | NodeValue::TableRow(_)
        | NodeValue::TableCell
        | NodeValue::SoftBreak
        | NodeValue::LineBreak
        | NodeValue::Code(_)
        | NodeValue::Strong => {}
        NodeValue::Text(_) => return text(node),
        NodeValue::Heading(heading) if heading.level == 2 && !heading.setext => found.headings += 1,
        NodeValue::List(list) if list.list_type == ListType::Ordered => found.numbered += 1,
        // Ours stand alone; in a list, a text from outside has begun another.
        NodeValue::List(_) | NodeValue::BlockQuote if is_in_document(node) => {}
        NodeValue::Item(_) => {}
        NodeValue::Link(link) if link.url.starts_with(CONSOLE) && link.title.is_empty() => {}
        NodeValue::HtmlInline(html) if html == "<br>" => {}
        NodeValue::HtmlBlock(html) => {
            for line in html.literal.lines() {
                if !HTML_PATTERN.is_match(line) {
                    return Err(format!("HTML: {line:?}"));
                }
                found.html.push(line.to_owned());
            }
        }
        NodeValue::CodeBlock(block) if block.fenced => {
            if block.info == "mermaid" {
                mermaid(&block.literal)?;
            }
            found.blocks.push(block.info.clone());
        }
        other => return Err(format!("{other:?}")),
    }
    Ok(())
}

fn is_in_document<'a>(node: &'a AstNode<'a>) -> bool {
    let parent = node.parent().expect("only the document has none");
    matches!(parent.data.borrow().value, NodeValue::Document)
}

/// A text up to the next markup: GitHub looks at it as a whole.
fn text<'a>(node: &'a AstNode<'a>) -> Result<(), String> {
    let mut whole = String::new();
    let mut next = Some(node);
    while let Some(node) = next {
        let NodeValue::Text(part) = &node.data.borrow().value else {
            break;
        };
        whole += part;
        next = node.next_sibling();
    }
    match REFERENCE_PATTERN.find(&whole) {
        Some(reference) => Err(format!("{:?} in {whole:?}", reference.as_str())),
        None => Ok(()),
    }
}

fn mermaid(block: &str) -> Result<(), String> {
    let (settings, bars) = block.split_at(SETTINGS.map(|line| line.len() + 1).iter().sum());
    if settings.lines().ne(SETTINGS) {
        return Err(settings.to_owned());
    }
    for bar in bars.lines() {
        if !BAR_PATTERN.is_match(bar) {
            return Err(format!("Mermaid: {bar:?}"));
        }
    }
    Ok(())
}

#[test]
fn what_acts_is_found() {
    let acts = [
        "[a](https://x.y)",
        "![a](https://x.y)",
        "see www.x.y",
        "https://x.y",
        "me@x.yz",
        "@org/team",
        "fixes #12",
        "GH-12",
        "<b>",
        "<img src=x>",
        "</details>",
        "# title",
        "title\n===",
        "---",
        "> [!NOTE]\n> a",
        "- - a",
        "1) a",
        "    code",
        "```js\n```",
        "~~a~~",
        "*a*",
        "$a$",
        "a[^1]\n\n[^1]: b",
        "- [ ] a",
    ];
    let page = "## ✔ fine\n\n1. step\n\n";
    let blocks = "```text\n```\n\n".repeat(3) + "```mermaid\n" + &SETTINGS.join("\n") + "\n```\n\n";
    assert_eq!(check(&format!("{page}{blocks}a \\@ b")), Ok(()));
    for text in acts {
        let found = check(&format!("{page}{blocks}{text}\n"));
        assert!(found.is_err(), "{text}");
    }
}
