//! The service as it is, whoever deploys it, and what serves its users.

use time::OffsetDateTime;

use super::{
    beside::{Beside, OtherImage, all_images},
    checks::no_task_set,
    image::ImageFacts,
    reader::{Reader, TasksAnswer},
    serving::{RunningDigests, running, tasks_of},
};
use crate::{
    domain::{
        platform::Platform,
        service::{ALL_TRAFFIC, Service, Task, TaskSet},
        tags,
        task_definition::{TaskDefinition, choose_container},
    },
    error::{Code, Problem},
    inputs::RepositoryInput,
    names::{
        ContainerName, ImageDigest, ImageReference, ImageSelector, ImageTag, Repository,
        TaskDefinitionArn,
    },
    outside::OutsideText,
};

/// Which of the running tasks have the traffic.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Whose {
    /// Those of the task set that holds it.
    TaskSet,
    /// All: a rolling deployment gives every healthy task its part.
    Everyone,
}

impl Whose {
    fn tasks<'a>(
        self,
        tasks: &'a [Task],
        task_set: &TaskSet,
        revision: &TaskDefinitionArn,
    ) -> Vec<&'a Task> {
        match self {
            Self::TaskSet => tasks_of(tasks, &task_set.id, revision),
            Self::Everyone => running(tasks),
        }
    }
}

/// The service and what serves its users.
pub(crate) struct RunningService {
    pub service: Service,
    /// The task set that has most of the traffic.
    pub task_set: TaskSet,
    /// Its part of the traffic in percent, in the middle of a shift.
    pub share: Option<f64>,
    /// What else serves.
    pub beside: Beside,
    /// Its revision.
    pub definition: TaskDefinition,
    pub revision: TaskDefinitionArn,
    pub container: ContainerName,
    pub container_source: String,
    /// Where the target's image is looked for.
    pub repository: Repository,
    pub repository_source: String,
    /// The repository and the image that the running revision names.
    pub running_repository: Repository,
    pub running_selector: ImageSelector,
    /// What ECR knows of the image that runs: the digest of most tasks, else the revision's own.
    pub running_image: Option<ImageFacts>,
    /// What ECR now has where the running revision's image points.
    pub named_image: Option<ImageFacts>,
    pub digests: RunningDigests,
    /// Every running task of the service, also of other task sets.
    pub tasks: Vec<Task>,
    /// When the first of the tasks that run it started.
    pub since: Option<OffsetDateTime>,
    /// What the running tasks run on; where none says, what the service revision or else the running revision names.
    pub platform: Option<Platform>,
    /// Whether a running task says it.
    platform_is_seen: bool,
}

impl RunningService {
    /// The service with the task set that has the traffic; `whose` tasks count as having it.
    ///
    /// # Errors
    /// The container is not known, or its image does not come from ECR.
    pub(crate) fn new(
        reader: &Reader<'_>,
        service: &Service,
        answer: &TasksAnswer,
        task_set: TaskSet,
        whose: Whose,
    ) -> Result<Self, Problem> {
        let Some(revision) = task_set.task_definition.clone() else {
            return Err(no_task_set(reader.inputs));
        };
        // Everything that follows is about this revision: its container, its image, its platform.
        let definition = answer.definition(&revision)?;
        let (container, container_source) = choose_container(
            &definition,
            reader.inputs.container.as_ref(),
            balanced_container(&task_set, service),
        )?;
        let (running_repository, running_selector) = image_of(&definition, &container)?;
        let (repository, repository_source) = target_repository(reader, &running_repository);
        let serving = whose.tasks(&answer.tasks, &task_set, &revision);
        let digests = RunningDigests::of(&serving, &container);
        let (platform, platform_is_seen) = platform_of(&serving, definition.platform());
        Ok(Self {
            since: first_start(&serving, &digests, &container),
            platform,
            platform_is_seen,
            digests,
            tasks: answer.tasks.clone(),
            container_source: container_source.to_owned(),
            repository_source: repository_source.to_owned(),
            running_image: None,
            named_image: None,
            share: None,
            beside: Beside::default(),
            service: service.clone(),
            task_set,
            definition,
            revision,
            container,
            repository,
            running_repository,
            running_selector,
        })
    }

