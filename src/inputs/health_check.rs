//! The inputs `health-check-*`: a URL and how to judge its answer.

use std::time::Duration;

use crate::error::Problem;

use super::duration;
use super::reader::{Reader, bad, number, quoted, unseen};

/// A request that must be answered with a status after the shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// http or https, without user name or password.
    pub url: String,
    pub expected_status: u16,
    pub attempts: u32,
    /// Between two attempts; may be zero.
    pub interval: Duration,
    /// For one attempt, more than zero.
    pub timeout: Duration,
}

const DETAILS: [&str; 4] = [
    "health-check-expected-status",
    "health-check-attempts",
    "health-check-interval",
    "health-check-timeout",
];

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Option<HealthCheck>> {
    let url = reader.optional("health-check-url", parse_url);
    if reader.given("health-check-url").is_none() {
        refuse_details_without_url(reader);
    }
    let status = reader.value(DETAILS[0], |text| number(DETAILS[0], 100..=599, text));
    let attempts = reader.value(DETAILS[1], |text| number(DETAILS[1], 1..=100, text));
    let interval = reader.value(DETAILS[2], |text| duration::read(DETAILS[2], text));
    let timeout = reader.value(DETAILS[3], |text| duration::read_positive(DETAILS[3], text));
    let expected_status = u16::try_from(status?).ok()?;
    let (attempts, interval, timeout) = (attempts?, interval?, timeout?);
    Some(url?.map(|url| HealthCheck {
        url,
        expected_status,
        attempts,
        interval,
        timeout,
    }))
}

/// Somebody who sets a detail believes that a health check runs.
fn refuse_details_without_url(reader: &mut Reader<'_>) {
    let chosen: Vec<&str> = DETAILS
        .into_iter()
        .filter(|name| reader.chosen(name).is_some())
        .collect();
    if !chosen.is_empty() {
        reader.problems.push(bad(
            format!(
                "{} is given, but no health-check-url, so nothing would be checked",
                chosen.join(" and ")
            ),
            format!(
                "Add health-check-url: https://…, or leave {} out.",
                chosen.join(" and ")
            ),
        ));
    }
}

fn parse_url(text: &str) -> Result<String, Problem> {
    let hint = "Give the whole URL: health-check-url: https://shop.example.com/health.";
    // Queries and passwords may be secrets, so a message repeats neither.
    let public = quoted(text.split(['?', '#']).next().unwrap_or_default());
    let Some((scheme, rest)) = text.split_once("://") else {
        let public = if text.contains('@') {
            "no URL".to_owned()
        } else {
            public
        };
        return Err(bad(
            format!("the input health-check-url is {public}, without http:// or https://"),
            hint,
        ));
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(bad(
            "the input health-check-url holds a user name or a password, which would be shown in the log",
            "Give a health check that needs no login, without the part before the @.",
        ));
    }
    if !["http", "https"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
    {
        return Err(bad(
            format!("the input health-check-url is {public}, which is neither http nor https"),
            hint,
        ));
    }
    if text
        .chars()
        .any(|c| c.is_whitespace() || unseen(c) || !c.is_ascii() || "<>\"{}|\\^`".contains(c))
    {
        return Err(bad(
            format!(
                "the input health-check-url is {public}, with characters that a URL can't hold"
            ),
            "Percent-encode them, for example %20 for a space; write the host of an international domain as xn--….",
        ));
    }
    if !valid_authority(authority) {
        return Err(bad(
            format!("the input health-check-url is {public}, which has no valid host"),
            hint,
        ));
    }
    Ok(text.to_owned())
}

/// `host`, `host:port` or `[ipv6]:port`.
fn valid_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        Some((host, port)) if host.parse::<std::net::Ipv6Addr>().is_ok() => ("ipv6", port),
        Some(_) => return false,
        None => text.find(':').map_or((text, ""), |at| text.split_at(at)),
    };
    let port = match port.strip_prefix(':') {
        Some(port) => {
            port.bytes().all(|b| b.is_ascii_digit())
                && port.parse::<u16>().is_ok_and(|port| port > 0)
        }
        None => port.is_empty(),
    };
    let name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    port && !host.is_empty() && host.len() <= 253 && host.bytes().all(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_can_be_asked() {
        for url in [
            "https://shop.example.com/health",
            "HTTP://10.0.0.1:8080",
            "http://[::1]:8080/x?y=z@q#f",
            "https://a.example/@me",
            "http://internal_lb/",
        ] {
            assert_eq!(parse_url(url), Ok(url.to_owned()));
        }
    }

    #[test]
    fn urls_that_can_not() {
        let cases = [
            ("shop.example.com/health", "without http:// or https://"),
            ("ftp://shop.example.com", "neither http nor https"),
            ("https://", "no valid host"),
            ("https:///health", "no valid host"),
            ("https://shop:0/", "no valid host"),
            ("https://shop:99999/", "no valid host"),
            ("https://[::x]/", "no valid host"),
            ("https://shop/a b", "can't hold"),
            ("https://shop/ä", "can't hold"),
            ("https://shop/\u{1b}[2J", "can't hold"),
        ];
        for (url, reason) in cases {
            let problem = parse_url(url).unwrap_err();
            assert!(problem.message.contains(reason), "{url}: {problem}");
            assert!(!problem.message.contains('\u{1b}'));
        }
    }

    #[test]
    fn no_secret_in_a_url_reaches_a_message() {
        for url in [
            "https://u:s3cret@shop/",
            "ftp://shop/?token=s3cret",
            "u:s3cret@shop",
            "ftp://u:s3cret@shop",
            "https://shop/ä?s3cret",
        ] {
            let problem = parse_url(url).unwrap_err();
            assert!(
                !problem.message.contains("s3cret") && !problem.hint.contains("s3cret"),
                "{problem:?}"
            );
        }
    }
}
