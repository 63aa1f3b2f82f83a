//! Callers whose clocks are wrong: AWS shows its time with each answer, and refuses a signature that is too old or too
//! new. Source: "Troubleshoot Signature Version 4 signing for AWS API requests" in the IAM user guide.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use bytes::Bytes;
use http::{Request, Response};

use crate::aws::AwsError;
use crate::cloud::Cloud;
use crate::sim::Sim;

/// Seconds between the time of a signature and AWS's.
const LIMIT: i64 = 300;

impl<W: Cloud> Sim<W> {
    /// AWS's time, where it is another than the callers'.
    fn aws_time(&self) -> Option<i64> {
        Some(DateTime::from(self.clock.now()).secs() + self.ahead?)
    }

    /// What AWS answers to a request that was signed at another time than its own.
    pub(crate) fn skewed(&self, request: &Request<Bytes>) -> Option<AwsError> {
        let now = self.aws_time()?;
        let signed = request.headers().get("x-amz-date")?.to_str().ok()?;
        let at = seconds(signed)?;
        let now_as_signed = compact(now);
        let message = if at < now - LIMIT {
            let oldest = compact(now - LIMIT);
            format!(
                "Signature expired: {signed} is now earlier than {oldest} ({now_as_signed} - 5 min.)"
            )
        } else if at > now + LIMIT {
            let newest = compact(now + LIMIT);
            format!(
                "Signature not yet current: {signed} is still later than {newest} ({now_as_signed} + 5 min.)"
            )
        } else {
            return None;
        };
        Some(AwsError::client("InvalidSignatureException", message))
    }

    /// The answer with AWS's time.
    pub(crate) fn dated(&self, mut response: Response<Bytes>) -> Response<Bytes> {
        if let Some(now) = self.aws_time() {
            let date = DateTime::from_secs(now).fmt(Format::HttpDate);
            let date = date.expect("a time of this century");
            let date = date.parse().expect("a date is ASCII");
            response.headers_mut().insert("date", date);
        }
        response
    }
}

/// The time of a signature, `20261121T030000Z`.
fn seconds(signed: &str) -> Option<i64> {
    let (date, time) = (signed.get(..8)?, signed.get(9..15)?);
    let text = format!(
        "{}-{}-{}T{}:{}:{}Z",
        &date[..4],
        &date[4..6],
        &date[6..],
        &time[..2],
        &time[2..4],
        &time[4..]
    );
    let time = DateTime::from_str(&text, Format::DateTime).ok()?;
    Some(time.secs())
}

fn compact(seconds: i64) -> String {
    let time = DateTime::from_secs(seconds).fmt(Format::DateTime);
    time.unwrap_or_default().replace(['-', ':'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_it_is_written() {
        assert_eq!(seconds(&compact(1_795_228_800)), Some(1_795_228_800));
        assert_eq!(seconds("yesterday"), None);
    }
}
