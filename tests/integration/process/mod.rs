//! The real binary as a process: the runner's variables and files, signals, exit codes, a hostile network.

mod asking;
mod by_hand;
mod credentials;
mod ecs;
mod files;
mod github;
mod github_tags;
mod guard;
mod modes_of_several;
mod names;
mod network;
mod notified;
mod paths;
mod proxy;
mod recipes;
mod register;
mod reported;
mod returns;
mod several;
mod signals;

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use aws_sim::world::{World, stage};
use aws_sim::{Server, Sim};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout};
use tokio::time::{Instant, timeout};

use crate::harness::check::readable;
use crate::harness::runner::{RunnerStep, signal};

/// Longer than any story here; one that hangs must not hang the suite.
const STUCK: Duration = Duration::from_secs(25);
const WEB1: [(&str, &str); 3] = [
    ("cluster", "prod"),
    ("service", "web1"),
    ("version", "v1.0.0"),
];

/// The simulated AWS on loopback, `speed` times as fast as the real one.
async fn aws(speed: f64) -> (Sim<World>, Server) {
    aws_with(stage::web1().world, speed).await
}

/// The same, with another world.
async fn aws_with(world: World, speed: f64) -> (Sim<World>, Server) {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(stage::START);
    let sim = Sim::new(world, start).with_speed(speed);
    let server = Server::start(sim.clone())
        .await
        .expect("loopback has a free port");
    (sim, server)
}

fn step(endpoint: &str, more: &[(&str, &str)]) -> RunnerStep {
    let inputs: Vec<_> = WEB1.iter().chain(more).copied().collect();
    RunnerStep::new(endpoint, &inputs).expect("a folder for the step")
}

/// The step without a variable.
fn without(mut step: RunnerStep, name: &str) -> RunnerStep {
    step.variables.remove(name).expect("it was set");
    step
}

/// The step with a variable of another value.
fn with(mut step: RunnerStep, name: &str, value: &str) -> RunnerStep {
    step.variables.insert(name.to_owned(), value.to_owned());
    step
}

/// How a step ended.
struct Done {
    exit: Option<i32>,
    log: String,
    stderr: String,
    outputs: BTreeMap<String, String>,
    summary: String,
    took: Duration,
}

impl Done {
    fn says(&self, words: &str) -> &Self {
        assert!(
            self.log.contains(words),
            "the log does not say {words:?}:\n{}{}",
            self.log,
            self.stderr
        );
        self
    }

    /// Exit code, outcome, a summary, and nothing on standard error.
    fn ended(&self, exit: i32, outcome: &str) -> &Self {
        assert_eq!(
            (self.exit, self.stderr.as_str()),
            (Some(exit), ""),
            "{}",
            self.log
        );
        assert_eq!(self.outputs["outcome"], outcome);
        assert!(self.summary.starts_with("## "), "{}", self.summary);
        self
    }
}

/// A step that runs.
struct Running {
    step: RunnerStep,
    child: Child,
    log: BufReader<ChildStdout>,
    seen: String,
    since: Instant,
}

impl Running {
    fn start(step: RunnerStep) -> Self {
        let mut command = step.command();
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let log = BufReader::new(child.stdout.take().expect("its log is piped"));
        Self {
            step,
            child,
            log,
            seen: String::new(),
            since: Instant::now(),
        }
    }

    /// Reads the log until a line has these words.
    async fn until(&mut self, words: &str) {
        let before = self.seen.len();
        let read = async {
            while !self.seen[before..].contains(words) {
                let read = self
                    .log
                    .read_line(&mut self.seen)
                    .await
                    .expect("the log is UTF-8");
                assert_ne!(read, 0, "the log ended before {words:?}:\n{}", self.seen);
            }
        };
        timeout(STUCK, read).await.expect("the log goes on");
    }

    /// Sends a signal; what is measured from now on is the answer to it.
    async fn signal(&mut self, name: &str) {
        self.since = Instant::now();
        signal(&self.child, name)
            .await
            .expect("the process is there");
    }

    async fn end(self) -> Done {
        let Self {
            step,
            mut child,
            mut log,
            mut seen,
            since,
        } = self;
        let end = async {
            log.read_to_string(&mut seen)
                .await
                .expect("the log is UTF-8");
            let mut stderr = String::new();
            let mut pipe = child.stderr.take().expect("standard error is piped");
            pipe.read_to_string(&mut stderr)
                .await
                .expect("standard error is UTF-8");
            (child.wait().await.expect("it ends").code(), stderr)
        };
        let (exit, stderr) = timeout(STUCK, end).await.expect("the process ends");
        let took = since.elapsed();
        readable(&seen);
        readable(&step.summary());
        Done {
            exit,
            log: seen,
            stderr,
            outputs: step.outputs(),
            summary: step.summary(),
            took,
        }
    }
}

