//! Reading deployments: ListDeployments, GetDeployment, BatchGetDeployments.

use serde_json::{Value, json};

use super::super::World;
use super::super::ids::sha256;
use super::super::input::{Page, required, text, texts, time, with_next};
use super::super::switches::ListOrder;
use super::Deployment;
use crate::aws::{Answer, AwsError};

impl World {
    pub(super) fn list_deployments(&self, input: &Value) -> Answer {
        let mut found = self.deployments_in_scope(input)?;
        let statuses = texts(input, "includeOnlyStatuses");
        let range = input.get("createTimeRange").unwrap_or(&Value::Null);
        let (from, to) = (time(range, "start"), time(range, "end"));
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            return Err(AwsError::client(
                "InvalidTimeRangeException",
                "The start time is after the end time.",
            ));
        }
        found.retain(|deployment| {
            (statuses.is_empty() || statuses.contains(&deployment.status.name()))
                && from.is_none_or(|from| deployment.created_at >= from)
                && to.is_none_or(|to| deployment.created_at <= to)
        });
        match self.switches.list_order {
            ListOrder::NewestFirst => {
                found.sort_by_key(|deployment| std::cmp::Reverse(deployment.created_at))
            }
            ListOrder::Shuffled => found.sort_by_cached_key(|deployment| sha256(&deployment.id)),
        }
        let page = Page::of(input, 100, "InvalidNextTokenException")?;
        let (ids, next) = page.cut(found.into_iter().map(|deployment| deployment.id.as_str()));
        Ok(with_next(json!({ "deployments": ids }), next))
    }

    // of a group, or of the whole account; a group needs its application
    fn deployments_in_scope(&self, input: &Value) -> Result<Vec<&Deployment>, AwsError> {
        match (
            text(input, "applicationName"),
            text(input, "deploymentGroupName"),
        ) {
            (None, None) => {
                let groups = self
                    .codedeploy
                    .applications
                    .values()
                    .flat_map(|found| found.groups.values());
                Ok(groups
                    .flat_map(|group| self.deployments_by_id(&group.deployments))
                    .collect())
            }
            (None, Some(_)) => Err(AwsError::client(
                "ApplicationNameRequiredException",
                "The application name must be specified with the deployment group name.",
            )),
            (Some(_), None) => Err(AwsError::client(
                "DeploymentGroupNameRequiredException",
                "The deployment group name must be specified with the application name.",
            )),
            (Some(application), Some(group)) => {
                let group = self.group(application, group)?;
                Ok(self.deployments_by_id(&group.deployments).collect())
            }
        }
    }

    fn deployments_by_id<'a>(&'a self, ids: &'a [String]) -> impl Iterator<Item = &'a Deployment> {
        ids.iter()
            .filter_map(|id| self.codedeploy.deployments.get(id))
    }

    pub(super) fn get_deployment(&self, input: &Value) -> Answer {
        let deployment = self.find_deployment(required(input, "deploymentId")?)?;
        Ok(json!({ "deploymentInfo": self.deployment_json(deployment) }))
    }

    // ids that nobody has are left out without a word
    pub(super) fn batch_get_deployments(&self, input: &Value) -> Answer {
        let ids = texts(input, "deploymentIds");
        super::batch_limit(ids.len(), 25, "DeploymentIdRequiredException")?;
        let found = ids
            .into_iter()
            .filter_map(|id| self.codedeploy.deployments.get(id));
        let infos: Vec<Value> = found
            .map(|deployment| self.deployment_json(deployment))
            .collect();
        Ok(json!({ "deploymentsInfo": infos }))
    }
}
