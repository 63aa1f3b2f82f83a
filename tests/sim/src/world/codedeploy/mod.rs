//! CodeDeploy for ECS: applications, groups, revisions, and deployments that walk through their lifecycle.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use serde_json::Value;

use super::World;
use super::ecs::ServiceKey;
use super::input::required;
use super::time::{Ms, SECOND};
use crate::aws::{Answer, AwsError};

mod alarms;
pub mod appspec;
mod create;
mod deployment;
mod deployment_json;
mod deployments;
mod end;
mod group_json;
mod groups;
mod lifecycle;
mod revisions;
mod rollback;
mod routing;
mod stop;
mod targets;
mod traffic;

pub(super) use create::NewDeployment;
pub(super) use deployment::{AutoRollback, event_names};
pub use deployment::{Deployment, EventStatus, LifecycleEvent, Side, Status};
pub(crate) use lifecycle::Step;
pub(super) use revisions::Revision;
pub(super) use routing::Routing;

/// A deployment group, for one ECS service.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub id: String,
    pub service: ServiceKey,
    pub service_names: GroupNames,
    pub config: String,
    pub termination_wait_minutes: u32,
    /// `STOP_DEPLOYMENT` after so many minutes of waiting; None continues at once.
    pub ready_wait_minutes: Option<u32>,
    pub alarms: Vec<String>,
    pub alarms_enabled: bool,
    pub compute_platform: &'static str,
    pub auto_rollback: AutoRollback,
    pub target_groups: [String; 2],
    pub test_listener: bool,
    pub network_load_balancer: bool,
    /// In the order of their creation.
    pub deployments: Vec<String>,
    pub last_successful: Option<String>,
    pub last_attempted: Option<String>,
}

/// How a group's `ecsServices` name its service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupNames {
    /// Service and cluster by their names.
    #[default]
    Plain,
    ServiceArn,
    ClusterArn,
    BothArns,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Application {
    pub id: String,
    pub created_at: Ms,
    pub groups: BTreeMap<String, Group>,
    /// By what identifies a revision: type and hash, or place in S3.
    pub revisions: HashMap<String, Revision>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct CodeDeploy {
    pub applications: BTreeMap<String, Application>,
    pub deployments: HashMap<String, Deployment>,
    /// Names of the alarms that ring.
    pub ringing: BTreeSet<String>,
    /// Deployments that came through CreateDeployment.
    pub created_by_clients: Vec<String>,
    /// Hooks that fail, by deployment group and event, with what they say.
    pub failing_hooks: BTreeMap<(String, String), String>,
    /// Deployment configurations beyond AWS's own.
    pub configs: BTreeSet<String>,
    /// When reads were answered within the last second.
    reads: VecDeque<Ms>,
}

impl World {
    pub(super) fn codedeploy_call(&mut self, operation: &str, input: &Value) -> Answer {
        self.throttle_reads(operation)?;
        match operation {
            "ListApplications" => self.list_applications(input),
            "GetApplication" => self.get_application(input),
            "ListDeploymentGroups" => self.list_deployment_groups(input),
            "GetDeploymentGroup" => self.get_deployment_group(input),
            "BatchGetDeploymentGroups" => self.batch_get_deployment_groups(input),
            "GetDeploymentConfig" => self.get_deployment_config(input),
            "RegisterApplicationRevision" => self.register_application_revision(input),
            "GetApplicationRevision" => self.get_application_revision(input),
            "BatchGetApplicationRevisions" => self.batch_get_application_revisions(input),
            "ListDeployments" => self.list_deployments(input),
            "GetDeployment" => self.get_deployment(input),
            "BatchGetDeployments" => self.batch_get_deployments(input),
            "ListDeploymentTargets" => self.list_deployment_targets(input),
            "GetDeploymentTarget" => self.get_deployment_target(input),
            "BatchGetDeploymentTargets" => self.batch_get_deployment_targets(input),
            "CreateDeployment" => self.create_deployment(input),
            "StopDeployment" => self.stop_deployment(input),
            "ContinueDeployment" => self.continue_deployment(input),
            _ => Err(super::unknown_operation(operation)),
        }
    }

    // a read that is turned away does not count
    fn throttle_reads(&mut self, operation: &str) -> Result<(), AwsError> {
        let Some(most) = self.switches.codedeploy_reads_per_second else {
            return Ok(());
        };
        if !["Get", "List", "BatchGet"]
            .iter()
            .any(|kind| operation.starts_with(kind))
        {
            return Ok(());
        }
        let (now, reads) = (self.now, &mut self.codedeploy.reads);
        reads.retain(|at| at + SECOND > now);
        if reads.len() >= most {
            return Err(AwsError::throttled());
        }
        reads.push_back(now);
        Ok(())
    }

    fn application(&self, input: &Value) -> Result<(&str, &Application), AwsError> {
        let name = required(input, "applicationName")?;
        let found = self.codedeploy.applications.get_key_value(name);
        found
            .map(|(name, application)| (name.as_str(), application))
            .ok_or_else(|| no_application(name))
    }

    fn group(&self, application: &str, group: &str) -> Result<&Group, AwsError> {
        let application = self
            .codedeploy
            .applications
            .get(application)
            .ok_or_else(|| no_application(application))?;
        application.groups.get(group).ok_or_else(|| {
            AwsError::client(
                "DeploymentGroupDoesNotExistException",
                format!("No Deployment Group found for name: {group}"),
            )
        })
    }

    /// The group of a deployment, which may have been deleted since.
    fn group_mut(&mut self, application: &str, group: &str) -> Option<&mut Group> {
        let application = self.codedeploy.applications.get_mut(application);
        application.and_then(|application| application.groups.get_mut(group))
    }

    fn find_deployment(&self, id: &str) -> Result<&Deployment, AwsError> {
        if !id.starts_with("d-") {
            return Err(AwsError::client(
                "InvalidDeploymentIdException",
                format!("The deployment ID {id} has an invalid format."),
            ));
        }
        self.codedeploy.deployments.get(id).ok_or_else(|| {
            AwsError::client(
                "DeploymentDoesNotExistException",
                format!("The deployment {id} could not be found"),
            )
        })
    }

    fn deployment_mut(&mut self, id: &str) -> &mut Deployment {
        self.codedeploy
            .deployments
            .get_mut(id)
            .expect("a deployment that is at work is there")
    }
}

fn no_application(name: &str) -> AwsError {
    AwsError::client(
        "ApplicationDoesNotExistException",
        format!("No application found for name: {name}"),
    )
}

/// AWS's batch operations take one to `most` names or ids; `none` is how they refuse an empty list.
fn batch_limit(given: usize, most: usize, none: &str) -> Result<(), AwsError> {
    if given == 0 {
        return Err(AwsError::client(none, "At least one must be specified."));
    }
    if given > most {
        return Err(AwsError::client(
            "BatchLimitExceededException",
            format!(
                "The maximum number of names or IDs allowed for this request ({most}) was exceeded."
            ),
        ));
    }
    Ok(())
}
