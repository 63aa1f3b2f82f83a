use proptest::prelude::*;

use super::*;
use crate::{names::ContainerName, outside::without_marks};

const FULL: &str = "\
version: 0.0
resources:
  - targetService:
      type: AWS::ECS::Service
      PROPERTIES:
        taskDefinition: <TASK_DEFINITION>
        LoadBalancerInfo:
          containerName: web1
          containerport: '8080'
        PlatformVersion:
        networkConfiguration:
          awsvpcConfiguration: {subnets: [subnet-1], assignPublicIp: ENABLED}
        capacityProviderStrategy: [{base: 1, capacityProvider: FARGATE_SPOT, weight: 2}]
        newerThanUs: kept
hooks:
  - beforeInstall: check-before
  - AfterAllowTestTraffic: smoke
";

fn arn() -> TaskDefinitionArn {
    TaskDefinitionArn::parse("arn:aws:ecs:ap-northeast-2:123456789012:task-definition/web1:8")
        .unwrap()
}

fn fresh(container: &str, port: u16) -> AppSpec {
    let balancer = LoadBalancer {
        container: ContainerName::new(container),
        port,
    };
    AppSpec::fresh(&arn(), &balancer, &Placement::default())
}

fn revision() -> TaskDefinition {
    let document = json!({"taskDefinitionArn": arn().as_str(), "containerDefinitions":
        [{"name": "web1", "portMappings": [{"containerPort": 8080}]}, {"name": "log"}]});
    TaskDefinition::from_describe(document, vec![]).unwrap()
}

#[test]
fn any_letter_case_is_read_and_the_documented_one_written() {
    let appspec = AppSpec::parse(FULL, "appspec.yaml").unwrap();
    assert_eq!(appspec.task_definition(), Some("<TASK_DEFINITION>"));
    assert_eq!(
        (appspec.container(), appspec.port()),
        (Some("web1"), Some(8080))
    );
    let hooks = [
        ("BeforeInstall", "check-before"),
        ("AfterAllowTestTraffic", "smoke"),
    ];
    assert_eq!(
        appspec.hooks(),
        hooks.map(|(event, function)| Hook {
            event: event.to_owned(),
            function: OutsideText::new(function),
        })
    );
    let content = appspec.with_task_definition(&arn()).render().content;
    let wanted = concat!(
        r#"{"version":0.0,"Resources":[{"TargetService":{"Type":"AWS::ECS::Service","Properties":{"#,
        r#""TaskDefinition":"arn:aws:ecs:ap-northeast-2:123456789012:task-definition/web1:8","#,
        r#""LoadBalancerInfo":{"ContainerName":"web1","ContainerPort":8080},"#,
        r#""NetworkConfiguration":{"AwsvpcConfiguration":{"Subnets":["subnet-1"],"AssignPublicIp":"ENABLED"}},"#,
        r#""CapacityProviderStrategy":[{"Base":1,"CapacityProvider":"FARGATE_SPOT","Weight":2}],"#,
        r#""newerThanUs":"kept"}}}],"Hooks":[{"BeforeInstall":"check-before"},{"AfterAllowTestTraffic":"smoke"}]}"#,
    );
    assert_eq!(content, wanted);
}

#[test]
fn the_resource_may_have_any_name() {
    let named = FULL.replace("targetService", "my-Shop");
    let appspec = AppSpec::parse(&named, "appspec.yaml").unwrap();
    assert_eq!(appspec, AppSpec::parse(FULL, "appspec.yaml").unwrap());
}

#[test]
fn a_fresh_one_places_the_tasks_as_they_are_today() {
    let placement = Placement {
        capacity_providers: vec![CapacityProvider {
            name: "FARGATE_SPOT".to_owned(),
            base: 0,
            weight: 4,
        }],
        platform_version: Some("1.4.0".to_owned()),
        network: Some(Network {
            subnets: vec!["subnet-1".to_owned()],
            security_groups: vec!["sg-1".to_owned()],
            assign_public_ip: "DISABLED".to_owned(),
        }),
    };
    let balancer = LoadBalancer {
        container: ContainerName::new("web1"),
        port: 8080,
    };
    let appspec = AppSpec::fresh(&arn(), &balancer, &placement);
    assert!(appspec.has_capacity_providers());
    assert!(!fresh("web1", 8080).has_capacity_providers());
    let properties = appspec.properties();
    let strategy = json!([{"CapacityProvider": "FARGATE_SPOT", "Base": 0, "Weight": 4}]);
    assert_eq!(properties["CapacityProviderStrategy"], strategy);
    assert_eq!(properties["PlatformVersion"], "1.4.0");
    let vpc =
        json!({"Subnets": ["subnet-1"], "SecurityGroups": ["sg-1"], "AssignPublicIp": "DISABLED"});
    let network = &properties["NetworkConfiguration"];
    assert_eq!(network["AwsvpcConfiguration"], vpc);
    // It is read as it is written.
    let read = AppSpec::parse(&appspec.render().content, "x").unwrap();
    assert_eq!(read, appspec);
}

