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
use super::{
    Invariant, broken_of, destination, ending, invariants, native_writes, truth, untouched, writes,
};
use ran::Several;

/// Each takes as long as some of those of one service.
const RUNS: u64 = 100;

type Held = Result<(), String>;
type OfAll = (&'static str, fn(&Several) -> Held);

/// Of each service what is promised of one.
const OF_EACH: &[Invariant] = invariants![
    writes::at_most_one_deployment,
    writes::refused_is_untouched,
    writes::a_dry_run_only_reads,
    writes::nothing_to_do_does_nothing,
    writes::nothing_was_changed_is_true,
    writes::others_are_left_alone,
    writes::a_stop_sends_the_traffic_back,
    writes::no_field_is_lost,
    writes::what_is_left_is_named,
    native_writes::an_update_writes_nothing_else,
    native_writes::only_its_own_revision_is_forced,
    native_writes::other_service_deployments_are_left_alone,
    native_writes::only_what_brings_the_target_is_continued,
    native_writes::the_path_is_what_was_done,
    truth::rolled_back_is_proven,
    truth::unchanged_is_true,
    truth::unchanged_is_at_rest,
    truth::the_placement_stays,
    truth::traffic_goes_nowhere_else,
    truth::serving_agrees_with_the_world,
    truth::the_target_stays,
    truth::completed_is_completed,
    truth::a_told_cause_is_true,
    truth::previous_stays_below_returns,
    destination::a_told_destination_is_true,
    untouched::names_are_told_untouched,
    ending::what_is_implied_is_told,
];

/// What only a report says. That of a service which is not the first goes to the webhook alone, and a run that is cut
/// short may have no time for it.
const OF_EACH_REPORT: &[Invariant] = invariants![
    truth::the_deployment_fits_the_path,
    truth::reverted_was_seen,
    ending::every_error_has_a_code,
];

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
        let mut of_one = broken_of(OF_EACH, ran);
        if ran.report.is_some() {
            of_one.extend(broken_of(OF_EACH_REPORT, ran));
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
