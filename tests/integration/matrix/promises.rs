//! What must hold whatever goes wrong. Each promise that is broken is one line.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sim::{Answered, Call};
use serde_json::Value;

use super::stories::{Story, TIMEOUT};
use crate::harness::check::serving;
use crate::harness::{Done, MARKER, Step};

/// How late a run may be: the last look of one that is interrupted.
const LATE: Duration = Duration::from_secs(5);

/// A cell's run, looked at.
pub struct Look<'a> {
    pub story: &'a Story,
    pub step: &'a Step,
    pub done: &'a Done,
    report: Value,
    broken: Vec<String>,
}

impl<'a> Look<'a> {
    /// Every promise that this run broke. `must_see`: the last look met no fault.
    pub fn broken(story: &'a Story, step: &'a Step, done: &'a Done, must_see: bool) -> Vec<String> {
        let mut look = Self {
            story,
            step,
            done,
            report: done.report(),
            broken: Vec::new(),
        };
        look.ends_as_the_contract_says();
        look.begins_one_deployment_at_most();
        look.names_every_revision();
        look.says_what_serves(must_see);
        done.shown();
        look.broken
    }

    fn outcome(&self) -> &str {
        self.done.output("outcome")
    }

    fn must(&mut self, holds: bool, promise: impl FnOnce() -> String) {
        if !holds {
            self.broken.push(promise());
        }
    }

    fn ends_as_the_contract_says(&mut self) {
        let (outcome, exit) = (self.outcome().to_owned(), self.done.exit);
        let expected = match outcome.as_str() {
            "rolled-back" | "ready" | "listed" | "marked" => 0,
            "failed" | "reverted" => 1,
            "refused" | "not-ready" => 2,
            "timed-out" => 3,
            _ => return self.broken.push(format!("the outcome {outcome:?}")),
        };
        self.must(exit == expected, || {
            format!("{outcome} with exit code {exit}")
        });
        let codes = self.done.codes();
        self.must(codes.is_empty() == (exit == 0), || {
            format!("{outcome} with the codes {codes:?}")
        });
        self.must(!codes.iter().any(|code| code == "internal"), || {
            "a defect".to_owned()
        });
        let took = self.done.took;
        self.must(took <= Duration::from_secs(TIMEOUT) + LATE, || {
            format!("it took {took:?}")
        });
        let violations = self.step.sim.violations();
        self.must(violations.is_empty(), || format!("{violations:?}"));
    }

    /// Promise 2, and that a refusal leaves the world as it was.
    fn begins_one_deployment_at_most(&mut self) {
        let ours = self.story.begun(self.step);
        let log = &self.done.log;
        let short = |id: &str| id.rsplit('/').next().unwrap_or_default().to_owned();
        // A service deployment bears no marker: where its id never came, its revision is named.
        let unknown = log.contains(MARKER) || log.contains("may be starting in prod/web1");
        let named = ours.iter().all(|id| log.contains(&short(id))) || unknown;
        let count = ours.len();
        self.must(count <= 1, || format!("{count} deployments begun"));
        self.must(named, || format!("{ours:?} is not named"));
        let created = self.story.creates;
        match self.outcome() {
            // Where the state changed under the run, a reroute may end with a deployment of our own.
            "rolled-back" | "reverted" if created == 1 => {
                self.must(count == 1, || "success without a deployment".to_owned())
            }
            "refused" | "ready" | "not-ready" | "listed" => {
                let writes = self.took_effect();
                self.must(writes.is_empty(), || {
                    format!("nothing was to be changed, but {writes:?} took effect")
                });
            }
            _ => {}
        }
    }

    fn took_effect(&self) -> BTreeSet<String> {
        let calls = self.step.sim.calls();
        let effective = |call: &&Call| call.done && !matches!(call.answered, Answered::Error(_));
        let writes = ["Create", "Update", "Stop", "Continue", "Register", "Put"];
        let is_write = |call: &&Call| writes.iter().any(|verb| call.operation.starts_with(verb));
        calls
            .iter()
            .filter(is_write)
            .filter(effective)
            .map(|call| call.operation.clone())
            .collect()
    }

    /// A revision that this run registered is deployed, or the log names it.
    fn names_every_revision(&mut self) {
        let now = self.step.sim.world(|world| world.revisions("web1"));
        let calls = self.step.sim.calls();
        for number in self.story.revisions() + 1..=now {
            let deployed = ["CreateDeployment", "UpdateService"]
                .into_iter()
                .flat_map(|operation| calls.of(operation))
                .filter(|call| call.done)
                .any(|call| call.input.to_string().contains(&format!("/web1:{number}")));
            let named =
                self.done.log.contains(&format!("web1:{number}")) || self.done.log.contains(MARKER);
            self.must(deployed || named, || {
                format!("web1:{number} was registered and is not named")
            });
        }
        let spare = now.saturating_sub(self.story.revisions());
        self.must(spare <= 1, || format!("{spare} revisions registered"));
    }

    /// What the run says serves now is what the world says.
    fn says_what_serves(&mut self, must_see: bool) {
        let world: Vec<_> = serving(self.step)
            .into_iter()
            .filter(|(_, _, weight)| *weight > 0.0)
            .collect();
        let said = self.report["ending"]["serving"].clone();
        let (digest, revision) = (text(&said["digest"]), text(&said["task_definition_arn"]));
        let revision = revision.map(|arn| arn.rsplit('/').next().unwrap_or_default().to_owned());
        let found = format!("said {digest:?} ({revision:?}), in the world {world:?}");
        if self.outcome() == "rolled-back" {
            let target = text(&self.report["target"]["digest"]);
            let all = world
                .iter()
                .map(|(_, digest, weight)| (Some(digest.clone()), *weight))
                .collect::<Vec<_>>();
            self.must(all == [(target.clone(), 100.0)], || {
                format!("not rolled back: {found}")
            });
            self.must(digest == target, || {
                format!("success with another digest: {found}")
            });
        } else if !said.is_null() {
            let most = world.first().map_or(0.0, |(_, _, weight)| *weight);
            let right = world.iter().any(|(short, runs, weight)| {
                digest.as_ref() == Some(runs)
                    && revision.as_ref() == Some(short)
                    && *weight >= most - 0.01
            });
            self.must(right, || format!("wrong about what serves: {found}"));
            let shared = most < 99.99;
            let told = said["shares"].as_array().is_some_and(|it| !it.is_empty());
            self.must(!shared || told, || {
                format!("the split is not said: {found}")
            });
        } else {
            let touched = !self.took_effect().is_empty();
            self.must(!(must_see && touched), || {
                format!("unknown what serves, though AWS could be asked: {found}")
            });
        }
        let sentences = [
            "serves users now",
            "serve users now",
            "holds the traffic",
            "serves all traffic",
            "What serves users now could not be read",
            "Whatever served users before still does",
        ];
        let log = &self.done.log;
        let said = sentences.iter().any(|sentence| log.contains(sentence));
        self.must(said, || "it does not say what serves".to_owned());
        let touched = !self.took_effect().is_empty();
        let denied = [
            "Whatever served users before",
            "Nothing was changed",
            "nothing was changed",
        ];
        let denied = denied
            .iter()
            .any(|sentence| self.done.log.contains(sentence));
        self.must(!(touched && denied), || {
            "it says that nothing was changed".to_owned()
        });
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
