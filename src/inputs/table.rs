//! The one table of inputs and outputs. `action.yml`, the README, `--help` and the reader itself
//! all come from it or are compared with it by a test.

/// One input as `action.yml` declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputSpec {
    pub name: &'static str,
    /// What the runner passes when the workflow leaves the input out; `None` arrives as the empty string.
    pub default: Option<&'static str>,
    pub required: bool,
    /// Sentences for people; the first one alone must make sense, because `--help` shows only that one.
    pub description: &'static str,
}

const fn input(name: &'static str, description: &'static str) -> InputSpec {
    InputSpec {
        name,
        default: None,
        required: false,
        description,
    }
}

const fn defaulting(
    name: &'static str,
    default: &'static str,
    description: &'static str,
) -> InputSpec {
    InputSpec {
        name,
        default: Some(default),
        required: false,
        description,
    }
}

const fn required(name: &'static str, description: &'static str) -> InputSpec {
    InputSpec {
        name,
        default: None,
        required: true,
        description,
    }
}

/// Every input, in the order in which people meet them.
pub const INPUTS: &[InputSpec] = &[
    defaulting(
        "mode",
        "rollback",
        "What to do. There is one mode so far: rollback.",
    ),
    defaulting(
        "version",
        "latest",
        "The version to go back to. An image tag (latest and stable are tags too), previous or previous~2 for what served before, or a digest (sha256:…).",
    ),
    defaulting("cluster", "default", "Name or ARN of the ECS cluster."),
    required("service", "Name or ARN of the ECS service."),
    input(
        "container-name",
        "The container whose image is swapped. If empty: the one behind the service's load balancer, else the only essential one.",
    ),
    input(
        "repository",
        "Name or URI of the ECR repository. If empty: the running image's.",
    ),
    defaulting(
        "task-definition",
        "auto",
        "The task definition to run. auto takes the newest revision of the family with this image, else the running one with the image swapped; current always takes the latter; a path takes that JSON or YAML file with the image swapped; family:revision or an ARN takes exactly that revision, whose image must be the version's.",
    ),
    input(
        "codedeploy-application",
        "Name of the CodeDeploy application. If empty, it is found from the service's last deployment, the usual names, or the groups that name the service. Ignored where ECS deploys the service by itself, as are the other codedeploy- inputs.",
    ),
    input(
        "codedeploy-deployment-group",
        "Name of the CodeDeploy deployment group. If empty, it is found as the application is.",
    ),
    input(
        "codedeploy-appspec",
        "An AppSpec file, YAML or JSON. Its task definition is replaced, hooks and the rest are kept. If empty: the last deployment's AppSpec, else a new one from the service's load balancer.",
    ),
    defaulting(
        "codedeploy-deployment-config",
        "CodeDeployDefault.ECSAllAtOnce",
        "How CodeDeploy shifts the traffic. The name of a deployment configuration for ECS, or inherit for the deployment group's own. Where ECS deploys, the service's own settings hold.",
    ),
    defaulting(
        "active-deployment",
        "take-over",
        "For a service that is being deployed: take-over, wait or fail. take-over adopts the deployment, sends its traffic back, or stops it, whichever brings the version back soonest; one that brings the version already is followed whichever is given.",
    ),
    defaulting(
        "alarms",
        "ignore",
        "CodeDeploy's alarms: ignore or respect. ignore switches a group's alarm polling off for this deployment, because the incident's alarm is ringing; respect leaves it on. The alarms of a service that ECS deploys can't be switched off for one deployment.",
    ),
    defaulting(
        "wait-for",
        "traffic",
        "Wait for traffic, completed or nothing. traffic: all production traffic is on the target, proven by the running tasks; completed: the deployment has ended; nothing: the deployment was created.",
    ),
    defaulting(
        "timeout",
        "30m",
        "Limit for the whole run. A number with its unit: 90s, 45m, 1h30m.",
    ),
    input(
        "health-check-url",
        "An http or https URL to probe after the shift.",
    ),
    defaulting(
        "health-check-expected-status",
        "200",
        "HTTP status that counts as healthy.",
    ),
    defaulting(
        "health-check-attempts",
        "5",
        "How often to try before giving up.",
    ),
    defaulting("health-check-interval", "3s", "Pause between two attempts."),
    defaulting("health-check-timeout", "5s", "Limit for one attempt."),
    input(
        "reason",
        "Why you roll back. It goes into the job summary and, with CodeDeploy, the deployment's description; 500 characters at most.",
    ),
    defaulting(
        "dry-run",
        "false",
        "true prints the plan and changes nothing.",
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
        "The version rolled back to: the version tag on its digest, else the tag asked for, else the digest.",
    ),
    ("image", "The image rolled back to, as repository@sha256:…"),
    ("image-digest", "The digest of that image, sha256:…"),
    (
        "task-definition-arn",
        "ARN of the task definition revision rolled back to.",
    ),
    (
        "codedeploy-deployment-id",
        "Id of the CodeDeploy deployment that ends with the target serving, for example d-ABCDEF123. Empty where ECS deploys the service by itself.",
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
        "The way taken: nothing, redeploy, adopt, reroute, end-wait-and-redeploy or stop-and-redeploy.",
    ),
    (
        "console-url",
        "Link to the deployment, or to the service where there is none, in the AWS console.",
    ),
    (
        "undo-version",
        "What to give as version to go back to what served when the run began.",
    ),
    (
        "seconds-to-traffic",
        "Seconds from the start of the run until all traffic was on the target.",
    ),
    ("report", "The whole report as one JSON document."),
];

/// The row of an input that the code itself names.
pub(super) fn spec(name: &str) -> Option<&'static InputSpec> {
    INPUTS.iter().find(|spec| spec.name == name)
}
