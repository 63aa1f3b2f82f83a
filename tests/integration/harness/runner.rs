//! A step as GitHub's runner starts it: the variables, the files, the real binary as a process.
//! Shared by the process tests and the demo.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;

use ecs_rollback_action::{INPUTS, InputSpec};
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// What the runner sets besides inputs and files, with the credentials that
/// `aws-actions/configure-aws-credentials` exports.
const VARIABLES: &[(&str, &str)] = &[
    ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
    (
        "AWS_SECRET_ACCESS_KEY",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    ),
    ("AWS_SESSION_TOKEN", "example-session-token"),
    ("AWS_REGION", "ap-northeast-2"),
    ("AWS_DEFAULT_REGION", "ap-northeast-2"),
    ("CI", "true"),
    ("GITHUB_ACTIONS", "true"),
    ("GITHUB_ACTION", "rollback"),
    ("GITHUB_ACTION_REF", "v1"),
    ("GITHUB_ACTION_REPOSITORY", "org/ecs-rollback-action"),
    ("GITHUB_ACTOR", "oncall"),
    ("GITHUB_API_URL", "https://api.github.com"),
    ("GITHUB_BASE_REF", ""),
    ("GITHUB_EVENT_NAME", "workflow_dispatch"),
    ("GITHUB_JOB", "rollback"),
    ("GITHUB_REF", "refs/heads/main"),
    ("GITHUB_REPOSITORY", "org/shop"),
    ("GITHUB_RUN_ATTEMPT", "1"),
    ("GITHUB_RUN_ID", "1234567890"),
    ("GITHUB_SERVER_URL", "https://github.com"),
    ("GITHUB_SHA", "0123456789abcdef0123456789abcdef01234567"),
    ("GITHUB_TRIGGERING_ACTOR", "oncall"),
    ("GITHUB_WORKFLOW", "Rollback"),
    ("RUNNER_ARCH", "X64"),
    ("RUNNER_OS", "Linux"),
];

/// A step of a workflow, not started yet.
pub struct RunnerStep {
    /// All that the process will have in its environment.
    pub variables: BTreeMap<String, String>,
    /// None of them in a workflow.
    pub arguments: Vec<String>,
    folder: TempDir,
}

impl RunnerStep {
    /// A step with these inputs, the declared others at their defaults, and AWS at `endpoint`.
    ///
    /// # Errors
    /// Where no folder for its files can be made.
    pub fn new(endpoint: &str, inputs: &[(&str, &str)]) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut step = Self {
            variables: BTreeMap::new(),
            arguments: Vec::new(),
            folder,
        };
        let declared = INPUTS.iter().map(|input| (input.name, evaluated(input)));
        for (name, value) in declared.chain(inputs.iter().copied()) {
            step.set(&format!("INPUT_{}", name.to_uppercase()), value);
        }
        for (name, value) in VARIABLES {
            step.set(name, value);
        }
        step.set("AWS_ENDPOINT_URL", endpoint);
        let files = [
            ("GITHUB_OUTPUT", "output"),
            ("GITHUB_STEP_SUMMARY", "summary"),
            ("HOME", "home"),
        ];
        for (name, file) in files.into_iter().chain([("GITHUB_WORKSPACE", "workspace")]) {
            step.set(name, &step.path(file).display().to_string());
        }
        for folder in ["home", "workspace"] {
            std::fs::create_dir(step.path(folder))?;
        }
        Ok(step)
    }

    /// The same program in a terminal: credentials, and arguments in the place of inputs and files.
    pub fn by_hand(mut self, arguments: &[&str]) -> Self {
        let of_a_workflow = ["CI", "GITHUB_", "INPUT_", "RUNNER_"];
        self.variables
            .retain(|name, _| !of_a_workflow.iter().any(|start| name.starts_with(start)));
        self.arguments = arguments.iter().map(|text| (*text).to_owned()).collect();
        self
    }

    fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// Where the step's files are: `output`, `summary`, `workspace`, `home`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The binary, with nothing but the step's variables around it; it is killed when its child is dropped.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-rollback-action"));
        command
            .env_clear()
            .envs(&self.variables)
            .args(&self.arguments)
            .current_dir(self.path("workspace"));
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// The outputs written so far.
    pub fn outputs(&self) -> BTreeMap<String, String> {
        outputs(&std::fs::read_to_string(self.path("output")).unwrap_or_default())
    }

    /// The job summary; empty where there is none.
    pub fn summary(&self) -> String {
        std::fs::read_to_string(self.path("summary")).unwrap_or_default()
    }
}

/// An input's default as the runner passes it. There is no token unless a test gives one.
pub fn evaluated(input: &InputSpec) -> &'static str {
    match input.default {
        Some("${{ github.token }}") | None => "",
        Some(default) => default,
    }
}

/// Sends a signal, such as `INT`, to a process of ours, as the runner does.
///
/// # Errors
/// Where there is no shell to send it with, or the process has ended.
pub async fn signal(child: &Child, name: &str) -> io::Result<()> {
    let pid = child
        .id()
        .ok_or_else(|| io::Error::other("the process has ended"))?;
    let sent = Command::new("sh")
        .arg("-c")
        .arg(format!("kill -{name} {pid}"))
        .status()
        .await?;
    if sent.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("no signal reached process {pid}")))
    }
}

/// Reads a `GITHUB_OUTPUT` file as the runner does; the last value of a name counts.
pub fn outputs(text: &str) -> BTreeMap<String, String> {
    let mut outputs = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some((name, delimiter)) = line
            .split_once("<<")
            .filter(|(name, _)| !name.contains('='))
        {
            let value: Vec<_> = lines
                .by_ref()
                .take_while(|line| *line != delimiter)
                .collect();
            outputs.insert(name.to_owned(), value.join("\n"));
        } else if let Some((name, value)) = line.split_once('=') {
            outputs.insert(name.to_owned(), value.to_owned());
        }
    }
    outputs
}
