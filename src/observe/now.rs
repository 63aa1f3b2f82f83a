//! The service as it is now, whoever deploys it: three round trips, and the checks that they allow.

use futures_util::future::{OptionFuture, join, join3};
use time::OffsetDateTime;

use super::checks::{
    absent_or, check_account, check_controller, no_task_set, repository_or, service_not_found,
};
use super::image::{self, ImageFacts};
use super::revisions;
use super::serving::{RunningDigests, running, tasks_of};
use crate::aws::{Aws, Failure};
use crate::domain::platform::Platform;
use crate::domain::service::{Service, Task, TaskSet};
use crate::domain::task_definition::{TaskDefinition, choose_container};
use crate::error::{Code, Problem, Problems};
use crate::inputs::{Inputs, RepositoryInput, TaskDefinitionInput, VersionSpec};
use crate::names::{ContainerName, ImageReference, ImageSelector, Repository, TaskDefinitionArn};

/// Which of the running tasks have the traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Those of the task set that holds it.
    TaskSet,
    /// All: a rolling deployment gives every healthy task its part.
    Everyone,
}

/// The service and what serves its users.
#[derive(Clone, Debug)]
pub struct Now {
    pub service: Service,
    /// The task set that holds the traffic.
    pub task_set: TaskSet,
    /// Its part of the traffic in percent, in the middle of a shift.
    pub share: Option<f64>,
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
    pub since: Option<OffsetDateTime>,
    /// What else has a part of the traffic, for people.
    pub beside: Vec<String>,
    /// What the running tasks run on, for revisions that do not say.
    pub platform: Option<Platform>,
}

/// Revisions that may be reused.
#[derive(Default)]
pub struct Revisions {
    /// The newest of the family.
    pub listed: Vec<TaskDefinitionArn>,
    /// The first of these, described; or the one revision that the input names.
    pub described: Vec<TaskDefinition>,
}

/// What the first round trip says.
pub struct First {
    pub service: Service,
    /// ARNs of every running task.
    pub tasks: Vec<String>,
}

impl First {
    /// # Errors
    /// The service is not there, or not one that can be rolled back.
    pub async fn read(aws: &Aws, inputs: &Inputs) -> Result<Self, Problems> {
        let Inputs {
            cluster, service, ..
        } = inputs;
        let (found, tasks) = join(
            aws.describe_service(cluster, service),
            aws.list_running_tasks(cluster, service),
        )
        .await;
        let found = found.map_err(|failure| vec![absent_or(failure, inputs)])?;
        let found = found.filter(|service| service.status != "INACTIVE");
        let found = found.ok_or_else(|| vec![service_not_found(inputs)])?;
        check_account(&found, inputs).map_err(|problem| vec![problem])?;
        check_controller(&found, inputs).map_err(|problem| vec![problem])?;
        let tasks = tasks.map_err(|failure| vec![absent_or(failure, inputs)])?;
        Ok(Self {
            service: found,
            tasks,
        })
    }
}

/// What the second round trip says.
#[derive(Clone)]
pub struct Second {
    pub service: Service,
    /// Every running task.
    pub tasks: Vec<Task>,
    /// Those of the revisions asked for that are there.
    pub definitions: Vec<TaskDefinition>,
    /// The newest revisions of the family, where one of them may be reused.
    pub listed: Vec<TaskDefinitionArn>,
}

impl Second {
    /// The tasks, and the revisions that may hold the traffic, the likeliest first.
    ///
    /// # Errors
    /// Every read that did not work.
    pub async fn read(
        aws: &Aws,
        inputs: &Inputs,
        first: First,
        revisions: &[TaskDefinitionArn],
    ) -> Result<Self, Problems> {
        let searching = inputs.task_definition == TaskDefinitionInput::Auto
            && !matches!(inputs.version, VersionSpec::Previous { .. });
        let family = revisions
            .first()
            .filter(|_| searching)
            .map(TaskDefinitionArn::family);
        let (tasks, definitions, listed) = join3(
            aws.describe_tasks(&inputs.cluster, &first.tasks),
            revisions::describe(aws, revisions),
            OptionFuture::from(family.map(|family| revisions::list(aws, family))),
        )
        .await;
        let mut problems = Problems::new();
        let (tasks, definitions) = (keep(tasks, &mut problems), keep(definitions, &mut problems));
        let listed = keep(listed.transpose(), &mut problems)
            .flatten()
            .unwrap_or_default();
        let (Some(tasks), Some(definitions), true) = (tasks, definitions, problems.is_empty())
        else {
            return Err(problems);
        };
        Ok(Self {
            service: first.service,
            tasks,
            definitions,
            listed,
        })
    }

