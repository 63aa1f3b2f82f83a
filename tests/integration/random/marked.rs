//! `mark-stable` in the same random worlds: nothing is ever marked that does not serve.

use std::time::SystemTime;

use aws_sim::rules::Rule;

use super::asking::Asking;
use super::dice::Dice;
use super::names::Names;
use super::ran::Ran;
use super::runs::{Judged, Kind, in_paused_time};
use super::scene::Scene;
use super::trouble::{Trouble, effect};
use super::{Invariant, broken_of, ending, truth, untouched, writes};

const RUNS: u64 = 300;

/// What holds for every mode, and what this one promises.
const INVARIANTS: &[Invariant] = &[
    ("only_what_serves_is_marked", only_what_serves_is_marked),
    ("marked_is_true", marked_is_true),
    ("nothing_else_is_written", nothing_else_is_written),
    ("unchanged_is_true", truth::unchanged_is_true),
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
    (
        "names_are_told_untouched",
        untouched::names_are_told_untouched,
    ),
    ("the_model_of_aws_is_kept", ending::the_model_of_aws_is_kept),
];

async fn roll(seed: u64) -> Ran {
    let mut dice = Dice::new(seed);
    let mut scene = Scene::roll(Names::roll(seed), &mut dice);
    let asking = Asking::roll(&mut scene, &mut dice);
    let mut trouble = Trouble::roll(&scene, &mut dice);
    let mut own = Dice::beside(&dice);
    let asking = asking.with("mode", "mark-stable");
    // Mostly what serves, or nothing: what else is typed is refused at once.
    let asking = match own.below(8) {
        0..=3 => asking.with("version", ""),
        4 | 5 => asking.with("version", &scene.running().unwrap_or_default()),
        6 => asking.with("version", &own.pick(&scene.releases).tag),
        _ => asking,
    };
    if own.percent(30) {
        let fault = Rule::on("PutImage", effect(&mut own));
        trouble.faults.push(fault.first(own.between(1, 9)));
    }
    if own.percent(10) {
        scene.world.make_tags_immutable(&scene.names.repository);
    }
    Ran::of(scene, asking, trouble).await
}

/// When the run last looked at the traffic and at the tasks, before this moment.
fn last_look(ran: &Ran, until: SystemTime) -> SystemTime {
    let before = |operation: &str| {
        let mut times: Vec<_> = truth::times(ran, operation).collect();
        times.retain(|at| *at <= until);
        times.last().copied()
    };
    let looks = ["DescribeServices", "DescribeTasks"];
    let looks = looks.into_iter().filter_map(before);
    looks.min().unwrap_or(ran.start)
}

/// Whenever a tag was put: its image had all the traffic, and every task ran it, when the run last looked.
fn only_what_serves_is_marked(ran: &Ran) -> Result<(), String> {
    let tried = ran.seen.tried.iter();
    for put in tried.filter(|tried| tried.operation == "PutImage") {
        let digest = put.input["imageDigest"].as_str().unwrap_or_default();
        if truth::is_child(ran, digest) {
            continue;
        }
        let during = ran.seen.during(last_look(ran, put.at), put.at);
        if !during.iter().any(|holders| truth::all_on(holders, digest)) {
            return Err(format!("{digest} did not serve: {during:?}"));
        }
    }
    Ok(())
}

fn marked_is_true(ran: &Ran) -> Result<(), String> {
    if ran.outcome() != "marked" || ran.trouble.moves_tags() {
        return Ok(());
    }
    let digest = ran.done.output("image-digest");
    let stable = ran
        .world_at_end
        .tagged(&ran.scene.names.repository, "stable");
    // Somebody may delete the image at any moment.
    let holds = stable.is_none_or(|stable| stable == digest);
    holds
        .then_some(())
        .ok_or_else(|| format!("{digest} is said to be marked, but {stable:?} is"))
}

fn nothing_else_is_written(ran: &Ran) -> Result<(), String> {
    for tried in &ran.seen.tried {
        if tried.operation != "PutImage" || tried.input["imageTag"] != "stable" {
            return Err(format!("{} {}", tried.operation, tried.input));
        }
    }
    Ok(())
}

const KIND: Kind<Ran> = Kind {
    runs: RUNS,
    roll: |seed| in_paused_time(roll(seed)),
    judge: |ran| {
        let code = ran.codes().first().copied().unwrap_or_default();
        Judged {
            ending: [ran.outcome(), code].join(" "),
            calls: ran.calls.len() as u64,
            broken: broken_of(INVARIANTS, ran),
        }
    },
    transcript: Ran::transcript,
};

/// `SEED=17 cargo test random::marked` replays one.
#[test]
fn nothing_is_marked_without_proof() {
    let Some(endings) = KIND.play() else {
        return;
    };
    let runs: u64 = endings.values().sum();
    // Worlds in which hardly anything can be marked would prove little.
    let marked = endings.get("marked ").copied().unwrap_or_default();
    assert!(runs < RUNS || marked * 10 > runs, "{marked} of {runs}");
}
