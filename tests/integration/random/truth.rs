//! Promises about what is said: it is what the world says.

use std::time::{Duration, SystemTime};

use aws_sim::aws::Service;
use aws_sim::world::{
    DigestReport, Holder, NativeAct, PrimaryMoves, ServiceDeploymentStatus, ServiceKey, World,
};
use serde_json::json;

use super::ran::Ran;
use super::traffic::Newest;
use super::trouble::Deed;

type Held = Result<(), String>;

/// How old the last look may be when the run ends.
const LAST_LOOK: Duration = Duration::from_secs(25);

/// All the traffic is on running tasks of this digest, and there is at least one.
pub fn all_on(holders: &[Holder], digest: &str) -> bool {
    let on = |holder: &Holder| {
        !holder.digests.is_empty()
            && holder
                .digests
                .iter()
                .all(|it| it.as_deref() == Some(digest))
    };
    !holders.is_empty() && holders.iter().all(on)
}

/// The times of the calls of one operation, while the run lasted.
pub fn times<'a>(
    ran: &'a Ran,
    operation: &'a str,
) -> impl DoubleEndedIterator<Item = SystemTime> + 'a {
    let calls = ran
        .seen
        .calls
        .iter()
        .filter(move |(at, name)| name == operation && *at <= ran.end);
    calls.map(|(at, _)| *at)
}

/// From the last look at the traffic to the last look at the tasks.
fn when_proven(ran: &Ran) -> (SystemTime, SystemTime) {
    let tasks = times(ran, "DescribeTasks").next_back().unwrap_or(ran.end);
    let traffic = [
        "GetDeploymentTarget",
        "DescribeServiceDeployments",
        "DescribeServices",
    ]
    .into_iter()
    .filter_map(|operation| times(ran, operation).rfind(|at| *at <= tasks))
    .min();
    (traffic.unwrap_or(ran.start), tasks)
}

/// `rolled-back` is said only when every running task of the task set that holds the traffic, and at least one,
/// has the target's digest, and that task set has all the traffic.
pub fn rolled_back_is_proven(ran: &Ran) -> Held {
    if ran.outcome() != "rolled-back" {
        return Ok(());
    }
    let digest = ran.done.output("image-digest");
    let (from, to) = when_proven(ran);
    let proven = ran
        .seen
        .during(from, to)
        .into_iter()
        .any(|holders| all_on(holders, digest));
    proven
        .then_some(())
        .ok_or_else(|| format!("{digest} did not serve: {:?}", ran.seen.during(from, to)))
}

/// Where tasks report the child of an index, that child is the image that serves, though what was pulled is the index.
pub fn is_child(ran: &Ran, digest: &str) -> bool {
    let reported = ran.scene.world.switches.digest_report == DigestReport::Child;
    reported
        && ran
            .scene
            .releases
            .iter()
            .all(|release| release.digest != digest)
}

/// `unchanged` is never said of a digest that does not have all the traffic already.
pub fn unchanged_is_true(ran: &Ran) -> Held {
    if ran.outcome() != "unchanged" {
        return Ok(());
    }
    let digest = ran.done.output("image-digest");
    let during = ran.seen.during(ran.start, ran.end);
    let true_once = is_child(ran, digest) || during.iter().any(|holders| all_on(holders, digest));
    true_once
        .then_some(())
        .ok_or_else(|| format!("{digest} did not serve: {during:?}"))
}

/// Traffic is only ever put on the target, or back where it came from: our task sets run the target's digest.
pub fn traffic_goes_nowhere_else(ran: &Ran) -> Held {
    if ran.trouble.moves_tags() {
        return Ok(());
    }
    let target = ran.done.output("image-digest");
    let ours = |holder: &&Holder| ran.made(holder);
    for (at, holders) in &ran.seen.traffic {
        let astray = |holder: &&Holder| {
            holder
                .digests
                .iter()
                .flatten()
                .any(|digest| digest != target)
        };
        if let Some(holder) = holders.iter().filter(ours).find(astray) {
            return Err(format!("at {:?}: {holder:?}", at.duration_since(ran.start)));
        }
    }
    Ok(())
}

