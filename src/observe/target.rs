//! What was asked for, found: the image, the revision that will run it, and the AppSpec to start from.

use std::collections::BTreeMap;
use std::time::Duration;

use time::OffsetDateTime;

use super::active::Active;
use super::group::GroupFacts;
use super::history::{self, Depth, History, task_definition_in};
use super::image::{self, ImageFacts};
use super::now::{Behind, Now, Revisions, repository_or};
use super::{past, revisions};
use crate::aws::Aws;
use crate::aws::codedeploy::{Deployment, Status};
use crate::clock::Clock;
use crate::error::{Code, Problem, Problems};
use crate::inputs::{Inputs, TaskDefinitionInput, VersionSpec};
use crate::names::{ImageDigest, ImageSelector, ImageTag, Repository, TaskDefinitionArn};
use crate::plan::appspec::AppSpec;
use crate::plan::platform::Platform;
use crate::plan::previous::{PreviousError, previous};
use crate::plan::tags;
use crate::plan::task_definition::{TAG_DIGEST, TaskDefinition, fits};

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

/// The revision that will run the image.
#[derive(Clone, Debug)]
pub enum Revision {
    /// It is there and `ACTIVE`.
    Reuse(TaskDefinition),
    /// Its content is registered first.
    Register { content: TaskDefinition, why: String },
}

impl Revision {
    pub fn definition(&self) -> &TaskDefinition {
        match self {
            Self::Reuse(definition) | Self::Register { content: definition, .. } => definition,
        }
    }
}

/// The AppSpec that the deployment's is made from.
#[derive(Clone, Debug)]
pub struct Base {
    /// `None`: a fresh one from the service's load balancer.
    pub appspec: Option<AppSpec>,
    pub source: String,
}

/// What the later reads start from.
pub struct Reading<'a> {
    pub aws: &'a Aws,
    pub inputs: &'a Inputs,
    pub clock: Clock,
    pub now: &'a Now,
    pub group: &'a GroupFacts,
    pub behind: Option<&'a Behind>,
    pub active: Option<&'a Active>,
}

/// An image with where it came from in the past.
struct Chosen {
    found: Found,
    /// The revision that ran it, when `previous` found it.
    revision: Option<TaskDefinition>,
}

