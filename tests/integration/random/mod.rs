//! Random worlds × random inputs × random faults, races and cancellation, against every promise of the contract.
//!
//! `RUNS=100000 cargo test random_worlds` runs more; `SEED=17 cargo test random_worlds` replays one and prints all of
//! it. What a seed found becomes a named test in `found.rs`. `RUNS=2000 BREAKS=the_target_stays cargo test random_worlds`
//! finds the first seed that breaks this invariant and no other, for whoever broke the code to try that.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use ran::Ran;

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
pub mod scene;
mod setting;
mod traffic;
pub mod trouble;
mod truth;
mod untouched;
mod watch;
mod writes;

/// Seeds 0, 1, 2, …
const RUNS: u64 = 300;
/// So many failures are enough to see a pattern.
const SHOWN: usize = 3;

type Invariant = (&'static str, fn(&Ran) -> Result<(), String>);

macro_rules! invariants {
    ($($module:ident :: $name:ident),* $(,)?) => { &[$((stringify!($name), $module::$name)),*] };
}

/// Each promise once.
const INVARIANTS: &[Invariant] = invariants![
    writes::at_most_one_deployment,
    writes::nothing_is_written_before_the_checks,
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
    truth::the_deployment_fits_the_path,
    truth::the_target_stays,
    truth::completed_is_completed,
    truth::reverted_was_seen,
    truth::a_told_cause_is_true,
    truth::previous_stays_below_returns,
    destination::a_told_destination_is_true,
    ending::the_exit_code_fits,
    ending::a_cancelled_run_ends_in_five_seconds,
    ending::a_run_ends_by_its_timeout,
    ending::no_line_is_a_command,
    ending::no_secret_is_shown,
    ending::every_error_has_a_code,
    ending::the_outputs_are_complete,
    untouched::names_are_told_untouched,
    ending::the_health_check_was_asked,
    ending::the_model_of_aws_is_kept,
    ending::failed_means_that_something_happened,
];

/// Every invariant that does not hold, with why.
pub fn broken(ran: &Ran) -> Vec<String> {
    let check =
        |(name, invariant): &Invariant| invariant(ran).err().map(|why| format!("{name}: {why}"));
    INVARIANTS.iter().filter_map(check).collect()
}

fn in_paused_time<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime
        .expect("a runtime needs nothing but memory")
        .block_on(future)
}

/// What a seed comes to: how it ended, how many calls it made, and what does not hold.
fn judged(seed: u64) -> (String, u64, Vec<String>) {
    let run = || {
        let ran = in_paused_time(Ran::roll(seed));
        let ending = [
            ran.outcome(),
            ran.done.output("path"),
            ran.codes().first().unwrap_or(&""),
        ];
        (ending.join(" "), ran.calls.len() as u64, broken(&ran))
    };
    let panicked = |_| {
        (
            "panicked".to_owned(),
            0,
            vec!["a run does not panic".to_owned()],
        )
    };
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(panicked)
}

#[test]
fn random_worlds() {
    if let Some(seed) = number("SEED") {
        return replay(seed);
    }
    let (next, runs) = (AtomicU64::new(0), number("RUNS").unwrap_or(RUNS));
    if let Some(invariant) = asked("BREAKS") {
        return find_first_break(&invariant, runs);
    }
    let calls = AtomicU64::new(0);
    let endings = Mutex::new(std::collections::BTreeMap::<String, u64>::new());
    let failures = Mutex::new(std::collections::BTreeMap::<u64, Vec<String>>::new());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= runs {
                break;
            }
            let (ending, asked, broken) = judged(seed);
            calls.fetch_add(asked, Ordering::Relaxed);
            *endings.lock().unwrap().entry(ending).or_default() += 1;
            if !broken.is_empty() {
                failures.lock().unwrap().insert(seed, broken);
            }
        }
    };
    let threads = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    show(&format!(
        "{runs} runs, {} calls: {:#?}",
        calls.into_inner(),
        endings.into_inner().unwrap()
    ));
    let failures = failures.into_inner().unwrap();
    for (seed, broken) in failures.iter().take(SHOWN) {
        let ran = catch_unwind(|| in_paused_time(Ran::roll(*seed)).transcript());
        show(&format!(
            "seed {seed}: {broken:#?}\n{}\n",
            ran.unwrap_or_default()
        ));
    }
    let listed: Vec<_> = failures
        .iter()
        .map(|(seed, broken)| format!("{seed}: {}", broken.join("; ")))
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {runs} seeds:\n{}",
        failures.len(),
        listed.join("\n")
    );
}

#[expect(
    clippy::print_stdout,
    reason = "cargo shows it where the test fails, or is asked to"
)]
fn show(text: &str) {
    println!("{text}");
}

fn replay(seed: u64) {
    let ran = in_paused_time(Ran::roll(seed));
    show(&ran.transcript());
    assert_eq!(broken(&ran), Vec::<String>::new(), "seed {seed}");
}

/// Says which seed is the first one that breaks this invariant and no other; and of each that breaks something, what.
fn find_first_break(invariant: &str, runs: u64) {
    let (next, first) = (AtomicU64::new(0), AtomicU64::new(runs));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first.load(Ordering::Relaxed) {
                break;
            }
            let (_, _, broken) = judged(seed);
            let mut names = Vec::new();
            for why in &broken {
                names.extend(why.split(':').next());
            }
            if names == [invariant] {
                first.fetch_min(seed, Ordering::Relaxed);
            }
            if !names.is_empty() {
                show(&format!("seed {seed} breaks {}", names.join(", ")));
            }
        }
    };
    let threads = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    match first.into_inner() {
        seed if seed < runs => show(&format!("{invariant}: seed {seed}")),
        _ => show(&format!("{invariant}: not in {runs} seeds")),
    }
}

fn number(name: &str) -> Option<u64> {
    asked(name)?.parse().ok()
}

#[expect(
    clippy::disallowed_methods,
    reason = "how many runs, and which, is asked for by the environment"
)]
fn asked(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