/// What is said to serve now is what the world says.
pub fn serving_agrees_with_the_world(ran: &Ran) -> Held {
    let Some(arn) = ran.told("/ending/serving/task_definition_arn") else {
        return Ok(());
    };
    let digest = ran.told("/ending/serving/digest");
    let from = match ran.outcome() {
        "rolled-back" => when_proven(ran).0,
        "failed" | "reverted" | "timed-out" | "cancelled" if !ran.seen.effects.is_empty() => {
            (ran.end - LAST_LOOK).max(ran.start)
        }
        _ => ran.start,
    };
    // Where two task sets stay and no deployment of this run tells, nothing but `PRIMARY` says who has more.
    let switches = &ran.scene.world.switches;
    let halted = switches.stop_starts_no_rollback
        || switches.primary_moves == PrimaryMoves::WithFirstWeight
        || ran
            .trouble
            .races
            .iter()
            .any(|race| matches!(race.deed, Deed::Stops { rollback: false }))
        || ran.scene.native.is_some() && was_halted(ran);
    let child = ran.scene.world.switches.digest_report == DigestReport::Child;
    let agrees = |holders: &[Holder]| {
        // Two deployments of one revision serve as one.
        let share = |holder: &Holder| -> f64 {
            let same = |other: &&Holder| other.task_definition == holder.task_definition;
            holders.iter().filter(same).map(|other| other.weight).sum()
        };
        let most = holders.iter().map(share).fold(0.0, f64::max);
        holders
            .iter()
            .filter(|holder| share(holder) >= most)
            .any(|most| {
                let runs = |digest| most.digests.iter().flatten().any(|runs| runs == digest);
                most.task_definition == arn && digest.is_none_or(|digest| child || runs(digest))
            })
            || halted
                && holders.len() > 1
                && holders.iter().any(|holder| holder.task_definition == arn)
    };
    let during = ran.seen.during(from, ran.end);
    let holds = during.iter().any(|holders| agrees(holders));
    holds
        .then_some(())
        .ok_or_else(|| format!("{arn} {digest:?} is said to serve, the world: {during:?}"))
}

/// Whether a service deployment was stopped where it was, so that the traffic stays divided.
fn was_halted(ran: &Ran) -> bool {
    let acts = |deed: &Deed| matches!(deed, Deed::Acts(NativeAct::Stop { rollback: false }));
    let ended = |status: ServiceDeploymentStatus| {
        matches!(
            status,
            ServiceDeploymentStatus::Stopped | ServiceDeploymentStatus::RollbackFailed
        )
    };
    let newest = ran
        .seen
        .newest
        .iter()
        .filter_map(|(_, newest)| newest.as_ref());
    ran.trouble.races.iter().any(|race| acts(&race.deed))
        || newest.into_iter().any(|it| ended(it.status))
}

/// The deployment that is named exists and fits the path: ours, the adopted one, or the rollback of a stop.
pub fn the_deployment_fits_the_path(ran: &Ran) -> Held {
    if ran.scene.native.is_some() {
        return the_service_deployment_fits_the_path(ran);
    }
    let (id, path) = (
        ran.done.output("codedeploy-deployment-id"),
        ran.done.output("path"),
    );
    if id.is_empty() {
        let needs = matches!(ran.outcome(), "rolled-back" | "started") && path != "nothing";
        // What shows up too late to be followed is not named: a rollback, or somebody else's deployment.
        let none = needs && ran.seen.effects.is_empty();
        return if none {
            Err(format!("no deployment for the path {path}"))
        } else {
            Ok(())
        };
    }
    let deployment = ran
        .world
        .deployment(id)
        .ok_or_else(|| format!("there is no deployment {id}"))?;
    let ours = ran.ours().contains(&deployment.id);
    let fits = match path {
        "redeploy" | "end-wait-and-redeploy" | "stop-and-redeploy" => ours,
        // Somebody else's, which ended while this run was about to create its own.
        "adopt" | "nothing" => !ours,
        "reroute" => deployment.undoes.is_some(),
        _ => false,
    };
    fits.then_some(())
        .ok_or_else(|| format!("{id} is named for the path {path}, our own: {ours}"))
}

