//! The plan for a service that ECS itself deploys, in the words that people read.

use super::action::Action;
use crate::{
    domain::service::Strategy,
    observe::ecs::Observed,
    plan::{
        sentences::{discovery, slow_switch},
        situation::Situation,
    },
    report::data::{Discovery, PlanNote},
    words,
};

impl Situation<'_, Observed> {
    pub(super) fn discovered(&self) -> Vec<Discovery> {
        let strategy = &self.snapshot.running.service.strategy;
        let mut found = self.container_and_repository();
        found.push(discovery(
            "deployment strategy",
            name(strategy),
            "the service, which ECS itself deploys",
        ));
        found
    }

    /// What the service's own settings do to a deployment that this run starts.
    pub(super) fn notes(&self, action: &Action) -> Vec<PlanNote> {
        let service = &self.snapshot.running.service;
        let mut notes = Vec::from_iter(slow_switch(service.load_balancer_kind, self.inputs));
        // What is followed, or stopped, began with the settings of its own time.
        if matches!(action, Action::Adopt { .. } | Action::Reroute { .. }) {
            return notes;
        }
        let strategy = &service.strategy;
        notes.extend(pace(strategy));
        notes.extend(alarms(strategy));
        notes
    }
}

/// `rolling`, `blue/green`, `canary: 10 % of the traffic first, the rest after 10 min`.
fn name(strategy: &Strategy) -> String {
    let step = strategy
        .step
        .map(|(percent, wait)| (words::percent(percent), words::duration(wait)));
    match (strategy.name.as_str(), step) {
        ("" | "ROLLING", _) => "rolling".to_owned(),
        ("BLUE_GREEN", _) => "blue/green".to_owned(),
        ("CANARY", Some((percent, wait))) => {
            format!("canary: {percent} of the traffic first, the rest after {wait}")
        }
        ("LINEAR", Some((percent, wait))) => {
            format!("linear: {percent} of the traffic every {wait}")
        }
        (other, _) => other.to_lowercase(),
    }
}

fn pace(strategy: &Strategy) -> Option<PlanNote> {
    let shift = strategy.shift();
    if shift.is_zero() {
        return None;
    }
    let (name, longer) = (name(strategy), words::duration(shift));
    Some(PlanNote {
        topic: Some("pace"),
        text: format!(
            "{name}, by the service's own settings, which stay as they are: all traffic takes {longer} longer"
        ),
    })
}

fn alarms(strategy: &Strategy) -> Option<PlanNote> {
    if strategy.alarms.is_empty() {
        return None;
    }
    // `UpdateService` could turn them off, but what it changes stays with the service.
    Some(PlanNote {
        topic: Some("alarms"),
        text: format!(
            "the service watches {}; ECS ignores alarms already in ALARM when the deployment starts; one that triggers later ends it. The input `alarms` has no effect here",
            words::list(&strategy.alarms)
        ),
    })
}
