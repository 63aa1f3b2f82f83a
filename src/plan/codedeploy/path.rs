//! Which path is taken for a service that CodeDeploy deploys, by the group's active deployment.

use crate::domain::task_definition::fits;
use crate::error::Problem;
use crate::inputs::{ActiveDeployment, Inputs};
use crate::names::TaskSetId;
use crate::observe::Snapshot;
use crate::observe::busy::deployment_active;
use crate::observe::codedeploy::Observed;
use crate::observe::codedeploy::active::{Active, Side};
use crate::plan::path::{Takeover, is_target};
use crate::report::data::Path;

/// The path and what it does about the active deployment.
///
/// # Errors
/// `deployment-active` where the input says so.
pub fn choose(
    snapshot: &Snapshot,
    observed: &Observed,
    inputs: &Inputs,
) -> Result<(Path, Takeover), Problem> {
    let Some(active) = &observed.active else {
        let path = if is_serving(snapshot, observed) {
            Path::Nothing
        } else {
            Path::Redeploy
        };
        return Ok((path, Takeover::None));
    };
    let deployment = active.deployment.id.clone();
    let brings_target = brings_target(active, snapshot);
    if is_serving(snapshot, observed) && (brings_target || !takes_traffic_away(active)) {
        return Ok((Path::Nothing, Takeover::None));
    }
    if brings_target {
        let onto = active
            .is_rollback()
            .then(|| warm(active, snapshot))
            .flatten();
        return Ok((Path::Adopt, Takeover::Adopt { deployment, onto }));
    }
    match inputs.active_deployment {
        ActiveDeployment::Fail => {
            return Err(deployment_active(&active.deployment, inputs, snapshot.at));
        }
        ActiveDeployment::Wait => {
            return Ok((Path::StopAndRedeploy, Takeover::Wait { deployment }));
        }
        ActiveDeployment::TakeOver => {}
    }
    if active.is_rollback() {
        return Ok((Path::StopAndRedeploy, Takeover::LetEnd { deployment }));
    }
    if let Some(onto) = active
        .blue
        .as_ref()
        .filter(|blue| runs_target(blue, snapshot))
    {
        return Ok((
            Path::Reroute,
            Takeover::Reroute {
                deployment,
                onto: Some(onto.task_set.clone()),
            },
        ));
    }
    if active.in_termination_wait {
        return Ok((Path::EndWaitAndRedeploy, Takeover::EndWait { deployment }));
    }
    Ok((Path::StopAndRedeploy, Takeover::Stop { deployment }))
}

/// Whether the target has all the traffic already: every running task, and at least one, has its
/// digest; where the revision counts, it is that revision.
pub fn is_serving(snapshot: &Snapshot, observed: &Observed) -> bool {
    let now = &snapshot.now;
    let shared = observed
        .active
        .as_ref()
        .and_then(Active::holder)
        .is_some_and(|holder| holder.weight < 99.99);
    !shared
        && !leftovers(snapshot, observed)
        && is_target(&now.digests, Some(&now.revision), snapshot)
}

/// While no deployment has started, nothing says how the traffic is split. A second task set that is
/// alive then (a stop without a rollback leaves one) may have a part of it.
fn leftovers(snapshot: &Snapshot, observed: &Observed) -> bool {
    let now = &snapshot.now;
    let alive = |status: &str| matches!(status, "ACTIVE" | "PRIMARY");
    observed
        .active
        .as_ref()
        .is_none_or(|active| !active.split_is_known)
        && now
            .service
            .task_sets
            .iter()
            .any(|task_set| task_set.id != now.task_set.id && alive(&task_set.status))
}

/// A deployment of something else will take the traffic away again, unless it has had its shift.
///
/// Users are served by the target at this moment; to say `unchanged` and watch it being replaced is
/// no rollback. So a deployment that is still to shift is stopped like any other.
fn takes_traffic_away(active: &Active) -> bool {
    !active.in_termination_wait
}

fn runs_target(side: &Side, snapshot: &Snapshot) -> bool {
    is_target(&side.digests, side.revision.as_ref(), snapshot)
}

/// The task set that runs the target already, for a rollback that brings it back.
fn warm(active: &Active, snapshot: &Snapshot) -> Option<TaskSetId> {
    let sides = [active.blue.as_ref(), active.green.as_ref()];
    sides
        .into_iter()
        .flatten()
        .find(|side| runs_target(side, snapshot))
        .map(|side| side.task_set.clone())
}

/// Whether the deployment brings the target: by the digests of its tasks, else by what its revision names.
fn brings_target(active: &Active, snapshot: &Snapshot) -> bool {
    let found = &snapshot.found;
    let digests = found.image.digests(snapshot.now.platform.as_ref());
    let Ok(brings) = &active.brings else {
        // Its AppSpec can't be read; what its tasks run can.
        return !found.exact
            && active
                .green
                .as_ref()
                .is_some_and(|green| green.digests.all_on(&digests));
    };
    let wanted = snapshot.revision.definition().arn();
    if found.exact && wanted != Some(brings) {
        return false;
    }
    let started = active
        .green
        .iter()
        .chain(&active.blue)
        .find(|side| side.revision.as_ref() == Some(brings));
    if let Some(side) = started.filter(|side| !side.digests.known.is_empty()) {
        return side.digests.on(&digests) > 0;
    }
    let image = &found.image.image;
    let container = snapshot.now.container.as_str();
    let definition = active.definition.as_ref();
    definition.is_some_and(|it| fits(it, container, &found.repository, &image.digest, &image.tags))
}
