//! The world's one clock and its timeline: what is due, in order of time and then of planning.
//! Time is in milliseconds since the Unix epoch; nothing here reads the machine's clock.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::codedeploy::Step;
use super::ecs::{NativeStep, ServiceKey, TaskChange};
use super::meanwhile::Start;
use super::native_meanwhile::NativeAct;

/// Milliseconds since the Unix epoch, or between two moments.
pub(crate) type Ms = u64;

pub(crate) const SECOND: Ms = 1_000;
pub(crate) const MINUTE: Ms = 60 * SECOND;
pub(crate) const HOUR: Ms = 60 * MINUTE;

pub(crate) fn ms(at: SystemTime) -> Ms {
    let since = at
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    since.as_millis() as Ms
}

pub(crate) fn system_time(at: Ms) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(at)
}

/// A timestamp as AWS JSON writes it: seconds with a fraction.
pub(crate) fn stamp(at: Ms) -> Value {
    json!(at as f64 / 1_000.0)
}

/// Something that will happen by itself.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A deployment's next step. A step planned before the deployment was stopped (an older epoch) is void.
    Deployment {
        id: String,
        epoch: u32,
        step: Step,
    },
    /// The same for a service deployment, by ARN.
    Native {
        arn: String,
        epoch: u32,
        step: NativeStep,
    },
    Task {
        id: String,
        change: TaskChange,
    },
    /// A container writes a line to its log stream.
    Output {
        task: String,
        group: String,
        stream: String,
        line: String,
    },
    /// The service scheduler replaces tasks that stopped by themselves.
    Refill {
        service: ServiceKey,
        task_set: String,
    },
    /// The last task of a deleted service is gone.
    ServiceDrained(ServiceKey),
    /// Nothing keeps the task set's tasks any longer.
    Released {
        service: ServiceKey,
        task_set: String,
    },
    /// A draining task set and its tasks are gone.
    Drained {
        service: ServiceKey,
        task_set: String,
    },
    StartRollback {
        of: String,
        message: String,
    },
    /// `rollbackInfo` of the stopped deployment names its rollback from now on.
    LinkRollback {
        of: String,
        rollback: String,
    },
    Alarm {
        name: String,
        rings: bool,
    },
    /// Somebody else starts a deployment.
    Somebody {
        service: ServiceKey,
        start: Box<Start>,
    },
    SomebodyStops {
        service: ServiceKey,
        rollback: bool,
    },
    /// Somebody else does something to a service that ECS deploys.
    SomebodyNative {
        service: ServiceKey,
        act: NativeAct,
    },
}

/// Events by due time; ties in the order in which they were planned.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timeline {
    due: BTreeMap<(Ms, u64), Event>,
    planned: u64,
}

impl Timeline {
    pub(crate) fn plan(&mut self, at: Ms, event: Event) {
        self.planned += 1;
        self.due.insert((at, self.planned), event);
    }

    /// Takes the first event that is due at `until` or before.
    pub(crate) fn take(&mut self, until: Ms) -> Option<(Ms, Event)> {
        let (&key, _) = self.due.first_key_value()?;
        if key.0 > until {
            return None;
        }
        self.due.remove(&key).map(|event| (key.0, event))
    }
}