    /// The images to look up: what the revision names, and what most tasks run.
    pub(crate) fn running_selectors(&self) -> Vec<ImageSelector> {
        let mut selectors = vec![self.running_selector.clone()];
        if let Some((digest, _)) = self.digests.most() {
            let digest = ImageSelector::Digest(digest.clone());
            // The revision may name a tag that has moved since its tasks started: both images are needed to tell that.
            if digest != self.running_selector {
                selectors.push(digest);
            }
        }
        selectors
    }

    /// Takes in what ECR knows of [`RunningService::running_selectors`].
    pub(crate) fn set_running_images(&mut self, images: Vec<Option<ImageFacts>>) {
        let mut images = images.into_iter();
        self.named_image = images.next().flatten();
        let of_most_tasks = images.next().flatten();
        self.running_image = match &self.named_image {
            Some(named) if self.runs(named) => self.named_image.clone(),
            _ => of_most_tasks,
        };
    }

    /// Whether most tasks run the image: by its own digest, or of an index by its child's.
    fn runs(&self, image: &ImageFacts) -> bool {
        match self.digests.most() {
            Some((digest, _)) => image.digests(self.platform.as_ref()).contains(&digest),
            // No task says what it runs: then what the revision names is the best guess there is.
            None => true,
        }
    }

    /// The images that run beside it, still to be looked up; `definitions` are those of the revisions that have tasks.
    pub(crate) fn images_beside(&self, definitions: &[TaskDefinition]) -> Vec<OtherImage> {
        let most = self.digests.most().map(|(digest, _)| digest);
        let mut images = all_images(&self.tasks, definitions, &self.container);
        images.retain(|image| {
            let digest = image.digest.as_ref();
            image.revision != self.revision || (digest.is_some() && digest != most)
        });
        images
    }

    /// Where the tasks will run that a revision starts, as far as anybody says.
    pub(crate) fn platform_for(&self, revision: &TaskDefinition) -> Option<Platform> {
        if self.overrides_platform() {
            return self.platform.clone();
        }
        revision.platform().or_else(|| self.platform.clone())
    }

    /// Takes in the architecture that the service revision says its tasks run on. What a running task shows counts
    /// for more.
    pub(crate) fn set_overridden_architecture(&mut self, architecture: &str) {
        if self.platform_is_seen {
            return;
        }
        let os = os_of(self.platform.as_ref());
        self.platform = Some(Platform::of_ecs(os, architecture));
    }

    /// Whether the tasks run on another platform than their task definition says. ECS lets a service override it
    /// (`overrides.runtimePlatform` of its revisions), whichever task definition it runs.
    pub(crate) fn overrides_platform(&self) -> bool {
        match (&self.platform, self.definition.platform()) {
            (Some(running), Some(declared)) => *running != declared,
            _ => false,
        }
    }

    /// The tags of the image that most tasks run.
    pub(crate) fn running_tags(&self) -> &[ImageTag] {
        match &self.running_image {
            Some(facts) => &facts.image.tags,
            None => &[],
        }
    }

    /// What people call that image, with this digest: the revision's own tag where it still fits.
    pub(crate) fn version_on(&self, digest: &ImageDigest) -> String {
        let tags = self.running_tags();
        let named = match &self.running_selector {
            ImageSelector::Tag(tag) => tags.contains(tag).then_some(tag),
            ImageSelector::Digest(_) => None,
        };
        tags::version_name(named, tags, digest)
    }

    /// Whether CodeDeploy has left another task set alive, which may have a part of the traffic: a stop without a
    /// rollback does.
    pub(crate) fn has_other_task_set(&self) -> bool {
        self.service.task_sets.iter().any(|task_set| {
            // A `DRAINING` task set has lost its traffic for good.
            let alive = matches!(task_set.status.as_str(), "ACTIVE" | "PRIMARY");
            alive && task_set.id != self.task_set.id
        })
    }

