//! What others do to a service that ECS deploys: a deployment under way as the story begins, and acts at a time to
//! come.

use std::time::SystemTime;

use super::World;
use super::ecs::{HookStatus, ServiceDeploymentStatus, ServiceKey};
use super::time::{Event, Ms, ms, system_time};

/// How far somebody else's service deployment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NativePhase {
    Pending,
    /// Its tasks start; none of them gets traffic.
    InProgress,
    /// Part of the traffic has moved; not in a blue/green one, where all of it moves at once.
    Shifting,
    /// All traffic has moved, and the old tasks wait; a rolling one needs alarms to watch.
    Baking,
    /// At a `PAUSE` hook; needs one.
    Paused,
    /// Stopped with a rollback while it was in progress.
    RollingBack,
    /// The same, once it had traffic.
    RollingBackTraffic,
}

/// What somebody else does.
#[derive(Clone, Debug)]
pub enum NativeAct {
    /// UpdateService to the task definition with this ARN, where AWS does not refuse it.
    Update(String),
    /// StopServiceDeployment of what is under way, with a rollback or without.
    Stop { rollback: bool },
    /// ContinueServiceDeployment of what is paused.
    Continue,
}

impl World {
    /// Somebody else's service deployment, begun just so long ago that by now it has come this far. Returns its ARN.
    ///
    /// # Panics
    /// Where it never gets there: for example no `Paused` with no `PAUSE` hook.
    pub fn start_service_deployment(
        &mut self,
        key: &ServiceKey,
        task_definition: &str,
        phase: NativePhase,
    ) -> String {
        let now = self.now;
        let first = match phase {
            NativePhase::RollingBack => NativePhase::InProgress,
            NativePhase::RollingBackTraffic if self.native(key).spec.gradual() => {
                NativePhase::Shifting
            }
            NativePhase::RollingBackTraffic => NativePhase::Baking,
            other => other,
        };
        let mut trial = self.clone();
        let arn = trial.deploy_natively(key, task_definition);
        trial.run_until(&arn, first);
        let there = trial.now - now;
        if first != phase {
            trial.stop_for_somebody(key, true);
            trial.run_until(&arn, phase);
        }
        let takes = trial.now - now;
        self.now = now - takes;
        let arn = self.deploy_natively(key, task_definition);
        if first != phase {
            self.advance(system_time(now - takes + there));
            self.stop_for_somebody(key, true);
        }
        self.advance(system_time(now));
        arn
    }

    fn run_until(&mut self, arn: &str, phase: NativePhase) {
        let mut steps = 0;
        while !self.native_has_reached(arn, phase) {
            steps += 1;
            assert!(
                steps < 10_000 && self.step(Ms::MAX),
                "the service deployment never is {phase:?}"
            );
        }
    }

    fn native_has_reached(&self, arn: &str, phase: NativePhase) -> bool {
        use ServiceDeploymentStatus::{InProgress, RollbackInProgress};
        let deployment = &self.ecs.service_deployments[arn];
        let key = &deployment.service;
        let parts = self.serving(&key.cluster, &key.service).len();
        match phase {
            NativePhase::Pending => true,
            NativePhase::InProgress => {
                deployment.status == InProgress && self.share(key, &deployment.target).pending > 0
            }
            NativePhase::Shifting => deployment.status == InProgress && parts > 1,
            NativePhase::Baking => deployment.status == InProgress && deployment.baking,
            NativePhase::Paused => deployment.status == InProgress && deployment.paused(),
            NativePhase::RollingBack | NativePhase::RollingBackTraffic => {
                deployment.status == RollbackInProgress
            }
        }
    }

    /// Somebody will do this then, where it is possible.
    pub fn plan_act(&mut self, key: &ServiceKey, act: NativeAct, at: SystemTime) {
        self.timeline.plan(
            ms(at).max(self.now),
            Event::SomebodyNative {
                service: key.clone(),
                act,
            },
        );
    }

    pub(super) fn somebody_acts(&mut self, key: &ServiceKey, act: &NativeAct) {
        match act {
            NativeAct::Update(task_definition) => {
                if !self.refuses_deployment(key) {
                    self.deploy_natively(key, task_definition);
                }
            }
            NativeAct::Stop { rollback } => self.stop_for_somebody(key, *rollback),
            NativeAct::Continue => self.continue_for_somebody(key),
        }
    }

    fn stop_for_somebody(&mut self, key: &ServiceKey, rollback: bool) {
        let Some(active) = self.active_service_deployment(key) else {
            return;
        };
        let (arn, status) = (active.arn.clone(), active.status);
        if !matches!(
            status,
            ServiceDeploymentStatus::Pending | ServiceDeploymentStatus::InProgress
        ) {
            return;
        }
        if rollback {
            self.request_rollback(
                &arn,
                self.pace.stop,
                "A rollback was requested by a user.".to_owned(),
            );
        } else {
            self.abort(&arn);
        }
    }

    fn continue_for_somebody(&mut self, key: &ServiceKey) {
        let Some(active) = self
            .active_service_deployment(key)
            .filter(|active| active.moves())
        else {
            return;
        };
        let paused = active
            .hooks
            .iter()
            .find(|hook| hook.status == HookStatus::AwaitingAction);
        if let Some((arn, hook)) = paused.map(|hook| (active.arn.clone(), hook.id.clone())) {
            self.settle_hook(&arn, &hook, HookStatus::Succeeded);
        }
    }
}
