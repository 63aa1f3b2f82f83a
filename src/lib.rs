//! Rolls an Amazon ECS service back to a known-good version, and proves that it serves.
//!
//! One pipeline; each stage is a folder and data flows one way:
//!
//! ```text
//! env ─ inputs ─▶ observe ─▶ plan ─▶ execute ─▶ verify ─▶ report ─▶ log, outputs, summary
//!       Inputs    Snapshot   Plan    deployment Proof     Report
//! ```
//!
//! `observe` only reads, `plan` only decides, `execute` is the only one that writes, and `aws` is the
//! only one that knows the SDK. [`run`] wires them and turns how it ended into an exit code.

pub mod aws;
pub mod clock;
pub mod domain;
pub mod error;
pub mod execute;
pub mod help;
pub mod inputs;
pub mod names;
pub mod observe;
mod outside;
pub mod plan;
pub mod reference;
pub mod report;
mod run;
pub mod verify;
mod words;

use std::cell::RefCell;
use std::future::Future;
use std::io::Write;
use std::path::Path;

use aws::Connection;
use clock::Clock;
use error::Problems;
use inputs::{Environment, Inputs};
use names::Region;
use outside::OutsideText;
use plan::Run;
use report::data::{Asked, Ending, Outcome};
use report::event::Event;
use report::{Reporter, Sinks};

/// `RegisterTaskDefinition` takes 64 KiB.
const LARGEST_FILE: u64 = 1 << 20;

/// Everything outside the program that a run touches. `main` passes the real things.
pub struct Outside<Connect, Interrupt> {
    pub environment: Environment,
    pub clock: Clock,
    /// The step's log.
    pub log: Box<dyn Write>,
    /// Reaches AWS in a region.
    pub connect: Connect,
    /// Resolves when the run is to stop: the runner's SIGINT or SIGTERM.
    pub interrupt: Interrupt,
    /// Unique for this run; what its writes are found by.
    pub marker: String,
}

/// One run, from the environment to the exit code.
pub async fn run<Connect, Connecting, Interrupt>(outside: Outside<Connect, Interrupt>) -> u8
where
    Connect: FnOnce(Region, Clock) -> Connecting,
    Connecting: Future<Output = Connection>,
    Interrupt: Future<Output = ()>,
{
    let Outside {
        environment,
        clock,
        log,
        connect,
        interrupt,
        marker,
    } = outside;
    let inputs = inputs::read(&environment, &read_file);
    let sinks = Sinks {
        log,
        output_file: environment.output_file(),
        summary_file: environment.step_summary_file(),
    };
    let asked = asked(&environment, inputs.as_ref().ok());
    let mut reporter = Reporter::new(asked, sinks, environment.secrets(), clock.now());
    let outcome = match inputs {
        Err(problems) => refuse(&mut reporter, clock, problems),
        Ok(inputs) => {
            let connection = connect(inputs.region.clone(), clock).await;
            let rollback = run::Rollback {
                run: Run {
                    marker,
                    actor: environment
                        .triggering_actor()
                        .or(environment.actor())
                        .map(str::to_owned),
                    id: run_id(&environment),
                },
                inputs: &inputs,
                clock,
                reporter: RefCell::new(reporter),
                plan: RefCell::new(None),
                registered: RefCell::new(None),
            };
            Box::pin(rollback.to_end(&connection, interrupt)).await
        }
    };
    outcome.exit_code()
}

/// A file that an input names: a plain one, or a path such as `/dev/zero` would be read for ever.
fn read_file(path: &Path) -> std::io::Result<String> {
    let facts = std::fs::metadata(path)?;
    match facts.len() {
        _ if facts.is_dir() => Err(std::io::ErrorKind::IsADirectory.into()),
        _ if !facts.is_file() => Err(std::io::Error::other("it is no plain file")),
        bytes if bytes > LARGEST_FILE => Err(std::io::Error::other(format!(
            "it has {bytes} bytes; {LARGEST_FILE} are read at most"
        ))),
        _ => std::fs::read_to_string(path),
    }
}

/// Bad inputs end the run before AWS is asked anything.
fn refuse(reporter: &mut Reporter, clock: Clock, problems: Problems) -> Outcome {
    let ending = Ending {
        outcome: Outcome::Refused,
        problems,
        left: Vec::new(),
        details: Vec::new(),
        serving: None,
        warm_until: None,
    };
    reporter.tell(Event::Ended(ending), clock.elapsed(), clock.now());
    Outcome::Refused
}

/// The run as it was asked for; of inputs that are not valid, what was typed.
fn asked(environment: &Environment, inputs: Option<&Inputs>) -> Asked {
    let typed = |name: &str, default: &str| {
        OutsideText::new(environment.get(name).unwrap_or(default)).to_string()
    };
    let mut asked = Asked {
        cluster: typed("INPUT_CLUSTER", "default"),
        service: typed("INPUT_SERVICE", ""),
        region: String::new(),
        version: typed("INPUT_VERSION", "latest"),
        reason: environment
            .get("INPUT_REASON")
            .map(|reason| OutsideText::new(reason).to_string()),
        actor: environment
            .triggering_actor()
            .or(environment.actor())
            .map(str::to_owned),
        run_url: environment.run_url(),
        dry_run: inputs.is_some_and(|inputs| inputs.dry_run),
        service_url: String::new(),
    };
    if let Some(Inputs {
        cluster,
        service,
        region,
        version,
        reason,
        ..
    }) = inputs
    {
        asked.cluster = cluster.to_string();
        asked.service = service.to_string();
        asked.region = region.to_string();
        asked.version = version.to_string();
        asked.reason = reason.as_ref().map(OutsideText::to_string);
        asked.service_url = domain::console_links::service(region, cluster, service);
    }
    asked
}

/// `1234567890/1`: GitHub's run and its attempt.
fn run_id(environment: &Environment) -> Option<String> {
    let id = environment.run_id()?;
    Some(match environment.run_attempt() {
        Some(attempt) => format!("{id}/{attempt}"),
        None => id.to_owned(),
    })
}
