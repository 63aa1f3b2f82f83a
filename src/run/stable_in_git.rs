//! The mode `mark-stable` in git: the tag on the commit that the marked image is built from. GitHub cannot change how the
//! run ends: what it denies is a warning.

use std::time::Duration;

use super::Run;
use crate::{
    changes::Candidate,
    domain::github::{CommitOf, TagName},
    plan::marking::Marking,
    record::{PutTag, put_stable_tag},
    report::{
        event::Event,
        marks::{Mark, MarkPlace, MarkState},
    },
    words,
};

/// How long all of it may take: the image is marked by then.
const IN_GIT: Duration = Duration::from_secs(30);

impl Run<'_> {
    /// `None` where no tag was put, for a reason that is told.
    pub(super) async fn mark_in_git(&self, marking: &Marking) -> Option<MarkState> {
        let Some(tag) = TagName::stable(self.inputs.github.name.as_deref()) else {
            self.warn("no git tag: the input name cannot be part of a git tag's name".to_owned());
            return None;
        };
        if self.github.is_none() {
            self.tell(Event::Marked(Mark {
                place: MarkPlace::Git,
                tag: tag.to_string(),
                state: MarkState::NotPut,
                on: None,
                before: None,
                why_not: Some(
                    "GitHub cannot be asked without a token, or outside a workflow".to_owned(),
                ),
            }));
            return None;
        }
        let putting = Box::pin(self.put_in_git(marking, &tag));
        let why = match tokio::time::timeout(IN_GIT, putting).await {
            Ok(Ok(put)) => return Some(self.tell_git_tag(&tag, put)),
            Ok(Err(why)) => why,
            Err(_) => format!(
                "GitHub did not respond within {}; the git tag {tag} may be missing",
                words::duration(IN_GIT)
            ),
        };
        self.warn(why);
        None
    }

    fn tell_git_tag(&self, tag: &TagName, put: PutTag) -> MarkState {
        self.tell(Event::Marked(Mark {
            place: MarkPlace::Git,
            tag: tag.to_string(),
            state: put.state,
            on: Some(put.commit.short().to_owned()),
            before: put.before.map(|commit| commit.short().to_owned()),
            why_not: None,
        }));
        put.state
    }

    async fn put_in_git(&self, marking: &Marking, tag: &TagName) -> Result<PutTag, String> {
        let (Some(search), Some(github)) = (self.search(), &self.github) else {
            return Err("GitHub cannot be asked".to_owned());
        };
        let candidate = Candidate::Image(marking.target.version_image());
        let found = search.find_commit(&candidate).await;
        let commit = found.map_err(|why| format!("no git tag {tag}: {why}"))?;
        self.check_repository(&commit, tag)?;
        let begin = || self.remember_git_tag(tag);
        put_stable_tag(github, tag, &commit, self.inputs.dry_run, &begin).await
    }

    /// The workflow's token is for its own repository.
    fn check_repository(&self, commit: &CommitOf, tag: &TagName) -> Result<(), String> {
        let access = self.inputs.github.access.as_ref();
        match access {
            Some(access) if access.repository != commit.repository => Err(format!(
                "no git tag {tag}: the image is built from {}, and the workflow is of {}",
                commit.repository, access.repository
            )),
            _ => Ok(()),
        }
    }

    fn remember_git_tag(&self, tag: &TagName) {
        let written = self.memory.marked.take();
        let may_be = format!("the git tag {tag} may have been put");
        self.remember_mark(match written {
            Some(written) => format!("{written}, and {may_be}"),
            None => may_be,
        });
    }
}
