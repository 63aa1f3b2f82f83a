//! What happened before the story begins: finished deployments, with the revisions and task sets that they left.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::World;
use super::codedeploy::{Deployment, NewDeployment};
use super::codedeploy::{EventStatus, Revision, Status, appspec};
use super::ecs::ServiceKey;
use super::ids::sha256;
use super::time::{Ms, ms};

/// How a past deployment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Succeeded,
    Failed,
    Stopped,
}

/// A finished deployment.
#[derive(Clone, Debug)]
pub struct Past {
    /// ARN of the task definition that it brought.
    pub task_definition: String,
    pub at: SystemTime,
    /// From its creation to its end, any termination wait included.
    pub took: Duration,
    pub outcome: Outcome,
    /// Lifecycle event and Lambda function.
    pub hooks: Vec<(String, String)>,
    pub platform_version: Option<String>,
    /// Its AppSpec word for word, in place of one that keeps what the service's task set was made with.
    pub appspec: Option<String>,
    /// Its AppSpec lies in S3, where CodeDeploy does not read it out.
    pub in_s3: bool,
    pub creator: String,
    pub description: Option<String>,
    /// The deployment that this one rolled back: traffic went back to the task set from before it.
    pub undoes: Option<String>,
    /// Application and group, where several groups deploy the service. Default: the first that does.
    pub group: Option<(String, String)>,
}

impl Past {
    /// One by a user, without hooks, that took five minutes.
    pub fn new(task_definition: &str, at: SystemTime, outcome: Outcome) -> Self {
        Self {
            task_definition: task_definition.to_owned(),
            at,
            took: Duration::from_secs(300),
            outcome,
            hooks: Vec::new(),
            platform_version: None,
            appspec: None,
            in_s3: false,
            creator: "user".to_owned(),
            description: None,
            undoes: None,
            group: None,
        }
    }
}

impl World {
    /// Writes a finished deployment into the group that deploys the service, with its revision and, where it
    /// succeeded, the task set and tasks that it left. Call in order of time.
    pub fn past_deployment(&mut self, key: &ServiceKey, past: &Past) -> String {
        let (application, group) = past.group.clone().unwrap_or_else(|| self.group_of(key));
        let (from, to) = (ms(past.at), ms(past.at + past.took));
        let hooks: Vec<(&str, &str)> = past
            .hooks
            .iter()
            .map(|(event, hook)| (event.as_str(), hook.as_str()))
            .collect();
        let appspec = self.appspec_of(
            key,
            &past.task_definition,
            &hooks,
            past.platform_version.as_deref(),
        );
        let appspec = past.appspec.clone().unwrap_or(appspec);
        let id = self.ids.deployment();
        let revision = self.keep_revision(&application, past, appspec, from, &id);
        let new = NewDeployment {
            application: application.clone(),
            group: group.clone(),
            revision: revision.clone(),
            config: None,
            description: past.description.clone(),
            creator: past.creator.clone(),
            auto_rollback: None,
            override_alarms: None,
        };
        let mut deployment = self.new_deployment(&id, new);
        finished(&mut deployment, past.outcome, from, to);
        deployment.undoes.clone_from(&past.undoes);
        self.keep_sides(&mut deployment, past, to);
        self.use_revision(&application, &revision, &group, from);
        self.keep(deployment, past.outcome == Outcome::Succeeded);
        id
    }

    fn keep(&mut self, deployment: Deployment, succeeded: bool) {
        let id = deployment.id.clone();
        if let Some(undone) = deployment.undoes.clone() {
            self.codedeploy
                .deployments
                .entry(undone)
                .and_modify(|undone| undone.undone_by = Some(id.clone()));
        }
        let applications = &mut self.codedeploy.applications;
        let group = applications
            .get_mut(&deployment.application)
            .and_then(|found| found.groups.get_mut(&deployment.group));
        let group = group.expect("the group was created with the service");
        group.deployments.push(id.clone());
        group.last_attempted = Some(id.clone());
        if succeeded {
            group.last_successful = Some(id.clone());
        }
        self.codedeploy.deployments.insert(id, deployment);
    }

    pub(super) fn keep_revision(
        &mut self,
        application: &str,
        past: &Past,
        appspec: String,
        at: Ms,
        id: &str,
    ) -> String {
        let hash = sha256(&appspec);
        let settings = appspec::read(&appspec)
            .map(|spec| spec.settings)
            .unwrap_or_default();
        let (key, location) = if past.in_s3 {
            let place =
                json!({ "bucket": "appspecs", "key": format!("{id}.json"), "bundleType": "JSON" });
            (
                format!("s3:appspecs/{id}.json#"),
                json!({ "revisionType": "S3", "s3Location": place }),
            )
        } else {
            let carried = json!({ "content": appspec, "sha256": hash });
            let location = json!({ "revisionType": "AppSpecContent", "appSpecContent": carried });
            (format!("appSpecContent:{hash}"), location)
        };
        let revision = Revision {
            location,
            task_definition: past.task_definition.clone(),
            hooks: past.hooks.iter().map(|(event, _)| event.clone()).collect(),
            settings,
            registered_at: at,
            last_used_at: None,
            groups: Vec::new(),
        };
        let found = self
            .codedeploy
            .applications
            .get_mut(application)
            .expect("the application was created");
        found.revisions.entry(key.clone()).or_insert(revision);
        key
    }

