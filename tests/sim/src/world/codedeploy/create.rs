//! CreateDeployment: everything that is checked before a deployment exists.

use serde_json::{Value, json};

use super::super::World;
use super::super::input::{text, texts};
use super::super::switches::LimitWording;
use super::super::time::Event;
use super::appspec::{self, carrier, refuse};
use super::deployment::{Deployment, EventStatus, LifecycleEvent, Status};
use super::{AutoRollback, Step, event_names};
use crate::aws::{Answer, AwsError};

/// What differs from one new deployment to the next.
#[derive(Clone, Debug)]
pub(in super::super) struct NewDeployment {
    pub application: String,
    pub group: String,
    pub revision: String,
    pub config: Option<String>,
    pub description: Option<String>,
    pub creator: String,
    pub auto_rollback: Option<AutoRollback>,
    pub override_alarms: Option<Value>,
}

impl World {
    pub(super) fn create_deployment(&mut self, input: &Value) -> Answer {
        let application = self.application(input)?.0.to_owned();
        let group = text(input, "deploymentGroupName").ok_or_else(|| {
            AwsError::client(
                "DeploymentGroupNameRequiredException",
                "The deployment group name was not specified.",
            )
        })?;
        self.group(&application, group)?;
        let description = text(input, "description");
        if description.is_some_and(|description| description.chars().count() > 256) {
            return Err(AwsError::client(
                "DescriptionTooLongException",
                "The description is longer than 256 characters.",
            ));
        }
        let config = text(input, "deploymentConfigName");
        config.map_or(Ok(()), |config| self.known_config(config))?;
        let location = input
            .get("revision")
            .filter(|location| location.is_object());
        let location = location.ok_or_else(|| {
            AwsError::client(
                "RevisionRequiredException",
                "The revision ID was not specified.",
            )
        })?;
        self.check_appspec(location)?;
        let group = group.to_owned();
        self.check_free(&application, &group)?;
        let revision = self.accept_revision(&application, location)?;
        self.check_task_definition(&application, &revision)?;
        let id = self.add_deployment(NewDeployment {
            application,
            group,
            revision,
            config: config.map(str::to_owned),
            description: description.map(str::to_owned),
            creator: "user".to_owned(),
            auto_rollback: input
                .get("autoRollbackConfiguration")
                .map(read_auto_rollback),
            override_alarms: input.get("overrideAlarmConfiguration").cloned(),
        });
        self.codedeploy.created_by_clients.push(id.clone());
        Ok(json!({ "deploymentId": id }))
    }

    /// One active deployment per group, its termination wait included.
    fn check_free(&self, application: &str, group: &str) -> Result<(), AwsError> {
        let Some(active) = self.active_deployment(application, group) else {
            return Ok(());
        };
        let id = &active.id;
        let message = match self.switches.limit_wording {
            LimitWording::AlreadyDeploying => {
                format!("The Deployment Group '{group}' is already deploying deployment '{id}'.")
            }
            LimitWording::AlreadyHasActive => {
                format!("The Deployment Group '{group}' already has an active Deployment '{id}'")
            }
            LimitWording::Unquoted => {
                format!("Deployment group {group} already has an active Deployment {id}")
            }
        };
        Err(AwsError::client(
            "DeploymentLimitExceededException",
            message,
        ))
    }

    /// The deployment that occupies the group.
    pub(in super::super) fn active_deployment(
        &self,
        application: &str,
        group: &str,
    ) -> Option<&Deployment> {
        let group = self
            .codedeploy
            .applications
            .get(application)?
            .groups
            .get(group)?;
        let newest_first = group
            .deployments
            .iter()
            .rev()
            .filter_map(|id| self.codedeploy.deployments.get(id));
        newest_first
            .take(5)
            .find(|deployment| deployment.status.active())
    }

