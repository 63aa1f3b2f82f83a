//! The deployment record: it is in progress while the rollback is, and says how that ended.

use super::Records;
use crate::{
    github::{DESCRIPTION_MAX, DeploymentState, DeploymentStatus, NewDeployment},
    report::{
        data::{Outcome, Report},
        together,
    },
    words,
};

impl Records<'_> {
    /// Opens the record, where an environment is given: its id.
    ///
    /// # Errors
    /// A sentence that says why there is none.
    pub(crate) async fn open_deployment(&self, reports: &[Report]) -> Result<Option<u64>, String> {
        let Some(environment) = &self.inputs.environment else {
            return Ok(None);
        };
        // Of several services, the first whose commit is known stands for all.
        let Some(commit) = reports.iter().find_map(|report| self.commit(report)) else {
            // The workflow's own commit may be the bad one.
            return Err(format!(
                "GitHub has no deployment record of this rollback: the commit of {} in {} is not known",
                together::target(reports),
                self.access.repository
            ));
        };
        let description = described(reports);
        let repository = &self.access.repository;
        let deployment = NewDeployment {
            commit: &commit,
            environment: environment.raw(),
            description: &description,
        };
        let id = self.github.create_deployment(repository, &deployment).await;
        Ok(Some(id.map_err(|failure| failure.sentence())?))
    }

    /// Says in the record that the rollback is in progress.
    ///
    /// # Errors
    /// A sentence that says why it does not.
    pub(crate) async fn begin_deployment(&self, reports: &[Report], id: u64) -> Result<(), String> {
        self.set_state(reports, id, DeploymentState::InProgress)
            .await
    }

    /// Says in the record how the rollback ended.
    ///
    /// # Errors
    /// A sentence that says why it does not.
    pub(crate) async fn close_deployment(&self, reports: &[Report], id: u64) -> Result<(), String> {
        let Some(outcome) = together::outcome(reports) else {
            return Ok(());
        };
        let state = match outcome {
            Outcome::RolledBack
            | Outcome::Unchanged
            | Outcome::Planned
            | Outcome::Listed
            | Outcome::Ready
            | Outcome::Marked
            | Outcome::Clear => DeploymentState::Success,
            Outcome::Failed
            | Outcome::Reverted
            | Outcome::Refused
            | Outcome::NotReady
            | Outcome::Held => DeploymentState::Failure,
            // AWS goes on, and nobody watches it.
            Outcome::Started => return Ok(()),
            Outcome::TimedOut | Outcome::Cancelled => DeploymentState::Error,
        };
        self.set_state(reports, id, state).await
    }

    async fn set_state(
        &self,
        reports: &[Report],
        id: u64,
        state: DeploymentState,
    ) -> Result<(), String> {
        let headline = together::progress(reports);
        let description = words::capped(&headline, DESCRIPTION_MAX);
        let run_url = reports
            .first()
            .and_then(|report| report.asked.run_url.as_ref());
        let status = DeploymentStatus {
            state,
            log_url: run_url.map(|url| url.raw()),
            description: &description,
        };
        let repository = &self.access.repository;
        let set = self
            .github
            .create_deployment_status(repository, id, &status);
        set.await.map_err(|failure| failure.sentence())
    }
}

/// `prod/web1: rollback to v1.0.0, "checkout page is down"`
fn described(reports: &[Report]) -> String {
    let (title, target) = (together::title(reports), together::target(reports));
    let mut text = format!("{title}: rollback to {target}");
    let reason = reports
        .first()
        .and_then(|report| report.asked.reason.as_ref());
    if let Some(reason) = reason {
        text += &format!(", \"{}\"", reason.raw());
    }
    words::capped(&text, DESCRIPTION_MAX)
}
