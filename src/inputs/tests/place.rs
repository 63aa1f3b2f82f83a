//! Region, cluster and service, by name and by ARN.

use super::{arn, good, problem, problems};
use crate::error::Code;

#[test]
fn the_region_is_the_input_then_two_variables_and_never_guessed() {
    let none = problem(&[("AWS_REGION", "")]);
    assert_eq!(none.code, Code::RegionMissing);
    for source in [
        "aws-region",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "configure-aws-credentials",
    ] {
        assert!(none.hint.contains(source), "{}", none.hint);
    }
    assert_eq!(
        good(&[("AWS_REGION", " "), ("AWS_DEFAULT_REGION", "us-east-1")])
            .region
            .as_str(),
        "us-east-1"
    );
    assert_eq!(
        good(&[("AWS_DEFAULT_REGION", "us-east-1")]).region.as_str(),
        "eu-west-1"
    );
    let bad = problem(&[("AWS_REGION", "us-east-1a")]);
    assert_eq!(
        (
            bad.code,
            bad.message.starts_with("AWS_REGION is \"us-east-1a\"")
        ),
        (Code::BadInput, true)
    );
    let unguessed = problem(&[("AWS_REGION", ""), ("service", &arn("service/prod/web1"))]);
    assert!(
        unguessed.hint.contains("aws-region: eu-west-1"),
        "the ARN's region is proposed: {unguessed:?}"
    );
}

#[test]
fn arns_can_replace_names() {
    let inputs = good(&[
        ("cluster", &arn("cluster/prod")),
        ("service", &arn("service/prod/web1")),
    ]);
    assert_eq!(
        (inputs.cluster.as_str(), inputs.service.as_str()),
        ("prod", "web1")
    );
    assert_eq!(inputs.account.as_deref(), Some("123456789012"));
    assert_eq!(
        good(&[("service", &arn("service/prod/web1"))])
            .cluster
            .as_str(),
        "prod"
    );
    let old = good(&[("cluster", "prod"), ("service", &arn("service/web1"))]);
    assert_eq!(
        (old.cluster.as_str(), old.service.as_str()),
        ("prod", "web1")
    );
    assert_eq!(
        good(&[("service", &arn("service/web1"))]).cluster.as_str(),
        "default"
    );
    assert_eq!(
        good(&[("cluster", &arn("cluster/prod"))])
            .account
            .as_deref(),
        Some("123456789012")
    );
}

#[test]
fn arns_that_contradict_something_are_refused() {
    let region = problem(&[(
        "service",
        "arn:aws:ecs:us-east-1:123456789012:service/prod/web1",
    )]);
    assert_eq!(region.code, Code::RegionMissing);
    assert!(
        region.message.contains("us-east-1") && region.message.contains("eu-west-1"),
        "{region}"
    );
    let both = problems(&[
        ("cluster", "arn:aws:ecs:us-east-1:123456789012:cluster/prod"),
        (
            "service",
            "arn:aws:ecs:us-east-1:123456789012:service/prod/web1",
        ),
        (
            "task-definition",
            "arn:aws:ecs:us-east-1:123456789012:task-definition/web1:8",
        ),
    ]);
    assert_eq!(
        both.iter()
            .filter(|problem| problem.code == Code::RegionMissing)
            .count(),
        3,
        "{both:#?}"
    );
    let cluster = problem(&[("cluster", "test"), ("service", &arn("service/prod/web1"))]);
    assert!(
        cluster.message.contains("test") && cluster.hint.contains("cluster: prod"),
        "{cluster:?}"
    );
    let explicit = problem(&[
        ("cluster", &arn("cluster/default")),
        ("service", &arn("service/prod/web1")),
    ]);
    assert!(
        explicit.message.contains("the input cluster is default"),
        "{explicit}"
    );
    let account = problem(&[
        ("cluster", "arn:aws:ecs:eu-west-1:999999999999:cluster/prod"),
        ("service", &arn("service/prod/web1")),
    ]);
    assert!(
        account.message.contains("999999999999") && account.message.contains("123456789012"),
        "{account}"
    );
}

#[test]
fn anything_but_a_cluster_or_service_is_refused() {
    for text in [
        arn("service/prod/web1"),
        arn("cluster/"),
        arn("cluster/a/b"),
        "arn:aws:ecs".to_owned(),
    ] {
        assert!(
            problem(&[("cluster", &text)])
                .message
                .contains("not the ARN of an ECS cluster"),
            "{text}"
        );
    }
    for text in [
        arn("cluster/prod"),
        arn("service/"),
        arn("service/a/b/c"),
        arn("service//web1"),
    ] {
        assert!(
            problem(&[("service", &text)])
                .message
                .contains("not the ARN of an ECS service"),
            "{text}"
        );
    }
    assert!(
        problem(&[("service", "prod/web1")])
            .hint
            .contains("cluster: prod and service: web1")
    );
    assert!(
        problem(&[("service", &"x".repeat(256))])
            .message
            .contains("255")
    );
    let hostile = problem(&[("service", "web1\n::error::x")]);
    assert!(
        !hostile.message.contains('\n') && hostile.message.contains("web1\\u{a}::error::x"),
        "{hostile}"
    );
}
