//! The newest service deployments, each with the service revision that it brought.

use std::collections::BTreeMap;

use futures_util::future::try_join;
use time::OffsetDateTime;

use super::super::image::ImageFacts;
use super::super::windows::{self, Depth, FIRST, MOST, Window};
use crate::aws::{Aws, Failure};
use crate::domain::service_deployment::{
    ListedDeployment, ServiceDeployment, ServiceRevision, ServiceStatus,
};
use crate::inputs::Inputs;
use crate::names::{ContainerName, DeploymentId, TaskDefinitionArn};

/// A service's past; ECS keeps 90 days of it, and nothing from before 2024-10-25.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Oldest first.
    pub deployments: Vec<ListedDeployment>,
    /// Whether older deployments exist that were not read.
    pub more: bool,
    /// When the newest deployment that [`History::newest`] left out was created.
    pub cut: Option<OffsetDateTime>,
    /// What the deployments brought, and what their rollbacks went to, by ARN.
    revisions: BTreeMap<String, ServiceRevision>,
    /// Those that were rolled back, in full.
    rolled_back: BTreeMap<DeploymentId, ServiceDeployment>,
    /// Older ones that were read on the way, oldest first.
    older: Vec<ListedDeployment>,
    /// Whether there are any that were not even read on the way.
    unread: bool,
}

impl History {
    /// Two round trips, three where a rollback went to a revision that no deployment read brought.
    pub async fn read(
        aws: &Aws,
        inputs: &Inputs,
        depth: Depth,
        now: OffsetDateTime,
    ) -> Result<Self, Failure> {
        let page = |(from, to): Window, token| {
            aws.list_service_deployments_page(&inputs.cluster, &inputs.service, from, to, token)
        };
        let (listed, unread) = windows::newest(depth, now, page).await?;
        let keep = if depth == Depth::Far { MOST } else { FIRST };
        Self::of(aws, listed, keep, unread).await
    }

    /// The newest [`MOST`] instead, from what was read already where that is enough.
    pub async fn far(
        &self,
        aws: &Aws,
        inputs: &Inputs,
        now: OffsetDateTime,
    ) -> Result<Self, Failure> {
        let read = [self.older.as_slice(), &self.deployments].concat();
        if read.len() < MOST && self.unread {
            return Self::read(aws, inputs, Depth::Far, now).await;
        }
        Self::of(aws, read, MOST, self.unread).await
    }

    async fn of(
        aws: &Aws,
        mut older: Vec<ListedDeployment>,
        keep: usize,
        unread: bool,
    ) -> Result<Self, Failure> {
        older.sort_by(|a, b| (a.created_at, a.id.as_str()).cmp(&(b.created_at, b.id.as_str())));
        // A deployment on the edge of two windows is in both.
        older.dedup_by(|a, b| a.id == b.id);
        let deployments = older.split_off(older.len().saturating_sub(keep));
        let rolled_back: Vec<_> = deployments
            .iter()
            .filter(|it| it.status.is_rollback())
            .map(|it| it.id.clone())
            .collect();
        let brought = distinct(deployments.iter().filter_map(|it| it.target.clone()));
        let (rolled_back, mut revisions) = try_join(
            aws.describe_service_deployments(&rolled_back),
            aws.describe_service_revisions(&brought),
        )
        .await?;
        let back = rolled_back
            .iter()
            .filter_map(|it| it.rollback.as_ref()?.revision.clone());
        let missing: Vec<_> = distinct(back)
            .into_iter()
            .filter(|arn| !brought.contains(arn))
            .collect();
        revisions.extend(aws.describe_service_revisions(&missing).await?);
        let more = unread || !older.is_empty();
        let revisions = revisions
            .into_iter()
            .map(|revision| (revision.arn.clone(), revision))
            .collect();
        let rolled_back = rolled_back
            .into_iter()
            .map(|it| (it.id.clone(), it))
            .collect();
        Ok(Self {
            deployments,
            more,
            cut: None,
            revisions,
            rolled_back,
            older,
            unread,
        })
    }

    /// The newest few of these alone; `None` where there are no others.
    pub fn newest(&self, few: usize) -> Option<Self> {
        let (older, newest) = self
            .deployments
            .split_at(self.deployments.len().saturating_sub(few));
        let cut = Some(older.last()?.created_at);
        let deployments = newest.to_vec();
        Some(Self {
            deployments,
            more: true,
            cut,
            older: Vec::new(),
            unread: true,
            ..self.clone()
        })
    }

    pub fn revision(&self, arn: &str) -> Option<&ServiceRevision> {
        self.revisions.get(arn)
    }

    /// A deployment that was rolled back, in full.
    pub fn rolled_back(&self, id: &DeploymentId) -> Option<&ServiceDeployment> {
        self.rolled_back.get(id)
    }

    /// ARN of the service revision that a rollback of a deployment goes to: what the last success, or rollback, before
    /// it left. Source: Amazon ECS, "Stopping service deployments".
    pub fn last_successful(&self, before: OffsetDateTime) -> Option<&str> {
        let earlier = self
            .deployments
            .iter()
            .rev()
            .filter(|it| it.created_at < before);
        earlier.into_iter().find_map(|it| match it.status {
            ServiceStatus::Successful => it.target.as_deref(),
            ServiceStatus::RollbackSuccessful => self
                .rolled_back(&it.id)?
                .rollback
                .as_ref()?
                .revision
                .as_deref(),
            _ => None,
        })
    }

    /// Whether nothing from before is on record.
    pub fn is_empty_before(&self, moment: OffsetDateTime) -> bool {
        self.deployments.iter().all(|it| it.created_at >= moment)
    }

    /// What was described since it was listed counts.
    pub fn overlay(&mut self, seen: &ServiceDeployment) {
        if let Some(listed) = self
            .deployments
            .iter_mut()
            .find(|listed| listed.id == seen.id)
        {
            (listed.status, listed.finished_at) = (seen.status.clone(), seen.finished_at);
        }
        if seen.status.is_rollback() {
            self.rolled_back.insert(seen.id.clone(), seen.clone());
        }
    }

    /// When the newest deployment that brought the revision, with this image, was created.
    pub fn served(
        &self,
        arn: &TaskDefinitionArn,
        image: &ImageFacts,
        container: &ContainerName,
    ) -> Option<OffsetDateTime> {
        let digests = image.digests(None);
        let brought = |it: &&ListedDeployment| {
            let revision = it.target.as_ref().and_then(|target| self.revision(target));
            it.status == ServiceStatus::Successful
                && revision.is_some_and(|revision| {
                    revision.task_definition.as_ref() == Some(arn)
                        && revision
                            .digest(container)
                            .is_some_and(|digest| digests.contains(&digest))
                })
        };
        self.deployments
            .iter()
            .rev()
            .find(brought)
            .map(|it| it.created_at)
    }
}

fn distinct(arns: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<_> = arns.collect();
    all.sort_unstable();
    all.dedup();
    all
}
