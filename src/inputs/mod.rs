//! `INPUT_*` and flags → [`Inputs`]: everything the user typed, parsed once, with all mistakes in one answer.
//!
//! Nothing here asks AWS, the clock or the process: the environment and a way to read files are passed in.

mod arn;
mod codedeploy;
mod duration;
mod file;
mod flags;
mod github;
mod health_check;
mod history;
mod messages;
mod notified;
mod place;
mod reader;
mod repository;
mod safety;
mod services;
mod table;
mod task_definition;
mod text;
mod typed;
mod values;
mod version;

#[cfg(test)]
mod drift_tests;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::{
    domain::mode::Mode,
    environment::Environment,
    error::Problems,
    names::{ClusterName, ContainerName, Region, ServiceName},
    outside::OutsideText,
};

pub(crate) use file::ReadFile;
pub use flags::{Command, Flags};
pub(crate) use github::{GitHubInputs, IssueInput};
pub(crate) use health_check::HealthCheck;
pub(crate) use history::{ChoicesFile, HistoryInputs};
pub(crate) use notified::{HookUrl, Notified, Secret, Webhook};
pub(crate) use safety::{FloorInput, OnMigrations, SafetyInputs};
pub use table::{INPUTS, InputSpec, OUTPUTS};
pub(crate) use values::{DeploymentConfig, RepositoryInput, TaskDefinitionInput, VersionSpec};

use codedeploy::CodeDeployInputs;
use file::Files;
use place::Place;
use reader::{Choice, Reader, boolean, choice};

/// What the user typed, for one service: every part is well formed, nothing is checked against AWS yet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Inputs {
    pub mode: Mode,
    /// `latest` where none was given.
    pub version: VersionSpec,
    pub is_version_given: bool,
    pub cluster: ClusterName,
    pub service: ServiceName,
    /// The account in the ARN of service or cluster: the service must be in it.
    pub account: Option<String>,
    pub container: Option<ContainerName>,
    pub repository: Option<RepositoryInput>,
    pub task_definition: TaskDefinitionInput,
    pub codedeploy: CodeDeployInputs,
    pub active_deployment: ActiveDeployment,
    pub alarms: Alarms,
    pub wait_for: WaitFor,
    /// For the whole run, more than zero, five days at most.
    pub timeout: Duration,
    pub health_check: Option<HealthCheck>,
    pub on_unhealthy: OnUnhealthy,
    /// One line of any length; whoever shows it shortens it.
    pub reason: Option<OutsideText>,
    pub dry_run: bool,
    pub notified: Notified,
    pub region: Region,
    pub github: GitHubInputs,
    pub safety: SafetyInputs,
    pub history: HistoryInputs,
}

/// What to do when another deployment is in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActiveDeployment {
    TakeOver,
    Wait,
    Fail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alarms {
    Ignore,
    Respect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitFor {
    /// All production traffic is on the target, proven.
    Traffic,
    /// The deployment has ended.
    Completed,
    Nothing,
}

impl Choice for Mode {
    const WORDS: &[(&str, Self)] = &[
        (Self::Rollback.as_str(), Self::Rollback),
        (Self::History.as_str(), Self::History),
        (Self::Check.as_str(), Self::Check),
        (Self::Guard.as_str(), Self::Guard),
        (Self::MarkStable.as_str(), Self::MarkStable),
    ];
}

/// What to do when the target serves and its health check fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnUnhealthy {
    Stay,
    /// To what served when the run began.
    Return,
}

impl Choice for OnUnhealthy {
    const WORDS: &[(&str, Self)] = &[("stay", Self::Stay), ("return", Self::Return)];
}

impl Choice for ActiveDeployment {
    const WORDS: &[(&str, Self)] = &[
        ("take-over", Self::TakeOver),
        ("wait", Self::Wait),
        ("fail", Self::Fail),
    ];
}

impl Choice for Alarms {
    const WORDS: &[(&str, Self)] = &[("ignore", Self::Ignore), ("respect", Self::Respect)];
}

impl Choice for WaitFor {
    const WORDS: &[(&str, Self)] = &[
        ("traffic", Self::Traffic),
        ("completed", Self::Completed),
        ("nothing", Self::Nothing),
    ];
}

/// Reads every input, and the files that inputs name: the inputs of each service, at least one, in the order given.
///
/// # Errors
/// Every problem of every input, at least one: `bad-input`, `file-unreadable`, `region-missing`,
/// `file-invalid`, `registry-unsupported`.
pub(crate) fn read(
    environment: &Environment,
    read_file: ReadFile<'_>,
) -> Result<Vec<Inputs>, Problems> {
    let mut reader = Reader {
        environment,
        files: Files {
            environment,
            read: read_file,
        },
        problems: Vec::new(),
    };
    // A value that stands in for a bad one must never start a rollback.
    match read_all(&mut reader) {
        Some(inputs) if reader.problems.is_empty() => Ok(inputs),
        _ => Err(reader.problems),
    }
}

/// `None` only when a problem is on record.
fn read_all(reader: &mut Reader<'_>) -> Option<Vec<Inputs>> {
    reader.refuse_misspelled_names();
    let place = place::read(reader);
    let inputs = read_for_first(reader, &place)?;
    let of_service = |service: &ServiceName| Inputs {
        service: service.clone(),
        ..inputs.clone()
    };
    Some(place.services.iter().map(of_service).collect())
}

/// The inputs for the first service.
fn read_for_first(reader: &mut Reader<'_>, place: &Place) -> Option<Inputs> {
    let mode = reader.value("mode", choice);
    let version = version::read(reader, mode);
    Some(Inputs {
        mode,
        is_version_given: reader.given("version").is_some(),
        version,
        account: place.account.clone(),
        container: reader.optional("container-name", text::container),
        repository: reader.optional("repository", repository::parse),
        task_definition: task_definition::read(reader, place.region.as_ref()),
        codedeploy: codedeploy::read(reader),
        active_deployment: reader.value("active-deployment", choice),
        alarms: reader.value("alarms", choice),
        wait_for: reader.value("wait-for", choice),
        timeout: reader.value("timeout", duration::read_positive),
        health_check: health_check::read(reader),
        on_unhealthy: reader.value("on-unhealthy", choice),
        reason: text::read_reason(reader),
        dry_run: reader.value("dry-run", boolean),
        github: github::read(reader),
        safety: safety::read(reader),
        history: history::read(reader),
        notified: notified::read(reader),
        // These come last: the answer must name the problems of all other inputs as well.
        cluster: place.cluster.clone()?,
        service: place.services.first()?.clone(),
        region: place.region.clone()?,
    })
}
