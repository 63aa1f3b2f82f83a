//! Which path is taken for a service that ECS deploys by itself, by its service deployment.

use crate::domain::task_definition::fits;
use crate::error::Problem;
use crate::inputs::{ActiveDeployment, Inputs};
use crate::observe::Snapshot;
use crate::observe::ecs::Observed;
use crate::observe::ecs::active::Release;
use crate::plan::path::{Takeover, is_target, is_target_revision};
use crate::report::data::Path;

/// The path and what it does about the service deployment that is under way.
///
/// # Errors
/// `deployment-active` where the input says so.
pub fn choose(
    snapshot: &Snapshot,
    observed: &Observed,
    inputs: &Inputs,
) -> Result<(Path, Takeover), Problem> {
    let Some(active) = &observed.active else {
        let path = if is_serving(snapshot) {
            Path::Nothing
        } else {
            Path::Redeploy
        };
        return Ok((path, Takeover::None));
    };
    let deployment = active.deployment.id.clone();
    let goes_on = active.can_be_stopped() || active.is_rollback();
    if goes_on
        && active
            .brings
            .as_ref()
            .is_some_and(|brings| runs_target(brings, snapshot))
    {
        return Ok((
            Path::Adopt,
            Takeover::Adopt {
                deployment,
                onto: None,
            },
        ));
    }
    match inputs.active_deployment {
        ActiveDeployment::Fail => return Err(active.busy_problem(inputs, snapshot.at)),
        ActiveDeployment::Wait => {
            return Ok((Path::StopAndRedeploy, Takeover::Wait { deployment }));
        }
        ActiveDeployment::TakeOver => {}
    }
    if !active.can_be_stopped() {
        return Ok((Path::StopAndRedeploy, Takeover::LetEnd { deployment }));
    }
    if active
        .way_back
        .as_ref()
        .is_some_and(|way_back| runs_target(way_back, snapshot))
    {
        return Ok((
            Path::Reroute,
            Takeover::Reroute {
                deployment,
                onto: None,
            },
        ));
    }
    if snapshot.now.service.strategy.is_rolling() {
        return Ok((Path::Redeploy, Takeover::Supersede { deployment }));
    }
    Ok((Path::StopAndRedeploy, Takeover::Stop { deployment }))
}

/// Whether every task with traffic runs the target, where no service deployment is under way.
fn is_serving(snapshot: &Snapshot) -> bool {
    let now = &snapshot.now;
    // Where the revision counts, a second one with the same image does not.
    let others = now
        .service
        .rollouts
        .iter()
        .filter(|rollout| rollout.running > 0);
    let alone = others
        .into_iter()
        .all(|rollout| rollout.task_definition.as_ref() == Some(&now.revision));
    // A deployment that was stopped for good leaves the traffic split; one that has just begun is not on record yet.
    let begins = now.service.primary_rollout().is_some_and(|primary| {
        primary.state.as_deref() == Some("IN_PROGRESS")
            && primary.task_definition.as_ref() != Some(&now.revision)
    });
    let all = now.share.is_none() && !begins;
    all && is_target(&now.digests, Some(&now.revision), snapshot)
        && (alone || !snapshot.found.exact)
}

/// Whether a service revision is the target: by the digest that ECS holds its tasks to, else by what its task
/// definition names.
fn runs_target(release: &Release, snapshot: &Snapshot) -> bool {
    let found = &snapshot.found;
    if found.exact && !is_target_revision(release.revision.as_ref(), snapshot) {
        return false;
    }
    if let Some(digest) = &release.digest {
        return found
            .image
            .digests(snapshot.now.platform.as_ref())
            .contains(&digest);
    }
    let (image, container) = (&found.image.image, snapshot.now.container.as_str());
    let definition = release.definition.as_ref();
    definition.is_some_and(|it| fits(it, container, &found.repository, &image.digest, &image.tags))
}
