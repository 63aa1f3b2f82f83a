//! What was asked for, found: the version's image, and where it came from in the past.

use std::time::Duration;

use time::OffsetDateTime;

use super::checks::repository_or;
use super::image::{self, ImageFacts};
use super::now::{Now, Third};
use super::record::{History, Record};
use super::revision::Revision;
use crate::aws::Aws;
use crate::clock::Clock;
use crate::domain::past::{Candidate, PreviousError, previous};
use crate::domain::tags;
use crate::domain::task_definition::TaskDefinition;
use crate::error::{Code, Problem, Problems};
use crate::inputs::{Inputs, TaskDefinitionInput, VersionSpec};
use crate::names::{ImageDigest, ImageSelector, ImageTag, Repository, TaskDefinitionArn};

/// Deployments whose revisions are asked for first, and how far back that leads.
const FEW: usize = 8;
const FEW_STEPS: u32 = 3;

/// The version asked for, as it was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The output `version`.
    pub version: String,
    pub image: ImageFacts,
    pub repository: Repository,
    /// Whether the revision counts, too, for "that is what runs": `previous`, or a revision given.
    pub exact: bool,
    pub last_served_from: Option<OffsetDateTime>,
    pub served_for: Option<Duration>,
    /// One step further back than `previous`, where that was asked for and is on record.
    pub further: Option<Candidate>,
    /// Why this one, what was passed over, what else to know.
    pub notes: Vec<String>,
}

impl Found {
    /// `repository@sha256:…`, the spelling that a revision of ours gets. Both a tag and a digest in
    /// one reference are not documented for ECS, so it is the digest alone.
    pub fn image_uri(&self) -> String {
        format!("{}@{}", self.repository, self.image.image.digest)
    }
}

/// What the later reads start from.
pub struct Reading<'a> {
    pub aws: &'a Aws,
    pub inputs: &'a Inputs,
    pub clock: Clock,
    pub now: &'a Now,
    pub record: Record<'a>,
}

/// An image with where it came from in the past.
struct Chosen {
    found: Found,
    /// The revision that ran it, when `previous` found it.
    revision: Option<TaskDefinition>,
    /// The nearest state that is not serving already, when `previous` found it.
    nearest_not_serving: Option<Candidate>,
}

