//! AWS CodeDeploy: deployments, their targets, deployment groups, AppSpecs.

mod deployments;
mod groups;
mod revisions;
mod targets;

pub(crate) use groups::GROUPS_PER_BATCH;
