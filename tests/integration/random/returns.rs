//! The same worlds and troubles, where the target is unhealthy and the run is to return: once at most, and what is told
//! to serve is true. `SEED=17 cargo test random_returns` replays one.

use aws_sim::world::Holder;

use super::ran::Ran;
use super::runs::{Judged, Kind, in_paused_time};
use super::{Invariant, broken_of, ending, truth, writes};

type Held = Result<(), String>;

const RUNS: u64 = 150;
/// How such a run ended.
const RETURNED: &str = "returned";

/// Those of the promises that a return keeps as well, and its own.
const INVARIANTS: &[Invariant] = &[
    ("refused_is_untouched", writes::refused_is_untouched),
    ("a_dry_run_only_reads", writes::a_dry_run_only_reads),
    (
        "nothing_to_do_does_nothing",
        writes::nothing_to_do_does_nothing,
    ),
    (
        "nothing_was_changed_is_true",
        writes::nothing_was_changed_is_true,
    ),
    (
        "a_stop_sends_the_traffic_back",
        writes::a_stop_sends_the_traffic_back,
    ),
    ("what_is_left_is_named", writes::what_is_left_is_named),
    ("unchanged_is_true", truth::unchanged_is_true),
    (
        "serving_agrees_with_the_world",
        truth::serving_agrees_with_the_world,
    ),
    ("the_target_stays", truth::the_target_stays),
    ("the_exit_code_fits", ending::the_exit_code_fits),
    (
        "a_cancelled_run_ends_in_five_seconds",
        ending::a_cancelled_run_ends_in_five_seconds,
    ),
    (
        "a_run_ends_by_its_timeout",
        ending::a_run_ends_by_its_timeout,
    ),
    ("no_line_is_a_command", ending::no_line_is_a_command),
    ("no_secret_is_shown", ending::no_secret_is_shown),
    ("every_error_has_a_code", ending::every_error_has_a_code),
    ("the_outputs_are_complete", ending::the_outputs_are_complete),
    ("the_model_of_aws_is_kept", ending::the_model_of_aws_is_kept),
    ("it_returns_once", it_returns_once),
    (
        "it_goes_to_the_target_or_back",
        it_goes_to_the_target_or_back,
    ),
    ("a_return_is_failed", a_return_is_failed),
];

fn has_returned(ran: &Ran) -> bool {
    ran.told("/returned/version").is_some()
}

/// One deployment, and a second one only for the way back.
fn it_returns_once(ran: &Ran) -> Held {
    let ours = ran.ours();
    let most = if has_returned(ran) { 2 } else { 1 };
    (ours.len() <= most)
        .then_some(())
        .ok_or_else(|| format!("created {ours:?}"))
}

/// Task sets of this run's run the target, or what served at the start.
fn it_goes_to_the_target_or_back(ran: &Ran) -> Held {
    if ran.trouble.moves_tags() {
        return Ok(());
    }
    let target = ran.done.output("image-digest");
    let before = ran.told("/before/digest").unwrap_or_default();
    let astray = |holder: &&Holder| {
        let mut digests = holder.digests.iter().flatten();
        digests.any(|digest| digest != target && (!has_returned(ran) || digest != before))
    };
    for (_, holders) in &ran.seen.traffic {
        let mut ours = holders.iter().filter(|holder| ran.made(holder));
        if let Some(holder) = ours.find(astray) {
            return Err(format!("{holder:?}"));
        }
    }
    Ok(())
}

/// However it went, the rollback is not done.
fn a_return_is_failed(ran: &Ran) -> Held {
    if !has_returned(ran) {
        return Ok(());
    }
    let is_bad = matches!(ran.outcome(), "failed" | "timed-out" | "cancelled");
    let is_told = ran.codes().contains(&"health-check-failed");
    (is_bad && is_told)
        .then_some(())
        .ok_or_else(|| format!("{} with {:?}", ran.outcome(), ran.codes()))
}

const KIND: Kind<Ran> = Kind {
    runs: RUNS,
    roll: |seed| in_paused_time(Ran::roll_unhealthy(seed)),
    judge: |ran| Judged {
        ending: match has_returned(ran) {
            true => RETURNED.to_owned(),
            false => ran.outcome().to_owned(),
        },
        calls: ran.calls.len() as u64,
        broken: broken_of(INVARIANTS, ran),
    },
    transcript: Ran::transcript,
};

#[test]
fn random_returns() {
    let Some(endings) = KIND.play() else {
        return;
    };
    let runs: u64 = endings.values().sum();
    let returned = endings.get(RETURNED).copied().unwrap_or_default();
    assert!(returned * 20 >= runs, "{returned} of {runs} returned");
}
