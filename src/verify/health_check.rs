//! The health check: plain GETs until one answers with the expected status.

use crate::{
    aws::Aws,
    clock::Clock,
    error::{Code, Problem},
    inputs::HealthCheck,
    report::data::HealthAttempt,
    words,
};

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
        if attempt.ok {
            tell(attempt);
            return Ok(());
        }
        last = match &attempt.answer {
            Ok(status) => format!("answered {status}, not {}", check.expected_status),
            Err(reason) => format!("did not answer: {reason}"),
        };
        tell(attempt);
    }
    let attempts = words::count(check.attempts, "attempt");
    Err(Problem::new(
        Code::HealthCheckFailed,
        format!("the health check {} {last} ({attempts})", check.url),
        "the target is serving anyway; check its logs, or roll back to another version",
    ))
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
