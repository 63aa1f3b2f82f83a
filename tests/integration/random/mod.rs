//! Random worlds × random inputs × random faults, races and cancellation, against every promise of the contract.
//!
//! `RUNS=100000 cargo test random::random_worlds` runs more; `SEED=17 cargo test random::random_worlds` replays one and
//! prints all of it. What a seed found becomes a named test in `found.rs`.
//! `RUNS=2000 BREAKS=the_target_stays cargo test random::random_worlds` finds the first seed that breaks this invariant
//! and no other, for whoever broke the code to try that.

use ran::Ran;
use runs::{Judged, Kind, in_paused_time};

pub mod asking;
mod destination;
mod dice;
mod ending;
mod found;
mod lately;
mod marked;
mod modes;
mod names;
mod native;
mod native_writes;
pub mod ran;
mod returns;
mod runs;
pub mod scene;
mod setting;
mod several;
mod traffic;
pub mod trouble;
mod truth;
mod untouched;
mod watch;
mod writes;

/// Seeds 0, 1, 2, …
const RUNS: u64 = 300;

type Invariant = (&'static str, fn(&Ran) -> Result<(), String>);

macro_rules! invariants {
    ($($module:ident :: $name:ident),* $(,)?) => { &[$((stringify!($name), $module::$name)),*] };
}
use invariants;

/// Each promise once: these are promised of every service, also of one among several.
const OF_A_SERVICE: &[Invariant] = invariants![
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
];

/// What only its report says.
const OF_A_REPORT: &[Invariant] = invariants![
    truth::the_deployment_fits_the_path,
    truth::reverted_was_seen,
    ending::every_error_has_a_code,
];

/// What is promised of a run as a whole, which has invariants of its own where it has several services.
const OF_A_RUN: &[Invariant] = invariants![
    writes::nothing_is_written_before_the_checks,
    ending::the_exit_code_fits,
    ending::a_cancelled_run_ends_in_five_seconds,
    ending::a_run_ends_by_its_timeout,
    ending::no_line_is_a_command,
    ending::no_secret_is_shown,
    ending::the_outputs_are_complete,
    ending::the_health_check_was_asked,
    ending::the_model_of_aws_is_kept,
    ending::failed_means_that_something_happened,
];

/// Every invariant that does not hold, with why.
pub fn broken(ran: &Ran) -> Vec<String> {
    let mut broken = Vec::new();
    for invariants in [OF_A_SERVICE, OF_A_REPORT, OF_A_RUN] {
        broken.extend(broken_of(invariants, ran));
    }
    broken
}

/// Those of these that do not hold.
fn broken_of(invariants: &[Invariant], ran: &Ran) -> Vec<String> {
    let mut broken = Vec::new();
    for (name, invariant) in invariants {
        if let Err(why) = invariant(ran) {
            broken.push(format!("{name}: {why}"));
        }
    }
    broken
}

const KIND: Kind<Ran> = Kind {
    runs: RUNS,
    roll: |seed| in_paused_time(Ran::roll(seed)),
    judge: |ran| {
        let path = ran.done.output("path");
        let code = ran.codes().first().copied().unwrap_or_default();
        Judged {
            ending: [ran.outcome(), path, code].join(" "),
            calls: ran.calls.len() as u64,
            broken: broken(ran),
        }
    },
    transcript: Ran::transcript,
};

#[test]
fn random_worlds() {
    KIND.play();
}
