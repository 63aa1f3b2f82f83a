//! How the containers of an image or of a revision behave: what they write, and how they fail.

use super::time::Ms;

/// What happens to a task that runs a broken image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crash {
    /// None: the container never starts, as with an image that can't be pulled.
    pub exit_code: Option<i32>,
    /// For example `CannotPullContainerError: …`; becomes the container's reason. Empty: ECS gives none.
    pub reason: String,
}

impl Crash {
    /// The process ends with this code; ECS gives no reason then.
    pub fn exited(exit_code: i32) -> Self {
        Self {
            exit_code: Some(exit_code),
            reason: String::new(),
        }
    }

    /// The container takes more memory than its task definition allows.
    pub fn out_of_memory() -> Self {
        Self {
            exit_code: Some(137),
            reason: "OutOfMemoryError: Container killed due to memory usage".to_owned(),
        }
    }

    /// The image is not there, or the task may not or can't pull it.
    pub fn cannot_pull(image: &str) -> Self {
        Self {
            exit_code: None,
            reason: format!(
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref \
                 {image}: {image}: not found"
            ),
        }
    }
}

/// Who finds that a task is not healthy. Its containers run, until ECS stops it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthCheck {
    LoadBalancer,
    /// The `healthCheck` of a container.
    Container,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Behavior {
    pub crash: Option<Crash>,
    pub fails: Option<HealthCheck>,
    /// Lines, and how long after its start the container writes each.
    pub log: Vec<(Ms, String)>,
}

impl Behavior {
    pub(crate) fn crashing(crash: Crash) -> Self {
        Self {
            crash: Some(crash),
            ..Self::default()
        }
    }

    /// What this leaves open is as in the other one.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            crash: self.crash.or(other.crash),
            fails: self.fails.or(other.fails),
            log: if self.log.is_empty() {
                other.log
            } else {
                self.log
            },
        }
    }
}

/// Lines as a test gives them.
pub(crate) fn lines(given: &[(Ms, &str)]) -> Vec<(Ms, String)> {
    let line = |(after, text): &(Ms, &str)| (*after, (*text).to_owned());
    given.iter().map(line).collect()
}
