//! What is on record of the service's past, whoever deploys it.

use time::OffsetDateTime;

use super::image::ImageFacts;
use super::now::Now;
use super::past::Past;
use super::reader::Reader;
use super::windows::Depth;
use super::{codedeploy, ecs};
use crate::aws::Failure;
use crate::names::{ContainerName, TaskDefinitionArn};

/// The deployments that were read, each controller's own.
pub(super) enum Record<'a> {
    CodeDeploy(codedeploy::record::Record<'a>),
    Ecs(ecs::record::Record<'a>),
}

impl Record<'_> {
    /// Whether a deployment is in progress.
    pub(crate) fn is_active(&self) -> bool {
        match self {
            Self::CodeDeploy(record) => record.active.is_some(),
            Self::Ecs(record) => record.active.is_some(),
        }
    }

    /// Whether there are older deployments than those that were read.
    pub(crate) fn more(&self) -> bool {
        match self {
            Self::CodeDeploy(record) => record.history.list.more(),
            Self::Ecs(record) => record.history.list.more(),
        }
    }

    /// When the newest of those that [`Record::few`] left out was created.
    pub(crate) fn cut(&self) -> Option<OffsetDateTime> {
        match self {
            Self::CodeDeploy(record) => record.history.list.cut,
            Self::Ecs(record) => record.history.list.cut,
        }
    }

    /// The newest few deployments alone; `None` where there are no others.
    pub(crate) fn few(&self, count: usize) -> Option<Self> {
        match self {
            Self::CodeDeploy(record) => record.few(count).map(Self::CodeDeploy),
            Self::Ecs(record) => record.few(count).map(Self::Ecs),
        }
    }

    /// As far back as is asked for.
    pub(crate) async fn read_again(
        &self,
        reader: &Reader<'_>,
        depth: Depth,
    ) -> Result<Self, Failure> {
        Ok(match self {
            Self::CodeDeploy(record) => Self::CodeDeploy(record.read_again(reader, depth).await?),
            Self::Ecs(record) => Self::Ecs(record.read_again(reader, depth).await?),
        })
    }

    /// Each deployment with the revision and the image that it deployed.
    pub(crate) async fn read_past(&self, reader: &Reader<'_>, now: &Now) -> Result<Past, Failure> {
        match self {
            Self::CodeDeploy(record) => codedeploy::past::read_past(reader.aws, record, now).await,
            Self::Ecs(record) => ecs::past::read_past(reader.aws, record, now).await,
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
            Self::CodeDeploy(record) => record.history.last_served(arn, image),
            Self::Ecs(record) => record.history.last_served(arn, image, container),
        }
    }

    /// Whether the revision, with this image, served just before what serves now, by CodeDeploy's own account.
    pub(crate) fn ran_before(&self, arn: &TaskDefinitionArn, image: &ImageFacts) -> bool {
        match self {
            Self::CodeDeploy(record) => record.ran_before(arn, image),
            Self::Ecs(_) => false,
        }
    }
}
