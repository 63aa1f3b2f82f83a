//! Region, cluster and service, by name and by ARN.

use super::{arn, each, good, problem, problems};
use crate::error::{Code, Problem};

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
    let hostile = problem(&[("service", "web1\r::error::x")]);
    assert!(
        !hostile.message.contains('\n') && hostile.message.contains("web1\\u{d}::error::x"),
        "{hostile}"
    );
}

#[test]
fn several_services_are_separated_by_commas_or_lines() {
    let text = format!("web1, worker1\n  cron1 ,\n{}\n", arn("service/prod/mail1"));
    let services = each(&[("cluster", "prod"), ("service", &text)]);
    let names: Vec<&str> = services
        .iter()
        .map(|inputs| inputs.service.as_str())
        .collect();
    assert_eq!(names, ["web1", "worker1", "cron1", "mail1"]);
    for inputs in &services {
        assert_eq!(inputs.cluster.as_str(), "prod");
        assert_eq!(inputs.account.as_deref(), Some("123456789012"));
    }
}

#[test]
fn a_service_that_is_named_twice_counts_once() {
    let by_arn = format!("web1, {}, web1", arn("service/prod/web1"));
    let services = each(&[("service", &by_arn)]);
    assert_eq!(services.len(), 1);
    assert_eq!(services[0].cluster.as_str(), "prod");
    // It is one service, so what belongs to one is fine.
    let inputs = good(&[("service", "web1,web1"), ("container-name", "app")]);
    assert!(inputs.container.is_some());
}

#[test]
fn fifty_services_at_most() {
    let names = |count: usize| {
        let names: Vec<String> = (1..=count).map(|number| format!("web{number}")).collect();
        names.join(",")
    };
    assert_eq!(each(&[("service", &names(50))]).len(), 50);
    let refused = problem(&[("service", &names(51))]);
    assert!(refused.message.contains("names 51 services"), "{refused}");
    assert!(refused.hint.contains("several runs"), "{refused:?}");
}

#[test]
fn services_of_two_places_are_refused() {
    let of = |region: &str, account: &str, cluster: &str, name: &str| {
        format!("arn:aws:ecs:{region}:{account}:service/{cluster}/{name}")
    };
    let here = of("eu-west-1", "123456789012", "prod", "web1");
    for (there, what) in [
        (of("us-east-1", "123456789012", "prod", "worker1"), "region"),
        (
            of("eu-west-1", "210987654321", "prod", "worker1"),
            "account",
        ),
        (of("eu-west-1", "123456789012", "dev", "worker1"), "cluster"),
    ] {
        let refused = problem(&[("service", &format!("{here},{there}"))]);
        let message = format!("the services are not in one {what}: web1 is in ");
        assert!(refused.message.starts_with(&message), "{refused}");
        assert!(
            refused.hint.contains(&format!("once for each {what}")),
            "{refused:?}"
        );
    }
}

/// It names no cluster, so it must not stand between two that do.
#[test]
fn an_arn_of_the_old_format_does_not_hide_two_clusters() {
    let [old, prod, staging] = [
        "service/cron1",
        "service/prod/web1",
        "service/staging/worker1",
    ]
    .map(arn);
    let refused = problem(&[("service", &format!("{old}, {prod}, {staging}"))]);
    assert_eq!(
        refused.message,
        "the services are not in one cluster: web1 is in prod, and worker1 is in staging"
    );
    let inputs = each(&[("service", &format!("{old}, {prod}"))]);
    assert_eq!(inputs[0].cluster.as_str(), "prod");
}

#[test]
fn an_empty_list_is_no_service() {
    let refused = problem(&[("service", " , \n,")]);
    assert!(refused.message.contains("service is required"), "{refused}");
    let refused = problem(&[("service", "web1, no way, worker1")]);
    assert!(refused.message.contains("\"no way\""), "{refused}");
}

#[test]
fn what_belongs_to_one_service_is_refused_for_several() {
    let given = [
        ("service", "web1,worker1"),
        ("container-name", "app"),
        ("repository", "shop"),
        ("task-definition", "web1:8"),
        ("codedeploy-application", "a"),
        ("codedeploy-deployment-group", "g"),
        ("codedeploy-appspec", "appspec.yml"),
        ("health-check-url", "https://shop.example/health"),
    ];
    let refused = problems(&given);
    assert_eq!(refused.len(), given.len() - 1, "{refused:#?}");
    for (name, _) in &given[1..] {
        let of_name =
            |problem: &&Problem| problem.message.contains(&format!("input {name} belongs"));
        assert_eq!(
            refused.iter().filter(of_name).count(),
            1,
            "{name}: {refused:#?}"
        );
    }
    for word in ["auto", "current"] {
        assert_eq!(
            each(&[("service", "web1,worker1"), ("task-definition", word)]).len(),
            2
        );
    }
}

#[test]
fn services_without_commas_are_told_about_commas() {
    for text in ["web1 worker1", "web1;worker1", "web1; worker1"] {
        let problem = problem(&[("service", text)]);
        assert_eq!(
            problem.hint, "Separate several services by commas: web1,worker1.",
            "{text}"
        );
    }
}
