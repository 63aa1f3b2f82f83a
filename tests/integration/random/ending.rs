//! Promises about how a run ends: in time, with the right exit code, complete, harmless to read.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use ecs_rollback_action::Code;
use ecs_rollback_action::OUTPUTS;

use super::asking::SECRETS;
use super::ran::Ran;
use crate::harness::Done;

type Held = Result<(), String>;

pub const GRACE: Duration = Duration::from_secs(5);

/// Exit code fits the outcome, and the report says the same.
pub fn the_exit_code_fits(ran: &Ran) -> Held {
    let fits = exit_code(ran.outcome())?;
    let report = ran
        .report
        .as_ref()
        .map(|report| report["ending"]["exit_code"].clone());
    let agrees = report == Some(fits.into()) && ran.told("/outcome") == Some(ran.outcome());
    let holds = ran.done.exit == fits && agrees;
    holds
        .then_some(())
        .ok_or_else(|| format!("{}, exit code {}", ran.outcome(), ran.done.exit))
}

/// What the contract says.
///
/// # Errors
/// Where there is no such outcome.
pub fn exit_code(outcome: &str) -> Result<u8, String> {
    match outcome {
        "rolled-back" | "unchanged" | "planned" | "started" | "marked" => Ok(0),
        "failed" | "reverted" => Ok(1),
        "refused" => Ok(2),
        "timed-out" | "cancelled" => Ok(3),
        other => Err(format!("{other:?} is no outcome")),
    }
}

/// On a signal the run ends within 5 seconds, and says `cancelled` with exit code 3 unless it was over by itself.
pub fn a_cancelled_run_ends_in_five_seconds(ran: &Ran) -> Held {
    let Some(cancel) = ran.trouble.cancel else {
        return Ok(());
    };
    let took = ran.done.took;
    if took > cancel + GRACE {
        return Err(format!("cancelled at {cancel:?}, ended at {took:?}"));
    }
    let slow = ran.trouble.latency > Duration::ZERO || !ran.trouble.faults.is_empty();
    let late = took
        > cancel
            + if slow {
                GRACE
            } else {
                Duration::from_millis(10)
            };
    let holds = !late || ran.outcome() == "cancelled";
    holds
        .then_some(())
        .ok_or_else(|| format!("cancelled at {cancel:?}, but {} at {took:?}", ran.outcome()))
}

/// Every run ends by its timeout and 5 seconds.
pub fn a_run_ends_by_its_timeout(ran: &Ran) -> Held {
    let (took, timeout) = (ran.done.took, ran.asking.timeout);
    (took <= timeout + GRACE)
        .then_some(())
        .ok_or_else(|| format!("{took:?} with a timeout of {timeout:?}"))
}

/// Nothing from outside can be taken for a workflow command.
pub fn no_line_is_a_command(ran: &Ran) -> Held {
    is_harmless(&ran.done)
}

/// The same of all that was logged.
pub fn is_harmless(done: &Done) -> Held {
    let shown = catch_unwind(AssertUnwindSafe(|| done.shown()));
    shown
        .map(|_| ())
        .map_err(|_| "a line of the log is a command".to_owned())
}

/// No secret reaches the log, the summary or an output.
pub fn no_secret_is_shown(ran: &Ran) -> Held {
    keeps_secrets(&ran.done)
}

/// The same of all that was told.
pub fn keeps_secrets(done: &Done) -> Held {
    let mut places = vec![&done.log, &done.summary];
    places.extend(done.outputs.values());
    let shown = SECRETS
        .iter()
        .any(|secret| places.iter().any(|place| place.contains(secret)));
    (!shown)
        .then_some(())
        .ok_or_else(|| "a secret is shown".to_owned())
}

