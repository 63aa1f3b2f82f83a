//! What a deployment of CodeDeploy's tells on its way: each thing once.

use std::collections::BTreeMap;

use crate::{
    domain::{
        appspec::Hook,
        deployment::{LifecycleEvent, Target, TargetTaskSet},
    },
    report::event::{Event, Step, StepState},
};

/// What was told already.
#[derive(Default)]
pub(crate) struct Progress {
    events: BTreeMap<String, StepState>,
    percent: f64,
}

impl Progress {
    /// What is new since the last look. `hooks`: lifecycle events of the AppSpec with their Lambda functions.
    pub(super) fn news(
        &mut self,
        target: &Target,
        task_set: Option<&TargetTaskSet>,
        hooks: &[Hook],
        version: &str,
    ) -> Vec<Event> {
        let mut news = Vec::new();
        for event in &target.events {
            let Some(state) = state(event) else { continue };
            if !is_worth_telling(event, hooks) {
                continue;
            }
            if self.events.insert(event.name.clone(), state) == Some(state) {
                continue;
            }
            news.push(Event::Step(Step {
                name: event.name.clone(),
                state,
                detail: detail(event, state, task_set, hooks, version),
                took: took(event),
            }));
        }
        // Before `Install` the target has no replacement task set.
        let percent = task_set.map_or(0.0, |task_set| task_set.weight);
        if percent != self.percent {
            self.percent = percent;
            news.push(Event::Traffic { percent });
        }
        news
    }
}

/// The events that do something: the deployment's own, hooks that the AppSpec has, and whatever failed.
fn is_worth_telling(event: &LifecycleEvent, hooks: &[Hook]) -> bool {
    // AWS lists all eight events, also those that have no hook and take no time.
    let own = matches!(event.name.as_str(), "Install" | "AllowTraffic");
    own || event.status == "Failed" || hooks.iter().any(|hook| hook.event == event.name)
}

fn detail(
    event: &LifecycleEvent,
    state: StepState,
    task_set: Option<&TargetTaskSet>,
    hooks: &[Hook],
    version: &str,
) -> String {
    match (event.name.as_str(), state) {
        ("Install", StepState::Started) => "new tasks are starting".to_owned(),
        ("Install", StepState::Done) => running(task_set),
        ("AllowTraffic", StepState::Started) => "traffic is shifting".to_owned(),
        ("AllowTraffic", StepState::Done) => format!("traffic goes to {version}"),
        (name, _) => match hooks.iter().find(|hook| hook.event == name) {
            Some(hook) => format!("hook {}", hook.function_in_words()),
            None => String::new(),
        },
    }
}

/// `2 of 2 running`
fn running(task_set: Option<&TargetTaskSet>) -> String {
    let Some(TargetTaskSet {
        running, desired, ..
    }) = task_set
    else {
        return String::new();
    };
    format!("{running} of {} running", desired.max(running))
}

fn took(event: &LifecycleEvent) -> Option<std::time::Duration> {
    let (from, to) = (event.started_at?, event.ended_at?);
    Some((to - from).unsigned_abs())
}

fn state(event: &LifecycleEvent) -> Option<StepState> {
    match event.status.as_str() {
        "InProgress" => Some(StepState::Started),
        "Succeeded" => Some(StepState::Done),
        "Failed" => Some(StepState::Failed),
        _ => None,
    }
}
