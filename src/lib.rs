//! Rolls an Amazon ECS service back to a known-good version, and proves that it serves.
//!
//! One pipeline. Each stage is a room, a folder or a file, and a value goes through it one way:
//!
//! ```text
//! env, flags ─ inputs ─▶ observe ─▶ plan ─▶ execute ─▶ verify
//!              Inputs    Snapshot   Plan    Ended      Proof
//!                           │          │        │         │
//!                           └──────────┴─ events ─────────┴─▶ report ─▶ log, outputs, summary
//! ```
//!
//! `observe` only reads, `plan` only decides, `execute` is the only one that writes, and only `aws` and `main` know the
//! SDK. `run` takes each service through all of it, and a function of this file turns how that ended into an exit code.
//!
//! The rooms, bottom up; a room uses those above it in this list, never one below or beside it:
//!
//! | rooms | what they hold |
//! |---|---|
//! | `names`, `error`, `clock`, `words`, `outside`, `environment`, `boxed` | what every room needs; each is a file |
//! | `domain` | what is known about ECS, ECR, CodeDeploy and schema migrations, without I/O |
//! | `http`, `inputs`, `report` | the HTTP client; what the user typed; what a run says |
//! | `aws`, `github` | one function for each operation of AWS's and GitHub's |
//! | `observe` | AWS → a snapshot |
//! | `plan` | a snapshot → what to do |
//! | `execute`, `verify`, `diagnose`, `changes` | do it; prove it; say why it did not go well; what lies between the two versions |
//! | `record`, `notify` | what GitHub keeps of it; tell people outside of the runner |
//! | `run` | one service, from its inputs to its end; several at the same time |
//! | `help`, `reference` | pages made from the tables of `inputs`, `report`, `error` and the path table |

mod aws;
mod boxed;
mod changes;
mod clock;
mod diagnose;
mod domain;
mod environment;
mod error;
mod execute;
mod github;
pub mod help;
mod http;
mod inputs;
mod names;
mod notify;
mod observe;
mod outside;
mod plan;
mod record;
pub mod reference;
mod report;
mod run;
mod verify;
mod words;

use std::{future::Future, io::Write, path::Path};

use boxed::boxed;
use domain::mode::Mode;
use error::{Problem, Problems};
use inputs::Inputs;
use outside::OutsideText;
use plan::Caller;
use report::{
    Places, Reporter, Teller,
    data::{Asked, Ending, Outcome},
    event::Event,
};

use aws::{Aws, CallLog};
use run::Services;

// What `main` wires, and what the tests hold the documentation and the simulator against.
pub use aws::{Connection, Credentials, FOR_ALL_RESOURCES};
pub use clock::Clock;
pub use environment::Environment;
pub use error::Code;
pub use http::Network;
pub use inputs::{Command, Flags, INPUTS, InputSpec, OUTPUTS};
pub use names::Region;
pub use run::new_marker;

/// `RegisterTaskDefinition` takes 64 KiB.
const LARGEST_FILE: u64 = 1 << 20;

