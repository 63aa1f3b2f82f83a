//! Whether what serves may be marked as stable: it has all the traffic, and every task runs it.

use super::{
    sentences,
    serving::at_start,
    target::{Target, compare, target_on},
};
use crate::{
    error::{Code, Problem, Problems},
    inputs::Inputs,
    names::TaskDefinitionArn,
    observe::{ControllerState, codedeploy, ecs, running_service::RunningService, to_mark::ToMark},
    report::data::{Proof, Serving, TargetView},
    words,
};

/// What is proven to serve, and is to be marked.
pub(crate) struct Marking {
    pub target: Target,
    pub revision: TaskDefinitionArn,
    pub proof: Proof,
    pub view: TargetView,
}

/// # Errors
/// `not-serving`: another version serves. `not-proven`: not everything that serves is known to be this version.
pub(crate) fn prove_serving(seen: &ToMark, inputs: &Inputs) -> Result<Marking, Problems> {
    let running = &seen.running;
    let target = target_on(&seen.found, running.platform.as_ref());
    let proof = compare(&target, &running.digests);
    let serving = at_start(running);
    let mut problems = Problems::new();
    let mut obstacles = obstacles(&seen.controller, running, &serving);
    if inputs.is_version_given && is_another(&proof, running) {
        problems.push(not_serving(&target, inputs, &serving));
    } else {
        // Who runs what is of interest only where the version serves at all.
        obstacles.extend(proof.notes.clone());
    }
    if !obstacles.is_empty() {
        problems.push(not_proven(&target, &obstacles));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Marking {
        revision: running.revision.clone(),
        view: sentences::target(&seen.found, inputs),
        proof,
        target,
    })
}

/// Whether tasks run other images, and none runs this one.
fn is_another(proof: &Proof, running: &RunningService) -> bool {
    proof.matching == 0 && !running.digests.known.is_empty()
}

fn not_serving(target: &Target, inputs: &Inputs, serving: &Serving) -> Problem {
    let version = words::short_digest(&target.version);
    let (cluster, service) = (&inputs.cluster, &inputs.service);
    let other = match serving.split() {
        Some(split) => format!(": {split}"),
        None => match &serving.version {
            Some(other) => format!(": {} is", words::short_digest(other)),
            None => String::new(),
        },
    };
    Problem::new(
        Code::NotServing,
        format!("{version} is not what serves {cluster}/{service}{other}"),
        "wait until its deployment is over, or leave `version` out to mark what serves",
    )
}

fn not_proven(target: &Target, obstacles: &[String]) -> Problem {
    let version = words::short_digest(&target.version);
    Problem::new(
        Code::NotProven,
        format!(
            "could not prove that {version} serves alone: {}",
            obstacles.join("; ")
        ),
        "run this again when no deployment is in progress and all tasks run the version",
    )
}

/// Whatever speaks against all of the traffic being in one place, with all the tasks it should have.
fn obstacles(
    controller: &ControllerState,
    running: &RunningService,
    serving: &Serving,
) -> Vec<String> {
    let mut obstacles = Vec::new();
    obstacles.extend(match controller {
        ControllerState::CodeDeploy(observed) => codedeploy_moves(observed, running),
        ControllerState::Ecs(observed) => ecs_moves(observed, running),
    });
    if running.share.is_some()
        && let Some(split) = serving.split()
    {
        obstacles.push(format!("the traffic is split: {split}"));
    }
    if let Some(missing) = &serving.missing {
        let tasks = words::count(serving.tasks, "task");
        obstacles.push(format!("{tasks} running ({missing})"));
    }
    obstacles
}

/// The deployment that may still move traffic. In its termination wait it has moved all of it.
fn codedeploy_moves(observed: &codedeploy::Observed, running: &RunningService) -> Option<String> {
    let Some(active) = &observed.active else {
        let may_be_split = running.has_other_task_set() && running.share.is_none();
        return may_be_split
            .then(|| "a second task set is active and may have a part of the traffic".to_owned());
    };
    if active.in_termination_wait {
        return None;
    }
    let deployment = &active.deployment;
    Some(in_progress(
        deployment.id.short(),
        deployment.status.as_str(),
    ))
}

/// The same of ECS: once it only bakes, all the traffic has moved.
fn ecs_moves(observed: &ecs::Observed, running: &RunningService) -> Option<String> {
    let Some(active) = &observed.active else {
        let has_begun = running.has_begun_another_revision();
        return has_begun.then(|| "a deployment has just begun".to_owned());
    };
    let deployment = &active.deployment;
    let brings_it = match &active.brings {
        Some(release) => release.revision.as_ref() == Some(&running.revision),
        None => false,
    };
    if active.can_be_stopped() && deployment.has_shifted() && brings_it {
        return None;
    }
    Some(in_progress(
        deployment.id.short(),
        deployment.status.as_str(),
    ))
}

fn in_progress(id: &str, status: &str) -> String {
    format!("deployment {id} is still in progress ({status})")
}
