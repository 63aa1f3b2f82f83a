//! The health check: plain GETs until one answers with the expected status.

use crate::{
    aws::Aws,
    clock::Clock,
    error::{Code, Problem},
    inputs::HealthCheck,
    report::data::HealthAttempt,
    words,
};

/// The health check failed.
pub(crate) struct Unhealthy {
    /// `health-check-failed` with the last answer.
    pub problem: Problem,
    /// Whether any attempt got an answer: an address that the runner cannot reach proves nothing.
    pub answered: bool,
}

/// Probes up to `attempts` times; `tell` gets every attempt.
///
/// # Errors
/// No attempt got the expected status.
pub(crate) async fn probe(
    aws: &Aws,
    clock: Clock,
    check: &HealthCheck,
    tell: &dyn Fn(HealthAttempt),
) -> Result<(), Unhealthy> {
    let mut answered = false;
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
        answered |= attempt.answer.is_ok();
        last = match &attempt.answer {
            Ok(status) => format!("answered {status}, not {}", check.expected_status),
            Err(reason) => format!("did not answer: {reason}"),
        };
        tell(attempt);
    }
    let attempts = words::count(check.attempts, "attempt");
    Err(Unhealthy {
        problem: Problem::new(
            Code::HealthCheckFailed,
            format!("the health check {} {last} ({attempts})", check.url),
            "the target is serving anyway; check its logs, or roll back to another version",
        ),
        answered,
    })
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
