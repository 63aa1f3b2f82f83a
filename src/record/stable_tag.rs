//! The git tag on what is stable.

use crate::{
    domain::github::{CommitId, CommitOf, TagName},
    github::{Failure, GitHub},
    report::marks::MarkState,
};

/// What became of the tag.
#[derive(Clone)]
pub(crate) struct PutTag {
    pub state: MarkState,
    /// Its id in full.
    pub commit: CommitId,
    /// The commit that it was on, where that is another.
    pub before: Option<CommitId>,
}

/// Puts the tag on the commit, wherever it was; `begin` is called before anything is written. In a dry run, says what
/// would be done.
///
/// # Errors
/// A sentence that says why it is not there.
pub(crate) async fn put_stable_tag(
    github: &GitHub,
    tag: &TagName,
    commit: &CommitOf,
    dry_run: bool,
    begin: &dyn Fn(),
) -> Result<PutTag, String> {
    let repository = &commit.repository;
    let found = github.find_commit(repository, &commit.id).await;
    let Some(id) = found.map_err(|failure| failure.sentence())? else {
        return Err(format!(
            "GitHub: {repository} has no commit {}",
            commit.id.short()
        ));
    };
    let before = github.get_tag(repository, tag).await;
    let before = before.map_err(|failure| failure.sentence())?;
    let is_there = before.as_ref() == Some(&id);
    let state = match (is_there, dry_run) {
        (true, _) => MarkState::WasThere,
        (false, true) => MarkState::Planned,
        (false, false) => {
            begin();
            let written = write(github, tag, commit, &id, before.as_ref()).await;
            written.map_err(|failure| failure.sentence())?;
            MarkState::Put
        }
    };
    Ok(PutTag {
        state,
        commit: id,
        before: before.filter(|_| !is_there),
    })
}

async fn write(
    github: &GitHub,
    tag: &TagName,
    commit: &CommitOf,
    id: &CommitId,
    before: Option<&CommitId>,
) -> Result<(), Failure> {
    let repository = &commit.repository;
    let written = match before {
        Some(_) => github.move_tag(repository, tag, id).await,
        None => github.create_tag(repository, tag, id).await,
    };
    let Err(failure) = written else {
        return Ok(());
    };
    // The answer may have been lost, or another run may have put it there in the meantime.
    match github.get_tag(repository, tag).await {
        Ok(Some(now)) if now == *id => Ok(()),
        _ => Err(failure),
    }
}
