//! The parts of a run and how long each took.

use std::time::Duration;

use serde::Serialize;

use super::members;

/// A phase of no length is one that still runs, so one that ended took at least this.
const SHORTEST: Duration = Duration::from_millis(1);

/// A step as a person follows it: `AllowTraffic`, `Install`, … (CodeDeploy's lifecycle events).
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub name: String,
    pub state: StepState,
    /// For people: "new tasks are starting", "2 of 2 running".
    pub detail: String,
    /// How long it took, once it ended.
    pub took: Option<Duration>,
}

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepState {
    Started,
    Done,
    Failed,
}

/// A part of the run and how long it took: "reading and checks", "Install", "proof", …
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Phase {
    pub name: String,
    /// From the start of the run.
    #[serde(rename = "from_seconds", serialize_with = "members::seconds")]
    pub from: Duration,
    /// Zero while it runs.
    #[serde(rename = "seconds", serialize_with = "members::seconds")]
    pub took: Duration,
    pub failed: bool,
}

/// The phases of a run in the order in which they began.
#[derive(Clone, Debug, Default)]
pub(crate) struct Phases {
    pub list: Vec<Phase>,
}

impl Phases {
    /// Begins a phase, unless it runs already. Times count from the start of the run.
    pub(super) fn begin(&mut self, name: &str, from: Duration) {
        if self.running(name).is_none() {
            let name = name.to_owned();
            self.list.push(Phase {
                name,
                from,
                ..Phase::default()
            });
        }
    }

    /// Ends a phase, if it runs.
    pub(super) fn end(&mut self, name: &str, now: Duration, failed: bool) {
        if let Some(phase) = self.running(name) {
            phase.end(now, failed);
        }
    }

    /// Ends every phase that still runs.
    pub(super) fn end_all(&mut self, now: Duration, failed: bool) {
        for phase in &mut self.list {
            if phase.took.is_zero() {
                phase.end(now, failed);
            }
        }
    }

    /// A step of the deployment is a phase; one that was skipped is none.
    pub(super) fn step(&mut self, step: &Step, now: Duration) {
        if step.state == StepState::Started {
            self.begin(&step.name, now);
        } else {
            self.end_step(step, now);
        }
    }

    fn end_step(&mut self, step: &Step, now: Duration) {
        // A short step may be seen only at its end.
        let from = now.saturating_sub(step.took.unwrap_or_default());
        self.begin(&step.name, from);
        let Some(phase) = self.running(&step.name) else {
            return;
        };
        phase.end(now, step.state == StepState::Failed);
        // What AWS says it took counts for more than when it was seen.
        if let Some(took) = step.took {
            phase.took = took.max(SHORTEST);
        }
    }

    /// Attempts at one thing are one phase, from the first request to the last answer; the last one says how it went.
    pub(super) fn attempt(&mut self, name: &str, took: Duration, now: Duration, failed: bool) {
        // The pauses between attempts belong to it.
        let known = self.list.iter().any(|phase| phase.name == name);
        if !known {
            self.begin(name, now.saturating_sub(took));
        }
        for phase in &mut self.list {
            if phase.name == name {
                phase.end(now, failed);
            }
        }
    }

    fn running(&mut self, name: &str) -> Option<&mut Phase> {
        // A later round may have a phase of the same name: the last one runs.
        let mut phases = self.list.iter_mut().rev();
        phases.find(|phase| phase.name == name && phase.took.is_zero())
    }
}

impl Phase {
    fn end(&mut self, now: Duration, failed: bool) {
        self.took = now.saturating_sub(self.from).max(SHORTEST);
        self.failed = failed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    fn step(state: StepState, took: Option<Duration>) -> Step {
        Step {
            name: "Install".to_owned(),
            state,
            detail: String::new(),
            took,
        }
    }

    fn figures(phases: &Phases) -> Vec<(u64, u64, bool)> {
        let figures = phases.list.iter().map(|phase| {
            let (from, took) = (phase.from.as_secs(), phase.took.as_secs());
            (from, took, phase.failed)
        });
        figures.collect()
    }

    #[test]
    fn a_step_seen_only_at_its_end_still_has_its_length() {
        let mut phases = Phases::default();
        phases.step(&step(StepState::Done, Some(seconds(38))), seconds(41));
        assert_eq!(figures(&phases), [(3, 38, false)]);
    }

    #[test]
    fn what_runs_when_a_run_fails_has_failed() {
        let mut phases = Phases::default();
        phases.step(&step(StepState::Started, None), seconds(1));
        phases.end_all(seconds(9), true);
        assert_eq!(figures(&phases), [(1, 8, true)]);
    }

    #[test]
    fn attempts_are_one_phase_and_the_last_one_counts() {
        let mut phases = Phases::default();
        phases.attempt("health check", seconds(2), seconds(12), true);
        phases.attempt("health check", seconds(1), seconds(16), false);
        assert_eq!(figures(&phases), [(10, 6, false)]);
    }
}
