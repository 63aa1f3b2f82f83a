//! Promises about what is told of several services, and about when.

use std::time::Duration;

use serde_json::Value;

use super::Held;
use super::ran::Several;
use crate::random::ending::{GRACE, exit_code, is_harmless, keeps_secrets};
use crate::random::ran::Ran;

/// On a signal the run ends within 5 seconds, and some service is cancelled unless all were over by themselves.
pub fn a_cancelled_run_ends_in_five_seconds(several: &Several) -> Held {
    let Some(cancel) = several.cancel else {
        return Ok(());
    };
    let took = several.played.done.took;
    if took > cancel + GRACE {
        return Err(format!("cancelled at {cancel:?}, ended at {took:?}"));
    }
    let mut faults = several.runs.iter().flat_map(|ran| &ran.trouble.faults);
    let slow = several.latency > Duration::ZERO || faults.next().is_some();
    let late = !slow && took > cancel + Duration::from_millis(10);
    let mut outcomes = several.order.iter().map(|service| several.outcome(service));
    let is_told = outcomes.any(|outcome| outcome == "cancelled");
    (!late || is_told)
        .then_some(())
        .ok_or_else(|| format!("cancelled at {cancel:?}, but nobody is at {took:?}"))
}

/// Every run ends by its timeout and 5 seconds.
pub fn a_run_ends_by_its_timeout(several: &Several) -> Held {
    let (took, timeout) = (several.played.done.took, several.asking.timeout);
    (took <= timeout + GRACE)
        .then_some(())
        .ok_or_else(|| format!("{took:?} with a timeout of {timeout:?}"))
}

/// A run that was cut short has a command to stop what each service has going on.
pub fn what_goes_on_can_be_stopped(several: &Several) -> Held {
    for ran in &several.runs {
        let is_cut_short = matches!(ran.outcome(), "cancelled" | "timed-out");
        let command = match ran.scene.native {
            Some(_) => "aws ecs stop-service-deployment ",
            None => "aws deploy stop-deployment ",
        };
        if is_cut_short && goes_on(ran) && !ran.done.log.contains(command) {
            let service = &ran.scene.names.service;
            return Err(format!("nothing says how to stop that of {service}"));
        }
    }
    Ok(())
}

/// Whether a deployment of this run is active as the run ends.
fn goes_on(ran: &Ran) -> bool {
    let world = &ran.world_at_end;
    ran.ours().iter().any(|id| {
        let created = world.deployment(id);
        let begun = world.service_deployment(id);
        created.is_some_and(|it| it.status.active()) || begun.is_some_and(|it| !it.status.over())
    })
}

/// Each line of the log says which service it is about, but for the first line, commands, and the end about all.
pub fn every_line_says_which_service(several: &Several) -> Held {
    if several.results.is_empty() {
        return Ok(());
    }
    let mut lines = several.played.done.log.lines();
    let cluster = several.asking.get("cluster");
    let first = lines.next().unwrap_or_default();
    if !first.starts_with(&format!("{cluster}: {}", several.order[0])) {
        return Err(format!("the first line is {first}"));
    }
    let mut speakers = Vec::new();
    for service in &several.order {
        speakers.push(several.speaker(service));
    }
    let mut is_about_all = false;
    for line in lines {
        let is_marked = line.starts_with("✔ ") || line.starts_with("✘ ");
        is_about_all = is_marked || (is_about_all && line.starts_with("  "));
        let title = line.strip_prefix("::group::");
        let is_command = line.starts_with("::") && title.is_none();
        let line = title.unwrap_or(line);
        let is_about_one = speakers.iter().any(|speaker| line.starts_with(speaker));
        if !(line.is_empty() || is_command || is_about_all || is_about_one) {
            return Err(format!("whose line is this: {line}"));
        }
    }
    Ok(())
}

/// No line about a service names a deployment or a revision of another one.
pub fn no_line_is_about_another_service(several: &Several) -> Held {
    for ran in &several.runs {
        let service = &ran.scene.names.service;
        let log = &ran.done.log;
        for other in several
            .runs
            .iter()
            .filter(|other| other.scene.key != ran.scene.key)
        {
            for name in names_of(other) {
                if log.contains(&name) {
                    let other = &other.scene.names.service;
                    return Err(format!("{name} of {other} is told of {service}"));
                }
            }
        }
    }
    Ok(())
}

/// What nobody else has: its deployments, its family's revisions.
fn names_of(ran: &Ran) -> Vec<String> {
    let (scene, world) = (&ran.scene, &ran.world);
    let mut names = vec![format!("{}:", scene.names.family)];
    for deployment in world.deployments(&scene.application, &scene.group) {
        names.push(deployment.id.clone());
    }
    for deployment in world.service_deployments(&scene.key) {
        names.extend(deployment.arn.rsplit('/').next().map(str::to_owned));
    }
    names
}

/// Every service that did not end well says why, in its own lines, and what to do.
pub fn every_problem_is_told(several: &Several) -> Held {
    for service in &several.order {
        let outcome = several.outcome(service);
        let is_bad = exit_code(outcome).is_ok_and(|code| code != 0);
        if is_bad && !several.log_of(service).contains('✘') {
            return Err(format!("{service} is {outcome}, and nothing says why"));
        }
    }
    Ok(())
}

/// The summary begins with what became of all, and has a row and a page for each.
pub fn the_summary_has_every_service(several: &Several) -> Held {
    if several.results.is_empty() {
        return Ok(());
    }
    let summary = &several.played.done.summary;
    if !summary.starts_with("## ") {
        return Err(format!("the summary begins with {summary:.40}"));
    }
    let rows = summary.lines().filter(|line| {
        ["| ✔ |", "| ✘ |", "| – |"]
            .iter()
            .any(|mark| line.starts_with(mark))
    });
    let (rows, pages) = (rows.count(), summary.matches("<b>").count());
    let all = several.order.len();
    (rows == all && pages >= all)
        .then_some(())
        .ok_or_else(|| format!("{rows} rows and {pages} pages for {all} services"))
}

/// One event about each service, none about a dry run.
pub fn one_event_for_each_service(several: &Several) -> Held {
    let mut told: Vec<&Value> = Vec::new();
    for event in &several.events {
        let service = &event["data"]["customData"]["asked"]["service"];
        if told.contains(&service) {
            return Err(format!("two events about {service}"));
        }
        told.push(service);
    }
    let is_dry = several.asking.get("dry-run") == "true";
    if is_dry && !told.is_empty() {
        return Err(format!("a dry run was told of: {told:?}"));
    }
    // A run that is cut short may have no time left for it.
    let is_done = several.played.done.exit == 0 && several.has_effect();
    let all = told.len() == several.order.len();
    (!is_done || all)
        .then_some(())
        .ok_or_else(|| format!("only {told:?} were told of"))
}

pub fn no_line_is_a_command(several: &Several) -> Held {
    is_harmless(&several.played.done)
}

pub fn no_secret_is_shown(several: &Several) -> Held {
    keeps_secrets(&several.played.done)
}

/// Neither side broke AWS's own model.
pub fn the_model_of_aws_is_kept(several: &Several) -> Held {
    let violations = &several.played.violations;
    violations
        .is_empty()
        .then_some(())
        .ok_or_else(|| violations.join("; "))
}
