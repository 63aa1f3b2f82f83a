//! What is held back for the run's service. The issues are read once for all services.

use super::Run;
use crate::{
    changes::Search,
    github::Failure,
    record::{HoldIssues, Holds},
};

impl Run<'_> {
    pub(super) async fn read_holds(&self, search: Search<'_>) -> Result<Holds, Failure> {
        let common = &self.membership.common;
        let issues = common
            .hold_issues
            .get_or_init(async || HoldIssues::read(search.github, search.access).await);
        let issues = issues.await.as_ref().map_err(Failure::clone)?;
        let inputs = self.inputs;
        Ok(issues.of_service(search.access, &inputs.cluster, &inputs.service))
    }
}