    // a success leaves one task set: its own, or after a rollback the one that was there
    fn keep_sides(&mut self, deployment: &mut Deployment, past: &Past, to: Ms) {
        let key = deployment.service.clone();
        let Some(blue) = self.service_mut(&key).primary().map(|set| set.id.clone()) else {
            return;
        };
        let mut sides = vec![self.new_side(&key, "Blue", &blue)];
        let moved = past.outcome == Outcome::Succeeded && past.undoes.is_none();
        sides[0].weight = if moved { 0.0 } else { 100.0 };
        if moved {
            let settings = self.codedeploy.applications[&deployment.application].revisions
                [&deployment.revision]
                .settings
                .clone();
            let made_with = self.made_with_settings(&key, settings);
            let green =
                self.create_task_set(&key, &past.task_definition, made_with, &deployment.id);
            self.remove_past_task_set(&key, &blue);
            self.set_weights(&key, &green, &blue, 100.0);
            self.make_primary(&key, &green);
            let set = self
                .service_mut(&key)
                .task_set_mut(&green)
                .expect("it was created just now");
            (set.created_at, set.updated_at) = (ms(past.at), to);
            self.place_running_tasks(&key, &green, ms(past.at));
            let side = self.new_side(&key, "Green", &green);
            let desired = self.service_mut(&key).desired;
            sides.push(super::Side {
                weight: 100.0,
                status: "PRIMARY",
                desired,
                running: desired,
                ..side
            });
        }
        deployment.sides = sides;
    }

    // nobody can see the tasks that stopped long ago
    fn remove_past_task_set(&mut self, key: &ServiceKey, task_set: &str) {
        self.remove_task_set(key, task_set);
        self.ecs.tasks.retain(|_, task| task.task_set != task_set);
    }

    /// Application and group that deploy the service.
    pub fn group_of(&self, key: &ServiceKey) -> (String, String) {
        let applications = self.codedeploy.applications.iter();
        let mut groups = applications
            .flat_map(|(name, found)| found.groups.iter().map(move |group| (name, group)));
        let (application, (group, _)) = groups
            .find(|(_, (_, group))| group.service == *key)
            .expect("a group deploys the service");
        (application.clone(), group.clone())
    }

    pub(super) fn appspec_of(
        &self,
        key: &ServiceKey,
        task_definition: &str,
        hooks: &[(&str, &str)],
        version: Option<&str>,
    ) -> String {
        let service = &self.ecs.services[key];
        let there = service
            .primary()
            .map_or(&service.made_with, |set| &set.made_with);
        let mut settings = appspec::Settings::of(there);
        if let Some(version) = version {
            settings.platform_version = Some(version.to_owned());
        }
        let behind = (service.container.as_str(), service.port);
        appspec::write_with(task_definition, behind, hooks, &settings)
    }
}

fn finished(deployment: &mut Deployment, outcome: Outcome, from: Ms, to: Ms) {
    deployment.created_at = from;
    deployment.started_at = Some(from + 2_000);
    deployment.completed_at = Some(to);
    deployment.updated_at = to;
    let (status, target, error) = match outcome {
        Outcome::Succeeded => (Status::Succeeded, "Succeeded", None),
        Outcome::Failed => {
            let message =
                "The ECS service failed to reach a steady state: its tasks failed to start.";
            (
                Status::Failed,
                "Failed",
                Some(("ECS_UPDATE_ERROR", message.to_owned())),
            )
        }
        Outcome::Stopped => {
            let message = format!("The deployment {} was stopped by a user.", deployment.id);
            (Status::Stopped, "Skipped", Some(("MANUAL_STOP", message)))
        }
    };
    deployment.status = status;
    deployment.target_status = target;
    deployment.error = error;
    for event in &mut deployment.events {
        event.status = match (outcome, event.name) {
            (Outcome::Succeeded, _) | (_, "BeforeInstall") => EventStatus::Succeeded,
            (Outcome::Failed, "Install") => EventStatus::Failed,
            _ => EventStatus::Skipped,
        };
        if event.status != EventStatus::Skipped {
            (event.started_at, event.ended_at) = (Some(from + 2_000), Some(to));
        }
    }
}
