//! How a service under the ECS controller is deployed: its `deploymentConfiguration`.

use serde_json::{Value, json};

use super::super::super::input::put;
use super::super::super::time::{MINUTE, Ms};

/// `deploymentConfiguration.strategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    Rolling,
    BlueGreen,
    Linear,
    Canary,
}

impl Strategy {
    pub const ALL: [Self; 4] = [Self::Rolling, Self::BlueGreen, Self::Linear, Self::Canary];

    pub fn name(self) -> &'static str {
        match self {
            Self::Rolling => "ROLLING",
            Self::BlueGreen => "BLUE_GREEN",
            Self::Linear => "LINEAR",
            Self::Canary => "CANARY",
        }
    }
}

/// What a lifecycle hook does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookTarget {
    /// Waits for ContinueServiceDeployment; after so many minutes it goes on, or rolls back.
    Pause {
        timeout_minutes: u32,
        rolls_back: bool,
    },
    /// Takes [`Pace::hook`](crate::world::Pace::hook).
    Lambda { fails: bool },
}

#[derive(Clone, Debug)]
pub struct NativeHook {
    /// A hook stage of the model, such as `PRE_PRODUCTION_TRAFFIC_SHIFT`.
    pub stage: String,
    pub target: HookTarget,
}

impl NativeHook {
    /// Pauses at a stage for up to a day, and then rolls back.
    pub fn pause(stage: &str) -> Self {
        let target = HookTarget::Pause {
            timeout_minutes: 1_440,
            rolls_back: true,
        };
        Self {
            stage: stage.to_owned(),
            target,
        }
    }

    fn json(&self) -> Value {
        let mut answer = json!({ "targetType": "AWS_LAMBDA", "lifecycleStages": [self.stage] });
        match self.target {
            HookTarget::Pause {
                timeout_minutes,
                rolls_back,
            } => {
                answer["targetType"] = json!("PAUSE");
                let action = if rolls_back { "ROLLBACK" } else { "CONTINUE" };
                answer["timeoutConfiguration"] =
                    json!({ "timeoutInMinutes": timeout_minutes, "action": action });
            }
            HookTarget::Lambda { .. } => {
                answer["hookTargetArn"] = json!(LAMBDA);
                answer["roleArn"] = json!("arn:aws:iam::123456789012:role/ecsHooks");
            }
        }
        answer
    }
}

/// `earlySuccessCriteria`: a rolling deployment is successful before everything is in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EarlySuccess {
    /// So much of the desired count must be healthy.
    pub healthy_percent: u32,
    /// `DEFERRED`: the old tasks serve on for [`Pace::deferred_cleanup`](crate::world::Pace::deferred_cleanup)
    /// after the success. Otherwise `BLOCKING`: they are gone first.
    pub deferred: bool,
}

impl EarlySuccess {
    /// All tasks must be healthy, and the old ones are cleaned up afterwards.
    pub fn deferred() -> Self {
        Self {
            healthy_percent: 100,
            deferred: true,
        }
    }

    /// How many healthy tasks are enough.
    pub(super) fn enough(self, desired: u32) -> u32 {
        (desired * self.healthy_percent).div_ceil(100)
    }

    fn json(self) -> Value {
        let cleanup = if self.deferred {
            "DEFERRED"
        } else {
            "BLOCKING"
        };
        json!({
            "enable": true,
            "healthyPercent": self.healthy_percent,
            "sourceServiceRevisionCleanup": cleanup,
        })
    }
}

/// The function behind every Lambda hook.
pub(crate) const LAMBDA: &str = "arn:aws:lambda:ap-northeast-2:123456789012:function:check";

/// How ECS deploys the service.
#[derive(Clone, Debug)]
pub struct NativeSpec {
    pub strategy: Strategy,
    /// Both versions live on for so long after all traffic has moved. A rolling deployment bakes only while it
    /// watches alarms.
    pub bake_minutes: u32,
    pub canary_percent: f64,
    pub canary_bake_minutes: u32,
    pub step_percent: f64,
    pub step_bake_minutes: u32,
    /// None: off. Some: on, and whether it rolls back.
    pub circuit_breaker: Option<bool>,
    pub alarms: Vec<String>,
    pub alarms_enabled: bool,
    pub alarms_rollback: bool,
    pub hooks: Vec<NativeHook>,
    /// Of a rolling deployment.
    pub early_success: Option<EarlySuccess>,
    /// Whether CreateService left a service deployment and a revision; before 2024-10-25 it did not.
    pub recorded: bool,
}

