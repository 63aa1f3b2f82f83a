//! How GitHub is asked, and what an application and its versions are called there.

use url::Url;

use super::{
    messages::{bad, bad_value, is_invisible, quoted},
    notified::is_this_machine,
    reader::{Choice, Reader, choice},
};
use crate::{
    domain::github::{Access, RepositoryName, TagPattern},
    environment::Environment,
    error::Problem,
    outside::OutsideText,
};

/// How versions are called in git where nobody says it.
const PATTERNS: [&str; 4] = [
    "{version}",
    "{name}@{version}",
    "{name}-{version}",
    "{name}/{version}",
];
/// More than these would be more than one request each.
const PATTERNS_MAX: usize = 10;

/// What is asked of GitHub.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GitHubInputs {
    /// `None` without a token, and outside a workflow.
    pub access: Option<Access>,
    /// The application's name in a monorepo; `None`: the last part of its ECR repository's name.
    pub name: Option<String>,
    /// The first whose tag exists counts.
    pub tag_patterns: Vec<TagPattern>,
    /// Of the deployment record; `None`: no record.
    pub environment: Option<OutsideText>,
    pub issue: IssueInput,
}

/// Whether a rollback opens an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IssueInput {
    None,
    Record,
    /// The bad version is not to come back while it is open.
    Hold,
}

impl Choice for IssueInput {
    const WORDS: &[(&str, Self)] = &[
        ("none", Self::None),
        ("record", Self::Record),
        ("hold", Self::Hold),
    ];
}

pub(super) fn read(reader: &mut Reader<'_>) -> GitHubInputs {
    GitHubInputs {
        access: access(reader.given("github-token"), reader.environment),
        name: reader.optional("name", name),
        tag_patterns: tag_patterns(reader),
        environment: reader.optional("environment", environment),
        issue: reader.value("issue", choice),
    }
}

/// A run by hand has a token at most, and no repository to ask about.
fn access(token: Option<&str>, environment: &Environment) -> Option<Access> {
    let token = token?;
    let repository = RepositoryName::parse(environment.get("GITHUB_REPOSITORY")?)?;
    Some(Access {
        token: token.to_owned(),
        api: base(environment.get("GITHUB_API_URL"), "https://api.github.com")?,
        server: base(environment.get("GITHUB_SERVER_URL"), "https://github.com")?,
        repository,
    })
}

/// `None` for anything that a token should not be sent to.
fn base(given: Option<&str>, default: &str) -> Option<String> {
    let text = given.unwrap_or(default).trim_end_matches('/');
    let url = Url::parse(text).ok()?;
    (url.scheme() == "https" || is_this_machine(&url)).then(|| text.to_owned())
}

/// It becomes a part of git tags and of comments in files.
fn name(input: &str, text: &str) -> Result<String, Problem> {
    let is_legal = |c: char| c.is_ascii_alphanumeric() || "._-/@".contains(c);
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '@');
    if text.len() <= 100 && text.chars().all(is_legal) && starts_well && !text.contains("--") {
        return Ok(text.to_owned());
    }
    Err(bad_value(
        input,
        text,
        "but a name has up to 100 letters, digits and . _ - / @, and no -- in it",
        "Give the application's name as its git tags have it, or leave it out: it is then the last part of the ECR repository's name.",
    ))
}

/// GitHub takes up to 255 characters of any kind.
fn environment(input: &str, text: &str) -> Result<OutsideText, Problem> {
    if text.chars().count() <= 255 && !text.chars().any(is_invisible) {
        return Ok(OutsideText::new(text));
    }
    Err(bad_value(
        input,
        text,
        "but the name of an environment has up to 255 visible characters",
        "Give the environment's name as the repository's settings have it.",
    ))
}

fn tag_patterns(reader: &mut Reader<'_>) -> Vec<TagPattern> {
    let Some(text) = reader.given("git-tag-pattern") else {
        let known = PATTERNS.iter().map(|pattern| TagPattern::parse(pattern));
        return known
            .collect::<Result<_, _>>()
            .expect("the patterns are valid");
    };
    let mut patterns = Vec::new();
    for line in text.lines().map(str::trim) {
        if !line.is_empty() {
            patterns.extend(reader.keep(tag_pattern(line)));
        }
    }
    if patterns.len() > PATTERNS_MAX {
        let problem = bad(
            format!(
                "the input git-tag-pattern has {} lines; {PATTERNS_MAX} are read at most",
                patterns.len()
            ),
            "Leave out the patterns that no tag has.",
        );
        reader.problems.push(problem);
    }
    patterns
}

fn tag_pattern(line: &str) -> Result<TagPattern, Problem> {
    TagPattern::parse(line).map_err(|what| {
        bad(
            format!(
                "a line of the input git-tag-pattern, {}, {what}",
                quoted(line)
            ),
            "Write one pattern a line, for example {name}@{version}.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runner(api: &str) -> Environment {
        Environment::from_iter([
            ("GITHUB_REPOSITORY", "org/shop"),
            ("GITHUB_API_URL", api),
            ("GITHUB_SERVER_URL", "https://github.com/"),
        ])
    }

    #[test]
    fn a_token_goes_to_a_host_that_encrypts() {
        let api = |url: &str| access(Some("t"), &runner(url)).map(|access| access.api);
        assert_eq!(
            api("https://ghe.example/api/v3/").as_deref(),
            Some("https://ghe.example/api/v3")
        );
        assert_eq!(api("").as_deref(), Some("https://api.github.com"));
        assert_eq!(
            api("http://127.0.0.1:8080").as_deref(),
            Some("http://127.0.0.1:8080")
        );
        assert_eq!(api("http://api.github.com"), None);
        assert_eq!(api("file:///etc"), None);
    }

    #[test]
    fn without_a_token_or_a_workflow_nothing_is_asked() {
        assert_eq!(access(None, &runner("")), None);
        assert_eq!(access(Some("t"), &Environment::default()), None);
    }

    #[test]
    fn a_token_is_not_shown() {
        let access = access(Some("ghs_secret"), &runner(""));
        assert!(!format!("{access:?}").contains("ghs_secret"));
    }

    #[test]
    fn a_name_can_be_part_of_a_tag_and_of_a_comment() {
        for text in ["web", "@org/web", "web-1.2_x"] {
            assert_eq!(name("name", text), Ok(text.to_owned()));
        }
        for text in ["web app", "a--b", "-web", "web\n", "wéb", "a>b"] {
            assert!(name("name", text).is_err(), "{text}");
        }
    }
}
