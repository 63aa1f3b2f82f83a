//! The mode `mark-stable` in git: the tag on the commit that the marked image is built from. GitHub cannot change how the
//! run ends: what it denies is a warning.

use std::time::Duration;

use super::{Run, agreed::BuiltFrom};
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

/// How long GitHub may take to find the commit, and to put the tag: the image is marked by then.
const IN_GIT: Duration = Duration::from_secs(30);

impl Run<'_> {
    /// `None` where no tag was put, for a reason that is told.
    pub(super) async fn mark_in_git(
        &self,
        marking: &Marking,
        is_written: bool,
    ) -> Option<MarkState> {
        let Some(tag) = TagName::stable(self.inputs.github.name.as_deref()) else {
            self.warn_once(
                "no git tag: the input name cannot be part of a git tag's name".to_owned(),
            );
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
        let finding = Box::pin(self.find_commit_to_tag(marking, &tag));
        let commit = self.within_limit(&tag, finding).await;
        let is_known = commit.is_some();
        let built_from = self.membership.all_built_from(commit).await;
        let marks = &self.membership.common.marks;
        let putting = || Box::pin(self.put_in_git(&tag, built_from, is_written));
        let put = marks.in_git.get_or_init(putting).await.clone();
        put.filter(|_| is_known)
            .map(|put| self.tell_git_tag(&tag, put))
    }

    /// `None` where it came to nothing, for a reason that is told.
    async fn within_limit<T>(
        &self,
        tag: &TagName,
        asking: impl Future<Output = Result<T, String>>,
    ) -> Option<T> {
        let why = match tokio::time::timeout(IN_GIT, asking).await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(why)) => why,
            Err(_) => format!(
                "GitHub did not respond within {}; the git tag {tag} may be missing",
                words::duration(IN_GIT)
            ),
        };
        self.warn_once(why);
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

    async fn find_commit_to_tag(
        &self,
        marking: &Marking,
        tag: &TagName,
    ) -> Result<CommitOf, String> {
        let search = self.search().ok_or("GitHub cannot be asked")?;
        let candidate = Candidate::Image(marking.target.version_image());
        let found = search.find_commit(&candidate).await;
        let commit = found.map_err(|why| format!("no git tag {tag}: {why}"))?;
        self.check_repository(&commit, tag)?;
        Ok(commit)
    }

    /// The tag on the commit that all images are built from.
    async fn put_in_git(
        &self,
        tag: &TagName,
        built_from: Vec<BuiltFrom>,
        is_written: bool,
    ) -> Option<PutTag> {
        let (Some(first), Some(github)) = (built_from.first(), &self.github) else {
            return None;
        };
        let other = built_from.iter().find(|other| other.commit != first.commit);
        if let Some(other) = other {
            self.warn_once(differ(tag, first, other));
            return None;
        }
        let begin = || self.remember_git_tag(tag);
        let putting = put_stable_tag(github, tag, &first.commit, !is_written, &begin);
        self.within_limit(tag, putting).await
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

fn differ(tag: &TagName, first: &BuiltFrom, other: &BuiltFrom) -> String {
    let [one, another] = [first, other].map(|built| built.commit.id.short());
    format!(
        "no git tag {tag}: {} is built from {one} and {} from {another}; to tag both, run this for each with another `name`",
        first.service, other.service
    )
}
