//! The one table of inputs and outputs. `action.yml`, the README, `--help` and the reader itself
//! use it or are compared with it by a test.

/// One input as `action.yml` declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputSpec {
    pub name: &'static str,
    /// What the runner passes when the workflow leaves the input out; `None` arrives as the empty string.
    pub default: Option<&'static str>,
    pub required: bool,
    /// Sentences for people. The first one must make sense alone, because `--help` shows only that one.
    pub description: &'static str,
}

impl InputSpec {
    pub fn first_sentence(&self) -> &'static str {
        match self.description.split_once(". ") {
            Some((first, _)) => first,
            None => self.description.trim_end_matches('.'),
        }
    }
}

const fn input(name: &'static str, description: &'static str) -> InputSpec {
    InputSpec {
        name,
        default: None,
        required: false,
        description,
    }
}

const fn with_default(
    name: &'static str,
    default: &'static str,
    description: &'static str,
) -> InputSpec {
    InputSpec {
        default: Some(default),
        ..input(name, description)
    }
}

const fn required(name: &'static str, description: &'static str) -> InputSpec {
    InputSpec {
        required: true,
        ..input(name, description)
    }
}

/// Every input, in the order of action.yml.
pub const INPUTS: &[InputSpec] = &[
    with_default(
        "mode",
        "rollback",
        "What to do. The only mode so far is rollback.",
    ),
    with_default(
        "version",
        "latest",
        "The version to roll back to. An image tag (latest and stable are tags too), the commit id in such a tag or in the image's revision label (7 digits or more), previous or previous~2 for what served before, or a digest (sha256:…).",
    ),
    with_default("cluster", "default", "Name or ARN of the ECS cluster."),
    required("service", "Name or ARN of the ECS service."),
    input(
        "container-name",
        "The container whose image is replaced. If empty: the one behind the service's load balancer, or the only essential one.",
    ),
    input(
        "repository",
        "Name or URI of the ECR repository. If empty: the repository of the running image.",
    ),
    with_default(
        "task-definition",
        "auto",
        "The task definition to run. auto: the newest revision of the family with this image, or the running revision with the image replaced; current: always the running revision with the image replaced; a path: that JSON or YAML file with the image replaced; family:revision or an ARN: exactly that revision, which must have the version's image.",
    ),
    input(
        "codedeploy-application",
        "Name of the CodeDeploy application. If empty, it is discovered from the service's last deployment, the usual names, or the groups that name the service. If ECS deploys the service itself, this and the other codedeploy- inputs are ignored.",
    ),
    input(
        "codedeploy-deployment-group",
        "Name of the CodeDeploy deployment group. If empty, it is discovered with the application.",
    ),
    input(
        "codedeploy-appspec",
        "An AppSpec file, YAML or JSON. Its task definition is replaced; hooks and the rest are kept. If empty: the last deployment's AppSpec, or a new one for the service's load balancer.",
    ),
    with_default(
        "codedeploy-deployment-config",
        "CodeDeployDefault.ECSAllAtOnce",
        "How CodeDeploy shifts traffic. The name of a deployment configuration for ECS, or inherit for the deployment group's own. If ECS deploys the service, the service's own settings apply.",
    ),
    with_default(
        "active-deployment",
        "take-over",
        "If another deployment is in progress: take-over, wait or fail. take-over adopts it, sends its traffic back, or stops it, whichever is the fastest way back to the version; a deployment of that version is always followed.",
    ),
    with_default(
        "alarms",
        "ignore",
        "CodeDeploy's alarms: ignore or respect. ignore turns off the group's alarm polling for this deployment, because the incident has triggered an alarm; respect leaves it on. If ECS deploys the service, its alarms cannot be turned off for one deployment.",
    ),
    with_default(
        "wait-for",
        "traffic",
        "Wait for traffic, completed or nothing. traffic: all production traffic is on the target, proven by the running tasks; completed: the deployment has ended; nothing: the deployment was created.",
    ),
    with_default(
        "timeout",
        "30m",
        "Time limit for the whole run. A number with its unit: 90s, 45m, 1h30m.",
    ),
    input(
        "health-check-url",
        "An http or https URL to check after the traffic shift.",
    ),
    with_default(
        "health-check-expected-status",
        "200",
        "HTTP status that counts as healthy.",
    ),
    with_default(
        "health-check-attempts",
        "5",
        "Number of attempts before giving up.",
    ),
    with_default("health-check-interval", "3s", "Pause between two attempts."),
    with_default("health-check-timeout", "5s", "Time limit for one attempt."),
    input(
        "reason",
        "Why you roll back. It appears in the job summary, the notifications and, with CodeDeploy, in the deployment's description, shortened where there is no room.",
    ),
    with_default(
        "dry-run",
        "false",
        "true prints the plan, changes nothing and notifies nobody.",
    ),
    input(
        "slack-webhook-url",
        "A Slack incoming webhook: gets one message at the start and one at the end. Give it as a secret. Nobody is told about a dry run.",
    ),
    input(
        "sns-topic-arn",
        "ARN of an Amazon SNS topic: gets one message at the end. The role needs sns:Publish on it.",
    ),
    input(
        "webhook-url",
        "An https URL that gets one CloudEvent at the end, with the whole report. Give it as a secret.",
    ),
    input(
        "webhook-secret",
        "Signs the event for webhook-url with HMAC-SHA256, in the header X-Signature-256. Give it as a secret.",
    ),
    input(
        "aws-region",
        "Region of the service. If empty: AWS_REGION, then AWS_DEFAULT_REGION. It is never guessed.",
    ),
];

/// Every output with its description, in the order of action.yml.
pub const OUTPUTS: &[(&str, &str)] = &[
    (
        "outcome",
        "How the run ended: rolled-back, unchanged, planned, started, failed, reverted, refused, timed-out or cancelled.",
    ),
    (
        "version",
        "The version rolled back to: the version tag on its digest, or the tag asked for, or the digest.",
    ),
    ("image", "The image rolled back to, as repository@sha256:…"),
    ("image-digest", "The digest of that image, sha256:…"),
    (
        "task-definition-arn",
        "ARN of the task definition revision rolled back to.",
    ),
    (
        "codedeploy-deployment-id",
        "Id of the CodeDeploy deployment after which the target serves, for example d-ABCDEF123. Empty if ECS deploys the service itself.",
    ),
    (
        "previous-version",
        "The version that served when the run began.",
    ),
    (
        "previous-image",
        "The image that served when the run began, as repository@sha256:…",
    ),
    (
        "previous-task-definition-arn",
        "ARN of the task definition revision that served when the run began.",
    ),
    (
        "path",
        "The path taken: nothing, redeploy, adopt, reroute, end-wait-and-redeploy or stop-and-redeploy.",
    ),
    (
        "console-url",
        "Link to the deployment, or to the service if there is none, in the AWS console.",
    ),
    ("undo-version", "The version to give to undo this rollback."),
    (
        "seconds-to-traffic",
        "Seconds from the start of the run until all traffic was on the target.",
    ),
    (
        "cause",
        "Why the rollback did not go well, in one sentence; empty if it did, or if AWS shows no cause.",
    ),
    ("report", "The whole report as one JSON document."),
];

pub(super) fn spec(name: &str) -> Option<&'static InputSpec> {
    INPUTS.iter().find(|spec| spec.name == name)
}