    fn definition(&self, revision: &TaskDefinitionArn) -> Result<TaskDefinition, Problem> {
        let found = self
            .definitions
            .iter()
            .find(|definition| definition.arn() == Some(revision));
        found.cloned().ok_or_else(|| {
            Problem::new(
                Code::TaskDefinitionNotFound,
                format!(
                    "the revision {} that the service runs cannot be described",
                    revision.short()
                ),
                "it may be about to be deleted; give `task-definition` another revision or a file",
            )
        })
    }
}

/// What the third round trip says.
pub struct Third {
    /// The image asked for by tag or digest: `Some(None)` where it is not there.
    pub asked: Option<Option<ImageFacts>>,
    pub revisions: Revisions,
    running: Vec<Option<ImageFacts>>,
}

impl Third {
    /// The images, and the revisions that may be reused.
    ///
    /// # Errors
    /// Every read that did not work.
    pub async fn read(
        aws: &Aws,
        inputs: &Inputs,
        now: &Now,
        listed: Vec<TaskDefinitionArn>,
    ) -> Result<Self, Problems> {
        let ((asked, running), described) = join(
            read_images(aws, inputs, now),
            describe_revisions(aws, inputs, &listed),
        )
        .await;
        let mut problems = Problems::new();
        let asked = keep_image(asked.transpose(), &now.repository, &mut problems).flatten();
        let running =
            keep_image(running, &now.running_repository, &mut problems).unwrap_or_default();
        let described = keep(described, &mut problems).unwrap_or_default();
        match problems.is_empty() {
            true => Ok(Self {
                asked,
                revisions: Revisions { listed, described },
                running,
            }),
            false => Err(problems),
        }
    }
}

impl Now {
    /// The service with the task set that holds the traffic; `whose` tasks count as having it.
    ///
    /// # Errors
    /// The container is not told, or its image does not come from ECR.
    pub fn new(
        second: Second,
        task_set: TaskSet,
        whose: Whose,
        inputs: &Inputs,
    ) -> Result<Self, Problems> {
        let revision = task_set
            .task_definition
            .clone()
            .ok_or_else(|| vec![no_task_set(inputs)])?;
        let definition = second
            .definition(&revision)
            .map_err(|problem| vec![problem])?;
        let Second { service, tasks, .. } = second;
        let balanced = task_set
            .load_balancer
            .as_ref()
            .or(service.load_balancer.as_ref());
        let balanced = balanced.map(|load_balancer| load_balancer.container.as_str());
        let (container, source) =
            choose_container(&definition, inputs.container.as_ref(), balanced)
                .map_err(|problem| vec![problem])?;
        let (running_repository, running_selector) =
            image_of(&definition, &container).map_err(|p| vec![p])?;
        let (repository, repository_source) = match &inputs.repository {
            None => (running_repository.clone(), "the running image"),
            Some(RepositoryInput::Uri(repository)) => (repository.clone(), "the input"),
            Some(RepositoryInput::Name(name)) => (
                Repository {
                    name: name.clone(),
                    ..running_repository.clone()
                },
                "the input",
            ),
        };
        let serving = match whose {
            Whose::TaskSet => tasks_of(&tasks, &task_set.id, &revision),
            Whose::Everyone => running(&tasks),
        };
        let platform = definition
            .platform()
            .or_else(|| serving.iter().find_map(|task| platform_of(task)));
        let digests = RunningDigests::of(&serving, &container);
        let most = digests.most().map(|(digest, _)| digest);
        let counts = |task: &&&Task| most.is_none() || task.digest(&container) == most;
        let since = serving
            .iter()
            .filter(counts)
            .filter_map(|task| task.started_at)
            .min();
        Ok(Self {
            digests,
            since,
            beside: Vec::new(),
            tasks,
            container_source: source.to_owned(),
            repository_source: repository_source.to_owned(),
            running_image: None,
            named_image: None,
            share: None,
            service,
            task_set,
            definition,
            revision,
            container,
            repository,
            running_repository,
            running_selector,
            platform,
        })
    }

    /// The images to look up: what the revision names, and what most tasks run.
    fn running_selectors(&self) -> Vec<ImageSelector> {
        let mut selectors = vec![self.running_selector.clone()];
        let digest = self
            .digests
            .most()
            .map(|(digest, _)| ImageSelector::Digest(digest.clone()));
        selectors.extend(digest.filter(|digest| *digest != self.running_selector));
        selectors
    }

