//! A run by hand: flags in the place of inputs, a terminal in the place of the runner.

use std::panic::AssertUnwindSafe;

use ecs_rollback_action::INPUTS;
use proptest::prelude::*;

use super::causes_of_failure::{by_codedeploy, exits_with_a_log};
use crate::harness::{Done, Step};

const WEB1: [&str; 6] = [
    "--cluster",
    "prod",
    "--service",
    "web1",
    "--version",
    "v1.0.0",
];

fn web1(more: &[&str]) -> Step {
    let arguments = [&WEB1[..], more].concat();
    Step::web1("v9.9.9").by_hand(&arguments)
}

/// That nothing in the log is meant for the runner, and that there is no summary.
#[track_caller]
fn told_to_a_person(done: &Done) {
    let is_command = |line: &&str| line.trim_start().starts_with("::");
    assert_eq!(done.log.lines().find(is_command), None, "{}", done.log);
    assert_eq!(done.shown(), done.log);
    assert_eq!(done.summary, "");
}

#[tokio::test(start_paused = true)]
async fn a_rollback() {
    let step = web1(&["--reason", "checkout page is down"]);
    let done = step.run().await;
    done.rolled_back(&step);
    told_to_a_person(&done);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_failure_with_the_last_lines_of_the_container() {
    let step = by_codedeploy(exits_with_a_log).by_hand(&WEB1);
    let done = step.run().await;
    assert_eq!(done.exit, 1, "{}", done.log);
    told_to_a_person(&done);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn all_that_is_wrong_is_told_at_once() {
    let bad = ["--dry_run", "--timeout=30", "--wait-for", "trafic", "now"];
    let step = web1(&bad).variable("AWS_REGION", "");
    let done = step.run().await;
    assert_eq!(done.exit, 2, "{}", done.log);
    told_to_a_person(&done);
    assert_eq!(step.sim.calls().len(), 0);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn in_a_workflow_flags_go_before_inputs_and_commands_are_written() {
    let mut step = Step::web1("v9.9.9").input("dry-run", "true");
    step.arguments = vec!["--version=v1.0.0".to_owned(), "--dry-run=false".to_owned()];
    let done = step.run().await;
    done.rolled_back(&step).says("::notice title=prod/web1::");
}

#[tokio::test(start_paused = true)]
async fn what_stands_in_variables_counts_where_no_flag_is() {
    let step = Step::web1("v9.9.9")
        .by_hand(&["--version", "v1.0.0", "--cluster="])
        .input("cluster", "prod")
        .input("service", "web1");
    let done = step.run().await;
    done.rolled_back(&step);
    told_to_a_person(&done);
}

/// Files that can't be written have no annotation to say so.
#[tokio::test(start_paused = true)]
async fn outputs_that_can_not_be_written_are_told() {
    let step = web1(&["--dry-run"]).variable("GITHUB_OUTPUT", "/nowhere/output");
    let done = step.run().await;
    assert_eq!(done.exit, 0, "{}", done.log);
    done.says("warning: the outputs could not be written");
    told_to_a_person(&done);
}

#[tokio::test(start_paused = true)]
async fn no_secret_of_a_flag_is_told() {
    let step = web1(&[
        "--webhook-url=https://127.0.0.1:1/s3cret-path",
        "--webhook-secret=-s3cret-key",
        "--reason",
        "see https://127.0.0.1:1/s3cret-path, signed with -s3cret-key",
        "--dry-run",
    ]);
    let done = step.run().await;
    assert_eq!(done.exit, 0, "{}", done.log);
    for text in [&done.log, done.output("report")] {
        assert!(!text.contains("s3cret"), "{text}");
    }
}

/// Behind a secret that is empty, a mistyped `--dry-run` must not start a rollback; nor is it repeated.
#[tokio::test(start_paused = true)]
async fn a_secret_that_looks_like_a_flag_needs_an_equals_sign() {
    for flag in ["--webhook-secret", "--github-token"] {
        let step = web1(&[flag, "--dryrun-s3cret"]);
        let done = step.run().await;
        assert_eq!(done.exit, 2, "{}", done.log);
        done.wrote_nothing(&step)
            .says(&format!("the flag {flag} has no value"));
        assert!(!done.log.contains("s3cret"), "{}", done.log);
    }
}

/// Something that no input is called.
fn junk() -> impl Strategy<Value = String> {
    let junk = prop_oneof![
        "-{1,3}[a-zA-Z_]{1,10}(=[a-z]{0,5})?",
        "[a-z0-9=.]{0,10}",
        "[ -~]{0,10}",
        prop::sample::select(INPUTS).prop_map(|spec| format!("--{}", spec.name.replace('-', "_"))),
    ];
    junk.prop_filter("no known flag", |text| {
        let name = text.split('=').next().unwrap_or_default();
        let is_input = INPUTS.iter().any(|spec| name == format!("--{}", spec.name));
        let is_question = ["-h", "-V", "--help"]
            .iter()
            .any(|known| text.starts_with(known));
        // With nothing behind it, it only ends the flags.
        !is_input && !is_question && text != "--"
    })
}

/// Whatever is typed besides, no write starts unless all of it is known. Pairs stay together here: a word that
/// follows a flag is its value.
#[test]
fn an_unknown_argument_never_starts_a_rollback() {
    let config = ProptestConfig::with_cases(64);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let runtime = AssertUnwindSafe(runtime);
    proptest!(config, |(junk in junk(), pair in 0usize..=3)| {
        let mut arguments = WEB1.map(str::to_owned).to_vec();
        arguments.insert(2 * pair, junk.clone());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let step = Step::web1("v9.9.9").by_hand(&arguments);
        let done = runtime.block_on(step.run());
        prop_assert_eq!(done.exit, 2, "{:?}: {}", junk, done.log);
        prop_assert_eq!(step.sim.calls().len(), 0);
    });
}
