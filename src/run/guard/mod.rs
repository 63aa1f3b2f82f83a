//! The mode `guard`: whether a version may be deployed, or a rollback's hold keeps it back.

mod by_commit;
mod covering;
mod problems;

use super::{Run, common::Membership, ending::Finish};
use crate::{
    aws::{Connection, credentials},
    changes::{Candidate, Search},
    domain::{github::CommitId, hold::BadVersion, tags::is_tag_of_commit},
    error::{Code, Problem, Problems},
    execute::Ended,
    inputs::{RepositoryInput, VersionSpec},
    names::{ImageSelector, ImageTag, Repository, ServiceName},
    observe::{find_repository, image::read_image},
    plan::VersionImage,
    record::{Holds, note_override},
    report::{data::Outcome, event::Event, guarded::Guarded},
    words,
};
use by_commit::{HoldsByCommit, find_contained, notes_on};
use covering::{By, Covering};
use problems::{no_image, no_token, unknown_commit, unreadable};

impl Run<'_> {
    pub(super) async fn guard(&self, connection: &Connection) -> Finish {
        self.tell(Event::Asked);
        let overrides = self.inputs.safety.overrides;
        match self.find_hold(connection).await {
            Ok(None) => Finish::well(Outcome::Clear, None),
            Ok(Some(hold)) if overrides => {
                self.deploy_anyway(&hold).await;
                Finish::well(Outcome::Clear, None)
            }
            Ok(Some(hold)) => {
                let problem = self.held(&hold);
                Finish::badly(Ended::new(Outcome::Held, problem))
            }
            Err(problems) if overrides => {
                for problem in problems {
                    self.warn(format!("overridden: {}", problem.message));
                }
                Finish::well(Outcome::Clear, None)
            }
            Err(problems) => Finish::badly(Ended::with_problems(Outcome::Refused, problems)),
        }
    }

    /// The first hold that covers the version.
    ///
    /// # Errors
    /// What is needed to tell could not be read.
    async fn find_hold(&self, connection: &Connection) -> Result<Option<Covering>, Problems> {
        let search = self.search().ok_or_else(no_token)?;
        let read = self.read_holds(search).await;
        let holds = read.map_err(|failure| unreadable(&failure.sentence()))?;
        let mut guarded = Guarded {
            open: holds.open.len(),
            notes: holds.notes.clone(),
            hold: None,
        };
        // Without a hold, AWS has nothing to say: a workflow may ask before it signs in.
        let covering = match holds.open.is_empty() {
            true => None,
            false => {
                self.find_covering(connection, search, holds, &mut guarded)
                    .await?
            }
        };
        guarded.hold = covering.as_ref().map(Covering::view);
        self.tell(Event::Guarded(guarded));
        Ok(covering)
    }

    async fn find_covering(
        &self,
        connection: &Connection,
        search: Search<'_>,
        holds: Holds,
        guarded: &mut Guarded,
    ) -> Result<Option<Covering>, Problems> {
        let candidate = self.find_candidate(connection, &holds).await?;
        for hold in &holds.open {
            if is_image_of(&candidate, &hold.bad) {
                return Ok(Some(Covering::new(hold, By::Image)));
            }
        }
        let HoldsByCommit { held, without } = HoldsByCommit::new(&holds);
        guarded.notes.extend(notes_on(&without, &candidate)?);
        if held.is_empty() {
            return Ok(None);
        }
        let found = search.find_commit(&candidate).await;
        let commit = found.map_err(|why| unknown_commit(&why))?;
        find_contained(search, &commit, &held).await
    }

    /// What is to be deployed. An id of a commit need not have an image yet.
    async fn find_candidate(
        &self,
        connection: &Connection,
        holds: &Holds,
    ) -> Result<Candidate, Problems> {
        let selector = self.version_selector()?;
        credentials(connection).await?;
        let repository = self.find_repository_of(holds).await?;
        let found = read_image(self.aws, &repository, &selector).await?;
        let version = self.inputs.version.to_string();
        if let Some(facts) = found {
            return Ok(Candidate::Image(VersionImage {
                version,
                repository,
                digest: facts.image.digest,
                tags: facts.image.tags,
                manifest: facts.manifest.ok(),
            }));
        }
        match CommitId::parse(&version) {
            Some(commit) => Ok(self.find_built(&repository, commit).await),
            None => Err(no_image(&version, &repository).into()),
        }
    }

    fn version_selector(&self) -> Result<ImageSelector, Problem> {
        match &self.inputs.version {
            VersionSpec::Tag(tag) => Ok(ImageSelector::Tag(tag.clone())),
            VersionSpec::Digest(digest) => Ok(ImageSelector::Digest(digest.clone())),
            // Refused with the inputs.
            VersionSpec::Previous { .. } => Err(unreadable("previous is no version to deploy")),
        }
    }

    /// The image that a pipeline has tagged with the commit in another length or spelling, where there is one.
    async fn find_built(&self, repository: &Repository, commit: CommitId) -> Candidate {
        let listed = self.aws.list_tagged_images(repository, 1).await;
        // Without a list the commit has to do.
        for image in listed.map(|(images, _)| images).unwrap_or_default() {
            let is_of_commit = |tag: &ImageTag| is_tag_of_commit(tag.as_str(), commit.as_str());
            if image.tags.iter().any(is_of_commit) {
                return Candidate::Image(VersionImage {
                    version: commit.to_string(),
                    repository: repository.clone(),
                    digest: image.digest,
                    tags: image.tags,
                    manifest: None,
                });
            }
        }
        Candidate::Commit(commit)
    }

    /// Where the images of the service are: as given, as the hold says, else as what runs says.
    async fn find_repository_of(&self, holds: &Holds) -> Result<Repository, Problems> {
        if let Some(RepositoryInput::Uri(repository)) = &self.inputs.repository {
            return Ok(repository.clone());
        }
        for hold in &holds.open {
            let uri = hold.bad.image_repository.as_deref();
            let Some(repository) = uri.and_then(Repository::parse_uri) else {
                continue;
            };
            return Ok(match &self.inputs.repository {
                Some(RepositoryInput::Name(name)) => Repository {
                    name: name.clone(),
                    ..repository
                },
                _ => repository,
            });
        }
        find_repository(self.aws, self.inputs, self.clock).await
    }

    fn held(&self, covering: &Covering) -> Problem {
        let version = self.deployed_version();
        Problem::new(
            Code::Held,
            covering.sentence(&version, self.clock.now()),
            covering.hint(),
        )
    }

    /// As people call it.
    fn deployed_version(&self) -> String {
        let version = self.inputs.version.to_string();
        match CommitId::parse(&version) {
            Some(commit) if version.len() >= 40 => commit.short().to_owned(),
            _ => words::short_digest(&version),
        }
    }

    async fn deploy_anyway(&self, covering: &Covering) {
        let version = self.deployed_version();
        let sentence = covering.sentence(&version, self.clock.now());
        self.warn(format!("overridden: {sentence}"));
        if self.inputs.dry_run {
            return;
        }
        let Some(search) = self.search() else {
            return;
        };
        // Services that were rolled back together share an issue: one note is for all of them.
        let Some(services) = self.let_through_by(covering.issue).await else {
            return;
        };
        let report = self.teller.report();
        let noted = note_override(
            search.github,
            search.access,
            covering.issue,
            &services,
            &report,
        );
        if let Err(why) = noted.await {
            self.warn(why);
        }
    }

    /// The services that are deployed over the hold of this issue, once it is known of each; `None` where another run
    /// tells of it.
    async fn let_through_by(&self, issue: u64) -> Option<Vec<ServiceName>> {
        let Membership { common, position } = &self.membership;
        let own = (issue, *position);
        common.let_through.borrow_mut().insert(own);
        self.membership.may_write().await;
        let let_through = common.let_through.borrow();
        let of_issue = let_through.iter().filter(|(known, _)| *known == issue);
        let positions: Vec<usize> = of_issue.map(|(_, position)| *position).collect();
        if positions.first() != Some(position) {
            return None;
        }
        let services = common.services();
        Some(
            positions
                .into_iter()
                .map(|position| services[position].clone())
                .collect(),
        )
    }
}

fn is_image_of(candidate: &Candidate, bad: &BadVersion) -> bool {
    match candidate {
        Candidate::Image(image) => image.digest.as_str() == bad.digest,
        Candidate::Commit(_) => false,
    }
}
