//! How events add up to the report.

use std::time::Duration;

use super::{
    data::{
        Deployment, Ending, HealthAttempt, Outcome, PlanView, Proof, Report, ReturnView, Serving,
        TargetView,
    },
    event::{Event, Step, Write},
};
use crate::names::TaskDefinitionArn;

const READING: &str = "reading and checks";
const REGISTER: &str = "register the revision";
const CREATE: &str = "create the deployment";
const UPDATE: &str = "update the service";
const PROOF: &str = "proof";
const HEALTH: &str = "health check";
const BACK_READING: &str = "return: reading and checks";
const BACK_PROOF: &str = "return: proof";

impl Report {
    /// Takes one event in; `elapsed` counts from the start of the run.
    pub(super) fn apply(&mut self, event: &Event, elapsed: Duration) {
        // What is told after the end belongs to the run, but the run did not take longer for it.
        if self.ending.is_none() {
            self.elapsed = elapsed;
        }
        self.take_in(event);
    }

    fn take_in(&mut self, event: &Event) {
        if self.back.is_some() && self.take_in_return(event) {
            return;
        }
        match event {
            Event::Asked => self.asked(),
            // For the log alone.
            Event::Called(_) | Event::Struggling(_) => {}
            Event::Observed(serving) => self.observed(serving),
            Event::Targeted(target) => self.target = Some(target.clone()),
            Event::Planned(plan) => self.planned(plan),
            Event::Sending(write) => self.sending(write),
            Event::Registered(revision) => self.registered(revision),
            Event::Created(deployment) => self.created(deployment),
            Event::Followed(deployment) => self.followed(deployment),
            Event::Step(step) => self.step(step),
            Event::Traffic { percent } => self.traffic = Some(*percent),
            Event::TrafficShifted => self.traffic_shifted(),
            Event::Returning { version } => self.returning(version),
            Event::Ended(ending) => self.end(ending),
            finding => self.take_in_finding(finding),
        }
    }

    fn returning(&mut self, version: &str) {
        self.back = Some(ReturnView {
            version: version.to_owned(),
            ..ReturnView::default()
        });
        self.phases.begin(BACK_READING, self.elapsed);
    }

    /// On the way back: what is told of the target stays what it was. Gives `false` for what has no target.
    fn take_in_return(&mut self, event: &Event) -> bool {
        let Some(back) = &mut self.back else {
            return false;
        };
        match event {
            Event::Targeted(_) | Event::Traffic { .. } | Event::Registered(_) => {}
            Event::Planned(plan) => {
                back.path = Some(plan.path);
                self.phases.end(BACK_READING, self.elapsed, false);
            }
            Event::Sending(Write::Create { .. } | Write::Update { .. }) => back.deployment = None,
            Event::Sending(_) => {}
            Event::Created(deployment) | Event::Followed(deployment) => {
                back.deployment = Some(deployment.clone());
            }
            Event::Step(step) => {
                let name = format!("return: {}", step.name);
                let step = Step {
                    name,
                    ..step.clone()
                };
                self.step(&step);
            }
            Event::TrafficShifted => self.phases.begin(BACK_PROOF, self.elapsed),
            Event::Proven(proof) => {
                back.proof = Some(proof.clone());
                self.phases.end(BACK_PROOF, self.elapsed, !proof.proven);
            }
            _ => return false,
        }
        true
    }

    /// What was found out beside the deployment.
    fn take_in_finding(&mut self, event: &Event) {
        match event {
            Event::Health(attempt) => self.health_attempt(attempt),
            Event::Proven(proof) => self.proven(proof),
            Event::Diagnosed(diagnosis) => self.diagnosis = Some(diagnosis.clone()),
            Event::Compared(changes) => self.changes = Some(changes.clone()),
            Event::Checked(checked) => self.checked = Some(checked.clone()),
            Event::Guarded(guarded) => self.guarded = Some(guarded.clone()),
            Event::Listed(listing) => self.listing = Some(listing.clone()),
            Event::Marking { target, revision } => self.marking(target, revision),
            Event::Marked(mark) => self.marks.push(mark.clone()),
            Event::StillRunning(neighbours) => self.neighbours.clone_from(neighbours),
            Event::Recorded { issue_url } => self.issue_url = Some(issue_url.clone()),
            Event::Warned(warning) => self.warned(warning),
            _ => {}
        }
    }

