//! Setting the stage: clusters, and services with their CodeDeploy application and group.

use std::time::SystemTime;

use super::World;
use super::codedeploy::{Application, AutoRollback, Group, GroupNames};
use super::ecs::{
    Controller, EcsService, MadeWith, Native, NativeSpec, PastService, ServiceKey, ServiceOutcome,
    TaskSet, TaskSetStatus,
};
use super::time::ms;

/// A service to create. Everything has a sensible default but its name and what it runs.
#[derive(Clone, Debug)]
pub struct ServiceSpec {
    pub cluster: String,
    pub service: String,
    /// ARN of the first task definition.
    pub task_definition: String,
    pub desired_count: u32,
    /// Capacity providers, platform version and network.
    pub made_with: MadeWith,
    pub controller: Controller,
    /// It came from the ECS controller: under CodeDeploy it answers `deployments` in the place of `taskSets`.
    pub answers_deployments: bool,
    /// `ARM64` or `X86_64`, where the tasks run on another architecture than their task definition says. Under the
    /// ECS controller the service revisions say so, too.
    pub runs_on: Option<&'static str>,
    /// Express Mode: ECS manages the service's resources.
    pub express: bool,
    /// The container and port behind the load balancer.
    pub container: String,
    pub port: u16,
    /// Names of ports that Service Connect publishes; none: it is off.
    pub service_connect: Vec<String>,
    /// Default: `AppECS-{cluster}-{service}`.
    pub application: Option<String>,
    /// Default: `DgpECS-{cluster}-{service}`.
    pub deployment_group: Option<String>,
    /// How the group's `ecsServices` name the service.
    pub group_names: GroupNames,
    pub deployment_config: String,
    pub termination_wait_minutes: u32,
    /// Some: `STOP_DEPLOYMENT` after so many minutes in `Ready`. None: traffic moves without asking.
    pub ready_wait_minutes: Option<u32>,
    pub alarms: Vec<String>,
    pub alarms_enabled: bool,
    /// What the group deploys to: `ECS`, `Lambda`, `Server`.
    pub compute_platform: &'static str,
    /// Events such as `DEPLOYMENT_FAILURE`; none switches auto-rollback off.
    pub auto_rollback: Vec<String>,
    pub test_listener: bool,
    /// Whether a Network Load Balancer stands before it, not an Application Load Balancer.
    pub network_load_balancer: bool,
    /// How ECS deploys it, where it does.
    pub native: NativeSpec,
}

impl ServiceSpec {
    /// Two tasks of the task definition's first container, on port 8080, with an hour of termination wait.
    pub fn new(cluster: &str, service: &str, task_definition: &str, container: &str) -> Self {
        Self {
            cluster: cluster.to_owned(),
            service: service.to_owned(),
            task_definition: task_definition.to_owned(),
            desired_count: 2,
            made_with: MadeWith::default(),
            controller: Controller::CodeDeploy,
            answers_deployments: false,
            runs_on: None,
            express: false,
            container: container.to_owned(),
            port: 8080,
            service_connect: Vec::new(),
            application: None,
            deployment_group: None,
            group_names: GroupNames::default(),
            deployment_config: "CodeDeployDefault.ECSAllAtOnce".to_owned(),
            termination_wait_minutes: 60,
            ready_wait_minutes: None,
            alarms: Vec::new(),
            alarms_enabled: false,
            compute_platform: "ECS",
            auto_rollback: vec!["DEPLOYMENT_FAILURE".to_owned()],
            test_listener: false,
            network_load_balancer: false,
            native: NativeSpec::default(),
        }
    }

    pub fn key(&self) -> ServiceKey {
        ServiceKey::new(&self.cluster, &self.service)
    }

    pub fn application(&self) -> String {
        self.application
            .clone()
            .unwrap_or_else(|| self.default_name("AppECS"))
    }

    pub fn deployment_group(&self) -> String {
        self.deployment_group
            .clone()
            .unwrap_or_else(|| self.default_name("DgpECS"))
    }

    // AWS's CLI cuts each part so that the whole has room in 100 characters
    fn default_name(&self, prefix: &str) -> String {
        let cut = |name: &str| name.chars().take(46).collect::<String>();
        format!("{prefix}-{}-{}", cut(&self.cluster), cut(&self.service))
    }
}

impl World {
    /// A cluster with no services.
    pub fn add_cluster(&mut self, name: &str) {
        let now = self.now;
        self.ecs.clusters.entry(name.to_owned()).or_insert(now);
    }

