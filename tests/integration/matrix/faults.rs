//! What can go wrong with a call, and with which of an operation's calls.

use aws_sim::{Effect, Rule};

use super::stories::Counts;
use crate::harness::operations;

/// A column of the table.
#[derive(Clone, Copy)]
pub struct Fault {
    pub name: &'static str,
    pub effect: fn(&Operation) -> Option<Effect>,
    /// Asking again may help: throttling, 5xx, whatever the network does.
    pub passes: bool,
}

/// An operation as `src/aws` declares it; the one named [`ALL`] stands for every operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    pub service: String,
    pub name: String,
}

pub const ALL: &str = "all of AWS";

const fn passing(name: &'static str, effect: fn(&Operation) -> Option<Effect>) -> Fault {
    Fault {
        name,
        effect,
        passes: true,
    }
}

const fn lasting(name: &'static str, effect: fn(&Operation) -> Option<Effect>) -> Fault {
    Fault {
        name,
        effect,
        passes: false,
    }
}

pub const FAULTS: [Fault; 12] = [
    passing("throttled", |_| Some(Effect::Throttle)),
    passing("500", |_| Some(Effect::server_error())),
    passing("503", |_| Some(Effect::unavailable())),
    passing("reset before", |_| Some(Effect::ResetBefore)),
    passing("reset after", |_| Some(Effect::ResetAfter)),
    passing("answer lost", |_| Some(Effect::DropAnswer)),
    passing("hang", |_| Some(Effect::HangAfter)),
    passing("truncated", |_| Some(Effect::TruncateBody)),
    passing("HTML", |_| Some(Effect::Html(200))),
    lasting("denied", |operation| {
        Some(Effect::access_denied(&operation.iam_action()))
    }),
    lasting("expired", |_| Some(Effect::expired_token())),
    lasting("not found", |operation| {
        operation.not_found().map(Effect::not_found)
    }),
];

impl Operation {
    /// Every operation that the code declares.
    pub fn of_the_action() -> Vec<Self> {
        operations::declared()
            .into_iter()
            .map(|(service, name)| Self { service, name })
            .collect()
    }

    pub fn everything() -> Self {
        Self {
            service: "codedeploy".to_owned(),
            name: ALL.to_owned(),
        }
    }

    pub fn is_everything(&self) -> bool {
        self.name == ALL
    }

    fn iam_action(&self) -> String {
        let name = if self.is_everything() {
            "GetDeployment"
        } else {
            &self.name
        };
        format!("{}:{name}", self.service)
    }

    /// What AWS answers where the thing is not there; `None` where the operation has no such answer.
    fn not_found(&self) -> Option<&'static str> {
        Some(match self.name.as_str() {
            "GetDeployment" | "GetDeploymentTarget" | "StopDeployment" | "ContinueDeployment" => {
                "DeploymentDoesNotExistException"
            }
            "BatchGetDeployments" => "InvalidDeploymentIdException",
            "ListDeployments" | "GetDeploymentGroup" | "CreateDeployment" => {
                "DeploymentGroupDoesNotExistException"
            }
            "BatchGetDeploymentGroups"
            | "ListDeploymentGroups"
            | "BatchGetApplicationRevisions" => "ApplicationDoesNotExistException",
            "DescribeServices" | "DescribeTasks" => "ClusterNotFoundException",
            "ListTasks" => "ServiceNotFoundException",
            "DescribeTaskDefinition" | "RegisterTaskDefinition" | "ListTaskDefinitions" => {
                "ClientException"
            }
            "UpdateService" | "ListServiceDeployments" => "ServiceNotFoundException",
            "DescribeServiceDeployments" | "DescribeServiceRevisions" => "ClusterNotFoundException",
            "StopServiceDeployment" | "ContinueServiceDeployment" => {
                "ServiceDeploymentNotFoundException"
            }
            "DescribeImages" => "ImageNotFoundException",
            "BatchGetImage" => "RepositoryNotFoundException",
            "PutImage" => "RepositoryNotFoundException",
            "GetDownloadUrlForLayer" => "LayersNotFoundException",
            "Publish" => "NotFoundException",
            _ => return None,
        })
    }
}

/// Which of the calls a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    First,
    Every,
    /// Once, at the first call after the run's first write was sent.
    BegunOnce,
    /// From then on.
    Begun,
}

impl When {
    pub const ALL: [Self; 4] = [Self::First, Self::Every, Self::BegunOnce, Self::Begun];

    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Every => "every",
            Self::BegunOnce => "begun-once",
            Self::Begun => "begun",
        }
    }

    pub fn is_once(self) -> bool {
        matches!(self, Self::First | Self::BegunOnce)
    }

    /// The rule; `None` where there is nothing to strike that another `When` does not strike.
    pub fn rule(self, operation: &Operation, effect: Effect, counts: &Counts) -> Option<Rule> {
        let rule = match operation.is_everything() {
            true => Rule::on_every_call(effect),
            false => Rule::on(&operation.name, effect),
        };
        let Counts { before, after } = counts;
        let later = *before > 0 && *after > 0;
        match self {
            Self::First => Some(rule.first(1)),
            Self::Every => Some(rule),
            Self::BegunOnce => later.then(|| rule.nth(before + 1)),
            Self::Begun => later.then(|| rule.after(*before)),
        }
    }
}
