//! How events add up to the report.

use std::time::Duration;

use super::data::{Ending, HealthAttempt, Outcome, Phase, Report};
use super::event::{Event, Step, StepState, Write};

const READING: &str = "reading and checks";
const REGISTER: &str = "register the revision";
const CREATE: &str = "create the deployment";
const UPDATE: &str = "update the service";
const PROOF: &str = "proof";
const HEALTH: &str = "health check";

/// A phase of no length is one that still runs, so one that ended took at least this.
const SHORTEST: Duration = Duration::from_millis(1);

impl Report {
    /// Whether anything was written to AWS, or may have been.
    pub fn wrote(&self) -> bool {
        self.registering || self.marker.is_some() || self.updating || !self.interfered.is_empty()
    }

    /// What an earlier round followed is not what brings the target any more.
    fn begins_anew(&mut self) {
        (self.deployment, self.traffic, self.to_traffic) = (None, None, None);
    }

    /// Takes one event in; `elapsed` counts from the start of the run.
    pub fn apply(&mut self, event: &Event, elapsed: Duration) {
        self.elapsed = elapsed;
        match event {
            Event::Asked => self.open(READING),
            Event::Observed(serving) => {
                self.before.get_or_insert_with(|| serving.clone());
            }
            Event::Targeted(target) => self.target = Some(target.clone()),
            Event::Planned(plan) => {
                self.close(READING, None, false);
                self.task_definition_arn = plan.task_definition_arn.clone();
                self.plan = Some(plan.clone());
            }
            Event::Registering { .. } => {
                self.registering = true;
                self.open(REGISTER);
            }
            Event::Registered {
                task_definition_arn,
            } => {
                self.close(REGISTER, None, false);
                self.task_definition_arn = Some(task_definition_arn.clone());
                self.registered = true;
                self.revisions.push(task_definition_arn.clone());
            }
            Event::Creating { marker } => {
                self.begins_anew();
                self.open(CREATE);
                self.marker = Some(marker.clone());
            }
            Event::Updating {
                task_definition_arn,
            } => {
                self.begins_anew();
                self.open(UPDATE);
                self.updating = true;
                self.task_definition_arn = Some(task_definition_arn.clone());
            }
            Event::Created(deployment) => {
                self.close(CREATE, None, false);
                self.close(UPDATE, None, false);
                self.deployment = Some(deployment.clone());
            }
            Event::Followed(deployment) => self.deployment = Some(deployment.clone()),
            Event::Interfering { deployment, what } => {
                self.interfered.push(format!("{deployment}: {what}"))
            }
            Event::Rejected(Write::Register) => self.registering = false,
            Event::Rejected(Write::Create) => self.marker = None,
            Event::Rejected(Write::Update) => self.updating = false,
            Event::Rejected(Write::Interfere) => drop(self.interfered.pop()),
            Event::Step(step) => self.step(step),
            Event::Traffic { percent } => self.traffic = Some(*percent),
            Event::TrafficShifted => self.shifted(),
            Event::Health(attempt) => self.health_attempt(attempt),
            Event::Proven(proof) => {
                self.close(PROOF, None, !proof.proven);
                self.proof = Some(proof.clone());
            }
            Event::Warned(warning) => self.warnings.push(warning.clone()),
            Event::Ended(ending) => self.end(ending),
        }
    }

    /// Begins a phase, unless it runs already.
    fn open(&mut self, name: &str) {
        if self.running(name).is_none() {
            let phase = Phase {
                name: name.to_owned(),
                from: self.elapsed,
                took: Duration::ZERO,
                failed: false,
            };
            self.phases.push(phase);
        }
    }

    fn running(&mut self, name: &str) -> Option<&mut Phase> {
        self.phases
            .iter_mut()
            .rev()
            .find(|phase| phase.name == name && phase.took.is_zero())
    }

    /// Ends a phase that runs. What AWS says it took counts for more than when it was seen.
    fn close(&mut self, name: &str, took: Option<Duration>, failed: bool) {
        let elapsed = self.elapsed;
        if let Some(phase) = self.running(name) {
            phase.took = took
                .unwrap_or(elapsed.saturating_sub(phase.from))
                .max(SHORTEST);
            phase.failed = failed;
        }
    }

