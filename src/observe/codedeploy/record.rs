//! What is on record of a group's past.

use super::TaskSetDeployment;
use super::active::Active;
use super::group::GroupFacts;
use super::history::History;
use crate::aws::Failure;
use crate::names::TaskDefinitionArn;
use crate::observe::image::ImageFacts;
use crate::observe::past::pushed_after;
use crate::observe::reader::Reader;
use crate::observe::windows::Depth;

/// The group's deployments, with what the group is busy with now.
pub(crate) struct Record<'a> {
    pub(crate) history: History,
    pub(crate) active: Option<&'a Active>,
    pub(crate) group: &'a GroupFacts,
    pub(crate) latest: Option<&'a TaskSetDeployment>,
}

impl<'a> Record<'a> {
    fn with(&self, history: History) -> Record<'a> {
        Record { history, ..*self }
    }

    /// The newest few deployments alone; `None` where there are no others.
    pub(crate) fn few(&self, count: usize) -> Option<Record<'a>> {
        Some(self.with(History {
            list: self.history.list.few(count)?,
            appspecs: self.history.appspecs.clone(),
        }))
    }

    /// As far back as is asked for.
    pub(crate) async fn read_again(
        &self,
        reader: &Reader<'_>,
        depth: Depth,
    ) -> Result<Record<'a>, Failure> {
        let id = self.group.id();
        let now = reader.clock.now();
        let history = self.history.read_again(reader.aws, &id, depth, now).await?;
        Ok(self.with(history))
    }

    /// Whether the revision, with this image, served just before what serves now, by the account of the deployment that
    /// made the primary task set.
    pub(crate) fn ran_before(&self, arn: &TaskDefinitionArn, image: &ImageFacts) -> bool {
        let Some(latest) = self.latest else {
            return false;
        };
        let TaskSetDeployment {
            deployment,
            appspecs,
        } = latest;
        let before = deployment.previous_revision.as_ref();
        !pushed_after(&image.image, deployment.created_at)
            && appspecs.task_definition(before).as_ref() == Ok(arn)
    }
}
