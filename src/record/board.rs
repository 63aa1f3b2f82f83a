//! An issue that lists the versions, kept up to date.

use time::OffsetDateTime;

use crate::{
    domain::{
        github::Access,
        marked::{Marked, marker_lines},
    },
    github::GitHub,
    report::{board::board, data::Report, issue::TEXT_MAX},
};

/// Of each service: all that are listed, or fewer where many services share the issue's text.
const MOST_VERSIONS: [usize; 4] = [10, 5, 3, 1];

/// An issue whose text has the lists of versions between its markers.
pub(crate) struct Board<'a> {
    pub issue: u64,
    /// Of the markers.
    pub name: &'a str,
    /// One for each service, with what is listed.
    pub reports: &'a [Report],
    pub now: OffsetDateTime,
}

impl Board<'_> {
    /// Brings the text up to date; one that says the same already is left alone.
    ///
    /// # Errors
    /// A sentence that says why it was not written.
    pub(crate) async fn keep(
        &self,
        github: Option<&GitHub>,
        access: Option<&Access>,
    ) -> Result<(), String> {
        let Self { issue, name, .. } = *self;
        let (Some(github), Some(access)) = (github, access) else {
            return Err(format!(
                "issue #{issue} was not updated: GitHub cannot be asked without a token, or outside a workflow"
            ));
        };
        let repository = &access.repository;
        let body = github.get_issue_body(repository, issue).await;
        let body = body.map_err(|failure| failure.sentence())?;
        let marked = Marked::find(&body, name).map_err(|fault| {
            let [begin, end] = marker_lines(name, ("<!--", "-->"));
            format!(
                "issue #{issue} {fault} of {name}; add these two lines to its text: {begin} and {end}"
            )
        })?;
        match self.fit(&marked)? {
            Some(text) => {
                let updated = github.set_issue_body(repository, issue, &text).await;
                updated.map_err(|failure| failure.sentence())
            }
            None => Ok(()),
        }
    }

    /// The new text, with as many versions of each service as there is room for; `None` where it is there.
    fn fit(&self, marked: &Marked<'_>) -> Result<Option<String>, String> {
        for most in MOST_VERSIONS {
            match marked.with(&board(self.reports, most, self.now)) {
                Some(text) if text.chars().count() > TEXT_MAX => {}
                fitting => return Ok(fitting),
            }
        }
        let (issue, services) = (self.issue, self.reports.len());
        Err(format!(
            "issue #{issue} was not updated: its text has no room for the versions of {services} services"
        ))
    }
}