/// Every error has a stable code, a sentence and a hint; whoever ends badly has at least one, whoever ends well none.
pub fn every_error_has_a_code(ran: &Ran) -> Held {
    let codes = ran.codes();
    let known = |code: &&str| Code::ALL.iter().any(|(known, _)| known.as_str() == *code);
    if let Some(code) = codes
        .iter()
        .find(|code| !known(code) || **code == "internal")
    {
        return Err(format!("{code} is no code"));
    }
    let report = ran.report.as_ref().ok_or("no report")?;
    let problems = report["ending"]["problems"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let empty = |member: &str| {
        problems
            .iter()
            .any(|problem| problem[member].as_str().is_none_or(str::is_empty))
    };
    if empty("message") || empty("hint") {
        return Err("a problem without a sentence or a hint".to_owned());
    }
    let badly = ran.done.exit != 0;
    (badly != codes.is_empty())
        .then_some(())
        .ok_or_else(|| format!("{} with {codes:?}", ran.outcome()))
}

/// Outputs are there the moment each is known: all declared ones are written, those that an outcome implies are not
/// empty.
pub fn the_outputs_are_complete(ran: &Ran) -> Held {
    if ran.done.output("report").is_empty() {
        return Err(format!("{} without report", ran.outcome()));
    }
    what_is_implied_is_told(ran)?;
    let arn = ran.done.output("task-definition-arn");
    if !arn.is_empty() && ran.world.task_definition(arn).is_none() {
        return Err(format!("there is no {arn}"));
    }
    let declared = |name: &String| OUTPUTS.iter().any(|output| output.0 == name);
    match ran.done.outputs.keys().find(|name| !declared(name)) {
        Some(name) => Err(format!("{name} is no output")),
        None => Ok(()),
    }
}

/// The outputs that an outcome implies are not empty.
pub fn what_is_implied_is_told(ran: &Ran) -> Held {
    let implied: &[&str] = match ran.outcome() {
        "rolled-back" => &[
            "version",
            "image",
            "image-digest",
            "task-definition-arn",
            "path",
            "console-url",
            "seconds-to-traffic",
            "previous-task-definition-arn",
        ],
        "started" => &[
            "version",
            "image",
            "image-digest",
            "task-definition-arn",
            "path",
        ],
        "unchanged" | "planned" => &["version", "image", "image-digest", "path"],
        _ => &["outcome"],
    };
    match implied.iter().find(|name| ran.done.output(name).is_empty()) {
        Some(missing) => Err(format!("{} without {missing}", ran.outcome())),
        None => Ok(()),
    }
}

/// A run with a health check is rolled back when that answered as expected.
pub fn the_health_check_was_asked(ran: &Ran) -> Held {
    let asked = ran.outcome() == "rolled-back" && !ran.asking.get("health-check-url").is_empty();
    let healthy = ran.last_health.as_deref() == Some("Status(200)");
    (!asked || healthy)
        .then_some(())
        .ok_or_else(|| format!("rolled back with {:?}", ran.last_health))
}

/// Neither side broke AWS's own model.
pub fn the_model_of_aws_is_kept(ran: &Ran) -> Held {
    ran.violations
        .is_empty()
        .then_some(())
        .ok_or_else(|| ran.violations.join("; "))
}

/// `failed` is said where something had been, or may have been, changed; or where the target serves and its health
/// check fails, or another's deployment was to be adopted.
pub fn failed_means_that_something_happened(ran: &Ran) -> Held {
    let writes = [
        "CreateDeployment",
        "RegisterTaskDefinition",
        "StopDeployment",
        "ContinueDeployment",
        "UpdateService",
        "StopServiceDeployment",
        "ContinueServiceDeployment",
    ];
    let sent = ran
        .calls
        .iter()
        .any(|call| writes.iter().any(|write| call.contains(write)));
    let touched = sent || ran.done.output("path") == "adopt";
    let health = ran.codes().contains(&"health-check-failed");
    let holds = ran.outcome() != "failed" || touched || health;
    holds
        .then_some(())
        .ok_or_else(|| format!("failed with {:?} before anything was written", ran.codes()))
}