impl Default for NativeSpec {
    fn default() -> Self {
        Self {
            strategy: Strategy::Rolling,
            bake_minutes: 0,
            canary_percent: 10.0,
            canary_bake_minutes: 10,
            step_percent: 25.0,
            step_bake_minutes: 5,
            circuit_breaker: None,
            alarms: Vec::new(),
            alarms_enabled: false,
            alarms_rollback: true,
            hooks: Vec::new(),
            early_success: None,
            recorded: true,
        }
    }
}

impl NativeSpec {
    /// This strategy; all but rolling bake for an hour.
    pub fn new(strategy: Strategy) -> Self {
        let bake_minutes = if strategy == Strategy::Rolling { 0 } else { 60 };
        Self {
            strategy,
            bake_minutes,
            ..Self::default()
        }
    }

    pub(super) fn rolling(&self) -> bool {
        self.strategy == Strategy::Rolling
    }

    /// Whether part of the traffic moves before the rest.
    pub(in super::super::super) fn gradual(&self) -> bool {
        self.strategy != Strategy::BlueGreen
    }

    /// The target's share of the traffic after each shift.
    pub(super) fn weights(&self) -> Vec<f64> {
        let step = match self.strategy {
            Strategy::Canary => return vec![self.canary_percent, 100.0],
            Strategy::Linear => self.step_percent,
            Strategy::Rolling | Strategy::BlueGreen => 100.0,
        };
        let steps = (100.0 / step).ceil() as u32;
        (1..=steps)
            .map(|nth| (f64::from(nth) * step).min(100.0))
            .collect()
    }

    /// From one shift to the next.
    pub(super) fn between_shifts(&self) -> Ms {
        let minutes = match self.strategy {
            Strategy::Canary => self.canary_bake_minutes,
            _ => self.step_bake_minutes,
        };
        Ms::from(minutes) * MINUTE
    }

    pub(super) fn bake(&self) -> Ms {
        Ms::from(self.bake_minutes) * MINUTE
    }

    /// How many failed tasks the circuit breaker allows, by AWS's formula.
    pub(super) fn threshold(desired: u32) -> u32 {
        desired.div_ceil(2).clamp(3, 200)
    }

    /// `deploymentConfiguration`.
    pub(in super::super) fn json(&self) -> Value {
        let mut answer = json!({
            "strategy": self.strategy.name(),
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
            "bakeTimeInMinutes": self.bake_minutes,
            "deploymentCircuitBreaker": {
                "enable": self.circuit_breaker.is_some(),
                "rollback": self.circuit_breaker.unwrap_or(false),
            },
        });
        let alarms = json!({
            "alarmNames": self.alarms,
            "enable": self.alarms_enabled,
            "rollback": self.alarms_rollback,
        });
        put(
            &mut answer,
            "alarms",
            (!self.alarms.is_empty()).then_some(alarms),
        );
        let hooks: Vec<Value> = self.hooks.iter().map(NativeHook::json).collect();
        put(
            &mut answer,
            "lifecycleHooks",
            (!hooks.is_empty()).then_some(hooks),
        );
        let early = self.early_success.map(EarlySuccess::json);
        put(&mut answer, "earlySuccessCriteria", early);
        let canary = json!({
            "canaryPercent": self.canary_percent,
            "canaryBakeTimeInMinutes": self.canary_bake_minutes,
        });
        put(
            &mut answer,
            "canaryConfiguration",
            (self.strategy == Strategy::Canary).then_some(canary),
        );
        let linear = json!({ "stepPercent": self.step_percent, "stepBakeTimeInMinutes": self.step_bake_minutes });
        put(
            &mut answer,
            "linearConfiguration",
            (self.strategy == Strategy::Linear).then_some(linear),
        );
        answer
    }
}
