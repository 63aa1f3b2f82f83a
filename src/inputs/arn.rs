//! ARNs and the names inside them.

use regex_lite::Regex;

/// AWS service, region, account and resource; the partitions `aws-cn` and `aws-us-gov` count, too.
const ARN: &str = "(?s)^arn:aws[a-z-]*:([a-z]+):([^:]*):([0-9]{12}):(.*)$";
/// AWS opens new regions every year, so their shape is checked, not a list.
const REGION: &str = "^[a-z]{1,16}(-[a-z]{1,16}){1,3}-[0-9]{1,2}$";

/// `arn:{partition}:{service}:{region}:{account}:{resource}`, its region and account well formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arn<'a> {
    pub region: &'a str,
    pub account: &'a str,
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// `None` where the text is not an ARN of this AWS service.
    pub(super) fn parse(text: &'a str, service: &str) -> Option<Self> {
        let parts = pattern(ARN).captures(text)?;
        let (_, [of, region, account, resource]) = parts.extract();
        (of == service && looks_like_region(region)).then_some(Self {
            region,
            account,
            resource,
        })
    }
}

/// `ap-northeast-2`, `us-gov-west-1`, `eusc-de-east-1`: lower-case words, then a number.
pub(super) fn looks_like_region(text: &str) -> bool {
    fits(REGION, text)
}

/// What ECS allows in names of clusters, services, families and containers.
pub(super) fn ecs_name(text: &str) -> bool {
    text.len() <= 255 && fits("^[a-zA-Z0-9_-]+$", text)
}

/// Whether the text has this shape.
pub(super) fn fits(shape: &str, text: &str) -> bool {
    pattern(shape).is_match(text)
}

pub(super) fn pattern(shape: &str) -> Regex {
    Regex::new(shape).expect("a shape is a valid pattern")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_codes_of_every_partition() {
        for region in [
            "ap-northeast-2",
            "us-gov-west-1",
            "us-iso-east-1",
            "cn-north-1",
            "eusc-de-east-1",
            "il-central-1",
        ] {
            assert!(looks_like_region(region), "{region}");
        }
        for text in [
            "",
            "-",
            "seoul",
            "us-east",
            "us-east-1a",
            "US-EAST-1",
            "us_east_1",
            "us-east-1 ",
            "a-b-c-d-e-1",
            "eu-west-123",
        ] {
            assert!(!looks_like_region(text), "{text}");
        }
    }

    #[test]
    fn only_arns_of_the_given_aws_service_are_parsed() {
        let arn = Arn::parse(
            "arn:aws-cn:ecs:cn-north-1:123456789012:service/prod/web1",
            "ecs",
        )
        .unwrap();
        assert_eq!(
            (arn.region, arn.account, arn.resource),
            ("cn-north-1", "123456789012", "service/prod/web1")
        );
        for text in [
            "arn:aws:ecr:eu-west-1:123456789012:repository/web1",
            "arn:aws:ecs:eu-west-1:12345:cluster/prod",
            "arn:aws:ecs::123456789012:cluster/prod",
            "arn:gcp:ecs:eu-west-1:123456789012:cluster/prod",
            "arn:aws:ecs:eu-west-1",
            "urn:aws:ecs:eu-west-1:123456789012:cluster/prod",
        ] {
            assert_eq!(Arn::parse(text, "ecs"), None, "{text}");
        }
    }
}
