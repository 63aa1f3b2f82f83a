//! The messages to Slack, in Block Kit and within its limits. Source: Slack's reference of blocks and text objects.
//!
//! Outside text stands in `plain_text` objects, where nothing is markup, a link or a mention, and Slack's control
//! characters are escaped all the same.

use serde_json::{Value, json};
use url::Url;

use crate::report::{
    data::Report,
    sentences::{Conclusion, Subject},
};

const HEADER_MAX: usize = 150;
const SECTION_MAX: usize = 3_000;
const FIELD_MAX: usize = 2_000;
const BUTTON_MAX: usize = 75;
const URL_MAX: usize = 3_000;
/// What a phone shows of a notification, and more.
const FALLBACK_MAX: usize = 300;
/// Of several problems and things that are left; the job summary has all of them.
const LISTED: usize = 3;
/// Slack counts as JavaScript does, in UTF-16.
const ELLIPSIS: usize = 1;

/// The message at the start: what is about to happen.
pub(super) fn started(report: &Report, intention: &str) -> Value {
    let subject = report.subject();
    let headline = format!("{}: rolling back to {}", subject.service, subject.to);
    let mut message = Message::new(&headline);
    message.section(intention);
    message.fields(&subject);
    message.buttons(report);
    message.finish()
}

/// The message at the end: what became of it.
pub(super) fn ended(report: &Report, conclusion: &Conclusion) -> Value {
    let subject = report.subject();
    let Conclusion { mark, headline, .. } = conclusion;
    let mut message = Message::new(&format!("{mark} {}: {headline}", subject.service));
    message.section(&conclusion.cause);
    message.list(&conclusion.problems);
    message.section(&conclusion.standing);
    message.list(&conclusion.left);
    message.section(&conclusion.undo);
    message.fields(&subject);
    message.buttons(report);
    message.finish()
}

pub(super) struct Message {
    /// What notifications show in place of the blocks.
    fallback: String,
    blocks: Vec<Value>,
}

impl Message {
    pub(super) fn new(headline: &str) -> Self {
        let headline = one_line(headline);
        Self {
            fallback: literal(&headline, FALLBACK_MAX),
            blocks: vec![json!({ "type": "header", "text": plain(&headline, HEADER_MAX) })],
        }
    }

    pub(super) fn section(&mut self, text: &str) {
        if !text.is_empty() {
            let text = plain(text, SECTION_MAX);
            self.blocks.push(json!({ "type": "section", "text": text }));
        }
    }

    fn list(&mut self, texts: &[String]) {
        for text in texts.iter().take(LISTED) {
            self.section(text);
        }
        if texts.len() > LISTED {
            let more = texts.len() - LISTED;
            self.section(&format!("{more} more in the job summary."));
        }
    }

    /// Who, why and from where to where: two columns, one on a phone.
    pub(super) fn fields(&mut self, subject: &Subject) {
        let Subject {
            from, to, by, why, ..
        } = subject;
        let change = match from {
            Some(from) if from != to => format!("{from} → {to}"),
            _ => to.clone(),
        };
        let rows = [
            ("Rollback", Some(change)),
            ("By", by.clone()),
            ("Why", why.clone()),
            ("Region", Some(subject.region.clone())),
        ];
        let mut fields = Vec::new();
        for (label, text) in rows {
            let text = text.unwrap_or_default();
            if !text.trim().is_empty() {
                fields.push(plain(&format!("{label}\n{}", one_line(&text)), FIELD_MAX));
            }
        }
        self.blocks
            .push(json!({ "type": "section", "fields": fields }));
    }

    pub(super) fn buttons(&mut self, report: &Report) {
        let links = [
            ("Workflow run", report.asked.run_url.as_ref()),
            ("Workflow", report.asked.workflow_url.as_ref()),
        ];
        let mut buttons = Vec::new();
        for (name, url) in links {
            if let Some(url) = url.and_then(|url| web_page(url.raw())) {
                let text = plain(name, BUTTON_MAX);
                buttons.push(json!({ "type": "button", "text": text, "url": url }));
            }
        }
        if !buttons.is_empty() {
            self.blocks
                .push(json!({ "type": "actions", "elements": buttons }));
        }
    }

    pub(super) fn finish(self) -> Value {
        json!({
            "text": self.fallback,
            "mrkdwn": false,
            "unfurl_links": false,
            "unfurl_media": false,
            "blocks": self.blocks,
        })
    }
}

/// `:name:` stays as it is: outside text must not show a mark of its own.
fn plain(text: &str, max: usize) -> Value {
    json!({ "type": "plain_text", "text": literal(text, max), "emoji": false })
}

/// Text with Slack's three control characters escaped, of at most `max` characters; a longer one ends in `…`.
fn literal(text: &str, max: usize) -> String {
    let mut escaped = String::new();
    let mut used = 0;
    let mut fits = 0;
    for c in text.trim().chars() {
        let before = escaped.len();
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            _ => escaped.push(c),
        }
        used += escaped[before..].encode_utf16().count();
        if used > max {
            escaped.truncate(fits);
            escaped.push('…');
            return escaped;
        }
        if used + ELLIPSIS <= max {
            fits = escaped.len();
        }
    }
    escaped
}

/// The text without line ends.
pub(super) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// A URL that Slack takes for a button.
fn web_page(url: &str) -> Option<String> {
    let parsed = Url::parse(url).ok()?;
    let is_page = matches!(parsed.scheme(), "http" | "https") && parsed.as_str().len() <= URL_MAX;
    is_page.then(|| parsed.into())
}
