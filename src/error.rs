//! What a user can run into: a stable code, one sentence with the real names in it, and what to do next.

use std::{collections::BTreeSet, fmt};

/// One thing that is wrong, as the user reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub code: Code,
    /// A lower-case sentence without its full stop: "there is no tag v1.0.1 in …".
    pub message: String,
    /// What to do next; may hold several lines.
    pub hint: String,
    /// Asking AWS again later may help: throttling, 5xx, an answer that was lost.
    pub passing: bool,
    /// Of a cause that several calls can meet.
    pub cause: Option<Box<Cause>>,
}

/// A cause that lies outside every single call: the credentials, the clock, the network. Calls that run at the same
/// time all meet it; it is told once, with their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The sentence before the names of the calls, which tells one cause from another.
    before: String,
    /// IAM actions: `ecs:DescribeServices`.
    calls: BTreeSet<String>,
    after: String,
}

impl Cause {
    fn sentence(&self) -> String {
        let calls: Vec<&str> = self.calls.iter().map(String::as_str).collect();
        format!("{}{}{}", self.before, calls.join(", "), self.after)
    }
}

impl Problem {
    pub fn new(code: Code, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: hint.into(),
            passing: false,
            cause: None,
        }
    }

    /// Of a cause that other calls can meet too; the sentence has the call's name between `before` and `after`.
    pub(crate) fn of_call(
        code: Code,
        (before, call, after): (impl Into<String>, String, impl Into<String>),
        hint: impl Into<String>,
    ) -> Self {
        let cause = Cause {
            before: before.into(),
            calls: BTreeSet::from([call]),
            after: after.into(),
        };
        let message = cause.sentence();
        Self {
            cause: Some(Box::new(cause)),
            ..Self::new(code, message, hint)
        }
    }

    /// Takes another problem in where it is the same, or has the same cause; whether it did.
    fn takes_in(&mut self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        let (Some(cause), Some(others)) = (&mut self.cause, &other.cause) else {
            return false;
        };
        if self.code != other.code || cause.before != others.before {
            return false;
        }
        cause.calls.extend(others.calls.iter().cloned());
        self.message = cause.sentence();
        true
    }
}

/// Adds a problem. One that is there already, or has the cause of one, is not told again.
pub(crate) fn add(problems: &mut Problems, problem: Problem) {
    if !problems.iter_mut().any(|known| known.takes_in(&problem)) {
        problems.push(problem);
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// All problems that one stage found, at least one: bad inputs together, failed checks together.
pub(crate) type Problems = Vec<Problem>;

/// Declares the codes once: the variant, the word a user sees, and the line for the documentation.
macro_rules! codes {
    ($($variant:ident = $word:literal, $meaning:literal;)*) => {
        /// A stable word for each kind of problem; it never changes once released.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $(#[doc = $meaning] $variant,)* }

        impl Code {
            /// Every code with its meaning, in the order of the documentation.
            pub const ALL: &[(Code, &'static str)] = &[$((Code::$variant, $meaning),)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

codes! {
    // inputs
    BadInput = "bad-input", "an input is missing, malformed or unknown";
    FileUnreadable = "file-unreadable", "a file that an input names cannot be read";
    FileInvalid = "file-invalid", "a file that an input names is not a valid task definition or AppSpec";
    RegionMissing = "region-missing", "no region was given, or an ARN is in another region";
    // reaching AWS
    CredentialsMissing = "credentials-missing", "there are no AWS credentials in the environment";
    CredentialsInvalid = "credentials-invalid", "AWS does not accept the credentials, or they have expired";
    ClockSkew = "clock-skew", "the runner's clock is wrong, so AWS does not accept the signatures of its requests";
    AccessDenied = "access-denied", "the role lacks a permission; the message names the IAM action";
    AwsUnreachable = "aws-unreachable", "AWS did not respond in time, or the connection failed";
    AwsThrottled = "aws-throttled", "AWS kept throttling the calls";
    AwsError = "aws-error", "AWS answered with an error, or the answer did not come from AWS";
    // the service
    ClusterNotFound = "cluster-not-found", "the cluster is not in this region and account";
    ServiceNotFound = "service-not-found", "the service is not in the cluster, or was deleted";
    ServiceScaledToZero = "service-scaled-to-zero", "the service's desired count is 0, so nothing can be proven";
    ControllerUnsupported = "controller-unsupported", "the service's deployment controller is not one this version rolls back (`EXTERNAL`, or Express Mode)";
    ContainerNotFound = "container-not-found", "the container is not in the task definition, or must be named";
    // the image
    RegistryUnsupported = "registry-unsupported", "the container's image does not come from a private ECR repository";
    RepositoryNotFound = "repository-not-found", "the ECR repository does not exist";
    ImageNotFound = "image-not-found", "the tag or digest is not in the repository";
    ImageArchived = "image-archived", "the image is archived, so it cannot be pulled";
    ImagePlatform = "image-platform", "the image is not built for the platform that the task runs on";
    // the way back
    PreviousUnknown = "previous-unknown", "the deployments on record do not show what ran before";
    PreviousAmbiguous = "previous-ambiguous", "a release is in progress, so `previous` could mean two versions";
    TaskDefinitionNotFound = "task-definition-not-found", "the revision does not exist or cannot be used";
    TaskDefinitionMismatch = "task-definition-mismatch", "the revision does not run the version asked for, or lacks what the service sends traffic to";
    AppSpecUnreadable = "appspec-unreadable", "the last deployment's AppSpec cannot be read";
    AppSpecInvalid = "appspec-invalid", "the AppSpec does not fit the service or the revision";
    // the data
    DestructiveMigration = "destructive-migration", "migrations that stay destroy what the target may use, or nobody can tell";
    BelowFloor = "below-floor", "the target does not contain what the floor asks for, or nobody can tell";
    // the hold
    Held = "held", "the version was rolled back, and its hold is open";
    HoldUnknown = "hold-unknown", "nobody can tell whether a hold covers the version";
    // the mark
    NotServing = "not-serving", "in the mode `mark-stable`: the version given is not what serves";
    NotProven = "not-proven", "in the mode `mark-stable`: a deployment is moving traffic, the traffic is split, or not every task is known to run the same image";
    TagImmutable = "tag-immutable", "in the mode `mark-stable`: the ECR repository does not let the tag `stable` move";
    // the deployment
    ApplicationNotFound = "application-not-found", "the CodeDeploy application does not exist";
    GroupNotFound = "deployment-group-not-found", "no CodeDeploy deployment group for the service was found";
    GroupMismatch = "deployment-group-mismatch", "the deployment group deploys another service";
    DeploymentActive = "deployment-active", "another deployment is in progress and was not, or could not be, taken over";
    DeploymentRejected = "deployment-rejected", "CodeDeploy or ECS did not accept the deployment";
    RegisterRejected = "register-rejected", "ECS did not accept the task definition";
    DeploymentUnknown = "deployment-unknown", "AWS's answer to the call that starts the deployment was lost, and every search for that deployment failed";
    DeploymentFailed = "deployment-failed", "the deployment failed";
    DeploymentStopped = "deployment-stopped", "somebody stopped the deployment";
    DeploymentReverted = "deployment-reverted", "AWS rolled the deployment back";
    // the proof
    ProofFailed = "proof-failed", "tasks that hold the traffic run another image, or an unknown one";
    HealthCheckFailed = "health-check-failed", "the health check did not get the expected status";
    TimedOut = "timed-out", "the run reached its timeout";
    Cancelled = "cancelled", "the run was cancelled";
    Internal = "internal", "a defect of this action";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        vec![problem]
    }
}
