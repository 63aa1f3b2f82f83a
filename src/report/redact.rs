//! No secret reaches a log, the summary or a message: known values and what looks like a credential become `***`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{credentials, safe};
use crate::outside;

/// Shorter values are not searched for: they would hit ordinary words.
const SHORTEST: usize = 8;
/// Characters of one text that are kept; a text longer than this comes from an application's log.
const TEXT_MAX: usize = 16_000;

/// What a URL never has as it is: all but RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Knows the secrets of a process.
#[derive(Clone, Default)]
pub(super) struct Redactor {
    /// Longest first, so that a secret inside another can't leave the rest of it behind.
    secrets: Vec<String>,
}

impl Redactor {
    /// Takes secret values: each, its lines, and how JSON and a URL would write them, from 8 characters on.
    pub(super) fn new(secrets: Vec<String>) -> Self {
        let mut all = Vec::new();
        for secret in &secrets {
            // Texts are searched once they are visible, so a secret that is not is known as it looks then, too.
            add_lines(&mut all, secret.trim());
            add_lines(&mut all, &safe::visible(secret));
        }
        // A secret's last line is often short, `}` or `==`.
        all.retain(|secret| secret.chars().count() >= SHORTEST);
        all.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        all.dedup();
        Self { secrets: all }
    }

    /// A sentence of ours as it may be shown: its outside parts cleaned, known secrets hidden wherever they stand.
    pub(super) fn clean_sentence(&self, sentence: &str) -> String {
        let cleaned = outside::cleaned(sentence, |text| self.clean_outside(text));
        self.hide(&cleaned)
    }

    /// A text from outside as it may be shown.
    pub(super) fn clean_outside(&self, text: &str) -> String {
        // As it came, too: an escape sequence takes its last letter with it, which may be the first of a secret.
        let hidden = self.hide_all(text);
        // Only what is visible may split a secret.
        safe::both_ends(&self.hide_all(&safe::visible(&hidden)), TEXT_MAX)
    }

    fn hide_all(&self, text: &str) -> String {
        credentials::hidden(&self.hide(text))
    }

    fn hide(&self, text: &str) -> String {
        let mut hidden = text.to_owned();
        for secret in &self.secrets {
            hidden = hidden.replace(secret.as_str(), "***");
        }
        hidden
    }
}

/// A secret and each of its lines.
fn add_lines(secrets: &mut Vec<String>, secret: &str) {
    add_spellings(secrets, secret);
    // A log has one line of it at a time, and GitHub masks secrets by line as well.
    for line in secret.lines() {
        add_spellings(secrets, line);
    }
}

/// A secret as it is, as JSON writes it and as a URL does.
fn add_spellings(secrets: &mut Vec<String>, secret: &str) {
    secrets.extend([secret.trim().to_owned(), in_json(secret), in_url(secret)]);
}

fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn in_url(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clean(text: &str) -> String {
        Redactor::default().clean_outside(text)
    }

    #[test]
    fn credentials_become_stars() {
        let cases = [
            ("key AKIAIOSFODNN7EXAMPLE in use", "key *** in use"),
            (
                "aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfi&x=1",
                "aws_secret_access_key=***&x=1",
            ),
            (
                "Authorization: Basic dXNlcjpwYXNz and more\nnext",
                "Authorization: ***\nnext",
            ),
            ("sent 'Bearer abcdef.123456'", "sent 'Bearer ***'"),
            (
                r#"{"password": "a b,c", "user": "x"}"#,
                r#"{"password": "***", "user": "x"}"#,
            ),
            (
                r#"{\"password\":\"hunter2\",\"a\":1}"#,
                r#"{\"password\":\"***"#,
            ),
            ("DB_PASSWORD=hunter2 exited", "DB_PASSWORD=*** exited"),
            (
                "postgres://app:pa/ss@db:5432/x failed",
                "postgres://***@db:5432/x failed",
            ),
            ("https://user:pass@host/x", "https://***@host/x"),
            (
                "mysql --password hunter2 -h db",
                "mysql --password *** -h db",
            ),
            ("t eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln t", "t *** t"),
            (
                "xoxb-1234567890-abc ghp_0123456789abcdef github_pat_11AAAA_bbbb",
                "*** *** ***",
            ),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
                "***-----END RSA PRIVATE KEY-----",
            ),
            (
                "PRIVATE_KEY=-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END",
                "PRIVATE_KEY=***",
            ),
            ("a-xoxb-1234567890-abc_api_key=x1", "a-***"),
            ("AKIA\u{1b}[0mIOSFODNN7EXAM\u{200b}PLE", "***"),
            ("x\u{9b} password=hunter2 y", "xassword=*** y"),
        ];
        for (text, expected) in cases {
            let cleaned = clean(text);
            assert!(cleaned.starts_with(expected), "{text:?} became {cleaned:?}");
        }
        assert!(!clean(r#"{\"password\":\"hunter2\",\"a\":1}"#).contains("hunter2"));
    }

    #[test]
    fn what_people_need_stays() {
        let texts = [
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf",
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web1@sha256:41aa07",
            "https://eu-west-1.console.aws.amazon.com/codesuite/codedeploy/deployments/d-X?region=eu-west-1",
            "http://db:5432/path@v1",
            "The security token included in the request is expired",
            "secrets − DB_PASSWORD, + API_TOKEN",
            "aws deploy stop-deployment --deployment-id d-X --auto-rollback-enabled --region eu-west-1",
        ];
        for text in texts {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn a_long_text_keeps_both_ends() {
        let text = format!("start{}end", "x".repeat(TEXT_MAX));
        let cleaned = clean(&text);
        assert!(
            cleaned.starts_with("start")
                && cleaned.ends_with("end")
                && cleaned.contains("8 characters left out")
        );
    }

    #[test]
    fn each_line_of_a_secret_is_one() {
        let redactor = Redactor::new(vec!["first-line-of-it\nsecond-line-of-it\nok".to_owned()]);
        assert_eq!(
            redactor.clean_outside("x second-line-of-it y ok"),
            "x *** y ok"
        );
    }

    proptest! {
        #[test]
        fn no_secret_survives(
            secret in "[A-Za-z0-9+/=_-]{8,40}",
            before in any::<String>(),
            after in any::<String>(),
            split in 1usize..8,
            unseen in proptest::sample::select(vec!["", "\u{1b}[0m", "\u{200b}", "\u{202e}", "\u{7}"]),
        ) {
            let hidden = format!("{before}{}{unseen}{}{after}{secret}", &secret[..split], &secret[split..]);
            let cleaned = Redactor::new(vec![secret.clone()]).clean_outside(&hidden);
            prop_assert!(!cleaned.contains(&secret), "{cleaned:?}");
        }
    }
}
