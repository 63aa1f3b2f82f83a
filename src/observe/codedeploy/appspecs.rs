//! The AppSpecs that CodeDeploy holds. `GetDeployment` never returns one, only its hash.

use std::collections::BTreeMap;

use super::absent::is_absent;
use crate::{
    aws::{Aws, Failure},
    domain::{
        appspec::AppSpec,
        deployment::{Deployment, Revision},
    },
    names::{ApplicationName, TaskDefinitionArn},
};

/// The AppSpecs of some deployments, as texts by their SHA-256. Those that CodeDeploy does not hold are missing.
#[derive(Clone)]
pub(crate) struct AppSpecs(BTreeMap<String, String>);

impl AppSpecs {
    /// `BatchGetApplicationRevisions`, each AppSpec once.
    pub(crate) async fn read(
        aws: &Aws,
        application: &ApplicationName,
        revisions: impl Iterator<Item = &Revision>,
    ) -> Result<Self, Failure> {
        let mut held = Vec::new();
        for revision in revisions {
            // Only a text that CodeDeploy holds has a hash, and a redeploy has the same one as the first.
            if revision.sha256().is_some() && !held.contains(revision) {
                held.push(revision.clone());
            }
        }
        let texts = aws
            .batch_get_application_revisions(application, &held)
            .await?;
        Ok(Self(texts.into_iter().collect()))
    }

    /// Those that a deployment's own part is about; `None` where one is missing here.
    fn part_of(&self, deployment: &Deployment) -> Option<Self> {
        let mut part = BTreeMap::new();
        for revision in deployment
            .revision
            .iter()
            .chain(&deployment.previous_revision)
        {
            if let Some(sha256) = revision.sha256() {
                part.insert(sha256.to_owned(), self.0.get(sha256)?.clone());
            }
        }
        Some(Self(part))
    }

    /// What a deployment deploys, and what ran before it.
    pub(crate) async fn read_of(aws: &Aws, deployment: &Deployment) -> Result<Self, Failure> {
        let revisions = deployment
            .revision
            .iter()
            .chain(&deployment.previous_revision);
        Self::read(aws, &deployment.application, revisions).await
    }

    /// The AppSpec of a deployment's revision.
    ///
    /// # Errors
    /// Why it is not known, for people.
    pub(crate) fn parse(&self, revision: Option<&Revision>) -> Result<AppSpec, String> {
        let Some(revision) = revision else {
            return Err("CodeDeploy does not say what it deployed".to_owned());
        };
        if let Some(place) = revision.elsewhere() {
            return Err(format!("it is in {place}, which this action does not read"));
        }
        let text = revision.sha256().and_then(|sha256| self.0.get(sha256));
        let text = text.ok_or("CodeDeploy no longer has it")?;
        AppSpec::parse(text, "the AppSpec").map_err(|problem| problem.message)
    }

    /// The task definition that the AppSpec names.
    ///
    /// # Errors
    /// Why it is not known, for people.
    pub(crate) fn task_definition(
        &self,
        revision: Option<&Revision>,
    ) -> Result<TaskDefinitionArn, String> {
        let appspec = self
            .parse(revision)
            .map_err(|why| format!("its AppSpec can't be read: {why}"))?;
        let arn = appspec.task_definition().and_then(TaskDefinitionArn::parse);
        arn.ok_or_else(|| "its AppSpec names no task definition".to_owned())
    }
}

/// The deployment that made a task set, with its AppSpec and that of the one before.
pub(crate) struct TaskSetDeployment {
    pub deployment: Deployment,
    pub appspecs: AppSpecs,
}

impl TaskSetDeployment {
    pub(crate) async fn read(
        aws: &Aws,
        deployment: Option<Deployment>,
    ) -> Result<Option<Self>, Failure> {
        let Some(deployment) = deployment else {
            return Ok(None);
        };
        let appspecs = match AppSpecs::read_of(aws, &deployment).await {
            // The deployment outlives its application, whose revisions are gone with it.
            Err(failure) if is_absent(&failure) => AppSpecs(BTreeMap::new()),
            read => read?,
        };
        Ok(Some(Self {
            deployment,
            appspecs,
        }))
    }

    /// The same from AppSpecs of the application that were read already, where they are enough.
    pub(crate) async fn read_or_take(
        aws: &Aws,
        deployment: Deployment,
        read: &AppSpecs,
    ) -> Result<Option<Self>, Failure> {
        match read.part_of(&deployment) {
            Some(appspecs) => Ok(Some(Self {
                deployment,
                appspecs,
            })),
            None => Self::read(aws, Some(deployment)).await,
        }
    }
}
