//! Service revisions with their task definitions.

use futures_util::future::try_join;

use super::history::History;
use crate::aws::{Aws, Failure};
use crate::domain::service_deployment::ServiceRevision;
use crate::domain::task_definition::TaskDefinition;
use crate::names::{ContainerName, ImageDigest, TaskDefinitionArn};
use crate::observe::revisions::describe;

/// A service revision with what it runs.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    pub(crate) revision: Option<TaskDefinitionArn>,
    /// The digest that its tasks are held to; none until the first of them has pulled it.
    pub(crate) digest: Option<ImageDigest>,
    pub(crate) definition: Option<TaskDefinition>,
}

/// What was read before, so that it need not be read again.
pub(crate) struct Known<'a> {
    pub(crate) history: &'a History,
    pub(crate) revisions: &'a [ServiceRevision],
    pub(crate) definitions: &'a [TaskDefinition],
    pub(crate) container: &'a ContainerName,
}

pub(crate) struct Releases {
    revisions: Vec<ServiceRevision>,
    definitions: Vec<TaskDefinition>,
}

impl Releases {
    /// The service revisions of these ARNs, and their task definitions.
    pub(crate) async fn read(
        aws: &Aws,
        arns: Vec<String>,
        known: &Known<'_>,
    ) -> Result<Self, Failure> {
        let mut releases = Self {
            revisions: Vec::new(),
            definitions: known.definitions.to_vec(),
        };
        let mut missing = Vec::new();
        for arn in arns {
            match known.find(&arn) {
                Some(revision) => releases.revisions.push(revision.clone()),
                None => missing.push(arn),
            }
        }
        let unknown = releases.definitions_missing_for(&releases.revisions);
        let (found, described) = try_join(
            aws.describe_service_revisions(&missing),
            describe(aws, &unknown),
        )
        .await?;
        releases.definitions.extend(described);
        // Those that were found just now name task definitions of their own: a round trip more, and mostly none.
        let unknown = releases.definitions_missing_for(&found);
        releases.definitions.extend(describe(aws, &unknown).await?);
        releases.revisions.extend(found);
        Ok(releases)
    }

    fn definitions_missing_for(&self, revisions: &[ServiceRevision]) -> Vec<TaskDefinitionArn> {
        let mut missing = Vec::new();
        for revision in revisions {
            if let Some(arn) = &revision.task_definition
                && !missing.contains(arn)
                && self.definition(arn).is_none()
            {
                missing.push(arn.clone());
            }
        }
        missing
    }

    fn definition(&self, arn: &TaskDefinitionArn) -> Option<&TaskDefinition> {
        let mut definitions = self.definitions.iter();
        definitions.find(|definition| definition.arn() == Some(arn))
    }

    /// `None` where ECS no longer has the service revision.
    pub(crate) fn release(&self, arn: &str, container: &ContainerName) -> Option<Release> {
        let revision = self.revisions.iter().find(|revision| revision.arn == arn)?;
        let definition = match &revision.task_definition {
            Some(arn) => self.definition(arn),
            None => None,
        };
        Some(Release {
            revision: revision.task_definition.clone(),
            digest: revision.digest(container).cloned(),
            definition: definition.cloned(),
        })
    }
}

impl Known<'_> {
    fn find(&self, arn: &str) -> Option<&ServiceRevision> {
        let mut revisions = self.revisions.iter();
        // DescribeServiceRevisions is asked with the second round trip for those that have tasks; the history has the
        // others.
        let known = revisions.find(|revision| revision.arn == arn);
        known.or_else(|| self.history.revision(arn))
    }
}
