//! The ARN of an Amazon SNS topic.

use regex_lite::Regex;

use crate::names::Region;

/// Partition, region, account and name. A name has 256 characters at most, with the `.fifo` of a FIFO topic.
const TOPIC: &str = "^arn:aws[a-z-]*:sns:([a-z]{1,16}(?:-[a-z]{1,16}){1,3}-[0-9]{1,2}):[0-9]{12}:([a-zA-Z0-9_-]{1,256}(?:\\.fifo)?)$";
const NAME_MAX: usize = 256;

/// `arn:{partition}:sns:{region}:{account}:{name}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TopicArn {
    text: String,
    region: Region,
    name: String,
}

impl TopicArn {
    /// `None` for anything else; a subscription's ARN has one part more.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let pattern = Regex::new(TOPIC).expect("the pattern is valid");
        let parts = pattern.captures(text)?;
        let (_, [region, name]) = parts.extract();
        (name.len() <= NAME_MAX).then(|| Self {
            text: text.to_owned(),
            region: Region::new(region),
            name: name.to_owned(),
        })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Where the topic is, which need not be the service's region.
    pub(crate) fn region(&self) -> &Region {
        &self.region
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it delivers in order, and each message once.
    pub(crate) fn is_fifo(&self) -> bool {
        self.name.ends_with(".fifo")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_of_every_partition_and_kind() {
        let arn = TopicArn::parse("arn:aws-cn:sns:cn-north-1:123456789012:on-call.fifo").unwrap();
        assert_eq!(arn.region().as_str(), "cn-north-1");
        assert_eq!((arn.name(), arn.is_fifo()), ("on-call.fifo", true));
        let arn = TopicArn::parse("arn:aws:sns:eu-west-1:123456789012:on-call").unwrap();
        assert!(!arn.is_fifo());
    }

    #[test]
    fn anything_else_is_none() {
        let long = format!(
            "arn:aws:sns:eu-west-1:123456789012:{}.fifo",
            "a".repeat(252)
        );
        for text in [
            "",
            "on-call",
            "arn:aws:sns:eu-west-1:123456789012:",
            "arn:aws:sns:eu-west-1:123456789012:on.call",
            "arn:aws:sns:eu-west-1:123456789012:on-call:5f4dcc3b-5aa7-65d6-1d83-27deb882cf99",
            "arn:aws:sqs:eu-west-1:123456789012:on-call",
            "arn:aws:sns:eu-west-1:12345:on-call",
            "arn:aws:sns::123456789012:on-call",
            "arn:aws:sns:eu-west-1:123456789012:on-call\n",
            &long,
        ] {
            assert_eq!(TopicArn::parse(text), None, "{text}");
        }
    }
}
