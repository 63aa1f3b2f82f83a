//! The health check: plain GETs until one answers with the status that is expected.

use crate::aws::Aws;
use crate::clock::Clock;
use crate::error::{Code, Problem};
use crate::inputs::HealthCheck;
use crate::report::data::HealthAttempt;

/// Asks up to `attempts` times; `tell` gets every attempt.
///
/// # Errors
/// `health-check-failed` with the last answer.
pub async fn check(
    aws: &Aws,
    clock: Clock,
    check: &HealthCheck,
    tell: &dyn Fn(HealthAttempt),
) -> Result<(), Problem> {
    let mut last = String::new();
    for number in 1..=check.attempts {
        if number > 1 {
            clock.sleep(check.interval).await;
        }
        let from = clock.elapsed();
        let answer = aws
            .get(check.url.raw(), check.timeout)
            .await
            .map(|(status, _)| status);
        let ok = answer == Ok(check.expected_status);
        last = match &answer {
            Ok(status) => format!("HTTP {status}"),
            Err(why) => why.clone(),
        };
        tell(HealthAttempt {
            number,
            of: check.attempts,
            url: check.url.to_string(),
            answer,
            ok,
            took: clock.elapsed().saturating_sub(from),
        });
        if ok {
            return Ok(());
        }
    }
    Err(Problem::new(
        Code::HealthCheckFailed,
        format!(
            "the health check {} never answered {} in {} attempts; the last answer: {last}",
            check.url, check.expected_status, check.attempts
        ),
        "the target serves all the same; look at its logs, or roll back to another version",
    ))
}