    /// CreateService (with its cluster, where it is new) at some time in the past, and the CodeDeploy application
    /// and group where CodeDeploy deploys it. Its first task set runs: ECS's own first service deployment made it
    /// where ECS deploys, nobody's deployment otherwise.
    pub fn create_service(&mut self, spec: &ServiceSpec, at: SystemTime) -> ServiceKey {
        self.add_cluster(&spec.cluster);
        let key = spec.key();
        let by_ecs = spec.controller == Controller::Ecs;
        let service = EcsService {
            active: true,
            controller: spec.controller,
            answers_deployments: spec.answers_deployments,
            runs_on: spec.runs_on,
            express: spec.express,
            draining: false,
            stale: None,
            desired: spec.desired_count,
            container: spec.container.clone(),
            port: spec.port,
            service_connect: spec.service_connect.clone(),
            target_groups: [
                format!("{}-blue", spec.service),
                format!("{}-green", spec.service),
            ],
            task_definition: spec.task_definition.clone(),
            made_with: spec.made_with.clone(),
            network_load_balancer: spec.network_load_balancer,
            created_at: ms(at),
            task_sets: Vec::new(),
            events: Vec::new(),
            native: by_ecs.then(|| Native::new(spec.native.clone())),
        };
        self.ecs.services.insert(key.clone(), service);
        if by_ecs {
            let recorded = spec.native.recorded;
            let first = PastService::new(&spec.task_definition, at, ServiceOutcome::Successful);
            self.past_service_deployment(&key, &PastService { recorded, ..first });
        } else {
            self.place_first_task_set(spec, at);
        }
        if spec.controller == Controller::CodeDeploy {
            self.add_group(spec, at);
        }
        key
    }

    fn place_first_task_set(&mut self, spec: &ServiceSpec, at: SystemTime) {
        let key = spec.key();
        let set = TaskSet {
            id: self.ids.task_set(),
            external_id: None,
            task_definition: spec.task_definition.clone(),
            made_with: spec.made_with.clone(),
            status: TaskSetStatus::Primary,
            weight: 100.0,
            target_group: 0,
            desired: spec.desired_count,
            created_at: ms(at),
            updated_at: ms(at),
            service_revision: None,
            failed: None,
            failed_tasks: 0,
        };
        let first = set.id.clone();
        self.service_mut(&key).task_sets.push(set);
        self.place_running_tasks(&key, &first, ms(at));
    }

    /// The same for a service that CodeDeploy deploys.
    pub fn create_blue_green_service(&mut self, spec: &ServiceSpec, at: SystemTime) -> ServiceKey {
        self.create_service(
            &ServiceSpec {
                controller: Controller::CodeDeploy,
                ..spec.clone()
            },
            at,
        )
    }

    /// A CodeDeploy group, in a new or a known application. Several may name one service.
    pub fn add_group(&mut self, spec: &ServiceSpec, at: SystemTime) {
        let group = Group {
            id: self.ids.uuid(),
            service: spec.key(),
            service_names: spec.group_names,
            config: spec.deployment_config.clone(),
            termination_wait_minutes: spec.termination_wait_minutes,
            ready_wait_minutes: spec.ready_wait_minutes,
            alarms: spec.alarms.clone(),
            alarms_enabled: spec.alarms_enabled,
            compute_platform: spec.compute_platform,
            auto_rollback: AutoRollback {
                enabled: !spec.auto_rollback.is_empty(),
                events: spec.auto_rollback.clone(),
            },
            target_groups: [
                format!("{}-blue", spec.service),
                format!("{}-green", spec.service),
            ],
            test_listener: spec.test_listener,
            network_load_balancer: spec.network_load_balancer,
            deployments: Vec::new(),
            last_successful: None,
            last_attempted: None,
        };
        let id = self.ids.uuid();
        let applications = &mut self.codedeploy.applications;
        let new = || Application {
            id,
            created_at: ms(at),
            ..Application::default()
        };
        let application = applications.entry(spec.application()).or_insert_with(new);
        application.groups.insert(spec.deployment_group(), group);
    }

    /// DeleteDeploymentGroup: its deployments can still be described one by one, and go on where they are under way.
    pub fn delete_group(&mut self, application: &str, group: &str) {
        let found = self.codedeploy.applications.get_mut(application);
        let deleted = found.and_then(|application| application.groups.remove(group));
        assert!(deleted.is_some(), "there is a group {group} to delete");
    }

    /// DeleteApplication, with its groups and revisions.
    pub fn delete_application(&mut self, application: &str) {
        let deleted = self.codedeploy.applications.remove(application);
        assert!(
            deleted.is_some(),
            "there is an application {application} to delete"
        );
    }
}
