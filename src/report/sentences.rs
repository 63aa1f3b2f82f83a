//! The report in sentences of plain text, for whoever tells it outside of the runner. What can act in a place, such as
//! a mention, is for that place to escape.

use serde_json::Value;
use time::OffsetDateTime;

use super::{
    data::{Ending, Outcome, Path, PlanView, Report, Serving},
    json, serves, verdict,
};
use crate::{error::Problem, outside::OutsideText, words};

/// What a run is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Subject {
    /// `prod/web1`
    pub service: String,
    pub region: String,
    /// What served when the run began, with its shares where it did not serve alone; `None` where it is not known.
    pub from: Option<String>,
    /// The target; what was asked for where it was not found.
    pub to: String,
    /// Who asked for it.
    pub by: Option<String>,
    pub why: Option<String>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conclusion {
    pub outcome: Outcome,
    /// `✔` or `✘`
    pub mark: char,
    /// A lower-case sentence without its full stop.
    pub headline: String,
    /// What serves users now, and whether anything was changed.
    pub standing: String,
    /// `Cause: …`; empty where nothing shows one.
    pub cause: String,
    /// Every problem with what to do next.
    pub problems: Vec<String>,
    /// What AWS is still doing, what was left, how to stop it.
    pub left: Vec<String>,
    /// How to go back; empty where there is nothing to say.
    pub undo: String,
}

impl Report {
    pub(crate) fn subject(&self) -> Subject {
        let asked = &self.asked;
        Subject {
            service: format!("{}/{}", asked.cluster, asked.service),
            region: asked.region.clone(),
            from: self.before.as_ref().and_then(served),
            to: verdict::target_name(self),
            by: raw(asked.actor.as_ref()),
            why: raw(asked.reason.as_ref()),
        }
    }

    /// What a real run is about to do; `None` before there is a plan, and where nothing is to be done.
    pub(crate) fn intention(&self) -> Option<String> {
        let plan = self.plan.as_ref()?;
        let acts = plan.path != Path::Nothing && !self.asked.dry_run;
        acts.then(|| words::full_sentence(&told(plan)))
    }

    /// `None` before the end.
    pub(crate) fn conclusion(&self, now: OffsetDateTime) -> Option<Conclusion> {
        let ending = self.ending.as_ref()?;
        Some(Conclusion {
            outcome: ending.outcome,
            mark: verdict::mark_of(self, ending),
            headline: verdict::headline_above_problems(self, ending),
            standing: standing(self, ending),
            cause: verdict::labelled_cause(self),
            problems: ending.problems.iter().map(problem).collect(),
            left: ending.left.iter().map(verdict::left_sentence).collect(),
            undo: verdict::undo(self, ending, now),
        })
    }

    /// The outcome in words, or what the run is about while it goes on: a sentence without its full stop.
    pub(crate) fn headline(&self) -> String {
        match &self.ending {
            Some(ending) => words::capitalised(&verdict::headline(self, ending)),
            None => format!("Rolling back to {}", verdict::target_name(self)),
        }
    }

    /// The output `report`, within the same limit.
    pub(crate) fn document(&self) -> Value {
        serde_json::from_str(&json::text(self)).expect("it was made from JSON")
    }
}

fn raw(text: Option<&OutsideText>) -> Option<String> {
    Some(text?.raw().to_owned())
}

fn served(before: &Serving) -> Option<String> {
    before.split().or_else(|| serves::name(before))
}

fn told(plan: &PlanView) -> String {
    format!("{}: {}", verdict::path_and_time(plan), plan.why)
}

/// With what a good ending does not prove.
fn standing(report: &Report, ending: &Ending) -> String {
    let standing = verdict::standing(report, ending);
    let reservation = verdict::reservation(report, ending);
    format!("{standing} {reservation}").trim().to_owned()
}

fn problem(problem: &Problem) -> String {
    let message = words::full_sentence(&problem.message);
    let hint = words::advice(&problem.hint);
    format!("{message} {hint}").trim().to_owned()
}
