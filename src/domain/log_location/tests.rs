use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::console_links;

const TASK: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// Where a container with this log configuration writes to.
fn location(configuration: Value) -> LogLocation {
    let document = json!({
        "taskDefinitionArn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web1:7",
        "containerDefinitions": [
            { "name": "envoy", "image": "envoy" },
            { "name": "web1", "image": "web1", "logConfiguration": configuration },
        ],
    });
    let definition = TaskDefinition::from_describe(document, Vec::new());
    let region = Region::new("eu-west-1");
    LogLocation::of(&definition.expect("a revision"), "web1", TASK, &region)
}

fn awslogs(options: Value) -> LogLocation {
    location(json!({ "logDriver": "awslogs", "options": options }))
}

fn group(name: &str, region: &str) -> LogGroup {
    LogGroup {
        name: name.to_owned(),
        region: Region::new(region),
    }
}

fn driver(name: &str) -> LogLocation {
    LogLocation::Driver(OutsideText::new(name))
}

#[test]
fn awslogs_writes_to_a_stream_per_container_and_task() {
    let options = json!({
        "awslogs-group": "/ecs/web1",
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "web",
        "mode": "non-blocking",
    });
    let stream = LogStream {
        group: group("/ecs/web1", "us-east-1"),
        name: OutsideText::new(format!("web/web1/{TASK}")),
    };
    assert_eq!(awslogs(options), LogLocation::Stream(stream));
}

#[test]
fn without_a_prefix_only_the_group_is_known() {
    // On EC2 the driver takes the region of its instance.
    for options in [
        json!({ "awslogs-group": "web1" }),
        json!({ "awslogs-group": "web1", "awslogs-region": "", "awslogs-stream-prefix": "" }),
    ] {
        assert_eq!(
            awslogs(options),
            LogLocation::Group(group("web1", "eu-west-1"))
        );
    }
}

#[test]
fn other_drivers_are_named() {
    for name in ["awsfirelens", "splunk", "fluentd", "json-file", "none"] {
        assert_eq!(location(json!({ "logDriver": name })), driver(name));
    }
    assert_eq!(location(Value::Null), LogLocation::Unknown);
    assert_eq!(location(json!({ "logDriver": null })), LogLocation::Unknown);
}

#[test]
fn a_container_that_is_not_there_writes_nowhere() {
    let document = json!({
        "taskDefinitionArn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web1:7",
        "containerDefinitions": [{ "name": "web1", "image": "web1" }],
    });
    let definition = TaskDefinition::from_describe(document, Vec::new()).expect("a revision");
    let found = LogLocation::of(&definition, "web2", TASK, &Region::new("eu-west-1"));
    assert_eq!(found, LogLocation::Unknown);
}

#[test]
fn what_cloudwatch_does_not_take_is_not_asked_for() {
    for options in [
        Value::Null,
        json!({ "awslogs-region": "eu-west-1" }),
        json!({ "awslogs-group": ["web1"] }),
        json!({ "awslogs-group": "a group" }),
        json!({ "awslogs-group": "::error::boo" }),
        json!({ "awslogs-group": "x".repeat(513) }),
    ] {
        assert_eq!(awslogs(options.clone()), driver("awslogs"), "{options}");
    }
}

#[test]
fn no_region_leads_to_another_host() {
    for region in [
        "evil.example/",
        "x@evil",
        "eu-west-1.evil.example",
        "a:1",
        "a#",
        "a?",
        "EU",
        "é",
        "a b",
    ] {
        let options = json!({ "awslogs-group": "web1", "awslogs-region": region });
        assert_eq!(awslogs(options), driver("awslogs"), "{region}");
    }
}

#[test]
fn links_lead_to_the_stream_or_the_group() {
    let of = group("/ecs/web1", "eu-west-1");
    assert_eq!(
        console_links::log_group(&of.region, &of.name),
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1\
         #logsV2:log-groups/log-group/$252Fecs$252Fweb1"
    );
    assert_eq!(
        console_links::log_stream(&of.region, &of.name, "web/web1/[$]0f1e"),
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1\
         #logsV2:log-groups/log-group/$252Fecs$252Fweb1/log-events/web$252Fweb1$252F$255B$2524$255D0f1e"
    );
    let china = console_links::log_group(&Region::new("cn-north-1"), "web1");
    assert!(china.starts_with("https://console.amazonaws.cn/cloudwatch/home?region=cn-north-1#"));
}

/// What the console makes of a part of its link.
fn decoded(part: &str) -> String {
    let once = percent_encoding::percent_decode_str(&part.replace('$', "%"))
        .decode_utf8()
        .expect("UTF-8")
        .into_owned();
    let twice = percent_encoding::percent_decode_str(&once).decode_utf8();
    twice.expect("UTF-8").into_owned()
}

proptest! {
    #[test]
    fn a_link_holds_every_name_and_no_more(stream in any::<String>(), group in any::<String>()) {
        let link = console_links::log_stream(&Region::new("eu-west-1"), &group, &stream);
        let (_, path) = link.split_once("/log-group/").expect("a group");
        let (in_group, in_stream) = path.split_once("/log-events/").expect("a stream");
        prop_assert_eq!((decoded(in_group), decoded(in_stream)), (group, stream));
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "$-_.~".contains(c);
        prop_assert!(in_group.chars().chain(in_stream.chars()).all(is_plain), "{}", link);
    }

    #[test]
    fn any_configuration_has_a_place(
        driver in "awslogs|splunk|.{0,8}",
        group in ".{0,8}|/ecs/[a-z]{1,8}",
        prefix in ".{0,8}",
        region in ".{0,8}|eu-west-1",
    ) {
        let options = json!({ "awslogs-group": group, "awslogs-stream-prefix": prefix, "awslogs-region": region });
        match location(json!({ "logDriver": driver, "options": options })) {
            LogLocation::Stream(stream) => {
                prop_assert_eq!(&stream.group.name, &group);
                prop_assert_eq!(stream.name.raw(), format!("{prefix}/web1/{TASK}"));
            }
            LogLocation::Group(found) => prop_assert!(found.name == group && prefix.is_empty()),
            LogLocation::Driver(_) => prop_assert!(!driver.is_empty()),
            LogLocation::Unknown => prop_assert_eq!(driver, ""),
        }
    }
}
