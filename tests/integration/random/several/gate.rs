//! Promises about the gate: nothing is written unless every plan passes, and then all are carried out.

use super::Held;
use super::ran::Several;

/// What is said of a service of which nothing was written.
const IDLE: [&str; 5] = ["planned", "unchanged", "refused", "cancelled", "timed-out"];

/// When the first write arrived, the plan of each service had been told, and nothing had gone wrong.
pub fn nothing_is_written_before_all_plans_pass(several: &Several) -> Held {
    let Some(log) = &several.played.log_at_first_write else {
        return Ok(());
    };
    for service in &several.order {
        let speaker = several.speaker(service);
        let begins = |label: &str| {
            let begin = format!("{speaker}{label}");
            log.lines().any(|line| line.starts_with(&begin))
        };
        if !begins("Plan ") {
            return Err(format!("written before {service} had a plan"));
        }
        if begins("✘") {
            return Err(format!("written after {service} had gone wrong"));
        }
    }
    Ok(())
}

/// Where the check of one finds something, no write of any is even tried, and the others' plans are only told.
pub fn one_refusal_keeps_all_from_writing(several: &Several) -> Held {
    let mut tried = several.played.seen.iter().map(|seen| &seen.tried);
    let is_refused = |service: &&String| several.outcome(service) == "refused";
    let Some(refused) = several.order.iter().find(is_refused) else {
        return Ok(());
    };
    if tried.all(Vec::is_empty) {
        return all_are_idle(several, refused);
    }
    // Writes that AWS rejected: then whoever tried is refused, and so is who did not get so far.
    for ran in &several.runs {
        let was_planned = !ran.done.output("path").is_empty();
        if ran.outcome() == "refused" && !was_planned {
            let service = &ran.scene.names.service;
            return Err(format!("{service} has no plan, but others wrote"));
        }
    }
    Ok(())
}

fn all_are_idle(several: &Several, refused: &str) -> Held {
    for service in &several.order {
        let outcome = several.outcome(service);
        if !IDLE.contains(&outcome) {
            return Err(format!("{refused} was refused, {service} is {outcome}"));
        }
    }
    Ok(())
}

/// Refused is the word of a run that changed nothing; where another's write took effect, that is no longer so.
pub fn none_is_refused_beside_a_write(several: &Several) -> Held {
    if !several.has_effect() {
        return Ok(());
    }
    for service in &several.order {
        if several.outcome(service) == "refused" {
            return Err(format!("{service} is refused beside what was written"));
        }
    }
    Ok(())
}

/// `planned` is said in a dry run, or where another service is in the way; and then nobody writes.
pub fn planned_is_where_nobody_writes(several: &Several) -> Held {
    let mut outcomes = several.order.iter().map(|service| several.outcome(service));
    if !outcomes.clone().any(|outcome| outcome == "planned") {
        return Ok(());
    }
    if let Some(seen) = several
        .played
        .seen
        .iter()
        .find(|seen| !seen.tried.is_empty())
    {
        return Err(format!("planned, but {:?}", seen.tried));
    }
    let is_in_the_way = |outcome| matches!(outcome, "refused" | "cancelled" | "timed-out");
    let is_dry = several.asking.get("dry-run") == "true";
    (is_dry || outcomes.any(is_in_the_way))
        .then_some(())
        .ok_or_else(|| "planned, though nothing is in the way".to_owned())
}

/// Bad input, such as what belongs to one service, is refused before AWS is asked anything.
pub fn bad_input_asks_nothing(several: &Several) -> Held {
    let is_bad = several.asking.is_bad_for_several();
    let is_told = several.played.done.log.contains("✘ bad-input:");
    let is_refused = several.played.done.output("outcome") == "refused";
    let has_asked = !several.played.calls.is_empty();
    match (is_bad, has_asked) {
        (true, true) => Err("bad input, and AWS was asked".to_owned()),
        (true, false) if !is_told || !is_refused => Err("bad input was not told".to_owned()),
        _ => Ok(()),
    }
}
