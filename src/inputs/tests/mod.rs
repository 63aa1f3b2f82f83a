//! What a whole environment becomes: inputs, or all of its problems.

use std::{collections::BTreeMap, io, path::Path, time::Duration};

use super::*;
use crate::{
    domain::{github::TagPattern, globs::Globs},
    error::{Code, Problem},
    names::{ImageDigest, ImageTag},
};

mod files;
mod place;
mod properties;

const DIGEST: &str = "sha256:9f2c41aa079f2c41aa079f2c41aa079f2c41aa079f2c41aa079f2c41aa079f2c";

const TASK_DEFINITION: &str =
    r#"{"family": "web1", "containerDefinitions": [{"name": "web1", "image": "x"}]}"#;
const APPSPEC: &str = "{version: 0.0, Resources: [{TargetService: {Type: AWS::ECS::Service, Properties: {TaskDefinition: x, LoadBalancerInfo: {ContainerName: web1, ContainerPort: 8080}}}}]}";

fn file(path: &Path) -> io::Result<String> {
    match path.to_str() {
        Some("/github/workspace/deploy/task.json") => Ok(TASK_DEFINITION.to_owned()),
        Some("appspec.yml") => Ok(APPSPEC.to_owned()),
        Some(path) if path.ends_with("binary.json") => Err(io::ErrorKind::InvalidData.into()),
        Some(path) if path.ends_with("folder/") => Err(io::ErrorKind::IsADirectory.into()),
        Some(path) if path.ends_with("secret.json") => Err(io::ErrorKind::PermissionDenied.into()),
        Some(path) if path.ends_with("broken.json") => Err(io::Error::other("disk\n::error::gone")),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

/// The environment as the runner makes it: every declared input, its default where it was left out.
fn runner(given: &[(&str, &str)]) -> Environment {
    let defaults = INPUTS.iter().map(|spec| {
        (
            variable(spec.name),
            spec.default.unwrap_or_default().to_owned(),
        )
    });
    let mut variables: BTreeMap<String, String> = defaults.collect();
    variables.insert("AWS_REGION".to_owned(), "eu-west-1".to_owned());
    variables.insert("GITHUB_ACTIONS".to_owned(), "true".to_owned());
    variables.insert(variable("service"), "web1".to_owned());
    for (name, value) in given {
        let name = if INPUTS.iter().any(|spec| spec.name == *name) {
            variable(name)
        } else {
            (*name).to_owned()
        };
        variables.insert(name, (*value).to_owned());
    }
    Environment::from_iter(variables)
}

fn variable(name: &str) -> String {
    super::reader::variable(name)
}

/// The problem as people read it, without the marks around outside text.
pub(super) fn shown(mut problem: Problem) -> Problem {
    problem.message = crate::outside::without_marks(&problem.message);
    problem.hint = crate::outside::without_marks(&problem.hint);
    problem
}

fn good(given: &[(&str, &str)]) -> Inputs {
    let mut services = each(given);
    assert_eq!(services.len(), 1, "{services:#?}");
    services.remove(0)
}

/// The inputs of each service.
fn each(given: &[(&str, &str)]) -> Vec<Inputs> {
    read(&runner(given), &file).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn problems(given: &[(&str, &str)]) -> Problems {
    let problems = read(&runner(given), &file).expect_err("a refusal");
    problems.into_iter().map(shown).collect()
}

/// The only problem.
fn problem(given: &[(&str, &str)]) -> Problem {
    let mut problems = problems(given);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems.remove(0)
}

fn arn(resource: &str) -> String {
    format!("arn:aws:ecs:eu-west-1:123456789012:{resource}")
}

#[test]
fn one_input_and_a_region_are_enough_and_the_rest_are_the_contracts_defaults() {
    let expected = Inputs {
        mode: Mode::Rollback,
        version: VersionSpec::Tag(ImageTag::parse("latest").unwrap()),
        is_version_given: false,
        cluster: ClusterName::new("default"),
        service: ServiceName::new("web1"),
        account: None,
        container: None,
        repository: None,
        task_definition: TaskDefinitionInput::Auto,
        codedeploy: CodeDeployInputs {
            application: None,
            group: None,
            appspec: None,
            deployment_config: DeploymentConfig::Named("CodeDeployDefault.ECSAllAtOnce".to_owned()),
        },
        active_deployment: ActiveDeployment::TakeOver,
        alarms: Alarms::Ignore,
        wait_for: WaitFor::Traffic,
        timeout: Duration::from_secs(1800),
        health_check: None,
        on_unhealthy: OnUnhealthy::Stay,
        reason: None,
        dry_run: false,
        notified: Notified::default(),
        region: Region::new("eu-west-1"),
        github: GitHubInputs {
            access: None,
            name: None,
            tag_patterns: [
                "{version}",
                "{name}@{version}",
                "{name}-{version}",
                "{name}/{version}",
            ]
            .map(|pattern| TagPattern::parse(pattern).unwrap())
            .to_vec(),
            environment: None,
            issue: IssueInput::None,
        },
        safety: SafetyInputs {
            paths: Globs::default(),
            migration_paths: Globs::default(),
            on_migrations: OnMigrations::Warn,
            floor: None,
            overrides: false,
        },
        history: HistoryInputs::default(),
    };
    assert_eq!(good(&[]), expected);
    let bare = Environment::from_iter([
        ("INPUT_SERVICE", "web1"),
        ("AWS_DEFAULT_REGION", "eu-west-1"),
    ]);
    assert_eq!(
        read(&bare, &file),
        Ok(vec![expected]),
        "without the runner, the table's defaults apply"
    );
}

#[test]
fn every_input_given() {
    let inputs = good(&[
        ("mode", "rollback"),
        ("version", DIGEST),
        ("cluster", " prod\n"),
        ("service", "\tweb1 "),
        ("container-name", "app"),
        ("repository", "team/web1"),
        ("task-definition", "web1:8"),
        ("codedeploy-application", "Shop"),
        ("codedeploy-deployment-group", "Blue"),
        ("codedeploy-appspec", "appspec.yml"),
        ("codedeploy-deployment-config", "inherit"),
        ("active-deployment", "wait"),
        ("alarms", "respect"),
        ("wait-for", "completed"),
        ("timeout", "1h30m"),
        ("health-check-url", "https://shop.example.com/health"),
        ("health-check-expected-status", "204"),
        ("health-check-attempts", "2"),
        ("health-check-interval", "0s"),
        ("health-check-timeout", "500ms"),
        ("reason", "checkout page\nis down"),
        ("dry-run", "True"),
        ("aws-region", "ap-northeast-2"),
    ]);
    assert_eq!(
        inputs.version,
        VersionSpec::Digest(ImageDigest::parse(DIGEST).unwrap())
    );
    assert_eq!(
        (inputs.cluster.as_str(), inputs.service.as_str()),
        ("prod", "web1")
    );
    assert_eq!(
        inputs.codedeploy.appspec.map(|appspec| (
            appspec.path,
            appspec.document.container().map(str::to_owned)
        )),
        Some((OutsideText::new("appspec.yml"), Some("web1".to_owned())))
    );
    assert_eq!(
        inputs.codedeploy.deployment_config,
        DeploymentConfig::Inherit
    );
    assert_eq!(
        (inputs.active_deployment, inputs.alarms),
        (ActiveDeployment::Wait, Alarms::Respect)
    );
    assert_eq!(
        (inputs.wait_for, inputs.timeout),
        (WaitFor::Completed, Duration::from_secs(5400))
    );
    let check = inputs.health_check.unwrap();
    assert_eq!((check.expected_status, check.attempts), (204, 2));
    assert_eq!(
        (check.interval, check.timeout),
        (Duration::ZERO, Duration::from_millis(500))
    );
    assert_eq!(
        inputs.reason,
        Some(OutsideText::new("checkout page is down"))
    );
    assert!(inputs.dry_run);
    assert_eq!(
        inputs.region.as_str(),
        "ap-northeast-2",
        "the input comes before AWS_REGION"
    );
}

#[test]
fn all_problems_come_in_one_answer() {
    let problems = problems(&[
        ("mode", "promote"),
        ("version", "previous~0"),
        ("cluster", "a b"),
        ("service", ""),
        ("container-name", "ä"),
        ("repository", "Web1"),
        ("task-definition", "missing.json"),
        ("codedeploy-application", "a\u{7}"),
        ("codedeploy-deployment-group", "b\u{7}"),
        ("codedeploy-appspec", "missing.yml"),
        ("codedeploy-deployment-config", "a b"),
        ("active-deployment", "takeover"),
        ("alarms", "ignored"),
        ("wait-for", "trafic"),
        ("timeout", "30"),
        ("health-check-url", "shop"),
        ("health-check-expected-status", "99"),
        ("health-check-attempts", "0"),
        ("health-check-interval", "3"),
        ("health-check-timeout", "0s"),
        ("on-unhealthy", "go"),
        ("dry-run", "yes"),
        ("slack-webhook-url", "hooks.slack.com"),
        ("sns-topic-arn", "on-call"),
        ("webhook-url", "http://hooks.example"),
        ("webhook-secret", "s3cret"),
        ("aws-region", "Seoul"),
        ("name", "a b"),
        ("git-tag-pattern", "v1"),
        ("paths", "web+"),
        ("migration-paths", "db+"),
        ("on-migrations", "maybe"),
        ("floor", "missing.txt"),
        ("override", "yes"),
        ("environment", "a\u{7}"),
        ("issue", "yes"),
        ("board-issue", "#"),
        ("choices-file", "../rollback.yml"),
        ("INPUT_DRY_RUN", "true"),
    ]);
    insta::assert_snapshot!(
        "all_problems",
        problems
            .iter()
            .map(|problem| format!("{problem}\n    {}\n", problem.hint))
            .collect::<String>()
    );
    // Every input but the reason, the secret and the token has a problem, and the misspelled name is one more.
    assert_eq!(problems.len(), INPUTS.len() - 2);
}

#[test]
fn a_name_that_differs_only_in_dashes_or_case_is_refused() {
    for name in [
        "INPUT_DRY_RUN",
        "INPUT_DRYRUN",
        "INPUT_dry-run",
        "INPUT_DRY RUN",
        "input_Dry-Run",
    ] {
        let problem = problem(&[(name, "true")]);
        assert_eq!(problem.code, Code::BadInput);
        assert!(problem.message.contains("spelled dry-run"), "{problem}");
        assert!(problem.hint.contains("INPUT_DRY-RUN"), "{}", problem.hint);
    }
    assert!(
        problem(&[("INPUT_TASK_DEFINITION", "")])
            .message
            .contains("no input task_definition")
    );
    good(&[
        ("INPUT_SOMETHING_ELSE", "x"),
        ("INPUT_", "x"),
        ("INPUT", "x"),
        ("DRY_RUN", "true"),
        ("ÄÄÄÄ_X", "y"),
    ]);
}

#[test]
fn files_are_read_from_the_workspace_or_the_working_directory() {
    let inputs = good(&[
        ("task-definition", "deploy/task.json"),
        ("GITHUB_WORKSPACE", "/github/workspace"),
    ]);
    let TaskDefinitionInput::File { path, document } = inputs.task_definition else {
        panic!("a file")
    };
    assert_eq!(
        (path.raw(), document.container_names()),
        ("deploy/task.json", vec!["web1"])
    );
    for (path, why) in [
        ("nowhere.json", "does not exist"),
        ("binary.json", "is not UTF-8 text"),
        ("folder/", "is a directory"),
        ("secret.json", "permission denied"),
        ("broken.json", "cannot be read: \"disk\\u{a}::error::gone\""),
    ] {
        let problem = problem(&[
            ("task-definition", path),
            ("GITHUB_WORKSPACE", "/github/workspace"),
        ]);
        assert_eq!(problem.code, Code::FileUnreadable);
        assert!(
            problem.message.contains(path) && problem.message.contains(why),
            "{problem}"
        );
        assert!(problem.hint.contains("workspace") && problem.hint.contains("actions/checkout"));
    }
    assert_eq!(
        problem(&[("codedeploy-appspec", "a\u{7}.yml")]).code,
        Code::BadInput
    );
}

#[test]
fn health_check_details_need_a_url_unless_they_are_the_defaults() {
    good(&[("health-check-attempts", "5")]);
    let one = problem(&[("health-check-attempts", "6")]);
    assert!(
        one.message
            .starts_with("health-check-attempts is given without health-check-url"),
        "{one}"
    );
    let two = problem(&[
        ("health-check-attempts", "6"),
        ("health-check-expected-status", "204"),
    ]);
    assert!(
        two.message
            .contains("health-check-expected-status and health-check-attempts"),
        "{two}"
    );
    let to_return = problem(&[("on-unhealthy", "return")]);
    assert!(
        to_return
            .message
            .starts_with("on-unhealthy is given without health-check-url"),
        "{to_return}"
    );
    let check = good(&[("health-check-url", "http://lb/health")])
        .health_check
        .unwrap();
    assert_eq!((check.expected_status, check.attempts), (200, 5));
    assert_eq!(
        (check.interval, check.timeout),
        (Duration::from_secs(3), Duration::from_secs(5))
    );
}

#[test]
fn the_choices_are_listed_and_the_closest_is_proposed() {
    let typo = problem(&[("wait-for", "trafic")]);
    assert_eq!(
        typo.message,
        "the input wait-for is \"trafic\", which is not one of traffic, completed, nothing"
    );
    assert_eq!(typo.hint, "Did you mean wait-for: traffic?");
    assert_eq!(
        problem(&[("alarms", "off")]).hint,
        "Write alarms: ignore, or respect."
    );
}

#[test]
fn a_missing_service_says_what_to_add() {
    let problem = problem(&[("service", "  ")]);
    assert_eq!(
        problem.message,
        "the input service is required and was not given"
    );
    let hint =
        "Add service under `with:` in the workflow. Name or ARN of the ECS service, or several,";
    assert!(problem.hint.starts_with(hint), "{}", problem.hint);
}

#[test]
fn whoever_is_told_is_parsed() {
    let inputs = good(&[
        (
            "slack-webhook-url",
            "https://hooks.slack.com/services/T0/B0/x",
        ),
        (
            "sns-topic-arn",
            "arn:aws:sns:us-east-1:123456789012:on-call",
        ),
        ("webhook-url", "http://localhost:8080/events"),
        ("webhook-secret", "s3cret"),
    ]);
    let Notified {
        slack,
        topic,
        webhook,
    } = inputs.notified;
    assert!(slack.is_some() && topic.is_some());
    let webhook = webhook.expect("a webhook");
    assert_eq!(webhook.url.host().raw(), "localhost:8080");
    assert_eq!(webhook.secret.expect("a secret").as_str(), "s3cret");
}

#[test]
fn a_secret_that_signs_nothing_is_a_mistake() {
    let problem = problem(&[("webhook-secret", "s3cret")]);
    assert_eq!(
        problem.message,
        "webhook-secret is given without webhook-url, so nothing would be signed"
    );
    assert_eq!(
        problem.hint,
        "Add webhook-url: https://…, or leave webhook-secret out."
    );
}

#[test]
fn whoever_can_not_be_told_is_a_bad_input() {
    let problems = problems(&[
        ("slack-webhook-url", "hooks.slack.com/services/s3cret"),
        ("sns-topic-arn", "on-call"),
        ("webhook-url", "http://hooks.example/s3cret"),
        ("webhook-secret", "s3cret"),
    ]);
    let messages: Vec<&str> = problems.iter().map(|problem| &*problem.message).collect();
    assert_eq!(
        messages,
        [
            "the input webhook-url begins with http:// and would be sent unencrypted",
            "the input slack-webhook-url is not a URL",
            "the input sns-topic-arn is \"on-call\", which is not the ARN of an SNS topic",
        ]
    );
    assert!(!format!("{problems:?}").contains("s3cret"));
}

/// What a hint says to somebody who has no workflow.
#[test]
fn by_hand_hints_name_flags() {
    let problems = problems(&[
        ("GITHUB_ACTIONS", ""),
        ("service", ""),
        ("timeout", "30"),
        ("wait-for", "trafic"),
        ("slack-webhook-url", "hooks.slack.com"),
        ("floor", "missing.txt"),
        ("AWS_REGION", ""),
        ("INPUT_DRY_RUN", "true"),
    ]);
    let mut hints = String::new();
    for problem in problems {
        hints += &format!("{problem}\n    {}\n", problem.hint);
    }
    assert!(!hints.contains("`with:`"), "{hints}");
    insta::assert_snapshot!("by_hand_hints", hints);
}
