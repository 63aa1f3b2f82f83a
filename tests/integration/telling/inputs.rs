//! What is said of an input that can't be meant, and of a file that won't do: a sentence and a hint for each.

use crate::harness::Step;
use crate::harness::worlds::ago;
use crate::harness::worlds::asking;
use aws_sim::world::{Outcome, Past, stage};

/// Inputs as they are typed wrongly, each the only wrong one of its run.
const TYPED: &[(&str, &str)] = &[
    ("version", "previous~0"),
    ("version", "previous~x"),
    ("version", "stable~1"),
    ("version", "sha256:123"),
    (
        "version",
        "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ),
    ("version", "sha256:zz"),
    ("version", "web1:v1.0.0"),
    ("version", "v1 0"),
    ("timeout", "30"),
    ("timeout", "soon"),
    ("timeout", "0s"),
    ("timeout", "999h"),
    ("dry-run", "yes please"),
    ("mode", "rolback"),
    ("wait-for", "trafic"),
    ("alarms", "ignored"),
    ("active-deployment", "takeover"),
    ("cluster", "prod/web1"),
    ("cluster", "arn:aws:s3:::bucket"),
    (
        "cluster",
        "arn:aws:ecs:ap-northeast-2:123456789012:service/prod/web1",
    ),
    ("service", "prod/web1"),
    (
        "service",
        "arn:aws:ecs:ap-northeast-2:123456789012:cluster/prod",
    ),
    (
        "service",
        "arn:aws:ecs:ap-northeast-2:123456789012:service/other/web1",
    ),
    ("aws-region", "Seoul"),
    ("aws-region", "ap-northeast-2a"),
    ("container-name", "web 1"),
    (
        "container-name",
        "arn:aws:ecs:ap-northeast-2:123456789012:task/prod/1",
    ),
    ("repository", "https://github.com/org/web1"),
    ("repository", "docker.io/library/nginx"),
    ("repository", "web1:v1.0.0"),
    (
        "repository",
        "arn:aws:ecr:ap-northeast-2:123456789012:repository/web1",
    ),
    ("repository", "Web1"),
    ("repository", "web1/"),
    ("task-definition", "web1"),
    ("task-definition", "web1:0"),
    ("task-definition", "web1:8:9"),
    ("task-definition", "currant"),
    (
        "task-definition",
        "arn:aws:ecs:ap-northeast-2:123456789012:task-definition/web1",
    ),
    ("codedeploy-appspec", "nowhere.yml"),
    ("codedeploy-appspec", "."),
    ("codedeploy-appspec", "a\u{1}b"),
    (
        "codedeploy-application",
        "arn:aws:codedeploy:ap-northeast-2:123456789012:application:a",
    ),
    (
        "codedeploy-deployment-config",
        "CodeDeployDefault.LambdaAllAtOnce",
    ),
    ("health-check-url", "ftp://web1.test/health"),
    ("health-check-url", "web1.test/health"),
    ("health-check-url", "https://user:word@web1.test/health"),
    ("health-check-url", "https://"),
    ("health-check-url", "https://web1.test/a b"),
    ("health-check-expected-status", "99"),
    ("health-check-attempts", "0"),
    ("health-check-timeout", "0s"),
];

#[tokio::test(start_paused = true)]
async fn every_input_that_is_typed_wrongly() {
    let (mut told, mut accepted) = (String::new(), Vec::new());
    for (input, value) in TYPED {
        let mut step = Step::web1("v1.0.0").input(input, value);
        if input.starts_with("health-check-") && *input != "health-check-url" {
            step = step.input("health-check-url", "https://web1.test/health");
        }
        let done = step.run().await;
        done.shown();
        if done.exit != 2 {
            accepted.push(format!("{input}: {value}"));
        }
        let typed = value.escape_debug();
        told += &format!("{input}: {typed}\n{}\n\n", done.block("✘"));
    }
    assert_eq!(accepted, Vec::<String>::new());
    insta::assert_snapshot!(told);
}

#[tokio::test(start_paused = true)]
async fn inputs_that_contradict_each_other() {
    let (mut told, mut accepted) = (String::new(), Vec::new());
    let cluster = "arn:aws:ecs:ap-northeast-2:123456789012:cluster/prod";
    let cases: [&[(&str, &str)]; 4] = [
        &[
            ("cluster", cluster),
            (
                "service",
                "arn:aws:ecs:ap-northeast-2:999999999999:service/prod/web1",
            ),
        ],
        &[("cluster", cluster), ("aws-region", "us-east-1")],
        &[("health-check-attempts", "3")],
        &[(
            "cluster",
            "arn:aws:ecs:ap-northeast-2:999999999999:cluster/prod",
        )],
    ];
    for inputs in cases {
        let mut step = Step::web1("v1.0.0");
        for (input, value) in inputs {
            step = step.input(input, value);
            told += &format!("{input}: {value}\n");
        }
        let done = step.run().await;
        if done.exit != 2 {
            accepted.push(format!("{inputs:?}"));
        }
        told += &format!("{}\n\n", done.block("✘"));
    }
    assert_eq!(accepted, Vec::<String>::new());
    insta::assert_snapshot!(told);
}

const GOOD: &str = "version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: <TASK_DEFINITION>
        LoadBalancerInfo:
          ContainerName: web1
          ContainerPort: 8080
";

/// What stands in the AppSpec above, and what stands there instead.
const APPSPECS: &[(&str, &str)] = &[
    ("version: 0.0", "version: [}"),
    ("Resources:", "Ressources:"),
    ("  - TargetService:", "  - plain\n  - TargetService:"),
    ("  - TargetService:", "  - Other: {}\n    TargetService:"),
    (
        "      Type: AWS::ECS::Service",
        "      Type: AWS::Lambda::Function",
    ),
    ("      Type: AWS::ECS::Service\n", ""),
    (
        "        TaskDefinition: <TASK_DEFINITION>",
        "        TaskDefinition: 7",
    ),
    (
        "          ContainerName: web1",
        "          ContainerName: 7",
    ),
    ("          ContainerName: web1\n", ""),
    ("          ContainerPort: 8080\n", ""),
    (
        "          ContainerPort: 8080",
        "          ContainerPort: http",
    ),
    (
        "          ContainerPort: 8080",
        "          ContainerPort: 8080\nHooks: 7",
    ),
    (
        "          ContainerPort: 8080",
        "          ContainerPort: 8080\nHooks:\n  - one",
    ),
    (
        "          ContainerPort: 8080",
        "          ContainerPort: <PORT>",
    ),
    (
        "          ContainerPort: 8080",
        "          ContainerPort: 8080\nHooks:\n  - BeforeInstall: '{{ function }}'",
    ),
    (
        "          ContainerPort: 8080",
        "          ContainerPort: 8080\nHooks:\n  - BeforeLunch: f",
    ),
    (
        "          ContainerPort: 8080",
        "          ContainerPort: 8080\nHooks:\n  - BeforeInstall: [f]",
    ),
    (
        "version: 0.0",
        "version: 0.0\nbase: &base 1\nother:\n  <<: *base",
    ),
    ("version: 0.0", "version: 0.0\nversion: 0.0"),
];

#[tokio::test(start_paused = true)]
async fn appspecs_that_will_not_do() {
    let (mut told, mut accepted) = (String::new(), Vec::new());
    for (from, to) in APPSPECS {
        let text = GOOD.replacen(from, to, 1);
        let step = Step::web1("v1.0.0")
            .input("codedeploy-appspec", "appspec.yml")
            .file("appspec.yml", &text);
        let done = step.run().await;
        done.shown();
        if done.exit != 2 {
            accepted.push((*to).to_owned());
        }
        told += &format!("{}\n{}\n\n", to.trim_start(), done.block("✘"));
    }
    assert_eq!(accepted, Vec::<String>::new());
    insta::assert_snapshot!(told);
}

const CONTAINER: &str =
    r#"{"name": "web1", "image": "web1", "portMappings": [{"containerPort": 8080}]}"#;

#[tokio::test(start_paused = true)]
async fn task_definitions_that_will_not_do() {
    let with = |rest: &str| format!(r#"{{"family": "web1", {rest}}}"#);
    let texts = [
        "[".to_owned(),
        "[]".to_owned(),
        r#"{"family": "web1"}"#.to_owned(),
        with(r#""containerDefinitions": []"#),
        with(r#""containerDefinitions": [{"image": "web1"}]"#),
        with(&format!(
            r#""containerDefinitions": [{CONTAINER}, {CONTAINER}]"#
        )),
        with(r#""containerDefinitions": [{"name": "web1"}]"#),
        with(r#""containerDefinitions": [{"name": "other", "image": "web1"}]"#),
        with(
            r#""containerDefinitions": [{"name": "web1", "image": "web1", "environment": [{"value": "x"}]}]"#,
        ),
        with(
            r#""containerDefinitions": [{"name": "web1", "image": "web1", "environment": [{"name": "A", "value": 1.10}]}]"#,
        ),
        with(&format!(
            r#""containerDefinitions": [{CONTAINER}], "tags": 7"#
        )),
        with(&format!(
            r#""containerDefinitions": [{CONTAINER}], "tags": [{{"value": "x"}}]"#
        )),
        format!("{}1{}", "[".repeat(200), "]".repeat(200)),
    ];
    let (mut told, mut accepted) = (String::new(), Vec::new());
    for text in texts {
        let step = Step::web1("v1.0.0")
            .input("task-definition", "task.json")
            .file("task.json", &text);
        let done = step.run().await;
        done.shown();
        if done.exit != 2 {
            accepted.push(text.clone());
        }
        let short: String = text.chars().take(160).collect();
        told += &format!("{short}\n{}\n\n", done.block("✘"));
    }
    assert_eq!(accepted, Vec::<String>::new());
    insta::assert_snapshot!(told);
}

#[tokio::test(start_paused = true)]
async fn every_difference_of_a_revision_has_a_name() {
    let mut stage = stage::web1();
    let mut document = stage::task_definition("v1.2.0");
    for (member, value) in [
        (
            "executionRoleArn",
            serde_json::json!("arn:aws:iam::123456789012:role/other"),
        ),
        (
            "taskRoleArn",
            serde_json::json!("arn:aws:iam::123456789012:role/other"),
        ),
        ("cpu", serde_json::json!("1024")),
        ("memory", serde_json::json!("2048")),
        ("ephemeralStorage", serde_json::json!({ "sizeInGiB": 50 })),
        ("volumes", serde_json::json!([{ "name": "scratch" }])),
    ] {
        document[member] = value;
    }
    let container = &mut document["containerDefinitions"][0];
    for (member, value) in [
        ("cpu", serde_json::json!(256)),
        ("memory", serde_json::json!(512)),
        ("memoryReservation", serde_json::json!(256)),
        ("command", serde_json::json!(["serve", "--all"])),
        ("entryPoint", serde_json::json!(["/bin/web1"])),
        (
            "environmentFiles",
            serde_json::json!([{ "value": "arn:aws:s3:::settings/web1.env", "type": "s3" }]),
        ),
        ("stopTimeout", serde_json::json!(30)),
    ] {
        container[member] = value;
    }
    let revision = stage.world.register_task_definition(&document, ago(1_200));
    let past = Past::new(&revision, ago(1_000), Outcome::Succeeded);
    stage.world.past_deployment(&stage.service, &past);
    let step = asking(stage.world, "v1.0.0").input("dry-run", "true");
    let done = step.run().await;
    done.ended(&step, "planned", &[], 0);
    insta::assert_snapshot!(done.shown());
}
