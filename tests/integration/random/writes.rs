//! Promises about writes: what a run may do to AWS, and when.

use serde_json::Value;

use super::ran::Ran;
use super::watch::Tried;

type Held = Result<(), String>;

/// Members that ECS adds when it describes a revision, or fills in by itself; and tags, which stand beside it.
const NOT_CONTENT: [&str; 10] = [
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "deregisteredAt",
    "registeredBy",
    "deleteRequestedAt",
    "tags",
];
/// Codes of checks: whoever ends with one has written nothing, unless the state changed under it.
const CHECKS: [&str; 9] = [
    "image-not-found",
    "image-archived",
    "image-platform",
    "repository-not-found",
    "previous-unknown",
    "previous-ambiguous",
    "task-definition-mismatch",
    "appspec-unreadable",
    "container-not-found",
];

/// At most one deployment is created per run.
pub fn at_most_one_deployment(ran: &Ran) -> Held {
    let ours = ran.ours();
    (ours.len() <= 1)
        .then_some(())
        .ok_or_else(|| format!("created {ours:?}"))
}

/// Nothing is written until every read and every check has passed: by then the plan was told, with its target.
pub fn nothing_is_written_before_the_checks(ran: &Ran) -> Held {
    let Some(outputs) = &ran.seen.outputs_at_first_write else {
        return Ok(());
    };
    for known in [
        "path=",
        "image-digest=sha256:",
        "previous-task-definition-arn=arn:",
    ] {
        if !outputs.contains(known) {
            return Err(format!(
                "written before {known}… was known: {:?}",
                ran.seen.tried
            ));
        }
    }
    // Whoever stopped another's deployment looks again, and may then find something wrong.
    let own = [
        "RegisterTaskDefinition",
        "CreateDeployment",
        "UpdateService",
    ];
    let updated = ran.effects("UpdateService").count() > 0;
    let looked_again = ran.seen.tried.iter().any(|tried| {
        // An update that ECS refuses while another deployment is under way waits for that one's end.
        !own.contains(&tried.operation.as_str()) || tried.operation == "UpdateService" && !updated
    });
    // So does whoever was overtaken by somebody else's deployment, and the world may have changed by then.
    let looked_again = looked_again || ran.done.log.contains("; observing again");
    match ran.codes().iter().find(|code| CHECKS.contains(code)) {
        Some(code) if !looked_again && !ran.seen.effects.is_empty() => {
            Err(format!("{code} was found after {:?}", ran.seen.tried))
        }
        _ => Ok(()),
    }
}

/// Refused: nothing was changed; a write that AWS rejected did not happen.
pub fn refused_is_untouched(ran: &Ran) -> Held {
    let effects = &ran.seen.effects;
    let untouched = ran.outcome() != "refused" || effects.is_empty();
    untouched
        .then_some(())
        .ok_or_else(|| format!("refused after {effects:?}"))
}

/// A dry run prints the plan and changes nothing; not even a try.
pub fn a_dry_run_only_reads(ran: &Ran) -> Held {
    let only_reads = ran.asking.get("dry-run") != "true" || ran.seen.tried.is_empty();
    only_reads
        .then_some(())
        .ok_or_else(|| format!("tried {:?}", ran.seen.tried))
}

/// `unchanged` and `planned` are said where nothing was written.
pub fn nothing_to_do_does_nothing(ran: &Ran) -> Held {
    let idle = !matches!(ran.outcome(), "unchanged" | "planned") || ran.seen.effects.is_empty();
    idle.then_some(())
        .ok_or_else(|| format!("{} after {:?}", ran.outcome(), ran.seen.effects))
}

/// Whoever reads "nothing was changed" can rely on it.
pub fn nothing_was_changed_is_true(ran: &Ran) -> Held {
    let said = ran.done.log.to_lowercase().contains("nothing was changed");
    let holds = !said || ran.seen.effects.is_empty();
    holds
        .then_some(())
        .ok_or_else(|| format!("said that nothing was changed after {:?}", ran.seen.effects))
}

/// Another deployment is touched on `take-over` alone (an adopted one is continued at `Ready`); a rollback of
/// CodeDeploy's own is never stopped, nor is the run's own deployment.
pub fn others_are_left_alone(ran: &Ran) -> Held {
    for Tried {
        operation: name,
        input,
        ..
    } in &ran.seen.tried
    {
        let id = input["deploymentId"].as_str().unwrap_or_default();
        let ready = input["deploymentWaitType"] == "READY_WAIT";
        let stops = name == "StopDeployment";
        if !stops && name != "ContinueDeployment" {
            continue;
        }
        let rollback = ran
            .world
            .deployment(id)
            .is_some_and(|deployment| deployment.undoes.is_some());
        let ours = ran.ours().iter().any(|own| own == id);
        if stops && (rollback || ours) {
            return Err(format!(
                "stopped {id}, a rollback: {rollback}, our own: {ours}"
            ));
        }
        if !ready && ran.asking.get("active-deployment") != "take-over" {
            return Err(format!(
                "{name} of {id} with active-deployment {}",
                ran.asking.get("active-deployment")
            ));
        }
    }
    Ok(())
}

