//! Which path is taken, by the state that the group is in. The first row that fits.

use time::OffsetDateTime;

use crate::aws::codedeploy::Deployment;
use crate::error::{Code, Problem};
use crate::inputs::{ActiveDeployment, Inputs};
use crate::names::{DeploymentId, TaskSetId};
use crate::observe::Snapshot;
use crate::observe::active::{Active, Side};
use crate::observe::serving::RunningDigests;
use crate::observe::target::Revision;
use crate::plan::task_definition::fits;
use crate::report::data::Path;
use crate::report::words;

/// What is done about the active deployment before, or instead of, a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Takeover {
    /// No deployment is in the way.
    None,
    /// It brings the target: follow it. A rollback brings it back on a task set that is there already.
    Adopt { deployment: DeploymentId, onto: Option<TaskSetId> },
    /// Stop it; AWS sends the traffic back to the original task set, which runs the target.
    Reroute { deployment: DeploymentId, onto: TaskSetId },
    /// End its termination wait, then deploy.
    EndWait { deployment: DeploymentId },
    /// Stop it, let AWS put things back, then deploy.
    Stop { deployment: DeploymentId },
    /// A rollback to something else is not stopped: let it end, then deploy.
    LetEnd { deployment: DeploymentId },
    /// `active-deployment: wait`: let it end, then look again.
    Wait { deployment: DeploymentId },
}

impl Takeover {
    /// Whether a deployment is created in the end.
    pub fn creates(&self, path: Path) -> bool {
        path != Path::Nothing
            && !matches!(self, Self::Adopt { .. } | Self::Reroute { .. } | Self::Wait { .. })
    }

    /// The deployment that is active as the plan is made.
    pub fn deployment(&self) -> Option<&DeploymentId> {
        match self {
            Self::None => None,
            Self::Adopt { deployment, .. }
            | Self::Reroute { deployment, .. }
            | Self::EndWait { deployment }
            | Self::Stop { deployment }
            | Self::LetEnd { deployment }
            | Self::Wait { deployment } => Some(deployment),
        }
    }
}

/// The path and what it does about the active deployment.
///
/// # Errors
/// `deployment-active` where the input says so.
pub fn choose(snapshot: &Snapshot, inputs: &Inputs) -> Result<(Path, Takeover), Problem> {
    let Some(active) = &snapshot.active else {
        let path = if is_serving(snapshot) { Path::Nothing } else { Path::Redeploy };
        return Ok((path, Takeover::None));
    };
    let deployment = active.deployment.id.clone();
    let brings_target = brings_target(active, snapshot);
    if is_serving(snapshot) && (brings_target || !takes_traffic_away(active)) {
        return Ok((Path::Nothing, Takeover::None));
    }
    if brings_target {
        let onto = active.is_rollback().then(|| warm(active, snapshot)).flatten();
        return Ok((Path::Adopt, Takeover::Adopt { deployment, onto }));
    }
    match inputs.active_deployment {
        ActiveDeployment::Fail => return Err(deployment_active(&active.deployment, inputs, snapshot.at)),
        ActiveDeployment::Wait => return Ok((Path::StopAndRedeploy, Takeover::Wait { deployment })),
        ActiveDeployment::TakeOver => {}
    }
    if active.is_rollback() {
        return Ok((Path::StopAndRedeploy, Takeover::LetEnd { deployment }));
    }
    if let Some(onto) = active.blue.as_ref().filter(|blue| runs_target(blue, snapshot)) {
        return Ok((Path::Reroute, Takeover::Reroute { deployment, onto: onto.task_set.clone() }));
    }
    if active.in_termination_wait {
        return Ok((Path::EndWaitAndRedeploy, Takeover::EndWait { deployment }));
    }
    Ok((Path::StopAndRedeploy, Takeover::Stop { deployment }))
}

/// Whether the target has all the traffic already: every running task, and at least one, has its
/// digest; where the revision counts, it is that revision.
pub fn is_serving(snapshot: &Snapshot) -> bool {
    let now = &snapshot.now;
    let shared =
        snapshot.active.as_ref().and_then(Active::holder).is_some_and(|holder| holder.weight < 99.99);
    !shared && !leftovers(snapshot) && is_target(&now.digests, Some(&now.revision), snapshot)
}

/// While no deployment has started, nothing says how the traffic is split. A second task set that is
/// alive then (a stop without a rollback leaves one) may have a part of it.
fn leftovers(snapshot: &Snapshot) -> bool {
    let now = &snapshot.now;
    let alive = |status: &str| matches!(status, "ACTIVE" | "PRIMARY");
    snapshot.active.as_ref().is_none_or(|active| !active.split_is_known)
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

fn is_target(
    digests: &RunningDigests,
    revision: Option<&crate::names::TaskDefinitionArn>,
    snapshot: &Snapshot,
) -> bool {
    let found = &snapshot.found;
    let same_revision = || match &snapshot.revision {
        Revision::Reuse(definition) => definition.arn() == revision,
        // An INACTIVE revision that is registered again is still the revision that ran.
        Revision::Register { content, .. } => content.arn().is_some() && content.arn() == revision,
    };
    digests.all_on(&found.image.digests(snapshot.now.platform.as_ref())) && (!found.exact || same_revision())
}

fn runs_target(side: &Side, snapshot: &Snapshot) -> bool {
    is_target(&side.digests, side.revision.as_ref(), snapshot)
}

/// The task set that runs the target already, for a rollback that brings it back.
fn warm(active: &Active, snapshot: &Snapshot) -> Option<TaskSetId> {
    let sides = [active.blue.as_ref(), active.green.as_ref()];
    sides.into_iter().flatten().find(|side| runs_target(side, snapshot)).map(|side| side.task_set.clone())
}

/// Whether the deployment brings the target: by the digests of its tasks, else by what its revision names.
fn brings_target(active: &Active, snapshot: &Snapshot) -> bool {
    let found = &snapshot.found;
    let digests = found.image.digests(snapshot.now.platform.as_ref());
    let Ok(brings) = &active.brings else {
        // Its AppSpec can't be read; what its tasks run can.
        return !found.exact && active.green.as_ref().is_some_and(|green| green.digests.all_on(&digests));
    };
    let wanted = snapshot.revision.definition().arn();
    if found.exact && wanted != Some(brings) {
        return false;
    }
    let started = active.green.iter().chain(&active.blue).find(|side| side.revision.as_ref() == Some(brings));
    if let Some(side) = started.filter(|side| !side.digests.known.is_empty()) {
        return side.digests.on(&digests) > 0;
    }
    let image = &found.image.image;
    let container = snapshot.now.container.as_str();
    let definition = active.definition.as_ref();
    definition.is_some_and(|it| fits(it, container, &found.repository, &image.digest, &image.tags))
}

/// A busy group, said with everything that is needed to decide about it.
pub fn deployment_active(deployment: &Deployment, inputs: &Inputs, now: OffsetDateTime) -> Problem {
    let Deployment { id, group, status, creator, created_at, .. } = deployment;
    Problem::new(
        Code::DeploymentActive,
        format!(
            "the deployment {id} is active in the group {group}: {}, created {} by {creator}",
            status.as_str(),
            words::ago(*created_at, now),
        ),
        format!(
            "use `active-deployment: take-over`, or wait for its end, or stop it, which sends the traffic back to where it was: `aws deploy stop-deployment --deployment-id {id} --auto-rollback-enabled --region {}`; then run this again",
            inputs.region
        ),
    )
}