    // an AppSpec that the request carries must fit a registered, active task definition
    fn check_appspec(&self, location: &Value) -> Result<(), AwsError> {
        let content = carrier(location).and_then(|(_, carried)| text(carried, "content"));
        let Some(content) = content else {
            return Ok(());
        };
        let spec = appspec::read(content)?;
        let revision = self.find_task_definition(&spec.task_definition);
        let revision = revision.ok_or_else(|| {
            refuse(&format!(
                "there is no task definition {}",
                spec.task_definition
            ))
        })?;
        if !revision.maps(&spec.container, spec.port) {
            return Err(refuse(&format!(
                "the container {} with port {} is not in the task definition {}",
                spec.container, spec.port, spec.task_definition
            )));
        }
        Ok(())
    }

    fn check_task_definition(&self, application: &str, revision: &str) -> Result<(), AwsError> {
        let task_definition =
            &self.codedeploy.applications[application].revisions[revision].task_definition;
        match self.find_task_definition(task_definition) {
            Some(found) if found.active => Ok(()),
            Some(_) => Err(refuse(&format!(
                "the task definition {task_definition} is INACTIVE"
            ))),
            None => Err(refuse(&format!(
                "there is no task definition {task_definition}"
            ))),
        }
    }

    /// Puts a deployment into its group and sets it going.
    pub(in super::super) fn add_deployment(&mut self, new: NewDeployment) -> String {
        let id = self.ids.deployment();
        let deployment = self.new_deployment(&id, new);
        let group = self.group_mut(&deployment.application, &deployment.group);
        let group = group.expect("a deployment begins in a group that is there");
        group.deployments.push(id.clone());
        group.last_attempted = Some(id.clone());
        let (application, group) = (deployment.application.clone(), deployment.group.clone());
        self.use_revision(&application, &deployment.revision, &group, self.now);
        self.codedeploy.deployments.insert(id.clone(), deployment);
        self.later(
            self.pace.created,
            Event::Deployment {
                id: id.clone(),
                epoch: 0,
                step: Step::Start,
            },
        );
        id
    }

    /// The document of a deployment in `Created`.
    pub(in super::super) fn new_deployment(&self, id: &str, new: NewDeployment) -> Deployment {
        let application = &self.codedeploy.applications[&new.application];
        let group = &application.groups[&new.group];
        let revision = &application.revisions[&new.revision];
        let previous = group
            .last_successful
            .as_ref()
            .and_then(|id| self.codedeploy.deployments.get(id));
        let names = event_names(&revision.hooks, group.test_listener);
        Deployment {
            id: id.to_owned(),
            service: group.service.clone(),
            status: Status::Created,
            target_status: "Pending",
            description: new.description,
            creator: new.creator,
            task_definition: revision.task_definition.clone(),
            config: new.config.unwrap_or_else(|| group.config.clone()),
            created_at: self.now,
            started_at: None,
            completed_at: None,
            updated_at: self.now,
            events: names.into_iter().map(pending).collect(),
            sides: Vec::new(),
            error: None,
            auto_rollback: new
                .auto_rollback
                .unwrap_or_else(|| group.auto_rollback.clone()),
            override_alarms: new.override_alarms,
            hooks: revision.hooks.clone(),
            undoes: None,
            undone_by: None,
            rollback_message: None,
            previous_revision: previous.map(|previous| previous.revision.clone()),
            revision: new.revision,
            application: new.application,
            group: new.group,
            epoch: 0,
            receiver: None,
            giver: None,
            in_termination_wait: false,
        }
    }
}

fn pending(name: &'static str) -> LifecycleEvent {
    LifecycleEvent {
        name,
        status: EventStatus::Pending,
        started_at: None,
        ended_at: None,
        diagnostics: None,
    }
}

fn read_auto_rollback(given: &Value) -> AutoRollback {
    AutoRollback {
        enabled: given
            .get("enabled")
            .and_then(Value::as_bool)
            .unwrap_or(false),
        events: texts(given, "events")
            .into_iter()
            .map(str::to_owned)
            .collect(),
    }
}