#[test]
fn what_is_rendered_reads_as_the_same_and_has_its_own_hash() {
    let appspec = fresh("web1", 8080);
    let Rendered { content, sha256 } = appspec.render();
    assert_eq!(AppSpec::parse(&content, "x").unwrap(), appspec);
    // printf '%s' "$content" | sha256sum
    assert_eq!(
        sha256,
        "9f640ede5aa74bdcb9aeadae4bf69a05e4e7fcd9eaccd475f489ba6491bd3211"
    );
    assert!(appspec.hooks().is_empty());
}

#[test]
fn a_task_definition_that_a_file_leaves_out_is_put_in() {
    let text = "Resources: [{TargetService: {Type: 'AWS::ECS::Service'}}]";
    let appspec = AppSpec::parse(text, "x").unwrap();
    assert_eq!(
        (
            appspec.task_definition(),
            appspec.container(),
            appspec.port()
        ),
        (None, None, None)
    );
    assert_eq!(
        appspec.with_task_definition(&arn()).task_definition(),
        Some(arn().as_str())
    );
}

#[test]
fn what_codedeploy_would_refuse_is_refused_with_the_reason() {
    let service = "{Type: 'AWS::ECS::Service'}";
    let properties = |text: &str| {
        format!("Resources: [{{TargetService: {{Type: 'AWS::ECS::Service', Properties: {text}}}}}]")
    };
    for (text, reason) in [
        ("".into(), "not a mapping"),
        ("Hooks: []".into(), "no list `Resources`"),
        ("Resources: []".into(), "0 entries"),
        (
            format!("Resources: [{{TargetService: {service}}}, {{TargetService: {service}}}]"),
            "2 entries",
        ),
        (
            format!("Resources: [{{Other: {service}, TargetService: {service}}}]"),
            "one resource, not Other, TargetService",
        ),
        ("Resources: [5]".into(), "not a mapping"),
        (
            "Resources: [{TargetService: {Type: 'AWS::Lambda::Function'}}]".into(),
            "AWS::Lambda::Function",
        ),
        ("Resources: [{TargetService: {}}]".into(), "no Type"),
        (properties("5"), "Properties are not a mapping"),
        (
            properties("{LoadBalancerInfo: {ContainerPort: 99999}}"),
            "99999, not a port number",
        ),
        (
            properties("{LoadBalancerInfo: {ContainerPort: http}}"),
            "not a port number",
        ),
        (
            properties("{LoadBalancerInfo: {ContainerName: 5}}"),
            "ContainerName is not text",
        ),
        (
            properties("{TaskDefinition: [1]}"),
            "TaskDefinition is not text",
        ),
        (
            format!("{}\nHooks: {{BeforeInstall: x}}", properties("{}")),
            "Hooks are not a list",
        ),
        (
            format!("{}\nHooks: [{{Install: x}}]", properties("{}")),
            "a hook for Install",
        ),
        (
            format!(
                "{}\nHooks: [{{BeforeInstall: x, AfterInstall: y}}]",
                properties("{}")
            ),
            "one lifecycle event",
        ),
        (
            format!("{}\nHooks: [{{BeforeInstall: 5}}]", properties("{}")),
            "names no function",
        ),
        (
            format!(
                "{}\nHooks: [{{BeforeInstall: '${{HOOK}}'}}]",
                properties("{}")
            ),
            "Hooks[0].BeforeInstall has the placeholder ${HOOK}",
        ),
        (
            properties("{LoadBalancerInfo: {ContainerName: '<CONTAINER>'}}"),
            "Resources[0].TargetService.Properties.LoadBalancerInfo.ContainerName has the placeholder <CONTAINER>",
        ),
        (
            properties("{LoadBalancerInfo: {ContainerPort: '{{ port }}'}}"),
            "LoadBalancerInfo.ContainerPort has the placeholder {{ port }}",
        ),
        (
            "Resources: []\nversion: 0.0\nresources: []".into(),
            "line 3",
        ),
    ] {
        let problem = AppSpec::parse(&text, "appspec.yaml").unwrap_err();
        assert_eq!(problem.code, Code::FileInvalid);
        assert!(
            without_marks(&problem.message).contains(reason),
            "{text}: {}",
            problem.message
        );
    }
}

