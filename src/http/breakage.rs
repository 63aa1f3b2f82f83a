//! What broke a request, found by the types of the errors behind it. What people read is in our own words: the texts
//! of libraries are partly Rust's debug format.

use std::{
    error::Error,
    io::{self, ErrorKind},
    iter::successors,
};

use aws_smithy_runtime_api::client::{dns::ResolveDnsError, result::ConnectorError};
use aws_smithy_types::error::ErrorMetadata;
use rustls::CertificateError;

use super::way::{Gone, Way};
use crate::outside::OutsideText;

/// The kinds of breakage that somebody has to do different things about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No connection: refused, no route, an unknown host, or nothing came back in time.
    NoConnection,
    /// The certificate is from an authority that is not trusted here.
    UnknownAuthority,
    /// The certificate can't be used for another reason, or the other side does not speak TLS.
    Tls,
    /// A connection was there and broke.
    Broken,
    /// None of these; of a request through a proxy, that the proxy did not connect.
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Breakage {
    pub(crate) kind: Kind,
    /// `connection refused`
    pub(crate) words: OutsideText,
    pub(crate) way: Way,
}

impl Breakage {
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Self {
        let mut way = Way::default();
        let mut found = None;
        let mut timed_out = false;
        for cause in causes(error) {
            if let Some(gone) = cause.downcast_ref::<Gone>() {
                way = gone.way.clone();
            }
            if let Some(connector) = cause.downcast_ref::<ConnectorError>() {
                timed_out |= connector.is_timeout();
            }
            // The innermost cause that is known says most.
            found = recognised(cause).or(found);
        }
        let (kind, words) = match found {
            Some((kind, words)) => (kind, OutsideText::new(words)),
            None if timed_out => (Kind::NoConnection, own_words(error)),
            None => (Kind::Other, own_words(error)),
        };
        Self { kind, words, way }
    }
}

/// The error and everything that caused it. An `io::Error` hides what it wraps from `source`.
pub(crate) fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |&error| {
        match error.downcast_ref::<io::Error>() {
            Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}

/// What the innermost cause says that is meant for people.
pub(crate) fn own_words(error: &(dyn Error + 'static)) -> OutsideText {
    let texts: Vec<String> = causes(error).map(|cause| cause.to_string()).collect();
    let readable = texts.iter().rev().find(|text| !is_debug(text));
    OutsideText::new(readable.map_or("an error without a message", String::as_str))
}

/// Whether a text holds Rust's debug format: `StatusCode(403)`, `Error { code: … }`.
fn is_debug(text: &str) -> bool {
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let after_name = before.is_alphanumeric() || before == '_';
        let opens =
            letter == '(' || letter == '{' || (letter == ' ' && letters.peek() == Some(&'{'));
        if after_name && opens {
            return true;
        }
        before = letter;
    }
    false
}

fn recognised(cause: &(dyn Error + 'static)) -> Option<(Kind, String)> {
    if let Some(metadata) = cause.downcast_ref::<ErrorMetadata>() {
        return Some((Kind::Other, refusal(metadata)));
    }
    if cause.is::<ResolveDnsError>() {
        return Some((
            Kind::NoConnection,
            "the host name does not resolve".to_owned(),
        ));
    }
    if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
        let (kind, words) = of_tls(tls);
        return Some((kind, words.to_owned()));
    }
    let (kind, words) = of_io(cause.downcast_ref::<io::Error>()?.kind())?;
    Some((kind, words.to_owned()))
}

/// AWS's own refusal, of STS for example: its code and message, which the SDK prints as a structure.
fn refusal(metadata: &ErrorMetadata) -> String {
    let code = metadata.code().unwrap_or("an error without a code");
    match metadata.message() {
        None | Some("") => code.to_owned(),
        Some(message) => format!("{code}: {message}"),
    }
}

fn of_io(kind: ErrorKind) -> Option<(Kind, &'static str)> {
    Some(match kind {
        ErrorKind::ConnectionRefused => (Kind::NoConnection, "connection refused"),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            (Kind::NoConnection, "there is no route to the host")
        }
        ErrorKind::TimedOut => (Kind::NoConnection, "the connection timed out"),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted => {
            (Kind::Broken, "connection reset")
        }
        ErrorKind::UnexpectedEof => (Kind::Broken, "the connection was closed too early"),
        _ => return None,
    })
}

fn of_tls(error: &rustls::Error) -> (Kind, &'static str) {
    let rustls::Error::InvalidCertificate(certificate) = error else {
        return (Kind::Tls, "the TLS handshake failed");
    };
    match certificate {
        CertificateError::UnknownIssuer => (
            Kind::UnknownAuthority,
            "its certificate is from an unknown certificate authority",
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            (Kind::Tls, "its certificate has expired")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            (Kind::Tls, "its certificate is not valid yet")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            (Kind::Tls, "its certificate is for another host")
        }
        _ => (Kind::Tls, "its certificate cannot be used"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_format_is_told_from_sentences() {
        for text in [
            "StatusCode(403)",
            "Error { code: \"AccessDenied\" }",
            "got Some(\"x\")",
            "error response from IMDS (code: 403). Response { status: StatusCode(403) }",
        ] {
            assert!(is_debug(text), "{text}");
        }
        for text in [
            "Connection refused (os error 111)",
            "operation attempt timeout (single attempt) occurred after 8s",
            "expected one of '{', '['",
            "tunnel error: unsuccessful",
        ] {
            assert!(!is_debug(text), "{text}");
        }
    }

    #[test]
    fn the_innermost_cause_that_is_known_counts_and_debug_format_is_passed_over() {
        let tls = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let error = io::Error::other(io::Error::other(tls));
        assert_eq!(Breakage::of(&error).kind, Kind::UnknownAuthority);
        let denied = ErrorMetadata::builder()
            .code("AccessDenied")
            .message("Not authorized to perform sts:AssumeRoleWithWebIdentity");
        let error = io::Error::other(denied.build());
        assert_eq!(
            Breakage::of(&error).words.raw(),
            "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"
        );
        let error = io::Error::other("refused with StatusCode(403)");
        assert_eq!(own_words(&error).raw(), "an error without a message");
    }
}