    fn step(&mut self, step: &Step) {
        match step.state {
            StepState::Started => self.open(&step.name),
            StepState::Skipped => self
                .phases
                .retain(|phase| phase.name != step.name || !phase.took.is_zero()),
            StepState::Done | StepState::Failed => {
                if self.running(&step.name).is_none() {
                    let from = self.elapsed.saturating_sub(step.took.unwrap_or_default());
                    self.phases.push(Phase {
                        name: step.name.clone(),
                        from,
                        took: Duration::ZERO,
                        failed: false,
                    });
                }
                self.close(&step.name, step.took, step.state == StepState::Failed);
            }
        }
    }

    fn shifted(&mut self) {
        self.traffic = Some(100.0);
        self.to_traffic.get_or_insert(self.elapsed);
        self.open(PROOF);
    }

    /// The attempts together are one phase, from the first request to the last answer.
    fn health_attempt(&mut self, attempt: &HealthAttempt) {
        let from = self.elapsed.saturating_sub(attempt.took);
        let elapsed = self.elapsed;
        if !self.phases.iter().any(|phase| phase.name == HEALTH) {
            self.phases.push(Phase {
                name: HEALTH.to_owned(),
                from,
                took: Duration::ZERO,
                failed: false,
            });
        }
        if let Some(phase) = self.phases.iter_mut().find(|phase| phase.name == HEALTH) {
            phase.took = elapsed.saturating_sub(phase.from).max(SHORTEST);
            phase.failed = !attempt.ok;
        }
        self.health.push(attempt.clone());
    }

    fn end(&mut self, ending: &Ending) {
        let failed = matches!(
            ending.outcome,
            Outcome::Failed | Outcome::Reverted | Outcome::Refused
        );
        let open: Vec<String> = self
            .phases
            .iter()
            .filter(|p| p.took.is_zero())
            .map(|phase| phase.name.clone())
            .collect();
        for name in open {
            self.close(&name, None, failed);
        }
        self.ending = Some(ending.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, state: StepState, took: Option<u64>) -> Event {
        let took = took.map(Duration::from_secs);
        Event::Step(Step {
            name: name.to_owned(),
            state,
            detail: String::new(),
            took,
        })
    }

    fn told(events: Vec<(u64, Event)>) -> Report {
        let mut report = Report::default();
        for (seconds, event) in events {
            report.apply(&event, Duration::from_secs(seconds));
        }
        report
    }

    fn phases(report: &Report) -> Vec<(&str, u64, u64, bool)> {
        report
            .phases
            .iter()
            .map(|p| {
                (
                    p.name.as_str(),
                    p.from.as_secs(),
                    p.took.as_secs(),
                    p.failed,
                )
            })
            .collect()
    }

    #[test]
    fn a_step_seen_only_at_its_end_still_has_its_length() {
        let report = told(vec![
            (0, Event::Asked),
            (41, step("Install", StepState::Done, Some(38))),
        ]);
        assert_eq!(
            phases(&report),
            [
                ("reading and checks", 0, 0, false),
                ("Install", 3, 38, false)
            ]
        );
    }

    #[test]
    fn a_skipped_step_is_no_phase() {
        let report = told(vec![
            (1, step("BeforeInstall", StepState::Started, None)),
            (2, step("BeforeInstall", StepState::Skipped, None)),
        ]);
        assert!(report.phases.is_empty());
    }

    #[test]
    fn what_runs_when_it_fails_failed() {
        let ending = Ending {
            outcome: Outcome::Failed,
            problems: vec![],
            left: vec![],
            details: vec![],
            serving: None,
            warm_until: None,
        };
        let report = told(vec![
            (1, step("Install", StepState::Started, None)),
            (9, Event::Ended(ending)),
        ]);
        assert_eq!(phases(&report), [("Install", 1, 8, true)]);
    }

    #[test]
    fn the_first_shift_counts() {
        let report = told(vec![
            (40, Event::TrafficShifted),
            (50, Event::TrafficShifted),
        ]);
        assert_eq!(report.to_traffic, Some(Duration::from_secs(40)));
        assert_eq!(report.traffic, Some(100.0));
    }
}
