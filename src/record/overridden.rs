//! A hold that somebody deployed over: its issue says so.

use crate::{
    domain::github::Access,
    github::GitHub,
    names::ServiceName,
    report::{data::Report, issue},
};

/// Comments on the hold's issue that the version was deployed anyway, where, by whom and why.
///
/// # Errors
/// A sentence that says why there is no comment.
pub(crate) async fn note_override(
    github: &GitHub,
    access: &Access,
    number: u64,
    services: &[ServiceName],
    report: &Report,
) -> Result<(), String> {
    let text = issue::overridden(services, report);
    let noted = github
        .create_comment(&access.repository, number, &text)
        .await;
    noted.map_err(|failure| failure.sentence())
}
