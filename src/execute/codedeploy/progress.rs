//! What is told of a deployment on its way: each thing once.

use std::collections::BTreeMap;

use super::follow::Follow;
use crate::domain::deployment::{LifecycleEvent, Target};
use crate::report::event::{Event, Step, StepState};

/// What was told already, so that everything is told once.
#[derive(Default)]
pub struct Told {
    events: BTreeMap<String, StepState>,
    percent: f64,
    pub(super) shifted: bool,
    pub(super) trouble: bool,
    pub(super) continued: bool,
    pub(super) polls: u64,
}

impl Follow<'_> {
    pub(super) fn tell_progress(&self, target: &Target) {
        let green = self.onto.find(target);
        let counts = green.map(|green| {
            format!(
                "{} of {} running",
                green.running,
                green.desired.max(green.running)
            )
        });
        for event in target
            .events
            .iter()
            .filter(|event| self.is_worth_telling(event))
        {
            let Some(state) = state(event) else { continue };
            if self
                .told
                .borrow_mut()
                .events
                .insert(event.name.clone(), state)
                == Some(state)
            {
                continue;
            }
            let detail = self.detail(event, state, counts.as_deref());
            let took = event
                .started_at
                .zip(event.ended_at)
                .map(|(from, to)| (to - from).unsigned_abs());
            (self.tell)(Event::Step(Step {
                name: event.name.clone(),
                state,
                detail,
                took,
            }));
        }
        let percent = green.map_or(0.0, |green| green.weight);
        if std::mem::replace(&mut self.told.borrow_mut().percent, percent) != percent {
            (self.tell)(Event::Traffic { percent });
        }
    }

    /// The events that do something: the deployment's own, and hooks that the AppSpec has.
    fn is_worth_telling(&self, event: &LifecycleEvent) -> bool {
        matches!(event.name.as_str(), "Install" | "AllowTraffic")
            || event.status == "Failed"
            || self
                .planned
                .appspec
                .hooks()
                .iter()
                .any(|hook| hook.event == event.name)
    }

    fn detail(&self, event: &LifecycleEvent, state: StepState, counts: Option<&str>) -> String {
        let hooks = self.planned.appspec.hooks();
        let hook = hooks
            .iter()
            .find(|hook| hook.event == event.name)
            .map(|hook| &hook.function);
        match (event.name.as_str(), state) {
            ("Install", StepState::Started) => "new tasks are starting".to_owned(),
            ("Install", StepState::Done) => counts.unwrap_or_default().to_owned(),
            ("AllowTraffic", StepState::Started) => "traffic is going over".to_owned(),
            ("AllowTraffic", StepState::Done) => {
                format!("traffic goes to {}", self.plan.target.version)
            }
            _ => hook
                .map(|function| format!("hook {function}"))
                .unwrap_or_default(),
        }
    }
}

fn state(event: &LifecycleEvent) -> Option<StepState> {
    match event.status.as_str() {
        "InProgress" => Some(StepState::Started),
        "Succeeded" => Some(StepState::Done),
        "Failed" => Some(StepState::Failed),
        _ => None,
    }
}
