//! Setting the registry's stage: repositories, pushed images, tags that move, images that go away.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::super::World;
use super::super::behavior::{self, Behavior, Crash, HealthCheck};
use super::super::time::{Ms, ms};
use super::{Image, Repository, manifest};

/// What is pushed.
#[derive(Clone, Debug)]
pub struct ImageSpec {
    platforms: Vec<(String, String)>,
    multi_platform: bool,
    behavior: Behavior,
    labels: Value,
    content: Option<String>,
}

impl ImageSpec {
    /// One image for one platform, such as `linux`, `amd64`.
    pub fn single(os: &str, architecture: &str) -> Self {
        Self {
            platforms: vec![(os.to_owned(), architecture.to_owned())],
            multi_platform: false,
            behavior: Behavior::default(),
            labels: json!({}),
            content: None,
        }
    }

    /// An index with a child per platform.
    pub fn index(platforms: &[(&str, &str)]) -> Self {
        let platforms = platforms
            .iter()
            .map(|(os, arch)| ((*os).to_owned(), (*arch).to_owned()))
            .collect();
        Self {
            platforms,
            multi_platform: true,
            ..Self::single("linux", "amd64")
        }
    }

    /// Its containers exit with this code soon after they started.
    pub fn crashing(mut self, exit_code: i32, reason: &str) -> Self {
        self.behavior.crash = Some(Crash {
            exit_code: Some(exit_code),
            reason: reason.to_owned(),
        });
        self
    }

    /// Its containers never start, for example with `CannotPullContainerError: …`.
    pub fn unstartable(mut self, reason: &str) -> Self {
        self.behavior.crash = Some(Crash {
            exit_code: None,
            reason: reason.to_owned(),
        });
        self
    }

    /// A label of the image's config, such as `org.opencontainers.image.revision`.
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.labels[key] = value.into();
        self
    }

    /// Same content, same digest. Left out, every push is another image.
    pub fn content(mut self, content: &str) -> Self {
        self.content = Some(content.to_owned());
        self
    }
}

impl World {
    /// A repository of this account.
    pub fn add_repository(&mut self, name: &str) {
        self.add_repository_in(&self.account.clone(), name);
    }

    /// A repository of any account's registry.
    pub fn add_repository_in(&mut self, registry: &str, name: &str) {
        let repository = Repository {
            created_at: self.now,
            ..Repository::default()
        };
        self.ecr
            .repositories
            .insert((registry.to_owned(), name.to_owned()), repository);
    }

    /// From now on, `PutImage` moves no tag of this repository.
    pub fn make_tags_immutable(&mut self, name: &str) {
        self.repository_of_ours(name).immutable = true;
    }

    /// The same, but tags that one of these wildcards matches still move.
    pub fn make_tags_immutable_except(&mut self, name: &str, mutable: &[&str]) {
        let repository = self.repository_of_ours(name);
        repository.immutable = true;
        repository.mutable_tags = mutable.iter().map(|tag| (*tag).to_owned()).collect();
    }

    /// Pushes to this account's repository and returns the digest (of the index, where it is one).
    pub fn push_image(
        &mut self,
        repo: &str,
        tags: &[&str],
        spec: ImageSpec,
        pushed_at: SystemTime,
    ) -> String {
        self.push_image_in(&self.account.clone(), repo, tags, spec, pushed_at)
    }

    /// Pushes to a repository of any account's registry.
    pub fn push_image_in(
        &mut self,
        registry: &str,
        repo: &str,
        tags: &[&str],
        spec: ImageSpec,
        pushed_at: SystemTime,
    ) -> String {
        let content = spec.content.clone().unwrap_or_else(|| self.ids.task());
        let mut children = Vec::new();
        let mut images = Vec::new();
        for (os, architecture) in &spec.platforms {
            let built = manifest::single(
                os,
                architecture,
                &spec.labels,
                &format!("{content} {os}/{architecture}"),
            );
            children.push((
                os.as_str(),
                architecture.as_str(),
                built.digest.clone(),
                built.manifest.len(),
            ));
            self.ecr.blobs.extend(built.config.clone());
            images.push(image(built, manifest::IMAGE, ms(pushed_at)));
        }
        if spec.multi_platform {
            let rows: Vec<_> = children
                .iter()
                .map(|(os, arch, digest, size)| (*os, *arch, digest.as_str(), *size))
                .collect();
            let mut parent = image(manifest::index(&rows), manifest::INDEX, ms(pushed_at));
            parent.children = children
                .iter()
                .map(|(os, arch, digest, _)| (format!("{os}/{arch}"), digest.clone()))
                .collect();
            images.push(parent);
        }
        self.store(registry, repo, tags, images, spec.behavior)
    }

