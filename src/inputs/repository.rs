//! The input `repository`: a name in the account's own registry, or a whole URI without tag.

use crate::error::{Code, Problem};
use crate::names::Repository;

use super::RepositoryInput;
use super::arn::{Arn, looks_like_region};
use super::reader::{bad, quoted};

/// First parts of image references that are registries of others, not the start of an ECR name.
const OTHER_REGISTRIES: &[&str] = &[
    "docker.io",
    "index.docker.io",
    "gcr.io",
    "ghcr.io",
    "lscr.io",
    "mcr.microsoft.com",
    "quay.io",
    "registry.gitlab.com",
];

pub(super) fn parse(text: &str) -> Result<RepositoryInput, Problem> {
    let host = text.split_once('/').map_or(text, |(host, _)| host);
    if host == "public.ecr.aws" || OTHER_REGISTRIES.contains(&host) {
        return Err(Problem::new(
            Code::RegistryUnsupported,
            format!(
                "the input repository is {}, which is not in a private ECR registry",
                quoted(text)
            ),
            "Only private ECR repositories can be rolled back to: copy the image into one and give its name or URI.",
        ));
    }
    if let Some(address) = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
    {
        return Err(refuse(text, "which is a web address", address));
    }
    if text.starts_with("arn:") {
        return Err(arn(text));
    }
    if let Some((plain, what)) = without_selector(text) {
        return Err(refuse(text, &format!("which names {what} too"), plain));
    }
    if let Some(repository) = uri(text) {
        return Ok(RepositoryInput::Uri(repository));
    }
    if is_host(host) || !valid_name(text) {
        return Err(bad(
            format!(
                "the input repository is {}, which is neither the name nor the URI of an ECR repository",
                quoted(text)
            ),
            "Give the name, repository: team/web1, or the URI as the ECR console shows it: ACCOUNT.dkr.ecr.REGION.amazonaws.com/team/web1.",
        ));
    }
    Ok(RepositoryInput::Name(text.to_owned()))
}

fn refuse(text: &str, what: &str, better: &str) -> Problem {
    let hint = match uri(better).is_some() || valid_name(better) {
        true => format!("Write repository: {better}; the tag or digest goes into version."),
        false => "Give only the repository, without scheme, tag or digest: repository: team/web1."
            .to_owned(),
    };
    bad(
        format!("the input repository is {}, {what}", quoted(text)),
        hint,
    )
}

fn arn(text: &str) -> Problem {
    let arn = Arn::parse(text, "ecr");
    let name = arn
        .and_then(|arn| arn.resource.strip_prefix("repository/"))
        .filter(|name| valid_name(name));
    let message = format!(
        "the input repository is {}, an ARN; a name or a URI is needed",
        quoted(text)
    );
    match (arn, name) {
        (
            Some(Arn {
                region, account, ..
            }),
            Some(name),
        ) => {
            let suffix = if region.starts_with("cn-") {
                "amazonaws.com.cn"
            } else {
                "amazonaws.com"
            };
            bad(
                message,
                format!("Write repository: {account}.dkr.ecr.{region}.{suffix}/{name}."),
            )
        }
        _ => bad(message, "Give the name: repository: team/web1."),
    }
}

/// What is left of `repository:tag` or `repository@sha256:…`, and what was cut off.
fn without_selector(text: &str) -> Option<(&str, &'static str)> {
    if let Some((plain, _)) = text.split_once('@') {
        let plain = plain.rsplit_once(':').map_or(plain, |(plain, _)| plain);
        return Some((plain, "a digest"));
    }
    let (plain, tag) = text.rsplit_once(':')?;
    (!tag.contains('/')).then_some((plain, "a tag"))
}

fn uri(text: &str) -> Option<Repository> {
    let suffix = |text: &str| {
        text.split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase()))
    };
    Repository::parse_uri(text).filter(|repository| {
        valid_name(&repository.name)
            && looks_like_region(repository.region.as_str())
            && suffix(&repository.suffix)
    })
}

/// An ECR host that did not parse must not pass as a name.
fn is_host(first: &str) -> bool {
    first.contains(".dkr.ecr") || first.contains(".dkr-ecr") || first.contains("amazonaws")
}

/// 2 to 256 of `a-z 0-9 . _ - /`, each part between slashes starting and ending with a letter or digit.
fn valid_name(text: &str) -> bool {
    let edge = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    (2..=256).contains(&text.len())
        && text.split('/').map(str::as_bytes).all(|part| {
            edge(part.first())
                && edge(part.last())
                && part
                    .iter()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(b))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const URI: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web1";

    fn refusal(text: &str) -> Problem {
        parse(text).unwrap_err()
    }

    #[test]
    fn names_and_uris() {
        for name in ["web1", "team/web1", "team.a/web_1-x", "a1"] {
            assert_eq!(parse(name), Ok(RepositoryInput::Name(name.to_owned())));
        }
        let RepositoryInput::Uri(repository) = parse(URI).unwrap() else {
            panic!("a URI")
        };
        assert_eq!(
            (repository.registry.as_str(), repository.name.as_str()),
            ("123456789012", "team/web1")
        );
    }

    #[test]
    fn a_tag_or_digest_belongs_into_version() {
        for text in [
            format!("{URI}:v1"),
            format!("{URI}@sha256:00"),
            format!("{URI}:v1@sha256:00"),
            format!("https://{URI}"),
        ] {
            let problem = refusal(&text);
            assert!(
                problem.hint.contains(&format!("repository: {URI};")),
                "{problem:?}"
            );
        }
        assert!(refusal("web1:v1").message.contains("names a tag too"));
        assert!(refusal("web1:\u{7}").message.contains("\\u{7}"));
    }

    #[test]
    fn other_registries_are_not_supported() {
        for text in [
            "public.ecr.aws/x/web1",
            "public.ecr.aws/x/web1:v1",
            "ghcr.io/org/web1",
            "docker.io/library/nginx",
        ] {
            assert_eq!(refusal(text).code, Code::RegistryUnsupported, "{text}");
        }
    }

    #[test]
    fn an_arn_is_turned_into_the_uri() {
        let problem = refusal("arn:aws:ecr:eu-west-1:123456789012:repository/team/web1");
        assert!(
            problem.hint.contains(&format!("repository: {URI}.")),
            "{problem:?}"
        );
        assert!(refusal("arn:aws:ecr").hint.contains("team/web1"));
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "Web1",
            "x",
            "-web",
            "a//b",
            "a/",
            "12345.dkr.ecr.eu-west-1.amazonaws.com/web1",
            "web 1",
            "wéb",
            "123456789012.dkr.ecr.EU.amazonaws.com/web1",
        ] {
            assert_eq!(refusal(text).code, Code::BadInput, "{text}");
        }
    }
}
