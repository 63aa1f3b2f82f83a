//! Sending a message: its time, its one more try, and what is said of one that did not arrive.

use std::{fmt, time::Duration};

use crate::{
    aws::{Aws, Failure, Fault, sns::Message},
    clock::Clock,
    domain::topic::TopicArn,
    http::{Answer, Client, Error},
    inputs::HookUrl,
    outside::OutsideText,
    words,
};

/// Before the second try, where the server does not say how long to wait.
const PAUSE: Duration = Duration::from_secs(1);
/// A try that has less time than this is not begun.
const SHORTEST: Duration = Duration::from_millis(300);
/// Characters of an answer that are quoted.
const QUOTED: usize = 80;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    Slack,
    Topic,
    Webhook,
}

/// One message on its way to one channel.
pub(super) struct Delivery {
    pub channel: Channel,
    pub clock: Clock,
    /// For all of it.
    pub within: Duration,
}

/// A try that failed.
struct Refusal {
    /// After which pause another try may help. A definite answer has none: nobody is told twice.
    again: Option<Duration>,
    /// What happened, with what to do about it.
    why: String,
}

impl Delivery {
    /// POSTs the body; `None` where it was taken, else a sentence without its full stop.
    pub(super) async fn post(
        &self,
        http: &Client,
        url: &HookUrl,
        headers: &[(&'static str, String)],
        body: &[u8],
    ) -> Option<String> {
        let post = async |left: Duration| {
            let answer = http.post(url.as_str(), headers, body.to_vec(), left).await;
            match answer {
                Ok(answer) => self.judge(url, &answer),
                Err(error) => Err(self.unsent(url, &error)),
            }
        };
        let why = self.deliver(post).await.err()?.why;
        let host = url.host();
        Some(match self.channel {
            Channel::Webhook => format!("the webhook on {host} was not told: {why}"),
            _ => format!("Slack was not told: {why}"),
        })
    }

    /// Publishes the message; as [`Self::post`].
    pub(super) async fn publish(
        &self,
        aws: &Aws,
        topic: &TopicArn,
        message: &Message,
    ) -> Option<String> {
        let publish = async |left: Duration| {
            let published = tokio::time::timeout(left, aws.publish(topic, message)).await;
            match published {
                Ok(published) => published.map_err(|failure| refused(&failure)),
                Err(_) => Err(Refusal::definite(format!(
                    "{}; check that the runner can reach SNS in {}",
                    self.silence(),
                    topic.region()
                ))),
            }
        };
        let why = self.deliver(publish).await.err()?.why;
        Some(format!(
            "the SNS topic {} was not told: {why}",
            topic.name()
        ))
    }

    /// Tries, and where that may help tries once more. `attempt` gets the time that is left.
    async fn deliver(
        &self,
        attempt: impl AsyncFn(Duration) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        if self.within < SHORTEST {
            return Err(Refusal::definite("no time was left for it".to_owned()));
        }
        let until = self.clock.elapsed() + self.within;
        let left = || until.saturating_sub(self.clock.elapsed());
        let Err(refusal) = attempt(left()).await else {
            return Ok(());
        };
        match refusal.again {
            Some(pause) if pause + SHORTEST <= left() => {
                self.clock.sleep(pause).await;
                attempt(left()).await
            }
            _ => Err(refusal),
        }
    }

    fn judge(&self, url: &HookUrl, answer: &Answer) -> Result<(), Refusal> {
        let said = said(url, answer);
        let is_page = said.starts_with('<');
        if (200..300).contains(&answer.status) && !(is_page && self.channel == Channel::Slack) {
            return Ok(());
        }
        let status = answer.status;
        let what = match said.as_str() {
            "" => format!("HTTP {status}"),
            _ if is_page => format!("HTTP {status} with a web page"),
            said => format!("HTTP {status} {}", OutsideText::new(said)),
        };
        let again = match status {
            429 | 500.. => pause(answer),
            _ => None,
        };
        let why = format!("{what}; {}", self.next_step(answer));
        Err(Refusal { again, why })
    }

    fn next_step(&self, answer: &Answer) -> Advice {
        match answer.status {
            429 | 500.. => Advice::TellThem,
            200..300 => Advice::Proxy,
            300..400 => Advice::Redirect(self.channel),
            _ => Advice::Check(self.channel),
        }
    }

    fn unsent(&self, url: &HookUrl, error: &Error) -> Refusal {
        let what = match error {
            Error::TimedOut(_) => self.silence(),
            error => error.to_string(),
        };
        Refusal {
            again: error.is_not_sent().then_some(PAUSE),
            why: format!("{what}; check that the runner can reach {}", url.host()),
        }
    }

    fn silence(&self) -> String {
        format!("no answer within {}", words::took(self.within))
    }
}

impl Refusal {
    fn definite(why: String) -> Self {
        Self { again: None, why }
    }
}

/// What to do about an answer.
enum Advice {
    /// The inputs are right, as far as anybody can say.
    TellThem,
    Proxy,
    Redirect(Channel),
    Check(Channel),
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TellThem => f.write_str("its server failed or is busy, so tell people yourself"),
            Self::Proxy => f.write_str("a proxy may have answered instead of Slack"),
            Self::Redirect(channel) => write!(f, "redirects are not followed; check {channel}"),
            Self::Check(channel) => write!(f, "check {channel}"),
        }
    }
}

/// The inputs that name it.
impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Slack => "slack-webhook-url",
            Self::Topic => "sns-topic-arn",
            Self::Webhook => "webhook-url and webhook-secret",
        })
    }
}

/// How long the server wants to be left alone; `None` where it says that in a way that is not known here.
fn pause(answer: &Answer) -> Option<Duration> {
    match &answer.retry_after {
        Some(seconds) => Some(Duration::from_secs(seconds.trim().parse().ok()?)),
        None => Some(PAUSE),
    }
}

/// The first line of an answer, without what only the URL's owner knows: servers like to repeat the path.
fn said(url: &HookUrl, answer: &Answer) -> String {
    let text = String::from_utf8_lossy(&answer.body);
    let line = text.trim().lines().next().unwrap_or_default().trim_end();
    let mut secrets = url.secret_part().split(['?', '#']);
    if secrets.any(|secret| secret.len() > 1 && line.contains(secret)) {
        return String::new();
    }
    if line.chars().nth(QUOTED).is_none() {
        return line.to_owned();
    }
    let start: String = line.chars().take(QUOTED).collect();
    format!("{start}…")
}

fn refused(failure: &Failure) -> Refusal {
    let may_help = matches!(failure.fault, Fault::Throttled | Fault::ServerError);
    let again = may_help || failure.is_not_sent();
    Refusal {
        again: again.then_some(PAUSE),
        why: explained(failure),
    }
}

fn explained(failure: &Failure) -> String {
    let reason = failure.reason();
    match failure.fault {
        // The reason says what to do.
        Fault::AccessDenied => reason,
        Fault::Throttled | Fault::ServerError => format!("{reason}; {}", Advice::TellThem),
        Fault::Unreachable | Fault::NotAws => {
            format!("{reason}; check that the runner can reach SNS")
        }
        _ => format!("{reason}; check {}", Channel::Topic),
    }
}
