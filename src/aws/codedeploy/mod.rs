//! AWS CodeDeploy: deployments, their targets, deployment groups, AppSpecs.

mod deployments;
mod groups;
mod revisions;
mod targets;

use super::Operation;
pub(crate) use deployments::*;

/// `BatchGetDeployments` and `BatchGetApplicationRevisions` take 25 at most.
const PER_BATCH: usize = 25;

const fn operation(name: &'static str) -> Operation {
    Operation {
        service: "codedeploy",
        name,
    }
}
