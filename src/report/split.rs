//! What has a part of the traffic, or of the tasks, beside what has most of it.

use std::fmt;

use crate::{
    names::{DeploymentId, ImageDigest, TaskDefinitionArn},
    words,
};

/// Something that serves users, with its part of the service.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Share {
    /// The highest version tag on its digest, else the digest; without a task, what its revision names.
    pub version: Option<String>,
    pub digest: Option<ImageDigest>,
    pub task_definition_arn: Option<TaskDefinitionArn>,
    pub part: Part,
    /// Of what does not have most of it, the deployment that splits the traffic, or replaces the tasks; `None` where nothing does so any more.
    pub deployment: Option<DeploymentId>,
}

/// How much of the service something has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Part {
    /// Percent of the production traffic.
    Traffic(f64),
    /// So many of the tasks that share the traffic.
    Tasks(u32),
}

impl Share {
    /// What people call it: its tag, else its digest, else its revision.
    pub(crate) fn name(&self) -> String {
        match (&self.version, &self.task_definition_arn) {
            (Some(version), _) => words::short_digest(version),
            (None, Some(revision)) => revision.short(),
            (None, None) => "another revision".to_owned(),
        }
    }
}

/// `10 %`, `2 tasks`
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Traffic(percent) => f.write_str(&words::percent(*percent)),
            Self::Tasks(tasks) => f.write_str(&words::count(*tasks, "task")),
        }
    }
}

/// `10 % on v1.3.0 (web1:9), which d-ABCDEF123 is shifting`
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.part, self.name())?;
        if let (Some(_), Some(revision)) = (&self.version, &self.task_definition_arn) {
            write!(f, " ({})", revision.short())?;
        }
        match (self.part, &self.deployment) {
            (Part::Traffic(_), Some(id)) => write!(f, ", which {} is shifting", id.short()),
            (Part::Traffic(_), None) => {
                f.write_str(", left by a deployment that was stopped without a rollback")
            }
            (Part::Tasks(_), Some(id)) => write!(f, ", while {} replaces tasks", id.short()),
            (Part::Tasks(_), None) => Ok(()),
        }
    }
}
