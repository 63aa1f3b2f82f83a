//! The binary without a workflow: flags, and a terminal.

use std::process::Stdio;

use super::{Done, Running, aws, step};
use crate::harness::runner::RunnerStep;

const WEB1: [&str; 6] = [
    "--cluster",
    "prod",
    "--service",
    "web1",
    "--version",
    "v1.0.0",
];

fn by_hand(endpoint: &str, arguments: &[&str]) -> RunnerStep {
    step(endpoint, &[]).by_hand(arguments)
}

/// Runs to the end, and looks that only a person is spoken to.
async fn run(step: RunnerStep) -> Done {
    let done = Running::start(step).end().await;
    let is_command = |line: &&str| line.trim_start().starts_with("::");
    assert_eq!(done.log.lines().find(is_command), None, "{}", done.log);
    assert_eq!((done.stderr.as_str(), done.summary.as_str()), ("", ""));
    assert!(done.outputs.is_empty(), "{:?}", done.outputs);
    done
}

#[tokio::test]
async fn flags_alone_roll_back() {
    let (sim, server) = aws(60.0).await;
    let done = run(by_hand(&server.url(), &WEB1)).await;
    assert_eq!(done.exit, Some(0), "{}", done.log);
    done.says("✔ v1.0.0 serves all traffic")
        .says("To undo, run this again with version v1.2.0");
    assert_eq!(sim.calls().done("CreateDeployment"), 1);
    assert_eq!(sim.violations(), []);
}

#[tokio::test]
async fn a_refusal_says_what_to_type() {
    let (sim, server) = aws(1.0).await;
    let arguments = ["--cluster=prod", "--service=web1", "--version=v1.0.l"];
    let done = run(by_hand(&server.url(), &arguments)).await;
    assert_eq!(done.exit, Some(2), "{}", done.log);
    done.says("✘ image-not-found: ").says("v1.0.0");
    assert_eq!(sim.calls().count("CreateDeployment"), 0);
}

#[tokio::test]
async fn what_is_no_flag_is_refused_before_aws_is_asked() {
    let (sim, server) = aws(1.0).await;
    for (more, words) in [
        (&["--clutser", "prod"][..], "there is no flag \"--clutser\""),
        (&["--dry_run"], "Did you mean --dry-run?"),
        (&["now"], "an argument after \"--version\" is neither"),
        (&["--reason"], "the flag --reason has no value"),
        (&["--reason", "--dry-run"], "Write --reason=VALUE."),
        (&["--version"], "-V prints the version of this program."),
        (&["--version=v1.1.0"], "more than once"),
        (&["--dry-run", "yes"], "neither true nor false"),
    ] {
        let arguments = [&WEB1[..], more].concat();
        let done = run(by_hand(&server.url(), &arguments)).await;
        assert_eq!(done.exit, Some(2), "{more:?}: {}", done.log);
        done.says("✘ bad-input: ").says(words);
    }
    assert_eq!(sim.calls().len(), 0);
}

/// Whoever types `--dry-run` must not get a real rollback.
#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let (sim, server) = aws(1.0).await;
    let arguments = [&["--dry-run"][..], &WEB1].concat();
    let done = run(by_hand(&server.url(), &arguments)).await;
    assert_eq!(done.exit, Some(0), "{}", done.log);
    done.says("· dry run");
    assert_eq!(sim.calls().count("CreateDeployment"), 0);
}

#[tokio::test]
async fn nothing_at_all_says_what_is_needed() {
    let mut step = by_hand("http://127.0.0.1:1", &[]);
    step.variables.retain(|name, _| !name.starts_with("AWS_"));
    let done = run(step).await;
    assert_eq!(done.exit, Some(2), "{}", done.log);
    done.says("Give --service.").says("Give --aws-region ");
}

#[tokio::test]
async fn without_credentials_it_says_where_to_get_them() {
    let mut step = by_hand("http://127.0.0.1:1", &WEB1);
    step.variables.remove("AWS_ACCESS_KEY_ID");
    let no_instance = ("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned());
    step.variables.extend([no_instance]);
    let done = run(step).await;
    assert_eq!(done.exit, Some(2), "{}", done.log);
    done.says("✘ credentials-missing: ")
        .says("aws configure export-credentials --format env");
}

#[tokio::test]
async fn help_and_version_need_nothing_not_even_a_reader() {
    let version = concat!("ecs-rollback-action ", env!("CARGO_PKG_VERSION"));
    for (argument, words) in [
        ("--help", "\n  --dry-run "),
        ("-h", "\n  --dry-run "),
        ("-V", version),
    ] {
        let step = step("http://127.0.0.1:1", &[]);
        let mut command = step.command();
        let output = command
            .arg(argument)
            .env_clear()
            .output()
            .await
            .expect("the binary runs");
        assert!(output.status.success());
        assert_eq!(output.stderr, b"");
        let text = String::from_utf8(output.stdout).expect("it is UTF-8");
        assert!(text.contains(words), "{text}");
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let status = command
            .stdout(writer)
            .stdin(Stdio::null())
            .status()
            .await
            .expect("the binary runs");
        assert!(status.success());
    }
}
