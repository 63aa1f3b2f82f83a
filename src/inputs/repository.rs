//! The input `repository`: a name in the account's own registry, or a whole URI without tag.

use crate::{
    error::{Code, Problem},
    names::Repository,
};

use super::{
    arn::{Arn, fits, looks_like_region},
    messages::{bad_value, quoted},
    values::RepositoryInput,
};

/// Hosts of other registries: as the start of an ECR name they would be legal.
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

pub(super) fn parse(name: &str, text: &str) -> Result<RepositoryInput, Problem> {
    let (host, _) = text.split_once('/').unwrap_or((text, ""));
    if host == "public.ecr.aws" || OTHER_REGISTRIES.contains(&host) {
        return Err(other_registry(name, text));
    }
    if text.starts_with("arn:") {
        let hint = hint_for_arn(text);
        let what = "an ARN, but a name or a URI is needed";
        return Err(bad_value(name, text, what, hint));
    }
    // The URI of an image is what ECR's console offers to copy, so people paste it.
    if let Some((repository, what)) = without_scheme(text).or_else(|| without_selector(text)) {
        return Err(refuse(name, text, what, repository));
    }
    if let Some(repository) = parse_uri(text) {
        return Ok(RepositoryInput::Uri(repository));
    }
    // A URI with a mistake in it would pass as a long name.
    if is_name(text) && !is_ecr_host(host) {
        return Ok(RepositoryInput::Name(text.to_owned()));
    }
    Err(bad_value(
        name,
        text,
        "which is neither the name nor the URI of an ECR repository",
        "Give the name, repository: team/web1, or the URI as the ECR console shows it: ACCOUNT.dkr.ecr.REGION.amazonaws.com/team/web1.",
    ))
}

fn other_registry(name: &str, text: &str) -> Problem {
    let text = quoted(text);
    Problem::new(
        Code::RegistryUnsupported,
        format!("the input {name} is {text}, which is not in a private ECR registry"),
        "Only images in private ECR repositories can be rolled back to: copy the image into one and give its name or URI.",
    )
}

fn without_scheme(text: &str) -> Option<(&str, &'static str)> {
    let address = text.strip_prefix("https://");
    let address = address.or_else(|| text.strip_prefix("http://"))?;
    Some((address, "which is a web address"))
}

fn refuse(name: &str, text: &str, what: &str, better: &str) -> Problem {
    let hint = if parse_uri(better).is_some() || is_name(better) {
        &format!("Write {name}: {better}; the tag or digest goes into version.")
    } else {
        "Give only the repository, without scheme, tag or digest: repository: team/web1."
    };
    bad_value(name, text, what, hint)
}

fn hint_for_arn(text: &str) -> String {
    if let Some(arn) = Arn::parse(text, "ecr")
        && let Some(name) = arn.resource.strip_prefix("repository/")
        && is_name(name)
    {
        let (account, region) = (arn.account, arn.region);
        // China's partition has a domain of its own.
        let suffix = match region.starts_with("cn-") {
            true => "amazonaws.com.cn",
            false => "amazonaws.com",
        };
        return format!("Write repository: {account}.dkr.ecr.{region}.{suffix}/{name}.");
    }
    "Give the name: repository: team/web1.".to_owned()
}

/// The repository in `repository:tag` or `repository@sha256:…`, and what is wrong with the rest.
fn without_selector(text: &str) -> Option<(&str, &'static str)> {
    if let Some((tagged, _)) = text.split_once('@') {
        let (repository, _) = tagged.rsplit_once(':').unwrap_or((tagged, ""));
        return Some((repository, "which names a digest too"));
    }
    // In `localhost:5000/web1` the colon belongs to the port.
    let (repository, tag) = text.rsplit_once(':')?;
    (!tag.contains('/')).then_some((repository, "which names a tag too"))
}

fn parse_uri(text: &str) -> Option<Repository> {
    let repository = Repository::parse_uri(text)?;
    let is_valid = is_name(&repository.name)
        && looks_like_region(repository.region.as_str())
        && fits(r"^[a-z]+(\.[a-z]+)*$", &repository.suffix);
    is_valid.then_some(repository)
}

/// An ECR host that is not part of a valid URI must not pass as the start of a name.
fn is_ecr_host(host: &str) -> bool {
    host.contains(".dkr.ecr") || host.contains(".dkr-ecr") || host.contains("amazonaws")
}

/// 2 to 256 of `a-z 0-9 . _ - /`, each part between slashes starting and ending with a letter or digit.
fn is_name(text: &str) -> bool {
    const PARTS: &str = "^[a-z0-9]([a-z0-9._-]*[a-z0-9])?(/[a-z0-9]([a-z0-9._-]*[a-z0-9])?)*$";
    (2..=256).contains(&text.len()) && fits(PARTS, text)
}

#[cfg(test)]
mod tests {
    use super::{super::tests::shown, *};

    const URI: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web1";

    fn parse(text: &str) -> Result<RepositoryInput, Problem> {
        super::parse("repository", text).map_err(shown)
    }

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
    fn a_tag_or_digest_belongs_in_version() {
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
    fn the_hint_for_an_arn_has_the_uri() {
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