    /// Whether ECS has begun to deploy another revision. Such a deployment may not be on record yet; the service's own
    /// list shows it.
    pub(crate) fn has_begun_another_revision(&self) -> bool {
        let primary = self.service.primary_rollout();
        primary.is_some_and(|primary| {
            primary.state.as_deref() == Some("IN_PROGRESS") && !primary.runs(&self.revision)
        })
    }

    /// The share of the traffic, where it is less than all of it.
    pub(crate) fn set_share(&mut self, share: Option<f64>) {
        self.share = share.filter(|percent| *percent < ALL_TRAFFIC);
    }
}

/// The container that the load balancer sends its requests to.
fn balanced_container<'a>(task_set: &'a TaskSet, service: &'a Service) -> Option<&'a str> {
    let of_task_set = task_set.load_balancer.as_ref();
    // A service that came from the ECS controller keeps its load balancer to itself.
    let load_balancer = of_task_set.or(service.load_balancer())?;
    Some(load_balancer.container.as_str())
}

/// Where the target's image is looked for, and why there.
fn target_repository(reader: &Reader<'_>, running: &Repository) -> (Repository, &'static str) {
    if let Some(pinned) = reader.pinned_repository() {
        return (pinned.clone(), "what was read first");
    }
    match &reader.inputs.repository {
        None => (running.clone(), "the running image"),
        Some(RepositoryInput::Uri(repository)) => (repository.clone(), "the input"),
        // A name alone is one in the registry of the image that runs.
        Some(RepositoryInput::Name(name)) => {
            let repository = Repository {
                name: name.clone(),
                ..running.clone()
            };
            (repository, "the input")
        }
    }
}

/// When the first task started that runs what most of them run.
fn first_start(
    tasks: &[&Task],
    digests: &RunningDigests,
    container: &ContainerName,
) -> Option<OffsetDateTime> {
    let most = digests.most().map(|(digest, _)| digest);
    let mut starts = Vec::new();
    for task in tasks {
        if most.is_none() || task.digest(container) == most {
            starts.extend(task.started_at);
        }
    }
    starts.into_iter().min()
}

/// The platform that a task is on, else the one that the revision declares; and whether a task says it.
fn platform_of(tasks: &[&Task], declared: Option<Platform>) -> (Option<Platform>, bool) {
    let seen = seen_platform(tasks, declared.as_ref());
    let is_seen = seen.is_some();
    (seen.or(declared), is_seen)
}

/// The platform that the first task is on, where one says it.
fn seen_platform(tasks: &[&Task], declared: Option<&Platform>) -> Option<Platform> {
    let (task, architecture) = tasks
        .iter()
        .find_map(|task| Some((task, task.cpu_architecture.as_deref()?)))?;
    let os = match task.platform_family.as_deref() {
        Some(family) if family.to_ascii_lowercase().starts_with("windows") => "windows",
        Some(_) => "linux",
        // Only Fargate names the family.
        None => os_of(declared),
    };
    Some(Platform::of_ecs(os, architecture))
}

fn os_of(declared: Option<&Platform>) -> &str {
    declared.map_or("linux", |declared| &declared.os)
}

/// The repository that the container's image comes from, and the image in it.
///
/// # Errors
/// `registry-unsupported`: it is not a private ECR repository.
pub(crate) fn image_of(
    definition: &TaskDefinition,
    container: &ContainerName,
) -> Result<(Repository, ImageSelector), Problem> {
    let image = definition.image(container.as_str()).unwrap_or_default();
    let origin = match ImageReference::parse(image) {
        ImageReference::Ecr {
            repository,
            selector,
        } => return Ok((repository, selector)),
        ImageReference::EcrPublic => {
            "comes from the public ECR gallery, not from a private repository"
        }
        ImageReference::Other => "does not come from Amazon ECR",
    };
    let image = OutsideText::new(image);
    Err(Problem::new(
        Code::RegistryUnsupported,
        format!("the container {container} runs {image}, which {origin}"),
        "only images in a private ECR repository can be checked and rolled back; copy the image there, or give `container-name` another container",
    ))
}