/// Every stop sends the traffic back: it asks for CodeDeploy's own rollback, or for ECS's.
pub fn a_stop_sends_the_traffic_back(ran: &Ran) -> Held {
    let without = |tried: &&Tried| match tried.operation.as_str() {
        "StopDeployment" => tried.input["autoRollbackEnabled"] != true,
        "StopServiceDeployment" => tried.input["stopType"] != "ROLLBACK",
        _ => false,
    };
    match ran.seen.tried.iter().find(without) {
        Some(tried) => Err(format!("stopped without a rollback: {}", tried.input)),
        None => Ok(()),
    }
}

/// No field of a task definition is lost, even one newer than the SDK: what is registered is a revision that was
/// there, with one container's image swapped.
pub fn no_field_is_lost(ran: &Ran) -> Held {
    for effect in ran.effects("RegisterTaskDefinition") {
        let registered = effect.answer["taskDefinition"]["taskDefinitionArn"]
            .as_str()
            .unwrap_or_default();
        let new = ran
            .world
            .task_definition(registered)
            .ok_or("registered nothing")?;
        let sources = ran
            .scene
            .revisions
            .iter()
            .filter_map(|arn| ran.world.task_definition(arn));
        let same = |source: &Value| content(source) == content(new);
        if !sources.into_iter().any(same) {
            return Err(format!(
                "{registered} is no revision with its image swapped: {new}"
            ));
        }
        let wanted = ran.done.output("image-digest");
        let containers = new["containerDefinitions"].as_array();
        // A worker beside the first runs the same image in every revision of these worlds: it moves with it.
        for image in containers.into_iter().flatten().filter_map(own_image) {
            if !image.ends_with(wanted) {
                return Err(format!("{registered} runs {image}, not {wanted}"));
            }
        }
    }
    Ok(())
}

/// The image of a container, unless it is another project's.
fn own_image(container: &Value) -> Option<&str> {
    let image = container["image"].as_str()?;
    image.contains(".dkr.ecr.").then_some(image)
}

/// A task definition without what ECS adds and without the application's image.
fn content(definition: &Value) -> Value {
    let mut content = definition.clone();
    if let Some(members) = content.as_object_mut() {
        members.retain(|name, _| !NOT_CONTENT.contains(&name.as_str()));
    }
    let containers = content["containerDefinitions"].as_array_mut();
    for container in containers.into_iter().flatten() {
        if own_image(container).is_some() {
            container["image"] = Value::Null;
        }
    }
    content
}

/// No write is left unmentioned by a run that did not end well: revisions, deployments, those of others.
pub fn what_is_left_is_named(ran: &Ran) -> Held {
    if !matches!(
        ran.outcome(),
        "failed" | "reverted" | "timed-out" | "cancelled"
    ) {
        return Ok(());
    }
    let log = &ran.done.log;
    let marked = log.contains(&ran.marker);
    let named = |id: &str| log.contains(id);
    for effect in &ran.seen.effects {
        let (what, said) = match effect.operation.as_str() {
            "RegisterTaskDefinition" => {
                let arn = effect.answer["taskDefinition"]["taskDefinitionArn"]
                    .as_str()
                    .unwrap_or_default();
                let short = arn.rsplit('/').next().unwrap_or_default();
                (
                    short.to_owned(),
                    named(short) || marked || log.contains("may have been registered"),
                )
            }
            "CreateDeployment" => {
                let id = effect.answer["deploymentId"].as_str().unwrap_or_default();
                (id.to_owned(), named(id) || marked)
            }
            "UpdateService" => {
                let (cluster, service) = (&ran.scene.key.cluster, &ran.scene.key.service);
                let starting = format!("may be starting in {cluster}/{service}");
                let (arn, _) = effect.begun.clone().unwrap_or_default();
                let id = super::native_writes::short(&arn).to_owned();
                let said = named(&id)
                    || log.contains(&starting)
                    || log.contains("aws ecs list-service-deployments");
                (id, said)
            }
            _ => {
                let id = ["deploymentId", "serviceDeploymentArn"]
                    .map(|member| effect.input[member].as_str());
                let id = super::native_writes::short(
                    id.into_iter().flatten().next().unwrap_or_default(),
                );
                (id.to_owned(), named(id))
            }
        };
        if !said {
            return Err(format!("{} of {what} is not said", effect.operation));
        }
    }
    Ok(())
}
