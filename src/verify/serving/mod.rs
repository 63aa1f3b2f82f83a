//! What serves users: the target where it was proven, else read again at the end of a run.

mod codedeploy;
mod ecs;

use std::time::Duration;

use futures_util::future::join;
use time::OffsetDateTime;
use tokio::time::timeout;

use crate::{
    aws::{Aws, Failure, ecs::TaskList},
    domain::{
        service::{ALL_TRAFFIC, Service, Task},
        tags,
    },
    names::{DeploymentId, ImageDigest, ImageSelector, TaskDefinitionArn, TaskSetId},
    observe::serving::{RunningDigests, tasks_of},
    plan::{Plan, PlannedDeployment},
    report::data::{Proof, Serving, ServingNote},
};

/// A run's last look at what serves.
pub(crate) struct LastLook<'a> {
    pub aws: &'a Aws,
    pub plan: &'a Plan,
    /// What served when the run began.
    pub at_start: Option<Serving>,
    /// The deployment that this run created or follows.
    pub deployment: Option<DeploymentId>,
    /// How long it may take.
    pub within: Duration,
}

/// The target, proven to serve.
pub(crate) fn proven(
    plan: &Plan,
    proof: &Proof,
    revision: &TaskDefinitionArn,
    at: OffsetDateTime,
) -> Serving {
    Serving {
        version: Some(plan.target.version.clone()),
        image: Some(plan.target.image.clone()),
        digest: Some(plan.target.digest.clone()),
        task_definition_arn: Some(revision.clone()),
        tasks: proof.tasks,
        tasks_on_digest: proof.matching,
        since: Some(at),
        ..Serving::default()
    }
}

impl LastLook<'_> {
    /// Reads what serves, by whatever receives most of the traffic. `None` where AWS can't say in time.
    pub(crate) async fn read(&self) -> Option<Serving> {
        let serving = match &self.plan.deployment {
            PlannedDeployment::CodeDeploy(planned) => self.read_codedeploy(planned).await,
            PlannedDeployment::Ecs(_) => self.read_ecs().await,
        };
        let mut serving = serving?;
        // Neither the target nor what served at the start: only ECR has the name of a third version.
        if let (None, Some(digest)) = (&serving.version, &serving.digest) {
            // A name is not worth losing the rest for.
            let named = timeout(self.within / 4, self.version_of(digest)).await;
            serving.version = named.ok().flatten();
        }
        Some(serving)
    }

    /// `DescribeServices` and `ListTasks`
    async fn read_service(&self) -> Option<(Service, TaskList)> {
        let (cluster, service) = (&self.plan.cluster, &self.plan.service);
        let (described, list) = join(
            self.aws.describe_service(cluster, service),
            self.aws.list_tasks_to_describe(cluster, service),
        )
        .await;
        Some((described.ok()??, list.ok()?))
    }

    async fn read_tasks(&self, list: &TaskList) -> Result<Vec<Task>, Failure> {
        let (cluster, service) = (&self.plan.cluster, &self.plan.service);
        self.aws.describe_listed_tasks(cluster, service, list).await
    }

    async fn version_of(&self, digest: &ImageDigest) -> Option<String> {
        let repository = &self.plan.target.repository;
        let selector = ImageSelector::Digest(digest.clone());
        let described = self.aws.describe_image(repository, &selector).await;
        let image = described.ok()??;
        Some(tags::version_name(None, &image.tags, &image.digest))
    }

    fn digests_of(
        &self,
        tasks: &[Task],
        task_set: &TaskSetId,
        revision: &TaskDefinitionArn,
    ) -> RunningDigests {
        let receiving = tasks_of(tasks, task_set, revision);
        RunningDigests::of(&receiving, &self.plan.container)
    }

    /// The digests that run, by the versions that this run knows.
    fn name(&self, running: &RunningDigests) -> Serving {
        let tasks = running.tasks();
        let Some((digest, tasks_on_digest)) = running.most() else {
            return Serving {
                tasks,
                notes: vec![ServingNote::NoDigestKnown],
                ..Serving::default()
            };
        };
        let target = &self.plan.target;
        let mut serving = Serving {
            digest: Some(digest.clone()),
            tasks,
            tasks_on_digest,
            ..Serving::default()
        };
        // An index and its child are one version, and ECS may report either digest.
        if target.digests.contains(digest) {
            serving.version = Some(target.version.clone());
            serving.image = Some(target.image.clone());
        } else if let Some(before) = &self.at_start
            && before.digest.as_ref() == Some(digest)
        {
            serving.version = before.version.clone();
            serving.image = before.image.clone();
        }
        serving
    }
}

/// A part of the traffic is worth telling only where it is not all of it; weights may be a rounding short.
fn part(share: Option<f64>) -> Option<f64> {
    share.filter(|share| *share < ALL_TRAFFIC)
}
