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
    /// Whether it is on or off, so that a flag of its name needs no value.
    pub fn is_switch(&self) -> bool {
        matches!(self.default, Some("true" | "false"))
    }

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
        "What to do: rollback, history, check, mark-stable or guard. history lists the last versions that served and how to go back to each; check says whether a rollback would work now; guard says whether a hold keeps a version from being deployed; none of these three changes anything in AWS. mark-stable puts the tag stable on the version that serves, once that is proven; it deploys nothing.",
    ),
    input(
        "version",
        "The version to roll back to; if empty, latest, or previous in the mode check. In the mode guard: the version or the commit to be deployed. In the mode mark-stable: the version that must be serving; if empty, whatever serves. An image tag (latest and stable are tags too), the commit id in such a tag or in the image's revision label (7 digits or more), previous or previous~2 for what served before, or a digest (sha256:…).",
    ),
    with_default("cluster", "default", "Name or ARN of the ECS cluster."),
    required(
        "service",
        "Name or ARN of the ECS service, or several, separated by commas or lines. Several are rolled back together: nothing is changed unless every plan passes. 50 at most.",
    ),
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
    with_default(
        "on-unhealthy",
        "stay",
        "What to do if the health check fails: stay or return. return goes back once to what served when the run began, if the URL answered at all: a URL that the runner cannot reach proves nothing. The outcome is failed in both cases.",
    ),
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
    with_default(
        "github-token",
        "${{ github.token }}",
        "Token for the GitHub API. It reads what a rollback takes out: commits and pull requests. A permission that it lacks costs one line in the log, never the rollback.",
    ),
    input(
        "name",
        "Name of this application in a monorepo, as its git tags have it. If empty: the last part of the ECR repository's name. With it, mark-stable calls its git tag NAME-stable.",
    ),
    input(
        "git-tag-pattern",
        "What a version is called in git, one pattern a line. Used where the image has no label org.opencontainers.image.revision and no tag that is a commit id; the first tag that exists counts. If empty: {version}, {name}@{version}, {name}-{version}, {name}/{version}.",
    ),
    input(
        "paths",
        "Which files of the repository are this application's, one pattern a line as in a workflow's paths filter. Only commits, pull requests and migrations that touch them are named. If empty: all files.",
    ),
    input(
        "migration-paths",
        "Where migrations lie besides the places that common frameworks use, one pattern a line.",
    ),
    with_default(
        "on-migrations",
        "warn",
        "What to do about migrations that drop, rename or change what the target may use: warn, refuse or ignore. refuse also refuses if that cannot be determined.",
    ),
    input(
        "floor",
        "A file of the checkout with one version or commit a line, and why behind #. A target that does not contain all of them is refused.",
    ),
    with_default(
        "override",
        "false",
        "true goes on below the floor, over destructive migrations and under a hold. It needs a reason.",
    ),
    input(
        "environment",
        "GitHub environment of the deployment record that the rollback leaves. If empty: no record. Needs the permission deployments: write.",
    ),
    with_default(
        "issue",
        "none",
        "After a rollback, an issue for the root cause: none, record or hold. record: one issue for each bad version of a service, labelled rollback; if one is open, it gets a comment. hold: the same, and the label rollback-hold says that the version must not come back while the issue is open. Needs the permission issues: write.",
    ),
    input(
        "board-issue",
        "Number of an issue in which the mode history keeps its list. The list goes between two lines of comment in its text, ecs-rollback:begin NAME and ecs-rollback:end NAME, where NAME is the input name. Needs the permission issues: write.",
    ),
    input(
        "choices-file",
        "A file of the checkout, such as a workflow, in which the mode history writes the versions to choose from. They go between two lines of comment, ecs-rollback:begin NAME and ecs-rollback:end NAME, where NAME is the input name.",
    ),
];

/// Every output with its description, in the order of action.yml.
pub const OUTPUTS: &[(&str, &str)] = &[
    (
        "outcome",
        "How the run ended: rolled-back, unchanged, planned, started, listed, ready, not-ready, marked, clear, held, failed, reverted, refused, timed-out or cancelled.",
    ),
    (
        "version",
        "The version rolled back to, or marked as stable: the version tag on its digest, or the tag asked for, or the digest.",
    ),
    (
        "image",
        "The image rolled back to, or marked as stable, as repository@sha256:…",
    ),
    ("image-digest", "The digest of that image, sha256:…"),
    (
        "task-definition-arn",
        "ARN of the task definition revision rolled back to, or of what was marked as stable.",
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
    (
        "safety",
        "Whether the target can run on the schema that stays: none (no migrations), additive, destructive or unknown. Empty if GitHub was not asked.",
    ),
    (
        "compare-url",
        "Link to GitHub's page that compares the two versions.",
    ),
    (
        "recovery-seconds",
        "Seconds from the start of the bad release's deployment until all traffic was back on the target.",
    ),
    ("issue-url", "Link to the issue for the root cause."),
    (
        "held",
        "In the mode guard: true if a hold covers the version, else false.",
    ),
    ("held-by", "Who rolled the held version back."),
    ("held-since", "Since when it is held, as RFC 3339."),
    ("held-reason", "Why it was rolled back."),
    ("held-url", "Link to the issue that holds it."),
    (
        "versions",
        "In the mode history: the last ten versions that served, newest first, as a JSON list.",
    ),
    (
        "results",
        "If service names several: a JSON list with one object a service, which has the service's name and the outputs above as strings. The flat outcome is then the worst, the other flat outputs are the first service's.",
    ),
    (
        "report",
        "The whole report as one JSON document; if service names several, the first service's.",
    ),
];

pub(super) fn spec(name: &str) -> Option<&'static InputSpec> {
    INPUTS.iter().find(|spec| spec.name == name)
}
