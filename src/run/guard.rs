//! The mode `guard`: whether a version may be deployed, or a rollback's hold keeps it back.

use futures_util::future::join_all;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Run, ending::Finish};
use crate::{
    aws::{Connection, credentials},
    changes::{Candidate, Search},
    domain::{
        github::{CommitId, CommitOf, RepositoryName},
        hold::BadVersion,
        tags::is_tag_of_commit,
    },
    error::{Code, Problem, Problems},
    execute::Ended,
    inputs::{RepositoryInput, VersionSpec},
    names::{ImageSelector, ImageTag, Repository},
    observe::{find_repository, image::read_image},
    outside::OutsideText,
    plan::VersionImage,
    record::{Hold, Holds, note_override, read_holds},
    report::{
        data::Outcome,
        event::Event,
        guarded::{Guarded, HoldView},
    },
    words,
};

const OVERRIDE: &str = "to deploy without this check, set `override: true` with a reason";

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
        let inputs = self.inputs;
        let read = read_holds(
            search.github,
            search.access,
            &inputs.cluster,
            &inputs.service,
        );
        let holds = read
            .await
            .map_err(|failure| unreadable(&failure.sentence()))?;
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
        let commits: Vec<(&Hold, CommitOf)> = holds.open.iter().filter_map(with_commit).collect();
        for hold in &holds.open {
            if bad_commit(&hold.bad).is_some() {
                continue;
            }
            let note = format!(
                "issue #{} names no commit, so it holds its image alone",
                hold.issue
            );
            if let Candidate::Commit(commit) = &candidate {
                let why = format!("{note}, and there is no image of {} yet", commit.short());
                return Err(unreadable(&why).into());
            }
            guarded.notes.push(note);
        }
        if commits.is_empty() {
            return Ok(None);
        }
        let commit = search.find_commit(&candidate).await.map_err(|why| {
            let mut problem = unreadable(&why);
            problem.hint =
                format!("give the commit as version, such as ${{{{ github.sha }}}}; {OVERRIDE}");
            problem
        })?;
        let looks = commits.iter().map(|(_, bad)| search.contains(&commit, bad));
        for ((hold, _), contains) in commits.iter().zip(join_all(looks).await) {
            if contains.map_err(|why| unreadable(&why))? {
                return Ok(Some(Covering::new(hold, By::Commit)));
            }
        }
        Ok(None)
    }

    /// What is to be deployed. An id of a commit need not have an image yet.
    async fn find_candidate(
        &self,
        connection: &Connection,
        holds: &Holds,
    ) -> Result<Candidate, Problems> {
        let selector = match &self.inputs.version {
            VersionSpec::Tag(tag) => ImageSelector::Tag(tag.clone()),
            VersionSpec::Digest(digest) => ImageSelector::Digest(digest.clone()),
            // Refused with the inputs.
            VersionSpec::Previous { .. } => {
                return Err(unreadable("previous is no version to deploy").into());
            }
        };
        let commit = CommitId::parse(&self.inputs.version.to_string());
        credentials(connection).await?;
        let repository = self.find_repository_of(holds).await?;
        let found = read_image(&self.aws, &repository, &selector).await?;
        if let Some(facts) = found {
            return Ok(Candidate::Image(VersionImage {
                version: self.inputs.version.to_string(),
                repository,
                digest: facts.image.digest,
                tags: facts.image.tags,
                manifest: facts.manifest.ok(),
            }));
        }
        match commit {
            Some(commit) => Ok(self.find_built(&repository, commit).await),
            None => Err(Problem::new(
                Code::ImageNotFound,
                format!("there is no image {} in the ECR repository {}, and a hold is open", self.inputs.version, repository.name),
                format!("run this after the image is pushed, or give the commit as version, such as ${{{{ github.sha }}}}; {OVERRIDE}"),
            )
            .into()),
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
        find_repository(&self.aws, self.inputs, self.clock).await
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
        if let Some(search) = self.search() {
            let report = self.teller.report();
            let noted = note_override(search.github, search.access, covering.issue, &report);
            if let Err(why) = noted.await {
                self.warn(why);
            }
        }
    }
}

/// A hold that covers the version.
struct Covering {
    issue: u64,
    url: String,
    bad: BadVersion,
    by: By,
}

/// What of the version is held.
#[derive(Clone, Copy)]
enum By {
    Image,
    Commit,
}

impl Covering {
    fn new(hold: &Hold, by: By) -> Self {
        Self {
            issue: hold.issue,
            url: hold.url.clone(),
            bad: hold.bad.clone(),
            by,
        }
    }

    fn view(&self) -> HoldView {
        HoldView {
            issue: self.issue,
            url: self.url.clone(),
            since: OutsideText::new(&self.bad.since),
            by: self.bad.by.as_ref().map(OutsideText::new),
            reason: self.bad.reason.as_ref().map(OutsideText::new),
        }
    }

    /// `v1.2.1 contains the commit of v1.2.0, which was rolled back at 02:58 UTC by oncall ("…")`
    fn sentence(&self, version: &str, now: OffsetDateTime) -> String {
        let HoldView {
            since, by, reason, ..
        } = self.view();
        let since = match OffsetDateTime::parse(since.raw(), &Rfc3339) {
            Ok(at) => words::at(at, now),
            Err(_) => since.to_string(),
        };
        let bad = OutsideText::new(words::short_digest(&self.bad.version));
        let mut text = match self.by {
            By::Image => format!("{version} is the image of {bad}"),
            By::Commit => format!("{version} contains the commit of {bad}"),
        };
        text += &format!(", which was rolled back at {since}");
        if let Some(by) = by {
            text += &format!(" by {by}");
        }
        match reason {
            Some(reason) => format!("{text} (\"{reason}\")"),
            None => text,
        }
    }

    fn hint(&self) -> String {
        let Self { issue, url, .. } = self;
        format!(
            "lifted when issue #{issue} closes ({url}): fix it in a pull request that says \"Fixes #{issue}\", close it, or deploy with `override: true` and a reason"
        )
    }
}

fn is_image_of(candidate: &Candidate, bad: &BadVersion) -> bool {
    match candidate {
        Candidate::Image(image) => image.digest.as_str() == bad.digest,
        Candidate::Commit(_) => false,
    }
}

fn with_commit(hold: &Hold) -> Option<(&Hold, CommitOf)> {
    Some((hold, bad_commit(&hold.bad)?))
}

/// The commit of the bad version, where its issue names one that can be.
fn bad_commit(bad: &BadVersion) -> Option<CommitOf> {
    Some(CommitOf {
        repository: RepositoryName::parse(bad.repository.as_deref()?)?,
        id: CommitId::parse(bad.commit.as_deref()?)?,
    })
}

fn no_token() -> Problem {
    unreadable("GitHub cannot be asked without a token, or outside a workflow")
}

fn unreadable(why: &str) -> Problem {
    Problem::new(
        Code::HoldUnknown,
        format!("could not determine whether a hold covers this version: {why}"),
        OVERRIDE,
    )
}
