//! Two to five services in one run: in one cluster, with images of their own or shared ones, whoever deploys them and
//! however each stands. What is promised of one service is held against each, and what is said of all against all.
//!
//! `SEED=17 cargo test several::random_worlds` replays one, `RUNS=1000` runs more, `BREAKS=…` is that of the worlds
//! above. What a seed found becomes a named test in `found.rs`.

mod found;
mod gate;
mod outcome;
mod ran;
mod scene;
mod told;

use super::ran::Ran;
use super::runs::{Judged, Kind, in_paused_time};
use super::{Invariant, OF_A_REPORT, OF_A_SERVICE, broken_of, ending, invariants};
use ran::Several;

/// Each takes as long as some of those of one service.
const RUNS: u64 = 100;

type Held = Result<(), String>;
type OfAll = (&'static str, fn(&Several) -> Held);

/// Of each service, besides what is promised of one: of one alone, this is among its outputs.
const OF_EACH: &[Invariant] = invariants![ending::what_is_implied_is_told,];

/// Of all together.
const OF_ALL: &[OfAll] = invariants![
    gate::nothing_is_written_before_all_plans_pass,
    gate::one_refusal_keeps_all_from_writing,
    gate::none_is_refused_beside_a_write,
    gate::planned_is_where_nobody_writes,
    gate::bad_input_asks_nothing,
    outcome::the_worst_outcome_is_the_outcome,
    outcome::results_are_those_of_each,
    outcome::flat_outputs_are_the_firsts,
    outcome::failed_means_that_something_happened,
    outcome::a_report_fits_its_result,
    told::a_cancelled_run_ends_in_five_seconds,
    told::a_run_ends_by_its_timeout,
    told::what_goes_on_can_be_stopped,
    told::every_line_says_which_service,
    told::no_line_is_about_another_service,
    told::every_problem_is_told,
    told::the_summary_has_every_service,
    told::one_event_for_each_service,
    told::no_line_is_a_command,
    told::no_secret_is_shown,
    told::the_model_of_aws_is_kept,
];

fn broken(several: &Several) -> Vec<String> {
    let mut broken = Vec::new();
    for (name, invariant) in OF_ALL {
        if let Err(why) = invariant(several) {
            broken.push(format!("{name}: {why}"));
        }
    }
    // Bad inputs have no results.
    if several.results.is_empty() {
        return broken;
    }
    for ran in &several.runs {
        let mut of_one = broken_of(OF_A_SERVICE, ran);
        of_one.extend(broken_of(OF_EACH, ran));
        // That of a service which is not the first goes to the webhook alone, and a run that is cut short may have no
        // time for it.
        if ran.report.is_some() {
            of_one.extend(broken_of(OF_A_REPORT, ran));
        }
        for why in of_one {
            broken.push(format!("{why} ({})", ran.scene.names.service));
        }
    }
    broken
}

/// The outcome of all, and those of each: `failed (failed, rolled-back)`.
fn ending(several: &Several) -> String {
    let mut outcomes: Vec<&str> = several.runs.iter().map(Ran::outcome).collect();
    outcomes.sort_unstable();
    outcomes.dedup();
    let all = several.played.done.output("outcome");
    format!("{all} ({})", outcomes.join(", "))
}

const KIND: Kind<Several> = Kind {
    runs: RUNS,
    roll: |seed| in_paused_time(Several::roll(seed)),
    judge: |several| Judged {
        ending: ending(several),
        calls: several.played.calls.len() as u64,
        broken: broken(several),
    },
    transcript: Several::transcript,
};

#[test]
fn random_worlds() {
    let Some(endings) = KIND.play() else {
        return;
    };
    let runs: u64 = endings.values().sum();
    let mut done = 0;
    for (ending, count) in &endings {
        done += if ending.contains("rolled-back") {
            *count
        } else {
            0
        };
    }
    // Worlds in which some service is always in the way would prove little.
    assert!(done * 6 > runs, "{done} of {runs}");
}
