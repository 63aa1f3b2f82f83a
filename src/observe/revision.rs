//! The revision that will run the image: one that is there, or the content to register.

use super::image;
use super::now::Revisions;
use super::revisions;
use super::target::{Found, Reading};
use crate::domain::platform::Platform;
use crate::domain::task_definition::{TAG_DIGEST, TaskDefinition, fits};
use crate::error::{Code, Problem};
use crate::inputs::TaskDefinitionInput;
use crate::names::TaskDefinitionArn;

/// The revision that will run the image.
#[derive(Clone, Debug)]
pub enum Revision {
    /// It is there and `ACTIVE`.
    Reuse(TaskDefinition),
    /// Its content is registered first.
    Register {
        content: TaskDefinition,
        why: String,
    },
}

impl Revision {
    /// The revision that is there already; `None` where one is registered first.
    pub fn reused(&self) -> Option<&TaskDefinitionArn> {
        match self {
            Self::Reuse(definition) => definition.arn(),
            Self::Register { .. } => None,
        }
    }

    pub fn definition(&self) -> &TaskDefinition {
        match self {
            Self::Reuse(definition)
            | Self::Register {
                content: definition,
                ..
            } => definition,
        }
    }
}

impl Reading<'_> {
    /// The revision that the input `task-definition` leads to.
    pub(super) async fn revision(
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
                self.has_container(document, &path.to_string())?;
                Ok(swapped(document, &format!("{path} with this image")))
            }
            TaskDefinitionInput::Current => Ok(self.running_if(&fitting).unwrap_or_else(|| {
                swapped(
                    &self.now.definition,
                    &format!("{} with this image", self.now.revision.short()),
                )
            })),
            TaskDefinitionInput::Revision {
                family, revision, ..
            } => self.exactly(&format!("{family}:{revision}"), listed.described, found),
            TaskDefinitionInput::Auto => {
                let candidate = match past {
                    Some(definition) => Some(definition),
                    None => {
                        revisions::newest_that(self.aws, &listed.listed, listed.described, fitting)
                            .await
                            .map_err(|failure| failure.problem())?
                    }
                };
                Ok(match candidate {
                    Some(definition) if definition.is_active() && fitting(&definition) => {
                        Revision::Reuse(definition)
                    }
                    Some(definition) => {
                        let name = definition
                            .arn()
                            .map(TaskDefinitionArn::short)
                            .unwrap_or_default();
                        let why = if definition.is_active() {
                            "names an image that moves"
                        } else {
                            "is INACTIVE"
                        };
                        swapped(
                            &definition,
                            &format!("{name} {why}, so its content is registered again"),
                        )
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
            let image = definition
                .image(self.now.container.as_str())
                .unwrap_or("no image");
            return Err(Problem::new(
                Code::TaskDefinitionMismatch,
                format!(
                    "the revision {name} runs {image}, which is not version {}",
                    found.version
                ),
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
            format!(
                "{origin} has no container {}; it has {}",
                self.now.container,
                names.join(", ")
            ),
            "give `container-name` one of these, or another task definition",
        ))
    }

    fn fits(&self, definition: &TaskDefinition, found: &Found) -> bool {
        let image = &found.image.image;
        fits(
            definition,
            self.now.container.as_str(),
            &found.repository,
            &image.digest,
            &image.tags,
        )
    }

    /// Refuses an image that the task's platform can't run. Asks nothing for one that has run here.
    pub(super) async fn check_platform(
        &self,
        mut found: Found,
        revision: &Revision,
    ) -> Result<Found, Problem> {
        let wanted = revision
            .definition()
            .platform()
            .or_else(|| self.now.platform.clone());
        let Some(wanted) = wanted else {
            found.notes.push(
                "the platform of the tasks is not known, so the image's was not checked".to_owned(),
            );
            return Ok(found);
        };
        if self.has_run_here(&found, revision, &wanted) {
            return Ok(found);
        }
        let problem =
            |message: String, hint: &str| Problem::new(Code::ImagePlatform, message, hint);
        let version = &found.version;
        let platforms = image::platforms(self.aws, &found.repository, &found.image).await;
        match platforms.map_err(|failure| failure.problem())? {
            Ok(built) if built.iter().any(|platform| wanted.runs(platform)) => Ok(found),
            Ok(built) => {
                let built = built
                    .iter()
                    .map(Platform::to_string)
                    .collect::<Vec<_>>()
                    .join(", ");
                Err(problem(
                    format!(
                        "the image {version} is built for {built}, but the tasks run on {wanted}"
                    ),
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
        let same_platform = self
            .now
            .platform
            .as_ref()
            .is_none_or(|now| now.runs(wanted));
        if same_platform
            && digests
                .iter()
                .any(|digest| self.now.digests.known.contains_key(*digest))
        {
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
                self.record
                    .served(arn, &found.image, &self.now.container)
                    .is_some()
                    || self.record.ran_before(arn, &found.image)
            })
    }
}
