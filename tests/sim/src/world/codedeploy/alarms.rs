//! CloudWatch alarms as CodeDeploy polls them: one that rings stops the deployments that watch it.

use std::time::SystemTime;

use serde_json::Value;

use super::super::World;
use super::super::input::{list, text};
use super::super::time::{Event, ms};
use super::deployment::{Deployment, Status};

impl World {
    /// Plans an alarm to ring, or to fall silent, at a time that is yet to come.
    pub fn plan_alarm(&mut self, name: &str, rings: bool, at: SystemTime) {
        let at = ms(at).max(self.now);
        self.timeline.plan(
            at,
            Event::Alarm {
                name: name.to_owned(),
                rings,
            },
        );
    }

    /// Rings or silences an alarm now.
    pub fn set_alarm(&mut self, name: &str, rings: bool) {
        self.alarm_changes(name, rings);
    }

    pub(in super::super) fn alarm_changes(&mut self, name: &str, rings: bool) {
        if !rings {
            self.codedeploy.ringing.remove(name);
            return;
        }
        self.codedeploy.ringing.insert(name.to_owned());
        let started = |deployment: &&Deployment| {
            deployment.status.active() && deployment.started_at.is_some()
        };
        let active = self.codedeploy.deployments.values().filter(started);
        let mut stopped: Vec<String> = active.map(|deployment| deployment.id.clone()).collect();
        stopped.retain(|id| self.rings_for(id));
        stopped.sort();
        for id in stopped {
            self.stop_on_alarm(&id);
        }
        self.native_alarms();
    }

    /// Whether an alarm rings that the deployment watches: its own override, else the group's.
    pub(super) fn rings_for(&self, id: &str) -> bool {
        let deployment = &self.codedeploy.deployments[id];
        if deployment.is_rollback() {
            return false;
        }
        let rings = |name: &str| self.codedeploy.ringing.contains(name);
        match &deployment.override_alarms {
            Some(given) => {
                let enabled = given
                    .get("enabled")
                    .and_then(Value::as_bool)
                    .unwrap_or(false);
                enabled
                    && list(given, "alarms")
                        .iter()
                        .any(|alarm| text(alarm, "name").is_some_and(rings))
            }
            None => self
                .group(&deployment.application, &deployment.group)
                .is_ok_and(|group| {
                    group.alarms_enabled && group.alarms.iter().any(|name| rings(name))
                }),
        }
    }

    pub(super) fn stop_on_alarm(&mut self, id: &str) {
        let ringing: Vec<&str> = self.codedeploy.ringing.iter().map(String::as_str).collect();
        let message = format!(
            "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped. Activated alarms: <{}>",
            ringing.join(", ")
        );
        self.end_badly(
            id,
            Status::Stopped,
            ("ALARM_ACTIVE", message),
            None,
            "DEPLOYMENT_STOP_ON_ALARM",
        );
    }
}
