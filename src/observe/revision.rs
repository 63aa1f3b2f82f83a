//! The revision that will run the image: one that is there, or the content to register.

use super::{
    prefetch::Prefetch,
    revisions::Family,
    target::{FoundTarget, Lookup},
    wanted::RevisionSpec,
};
use crate::{
    domain::{
        image::image_in_words,
        task_definition::{TaskDefinition, check_other_images},
    },
    error::{Code, Problem},
    names::{ImageReference, TaskDefinitionArn},
    outside::OutsideText,
    words,
};

/// The revision that will run the image.
pub(crate) enum Revision {
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
    pub(crate) fn reused(&self) -> Option<&TaskDefinitionArn> {
        match self {
            Self::Reuse(definition) => definition.arn(),
            Self::Register { .. } => None,
        }
    }

    pub(crate) fn definition(&self) -> &TaskDefinition {
        match self {
            Self::Reuse(definition)
            | Self::Register {
                content: definition,
                ..
            } => definition,
        }
    }
}

impl Lookup<'_> {
    /// The revision that the input `task-definition` leads to; `past` is the one that `previous` ran on.
    ///
    /// # Errors
    /// The revision or file given has another image or container, or can't be used.
    pub(crate) async fn choose_revision(
        &self,
        target: &FoundTarget,
        past: Option<TaskDefinition>,
        prefetch: &Prefetch,
    ) -> Result<Revision, Problem> {
        let running = &self.running.definition;
        match &self.spec.revision {
            RevisionSpec::File { path, document } => {
                self.check_container(document, &path.to_string())?;
                check_other_images(document, &self.running.container, path)?;
                Ok(self.register(document, target, format!("{path} with this image")))
            }
            RevisionSpec::Running if running.is_active() && self.fits(running, target) => {
                Ok(Revision::Reuse(running.clone()))
            }
            RevisionSpec::Running => {
                // The input says `current`: the running revision is taken even where another one fits.
                let why = format!("{} with this image", self.running.revision.short());
                Ok(self.register(running, target, why))
            }
            RevisionSpec::Exactly(name) => {
                let revision = prefetch.described.first();
                self.check_exact(name, revision, target)
            }
            RevisionSpec::Newest => match past {
                // `previous` goes back to configuration, too: the very revision that ran, not another with the same
                // image.
                Some(definition) => Ok(self.reuse_or_register(definition, target)),
                None => self.search_family(target, prefetch).await,
            },
        }
    }

    async fn search_family(
        &self,
        target: &FoundTarget,
        prefetch: &Prefetch,
    ) -> Result<Revision, Problem> {
        let aws = self.reader.aws;
        let mut family = match &prefetch.family {
            Some(family) => family.clone(),
            None => Family::count(aws, &self.running.revision).await?,
        };
        for deployed in self.record.deployed() {
            family.add_deployed(&deployed);
        }
        let mut known = prefetch.described.clone();
        known.push(self.running.definition.clone());
        for batch in family.batches() {
            for definition in family.describe(aws, batch, &known).await? {
                // Of several revisions with this image, the newest has the configuration that was meant last.
                if self.fits(&definition, target) {
                    return Ok(self.reuse_or_register(definition, target));
                }
            }
        }
        let running = self.running.revision.short();
        let why = format!("no revision has this image, so it is based on {running}");
        Ok(self.register(&self.running.definition, target, why))
    }

    fn reuse_or_register(&self, definition: TaskDefinition, target: &FoundTarget) -> Revision {
        let obstacle = match (definition.is_active(), self.fits(&definition, target)) {
            (true, true) => return Revision::Reuse(definition),
            (true, false) => "names an image that moves",
            (false, _) => "is INACTIVE",
        };
        let name = match definition.arn() {
            Some(arn) => arn.short(),
            None => String::new(),
        };
        let why = format!("{name} {obstacle}, so its content is registered again");
        self.register(&definition, target, why)
    }

    fn register(&self, definition: &TaskDefinition, target: &FoundTarget, why: String) -> Revision {
        let container = self.running.container.as_str();
        // A migration or a worker beside it would stay on the bad image.
        let moving = definition.containers_like(container, |image| self.is_running_image(image));
        let content = definition.with_image(&moving, &target.image_uri());
        let others = moving.into_iter().filter(|name| *name != container);
        let others = words::list(others.map(OutsideText::new));
        if others.is_empty() {
            return Revision::Register { content, why };
        }
        let why = format!("{why}; the same image is replaced in {others}, too");
        Revision::Register { content, why }
    }

    /// Whether an image, as a task definition writes it, is the one that runs now.
    fn is_running_image(&self, image: &str) -> bool {
        let ImageReference::Ecr {
            repository,
            selector,
        } = ImageReference::parse(image)
        else {
            return false;
        };
        let Some(running) = &self.running.running_image else {
            return false;
        };
        running.image.is_named_by(&selector) && repository == self.running.running_repository
    }

    fn check_exact(
        &self,
        name: &str,
        revision: Option<&TaskDefinition>,
        target: &FoundTarget,
    ) -> Result<Revision, Problem> {
        let Some(definition) = revision else {
            return Err(Problem::new(
                Code::TaskDefinitionNotFound,
                format!("there is no task definition revision {name} in this account and region"),
                "check `task-definition`; `auto` finds the revision by the version's image",
            ));
        };
        self.check_container(definition, name)?;
        // ECS starts no task from an INACTIVE revision, but it still describes it.
        if !definition.is_active() {
            let status = OutsideText::new(definition.status().unwrap_or("of unknown status"));
            return Err(Problem::new(
                Code::TaskDefinitionNotFound,
                format!("the revision {name} is {status}, so no task can be started from it"),
                "use `task-definition: auto`, which registers its content again",
            ));
        }
        if self.fits(definition, target) {
            return Ok(Revision::Reuse(definition.clone()));
        }
        let image = definition.image(self.running.container.as_str());
        let image = image.map_or("no image".to_owned(), image_in_words);
        let version = &target.version;
        Err(Problem::new(
            Code::TaskDefinitionMismatch,
            format!("the revision {name} runs {image}, which is not version {version}"),
            "give the version that this revision runs, or use `task-definition: auto`",
        ))
    }

    fn check_container(&self, definition: &TaskDefinition, origin: &str) -> Result<(), Problem> {
        let container = &self.running.container;
        let names = definition.container_names();
        if names.contains(&container.as_str()) {
            return Ok(());
        }
        // They may be from a file, which nobody has checked.
        let names = OutsideText::new(names.join(", "));
        Err(Problem::new(
            Code::ContainerNotFound,
            format!("{origin} has no container {container}; it has {names}"),
            "give `container-name` one of these, or another task definition",
        ))
    }
}