/// Everything outside the program that a run touches. `main` passes the real things.
pub struct Outside<Connect, Interrupt> {
    pub environment: Environment,
    /// The inputs among the arguments.
    pub flags: Flags,
    pub clock: Clock,
    /// The step's log, or a terminal.
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
    Connecting: Future<Output = Result<Connection, Problem>>,
    Interrupt: Future<Output = ()>,
{
    let Outside { flags, clock, .. } = outside;
    let environment = flags.laid_over(outside.environment);
    let begun = begin(&environment, flags.problems(), clock, outside.log);
    let (services, tellers) = match begun {
        Ok(services_and_tellers) => services_and_tellers,
        Err(exit_code) => return exit_code,
    };
    let connection = match (outside.connect)(services[0].region.clone(), clock).await {
        Ok(connection) => connection,
        Err(problem) => return refuse(&tellers, clock, &vec![problem]),
    };
    let caller = caller(outside.marker, &environment);
    let calls = environment.is_debugged().then(|| CallLog::new(clock));
    let aws = aws_for(&services, &connection, calls);
    let services = Services::new(services.iter().zip(tellers), &caller, clock, &aws);
    let outcome = boxed(|| services.to_end(&connection, outside.interrupt)).await;
    outcome.exit_code()
}

fn aws_for(services: &[Inputs], connection: &Connection, calls: Option<CallLog>) -> Aws {
    match services {
        [_] => Aws::new(connection, calls),
        several => Aws::for_several(connection, calls, several.len()),
    }
}

/// Whose run it is. The marker finds its writes where an answer is lost.
fn caller(marker: String, environment: &Environment) -> Caller {
    Caller {
        marker,
        actor: actor(environment),
        run_id: run_id(environment),
    }
}

/// The inputs of each service, and who tells its run.
///
/// # Errors
/// The exit code, where a flag or an input is not valid.
fn begin(
    environment: &Environment,
    bad_flags: &[Problem],
    clock: Clock,
    log: Box<dyn Write>,
) -> Result<(Vec<Inputs>, Vec<Teller>), u8> {
    let places = Places {
        log,
        takes_commands: environment.is_workflow(),
        output_file: environment.output_file(),
        summary_file: environment.step_summary_file(),
    };
    let reporter = Reporter::new(places, environment.secrets());
    let mut problems = bad_flags.to_vec();
    match inputs::read(environment, &read_file) {
        Ok(services) if problems.is_empty() => {
            let mut asked = Vec::new();
            for inputs in &services {
                asked.push(as_understood(environment, inputs));
            }
            let tellers = reporter.begin(asked, clock.now());
            return Ok((services, tellers));
        }
        Ok(_) => {}
        Err(bad_inputs) => problems.extend(bad_inputs),
    }
    let tellers = reporter.begin(vec![as_typed(environment)], clock.now());
    Err(refuse(&tellers, clock, &problems))
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
fn refuse(tellers: &[Teller], clock: Clock, problems: &Problems) -> u8 {
    let outcome = Outcome::Refused;
    for teller in tellers {
        let ending = Ending {
            problems: problems.clone(),
            ..Ending::new(outcome)
        };
        let event = Event::Ended(Box::new(ending));
        teller.tell(event, clock.elapsed(), clock.now());
    }
    outcome.exit_code()
}

/// The run as it was asked for.
fn as_understood(environment: &Environment, inputs: &Inputs) -> Asked {
    let Inputs {
        cluster,
        service,
        region,
        ..
    } = inputs;
    // A version that nobody typed is no part of what was asked for here.
    let is_asked_for = inputs.mode != Mode::MarkStable || inputs.is_version_given;
    Asked {
        mode: inputs.mode,
        cluster: cluster.to_string(),
        service: service.to_string(),
        region: region.to_string(),
        version: match is_asked_for {
            true => inputs.version.to_string(),
            false => String::new(),
        },
        reason: inputs.reason.clone(),
        dry_run: inputs.dry_run,
        service_url: domain::console_links::service(region, cluster, service),
        ..as_typed(environment)
    }
}

/// The same where the inputs are not valid: what was typed, whatever it is.
fn as_typed(environment: &Environment) -> Asked {
    let typed = |name: &str, default: &str| {
        let value = environment.get(name).unwrap_or(default);
        OutsideText::new(value).to_string()
    };
    Asked {
        mode: Mode::default(),
        cluster: typed("INPUT_CLUSTER", "default"),
        service: typed("INPUT_SERVICE", ""),
        region: String::new(),
        version: typed("INPUT_VERSION", "latest"),
        reason: environment.get("INPUT_REASON").map(OutsideText::new),
        actor: actor(environment),
        run_url: environment.run_url().map(OutsideText::new),
        workflow_url: environment.workflow_url().map(OutsideText::new),
        dry_run: false,
        service_url: String::new(),
    }
}

/// Who started this attempt: with a re-run that is not who started the run.
fn actor(environment: &Environment) -> Option<OutsideText> {
    let actor = environment.triggering_actor().or(environment.actor())?;
    Some(OutsideText::new(actor))
}

/// `1234567890/1`: GitHub's run and its attempt.
fn run_id(environment: &Environment) -> Option<String> {
    let id = environment.run_id()?;
    Some(match environment.run_attempt() {
        Some(attempt) => format!("{id}/{attempt}"),
        None => id.to_owned(),
    })
}
