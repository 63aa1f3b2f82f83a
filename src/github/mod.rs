//! GitHub's REST API: one function for each operation, domain types in and out. Only this room names octocrab.
//!
//! Source: GitHub's REST description, version 2022-11-28.

mod commits;
mod contents;
mod deployments;
mod failure;
mod issues;
mod pulls;
mod refs;
mod transport;

use octocrab::{AuthState, Octocrab, OctocrabBuilder};
use tower::service_fn;

pub(crate) use commits::{ChangedFile, Commit, Comparison, Relation};
pub(crate) use deployments::{DESCRIPTION_MAX, DeploymentState, DeploymentStatus, NewDeployment};
pub(crate) use failure::Failure;
use failure::Request;
pub(crate) use issues::{Issue, IssueState, NewIssue};
pub(crate) use pulls::Pull;

use crate::{domain::github::Access, http};

/// Asks GitHub.
pub(crate) struct GitHub {
    octocrab: Octocrab,
}

impl GitHub {
    /// `http` is what the requests leave the runner by.
    pub(crate) fn new(access: &Access, http: &http::Client) -> Self {
        let (access, http) = (access.clone(), http.clone());
        let service = service_fn(move |request| {
            let (access, http) = (access.clone(), http.clone());
            async move { transport::send(&access, &http, request).await }
        });
        let builder = OctocrabBuilder::new_empty().with_service(service);
        // Octocrab never sees the token: the transport adds it, for the one host that it is for.
        let built = builder.with_auth(AuthState::None).build();
        let octocrab = match built {
            Ok(octocrab) => octocrab,
            Err(never) => match never {},
        };
        Self { octocrab }
    }

    /// The answer to a GET, from its JSON.
    async fn get<Answer: serde::de::DeserializeOwned>(
        &self,
        request: Request,
        route: &str,
    ) -> Result<Answer, Failure> {
        let answer = self.octocrab.get(route, None::<&()>).await;
        answer.map_err(|error| request.failed(error))
    }

    /// The answer to a POST, from its JSON.
    async fn post<Answer: serde::de::DeserializeOwned>(
        &self,
        request: Request,
        route: &str,
        body: &impl serde::Serialize,
    ) -> Result<Answer, Failure> {
        let answer = self.octocrab.post(route, Some(body)).await;
        answer.map_err(|error| request.failed(error))
    }

    /// The answer to a GET; `None` where there is no such thing, or the token does not see it.
    async fn find<Answer: serde::de::DeserializeOwned>(
        &self,
        request: Request,
        route: &str,
    ) -> Result<Option<Answer>, Failure> {
        match self.get(request, route).await {
            Ok(answer) => Ok(Some(answer)),
            Err(failure) if failure.is_absent() => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}
