//! SNS: topics, and the messages that were published to them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::World;
use super::input::text;
use super::time::Ms;
use crate::aws::{Answer, AwsError};

/// Bytes of a message with its attributes.
const MESSAGE_MAX: usize = 262_144;
/// "Less than 100 characters long".
const SUBJECT_END: usize = 100;
/// For how long a FIFO topic takes a deduplication id for the same message.
const DEDUPLICATED: Ms = 5 * 60 * 1000;

/// A message as the topic's subscribers get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicMessage {
    /// Empty where there is none.
    pub subject: String,
    pub text: String,
    /// Name and text of each attribute.
    pub attributes: BTreeMap<String, String>,
    /// Of a FIFO topic.
    pub group: Option<String>,
}

#[derive(Clone, Debug, Default)]
struct Topic {
    messages: Vec<TopicMessage>,
    /// Deduplication ids with the time of their message.
    seen: Vec<(String, Ms)>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Sns {
    /// By ARN.
    topics: BTreeMap<String, Topic>,
}

impl World {
    /// Makes a topic, a FIFO one where its name ends so, and says its ARN.
    pub fn add_topic(&mut self, name: &str) -> String {
        let arn = format!("arn:aws:sns:{}:{}:{name}", self.region, self.account);
        self.sns.topics.insert(arn.clone(), Topic::default());
        arn
    }

    /// The ARNs of all topics.
    pub fn topics(&self) -> Vec<String> {
        self.sns.topics.keys().cloned().collect()
    }

    /// What was published to a topic, oldest first.
    pub fn topic_messages(&self, arn: &str) -> Vec<TopicMessage> {
        let topic = self.sns.topics.get(arn);
        topic.map_or_else(Vec::new, |topic| topic.messages.clone())
    }

    pub(super) fn sns_call(&mut self, operation: &str, input: &Value) -> Answer {
        match operation {
            "Publish" => self.publish(input),
            _ => Err(super::unknown_operation(operation)),
        }
    }

    fn publish(&mut self, input: &Value) -> Answer {
        let arn = text(input, "TopicArn").ok_or_else(|| invalid("TopicArn"))?;
        let message = checked(input)?;
        let topic = self.sns.topics.get_mut(arn);
        let topic =
            topic.ok_or_else(|| AwsError::client("NotFoundException", "Topic does not exist"))?;
        let id = text(input, "MessageDeduplicationId");
        let is_fifo = arn.ends_with(".fifo");
        match (is_fifo, &message.group, id) {
            (true, None, _) => {
                return Err(invalid(
                    "The MessageGroupId parameter is required for FIFO topics",
                ));
            }
            (true, _, None) => {
                return Err(invalid(
                    "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
                ));
            }
            (false, _, Some(_)) => {
                return Err(invalid(
                    "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type",
                ));
            }
            _ => {}
        }
        let is_new = id.is_none_or(|id| topic.is_new(id, self.now));
        if is_new {
            topic.messages.push(message);
        }
        let mut answer = json!({ "MessageId": format!("{:08x}-0000-4000-8000-000000000000", topic.messages.len()) });
        if is_fifo {
            answer["SequenceNumber"] = format!("{:020}", topic.messages.len()).into();
        }
        Ok(answer)
    }
}

impl Topic {
    /// Whether no message of the last five minutes had this deduplication id.
    fn is_new(&mut self, id: &str, now: Ms) -> bool {
        self.seen.retain(|(_, at)| at + DEDUPLICATED > now);
        let is_new = self.seen.iter().all(|(known, _)| known != id);
        if is_new {
            self.seen.push((id.to_owned(), now));
        }
        is_new
    }
}

/// The message, where SNS takes it. Source: the API reference of `Publish`.
fn checked(input: &Value) -> Result<TopicMessage, AwsError> {
    let message = text(input, "Message").unwrap_or_default();
    let subject = text(input, "Subject").unwrap_or_default();
    let mut attributes = BTreeMap::new();
    let given = input.get("MessageAttributes").and_then(Value::as_object);
    for (name, attribute) in given.into_iter().flatten() {
        attributes.insert(name.clone(), attribute_text(name, attribute)?);
    }
    if message.is_empty() {
        return Err(invalid("Empty message"));
    }
    let more = attributes
        .iter()
        .map(|(name, value)| name.len() + value.len());
    if message.len() + more.sum::<usize>() > MESSAGE_MAX {
        return Err(invalid("Message too long"));
    }
    if input.get("Subject").is_some() && !is_subject(subject) {
        return Err(invalid("Subject"));
    }
    Ok(TopicMessage {
        subject: subject.to_owned(),
        text: message.to_owned(),
        attributes,
        group: text(input, "MessageGroupId").map(str::to_owned),
    })
}

/// ASCII without control characters that begins with a letter, a digit or a punctuation mark.
fn is_subject(subject: &str) -> bool {
    subject.len() < SUBJECT_END
        && subject.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        && subject.starts_with(|c: char| c.is_ascii_graphic())
}

fn attribute_text(name: &str, attribute: &Value) -> Result<String, AwsError> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let value = text(attribute, "StringValue").unwrap_or_default();
    let is_valid = match text(attribute, "DataType") {
        Some("String") => true,
        Some("String.Array") => is_array(value),
        _ => false,
    };
    if !name.chars().all(is_name) || !is_valid {
        return Err(invalid("The message attribute is not valid"));
    }
    if value.is_empty() {
        return Err(AwsError::client(
            "InvalidParameterValueException",
            format!(
                "The message attribute '{name}' must contain non-empty message attribute value for message attribute type 'String'."
            ),
        ));
    }
    Ok(value.to_owned())
}

/// A JSON list of strings, numbers, booleans and nulls. Source: the developer guide's "Message attributes".
fn is_array(text: &str) -> bool {
    match serde_json::from_str(text) {
        Ok(Value::Array(members)) => !members
            .iter()
            .any(|member| member.is_array() || member.is_object()),
        _ => false,
    }
}

fn invalid(what: &str) -> AwsError {
    AwsError::client(
        "InvalidParameterException",
        format!("Invalid parameter: {what}"),
    )
}
