//! Who is told: the inputs `slack-webhook-url`, `sns-topic-arn`, `webhook-url` and `webhook-secret`.

use std::fmt;

use url::{Host, Url};

use crate::{domain::topic::TopicArn, error::Problem, outside::OutsideText};

use super::{
    messages::{bad, bad_value},
    reader::Reader,
};

const SLACK: &str = "slack-webhook-url";
const TOPIC: &str = "sns-topic-arn";
const WEBHOOK: &str = "webhook-url";
const SECRET: &str = "webhook-secret";

/// The channels that are told about the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Notified {
    /// A Slack incoming webhook.
    pub slack: Option<HookUrl>,
    pub topic: Option<TopicArn>,
    pub webhook: Option<Webhook>,
}

/// Gets one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Webhook {
    pub url: HookUrl,
    /// What the event is signed with.
    pub secret: Option<Secret>,
}

/// A URL that whoever knows it can post to: https, or http to this machine; without user and password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct HookUrl(Url);

impl HookUrl {
    /// The whole URL, which is a secret.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Path and query, the part that only its owner knows.
    pub(crate) fn secret_part(&self) -> &str {
        &self.0[url::Position::BeforePath..]
    }

    /// What messages may show: `hooks.slack.com`, with a port where there is one.
    pub(crate) fn host(&self) -> OutsideText {
        OutsideText::new(&self.0[url::Position::BeforeHost..url::Position::AfterPort])
    }
}

impl fmt::Debug for HookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HookUrl(***)")
    }
}

/// A text that nothing shows.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    #[cfg(test)]
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret(***)")
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> Notified {
    let url = reader.optional(WEBHOOK, parse_url);
    let secret = reader.given(SECRET).map(|text| Secret(text.to_owned()));
    if secret.is_some() && reader.given(WEBHOOK).is_none() {
        reader.problems.push(bad(
            format!("{SECRET} is given without {WEBHOOK}, so nothing would be signed"),
            format!("Add {WEBHOOK}: https://…, or leave {SECRET} out."),
        ));
    }
    Notified {
        slack: reader.optional(SLACK, parse_url),
        topic: reader.optional(TOPIC, parse_topic),
        webhook: url.map(|url| Webhook { url, secret }),
    }
}

fn parse_topic(name: &str, text: &str) -> Result<TopicArn, Problem> {
    TopicArn::parse(text).ok_or_else(|| {
        let hint = "Copy it from the SNS console: arn:aws:sns:REGION:ACCOUNT:NAME. A subscription's ARN has one part more.";
        bad_value(name, text, "which is not the ARN of an SNS topic", hint)
    })
}

/// The value is not repeated: it is a secret.
fn parse_url(name: &str, text: &str) -> Result<HookUrl, Problem> {
    let refuse = |what: &str| {
        bad(
            format!("the input {name} {what}"),
            format!(
                "Give the whole URL, in a workflow as a secret of the repository: {name}: ${{{{ secrets.NAME }}}}."
            ),
        )
    };
    // The URL standard would encode them, but in an input they are a typing mistake.
    let unseen = text.contains(|c: char| c.is_whitespace() || c.is_control());
    let Some(url) = Url::parse(text).ok().filter(|_| !unseen) else {
        return Err(refuse("is not a URL"));
    };
    match url.scheme() {
        "https" => {}
        "http" if is_this_machine(&url) => {}
        "http" => return Err(refuse("begins with http:// and would be sent unencrypted")),
        _ => return Err(refuse("does not begin with https://")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse(
            "has a user name or a password, which would not be sent",
        ));
    }
    Ok(HookUrl(url))
}

/// Where nothing that is sent leaves the machine.
pub(super) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::shown, *};

    fn url(text: &str) -> Result<HookUrl, Problem> {
        parse_url(SLACK, text).map_err(shown)
    }

    #[test]
    fn https_anywhere_and_http_on_this_machine() {
        for (text, host) in [
            (
                "https://hooks.slack.com/services/T0/B0/x",
                "hooks.slack.com",
            ),
            ("https://hooks.example:8443/a?b=c", "hooks.example:8443"),
            ("http://localhost:8080/x", "localhost:8080"),
            ("http://127.0.0.1:8080/x", "127.0.0.1:8080"),
            ("http://[::1]:8080/x", "[::1]:8080"),
        ] {
            assert_eq!(url(text).unwrap().host().raw(), host);
        }
    }

    #[test]
    fn bad_urls_are_refused_and_never_repeated() {
        for (text, what) in [
            ("hooks.slack.com/services/s3cret", "is not a URL"),
            ("https://hooks.slack.com/s3 cret", "is not a URL"),
            ("http://hooks.slack.com/s3cret", "unencrypted"),
            ("http://localhost.example/s3cret", "unencrypted"),
            ("ftp://hooks.slack.com/s3cret", "https://"),
            (
                "https://kim:s3cret@hooks.slack.com/",
                "a user name or a password",
            ),
        ] {
            let problem = url(text).unwrap_err();
            assert!(problem.message.contains(what), "{problem}");
            let told = format!("{problem}{}", problem.hint);
            assert!(!told.contains("s3cret"), "{told}");
        }
        let hint = url("x").unwrap_err().hint;
        assert!(
            hint.contains("slack-webhook-url: ${{ secrets.NAME }}"),
            "{hint}"
        );
    }

    #[test]
    fn debug_output_has_no_secret() {
        let webhook = Webhook {
            url: url("https://hooks.example/s3cret").unwrap(),
            secret: Some(Secret("s3cret".to_owned())),
        };
        assert_eq!(webhook.url.secret_part(), "/s3cret");
        assert!(!format!("{webhook:?}").contains("s3cret"));
    }
}
