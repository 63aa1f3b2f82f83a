//! The simulated AWS itself: ECR, ECS, CodeDeploy, CloudWatch Logs and SNS as one state machine over one clock.
//! Operations come in through [`World::call`]; tests arrange and inspect it through the other methods.

use std::time::SystemTime;

use serde_json::Value;

use crate::aws::{Answer, AwsError, Service};

mod behavior;
mod codedeploy;
mod ecr;
mod ecs;
mod history;
mod http;
mod ids;
mod input;
mod inspect;
mod logs;
mod meanwhile;
mod native_meanwhile;
mod setup;
mod sns;
pub mod stage;
mod switches;
#[cfg(test)]
mod tests;
mod time;

pub use behavior::{Crash, HealthCheck};
pub use codedeploy::{Deployment, EventStatus, GroupNames, LifecycleEvent, Side, Status, appspec};
pub use ecr::ImageSpec;
pub use ecs::{
    CapacityProvider, Controller, EarlySuccess, Held, Hook, HookStatus, HookTarget, MadeWith,
    NativeHook, NativeSpec, Network, PastService, Rollback, ServiceDeployment,
    ServiceDeploymentStatus, ServiceKey, ServiceOutcome, Share, Stage, Strategy,
};
pub use history::{Outcome, Past};
pub use http::HttpAnswer;
pub use inspect::{Holder, Serving};
pub use meanwhile::{Reached, Start};
pub use native_meanwhile::{NativeAct, NativePhase};
pub use setup::ServiceSpec;
pub use sns::TopicMessage;
pub use switches::{
    DigestReport, LimitWording, ListOrder, NativeBusy, Pace, PrimaryMoves, Switches,
};

use time::{Event, Ms};

/// One account in one region, and the registries of other accounts.
#[derive(Clone, Debug)]
pub struct World {
    pub pace: Pace,
    pub switches: Switches,
    account: String,
    region: String,
    now: Ms,
    ids: ids::Ids,
    timeline: time::Timeline,
    ecr: ecr::Ecr,
    ecs: ecs::Ecs,
    codedeploy: codedeploy::CodeDeploy,
    logs: logs::Logs,
    http: http::Http,
    sns: sns::Sns,
}

impl World {
    pub fn new(account: &str, region: &str, start: SystemTime) -> Self {
        Self {
            pace: Pace::default(),
            switches: Switches::default(),
            account: account.to_owned(),
            region: region.to_owned(),
            now: time::ms(start),
            ids: ids::Ids::default(),
            timeline: time::Timeline::default(),
            ecr: ecr::Ecr::default(),
            ecs: ecs::Ecs::default(),
            codedeploy: codedeploy::CodeDeploy::default(),
            logs: logs::Logs::default(),
            http: http::Http::default(),
            sns: sns::Sns::default(),
        }
    }

    pub fn account(&self) -> &str {
        &self.account
    }

    pub fn region(&self) -> &str {
        &self.region
    }

    /// The world's time: the latest that it was advanced to.
    pub fn now(&self) -> SystemTime {
        time::system_time(self.now)
    }

    /// Advances to `now` and answers one operation. Input and answer are AWS JSON documents.
    pub fn call(
        &mut self,
        service: Service,
        operation: &str,
        input: &Value,
        now: SystemTime,
    ) -> Answer {
        self.advance(now);
        match service {
            Service::Ecr => self.ecr_call(operation, input),
            Service::Ecs => self.ecs_call(operation, input),
            Service::CodeDeploy => self.codedeploy_call(operation, input),
            Service::Logs => self.logs_call(operation, input),
            Service::Sns => self.sns_call(operation, input),
        }
    }

    /// Lets everything happen that is due at `now`, in order. A time that has passed changes nothing.
    pub fn advance(&mut self, now: SystemTime) {
        let until = time::ms(now).max(self.now);
        while self.step(until) {}
        self.now = until;
    }

    // one due event; false when none is left
    fn step(&mut self, until: Ms) -> bool {
        let Some((at, event)) = self.timeline.take(until) else {
            return false;
        };
        self.now = at.max(self.now);
        match event {
            Event::Deployment { id, epoch, step } => self.deployment_step(&id, epoch, step),
            Event::Native { arn, epoch, step } => self.native_step(&arn, epoch, step),
            Event::Task { id, change } => self.change_task(&id, change),
            Event::Output {
                task,
                group,
                stream,
                line,
            } => self.write_line(&task, &group, &stream, &line),
            Event::Refill { service, task_set } => self.start_tasks(&service, &task_set),
            Event::ServiceDrained(key) => self.delete_service(&key.cluster, &key.service),
            Event::Released { service, task_set } => self.release(&service, &task_set),
            Event::Drained { service, task_set } => self.remove_task_set(&service, &task_set),
            Event::StartRollback { of, message } => self.start_rollback(&of, &message),
            Event::LinkRollback { of, rollback } => self.link_rollback(&of, rollback),
            Event::Alarm { name, rings } => self.alarm_changes(&name, rings),
            Event::Somebody { service, start } => self.somebody_starts(&service, &start),
            Event::SomebodyStops { service, rollback } => self.somebody_stops(&service, rollback),
            Event::SomebodyNative { service, act } => self.somebody_acts(&service, &act),
        }
        true
    }

    fn later(&mut self, delay: Ms, event: Event) {
        self.timeline.plan(self.now + delay, event);
    }
}

fn unknown_operation(operation: &str) -> AwsError {
    AwsError::client(
        "UnknownOperationException",
        format!("the simulator does not model {operation}"),
    )
}
