//! The inputs `health-check-*`: a URL and how to judge its answer.

use std::time::Duration;

use url::Url;

use crate::{error::Problem, outside::OutsideText};

use super::{
    duration,
    messages::{bad, bad_value},
    reader::{Reader, number},
};

/// A request that must be answered with a status after the traffic shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HealthCheck {
    /// http or https, without user name or password.
    pub url: OutsideText,
    pub expected_status: u16,
    pub attempts: u32,
    /// Between two attempts; may be zero.
    pub interval: Duration,
    /// For one attempt, more than zero.
    pub timeout: Duration,
}

const URL: &str = "health-check-url";
const STATUS: &str = "health-check-expected-status";
const ATTEMPTS: &str = "health-check-attempts";
const INTERVAL: &str = "health-check-interval";
const TIMEOUT: &str = "health-check-timeout";
const ON_UNHEALTHY: &str = "on-unhealthy";

pub(super) fn read(reader: &mut Reader<'_>) -> Option<HealthCheck> {
    let url = reader.optional(URL, parse_url);
    if reader.given(URL).is_none() {
        refuse_details_without_url(reader);
    }
    Some(HealthCheck {
        // Some health checks answer with 204 or with a redirect, which is not followed.
        expected_status: reader.value(STATUS, |name, text| number(name, text, 100..=599)),
        attempts: reader
            .value(ATTEMPTS, |name, text| number(name, text, 1..=100))
            .into(),
        interval: reader.value(INTERVAL, duration::read),
        timeout: reader.value(TIMEOUT, duration::read_positive),
        // Comes last: the other values are checked without a URL as well.
        url: url?,
    })
}

/// Somebody who sets a detail believes that a health check runs.
fn refuse_details_without_url(reader: &mut Reader<'_>) {
    let mut chosen = vec![STATUS, ATTEMPTS, INTERVAL, TIMEOUT, ON_UNHEALTHY];
    chosen.retain(|name| reader.is_chosen(name));
    if !chosen.is_empty() {
        let names = chosen.join(" and ");
        reader.problems.push(bad(
            format!("{names} is given without {URL}, so nothing would be checked"),
            format!("Add {URL}: https://…, or leave {names} out."),
        ));
    }
}

fn parse_url(name: &str, text: &str) -> Result<OutsideText, Problem> {
    // The URL standard would encode them, but in an input they are a typing mistake.
    let unseen = text.contains(|c: char| c.is_whitespace() || c.is_control());
    let Some(url) = Url::parse(text).ok().filter(|_| !unseen) else {
        return Err(refuse(name, text, "which is not a URL"));
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse(name, text, "which is neither http nor https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad(
            format!("the input {name} has a user name or a password, which the log would show"),
            "Give a health check that needs no login, without the part before the @.",
        ));
    }
    // `https:///health` is what an empty variable leaves; the URL standard takes `health` as its host.
    let has_host = text
        .split_once("://")
        .is_some_and(|(_, rest)| !rest.starts_with('/'));
    if !has_host || url.port() == Some(0) {
        return Err(refuse(name, text, "which has no valid host"));
    }
    Ok(OutsideText::new(url.as_str()))
}

fn refuse(name: &str, text: &str, what: &str) -> Problem {
    let hint = format!("Give the whole URL: {name}: https://shop.example.com/health.");
    // A query may hold a token, and the part before an @ a password.
    let (public, _) = text.split_once(['?', '#']).unwrap_or((text, ""));
    if public.contains('@') {
        return bad(format!("the input {name} has a value {what}"), hint);
    }
    bad_value(name, public, what, hint)
}

#[cfg(test)]
mod tests {
    use super::{super::tests::shown, *};

    fn parse_url(text: &str) -> Result<String, Problem> {
        let url = super::parse_url(URL, text).map_err(shown)?;
        Ok(url.raw().to_owned())
    }

    #[test]
    fn valid_urls() {
        for (text, url) in [
            (
                "https://shop.example.com/health",
                "https://shop.example.com/health",
            ),
            ("HTTP://10.0.0.1:8080", "http://10.0.0.1:8080/"),
            ("http://[::1]:8080/x?y=z@q#f", "http://[::1]:8080/x?y=z@q#f"),
            ("https://a.example/@me", "https://a.example/@me"),
            ("http://internal_lb/", "http://internal_lb/"),
            (
                "https://bücher.example/ä",
                "https://xn--bcher-kva.example/%C3%A4",
            ),
        ] {
            assert_eq!(parse_url(text).as_deref(), Ok(url));
        }
    }

    #[test]
    fn invalid_urls() {
        for (url, what) in [
            ("shop.example.com/health", "which is not a URL"),
            ("ftp://shop.example.com", "neither http nor https"),
            ("shop:8080", "neither http nor https"),
            ("https:shop.example.com", "no valid host"),
            ("https://", "which is not a URL"),
            ("https:///health", "no valid host"),
            ("https://shop:0/", "no valid host"),
            ("https://shop:99999/", "which is not a URL"),
            ("https://[::x]/", "which is not a URL"),
            ("https://sh op/", "which is not a URL"),
        ] {
            let problem = parse_url(url).unwrap_err();
            assert!(problem.message.contains(what), "{url}: {problem}");
        }
    }

    #[test]
    fn no_secret_in_a_url_reaches_a_message() {
        for url in [
            "https://u:s3cret@shop/",
            "ftp://shop/?token=s3cret",
            "u:s3cret@shop",
            "ftp://u:s3cret@shop",
            "https://shop:x/?s3cret",
        ] {
            let problem = parse_url(url).unwrap_err();
            assert!(
                !problem.message.contains("s3cret") && !problem.hint.contains("s3cret"),
                "{problem:?}"
            );
        }
    }
}