    /// Takes in what ECR knows of what runs.
    pub fn learn(&mut self, third: &Third) {
        let images = &third.running;
        let running = self.digests.most().map(|(digest, _)| digest);
        self.named_image = images.first().cloned().flatten();
        // What the revision names is what runs when the digest is its own, or its child's.
        let named = self.named_image.clone().filter(|facts| {
            running.is_none_or(|digest| facts.digests(self.platform.as_ref()).contains(&digest))
        });
        self.running_image = named.or_else(|| images.get(1).cloned().flatten());
    }
}

/// Keeps the good answer; the other becomes a problem.
fn keep<T>(answer: Result<T, Failure>, problems: &mut Problems) -> Option<T> {
    answer
        .map_err(|failure| problems.push(failure.problem()))
        .ok()
}

fn keep_image<T>(
    answer: Result<T, Failure>,
    repository: &Repository,
    problems: &mut Problems,
) -> Option<T> {
    answer
        .map_err(|failure| problems.push(repository_or(failure, repository)))
        .ok()
}

/// The image asked for, and what runs, at the same time; in one call each where one repository has both.
async fn read_images(
    aws: &Aws,
    inputs: &Inputs,
    now: &Now,
) -> (
    Option<Result<Option<ImageFacts>, Failure>>,
    Result<Vec<Option<ImageFacts>>, Failure>,
) {
    let asked = match &inputs.version {
        VersionSpec::Tag(tag) => Some(ImageSelector::Tag(tag.clone())),
        VersionSpec::Digest(digest) => Some(ImageSelector::Digest(digest.clone())),
        VersionSpec::Previous { .. } => None,
    };
    let mut running = now.running_selectors();
    if now.repository != now.running_repository {
        let asked: Option<[ImageSelector; 1]> = asked.map(|selector| [selector]);
        let reading = asked
            .as_ref()
            .map(|selectors| image::read(aws, &now.repository, selectors));
        let (asked, running) = join(
            OptionFuture::from(reading),
            image::read(aws, &now.running_repository, &running),
        )
        .await;
        return (
            asked.map(|read| read.map(|mut images| images.pop().flatten())),
            running,
        );
    }
    running.extend(asked.clone());
    match image::read(aws, &now.repository, &running).await {
        Ok(mut images) => {
            let asked = asked.is_some().then(|| Ok(images.pop().flatten()));
            (asked, Ok(images))
        }
        Err(failure) => (asked.map(|_| Ok(None)), Err(failure)),
    }
}

async fn describe_revisions(
    aws: &Aws,
    inputs: &Inputs,
    listed: &[TaskDefinitionArn],
) -> Result<Vec<TaskDefinition>, Failure> {
    match &inputs.task_definition {
        TaskDefinitionInput::Revision {
            family, revision, ..
        } => {
            let name = format!("{family}:{revision}");
            Ok(aws
                .describe_task_definition(&name)
                .await?
                .into_iter()
                .collect())
        }
        _ => revisions::describe_first(aws, listed).await,
    }
}

/// The platform that a running task says it is on.
fn platform_of(task: &Task) -> Option<Platform> {
    let architecture = task.cpu_architecture.as_deref()?;
    let os = task
        .platform_family
        .as_deref()
        .unwrap_or("linux")
        .to_ascii_lowercase();
    let os = if os.starts_with("windows") {
        "windows"
    } else {
        "linux"
    };
    let architecture = if architecture == "x86_64" {
        "amd64"
    } else {
        architecture
    };
    Some(Platform::new(os, architecture))
}

/// Where the container's image comes from.
pub fn image_of(
    definition: &TaskDefinition,
    container: &ContainerName,
) -> Result<(Repository, ImageSelector), Problem> {
    let image = definition.image(container.as_str()).unwrap_or_default();
    let hint = "only images in a private ECR repository can be checked and rolled back; copy the image there, or give `container-name` another container";
    match ImageReference::parse(image) {
        ImageReference::Ecr {
            repository,
            selector,
        } => Ok((repository, selector)),
        ImageReference::EcrPublic => Err(Problem::new(
            Code::RegistryUnsupported,
            format!(
                "the container {container} runs {image}, which comes from the public ECR gallery, not from a private repository"
            ),
            hint,
        )),
        ImageReference::Other => Err(Problem::new(
            Code::RegistryUnsupported,
            format!("the container {container} runs {image}, which does not come from Amazon ECR"),
            hint,
        )),
    }
}
