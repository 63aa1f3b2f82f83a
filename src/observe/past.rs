//! The past as `previous` needs it: each deployment with the digest that it deployed.
//!
//! A digest is known from the revision where that names one. A version tag leads to one as long as
//! its image was there before the deployment; a name that moves (`latest`) never does.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use time::OffsetDateTime;

use super::{
    describe_images::describe_images,
    revisions::describe,
    running_service::{RunningService, image_of},
    serving::RunningDigests,
};
use crate::{
    aws::{Aws, Failure},
    domain::{
        image::Image,
        past::{Candidate, PastDeployment, PastImage, PastState},
        task_definition::TaskDefinition,
    },
    names::{ContainerName, ImageDigest, ImageSelector, ImageTag, Repository, TaskDefinitionArn},
};

pub(crate) type Definitions = BTreeMap<TaskDefinitionArn, TaskDefinition>;

/// A service's past, every deployment with what it deployed.
pub(crate) struct Past {
    pub deployments: Vec<PastDeployment>,
    pub definitions: Definitions,
    pub images: BTreeMap<ImageDigest, Image>,
    /// When the newest deployment on record that was left out here was created.
    pub cut: Option<OffsetDateTime>,
}

impl Past {
    /// Whether two revisions differ only in how they spell the container's image.
    pub(crate) fn same_but_for_image(
        &self,
        a: &TaskDefinitionArn,
        b: &TaskDefinitionArn,
        container: &ContainerName,
    ) -> bool {
        if a == b {
            return true;
        }
        match (self.definitions.get(a), self.definitions.get(b)) {
            (Some(a), Some(b)) => a.differs_only_in_image(b, container.as_str()),
            _ => false,
        }
    }

    /// Whether anything that came since the candidate may have been there before `cut`, too, which would make it a
    /// rollback. An image that was pushed after `cut` was not, and what runs has to be one of these deployments'.
    pub(crate) fn may_repeat(
        &self,
        candidate: &Candidate,
        running: &TaskDefinitionArn,
        cut: OffsetDateTime,
    ) -> bool {
        // A deployment that ECS rolled back is there twice: from its first half on.
        let start = self
            .deployments
            .iter()
            .position(|past| Some(&past.id) == candidate.deployment.as_ref());
        // The candidate was found by what runs, not by a deployment: older ones may well say more.
        let Some(start) = start else {
            return true;
        };
        let mut explains_running = false;
        for past in &self.deployments[start..] {
            explains_running |= past.revision.as_ref() == Ok(running);
            if !self.was_pushed_after(past, cut) {
                return true;
            }
        }
        !explains_running
    }

    /// Whether one of the deployments may be a rollback to something from before the first of them: its image was there
    /// already.
    pub(crate) fn may_lead_further_back(&self) -> bool {
        let Some(cut) = self.cut else {
            return false;
        };
        let mut after_first = self.deployments.iter().skip(1);
        after_first.any(|past| !self.was_pushed_after(past, cut))
    }

    /// What ECR knows of the image of a state, and in which repository.
    pub(crate) fn stored_image(
        &self,
        state: &PastState,
        running: &RunningService,
    ) -> Option<(Repository, Image)> {
        let image = self.images.get(state.digest.as_ref()?)?;
        let revision = state.revision.as_ref()?;
        let repository = repository_of(revision, &self.definitions, running)?;
        Some((repository, image.clone()))
    }

    fn was_pushed_after(&self, past: &PastDeployment, moment: OffsetDateTime) -> bool {
        let digest = past.image.digest();
        match digest.and_then(|digest| self.images.get(digest)) {
            Some(image) => pushed_after(image, moment),
            None => false,
        }
    }
}

/// Whether ECR says that the image was pushed after that moment.
pub(crate) fn pushed_after(image: &Image, moment: OffsetDateTime) -> bool {
    image.pushed_at.is_some_and(|pushed| pushed > moment)
}

/// The images to look up, by repository.
#[derive(Default)]
struct Selection(BTreeMap<Repository, Vec<ImageSelector>>);