    fn asked(&mut self) {
        self.phases.begin(READING, self.elapsed);
    }

    fn step(&mut self, step: &Step) {
        self.phases.step(step, self.elapsed);
    }

    fn observed(&mut self, serving: &Serving) {
        // Where the run began is what a rollback is undone to; a later look must not replace it.
        self.before.get_or_insert_with(|| serving.clone());
    }

    fn planned(&mut self, plan: &PlanView) {
        self.phases.end(READING, self.elapsed, false);
        self.task_definition_arn
            .clone_from(&plan.task_definition_arn);
        if self.plan.is_none() {
            self.taken_off.clone_from(&plan.taken_off);
        }
        self.plan = Some(plan.clone());
        // A later round has found another state: what the one before it followed does not end with the target serving.
        self.forget_deployment();
    }

    fn sending(&mut self, write: &Write) {
        match write {
            Write::Register { .. } => self.phases.begin(REGISTER, self.elapsed),
            Write::Create { revision, .. } => {
                self.forget_deployment();
                self.phases.begin(CREATE, self.elapsed);
                // An earlier round may have registered it.
                self.task_definition_arn = Some(revision.clone());
            }
            Write::Update { revision } => {
                self.forget_deployment();
                self.phases.begin(UPDATE, self.elapsed);
                self.task_definition_arn = Some(revision.clone());
            }
            // It has no phase of its own: what it leads to has steps.
            Write::Touch { .. } => {}
        }
    }

    /// What an earlier round followed does not deploy the target any more: this write takes its place.
    fn forget_deployment(&mut self) {
        self.deployment = None;
        self.traffic = None;
        self.to_traffic = None;
    }

    fn registered(&mut self, revision: &TaskDefinitionArn) {
        self.phases.end(REGISTER, self.elapsed, false);
        self.task_definition_arn = Some(revision.clone());
    }

    fn marking(&mut self, target: &TargetView, revision: &TaskDefinitionArn) {
        self.phases.end(READING, self.elapsed, false);
        self.target = Some(target.clone());
        self.task_definition_arn = Some(revision.clone());
    }

    fn warned(&mut self, warning: &str) {
        self.warnings.push(warning.to_owned());
    }

    fn followed(&mut self, deployment: &Deployment) {
        self.deployment = Some(deployment.clone());
    }

    fn created(&mut self, deployment: &Deployment) {
        // One of them runs: CodeDeploy creates a deployment, ECS starts one when its service is updated.
        self.phases.end(CREATE, self.elapsed, false);
        self.phases.end(UPDATE, self.elapsed, false);
        self.deployment = Some(deployment.clone());
    }

    fn traffic_shifted(&mut self) {
        self.traffic = Some(100.0);
        // A later look may tell the shift again; users were served from the first one on.
        self.to_traffic.get_or_insert(self.elapsed);
        self.phases.begin(PROOF, self.elapsed);
    }

    fn health_attempt(&mut self, attempt: &HealthAttempt) {
        self.phases
            .attempt(HEALTH, attempt.took, self.elapsed, !attempt.ok);
        self.health.push(attempt.clone());
    }

    fn proven(&mut self, proof: &Proof) {
        self.phases.end(PROOF, self.elapsed, !proof.proven);
        self.proof = Some(proof.clone());
    }

    fn end(&mut self, ending: &Ending) {
        let failed = match ending.outcome {
            // The way back was gone to its end.
            Outcome::Failed if self.back.as_ref().is_some_and(ReturnView::is_proven) => false,
            Outcome::Failed | Outcome::Refused | Outcome::NotReady | Outcome::Held => true,
            // AWS's rollback runs after what failed, and went well.
            Outcome::Reverted => self.phases.list.iter().all(|phase| !phase.failed),
            // A run that timed out or was cancelled did not see its phase fail: AWS may still be working on it.
            _ => false,
        };
        self.phases.end_all(self.elapsed, failed);
        self.ending = Some(ending.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_shift_counts() {
        let mut report = Report::default();
        report.apply(&Event::TrafficShifted, Duration::from_secs(40));
        report.apply(&Event::TrafficShifted, Duration::from_secs(50));
        assert_eq!(report.to_traffic, Some(Duration::from_secs(40)));
        assert_eq!(report.traffic, Some(100.0));
    }
}
