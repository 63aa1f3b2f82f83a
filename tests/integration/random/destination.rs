//! A promise about a run that was cut short: where traffic would go if its deployment is stopped.

use std::time::Duration;

use aws_sim::aws::Service;
use aws_sim::world::{Holder, Strategy, World};
use serde_json::json;

use super::ran::Ran;
use super::traffic;

type Held = Result<(), String>;

/// Longer than any rollback takes.
const ROLLBACK: Duration = Duration::from_secs(3 * 3_600);

/// What the run says of a stop is what a stop does: somebody pastes the command, in a hurry.
pub fn a_told_destination_is_true(ran: &Ran) -> Held {
    let Some(told) = told_destination(ran) else {
        return Ok(());
    };
    // Two deployments of one service, by two groups, displace each other in no order.
    if ran.scene.two_groups && !ran.trouble.races.is_empty() {
        return Ok(());
    }
    let mut world = ran.world_at_end.clone();
    if !stop_brings_a_rollback(ran, &mut world) {
        return Ok(());
    }
    let key = ran.scene.names.key();
    let native = ran.scene.native.as_ref();
    let rolling = native.is_some_and(|native| native.strategy == Strategy::Rolling);
    let holders = traffic::holders(&mut world, &key, &ran.scene.names.container, rolling);
    if holders.iter().all(|holder| is_named(ran, holder, &told)) {
        return Ok(());
    }
    Err(format!("a stop goes to {holders:?}, not to {told}"))
}

/// The version, the digest or the revision in a hint; `None` where a hint names none.
fn told_destination(ran: &Ran) -> Option<String> {
    let problems = ran.report.as_ref()?["ending"]["problems"].as_array()?;
    for problem in problems {
        let hint = problem["hint"].as_str().unwrap_or_default();
        let Some((_, after)) = hint.split_once("shifts traffic back to ") else {
            continue;
        };
        let end = after.find(": `").or_else(|| after.find(", use"));
        let told = &after[..end.unwrap_or(after.len())];
        let is_phrase = told.contains(' ');
        return (!is_phrase).then(|| told.to_owned());
    }
    None
}

/// Stops the run's deployment as the hint says; whether AWS then rolled it back.
fn stop_brings_a_rollback(ran: &Ran, world: &mut World) -> bool {
    let own = ran.ours();
    let Some(id) = ran.deployment().or(own.last().map(String::as_str)) else {
        return false;
    };
    let now = world.now();
    if ran.scene.native.is_some() {
        let input = json!({ "serviceDeploymentArn": id, "stopType": "ROLLBACK" });
        let stopped = world.call(Service::Ecs, "StopServiceDeployment", &input, now);
        world.advance(now + ROLLBACK);
        return stopped.is_ok();
    }
    let input = json!({ "deploymentId": id, "autoRollbackEnabled": true });
    let stopped = world.call(Service::CodeDeploy, "StopDeployment", &input, now);
    world.advance(now + ROLLBACK);
    let deployment = world.deployment(id);
    let undone = deployment.is_some_and(|deployment| deployment.undone_by.is_some());
    stopped.is_ok() && undone
}

fn is_named(ran: &Ran, holder: &Holder, told: &str) -> bool {
    if holder.task_definition.ends_with(&format!("/{told}")) {
        return true;
    }
    // A release of configuration alone has two tags on one image, and a tag may have moved since it was told.
    let repository = &ran.scene.names.repository;
    let worlds = [&ran.scene.world, &ran.world_at_end];
    let tagged = worlds.map(|world| world.tagged(repository, told));
    let mut digests = holder.digests.iter();
    digests.all(|runs| {
        let runs = runs.as_deref();
        runs.is_none() || runs == Some(told) || tagged.contains(&runs)
    })
}
