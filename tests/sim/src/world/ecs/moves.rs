//! Services that changed hands: from the ECS controller to CodeDeploy, and back.

use serde_json::{Value, json};

use super::super::World;
use super::super::time::stamp;
use super::{Controller, EcsService, Native, NativeSpec, ServiceKey, TaskSet, TaskSetStatus};

impl World {
    /// UpdateService to the `ECS` controller: what runs becomes a service revision. Nothing that CodeDeploy deployed
    /// is a service deployment, and CodeDeploy's group stays.
    pub fn move_to_ecs(&mut self, key: &ServiceKey, spec: NativeSpec) {
        let sets = self.service_mut(key).task_sets.clone();
        for set in sets
            .iter()
            .filter(|set| set.status != TaskSetStatus::Primary)
        {
            self.remove_task_set(key, &set.id);
        }
        let service = self.service_mut(key);
        service.controller = Controller::Ecs;
        service.answers_deployments = false;
        service.native = Some(Native::new(spec));
        let Some(primary) = sets.iter().find(|set| set.status == TaskSetStatus::Primary) else {
            return;
        };
        let revision = self.add_service_revision(key, &primary.task_definition, true);
        let service = self.service_mut(key);
        service.task_definition.clone_from(&primary.task_definition);
        if let Some(set) = service.task_set_mut(&primary.id) {
            set.external_id = None;
            set.weight = 100.0;
            set.service_revision = Some(revision.clone());
        }
        if let Some(native) = &mut service.native {
            native.last_successful = Some(revision);
        }
    }

    /// What a service that came from the ECS controller may answer in the place of its task sets.
    pub(super) fn task_sets_as_deployments(&self, key: &ServiceKey, service: &EcsService) -> Value {
        let sets = service.task_sets.iter();
        sets.map(|set| self.task_set_as_deployment(key, set))
            .collect()
    }

    fn task_set_as_deployment(&self, key: &ServiceKey, set: &TaskSet) -> Value {
        let (running, pending) = self.counts(key, &set.id);
        let mut answer = json!({
            "id": set.id,
            "status": set.status.name(),
            "taskDefinition": set.task_definition,
            "desiredCount": set.desired,
            "runningCount": running,
            "pendingCount": pending,
            "createdAt": stamp(set.created_at),
            "updatedAt": stamp(set.updated_at),
        });
        set.made_with.describe(&mut answer);
        answer
    }
}
