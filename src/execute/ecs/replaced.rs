//! A deployment that is followed, and that a newer one took the place of: somebody updated the service meanwhile.

use super::watch::Watch;
use crate::{
    domain::{
        service::{Rollout, Service},
        service_deployment::{ListedDeployment, ServiceDeployment, ServiceRevision},
    },
    error::Code,
    execute::{Ended, Execution, ended::still_running},
    names::TaskDefinitionArn,
};

const HINT: &str =
    "find out who, or which workflow, started it; stop that first, then run this again";

/// The newer deployment.
struct Successor {
    deployment: ServiceDeployment,
    revision: Option<TaskDefinitionArn>,
    /// Whether it deploys the target as well.
    is_target: bool,
}

impl Watch<'_> {
    /// How the run ends because a newer service deployment took the place of this one; `None` where there is none.
    pub(super) async fn replaced_by_newer(&self, deployment: &ServiceDeployment) -> Option<Ended> {
        let successor = self.find_successor(deployment).await?;
        let version = &self.execution.plan.target.version;
        let (own, newer) = (deployment.id.short(), &successor.deployment);
        let revision = match &successor.revision {
            Some(revision) => revision.short(),
            None => "an unknown revision".to_owned(),
        };
        let message = format!(
            "another deployment, {} of {revision}, has taken the place of the service deployment {own} of {version}",
            newer.id.short()
        );
        let brings_target = successor.is_target && newer.status.brings_target();
        if brings_target {
            return Some(self.execution.observe_again_or(message, HINT));
        }
        let ended = Ended::failed(Code::DeploymentStopped, message, HINT);
        if newer.status.is_over() {
            return Some(ended);
        }
        let region = &self.execution.plan.region;
        Some(ended.with_left(still_running(&newer.id, region)))
    }

    /// The newest service deployment since. Where AWS can't say, there is none.
    async fn find_successor(&self, deployment: &ServiceDeployment) -> Option<Successor> {
        let (aws, plan) = (self.execution.aws, self.execution.plan);
        let since = Some(deployment.created_at);
        let listed = aws
            .list_service_deployments_page(&plan.cluster, &plan.service, since, None, None)
            .await;
        let (listed, _) = listed.ok()?;
        let is_newer = |listed: &&ListedDeployment| {
            listed.id != deployment.id && listed.created_at >= deployment.created_at
        };
        let newest = listed.iter().filter(is_newer);
        let newest = newest.max_by_key(|listed| listed.created_at)?;
        let deployment = aws.describe_service_deployment(&newest.id).await.ok()??;
        let target = deployment.target.as_ref()?.arn.clone();
        let revision = aws.describe_service_revisions(&[target]).await.ok()?.pop();
        let is_target = match &revision {
            Some(revision) => self.is_target(revision).await,
            None => false,
        };
        Some(Successor {
            is_target,
            deployment,
            revision: revision.and_then(|revision| revision.task_definition),
        })
    }

    /// By the digest that ECS holds its tasks to; before the first of them has pulled it, by what it names.
    async fn is_target(&self, revision: &ServiceRevision) -> bool {
        let Execution { aws, plan, .. } = self.execution;
        let (target, container) = (&plan.target, &plan.container);
        let Some(arn) = &revision.task_definition else {
            return false;
        };
        if *arn == self.revision {
            return true;
        }
        if let Some(digest) = revision.digest(container) {
            return !target.exact && target.digests.contains(digest);
        }
        let described = aws.describe_task_definition(arn.as_str()).await;
        let names_target = |definition| target.is_named_by(&definition, container);
        !target.exact && described.ok().flatten().is_some_and(names_target)
    }

    /// Without a service deployment to look at, the service says it: another deployment has become its primary one.
    pub(super) fn replaced(&self, service: &Service) -> Option<Ended> {
        let own = self.rollout.as_ref()?;
        let primary = service.primary_rollout()?;
        // An update in the middle of a deployment supersedes it: ECS does not refuse the second one.
        if primary.id != own.id {
            // DescribeServices lags behind UpdateService for seconds: what is older took nobody's place.
            let is_newer = primary.created_at > own.created_at;
            return is_newer.then(|| self.superseded(primary)).flatten();
        }
        (primary.state.as_deref() == Some("FAILED")).then(|| self.failed(primary))
    }

    fn superseded(&self, primary: &Rollout) -> Option<Ended> {
        let version = &self.execution.plan.target.version;
        let revision = primary.task_definition.as_ref()?;
        let message = format!(
            "another deployment, of {}, has taken the place of the deployment of {version}",
            revision.short()
        );
        if *revision == self.revision {
            return Some(self.execution.observe_again_or(message, HINT));
        }
        Some(Ended::failed(Code::DeploymentStopped, message, HINT))
    }
}