#[test]
fn a_hook_with_nothing_behind_it_is_left_out() {
    let resources = "x-hook: &hook {AfterAllowTestTraffic: smoke}\nResources: [{TargetService: {Type: 'AWS::ECS::Service'}}]";
    let hooks = "
Hooks:
  - BeforeInstall:
  - AfterInstall: \"\"
  - <<: *hook
  - Install: ' '
  - BeforeAllowTraffic: check
    AfterAllowTraffic: ~
  -
";
    let appspec = AppSpec::parse(&format!("{resources}{hooks}"), "x").unwrap();
    let kept = appspec.hooks();
    let events: Vec<_> = kept.iter().map(|hook| hook.event.as_str()).collect();
    assert_eq!(events, ["AfterAllowTestTraffic", "BeforeAllowTraffic"]);
    assert!(!appspec.render().content.contains("x-hook"));

    let none = format!("{resources}\nHooks: [{{AfterInstall: ''}}]");
    let appspec = AppSpec::parse(&none, "x").unwrap();
    assert!(!appspec.render().content.contains("Hooks"));
}

#[test]
fn the_container_and_the_port_have_to_be_in_the_revision() {
    let messages = |appspec: &AppSpec| {
        let problems = appspec.check_against(&revision());
        assert!(
            problems
                .iter()
                .all(|problem| problem.code == Code::AppSpecInvalid)
        );
        problems
            .into_iter()
            .map(|problem| without_marks(&problem.message))
            .collect::<Vec<_>>()
            .join("; ")
    };
    assert_eq!(messages(&fresh("web1", 8080)), "");
    assert!(messages(&fresh("web2", 8080)).contains("container web2, which is not in web1:8"));
    assert!(messages(&fresh("web1", 80)).contains("port 80"));
    let bare = "Resources: [{TargetService: {Type: 'AWS::ECS::Service'}}]";
    assert!(messages(&AppSpec::parse(bare, "x").unwrap()).contains("names no container"));
}

/// Keys and values an AppSpec might have, in shapes it might not.
fn appspecish() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        Just("AWS::ECS::Service".into()),
        any::<u16>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,4}".prop_map(Value::from)
    ];
    let key = prop_oneof![
        Just("resources"),
        Just("TargetService"),
        Just("Type"),
        Just("Properties"),
        Just("TaskDefinition"),
        Just("loadBalancerInfo"),
        Just("ContainerPort"),
        Just("ContainerName"),
        Just("hooks"),
        Just("BeforeInstall"),
        Just("other")
    ];
    leaf.prop_recursive(6, 40, 4, move |inner| {
        let list = proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from);
        let map = proptest::collection::hash_map(key.clone(), inner, 0..4);
        prop_oneof![list, map.prop_map(|members| json!(members))]
    })
}

/// A valid AppSpec with something unforeseen inside its properties and beside its members.
fn mutated() -> impl Strategy<Value = Value> {
    (appspecish(), appspecish(), appspecish()).prop_map(|(properties, hooks, other)| {
        json!({"resources": [{"targetservice": {"type": "AWS::ECS::Service", "properties": properties}}],
            "Hooks": hooks, "other": other})
    })
}

proptest! {
    #[test]
    fn no_content_panics_and_what_is_taken_survives(value in prop_oneof![appspecish(), mutated()], text in "\\PC*") {
        let _ = AppSpec::parse(&text, "x");
        if let Ok(appspec) = AppSpec::parse(&value.to_string(), "x") {
            let changed = appspec.with_task_definition(&arn());
            let arn = arn();
            prop_assert_eq!(changed.task_definition(), Some(arn.as_str()));
            prop_assert_eq!(changed.hooks(), appspec.hooks());
            changed.check_against(&revision());
            let rendered = changed.render();
            prop_assert_eq!(AppSpec::parse(&rendered.content, "x").unwrap().render(), rendered);
        }
    }
}

#[test]
fn a_function_called_like_a_secret_is_told_by_its_whole_arn() {
    let told = |function: &str| {
        let hook = Hook {
            event: "AfterInstall".to_owned(),
            function: OutsideText::new(function),
        };
        crate::outside::cleaned(&hook.function_in_words(), |_| "***".to_owned())
    };
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:auth-token";
    assert_eq!(told(arn), arn);
    assert_eq!(told(&format!("{arn}:live")), format!("{arn}:live"));
    assert_eq!(told(&format!("{arn}:live\n::error::")), "***");
    assert_eq!(told("password:hunter2"), "***");
}