async fn run(step: RunnerStep) -> Done {
    Running::start(step).end().await
}

#[tokio::test]
async fn rolls_back() {
    let (sim, server) = aws(60.0).await;
    let done = run(step(&server.url(), &[])).await;
    done.ended(0, "rolled-back")
        .says("::notice")
        .says("✔ v1.0.0 serves all traffic");
    let output = |name: &str| done.outputs[name].as_str();
    assert_eq!(
        (output("version"), output("undo-version"), output("path")),
        ("v1.0.0", "v1.2.0", "redeploy")
    );
    assert!(output("codedeploy-deployment-id").starts_with("d-"));
    assert!(
        output("image").contains("/web1@sha256:"),
        "{}",
        output("image")
    );
    let report: serde_json::Value =
        serde_json::from_str(output("report")).expect("the report is JSON");
    assert_eq!(report["outcome"], "rolled-back");
    assert_eq!(sim.calls().done("CreateDeployment"), 1);
    assert_eq!(sim.violations(), []);
}

#[tokio::test]
async fn asks_aws_at_once() {
    let (sim, server) = aws(1.0).await;
    let started = sim.clock().elapsed();
    run(step(&server.url(), &[("dry-run", "true")]))
        .await
        .ended(0, "planned");
    let calls = sim.calls();
    let first = calls[0].start - started;
    // Nothing may be waited for: the instance metadata service alone would cost a second.
    assert!(
        first < Duration::from_millis(900),
        "{first:?} until the first call"
    );
}

#[tokio::test]
async fn refuses_a_typo() {
    let (sim, server) = aws(1.0).await;
    let done = run(step(&server.url(), &[("version", "v1.0.1")])).await;
    done.ended(2, "refused")
        .says("::error title=image-not-found::")
        .says("v1.0.0")
        .says("Nothing was changed.");
    assert_eq!(sim.calls().count("CreateDeployment"), 0);
}

#[tokio::test]
async fn outputs_that_can_not_be_written_are_a_warning() {
    let (sim, server) = aws(1.0).await;
    let step = step(&server.url(), &[("wait-for", "nothing")]);
    let nowhere = step.path("missing/output").display().to_string();
    let step = with(
        with(step, "GITHUB_OUTPUT", &nowhere),
        "GITHUB_STEP_SUMMARY",
        &nowhere,
    );
    let done = run(step).await;
    assert_eq!((done.exit, done.stderr.as_str()), (Some(0), ""));
    done.says("::warning")
        .says("the outputs could not be written")
        .says("the job summary could not be written");
    assert_eq!(done.log.matches("outputs could not be written").count(), 1);
    assert_eq!(sim.calls().done("CreateDeployment"), 1);
}

#[tokio::test]
async fn all_bad_inputs_are_in_one_answer() {
    let (sim, server) = aws(1.0).await;
    let bad = [
        ("timeout", "30"),
        ("wait-for", "forever"),
        ("dry_run", "true"),
        ("mode", "revert"),
    ];
    let done = run(step(&server.url(), &bad)).await;
    done.ended(2, "refused");
    for words in ["timeout", "forever", "dry_run", "revert"] {
        done.says(words);
    }
    assert_eq!(
        done.log.matches("✘ bad-input: ").count(),
        bad.len(),
        "{}",
        done.log
    );
    assert_eq!(sim.calls().len(), 0);
}

#[tokio::test]
async fn a_log_that_nobody_reads_changes_nothing() {
    let (sim, server) = aws(1.0).await;
    let step = step(&server.url(), &[("wait-for", "nothing")]);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let child = step
        .command()
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let output = timeout(STUCK, child.wait_with_output())
        .await
        .expect("it ends")
        .expect("it ends");
    assert_eq!(
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).as_ref()
        ),
        (Some(0), "")
    );
    assert_eq!(step.outputs()["outcome"], "started");
    assert_eq!(sim.calls().done("CreateDeployment"), 1);
}

#[tokio::test]
async fn secrets_stay_out_of_everything() {
    let (_sim, server) = aws(1.0).await;
    let step = step(
        &server.url(),
        &[("wait-for", "nothing"), ("reason", "example-session-token")],
    );
    let done = run(step).await;
    done.ended(0, "started");
    for text in [&done.log, &done.summary, &done.outputs["report"]] {
        assert!(!text.contains("example-session-token"), "{text}");
    }
}
