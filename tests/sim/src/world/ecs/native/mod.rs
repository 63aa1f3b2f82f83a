//! The ECS controller: services that ECS deploys by itself, rolling or by shifting traffic.
//! Under the other controllers the same operations answer as for a service that ECS does not deploy.

use serde_json::Value;

use super::super::World;
use super::super::time::{Event, Ms};
use super::{ServiceKey, TaskSet, TaskSetStatus};
use crate::aws::{Answer, AwsError};

mod begin;
mod deployment;
mod deployment_json;
mod finish;
mod held;
mod hooks;
mod listing;
mod monitors;
mod past;
mod revisions;
mod roll;
mod shift;
mod spec;
mod stop;
mod update;

pub(in super::super) use deployment::Native;
pub(super) use deployment::Revision;
pub use deployment::{
    Hook, HookStatus, Rollback, ServiceDeployment, ServiceDeploymentStatus, Share, Stage,
};
pub use held::Held;
pub use past::{PastService, ServiceOutcome};
pub use spec::{EarlySuccess, HookTarget, NativeHook, NativeSpec, Strategy};

/// A service deployment's next step.
#[derive(Clone, Debug)]
pub(crate) enum NativeStep {
    Start,
    Enter(Stage),
    HookEnds(String),
    Shift,
    RolledOut,
    ShiftBack,
    CleanUp,
    Finish,
    BeginRollback(String),
    Stop(String),
}

impl World {
    pub(super) fn native_call(&mut self, operation: &str, input: &Value) -> Answer {
        match operation {
            "UpdateService" => self.update_service(input),
            "ListServiceDeployments" => self.list_service_deployments(input),
            "DescribeServiceDeployments" => self.describe_service_deployments(input),
            "DescribeServiceRevisions" => self.describe_service_revisions(input),
            "StopServiceDeployment" => self.stop_service_deployment(input),
            "ContinueServiceDeployment" => self.continue_service_deployment(input),
            _ => Err(super::super::unknown_operation(operation)),
        }
    }

    pub(in super::super) fn native_step(&mut self, arn: &str, epoch: u32, step: NativeStep) {
        let deployment = self.service_deployment_at(arn);
        if deployment.epoch != epoch || deployment.status.over() {
            return;
        }
        match step {
            NativeStep::Start => self.start_service_deployment_now(arn),
            NativeStep::Enter(stage) => self.enter(arn, stage),
            NativeStep::HookEnds(hook) => self.hook_ends(arn, &hook),
            NativeStep::Shift => self.shift(arn),
            NativeStep::RolledOut => self.rolled_out(arn),
            NativeStep::ShiftBack => self.shift_back(arn),
            NativeStep::CleanUp => self.clean_up(arn),
            NativeStep::Finish => self.finish_service_deployment(arn),
            NativeStep::BeginRollback(reason) => self.begin_rollback(arn, reason),
            NativeStep::Stop(reason) => self.end_stopped(arn, reason),
        }
    }

    fn plan_native(&mut self, arn: &str, delay: Ms, step: NativeStep) {
        let epoch = self.service_deployment_at(arn).epoch;
        self.later(
            delay,
            Event::Native {
                arn: arn.to_owned(),
                epoch,
                step,
            },
        );
    }

    fn service_deployment_at(&self, arn: &str) -> &ServiceDeployment {
        &self.ecs.service_deployments[arn]
    }

    // every change is one that DescribeServiceDeployments dates
    fn service_deployment_mut(&mut self, arn: &str) -> &mut ServiceDeployment {
        let now = self.now;
        let found = self
            .ecs
            .service_deployments
            .get_mut(arn)
            .expect("deployments are never deleted");
        found.updated_at = now;
        found
    }

    /// The service's newest deployment, where it is under way.
    pub(in super::super::super) fn active_service_deployment(
        &self,
        key: &ServiceKey,
    ) -> Option<&ServiceDeployment> {
        let newest = self
            .ecs
            .services
            .get(key)?
            .native
            .as_ref()?
            .deployments
            .last()?;
        Some(self.service_deployment_at(newest)).filter(|deployment| !deployment.status.over())
    }

    pub(in super::super::super) fn native(&self, key: &ServiceKey) -> &Native {
        self.ecs.services[key]
            .native
            .as_ref()
            .expect("ECS deploys this service")
    }

    fn native_mut(&mut self, key: &ServiceKey) -> &mut Native {
        self.service_mut(key)
            .native
            .as_mut()
            .expect("ECS deploys this service")
    }

    /// Tasks that get traffic where it goes to all healthy ones alike.
    pub(in super::super) fn healthy_tasks(&self, task_set: &str) -> u32 {
        let tasks = self.ecs.tasks.values();
        tasks
            .filter(|task| task.task_set == task_set && task.serves())
            .count() as u32
    }
}

fn unknown_deployment() -> AwsError {
    AwsError::client(
        "ServiceDeploymentNotFoundException",
        "Service deployment not found.",
    )
}
