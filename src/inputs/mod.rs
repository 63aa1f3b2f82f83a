//! `INPUT_*` → [`Inputs`]: everything the user said, parsed once, all mistakes in one answer.
//!
//! Nothing in here asks AWS, the clock or the process: the environment and a way to read files come in.

mod arn;
mod duration;
mod environment;
mod file;
mod health_check;
mod place;
mod reader;
mod repository;
mod table;
mod task_definition;
mod text;
mod version;

#[cfg(test)]
mod drift_tests;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::error::Problems;
use crate::names::{
    ApplicationName, ClusterName, ContainerName, GroupName, ImageDigest, ImageTag, Region,
    Repository, ServiceName,
};

pub use duration::{parse as parse_duration, spelled as spell_duration};
pub use environment::Environment;
pub use file::ReadFile;
pub use health_check::HealthCheck;
pub use table::{INPUTS, InputSpec, OUTPUTS};

use crate::domain::appspec::AppSpec;
use crate::domain::task_definition::TaskDefinition;
use reader::{Reader, boolean, choice};

/// What the user asked for; every part of it well formed, nothing of it checked against AWS yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    pub version: VersionSpec,
    pub cluster: ClusterName,
    pub service: ServiceName,
    /// The account that the ARN of service or cluster names: the service found must be of it.
    pub account: Option<String>,
    pub container: Option<ContainerName>,
    pub repository: Option<RepositoryInput>,
    pub task_definition: TaskDefinitionInput,
    pub application: Option<ApplicationName>,
    pub group: Option<GroupName>,
    pub appspec: Option<AppSpecInput>,
    pub deployment_config: DeploymentConfig,
    pub active_deployment: ActiveDeployment,
    pub alarms: Alarms,
    pub wait_for: WaitFor,
    /// For the whole run, more than zero, five days at most.
    pub timeout: Duration,
    pub health_check: Option<HealthCheck>,
    /// One line of at most 500 characters.
    pub reason: Option<String>,
    pub dry_run: bool,
    pub region: Region,
}

/// The input `version`, as typed; it becomes a target only when AWS has been asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionSpec {
    /// Also `latest` and `stable`, which are tags like others.
    Tag(ImageTag),
    Digest(ImageDigest),
    /// `previous` is one step; at most 25.
    Previous {
        steps: u32,
        typed: String,
    },
}

impl std::fmt::Display for VersionSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
            Self::Previous { typed, .. } => f.write_str(typed),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RepositoryInput {
    /// In the registry of the image that runs.
    Name(String),
    Uri(Repository),
}

#[derive(Clone, Debug, PartialEq)]
pub enum TaskDefinitionInput {
    Auto,
    Current,
    /// `path` as typed, and what the file holds.
    File {
        path: String,
        document: Box<TaskDefinition>,
    },
    /// `arn` as typed, where an ARN was.
    Revision {
        family: String,
        revision: u32,
        arn: Option<String>,
    },
}

/// An AppSpec file: its path as typed, and what it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct AppSpecInput {
    pub path: String,
    pub document: AppSpec,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeploymentConfig {
    Named(String),
    /// The deployment group's own.
    Inherit,
}

/// What to do when the group is busy with something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActiveDeployment {
    TakeOver,
    Wait,
    Fail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarms {
    Ignore,
    Respect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitFor {
    /// All production traffic is on the target, proven.
    Traffic,
    /// The deployment has ended.
    Completed,
    Nothing,
}

const ACTIVE_DEPLOYMENT: &[(&str, ActiveDeployment)] = &[
    ("take-over", ActiveDeployment::TakeOver),
    ("wait", ActiveDeployment::Wait),
    ("fail", ActiveDeployment::Fail),
];
const ALARMS: &[(&str, Alarms)] = &[("ignore", Alarms::Ignore), ("respect", Alarms::Respect)];
const WAIT_FOR: &[(&str, WaitFor)] = &[
    ("traffic", WaitFor::Traffic),
    ("completed", WaitFor::Completed),
    ("nothing", WaitFor::Nothing),
];

/// Reads every input, and the files that inputs name.
///
/// # Errors
/// Every problem of every input, at least one: `bad-input`, `file-unreadable`, `region-missing`,
/// `file-invalid`, `registry-unsupported`.
pub fn read(environment: &Environment, read_file: ReadFile<'_>) -> Result<Inputs, Problems> {
    let mut reader = Reader::new(environment);
    let inputs = read_all(&mut reader, read_file);
    match inputs {
        Some(inputs) if reader.problems.is_empty() => Ok(inputs),
        _ => Err(reader.problems),
    }
}

/// `None` only when a problem is on record; each input is read before the first `?`.
fn read_all(reader: &mut Reader<'_>, read_file: ReadFile<'_>) -> Option<Inputs> {
    let environment = reader.environment;
    let file =
        |input: &'static str| move |path: &str| file::read(input, path, environment, read_file);

    reader.refuse_misspelled_names();
    reader.value("mode", text::mode);
    let version = reader.value("version", version::parse);
    let place = place::read(reader);
    let container = reader.optional("container-name", text::container);
    let repository = reader.optional("repository", repository::parse);
    let task_definition = reader.value("task-definition", |text| {
        task_definition::parse(text, place.region.as_ref(), file("task-definition"))
    });
    let application = reader.optional("codedeploy-application", text::application);
    let group = reader.optional("codedeploy-deployment-group", text::group);
    let appspec = reader.optional("codedeploy-appspec", |path| {
        let text = file("codedeploy-appspec")(path)?;
        let document = AppSpec::parse(&text, path)?;
        Ok(AppSpecInput {
            path: path.to_owned(),
            document,
        })
    });
    let deployment_config = reader.value("codedeploy-deployment-config", text::deployment_config);
    let active_deployment = reader.value("active-deployment", |text| {
        choice("active-deployment", ACTIVE_DEPLOYMENT, text)
    });
    let alarms = reader.value("alarms", |text| choice("alarms", ALARMS, text));
    let wait_for = reader.value("wait-for", |text| choice("wait-for", WAIT_FOR, text));
    let timeout = reader.value("timeout", |text| duration::read_positive("timeout", text));
    let health_check = health_check::read(reader);
    let reason = reader.optional("reason", text::reason);
    let dry_run = reader.value("dry-run", |text| boolean("dry-run", text));

    Some(Inputs {
        version: version?,
        cluster: place.cluster?,
        service: place.service?,
        account: place.account,
        container: container?,
        repository: repository?,
        task_definition: task_definition?,
        application: application?,
        group: group?,
        appspec: appspec?,
        deployment_config: deployment_config?,
        active_deployment: active_deployment?,
        alarms: alarms?,
        wait_for: wait_for?,
        timeout: timeout?,
        health_check: health_check?,
        reason: reason?,
        dry_run: dry_run?,
        region: place.region?,
    })
}
