//! A run of the action in this process, against the simulator, in virtual time.

pub mod check;
pub mod crowd;
pub mod github;
pub mod lost;
pub mod measures;
pub mod operations;
pub mod runner;
mod schema;
pub mod worlds;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::future::{Future, pending};
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_sim::Sim;
use aws_sim::world::{World, stage};
use ecs_rollback_action::{Clock, Command};
use ecs_rollback_action::{Connection, Credentials};
use ecs_rollback_action::{Environment, INPUTS, Network};
use ecs_rollback_action::{Outside, run};
use tempfile::TempDir;

use runner::{evaluated, outputs};

/// The marker of every run in here: transcripts are the same each time.
pub const MARKER: &str = "ecs-rollback-action/00c0ffee00c0ffee";

/// A step of a workflow: its inputs, its files, the world it meets.
pub struct Step {
    pub sim: Sim<World>,
    pub variables: BTreeMap<String, String>,
    pub arguments: Vec<String>,
    pub folder: TempDir,
    pub credentials: Option<Credentials>,
    pub marker: String,
}

/// How the step ended.
pub struct Done {
    pub exit: u8,
    pub log: String,
    pub outputs: BTreeMap<String, String>,
    pub summary: String,
    /// Virtual time from start to end.
    pub took: Duration,
}

impl Step {
    /// The README's service, `prod/web1` on v1.2.0, and its three inputs.
    pub fn web1(version: &str) -> Self {
        Self::on(stage::web1().world)
            .input("version", version)
            .input("cluster", "prod")
            .input("service", "web1")
    }

    /// Any world; the inputs at their defaults, as the runner passes them.
    pub fn on(world: World) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the step's files");
        let mut variables: BTreeMap<String, String> = INPUTS
            .iter()
            .map(|input| {
                (
                    format!("INPUT_{}", input.name.to_uppercase()),
                    evaluated(input).to_owned(),
                )
            })
            .collect();
        for (name, value) in [
            ("AWS_REGION", stage::REGION),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_ACTOR", "oncall"),
            ("GITHUB_RUN_ID", "1234567890"),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "org/shop"),
            (
                "AWS_SECRET_ACCESS_KEY",
                "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY",
            ),
        ] {
            variables.insert(name.to_owned(), value.to_owned());
        }
        for (name, file) in [
            ("GITHUB_OUTPUT", "output"),
            ("GITHUB_STEP_SUMMARY", "summary"),
        ] {
            variables.insert(
                name.to_owned(),
                folder.path().join(file).display().to_string(),
            );
        }
        variables.insert(
            "GITHUB_WORKSPACE".to_owned(),
            folder.path().display().to_string(),
        );
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(stage::START);
        Self {
            sim: Sim::new(world, start),
            variables,
            arguments: Vec::new(),
            folder,
            credentials: Some(Credentials::new(
                "AKIAIOSFODNN7EXAMPLE",
                "secret",
                None,
                None,
                "test",
            )),
            marker: MARKER.to_owned(),
        }
    }

    pub fn input(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(
            format!("INPUT_{}", name.to_uppercase().replace(' ', "_")),
            value.to_owned(),
        );
        self
    }

    /// The same in a terminal: arguments in the place of inputs. There is still a file for the outputs.
    pub fn by_hand(mut self, arguments: &[&str]) -> Self {
        self.variables.retain(|name, _| {
            let of_a_workflow = name.starts_with("INPUT_") || name.starts_with("GITHUB_");
            !of_a_workflow || name == "GITHUB_OUTPUT"
        });
        self.arguments = arguments.iter().map(|text| (*text).to_owned()).collect();
        self
    }

    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Sets the simulator up: faults, latency.
    pub fn sim(mut self, change: impl FnOnce(Sim<World>) -> Sim<World>) -> Self {
        self.sim = change(self.sim);
        self
    }

    /// A file in the workspace.
    pub fn file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.folder.path().join(name), text).expect("a file in the workspace");
        self
    }

    /// Runs to the end.
    pub async fn run(&self) -> Done {
        self.run_until(pending()).await
    }

    /// Runs until `interrupt` resolves, which is the runner's SIGINT.
    pub async fn run_until(&self, interrupt: impl Future<Output = ()>) -> Done {
        let log = Log::default();
        let clock = Clock::starting_at(self.sim.clock().now());
        let credentials = self.credentials.clone();
        let sim = self.sim.clone();
        let environment = Environment::from_iter(self.variables.clone());
        let network = Network::from_environment(&environment);
        let arguments = self.arguments.iter().map(OsString::from);
        let Command::Run(flags) = Command::from_arguments(arguments) else {
            panic!("these arguments start no run: {:?}", self.arguments)
        };
        let exit = run(Outside {
            environment,
            flags,
            clock,
            log: Box::new(log.clone()),
            connect: |region, clock| async move {
                let (aws, web) = (network?.around(sim.http_client()), sim.connector());
                Ok(Connection::through(&region, clock, aws, web, credentials).await)
            },
            interrupt,
            marker: self.marker.clone(),
        })
        .await;
        let took = clock.elapsed();
        check::readable(&log.text());
        check::readable(&self.read("summary"));
        let outputs = outputs(&self.read("output"));
        if let Some(report) = outputs.get("report") {
            schema::fits(report);
        }
        Done {
            exit,
            log: log.text(),
            outputs,
            summary: self.read("summary"),
            took,
        }
    }

    fn read(&self, name: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        std::fs::read_to_string(path).unwrap_or_default()
    }
}

impl Done {
    pub fn output(&self, name: &str) -> &str {
        self.outputs
            .get(name)
            .map(String::as_str)
            .unwrap_or_default()
    }
}

/// A log that the test keeps.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn text(&self) -> String {
        String::from_utf8(
            self.0
                .lock()
                .expect("nothing panics while it holds this lock")
                .clone(),
        )
        .expect("the log is UTF-8")
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .expect("nothing panics while it holds this lock")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