fn the_service_deployment_fits_the_path(ran: &Ran) -> Held {
    let (id, path) = (ran.deployment(), ran.done.output("path"));
    let named = ran.done.output("codedeploy-deployment-id");
    if !named.is_empty() {
        return Err(format!("{named} is none of CodeDeploy's"));
    }
    let Some(id) = id else {
        let needs = matches!(ran.outcome(), "rolled-back" | "started") && path != "nothing";
        let none = needs && ran.seen.effects.is_empty();
        return if none {
            Err(format!("no deployment for the path {path}"))
        } else {
            Ok(())
        };
    };
    let begun: Vec<_> = ran
        .seen
        .effects
        .iter()
        .filter_map(|effect| effect.begun.as_ref())
        .collect();
    let ours = begun.iter().any(|(arn, set)| id == arn || id == set);
    if !ours && ran.world.service_deployment(id).is_none() {
        return Err(format!("there is no service deployment {id}"));
    }
    // An update bears no mark: of two that bring the same revision, one sent by somebody else while the answer to ours
    // is lost, nobody can say whose is whose.
    let sent = ran.calls.iter().any(|call| call.contains("UpdateService"));
    let same = ran
        .world
        .service_deployment(id)
        .and_then(|it| ran.world.service_revision(&it.target));
    let as_good = sent && same.is_some() && same == ran.told("/task_definition_arn");
    let fits = match path {
        "redeploy" | "stop-and-redeploy" => ours || as_good,
        "adopt" | "reroute" | "nothing" => !ours,
        _ => false,
    };
    fits.then_some(())
        .ok_or_else(|| format!("{id} is named for the path {path}, our own: {ours}"))
}

/// What a deployment of CodeDeploy's brings is placed as what ran before it, or the run warns.
pub fn the_placement_stays(ran: &Ran) -> Held {
    let before = ran.scene.world.made_with(&ran.scene.key);
    let created = ran.created();
    let (Some(before), [id]) = (before, created.as_slice()) else {
        return Ok(());
    };
    let made = ran.world.made_with_by(&ran.scene.key, id);
    let warned = ran
        .done
        .log
        .contains("the AppSpec has no CapacityProviderStrategy");
    // What is stopped, or waited for, may change what runs; and somebody else may.
    let idle = ran.done.output("path") == "redeploy" && ran.trouble.races.is_empty();
    let kept = made.is_none_or(|made| made.capacity_providers == before.capacity_providers);
    (kept || warned || !idle)
        .then_some(())
        .ok_or_else(|| format!("it was {before:?}, and is {made:?}"))
}

/// `unchanged` is said of a service that is at rest, where ECS deploys it.
pub fn unchanged_is_at_rest(ran: &Ran) -> Held {
    if ran.scene.native.is_none() || ran.outcome() != "unchanged" {
        return Ok(());
    }
    let begin = ran.seen.newest_at(ran.start).into_iter();
    let later = ran.seen.newest.iter().filter(|(at, _)| *at <= ran.end);
    let mut newest = begin.chain(later.filter_map(|(_, newest)| newest.as_ref()));
    let shows = |newest: &&Newest| newest.shows <= ran.start;
    let at_start = ran.seen.newest_at(ran.start).filter(shows);
    let at_rest = at_start.is_none() || newest.any(|newest| newest.status.over());
    at_rest
        .then_some(())
        .ok_or_else(|| format!("under way: {:?}", ran.seen.newest))
}

/// A version is resolved to its digest once; from then on that digest is what counts, however often a run looks again.
pub fn the_target_stays(ran: &Ran) -> Held {
    let targets = &ran.targets;
    (targets.len() <= 1)
        .then_some(())
        .ok_or_else(|| format!("the target was {targets:?}"))
}

/// `completed` means that the deployment has ended well.
pub fn completed_is_completed(ran: &Ran) -> Held {
    let waits = ran.outcome() == "rolled-back" && ran.asking.get("wait-for") == "completed";
    let at_end = ran
        .seen
        .newest_at(ran.end)
        .map(|newest| newest.status.name());
    // Of one whose ARN never came, the newest is looked at.
    let status = if ran.scene.native.is_some() {
        ran.status.as_deref().or(at_end)
    } else {
        ran.status.as_deref()
    };
    let well = ["Succeeded", "SUCCESSFUL", "ROLLBACK_SUCCESSFUL"];
    let over = ran.deployment().is_none() || status.is_some_and(|status| well.contains(&status));
    (!waits || over)
        .then_some(())
        .ok_or_else(|| format!("it is {:?}", ran.status))
}

