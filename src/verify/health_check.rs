//! The health check: plain GETs until one answers with the expected status.

use crate::aws::Aws;
use crate::clock::Clock;
use crate::error::{Code, Problem};
use crate::inputs::HealthCheck;
use crate::report::data::HealthAttempt;

/// Probes up to `attempts` times; `tell` gets every attempt.
///
/// # Errors
/// `health-check-failed` with the last answer.
pub(crate) async fn probe(
    aws: &Aws,
    clock: Clock,
    check: &HealthCheck,
    tell: &dyn Fn(HealthAttempt),
) -> Result<(), Problem> {
    let mut last = String::new();
    for number in 1..=check.attempts {
        if number > 1 {
            // After a switch an NLB sends requests to old targets for a minute and more.
            clock.sleep(check.interval).await;
        }
        let attempt = probe_once(aws, clock, check, number).await;
        tell(attempt.clone());
        if attempt.ok {
            return Ok(());
        }
        last = match attempt.answer {
            Ok(status) => format!("HTTP {status}"),
            Err(reason) => reason,
        };
    }
    Err(never_healthy(check, &last))
}

fn never_healthy(check: &HealthCheck, last: &str) -> Problem {
    let (url, status, attempts) = (&check.url, check.expected_status, check.attempts);
    let message = format!(
        "the health check {url} never answered {status} in {attempts} attempts; the last answer: {last}"
    );
    let hint = "the target is serving anyway; check its logs, or roll back to another version";
    Problem::new(Code::HealthCheckFailed, message, hint)
}

async fn probe_once(aws: &Aws, clock: Clock, check: &HealthCheck, number: u32) -> HealthAttempt {
    let start = clock.elapsed();
    // Through the runner's proxy, as every other call.
    let answer = aws.http.get_status(check.url.raw(), check.timeout).await;
    let answer = answer.map_err(|error| error.to_string());
    HealthAttempt {
        number,
        of: check.attempts,
        url: check.url.clone(),
        ok: answer == Ok(check.expected_status),
        answer,
        took: clock.elapsed().saturating_sub(start),
    }
}
