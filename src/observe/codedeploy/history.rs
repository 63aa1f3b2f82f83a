//! The deployment group's past: its newest deployments, with the AppSpec that each one deployed.

use time::OffsetDateTime;

use super::{appspecs::AppSpecs, group_id::GroupId};
use crate::{
    aws::{Aws, Failure},
    domain::{
        deployment::{Deployment, Status},
        deployment_note::DeploymentNote,
    },
    names::{DeploymentId, TaskDefinitionArn},
    observe::{
        image::ImageFacts,
        own_rollback::OwnRollback,
        past::pushed_after,
        reader::Reader,
        windows::{Depth, Listed, Newest, Window, list_newest},
    },
};

/// The newest deployments of a group.
#[derive(Clone)]
pub(crate) struct History {
    pub list: Newest<Deployment>,
    pub appspecs: AppSpecs,
}

impl History {
    /// Three round trips, a bounded number of calls.
    pub(crate) async fn read(
        reader: &Reader<'_>,
        id: &GroupId,
        depth: Depth,
    ) -> Result<Self, Failure> {
        let aws = reader.aws;
        let GroupId { application, group } = id;
        let page = |(from, to): Window, token| {
            aws.list_deployments_page(application, group, from, to, token)
        };
        let mut ids = list_newest(reader.span(depth, None), page).await?;
        // A deployment on the edge of two windows is in both.
        ids.items.sort_unstable();
        ids.items.dedup();
        let listed = Listed {
            // ListDeployments names ids alone, in no documented order: the times are in the deployments.
            items: aws.batch_get_deployments(&ids.items).await?,
            more: ids.more,
            has_all_recent: ids.has_all_recent,
        };
        Self::with_appspecs(aws, id, Newest::new(listed, depth.keeps())).await
    }

    pub(crate) async fn read_again(
        &self,
        reader: &Reader<'_>,
        id: &GroupId,
        depth: Depth,
    ) -> Result<Self, Failure> {
        match self.list.widened() {
            Some(list) if depth == Depth::Far => Self::with_appspecs(reader.aws, id, list).await,
            _ => Self::read(reader, id, depth).await,
        }
    }

    async fn with_appspecs(
        aws: &Aws,
        id: &GroupId,
        list: Newest<Deployment>,
    ) -> Result<Self, Failure> {
        let revisions = list
            .deployments
            .iter()
            .flat_map(|deployment| &deployment.revision);
        let appspecs = AppSpecs::read(aws, &id.application, revisions).await?;
        Ok(Self { list, appspecs })
    }

    /// Ids of the deployments that occupy the group, where all that may do so were read: none is active for twelve weeks.
    pub(crate) fn active(&self) -> Option<Vec<String>> {
        if !self.list.has_all_recent {
            return None;
        }
        let mut active = Vec::new();
        for deployment in self.list.all() {
            if !deployment.status.is_over() {
                active.push(String::from(&deployment.id));
            }
        }
        Some(active)
    }

    /// The revision that a deployment deployed.
    ///
    /// # Errors
    /// Why that is not known, for people.
    pub(crate) fn task_definition(
        &self,
        deployment: &Deployment,
    ) -> Result<TaskDefinitionArn, String> {
        self.appspecs.task_definition(deployment.revision.as_ref())
    }

    /// The revisions that were deployed, as far as that is known.
    pub(crate) fn deployed(&self) -> Vec<TaskDefinitionArn> {
        let deployments = self.list.deployments.iter();
        let deployed = deployments.filter_map(|deployment| self.task_definition(deployment).ok());
        deployed.collect()
    }

    /// Who began a deployment and why, where its description or its creator says that.
    pub(crate) fn note(&self, id: &DeploymentId) -> DeploymentNote {
        let mut deployments = self.list.deployments.iter();
        let Some(deployment) = deployments.find(|deployment| deployment.id == *id) else {
            return DeploymentNote::default();
        };
        if let Some(note) = DeploymentNote::read(deployment.description.raw()) {
            return note;
        }
        DeploymentNote {
            by: deployment.creator.name(),
            ..DeploymentNote::default()
        }
    }

    /// The newest rollback of this action that succeeded.
    pub(crate) fn own_rollback(&self) -> Option<OwnRollback> {
        for deployment in self.list.deployments.iter().rev() {
            if deployment.status == Status::Succeeded
                && let Some(note) = DeploymentNote::read(deployment.description.raw())
            {
                return Some(OwnRollback {
                    deployment: deployment.id.clone(),
                    at: deployment.created_at,
                    by: note.by,
                });
            }
        }
        None
    }

    /// When the newest deployment that deployed the revision, with this image, was created: a tag may have moved since.
    pub(crate) fn last_served(
        &self,
        arn: &TaskDefinitionArn,
        image: &ImageFacts,
    ) -> Option<OffsetDateTime> {
        for deployment in self.list.deployments.iter().rev() {
            // Only a success proves that tasks of the revision became healthy here.
            if deployment.status == Status::Succeeded
                && !pushed_after(&image.image, deployment.created_at)
                && self.task_definition(deployment).as_ref() == Ok(arn)
            {
                return Some(deployment.created_at);
            }
        }
        None
    }
}