/// `reverted` is said where AWS rolled the run's deployment back.
pub fn reverted_was_seen(ran: &Ran) -> Held {
    if ran.outcome() != "reverted" {
        return Ok(());
    }
    let id = ran.deployment().unwrap_or_default();
    if let Some(deployment) = ran.world.service_deployment(id) {
        use ServiceDeploymentStatus::{
            RollbackFailed, RollbackInProgress, RollbackRequested, RollbackSuccessful,
        };
        let back = [
            RollbackRequested,
            RollbackInProgress,
            RollbackSuccessful,
            RollbackFailed,
        ];
        let holds = back.contains(&deployment.status);
        return holds
            .then_some(())
            .ok_or_else(|| format!("{id} is {:?}", deployment.status));
    }
    let undone = ran
        .world
        .deployment(id)
        .and_then(|deployment| deployment.undone_by.clone());
    let deployments = ran
        .world
        .deployments(&ran.scene.application, &ran.scene.group);
    let undone = undone.is_some()
        || deployments
            .iter()
            .any(|it| it.undoes.as_deref() == Some(id));
    undone
        .then_some(())
        .ok_or_else(|| format!("nothing undid {id}"))
}

/// The cause that is told is the world's: a task of the target stopped with that exit code, an alarm rings.
pub fn a_told_cause_is_true(ran: &Ran) -> Held {
    let cause = ran.done.output("cause");
    if cause.is_empty() {
        return Ok(());
    }
    if matches!(
        ran.outcome(),
        "rolled-back" | "unchanged" | "started" | "planned" | "refused"
    ) {
        return Err(format!("{} has a cause: {cause}", ran.outcome()));
    }
    let Some((_, after)) = cause.split_once(" exited with code ") else {
        return Ok(());
    };
    let digits = after.split(|c: char| !c.is_ascii_digit()).next();
    let code: i64 = digits.unwrap_or_default().parse().unwrap_or_default();
    let target = ran.done.output("task-definition-arn");
    let stopped = stopped_with(&mut ran.world_at_end.clone(), &ran.scene.key, target);
    stopped
        .contains(&code)
        .then_some(())
        .ok_or_else(|| format!("{cause}, but tasks of {target} stopped with {stopped:?}"))
}

/// The exit codes of the stopped tasks of a revision.
fn stopped_with(world: &mut World, key: &ServiceKey, revision: &str) -> Vec<i64> {
    let now = world.now();
    let input =
        json!({ "cluster": key.cluster, "serviceName": key.service, "desiredStatus": "STOPPED" });
    let listed = world.call(Service::Ecs, "ListTasks", &input, now);
    let arns = listed
        .map(|listed| listed["taskArns"].clone())
        .unwrap_or_default();
    let input = json!({ "cluster": key.cluster, "tasks": arns });
    let Ok(described) = world.call(Service::Ecs, "DescribeTasks", &input, now) else {
        return Vec::new();
    };
    let tasks = described["tasks"].as_array().cloned().unwrap_or_default();
    let own = tasks
        .iter()
        .filter(|task| task["taskDefinitionArn"] == revision);
    let containers =
        own.flat_map(|task| task["containers"].as_array().cloned().unwrap_or_default());
    containers
        .filter_map(|container| container["exitCode"].as_i64())
        .collect()
}

/// `previous` never answers a state that a return took off.
pub fn previous_stays_below_returns(ran: &Ran) -> Held {
    let asked = ran.asking.get("version").starts_with("previous");
    let target = ran.done.output("image-digest");
    if !asked || target.is_empty() || !ran.scene.legible || !ran.trouble.races.is_empty() {
        return Ok(());
    }
    let (mut stack, mut off): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for digest in ran.scene.served.iter().map(String::as_str) {
        match stack.iter().rposition(|known| *known == digest) {
            Some(place) => off.extend(stack.drain(place + 1..)),
            None => stack.push(digest),
        }
        off.retain(|taken| !stack.contains(taken));
    }
    let fine = !off.contains(&target);
    fine.then_some(())
        .ok_or_else(|| format!("{target} was taken off; the stack is {stack:?}"))
}
