//! The newest service deployments, each with the service revision that it deployed.

use std::collections::BTreeMap;

use futures_util::future::try_join;
use time::{Duration, OffsetDateTime};

use crate::{
    aws::{Aws, Failure},
    domain::service_deployment::{
        ListedDeployment, ServiceDeployment, ServiceRevision, ServiceStatus,
    },
    names::{ContainerName, DeploymentId, TaskDefinitionArn},
    observe::{
        image::ImageFacts,
        reader::Reader,
        windows::{Depth, Newest, Window, list_newest},
    },
};

/// How far back ECS may be asked: it refuses bounds from before "the last 3 months", which are 89 days at the shortest.
/// An hour less, since clocks differ. ECS keeps its record for 90 days, so hardly anything is missed.
const ASKABLE: Duration = Duration::hours(89 * 24 - 1);

/// A service's past; ECS keeps 90 days of it, and nothing from before 2024-10-25.
#[derive(Clone)]
pub(crate) struct History {
    pub list: Newest<ListedDeployment>,
    /// What the deployments deployed, and what their rollbacks went to, by ARN.
    revisions: BTreeMap<String, ServiceRevision>,
    /// Those that were rolled back or stopped, in full.
    described: BTreeMap<DeploymentId, ServiceDeployment>,
}

impl History {
    /// Two round trips, three where a rollback went to a revision that no deployment read deployed.
    pub(crate) async fn read(reader: &Reader<'_>, depth: Depth) -> Result<Self, Failure> {
        let (aws, inputs) = (reader.aws, reader.inputs);
        let page = |(from, to): Window, token| {
            aws.list_service_deployments_page(&inputs.cluster, &inputs.service, from, to, token)
        };
        let oldest = reader.clock.now() - ASKABLE;
        let listed = list_newest(reader.span(depth, Some(oldest)), page).await?;
        Self::with_revisions(aws, Newest::new(listed, depth.keeps())).await
    }

    pub(crate) async fn read_again(
        &self,
        reader: &Reader<'_>,
        depth: Depth,
    ) -> Result<Self, Failure> {
        match self.list.widened() {
            Some(list) if depth == Depth::Far => Self::with_revisions(reader.aws, list).await,
            _ => Self::read(reader, depth).await,
        }
    }

    async fn with_revisions(aws: &Aws, list: Newest<ListedDeployment>) -> Result<Self, Failure> {
        let mut unclear = Vec::new();
        let mut deployed = Vec::new();
        for deployment in &list.deployments {
            if deployment.status.needs_description() {
                unclear.push(deployment.id.clone());
            }
            add(&mut deployed, deployment.target.as_ref());
        }
        let (described, mut revisions) = try_join(
            aws.describe_service_deployments(&unclear),
            aws.describe_service_revisions(&deployed),
        )
        .await?;
        let mut missing = Vec::new();
        for deployment in &described {
            add(&mut missing, rollback_revision(deployment));
        }
        // A rollback goes to the last success, which may be older than all that were read.
        missing.retain(|arn| !deployed.contains(arn));
        revisions.extend(aws.describe_service_revisions(&missing).await?);

        let mut history = Self {
            list,
            revisions: BTreeMap::new(),
            described: BTreeMap::new(),
        };
        for revision in revisions {
            history.revisions.insert(revision.arn.clone(), revision);
        }
        for deployment in &described {
            history.update(deployment);
        }
        Ok(history)
    }

    pub(crate) fn revision(&self, arn: &str) -> Option<&ServiceRevision> {
        self.revisions.get(arn)
    }

    /// The revisions that were deployed, as far as that is known.
    pub(crate) fn deployed(&self) -> Vec<TaskDefinitionArn> {
        let revisions = self.revisions.values();
        let deployed = revisions.filter_map(|revision| revision.task_definition.clone());
        deployed.collect()
    }

    /// A deployment that was rolled back or stopped, in full.
    pub(crate) fn described(&self, id: &DeploymentId) -> Option<&ServiceDeployment> {
        self.described.get(id)
    }

    /// Whether what it deployed was all that users got: it succeeded, or was replaced only after that.
    pub(crate) fn has_served(&self, listed: &ListedDeployment) -> bool {
        match listed.status {
            ServiceStatus::Successful => true,
            ServiceStatus::Stopped => {
                let described = self.described(&listed.id);
                described.is_some_and(ServiceDeployment::served_everything)
            }
            _ => false,
        }
    }

    /// ARN of the service revision that a rollback of a deployment goes to: what the last success, or rollback, before
    /// it left. Source: Amazon ECS, "Stopping service deployments".
    pub(crate) fn last_successful(&self, before: OffsetDateTime) -> Option<&String> {
        for deployment in self.list.deployments.iter().rev() {
            if deployment.created_at >= before {
                continue;
            }
            match deployment.status {
                // A success that ECS no longer names a revision of leaves the answer to an older one.
                ServiceStatus::Successful if deployment.target.is_some() => {
                    return deployment.target.as_ref();
                }
                ServiceStatus::RollbackSuccessful => {
                    let left = self.described(&deployment.id).and_then(rollback_revision);
                    if left.is_some() {
                        return left;
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// Whether nothing from before is on record.
    pub(crate) fn is_empty_before(&self, moment: OffsetDateTime) -> bool {
        self.list
            .deployments
            .iter()
            .all(|listed| listed.created_at >= moment)
    }

    /// Takes in what was described since it was listed.
    pub(crate) fn update(&mut self, described: &ServiceDeployment) {
        for listed in &mut self.list.deployments {
            if listed.id == described.id {
                listed.status = described.status.clone();
                listed.finished_at = described.finished_at;
            }
        }
        if described.status.needs_description() {
            self.described
                .insert(described.id.clone(), described.clone());
        }
    }

    /// When the newest deployment that deployed the revision, with this image, was created.
    pub(crate) fn last_served(
        &self,
        arn: &TaskDefinitionArn,
        image: &ImageFacts,
        container: &ContainerName,
    ) -> Option<OffsetDateTime> {
        let digests = image.digests(None);
        for deployment in self.list.deployments.iter().rev() {
            // Only that proves that tasks of the revision became healthy here.
            if self.has_served(deployment)
                && let Some(target) = &deployment.target
                && let Some(revision) = self.revision(target)
                && revision.task_definition.as_ref() == Some(arn)
                && let Some(digest) = revision.digest(container)
                && digests.contains(&digest)
            {
                return Some(deployment.created_at);
            }
        }
        None
    }
}

/// ARN of the service revision that ECS's rollback of a deployment goes to.
fn rollback_revision(deployment: &ServiceDeployment) -> Option<&String> {
    deployment.rollback.as_ref()?.revision.as_ref()
}

fn add(arns: &mut Vec<String>, arn: Option<&String>) {
    if let Some(arn) = arn
        && !arns.contains(arn)
    {
        arns.push(arn.clone());
    }
}
