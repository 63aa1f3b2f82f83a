//! An issue that lists the versions, kept up to date.

use time::OffsetDateTime;

use crate::{
    domain::{
        github::Access,
        marked::{Marked, marker_lines},
    },
    github::GitHub,
    report::{board::board, data::Report},
};

/// Writes the list into the issue's text, between its markers.
///
/// # Errors
/// A sentence that says why it was not written.
pub(crate) async fn keep_board(
    github: Option<&GitHub>,
    access: Option<&Access>,
    issue: u64,
    name: &str,
    report: &Report,
    now: OffsetDateTime,
) -> Result<(), String> {
    let (Some(github), Some(access), Some(listing)) = (github, access, &report.listing) else {
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
    let Some(text) = marked.with(&board(report, listing, now)) else {
        return Ok(());
    };
    let updated = github.set_issue_body(repository, issue, &text).await;
    updated.map_err(|failure| failure.sentence())
}
