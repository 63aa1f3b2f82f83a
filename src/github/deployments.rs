//! Deployment records: what GitHub shows on a repository's page and under an environment.

use serde::{Deserialize, Serialize};

use super::{Failure, GitHub, failure::Request};
use crate::domain::github::{CommitId, RepositoryName};

const CREATE: Request = Request {
    doing: "record the deployment",
    permission: "deployments: write",
};

/// What GitHub takes of a description.
pub(crate) const DESCRIPTION_MAX: usize = 140;

/// A deployment record.
pub(crate) struct NewDeployment<'a> {
    /// The commit that is deployed.
    pub commit: &'a CommitId,
    pub environment: &'a str,
    /// At most [`DESCRIPTION_MAX`] characters.
    pub description: &'a str,
}

/// What has become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeploymentState {
    InProgress,
    Success,
    Failure,
    /// It is not known how it went on.
    Error,
}

/// A state of a deployment record.
#[derive(Serialize)]
pub(crate) struct DeploymentStatus<'a> {
    pub state: DeploymentState,
    /// Left out where there is no page to link to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_url: Option<&'a str>,
    /// At most [`DESCRIPTION_MAX`] characters.
    pub description: &'a str,
}

#[derive(Serialize)]
struct CreateRequest<'a> {
    #[serde(rename = "ref")]
    reference: &'a str,
    /// Tells a rollback from a deploy.
    task: &'static str,
    auto_merge: bool,
    /// None: checks that fail on main must not refuse the record of an older commit.
    required_contexts: [&'static str; 0],
    environment: &'a str,
    description: &'a str,
}

#[derive(Deserialize)]
struct Created {
    id: u64,
}

impl GitHub {
    /// `POST /repos/{owner}/{repo}/deployments`: the id of the new record.
    pub(crate) async fn create_deployment(
        &self,
        repository: &RepositoryName,
        deployment: &NewDeployment<'_>,
    ) -> Result<u64, Failure> {
        let request = CreateRequest {
            reference: deployment.commit.as_str(),
            task: "rollback",
            auto_merge: false,
            required_contexts: [],
            environment: deployment.environment,
            description: deployment.description,
        };
        let route = format!("/repos/{repository}/deployments");
        let created: Created = self.post(CREATE, &route, &request).await?;
        Ok(created.id)
    }

    /// `POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses`
    pub(crate) async fn create_deployment_status(
        &self,
        repository: &RepositoryName,
        deployment: u64,
        status: &DeploymentStatus<'_>,
    ) -> Result<(), Failure> {
        let route = format!("/repos/{repository}/deployments/{deployment}/statuses");
        let _: serde::de::IgnoredAny = self.post(CREATE, &route, status).await?;
        Ok(())
    }
}
