//! A service deployment's beginning: its revision, its task set, its first step.

use std::collections::BTreeMap;

use super::super::super::World;
use super::{
    NativeStep, Revision, ServiceDeployment, ServiceDeploymentStatus, ServiceKey, TaskSet,
    TaskSetStatus,
};

impl World {
    /// Creates the deployment of a task definition, and with it a service revision and a task set with no tasks.
    pub(super) fn begin_service_deployment(
        &mut self,
        key: &ServiceKey,
        task_definition: &str,
    ) -> String {
        let sources = self.revisions_in_place(key);
        let target = self.add_service_revision(key, task_definition, true);
        let destination = self.add_revision_task_set(key, &target);
        self.make_primary(key, &destination);
        self.service_mut(key).task_definition = task_definition.to_owned();
        let deployment = self.new_service_deployment(key, sources, target, destination);
        let arn = deployment.arn.clone();
        self.keep_service_deployment(deployment);
        self.plan_native(&arn, self.pace.created, NativeStep::Start);
        arn
    }

    pub(super) fn new_service_deployment(
        &mut self,
        key: &ServiceKey,
        sources: Vec<String>,
        target: String,
        destination: String,
    ) -> ServiceDeployment {
        let id = self.ids.service_deployment();
        ServiceDeployment {
            arn: self.ecs_arn(&format!(
                "service-deployment/{}/{}/{id}",
                key.cluster, key.service
            )),
            service: key.clone(),
            status: ServiceDeploymentStatus::Pending,
            reason: None,
            stage: None,
            created_at: self.now,
            started_at: None,
            finished_at: None,
            stopped_at: None,
            updated_at: self.now,
            sources,
            target,
            rollback: None,
            hooks: Vec::new(),
            failures: 0,
            breaker_tripped: false,
            triggered_alarms: Vec::new(),
            watches_alarms: self.native(key).spec.alarms_enabled,
            baking: false,
            destination,
            rollback_failures: 0,
            shifts: 0,
            in_place: false,
            epoch: 0,
            left: BTreeMap::new(),
        }
    }

    pub(super) fn keep_service_deployment(&mut self, deployment: ServiceDeployment) {
        let arn = deployment.arn.clone();
        self.native_mut(&deployment.service)
            .deployments
            .push(arn.clone());
        self.ecs.service_deployments.insert(arn, deployment);
    }

    pub(in super::super::super) fn add_service_revision(
        &mut self,
        key: &ServiceKey,
        task_definition: &str,
        recorded: bool,
    ) -> String {
        let id = self.ids.service_revision();
        let arn = self.ecs_arn(&format!(
            "service-revision/{}/{}/{id}",
            key.cluster, key.service
        ));
        let revision = Revision {
            service: key.clone(),
            task_definition: task_definition.to_owned(),
            created_at: self.now,
            images: Vec::new(),
            recorded,
        };
        self.ecs.service_revisions.insert(arn.clone(), revision);
        arn
    }

    /// Adds a task set for a revision, with no tasks and no traffic.
    pub(super) fn add_revision_task_set(&mut self, key: &ServiceKey, revision: &str) -> String {
        let other = self.ids.task_set();
        // an entry in `deployments` has the number of its service revision
        let id = format!(
            "ecs-svc/{}",
            revision.rsplit('/').next().unwrap_or(revision)
        );
        let id = match self.service_mut(key).task_set_mut(&id) {
            Some(_) => other,
            None => id,
        };
        let now = self.now;
        let task_definition = self.ecs.service_revisions[revision].task_definition.clone();
        let service = self.service_mut(key);
        let set = TaskSet {
            id: id.clone(),
            external_id: None,
            task_definition,
            made_with: service.made_with.clone(),
            status: TaskSetStatus::Active,
            weight: 0.0,
            target_group: service
                .primary()
                .map_or(0, |primary| 1 - primary.target_group),
            desired: 0,
            created_at: now,
            updated_at: now,
            service_revision: Some(revision.to_owned()),
            failed: None,
            failed_tasks: 0,
        };
        service.task_sets.push(set);
        id
    }

    /// Revisions whose task sets are there to stay.
    fn revisions_in_place(&self, key: &ServiceKey) -> Vec<String> {
        let sets = self.ecs.services[key].task_sets.iter();
        let staying =
            sets.filter(|set| set.status != TaskSetStatus::Draining && !self.holds(&set.id));
        let mut revisions: Vec<String> = Vec::new();
        for revision in staying.filter_map(|set| set.service_revision.clone()) {
            if !revisions.contains(&revision) {
                revisions.push(revision);
            }
        }
        revisions
    }

    pub(super) fn start_service_deployment_now(&mut self, arn: &str) {
        let now = self.now;
        let key = self.service_deployment_at(arn).service.clone();
        let rings = self
            .native(&key)
            .spec
            .alarms
            .iter()
            .any(|name| self.codedeploy.ringing.contains(name));
        let deployment = self.service_deployment_mut(arn);
        deployment.status = ServiceDeploymentStatus::InProgress;
        deployment.started_at = Some(now);
        deployment.watches_alarms &= !rings;
        let reconciles = deployment.sources.len() > 1;
        if self.native(&key).spec.rolling() {
            self.fill_destination(arn);
            self.roll(arn);
        } else if reconciles {
            self.enter(arn, super::Stage::ReconcileService);
        } else {
            self.enter(arn, super::Stage::PreScaleUp);
        }
    }

    /// Lets the destination have all of the service's tasks.
    pub(super) fn fill_destination(&mut self, arn: &str) {
        let deployment = self.service_deployment_at(arn);
        let (key, set) = (deployment.service.clone(), deployment.destination.clone());
        let (desired, now) = (self.ecs.services[&key].desired, self.now);
        if let Some(found) = self.service_mut(&key).task_set_mut(&set) {
            (found.desired, found.updated_at) = (desired, now);
        }
        let (running, pending) = self.counts(&key, &set);
        if running + pending < desired {
            self.tell(
                &key,
                &format!("has started {} tasks.", desired - running - pending),
            );
        }
        self.refill(&key, &set);
    }
}
