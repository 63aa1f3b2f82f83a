//! ARNs and the names inside them.

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
        // The partitions for China and the US government are called `aws-cn` and `aws-us-gov`.
        let (partition, rest) = text.strip_prefix("arn:aws")?.split_once(':')?;
        let rest = rest.strip_prefix(service)?.strip_prefix(':')?;
        let (region, rest) = rest.split_once(':')?;
        let (account, resource) = rest.split_once(':')?;
        let is_valid = partition
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b == b'-')
            && looks_like_region(region)
            && is_account(account);
        is_valid.then_some(Self {
            region,
            account,
            resource,
        })
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// `ap-northeast-2`, `us-gov-west-1`, `eusc-de-east-1`: lower-case words, then a number.
pub(super) fn looks_like_region(text: &str) -> bool {
    // AWS opens new regions every year, so their shape is checked, not a list.
    let Some((words, number)) = text.rsplit_once('-') else {
        return false;
    };
    for word in words.split('-') {
        if word.is_empty() || word.len() > 16 || !word.bytes().all(|b| b.is_ascii_lowercase()) {
            return false;
        }
    }
    (2..=4).contains(&words.split('-').count())
        && (1..=2).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// What ECS allows in names of clusters, services, families and containers.
pub(super) fn ecs_name(text: &str) -> bool {
    (1..=255).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
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
