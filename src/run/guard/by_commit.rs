//! Holds by the commit that their issues name: whether the version contains it.

use futures_util::future::join_all;

use super::{
    covering::{By, Covering},
    problems::unreadable,
};
use crate::{
    changes::{Candidate, Search},
    domain::{
        github::{CommitId, CommitOf, RepositoryName},
        hold::BadVersion,
    },
    error::{Problem, Problems},
    record::{Hold, Holds},
};

/// A hold whose issue names the bad commit.
pub(super) struct HeldCommit<'a> {
    pub hold: &'a Hold,
    pub commit: CommitOf,
}

/// The open holds, by whether their issues name a commit.
pub(super) struct HoldsByCommit<'a> {
    pub held: Vec<HeldCommit<'a>>,
    pub without: Vec<&'a Hold>,
}

impl<'a> HoldsByCommit<'a> {
    pub(super) fn new(holds: &'a Holds) -> Self {
        let mut sorted = Self {
            held: Vec::new(),
            without: Vec::new(),
        };
        for hold in &holds.open {
            match bad_commit(&hold.bad) {
                Some(commit) => sorted.held.push(HeldCommit { hold, commit }),
                None => sorted.without.push(hold),
            }
        }
        sorted
    }
}

/// The commit of the bad version, where its issue names one that can be.
fn bad_commit(bad: &BadVersion) -> Option<CommitOf> {
    Some(CommitOf {
        repository: RepositoryName::parse(bad.repository.as_deref()?)?,
        id: CommitId::parse(bad.commit.as_deref()?)?,
    })
}

/// A note for each hold that names no commit.
///
/// # Errors
/// Nothing is built from the commit yet, so there is no image to compare with the hold's.
pub(super) fn notes_on(without: &[&Hold], candidate: &Candidate) -> Result<Vec<String>, Problem> {
    let mut notes = Vec::new();
    for hold in without {
        let note = format!(
            "issue #{} names no commit, so it holds its image alone",
            hold.issue
        );
        if let Candidate::Commit(commit) = candidate {
            let why = format!("{note}, and there is no image of {} yet", commit.short());
            return Err(unreadable(&why));
        }
        notes.push(note);
    }
    Ok(notes)
}

/// The first hold of a commit that the version contains. GitHub is asked about all of them at the same time.
pub(super) async fn find_contained(
    search: Search<'_>,
    commit: &CommitOf,
    held: &[HeldCommit<'_>],
) -> Result<Option<Covering>, Problems> {
    let looks = held.iter().map(|bad| search.contains(commit, &bad.commit));
    for (bad, contains) in held.iter().zip(join_all(looks).await) {
        if contains.map_err(|why| unreadable(&why))? {
            return Ok(Some(Covering::new(bad.hold, By::Commit)));
        }
    }
    Ok(None)
}
