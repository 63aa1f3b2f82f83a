//! Amazon SNS: a message to a topic.

use aws_sdk_sns::types::MessageAttributeValue;
use aws_smithy_types::retry::RetryConfig;
use serde_json::json;

use super::{Aws, Failure, Operation};
use crate::domain::topic::TopicArn;

const PUBLISH: Operation = Operation::sns("Publish");

/// A message as SNS takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// ASCII without control characters, 1 to 99 of them: the subject of mails.
    pub subject: String,
    /// Not empty; 256 KiB with the attributes.
    pub text: String,
    /// What subscriptions filter by.
    pub attributes: Vec<(&'static str, Attribute)>,
    /// Of a FIFO topic: messages of a group arrive in order, and one with an id of the last five minutes only once.
    pub fifo: Option<Fifo>,
}

/// Nothing in it is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Attribute {
    Text(String),
    /// A filter for one of them fits.
    Texts(Vec<String>),
}

/// What a FIFO topic asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fifo {
    pub group: String,
    pub deduplication_id: String,
}

impl Aws {
    /// `Publish`, once: the SDK's own retries are off.
    pub(crate) async fn publish(&self, topic: &TopicArn, message: &Message) -> Result<(), Failure> {
        let client = self
            .sns_once
            .client(&self.config, topic.region(), |config| {
                let once = self.own.sns(config).retry_config(RetryConfig::disabled());
                aws_sdk_sns::Client::from_conf(once.build())
            });
        let mut request = client
            .publish()
            .topic_arn(topic.as_str())
            .subject(&message.subject)
            .message(&message.text);
        for (name, attribute) in &message.attributes {
            request = request.message_attributes(*name, value(attribute));
        }
        if let Some(fifo) = &message.fifo {
            request = request
                .message_group_id(&fifo.group)
                .message_deduplication_id(&fifo.deduplication_id);
        }
        PUBLISH.confirmed(request.send().await)
    }
}

/// Source: the developer guide's "Message attributes".
fn value(attribute: &Attribute) -> MessageAttributeValue {
    let (data_type, text) = match attribute {
        Attribute::Text(text) => ("String", text.clone()),
        Attribute::Texts(texts) => ("String.Array", json!(texts).to_string()),
    };
    let value = MessageAttributeValue::builder().data_type(data_type);
    let value = value.string_value(text).build();
    value.expect("its type is given")
}
