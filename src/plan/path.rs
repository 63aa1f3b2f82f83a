//! Which path is taken, by the state that the group is in.

use time::OffsetDateTime;

use crate::aws::codedeploy::Deployment;
use crate::error::{Code, Problem};
use crate::inputs::Inputs;
use crate::observe::Snapshot;
use crate::observe::target::Revision;
use crate::report::data::Path;
use crate::report::words;

/// The path for a group that is idle. A busy one is refused before this counts.
pub fn choose(snapshot: &Snapshot) -> Path {
    if is_serving(snapshot) { Path::Nothing } else { Path::Redeploy }
}

/// Whether the target is what serves already: every running task, and at least one, has its digest;
/// where the revision counts, it is that revision.
fn is_serving(snapshot: &Snapshot) -> bool {
    let Snapshot { now, found, revision, .. } = snapshot;
    let same_revision = || match revision {
        Revision::Reuse(definition) => definition.arn() == Some(&now.revision),
        Revision::Register { .. } => false,
    };
    now.digests.all_on(&found.image.digests(now.platform.as_ref())) && (!found.exact || same_revision())
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
            "wait for its end, or stop it, which sends the traffic back to where it was: `aws deploy stop-deployment --deployment-id {id} --auto-rollback-enabled --region {}`; then run this again",
            inputs.region
        ),
    )
}
