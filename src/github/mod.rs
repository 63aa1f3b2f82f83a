//! GitHub's REST API: one function for each operation, domain types in and out. Only this room names octocrab.
//!
//! Source: GitHub's REST description, version 2022-11-28.

mod commits;
mod contents;
mod failure;
mod pulls;
mod transport;

use octocrab::{AuthState, Octocrab, OctocrabBuilder};
use tower::service_fn;

pub(crate) use commits::{Comparison, Relation};
pub(crate) use failure::Failure;
use failure::Request;
pub(crate) use pulls::Pull;

use crate::{domain::github::RepositoryName, http};

/// Where this run's GitHub is, and with what it may be asked.
#[derive(Clone, PartialEq)]
pub(crate) struct Access {
    /// Secret.
    pub token: String,
    /// `https://api.github.com`, without a slash at its end (`GITHUB_API_URL`).
    pub api: String,
    /// `https://github.com`, without a slash at its end (`GITHUB_SERVER_URL`).
    pub server: String,
    /// The workflow's own.
    pub repository: RepositoryName,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A token must not get into a log by way of `{:?}`.
        write!(f, "{} at {}", self.repository, self.api)
    }
}

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

    /// The same; `None` where there is no such thing, or the token does not see it.
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