impl Reading<'_> {
    /// The image and the revision asked for.
    ///
    /// # Errors
    /// Every problem with them.
    pub async fn target(&self, third: Third) -> Result<(Found, Revision), Problems> {
        let Third {
            asked, revisions, ..
        } = third;
        let chosen = match &self.inputs.version {
            VersionSpec::Tag(tag) => self.asked_for(ImageSelector::Tag(tag.clone()), asked).await,
            VersionSpec::Digest(digest) => {
                self.asked_for(ImageSelector::Digest(digest.clone()), asked)
                    .await
            }
            VersionSpec::Previous { steps, .. } => self.previous(*steps).await,
        };
        let Chosen {
            found, revision, ..
        } = chosen.map_err(|problem| vec![problem])?;
        let mut problems = Problems::new();
        problems.extend(self.archived(&found));
        let revision = self.revision(&found, revision, revisions).await;
        let revision = revision.map_err(|problem| problems.push(problem));
        let Ok(revision) = revision else {
            return Err(problems);
        };
        let found = match self.check_platform(found, &revision).await {
            Ok(found) if problems.is_empty() => {
                return Ok((self.with_service_record(found, &revision), revision));
            }
            Ok(_) => None,
            Err(problem) => Some(problem),
        };
        problems.extend(found);
        Err(problems)
    }

    async fn asked_for(
        &self,
        selector: ImageSelector,
        asked: Option<Option<ImageFacts>>,
    ) -> Result<Chosen, Problem> {
        let Some(image) = asked.flatten() else {
            let running = self
                .now
                .running_image
                .as_ref()
                .map(|facts| &facts.image.digest);
            let repository = &self.now.repository;
            return Err(image::not_found(
                self.aws,
                repository,
                &selector,
                running,
                self.clock.now(),
            )
            .await);
        };
        let tag = match &selector {
            ImageSelector::Tag(tag) => Some(tag),
            ImageSelector::Digest(_) => None,
        };
        let version = tags::version_name(tag, &image.image.tags, &image.image.digest);
        let notes = tag
            .and_then(|tag| same_image(tag, &image.image.tags))
            .into_iter()
            .collect();
        let exact = matches!(
            self.inputs.task_definition,
            TaskDefinitionInput::Revision { .. }
        );
        let repository = self.now.repository.clone();
        let found = Found {
            version,
            image,
            repository,
            exact,
            last_served_from: None,
            served_for: None,
            further: None,
            notes,
        };
        Ok(Chosen {
            found,
            revision: None,
            nearest_not_serving: None,
        })
    }

    /// `previous`, from what is on record; more of it where the newest deployments give no answer.
    async fn previous(&self, steps: u32) -> Result<Chosen, Problem> {
        let history = self.record.history();
        let chosen = self.previous_near(&history, steps).await?;
        let enough = match &chosen {
            Ok((_, more_may_change)) => !more_may_change,
            Err(error) => !error.need_more_history(),
        };
        if enough || !history.more() {
            return chosen
                .map(|(chosen, _)| chosen)
                .map_err(PreviousError::into_problem);
        }
        let far = history
            .far(self.aws, self.inputs, &self.record, self.clock.now())
            .await;
        let far = far.map_err(|failure| failure.problem())?;
        self.previous_in(&far, steps)
            .await?
            .map(|(chosen, _)| chosen)
            .map_err(PreviousError::into_problem)
    }

    /// Asks for the revisions of the newest few first, since each costs a call: enough for a step or two back.
    async fn previous_near(
        &self,
        history: &History,
        steps: u32,
    ) -> Result<Result<(Chosen, bool), PreviousError>, Problem> {
        if steps <= FEW_STEPS
            && !self.record.is_active()
            && let Some(newest) = history.newest(FEW)
            && let Ok((chosen, false)) = Box::pin(self.previous_in(&newest, steps)).await?
        {
            return Ok(Ok((chosen, false)));
        }
        self.previous_in(history, steps).await
    }

    /// The flag says whether older deployments may change the answer.
    async fn previous_in(
        &self,
        history: &History,
        steps: u32,
    ) -> Result<Result<(Chosen, bool), PreviousError>, Problem> {
        let past = history.past(self.aws, self.now, &self.record);
        let past = past.await.map_err(|failure| failure.problem())?;
        let version = |digest: &ImageDigest| {
            let tags = past
                .images
                .get(digest)
                .map(|image| image.tags.as_slice())
                .unwrap_or_default();
            tags::version_name(None, tags, digest)
        };
        let running = self
            .now
            .running_image
            .as_ref()
            .map(|facts| (&self.now.revision, &facts.image.digest));
        let same = |a: &TaskDefinitionArn, b: &TaskDefinitionArn| {
            past.same_but_for_image(a, b, &self.now.container)
        };
        let find = |steps| {
            previous(
                &past.deployments,
                steps,
                running,
                &same,
                &version,
                self.clock.now(),
            )
        };
        let chosen = match find(steps) {
            Ok(chosen) => chosen,
            Err(error) => return Ok(Err(error)),
        };
        let candidate = &chosen.candidate;
        let cut_short =
            |cut| past.may_repeat(candidate, &self.now.revision, cut) || find(steps + 1).is_err();
        let more_may_change =
            chosen.more_history_may_change || history.cut().is_some_and(cut_short);
        let selector = ImageSelector::Digest(candidate.digest.clone());
        let definition = past.definitions.get(&candidate.revision).cloned();
        let repository = definition
            .as_ref()
            .and_then(|d| super::now::image_of(d, &self.now.container).ok());
        let repository =
            repository.map_or_else(|| self.now.repository.clone(), |(repository, _)| repository);
        let image = image::read(self.aws, &repository, std::slice::from_ref(&selector)).await;
        let image = image
            .map_err(|failure| repository_or(failure, &repository))?
            .pop()
            .flatten();
        let Some(image) = image else {
            return Err(
                image::not_found(self.aws, &repository, &selector, None, self.clock.now()).await,
            );
        };
        let mut notes = chosen.notes.clone();
        notes.extend(
            chosen
                .passed_over
                .iter()
                .map(|passed| format!("passed over {}: {}", passed.what, passed.reason)),
        );
        let found = Found {
            version: version(&candidate.digest),
            image,
            repository,
            exact: true,
            last_served_from: candidate.served_from,
            served_for: candidate.served_for,
            further: chosen.further.clone(),
            notes,
        };
        Ok(Ok((
            Chosen {
                found,
                revision: definition,
                nearest_not_serving: chosen.nearest_not_serving(),
            },
            more_may_change,
        )))
    }

    /// What `previous` would be, for the message that the version asked for serves already.
    pub async fn previous_if_serving(&self, found: &Found) -> Option<Candidate> {
        let digests = found.image.digests(self.now.platform.as_ref());
        if matches!(self.inputs.version, VersionSpec::Previous { .. })
            || !self.now.digests.all_on(&digests)
        {
            return None;
        }
        let history = self
            .record
            .for_previous(self.aws, self.inputs, self.clock.now())
            .await
            .ok()?;
        match self.previous_near(&history, 1).await {
            Ok(Ok((chosen, _))) => chosen.nearest_not_serving,
            _ => None,
        }
    }

    fn archived(&self, found: &Found) -> Option<Problem> {
        found.image.image.archived.then(|| {
            Problem::new(
                Code::ImageArchived,
                format!("the image {} in {} is archived, so it can't be pulled", found.version, found.repository.name),
                "restore it first (`aws ecr update-image-storage-class --target-storage-class STANDARD …`, it takes about 20 minutes), or choose another version",
            )
        })
    }

    fn with_service_record(&self, mut found: Found, revision: &Revision) -> Found {
        if found.last_served_from.is_none()
            && let Revision::Reuse(definition) = revision
            && let Some(served) = definition
                .arn()
                .and_then(|arn| self.record.served(arn, &found.image, &self.now.container))
        {
            found.last_served_from = Some(served);
        }
        found
    }
}

/// "the same image as v1.2.0", for a name that moves.
fn same_image(asked: &ImageTag, tags: &[ImageTag]) -> Option<String> {
    let others: Vec<_> = tags
        .iter()
        .filter(|tag| *tag != asked && tag.is_version())
        .map(ImageTag::as_str)
        .collect();
    (!others.is_empty()).then(|| format!("{asked} is the same image as {}", others.join(", ")))
}