impl Reading<'_> {
    /// The image and the revision asked for.
    ///
    /// # Errors
    /// Every problem with them.
    pub async fn target(
        &self,
        asked: Option<Option<ImageFacts>>,
        revisions: Revisions,
    ) -> Result<(Found, Revision), Problems> {
        let chosen = match &self.inputs.version {
            VersionSpec::Tag(tag) => self.asked_for(ImageSelector::Tag(tag.clone()), asked).await,
            VersionSpec::Digest(digest) => self.asked_for(ImageSelector::Digest(digest.clone()), asked).await,
            VersionSpec::Previous { steps, .. } => self.previous(*steps).await,
        };
        let Chosen { found, revision } = chosen.map_err(|problem| vec![problem])?;
        let mut problems = Problems::new();
        problems.extend(self.archived(&found));
        let revision = self.revision(&found, revision, revisions).await;
        let revision = revision.map_err(|problem| problems.push(problem));
        let Ok(revision) = revision else { return Err(problems) };
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
            let running = self.now.running_image.as_ref().map(|facts| &facts.image.digest);
            let repository = &self.now.repository;
            return Err(image::not_found(self.aws, repository, &selector, running, self.clock.now()).await);
        };
        let tag = match &selector {
            ImageSelector::Tag(tag) => Some(tag),
            ImageSelector::Digest(_) => None,
        };
        let version = tags::version_name(tag, &image.image.tags, &image.image.digest);
        let notes = tag.and_then(|tag| same_image(tag, &image.image.tags)).into_iter().collect();
        let exact = matches!(self.inputs.task_definition, TaskDefinitionInput::Revision { .. });
        let repository = self.now.repository.clone();
        let found =
            Found { version, image, repository, exact, last_served_from: None, served_for: None, notes };
        Ok(Chosen { found, revision: None })
    }

    /// `previous`, from the group's past; a longer past where the newest deployments give no answer.
    async fn previous(&self, steps: u32) -> Result<Chosen, Problem> {
        let history = &self.group.history;
        let chosen = self.previous_near(history, steps).await?;
        let enough = match &chosen {
            Ok((_, more_may_change)) => !more_may_change,
            Err(error) => !error.need_more_history(),
        };
        if enough || !history.more {
            return chosen.map(|(chosen, _)| chosen).map_err(PreviousError::into_problem);
        }
        let id = self.group.id();
        let far = history.far(self.aws, &id.application, &id.group, self.clock.now()).await;
        let far = far.map_err(|failure| failure.problem())?;
        self.previous_in(&far, steps).await?.map(|(chosen, _)| chosen).map_err(PreviousError::into_problem)
    }

    /// Asks for the revisions of the newest few first, since each costs a call: enough for a step or two back.
    async fn previous_near(
        &self,
        history: &History,
        steps: u32,
    ) -> Result<Result<(Chosen, bool), PreviousError>, Problem> {
        if steps <= FEW_STEPS
            && self.active.is_none()
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
        let past = past::read(self.aws, history, self.now, self.active)
            .await
            .map_err(|failure| failure.problem())?;
        let version = |digest: &ImageDigest| {
            let tags = past.images.get(digest).map(|image| image.tags.as_slice()).unwrap_or_default();
            tags::version_name(None, tags, digest)
        };
        let running = self.now.running_image.as_ref().map(|facts| (&self.now.revision, &facts.image.digest));
        let same =
            |a: &TaskDefinitionArn, b: &TaskDefinitionArn| past.same_but_for_image(a, b, &self.now.container);
        let find = |steps| previous(&past.deployments, steps, running, &same, &version, self.clock.now());
        let chosen = match find(steps) {
            Ok(chosen) => chosen,
            Err(error) => return Ok(Err(error)),
        };
        let candidate = &chosen.candidate;
        let cut_short = |cut| past.may_repeat(candidate, &self.now.revision, cut) || find(steps + 1).is_err();
        let more_may_change = chosen.more_history_may_change || history.cut.is_some_and(cut_short);
        let selector = ImageSelector::Digest(candidate.digest.clone());
        let definition = past.definitions.get(&candidate.revision).cloned();
        let repository = definition.as_ref().and_then(|d| super::now::image_of(d, &self.now.container).ok());
        let repository = repository.map_or_else(|| self.now.repository.clone(), |(repository, _)| repository);
        let image = image::read(self.aws, &repository, std::slice::from_ref(&selector)).await;
        let image = image.map_err(|failure| repository_or(failure, &repository))?.pop().flatten();
        let Some(image) = image else {
            return Err(image::not_found(self.aws, &repository, &selector, None, self.clock.now()).await);
        };
        let mut notes = chosen.notes;
        notes.extend(
            chosen.passed_over.iter().map(|passed| format!("passed over {}: {}", passed.what, passed.reason)),
        );
        let found = Found {
            version: version(&candidate.digest),
            image,
            repository,
            exact: true,
            last_served_from: candidate.served_from,
            served_for: candidate.served_for,
            notes,
        };
        Ok(Ok((Chosen { found, revision: definition }, more_may_change)))
    }

    /// What `previous` would be, for the message that the version asked for serves already.
    pub async fn previous_if_serving(&self, found: &Found) -> Option<String> {
        let digests = found.image.digests(self.now.platform.as_ref());
        if matches!(self.inputs.version, VersionSpec::Previous { .. }) || !self.now.digests.all_on(&digests) {
            return None;
        }
        let id = self.group.id();
        let history = History::read(self.aws, &id.application, &id.group, Depth::Previous, self.clock.now());
        match self.previous_near(&history.await.ok()?, 1).await {
            Ok(Ok((chosen, _))) => Some(chosen.found.version),
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

    /// The revision that the input `task-definition` leads to.
    async fn revision(
        &self,
        found: &Found,
        past: Option<TaskDefinition>,
        listed: Revisions,
    ) -> Result<Revision, Problem> {
        let fitting = |definition: &TaskDefinition| self.fits(definition, found);
        let swapped = |definition: &TaskDefinition, why: &str| Revision::Register {
            content: definition.with_image(self.now.container.as_str(), &found.image_uri()),
            why: why.to_owned(),
        };
        match &self.inputs.task_definition {
            TaskDefinitionInput::File { document, path } => {
                self.has_container(document, path)?;
                Ok(swapped(document, &format!("{path} with this image")))
            }
            TaskDefinitionInput::Current => Ok(self.running_if(&fitting).unwrap_or_else(|| {
                swapped(&self.now.definition, &format!("{} with this image", self.now.revision.short()))
            })),
            TaskDefinitionInput::Revision { family, revision, .. } => {
                self.exactly(&format!("{family}:{revision}"), listed.described, found)
            }
            TaskDefinitionInput::Auto => {
                let candidate = match past {
                    Some(definition) => Some(definition),
                    None => revisions::newest_that(self.aws, &listed.listed, listed.described, fitting)
                        .await
                        .map_err(|failure| failure.problem())?,
                };
                Ok(match candidate {
                    Some(definition) if definition.is_active() && fitting(&definition) => {
                        Revision::Reuse(definition)
                    }
                    Some(definition) => {
                        let name = definition.arn().map(TaskDefinitionArn::short).unwrap_or_default();
                        let why =
                            if definition.is_active() { "names an image that moves" } else { "is INACTIVE" };
                        swapped(&definition, &format!("{name} {why}, so its content is registered again"))
                    }
                    None => swapped(
                        &self.now.definition,
                        &format!(
                            "no revision has this image, so {} is taken with it",
                            self.now.revision.short()
                        ),
                    ),
                })
            }
        }
    }

    fn running_if(&self, fitting: &dyn Fn(&TaskDefinition) -> bool) -> Option<Revision> {
        let running = &self.now.definition;
        (running.is_active() && fitting(running)).then(|| Revision::Reuse(running.clone()))
    }

    fn exactly(
        &self,
        name: &str,
        described: Vec<TaskDefinition>,
        found: &Found,
    ) -> Result<Revision, Problem> {
        let Some(definition) = described.into_iter().next() else {
            return Err(Problem::new(
                Code::TaskDefinitionNotFound,
                format!("there is no task definition revision {name} in this account and region"),
                "check `task-definition`; `auto` finds the revision by the version's image",
            ));
        };
        self.has_container(&definition, name)?;
        if !definition.is_active() {
            return Err(Problem::new(
                Code::TaskDefinitionNotFound,
                format!(
                    "the revision {name} is {}, so nothing can be started from it",
                    definition.status().unwrap_or("of unknown status")
                ),
                "use `task-definition: auto`, which registers its content again",
            ));
        }
        if !self.fits(&definition, found) {
            let image = definition.image(self.now.container.as_str()).unwrap_or("no image");
            return Err(Problem::new(
                Code::TaskDefinitionMismatch,
                format!("the revision {name} runs {image}, which is not version {}", found.version),
                "give the version that this revision runs, or use `task-definition: auto`",
            ));
        }
        Ok(Revision::Reuse(definition))
    }

    fn has_container(&self, definition: &TaskDefinition, origin: &str) -> Result<(), Problem> {
        let names = definition.container_names();
        if names.contains(&self.now.container.as_str()) {
            return Ok(());
        }
        Err(Problem::new(
            Code::ContainerNotFound,
            format!("{origin} has no container {}; it has {}", self.now.container, names.join(", ")),
            "give `container-name` one of these, or another task definition",
        ))
    }

    fn fits(&self, definition: &TaskDefinition, found: &Found) -> bool {
        let image = &found.image.image;
        fits(definition, self.now.container.as_str(), &found.repository, &image.digest, &image.tags)
    }

    /// Refuses an image that the task's platform can't run. Asks nothing for one that has run here.
    async fn check_platform(&self, mut found: Found, revision: &Revision) -> Result<Found, Problem> {
        let wanted = revision.definition().platform().or_else(|| self.now.platform.clone());
        let Some(wanted) = wanted else {
            found
                .notes
                .push("the platform of the tasks is not known, so the image's was not checked".to_owned());
            return Ok(found);
        };
        if self.has_run_here(&found, revision, &wanted) {
            return Ok(found);
        }
        let problem = |message: String, hint: &str| Problem::new(Code::ImagePlatform, message, hint);
        let version = &found.version;
        let platforms = image::platforms(self.aws, &found.repository, &found.image).await;
        match platforms.map_err(|failure| failure.problem())? {
            Ok(built) if built.iter().any(|platform| wanted.runs(platform)) => Ok(found),
            Ok(built) => {
                let built = built.iter().map(Platform::to_string).collect::<Vec<_>>().join(", ");
                Err(problem(
                    format!("the image {version} is built for {built}, but the tasks run on {wanted}"),
                    "choose a version that is built for this platform, or give `task-definition` a revision for the image's",
                ))
            }
            Err(why) => Err(problem(
                format!("it can't be told which platform the image {version} is built for: {why}"),
                "choose a version that has run here before, which needs no such check",
            )),
        }
    }

    /// Whether tasks of this service have run the image on this platform: it runs now, a deployment of
    /// its revision succeeded, or this action registered the revision (after this very check).
    fn has_run_here(&self, found: &Found, revision: &Revision, wanted: &Platform) -> bool {
        let digests = found.image.digests(Some(wanted));
        let same_platform = self.now.platform.as_ref().is_none_or(|now| now.runs(wanted));
        if same_platform && digests.iter().any(|digest| self.now.digests.known.contains_key(*digest)) {
            return true;
        }
        // What is registered from another revision than the running one was found by its image: it had that image.
        let found_by_image = |definition: &TaskDefinition| {
            self.inputs.task_definition == TaskDefinitionInput::Auto
                && definition.arn() != Some(&self.now.revision)
        };
        let definition = match revision {
            Revision::Reuse(definition) => definition,
            Revision::Register { content, .. } if found_by_image(content) => content,
            Revision::Register { .. } => return found.last_served_from.is_some() && same_platform,
        };
        let tagged = definition
            .tag(TAG_DIGEST)
            .is_some_and(|tag| tag.contains(&found.image.image.digest.as_str()[7..]));
        tagged
            || definition.arn().is_some_and(|arn| {
                self.served(arn, &found.image).is_some() || self.ran_before(arn, &found.image)
            })
    }

    /// The newest deployment on record that brought the revision, with this image: a tag may have moved since.
    fn served(&self, arn: &TaskDefinitionArn, image: &ImageFacts) -> Option<&Deployment> {
        let history = &self.group.history;
        let brought = |d: &&Deployment| history.task_definition(d).is_ok_and(|revision| revision == *arn);
        history
            .deployments
            .iter()
            .rev()
            .filter(|d| d.status == Status::Succeeded && was_there(image, d.created_at))
            .find(brought)
    }

    /// Whether CodeDeploy says that the revision served just before what serves now.
    fn ran_before(&self, arn: &TaskDefinitionArn, image: &ImageFacts) -> bool {
        let Some(Behind { deployment, appspecs }) = self.behind else { return false };
        if !was_there(image, deployment.created_at) {
            return false;
        }
        let before = deployment.previous_revision.as_ref();
        before
            .is_some_and(|revision| task_definition_in(revision, appspecs).is_ok_and(|before| before == *arn))
    }

    fn with_service_record(&self, mut found: Found, revision: &Revision) -> Found {
        if found.last_served_from.is_none()
            && let Revision::Reuse(definition) = revision
            && let Some(served) = definition.arn().and_then(|arn| self.served(arn, &found.image))
        {
            found.last_served_from = Some(served.created_at);
        }
        found
    }

    /// The AppSpec to start from: the file, the one behind the primary task set, the last successful
    /// deployment's, or none.
    pub async fn base(&self) -> Result<Base, Problem> {
        if let Some(input) = &self.inputs.appspec {
            return Ok(Base {
                appspec: Some(input.document.clone()),
                source: format!("the file {}", input.path),
            });
        }
        let successful = self.last_successful().await?;
        let (deployment, appspecs) = match (self.behind, &successful) {
            (Some(behind), _) => (&behind.deployment, &behind.appspecs),
            (None, Some((deployment, appspecs))) => (deployment, appspecs),
            (None, None) => {
                return Ok(Base { appspec: None, source: "the service's load balancer".to_owned() });
            }
        };
        let unreadable = |why: String| {
            Problem::new(
                Code::AppSpecUnreadable,
                format!("the AppSpec of the deployment {} can't be read: {why}", deployment.id),
                "give `codedeploy-appspec` the path of that AppSpec in the repository; without it the hooks would be lost",
            )
        };
        let Some(revision) = &deployment.revision else {
            return Err(unreadable("CodeDeploy does not say what it deployed".to_owned()));
        };
        if let Some(place) = revision.elsewhere() {
            return Err(unreadable(format!("it lies in {place}, which this action does not read")));
        }
        let text = revision.sha256().and_then(|sha256| appspecs.get(sha256));
        let text = text.ok_or_else(|| unreadable("CodeDeploy no longer has it".to_owned()))?;
        let appspec = AppSpec::parse(text, &format!("the AppSpec of {}", deployment.id))
            .map_err(|problem| unreadable(problem.message))?;
        Ok(Base { appspec: Some(appspec), source: format!("the deployment {}", deployment.id) })
    }

    /// The group's last successful deployment, where no deployment stands behind the primary task set.
    async fn last_successful(&self) -> Result<Option<(Deployment, BTreeMap<String, String>)>, Problem> {
        let Some(id) = self.group.group.last_successful.as_ref().filter(|_| self.behind.is_none()) else {
            return Ok(None);
        };
        let history = &self.group.history;
        if let Some(known) = history.deployments.iter().find(|d| d.id == *id) {
            return Ok(Some((known.clone(), history.appspecs.clone())));
        }
        let deployment = self.aws.get_deployment(id).await.map_err(|failure| failure.problem())?;
        let Some(deployment) = deployment else { return Ok(None) };
        let appspecs = history::appspecs(self.aws, &deployment.application, &[&deployment]).await;
        Ok(Some((deployment, appspecs.map_err(|failure| failure.problem())?)))
    }
}

/// "the same image as v1.2.0", for a name that moves.
fn same_image(asked: &ImageTag, tags: &[ImageTag]) -> Option<String> {
    let others: Vec<_> =
        tags.iter().filter(|tag| *tag != asked && tag.is_version()).map(ImageTag::as_str).collect();
    (!others.is_empty()).then(|| format!("{asked} is the same image as {}", others.join(", ")))
}

/// Whether the image had been pushed by then.
fn was_there(image: &ImageFacts, at: OffsetDateTime) -> bool {
    image.image.pushed_at.is_none_or(|pushed| pushed <= at)
}