    // the last image is the one that is tagged and named
    fn store(
        &mut self,
        registry: &str,
        repo: &str,
        tags: &[&str],
        images: Vec<Image>,
        behavior: Behavior,
    ) -> String {
        let key = (registry.to_owned(), repo.to_owned());
        let repository = self
            .ecr
            .repositories
            .get_mut(&key)
            .expect("add the repository before pushing to it");
        let mut digest = String::new();
        for mut image in images {
            image.behavior.clone_from(&behavior);
            digest.clone_from(&image.digest);
            repository.add(image);
        }
        for tag in tags {
            repository.tag(&digest, tag);
        }
        digest
    }

    /// Puts a tag on another image of the repository.
    pub fn move_tag(&mut self, repo: &str, tag: &str, digest: &str) {
        self.repository_of_ours(repo).tag(digest, tag);
    }

    pub fn remove_tag(&mut self, repo: &str, tag: &str) {
        self.repository_of_ours(repo).untag(tag);
    }

    /// Archives an image: it can be described, but no longer pulled.
    pub fn archive_image(&mut self, repo: &str, digest: &str) {
        let registry = self.account.clone();
        self.archive_image_in(&registry, repo, digest);
    }

    /// The same in another account's registry.
    pub fn archive_image_in(&mut self, registry: &str, repo: &str, digest: &str) {
        let now = self.now;
        let key = (registry.to_owned(), repo.to_owned());
        let repository = self.ecr.repositories.get_mut(&key);
        let image = repository
            .expect("the repository was added")
            .image_mut(digest)
            .expect("the image to archive is there");
        image.archived_at = Some(now);
    }

    /// Restores an archived image, with no time in between.
    pub fn restore_image(&mut self, repo: &str, digest: &str) {
        let now = self.now;
        self.image_of_ours(repo, digest).restore(now);
    }

    /// From now on, ECR says that the image was last pulled then.
    pub fn record_pull(&mut self, repo: &str, digest: &str, at: SystemTime) {
        self.image_of_ours(repo, digest).last_pulled_at = Some(ms(at));
    }

    pub fn delete_image(&mut self, repo: &str, digest: &str) {
        self.repository_of_ours(repo).delete(digest);
    }

    /// Marks an image as broken, or as sound again.
    pub fn set_image_crash(&mut self, repo: &str, digest: &str, crash: Option<Crash>) {
        self.behavior_of(repo, digest).crash = crash;
    }

    /// Its tasks never pass this health check, or do again.
    pub fn set_image_health(&mut self, repo: &str, digest: &str, fails: Option<HealthCheck>) {
        self.behavior_of(repo, digest).fails = fails;
    }

    /// What each of its containers writes: so many milliseconds after its start, and the line.
    pub fn set_image_log(&mut self, repo: &str, digest: &str, lines: &[(Ms, &str)]) {
        self.behavior_of(repo, digest).log = behavior::lines(lines);
    }

    fn behavior_of(&mut self, repo: &str, digest: &str) -> &mut Behavior {
        &mut self.image_of_ours(repo, digest).behavior
    }

    fn image_of_ours(&mut self, repo: &str, digest: &str) -> &mut Image {
        let image = self.repository_of_ours(repo).image_mut(digest);
        image.expect("the image is there")
    }

    pub(super) fn repository_of_ours(&mut self, name: &str) -> &mut Repository {
        let key = (self.account.clone(), name.to_owned());
        self.ecr
            .repositories
            .get_mut(&key)
            .expect("the repository was added")
    }
}

fn image(built: manifest::Built, media_type: &'static str, pushed_at: u64) -> Image {
    Image {
        digest: built.digest,
        tags: Vec::new(),
        pushed_at,
        archived_at: None,
        restored: None,
        last_pulled_at: None,
        media_type,
        manifest: built.manifest,
        size: 31_338_000,
        children: Vec::new(),
        behavior: Behavior::default(),
    }
}
