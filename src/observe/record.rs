//! What is on record of the service's past, whoever deploys it.

use time::OffsetDateTime;

use super::{
    codedeploy, ecs,
    image::ImageFacts,
    own_rollback::OwnRollback,
    past::{Known, Past},
    reader::Reader,
    windows::Depth,
};
use crate::{
    aws::{Aws, Failure},
    domain::deployment_note::DeploymentNote,
    names::{ContainerName, DeploymentId, TaskDefinitionArn},
};

/// The deployments that were read, with their controller's own state.
pub(crate) enum Record<'a> {
    CodeDeploy {
        observed: &'a codedeploy::Observed,
        history: codedeploy::history::History,
    },
    Ecs {
        observed: &'a ecs::Observed,
        history: ecs::history::History,
    },
}

impl Record<'_> {
    /// Whether a deployment is in progress.
    pub(crate) fn is_active(&self) -> bool {
        match self {
            Self::CodeDeploy { observed, .. } => observed.active.is_some(),
            Self::Ecs { observed, .. } => observed.active.is_some(),
        }
    }

    /// Whether there are older deployments than those that were read.
    pub(crate) fn more(&self) -> bool {
        match self {
            Self::CodeDeploy { history, .. } => history.list.more(),
            Self::Ecs { history, .. } => history.list.more(),
        }
    }

    /// How many deployments were read.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::CodeDeploy { history, .. } => history.list.deployments.len(),
            Self::Ecs { history, .. } => history.list.deployments.len(),
        }
    }

    /// As far back as is asked for, from what was read already where that is enough.
    pub(crate) async fn read_again(
        &self,
        reader: &Reader<'_>,
        depth: Depth,
    ) -> Result<Self, Failure> {
        Ok(match self {
            Self::CodeDeploy { observed, history } => Self::CodeDeploy {
                observed,
                history: history
                    .read_again(reader, &observed.group.facts.id(), depth)
                    .await?,
            },
            Self::Ecs { observed, history } => Self::Ecs {
                observed,
                history: history.read_again(reader, depth).await?,
            },
        })
    }

    /// The newest `count` deployments, each with the revision and the image that it deployed.
    pub(crate) async fn read_past(
        &self,
        aws: &Aws,
        known: Known<'_>,
        count: usize,
    ) -> Result<Past, Failure> {
        match self {
            Self::CodeDeploy { observed, history } => {
                codedeploy::past::read_past(aws, history, observed.active.as_ref(), known, count)
                    .await
            }
            Self::Ecs { observed, history } => {
                ecs::past::read_past(aws, history, observed.active.as_ref(), known, count).await
            }
        }
    }

    /// Who began a deployment and why, where its description or its creator says that.
    pub(crate) fn note(&self, id: &DeploymentId) -> DeploymentNote {
        match self {
            Self::CodeDeploy { history, .. } => history.note(id),
            // ECS keeps neither with a service deployment.
            Self::Ecs { .. } => DeploymentNote::default(),
        }
    }

    /// The newest rollback of this action that succeeded, where that is on record.
    pub(crate) fn own_rollback(&self) -> Option<OwnRollback> {
        match self {
            Self::CodeDeploy { history, .. } => history.own_rollback(),
            Self::Ecs { .. } => None,
        }
    }

    /// The revisions that were deployed.
    pub(crate) fn deployed(&self) -> Vec<TaskDefinitionArn> {
        match self {
            Self::CodeDeploy { history, .. } => history.deployed(),
            Self::Ecs { history, .. } => history.deployed(),
        }
    }

    /// When the newest deployment on record that deployed the revision, with this image, was created.
    pub(crate) fn last_served(
        &self,
        arn: &TaskDefinitionArn,
        image: &ImageFacts,
        container: &ContainerName,
    ) -> Option<OffsetDateTime> {
        match self {
            Self::CodeDeploy { history, .. } => history.last_served(arn, image),
            Self::Ecs { history, .. } => history.last_served(arn, image, container),
        }
    }

    /// Whether the revision, with this image, served just before what serves now, by CodeDeploy's own account.
    pub(crate) fn ran_before(&self, arn: &TaskDefinitionArn, image: &ImageFacts) -> bool {
        match self {
            Self::CodeDeploy { observed, .. } => observed.ran_before(arn, image),
            // ECS names no earlier revision beside those in its history.
            Self::Ecs { .. } => false,
        }
    }
}
