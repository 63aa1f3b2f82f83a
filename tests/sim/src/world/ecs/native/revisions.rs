//! Service revisions: which images they hold their tasks to, and how they are described.

use serde_json::{Value, json};

use super::super::super::World;
use super::super::super::input::put;
use super::super::super::time::stamp;
use super::super::running::TaskContainer;
use super::super::{ServiceKey, TaskSet};
use super::Revision;

impl World {
    pub(super) fn service_revision_json(&self, arn: &str, revision: &Revision) -> Value {
        let key = &revision.service;
        let images: Vec<Value> = revision.images.iter().map(image_json).collect();
        let service = &self.ecs.services[key];
        let mut answer = json!({
            "serviceRevisionArn": arn,
            "serviceArn": self.service_arn(key),
            "clusterArn": self.ecs_arn(&format!("cluster/{}", key.cluster)),
            "taskDefinition": revision.task_definition,
            "createdAt": stamp(revision.created_at),
            "loadBalancers": self.load_balancers(service, 0),
            "guardDutyEnabled": false,
        });
        service.made_with.describe(&mut answer);
        let overrides =
            |architecture| json!({ "runtimePlatform": { "cpuArchitecture": architecture } });
        put(&mut answer, "overrides", service.runs_on.map(overrides));
        put(
            &mut answer,
            "serviceConnectConfiguration",
            service.service_connect_json(),
        );
        put(
            &mut answer,
            "containerImages",
            (!images.is_empty()).then_some(images),
        );
        answer
    }

    /// `currentServiceRevisions` of a service.
    pub(in super::super) fn current_revisions_json(
        &self,
        key: &ServiceKey,
        sets: &[TaskSet],
    ) -> Value {
        let mut summaries = Vec::new();
        for set in sets {
            let Some(arn) = &set.service_revision else {
                continue;
            };
            if self.ecs.service_revisions[arn].recorded {
                let (running, pending) = self.counts(key, &set.id);
                summaries.push(json!({
                    "arn": arn,
                    "requestedTaskCount": set.desired,
                    "runningTaskCount": running,
                    "pendingTaskCount": pending,
                }));
            }
        }
        json!(summaries)
    }

    /// What the task set's containers really pull: the digests that the revision's first task resolved.
    pub(in super::super) fn consistent_image(
        &self,
        set: &TaskSet,
        container: &str,
        image: &str,
    ) -> String {
        let revision = set
            .service_revision
            .as_ref()
            .and_then(|arn| self.ecs.service_revisions.get(arn));
        let known = revision
            .and_then(|revision| revision.images.iter().find(|found| found.name == container))
            .and_then(|found| found.digest.as_deref());
        match known {
            Some(digest) if image.contains(".dkr.ecr.") && !image.contains('@') => {
                let tagless = image
                    .rsplit_once(':')
                    .map_or(image, |(repository, _)| repository);
                format!("{tagless}@{digest}")
            }
            _ => image.to_owned(),
        }
    }

    /// Keeps what a task's images were resolved to, where it is the revision's first.
    pub(in super::super) fn keep_images(
        &mut self,
        revision: Option<&str>,
        containers: &[TaskContainer],
    ) {
        let found = revision.and_then(|arn| self.ecs.service_revisions.get_mut(arn));
        if let Some(revision) = found
            && revision.images.is_empty()
            && containers
                .iter()
                .all(|container| container.digest.is_some())
        {
            revision.images = containers.to_vec();
        }
    }
}

fn image_json(container: &TaskContainer) -> Value {
    json!({
        "containerName": container.name,
        "image": container.image,
        "imageDigest": container.digest,
    })
}
