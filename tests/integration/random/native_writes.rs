//! Promises about writes to a service that ECS deploys by itself.

use super::ran::Ran;
use super::watch::Tried;

type Held = Result<(), String>;

/// All that an update may say: only the task definition is written.
const MEMBERS: [&str; 4] = ["cluster", "service", "taskDefinition", "forceNewDeployment"];

/// A service deployment's id without what its ARN has in front.
pub fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

fn tried<'a>(ran: &'a Ran, operation: &'a str) -> impl Iterator<Item = &'a Tried> {
    ran.seen
        .tried
        .iter()
        .filter(move |tried| tried.operation == operation)
}

/// Only the task definition of the service is written, never what would stay, such as its `deploymentConfiguration`.
pub fn an_update_writes_nothing_else(ran: &Ran) -> Held {
    for update in tried(ran, "UpdateService") {
        let given = update.input.as_object().ok_or("no input")?;
        if let Some(other) = given.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
            return Err(format!("{other} was sent: {}", update.input));
        }
        if update.input["service"] != ran.scene.key.service.as_str()
            || update.input["cluster"] != ran.scene.key.cluster.as_str()
        {
            return Err(format!("another service was updated: {}", update.input));
        }
        let revision = update.input["taskDefinition"].as_str().unwrap_or_default();
        if revision.is_empty() {
            return Err(format!("updated to nothing: {}", update.input));
        }
    }
    // What somebody else began may be what is followed in the end.
    let theirs = matches!(ran.done.output("path"), "adopt" | "nothing");
    let told = ran.done.output("task-definition-arn");
    let sent = ran.effects("UpdateService").last();
    match sent.filter(|_| !theirs) {
        Some(effect) if effect.input["taskDefinition"] != told => {
            Err(format!("updated to {}, not to {told}", effect.input))
        }
        _ => Ok(()),
    }
}

/// A new deployment is forced only where the service has the revision already: there nothing would happen otherwise.
pub fn only_its_own_revision_is_forced(ran: &Ran) -> Held {
    for update in tried(ran, "UpdateService") {
        let forced = update.input["forceNewDeployment"] == true;
        let own = update.own_revision.as_deref() == update.input["taskDefinition"].as_str();
        if forced && !own {
            return Err(format!(
                "forced, where the service has {:?}: {}",
                update.own_revision, update.input
            ));
        }
    }
    let none_begun = ran
        .effects("UpdateService")
        .find(|effect| effect.begun.is_none());
    let again = ran
        .effects("UpdateService")
        .any(|effect| effect.begun.is_some());
    // Somebody else may bring the same revision in the very moment.
    match none_begun.filter(|_| !again && ran.trouble.races.is_empty()) {
        Some(effect) => Err(format!("an update that deploys nothing: {}", effect.input)),
        None => Ok(()),
    }
}

/// A service deployment of others is stopped or replaced on `take-over` alone, and neither is done to a rollback that
/// ECS is doing, nor to the run's own.
pub fn other_service_deployments_are_left_alone(ran: &Ran) -> Held {
    let takes_over = ran.asking.get("active-deployment") == "take-over";
    for (place, tried) in ran.seen.tried.iter().enumerate() {
        let stops = tried.operation == "StopServiceDeployment";
        if !stops && tried.operation != "UpdateService" {
            continue;
        }
        let Some(newest) = &tried.newest else {
            continue;
        };
        // What ECS did between the last look and the write, nobody can know.
        let seen =
            last_look(ran, tried).filter(|seen| seen.arn == newest.arn && !newest.status.over());
        let Some(seen) = seen.filter(|seen| !seen.status.over()) else {
            continue;
        };
        let before = &ran.seen.tried[..place];
        let repeated = before.iter().any(|it| it.operation == tried.operation);
        if !seen.goes_on() && (!repeated || !stops) {
            return Err(format!(
                "{} while {} is {:?}",
                tried.operation, newest.arn, seen.status
            ));
        }
        let ours = ran.ours().contains(&newest.arn);
        if stops && ours {
            return Err(format!("stopped our own {}", newest.arn));
        }
        if !ours && !takes_over {
            let input = ran.asking.get("active-deployment");
            return Err(format!(
                "{} beside {} with active-deployment {input}",
                tried.operation, newest.arn
            ));
        }
    }
    Ok(())
}

/// What the run could have seen when it last asked before this write.
fn last_look<'a>(ran: &'a Ran, tried: &Tried) -> Option<&'a super::traffic::Newest> {
    let looks = ["DescribeServiceDeployments", "ListServiceDeployments"];
    let before = ran
        .seen
        .calls
        .iter()
        .filter(|(at, name)| *at < tried.at && looks.contains(&name.as_str()));
    let looked = before.map(|(at, _)| *at).max()?;
    let newest = ran.seen.newest_at(looked)?;
    (newest.shows <= looked).then_some(newest)
}

/// What a hook holds up is continued where it brings the target, or was begun by this run.
pub fn only_what_brings_the_target_is_continued(ran: &Ran) -> Held {
    let target = ran.done.output("image-digest");
    for tried in tried(ran, "ContinueServiceDeployment") {
        let arn = tried.input["serviceDeploymentArn"]
            .as_str()
            .unwrap_or_default();
        if tried.input["action"] == "ROLLBACK" {
            return Err(format!("{arn} is sent back at its hook"));
        }
        let deployment = ran
            .world
            .service_deployment(arn)
            .ok_or_else(|| format!("there is no {arn}"))?;
        let brings = ran
            .world
            .service_revision(&deployment.target)
            .unwrap_or_default();
        let release = ran
            .scene
            .releases
            .iter()
            .find(|release| release.revision == brings);
        let fits = release.is_none_or(|release| release.digest == target) || ran.scene.names_move;
        if !fits && !ran.ours().iter().any(|ours| ours == arn) && !ran.trouble.moves_tags() {
            return Err(format!("continued {arn}, which brings {brings}"));
        }
    }
    Ok(())
}

/// The path is what was done: nothing is begun where another's deployment is followed, and nothing is left undone.
pub fn the_path_is_what_was_done(ran: &Ran) -> Held {
    if ran.scene.native.is_none() {
        return Ok(());
    }
    let (path, begun) = (ran.done.output("path"), ran.ours().len());
    let stopped = ran.effects("StopServiceDeployment").count();
    let well = matches!(ran.outcome(), "rolled-back" | "started");
    // Somebody else may have done it in the same moment.
    let alone = ran.trouble.races.is_empty();
    let fits = match path {
        "" | "nothing" => ran.seen.effects.is_empty(),
        // Somebody else's may have taken the place of the run's own.
        "adopt" => begun == 0 || !alone,
        "reroute" => begun == 0 && (stopped > 0 || !well || !alone),
        "redeploy" | "stop-and-redeploy" => begun == 1 || !well || !alone,
        _ => false,
    };
    fits.then_some(())
        .ok_or_else(|| format!("the path is {path}: begun {begun}, stopped {stopped}"))
}
