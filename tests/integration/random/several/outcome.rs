//! Promises about the outcome of all, and about that of each.

use ecs_rollback_action::OUTPUTS;
use serde_json::Value;

use super::Held;
use super::ran::Several;
use crate::random::ending::{self, exit_code};

/// The contract's order, the worst first.
const ORDER: [&str; 9] = [
    "failed",
    "reverted",
    "timed-out",
    "cancelled",
    "refused",
    "rolled-back",
    "started",
    "planned",
    "unchanged",
];
/// What only the step has, not each service.
const OF_THE_STEP: [&str; 2] = ["report", "results"];

fn rank(outcome: &str) -> Option<usize> {
    ORDER.iter().position(|known| *known == outcome)
}

/// The worst outcome is the outcome, and the exit code is its.
pub fn the_worst_outcome_is_the_outcome(several: &Several) -> Held {
    let done = &several.played.done;
    let outcome = done.output("outcome");
    let mut worst = None;
    for service in &several.order {
        let own = several.outcome(service);
        let Some(rank) = rank(own).filter(|_| !several.results.is_empty()) else {
            continue;
        };
        worst = Some(worst.map_or(rank, |worst: usize| worst.min(rank)));
    }
    let worst = worst.map_or("refused", |worst| ORDER[worst]);
    if outcome != worst {
        return Err(format!("{outcome} is told, the worst is {worst}"));
    }
    let fits = done.exit == exit_code(outcome)?;
    fits.then_some(())
        .ok_or_else(|| format!("{outcome} with exit code {}", done.exit))
}

/// One object for each service, in the order given, with `service` and every output that is its own.
pub fn results_are_those_of_each(several: &Several) -> Held {
    if several.results.is_empty() {
        return bad_inputs_have_none(several);
    }
    let mut services = Vec::new();
    for result in &several.results {
        services.push(result["service"].as_str().unwrap_or_default());
        has_all_outputs(result)?;
    }
    if services != several.order {
        return Err(format!("{services:?}, not {:?}", several.order));
    }
    first_is_service(several)?;
    for service in &several.order {
        let outcome = several.outcome(service);
        rank(outcome).ok_or_else(|| format!("{service} has no outcome: {outcome:?}"))?;
    }
    Ok(())
}

fn bad_inputs_have_none(several: &Several) -> Held {
    let is_bad = several.asking.is_bad_for_several();
    is_bad
        .then_some(())
        .ok_or_else(|| "there are no results".to_owned())
}

fn has_all_outputs(result: &Value) -> Held {
    let given = result.as_object().ok_or("a result is no object")?;
    for (output, _) in OUTPUTS {
        let has_it = given.get(*output).is_some_and(Value::is_string);
        if has_it == OF_THE_STEP.contains(output) {
            return Err(format!("{output} in a result: {has_it}"));
        }
    }
    let all = OUTPUTS.len() - OF_THE_STEP.len() + 1;
    (given.len() == all)
        .then_some(())
        .ok_or_else(|| format!("{:?} are {} members", given.keys(), given.len()))
}

/// Read as text, since a JSON object in here has its members in the order of their names.
fn first_is_service(several: &Several) -> Held {
    let text = several.played.done.output("results");
    let first = format!(r#"[{{"service":"{}","outcome":"#, several.order[0]);
    text.starts_with(&first)
        .then_some(())
        .ok_or_else(|| format!("results begin with {:.60}", text))
}

/// The flat outputs are the first service's but for the outcome.
pub fn flat_outputs_are_the_firsts(several: &Several) -> Held {
    let Some(first) = several.results.first() else {
        return Ok(());
    };
    for (output, _) in OUTPUTS {
        let flat = several.played.done.output(output);
        if *output != "outcome" && !OF_THE_STEP.contains(output) && first[output] != flat {
            return Err(format!("{output} is {flat:?}, not {}", first[output]));
        }
    }
    let report = serde_json::from_str::<Value>(several.played.done.output("report"));
    let about = report.map(|report| report["asked"]["service"].clone());
    let fits = about.is_ok_and(|about| about == first["service"]);
    fits.then_some(())
        .ok_or_else(|| "the report is not the first service's".to_owned())
}

/// `failed` is said where something of the service's may have been changed, or of another's.
pub fn failed_means_that_something_happened(several: &Several) -> Held {
    if several.has_effect() {
        return Ok(());
    }
    for ran in several.runs.iter().filter(|ran| ran.outcome() == "failed") {
        ending::failed_means_that_something_happened(ran)?;
    }
    Ok(())
}

/// The report of each says what its result says.
pub fn a_report_fits_its_result(several: &Several) -> Held {
    for ran in &several.runs {
        let Some(report) = &ran.report else {
            continue;
        };
        let outcome = ran.outcome();
        let code = &report["ending"]["exit_code"];
        let agrees = report["outcome"] == outcome && *code == exit_code(outcome)?;
        if !agrees {
            let service = &ran.scene.names.service;
            let told = &report["outcome"];
            return Err(format!("{service} is {outcome}, its report says {told}"));
        }
    }
    Ok(())
}
