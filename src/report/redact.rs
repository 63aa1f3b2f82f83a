//! No secret reaches a log, the summary or a message: known values and what looks like a credential become `***`.

use super::{credentials, safe, visible};

/// Shorter values are not searched for: they would hit ordinary words.
const SHORTEST: usize = 8;
/// Characters of one text that are kept; a text longer than this comes from an application's log.
const TEXT_MAX: usize = 16_000;

/// Knows the secrets of a run.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Longest first, so that a secret inside another can't leave the rest of it behind.
    secrets: Vec<String>,
}

impl Redactor {
    /// Takes secret values: each, its lines, and how JSON and a URL would write them, from 8 characters on.
    pub fn new(secrets: Vec<String>) -> Self {
        let mut all: Vec<String> = secrets
            .iter()
            .flat_map(|secret| [secret.trim().to_owned(), safe::visible(secret)])
            .flat_map(|secret| {
                secret
                    .lines()
                    .map(str::to_owned)
                    .chain([secret.clone()])
                    .collect::<Vec<_>>()
            })
            .flat_map(|secret| [in_json(&secret), in_url(&secret), secret.trim().to_owned()])
            .filter(|secret| secret.chars().count() >= SHORTEST)
            .collect();
        all.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        all.dedup();
        Self { secrets: all }
    }

    /// The text as it may be shown: only visible characters first, so that none of them can split a secret.
    pub fn clean(&self, text: &str) -> String {
        // An escape sequence takes its last letter with it, which may be a secret's first.
        let (bare, seen) = (visible::bare(text), safe::visible(text));
        let bitten = |secret: &String| {
            bare.matches(secret.as_str()).count() > seen.matches(secret.as_str()).count()
        };
        let text = if self.secrets.iter().any(bitten) {
            safe::visible(&self.hide(&bare))
        } else {
            seen
        };
        shortened(&without_credentials(&self.hide(&text)))
    }

    fn hide(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| {
            text.replace(secret.as_str(), "***")
        })
    }
}

/// A long text loses its middle: a headline stands at the start, an error at the end.
fn shortened(text: &str) -> String {
    let count = text.chars().count();
    if count <= TEXT_MAX {
        return text.to_owned();
    }
    let half = TEXT_MAX / 2;
    let head: String = text.chars().take(half).collect();
    let tail: String = text.chars().skip(count - half).collect();
    format!(
        "{head}\n… {} characters left out …\n{tail}",
        count - 2 * half
    )
}

fn without_credentials(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = None;
    while let Some(c) = rest.chars().next() {
        if let Some(found) = credentials::at(rest, before) {
            out.push_str(&rest[..found.keep]);
            out.push_str("***");
            rest = &rest[found.keep + found.hide..];
            before = Some('*');
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            before = Some(c);
        }
    }
    out
}

fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn in_url(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    text.bytes()
        .map(|b| {
            if plain(b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clean(text: &str) -> String {
        Redactor::default().clean(text)
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
            ("AKIA\u{1b}[0mIOSFODNN7EXAM\u{200b}PLE", "***"),
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
        assert_eq!(redactor.clean("x second-line-of-it y ok"), "x *** y ok");
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
            let cleaned = Redactor::new(vec![secret.clone()]).clean(&hidden);
            prop_assert!(!cleaned.contains(&secret), "{cleaned:?}");
        }
    }
}
