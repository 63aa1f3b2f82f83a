//! What is on record of the service's past, whoever deploys it.

use time::OffsetDateTime;

use super::codedeploy::active::Active;
use super::codedeploy::group::GroupFacts;
use super::codedeploy::history;
use super::codedeploy::{self, Behind};
use super::ecs;
use super::image::ImageFacts;
use super::now::Now;
use super::past::Past;
use super::windows::Depth;
use crate::aws::{Aws, Failure};
use crate::domain::deployment::{Deployment, Status};
use crate::inputs::Inputs;
use crate::names::{ContainerName, TaskDefinitionArn};

/// The deployments that were read, with what belongs to them.
pub enum Record<'a> {
    CodeDeploy {
        group: &'a GroupFacts,
        behind: Option<&'a Behind>,
        active: Option<&'a Active>,
    },
    Ecs {
        history: &'a ecs::history::History,
        active: Option<&'a ecs::active::Active>,
    },
}

/// Deployments, oldest first; the newest few of all that there are.
pub enum History {
    CodeDeploy(history::History),
    Ecs(ecs::history::History),
}

impl Record<'_> {
    /// Whether a deployment is under way.
    pub fn is_active(&self) -> bool {
        match self {
            Self::CodeDeploy { active, .. } => active.is_some(),
            Self::Ecs { active, .. } => active.is_some(),
        }
    }

    pub fn history(&self) -> History {
        match self {
            Self::CodeDeploy { group, .. } => History::CodeDeploy(group.history.clone()),
            Self::Ecs { history, .. } => History::Ecs((*history).clone()),
        }
    }

    /// As much of the past as `previous` needs.
    pub async fn for_previous(
        &self,
        aws: &Aws,
        inputs: &Inputs,
        now: OffsetDateTime,
    ) -> Result<History, Failure> {
        match self {
            Self::CodeDeploy { group, .. } => {
                let id = group.id();
                let read =
                    history::History::read(aws, &id.application, &id.group, Depth::Previous, now)
                        .await;
                read.map(History::CodeDeploy)
            }
            Self::Ecs { .. } => ecs::history::History::read(aws, inputs, Depth::Previous, now)
                .await
                .map(History::Ecs),
        }
    }

    /// When the newest deployment on record brought the revision, with this image: a tag may have moved since.
    pub fn served(
        &self,
        arn: &TaskDefinitionArn,
        image: &ImageFacts,
        container: &ContainerName,
    ) -> Option<OffsetDateTime> {
        match self {
            Self::Ecs { history, .. } => history.served(arn, image, container),
            Self::CodeDeploy { group, .. } => {
                let history = &group.history;
                let brought = |d: &&Deployment| {
                    history
                        .task_definition(d)
                        .is_ok_and(|revision| revision == *arn)
                };
                let newest = history
                    .deployments
                    .iter()
                    .rev()
                    .filter(|d| d.status == Status::Succeeded && was_there(image, d.created_at))
                    .find(brought);
                newest.map(|deployment| deployment.created_at)
            }
        }
    }

    /// Whether the revision served just before what serves now, by the account of whoever deployed that.
    pub fn ran_before(&self, arn: &TaskDefinitionArn, image: &ImageFacts) -> bool {
        let Self::CodeDeploy {
            behind:
                Some(Behind {
                    deployment,
                    appspecs,
                }),
            ..
        } = self
        else {
            return false;
        };
        let before = deployment
            .previous_revision
            .as_ref()
            .filter(|_| was_there(image, deployment.created_at));
        before.is_some_and(|revision| {
            history::task_definition_in(revision, appspecs).is_ok_and(|before| before == *arn)
        })
    }
}

impl History {
    /// Whether there are older ones.
    pub fn more(&self) -> bool {
        match self {
            Self::CodeDeploy(history) => history.more,
            Self::Ecs(history) => history.more,
        }
    }

    /// When the newest of those that [`History::newest`] left out was created.
    pub fn cut(&self) -> Option<OffsetDateTime> {
        match self {
            Self::CodeDeploy(history) => history.cut,
            Self::Ecs(history) => history.cut,
        }
    }

    /// The newest few of these alone; `None` where there are no others.
    pub fn newest(&self, few: usize) -> Option<Self> {
        match self {
            Self::CodeDeploy(history) => history.newest(few).map(Self::CodeDeploy),
            Self::Ecs(history) => history.newest(few).map(Self::Ecs),
        }
    }

    /// As many as are ever read.
    pub async fn far(
        &self,
        aws: &Aws,
        inputs: &Inputs,
        record: &Record<'_>,
        now: OffsetDateTime,
    ) -> Result<Self, Failure> {
        match (self, record) {
            (Self::CodeDeploy(history), Record::CodeDeploy { group, .. }) => {
                let id = group.id();
                history
                    .far(aws, &id.application, &id.group, now)
                    .await
                    .map(Self::CodeDeploy)
            }
            (Self::Ecs(history), _) => history.far(aws, inputs, now).await.map(Self::Ecs),
            (Self::CodeDeploy(history), Record::Ecs { .. }) => {
                Ok(Self::CodeDeploy(history.clone()))
            }
        }
    }

    /// With the revision and the image that each one brought.
    pub async fn past(&self, aws: &Aws, now: &Now, record: &Record<'_>) -> Result<Past, Failure> {
        match (self, record) {
            (Self::CodeDeploy(history), record) => {
                let active = if let Record::CodeDeploy { active, .. } = record {
                    *active
                } else {
                    None
                };
                codedeploy::past::read(aws, history, now, active).await
            }
            (Self::Ecs(history), record) => {
                let active = if let Record::Ecs { active, .. } = record {
                    *active
                } else {
                    None
                };
                ecs::past::read(aws, history, now, active).await
            }
        }
    }
}

/// Whether the image had been pushed by then.
fn was_there(image: &ImageFacts, at: OffsetDateTime) -> bool {
    image.image.pushed_at.is_none_or(|pushed| pushed <= at)
}