impl Selection {
    fn new(definitions: &Definitions, releases: &[PastRelease], running: &RunningService) -> Self {
        let mut selection = Self::default();
        for (arn, digest) in releases {
            if let Some(digest) = digest
                && let Some(repository) = repository_of(arn, definitions, running)
            {
                selection.add(repository, ImageSelector::Digest(digest.clone()));
            }
        }
        for definition in definitions.values() {
            if let Ok((repository, selector)) = image_of(definition, &running.container) {
                selection.add(repository, selector);
            }
        }
        if let Some((digest, _)) = running.digests.most() {
            let selector = ImageSelector::Digest(digest.clone());
            selection.add(running.running_repository.clone(), selector);
        }
        selection
    }

    fn add(&mut self, repository: Repository, selector: ImageSelector) {
        let selectors = self.0.entry(repository).or_default();
        if !selectors.contains(&selector) {
            selectors.push(selector);
        }
    }
}

/// What was read of the service already.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub running: &'a RunningService,
    /// Revisions that were described.
    pub described: &'a [TaskDefinition],
}

impl<'a> Known<'a> {
    fn definition(&self, arn: &TaskDefinitionArn) -> Option<&'a TaskDefinition> {
        if *arn == self.running.revision {
            return Some(&self.running.definition);
        }
        let mut described = self.described.iter();
        described.find(|definition| definition.arn() == Some(arn))
    }
}

/// A revision that was deployed, and the digest that its controller held the tasks to, where that is on record.
pub(crate) type PastRelease = (TaskDefinitionArn, Option<ImageDigest>);

/// The revisions that are still there, and the running one, which is known already.
async fn read_definitions(
    aws: &Aws,
    releases: &[PastRelease],
    known: Known<'_>,
) -> Result<Definitions, Failure> {
    let running = known.running;
    let mut definitions = Definitions::new();
    definitions.insert(running.revision.clone(), running.definition.clone());
    let mut revisions = Vec::new();
    for (arn, _) in releases {
        // Each revision is a call of its own, and ECS throttles these; so none is asked for twice.
        if let Some(described) = known.definition(arn) {
            definitions.insert(arn.clone(), described.clone());
        } else if !revisions.contains(arn) {
            revisions.push(arn.clone());
        }
    }
    revisions.sort();
    for definition in describe(aws, &revisions).await? {
        if let Some(arn) = definition.arn().cloned() {
            definitions.insert(arn, definition);
        }
    }
    Ok(definitions)
}

/// What ECR has for the images that past revisions name.
pub(crate) struct PastImages<'a> {
    found: BTreeMap<(Repository, ImageSelector), Image>,
    definitions: Definitions,
    running: &'a RunningService,
}

impl<'a> PastImages<'a> {
    /// Those that the revisions name, those that deployments of them are known to have run, and what runs now: a round
    /// trip for the revisions, two at most for the images.
    pub(crate) async fn read(
        aws: &Aws,
        known: Known<'a>,
        releases: &[PastRelease],
    ) -> Result<Self, Failure> {
        let running = known.running;
        let definitions = read_definitions(aws, releases, known).await?;
        let selection = Selection::new(&definitions, releases, running);
        let reads = selection
            .0
            .iter()
            .map(|(repository, selectors)| async move {
                let images = describe_images(aws, repository, selectors).await?;
                Ok::<_, Failure>((repository, images))
            });
        let mut found = BTreeMap::new();
        for (repository, images) in try_join_all(reads).await? {
            for (selector, image) in images {
                found.insert((repository.clone(), selector), image);
            }
        }
        Ok(Self {
            found,
            definitions,
            running,
        })
    }

