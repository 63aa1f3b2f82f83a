//! What the runs of several services have to agree on before a tag is put.

use crate::{
    domain::github::CommitOf,
    error::{Code, Problem},
    names::ServiceName,
    run::{common::Membership, marks::ImageToMark},
    words,
};

/// A service, and the commit that its image is built from.
pub(super) struct BuiltFrom {
    pub service: ServiceName,
    pub commit: CommitOf,
}

impl Membership {
    /// Says what this run is to mark, and waits until all have said: whether all of that can be done.
    ///
    /// # Errors
    /// `not-proven`: another service runs another image of the same repository.
    pub(super) async fn may_mark(&self, image: ImageToMark) -> Result<bool, Problem> {
        let images = &self.common.marks.images;
        images.borrow_mut().insert(self.position, image);
        let all_pass = self.may_write().await;
        let images = images.borrow();
        let own = &images[&self.position];
        for (position, other) in images.iter() {
            if is_conflict(own, other) {
                let services = self.common.services();
                return Err(conflict(own, &services[*position], other));
            }
        }
        let mut pairs = images.values();
        let has_conflict = pairs.any(|one| images.values().any(|other| is_conflict(one, other)));
        Ok(all_pass && !has_conflict)
    }

    /// What the images of all runs that come as far as git are built from; `commit` is this run's.
    pub(super) async fn all_built_from(&self, commit: Option<CommitOf>) -> Vec<BuiltFrom> {
        let commits = &self.common.marks.commits;
        commits.borrow_mut().insert(self.position, commit);
        let has_said = |position| commits.borrow().contains_key(&position);
        self.until_each(has_said).await;
        let services = self.common.services();
        let mut built_from = Vec::new();
        for (position, commit) in commits.borrow().iter() {
            if let Some(commit) = commit {
                built_from.push(BuiltFrom {
                    service: services[*position].clone(),
                    commit: commit.clone(),
                });
            }
        }
        built_from
    }
}

fn is_conflict(one: &ImageToMark, other: &ImageToMark) -> bool {
    one.repository == other.repository && one.digest != other.digest
}

fn conflict(own: &ImageToMark, service: &ServiceName, other: &ImageToMark) -> Problem {
    let repository = &own.repository.name;
    let [version, other] = [own, other].map(|image| words::short_digest(&image.version));
    Problem::new(
        Code::NotProven,
        format!(
            "{version} serves here and {other} in {service}: in the ECR repository {repository}, the tag stable can be on one of them only"
        ),
        "bring both to the same version first, or mark one of them alone",
    )
}
