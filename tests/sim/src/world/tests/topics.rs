//! SNS: what a topic takes, and what it refuses.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::World;
use super::super::stage::{ACCOUNT, REGION};
use crate::aws::Service;

fn world() -> (World, String, String) {
    let mut world = World::new(ACCOUNT, REGION, super::at(0));
    let (plain, fifo) = (world.add_topic("alerts"), world.add_topic("alerts.fifo"));
    (world, plain, fifo)
}

/// The error's code; empty where the message was taken.
fn publish(world: &mut World, input: &Value) -> String {
    let now = world.now();
    match world.call(Service::Sns, "Publish", input, now) {
        Ok(_) => String::new(),
        Err(error) => error.code,
    }
}

#[test]
fn a_topic_keeps_what_was_published() {
    let (mut world, topic, _) = world();
    let attributes = json!({ "outcome": { "DataType": "String", "StringValue": "failed" } });
    let input = json!({ "TopicArn": topic, "Subject": "s", "Message": "m", "MessageAttributes": attributes });
    assert_eq!(publish(&mut world, &input), "");
    let messages = world.topic_messages(&topic);
    assert_eq!(messages.len(), 1);
    assert_eq!((&*messages[0].subject, &*messages[0].text), ("s", "m"));
    let outcome = ("outcome".to_owned(), "failed".to_owned());
    assert_eq!(messages[0].attributes, BTreeMap::from([outcome]));
}

#[test]
fn a_list_of_an_attribute_is_json() {
    let (mut world, topic, _) = world();
    let mut publish_list = |text: &str| {
        let attribute = json!({ "DataType": "String.Array", "StringValue": text });
        let input = json!({ "TopicArn": topic, "Message": "m", "MessageAttributes": { "service": attribute } });
        publish(&mut world, &input)
    };
    assert_eq!(publish_list(r#"["web1", "worker1"]"#), "");
    for text in ["web1", "[[]]", r#"{"web1": 1}"#] {
        assert_eq!(publish_list(text), "InvalidParameterException", "{text}");
    }
}

#[test]
fn what_sns_does_not_take_is_refused() {
    let (mut world, topic, fifo) = world();
    let long = "a".repeat(100);
    let table = [
        (
            json!({ "TopicArn": topic, "Message": "" }),
            "InvalidParameterException",
        ),
        (
            json!({ "TopicArn": topic, "Message": "a".repeat(262_145) }),
            "InvalidParameterException",
        ),
        (
            json!({ "TopicArn": topic, "Message": "a", "Subject": "" }),
            "InvalidParameterException",
        ),
        (
            json!({ "TopicArn": topic, "Message": "a", "Subject": long }),
            "InvalidParameterException",
        ),
        (
            json!({ "TopicArn": topic, "Message": "a", "Subject": "a\nb" }),
            "InvalidParameterException",
        ),
        (
            json!({ "TopicArn": topic, "Message": "a", "Subject": "é" }),
            "InvalidParameterException",
        ),
        (
            json!({ "TopicArn": topic, "Message": "a", "MessageDeduplicationId": "1" }),
            "InvalidParameterException",
        ),
        (
            json!({ "TopicArn": fifo, "Message": "a", "MessageDeduplicationId": "1" }),
            "InvalidParameterException",
        ),
        (
            json!({ "TopicArn": fifo, "Message": "a", "MessageGroupId": "1" }),
            "InvalidParameterException",
        ),
        (
            json!({ "TopicArn": "arn:aws:sns:eu-west-1:123456789012:no", "Message": "a" }),
            "NotFoundException",
        ),
        (
            json!({ "TopicArn": topic, "Message": "a", "MessageAttributes": { "a": { "DataType": "String", "StringValue": "" } } }),
            "InvalidParameterValueException",
        ),
    ];
    for (input, code) in table {
        assert_eq!(publish(&mut world, &input), code, "{input}");
    }
    assert_eq!(world.topic_messages(&topic), []);
}

#[test]
fn a_fifo_topic_takes_a_message_once() {
    let (mut world, _, fifo) = world();
    let input = json!({ "TopicArn": fifo, "Message": "a", "MessageGroupId": "web1", "MessageDeduplicationId": "1" });
    assert_eq!(publish(&mut world, &input), "");
    assert_eq!(publish(&mut world, &input), "");
    assert_eq!(world.topic_messages(&fifo).len(), 1);
    assert_eq!(
        world.topic_messages(&fifo)[0].group.as_deref(),
        Some("web1")
    );
}