    /// The image that a deployment of the revision deployed, which was created then; `digest` is what its controller
    /// held the tasks to, where that is on record.
    pub(crate) fn deployed(
        &self,
        arn: &TaskDefinitionArn,
        digest: Option<&ImageDigest>,
        created: OffsetDateTime,
    ) -> PastImage {
        if let Some(digest) = digest
            && let Some(repository) = repository_of(arn, &self.definitions, self.running)
        {
            // ECS resolves a tag once per deployment and holds every task to that digest: no tag is consulted.
            return self.with_digest(&repository, digest);
        }
        // What runs is known from its tasks, however its revision spells it.
        if let Some(image) = self.proven_by_tasks(arn) {
            return known(image);
        }
        let Some(definition) = self.definitions.get(arn) else {
            return unknown(format!("its revision {} no longer exists", arn.short()));
        };
        let Ok((repository, selector)) = image_of(definition, &self.running.container) else {
            return unknown("its image does not come from ECR".to_owned());
        };
        match selector {
            ImageSelector::Digest(digest) => self.with_digest(&repository, &digest),
            ImageSelector::Tag(tag) => self.tagged(&repository, tag, created),
        }
    }

    /// The image that every running task has, where they run this revision.
    fn proven_by_tasks(&self, arn: &TaskDefinitionArn) -> Option<&Image> {
        if *arn != self.running.revision || self.running.digests.known.len() != 1 {
            return None;
        }
        Some(&self.running.running_image.as_ref()?.image)
    }

    fn tagged(&self, repository: &Repository, tag: ImageTag, created: OffsetDateTime) -> PastImage {
        if !tag.is_version() {
            return unknown(format!(
                "its revision names the tag {tag}, which moves, so its digest is not on record"
            ));
        }
        let selector = ImageSelector::Tag(tag.clone());
        match self.find(repository, selector) {
            None => unknown(format!("its tag {tag} is no longer in ECR")),
            // A tag that was pushed later names another image now; what it named then is not on record.
            Some(image) if pushed_after(image, created) => {
                unknown(format!("its tag {tag} has moved since it was deployed"))
            }
            Some(image) => known(image),
        }
    }

    /// What running tasks run: by what their revision names, else by their own digest.
    pub(crate) fn running(
        &self,
        arn: &TaskDefinitionArn,
        digests: &RunningDigests,
        created: OffsetDateTime,
    ) -> PastImage {
        let named = self.deployed(arn, None, created);
        match (digests.most(), &named) {
            // A child's digest is what some agents say of an index: then the revision's own is kept.
            (Some((digest, _)), PastImage::Unknown { .. }) => PastImage::Known {
                digest: digest.clone(),
                gone: None,
            },
            _ => named,
        }
    }

    fn with_digest(&self, repository: &Repository, digest: &ImageDigest) -> PastImage {
        match self.find(repository, ImageSelector::Digest(digest.clone())) {
            Some(image) => known(image),
            None => PastImage::Known {
                digest: digest.clone(),
                // A lifecycle rule or a person deleted it; the digest still tells the states apart.
                gone: Some("its image is no longer in ECR".to_owned()),
            },
        }
    }

    fn find(&self, repository: &Repository, selector: ImageSelector) -> Option<&Image> {
        self.found.get(&(repository.clone(), selector))
    }

    pub(crate) fn into_past(
        self,
        deployments: Vec<PastDeployment>,
        cut: Option<OffsetDateTime>,
    ) -> Past {
        let mut images = BTreeMap::new();
        for image in self.found.into_values() {
            images.insert(image.digest.clone(), image);
        }
        Past {
            deployments,
            definitions: self.definitions,
            images,
            cut,
        }
    }
}

/// Where the revision's image comes from; of a revision that is gone, where the running one comes from.
fn repository_of(
    arn: &TaskDefinitionArn,
    definitions: &Definitions,
    running: &RunningService,
) -> Option<Repository> {
    let Some(definition) = definitions.get(arn) else {
        // Most services never change their repository; where this guess is wrong, the image is not found there.
        return Some(running.running_repository.clone());
    };
    let (repository, _) = image_of(definition, &running.container).ok()?;
    Some(repository)
}

fn known(image: &Image) -> PastImage {
    let gone = image
        .archived
        .then(|| "its image is archived, so it can't be pulled".to_owned());
    PastImage::Known {
        digest: image.digest.clone(),
        gone,
    }
}

fn unknown(reason: String) -> PastImage {
    PastImage::Unknown { reason }
}
