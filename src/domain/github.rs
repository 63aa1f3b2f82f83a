//! GitHub's names: repositories, commits, git tags; and which texts may become part of a URL of theirs.
//!
//! Sources: GitHub REST description, `git help check-ref-format`.

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::tags::is_commit;

/// What a path segment of a URL cannot hold as it is (WHATWG URL, path percent-encode set, and `/`).
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// Where this run's GitHub is, and with what it may be asked.
#[derive(Clone, PartialEq)]
pub(crate) struct Access {
    /// Secret.
    pub token: String,
    /// `https://api.github.com`, without a slash at its end (`GITHUB_API_URL`).
    pub api: String,
    /// `https://github.com`, without a slash at its end (`GITHUB_SERVER_URL`).
    pub server: String,
    /// The workflow's own.
    pub repository: RepositoryName,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A token must not get into a log by way of `{:?}`.
        write!(f, "{} at {}", self.repository, self.api)
    }
}

impl Access {
    /// `github.com`, as the sources of images name it.
    pub(crate) fn host(&self) -> &str {
        without_scheme(&self.server)
    }

    /// The page that shows what lies between two commits.
    pub(crate) fn compare_url(
        &self,
        repository: &RepositoryName,
        base: &CommitId,
        head: &CommitId,
    ) -> String {
        format!("{}/{repository}/compare/{base}...{head}", self.server)
    }

    pub(crate) fn commit_url(&self, repository: &RepositoryName, commit: &CommitId) -> String {
        format!("{}/{repository}/commit/{commit}", self.server)
    }

    /// An issue of the workflow's own repository.
    pub(crate) fn issue_url(&self, number: u64) -> String {
        format!("{}/{}/issues/{number}", self.server, self.repository)
    }

    pub(crate) fn pull_url(&self, repository: &RepositoryName, number: u64) -> String {
        format!("{}/{repository}/pull/{number}", self.server)
    }
}

/// A repository of the GitHub where the workflow runs: `org/shop`.
#[derive(Clone, Debug)]
pub(crate) struct RepositoryName {
    owner: String,
    name: String,
}

/// GitHub takes names in any letter case.
impl PartialEq for RepositoryName {
    fn eq(&self, other: &Self) -> bool {
        self.owner.eq_ignore_ascii_case(&other.owner) && self.name.eq_ignore_ascii_case(&other.name)
    }
}

impl Eq for RepositoryName {}

impl RepositoryName {
    /// `None` for anything but an owner and a name in GitHub's characters.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (owner, name) = text.split_once('/')?;
        let is_legal = |part: &str| {
            let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
            matches!(part.len(), 1..=100) && part.bytes().all(is_allowed) && !is_dots(part)
        };
        (is_legal(owner) && is_legal(name)).then(|| Self {
            owner: owner.to_owned(),
            name: name.to_owned(),
        })
    }

    /// From the label `org.opencontainers.image.source`: the URL of a repository on `host`, as a browser or git has it.
    pub(crate) fn from_source(source: &str, host: &str) -> Option<Self> {
        let source = source.trim();
        let place = match source.strip_prefix("git@") {
            // `git@github.com:org/shop.git`
            Some(place) => place.replacen(':', "/", 1),
            None => without_scheme(source).to_owned(),
        };
        let (given, path) = place.split_once('/')?;
        if !given.eq_ignore_ascii_case(host) {
            return None;
        }
        // A builder may add the branch: `…/org/shop/tree/main`, `…/org/shop#readme`.
        let path = path.split(['#', '?']).next().unwrap_or(path);
        let mut parts = path.split('/');
        let (owner, name) = (parts.next()?, parts.next()?);
        let name = name.strip_suffix(".git").unwrap_or(name);
        Self::parse(&format!("{owner}/{name}"))
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// A segment of these would lead to another place.
fn is_dots(part: &str) -> bool {
    matches!(part, "." | "..")
}

fn without_scheme(source: &str) -> &str {
    for scheme in [
        "https://",
        "http://",
        "git+https://",
        "ssh://git@",
        "git://",
    ] {
        if let Some(rest) = source.strip_prefix(scheme) {
            return rest;
        }
    }
    source
}

/// A commit's id, in full or its first 7 digits and more; lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CommitId(String);

impl CommitId {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        is_commit(text).then(|| Self(text.to_ascii_lowercase()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// As GitHub shows it: the first seven digits.
    pub(crate) fn short(&self) -> &str {
        &self.0[..7]
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A commit of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommitOf {
    pub repository: RepositoryName,
    pub id: CommitId,
}

/// How a version is called in git: `{name}@{version}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TagPattern(String);

const VERSION: &str = "{version}";
const NAME: &str = "{name}";

impl TagPattern {
    /// # Errors
    /// What is wrong with it, behind "it".
    pub(crate) fn parse(line: &str) -> Result<Self, &'static str> {
        if !line.contains(VERSION) {
            return Err("has no {version} in it");
        }
        let example = line.replace(VERSION, "1").replace(NAME, "a");
        if example.contains(['{', '}']) {
            return Err("has braces around something else than {version} and {name}");
        }
        if !is_tag_name(&example) {
            return Err("cannot be the name of a git tag");
        }
        Ok(Self(line.to_owned()))
    }

    /// The tag's name; `None` where that is none that git takes.
    pub(crate) fn tag(&self, version: &str, name: &str) -> Option<String> {
        let tag = self.0.replace(NAME, name).replace(VERSION, version);
        is_tag_name(&tag).then_some(tag)
    }
}

/// The name of a git tag that this action writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TagName(String);

impl TagName {
    /// `stable`; of one application of several, `web-stable`. `None` where git takes no such name.
    pub(crate) fn stable(application: Option<&str>) -> Option<Self> {
        let tag = match application {
            Some(application) => format!("{application}-stable"),
            None => "stable".to_owned(),
        };
        is_tag_name(&tag).then_some(Self(tag))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TagName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether git takes it as the name of a tag.
fn is_tag_name(tag: &str) -> bool {
    let is_forbidden = |c: char| {
        c.is_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\' | '\u{7f}')
    };
    let is_odd = |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    !tag.contains(is_forbidden)
        && !tag.contains("..")
        && !tag.contains("@{")
        && !tag.ends_with('.')
        && !tag.split('/').any(is_odd)
        && tag.len() <= 250
}

/// A text as one segment of a URL's path.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// A path within a repository as part of a URL.
pub(crate) fn segments(path: &str) -> String {
    let parts: Vec<String> = path.split('/').map(segment).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn source(text: &str) -> Option<String> {
        RepositoryName::from_source(text, "github.com").map(|name| name.to_string())
    }

    #[test]
    fn a_source_is_a_repository_of_this_github() {
        for text in [
            "https://github.com/org/shop",
            "https://github.com/org/shop.git",
            "https://github.com/org/shop/tree/main",
            "https://github.com/org/shop#readme",
            "git@github.com:org/shop.git",
            "ssh://git@github.com/org/shop",
            "git+https://github.com/org/shop.git",
            "github.com/org/shop",
            "https://GitHub.com/org/shop",
        ] {
            assert_eq!(source(text).as_deref(), Some("org/shop"), "{text}");
        }
        for text in [
            "https://gitlab.com/org/shop",
            "https://github.com.evil.example/org/shop",
            "https://evil.example/github.com/org/shop",
            "https://user@github.com/org/shop",
            "https://github.com/org",
            "https://github.com/../shop",
            "https://github.com/org/sh%6fp",
            "org/shop",
            "",
        ] {
            assert_eq!(source(text), None, "{text}");
        }
    }

    #[test]
    fn a_pattern_makes_a_tag_that_git_takes() {
        let tag = |pattern: &str, version: &str| {
            let pattern = TagPattern::parse(pattern).unwrap();
            pattern.tag(version, "web")
        };
        assert_eq!(
            tag("{name}@{version}", "v1.0.0").as_deref(),
            Some("web@v1.0.0")
        );
        assert_eq!(tag("release/{version}", "1").as_deref(), Some("release/1"));
        assert_eq!(tag("{version}", "a..b"), None);
        assert_eq!(tag("{version}", "v1.lock"), None);
        for (pattern, why) in [
            ("v1", "has no {version} in it"),
            (
                "{app}-{version}",
                "has braces around something else than {version} and {name}",
            ),
            ("a b{version}", "cannot be the name of a git tag"),
        ] {
            assert_eq!(TagPattern::parse(pattern), Err(why));
        }
    }

    #[test]
    fn the_tag_for_what_is_stable_has_the_applications_name() {
        let stable = |name: Option<&str>| TagName::stable(name).map(|tag| tag.to_string());
        assert_eq!(stable(None).as_deref(), Some("stable"));
        assert_eq!(stable(Some("web")).as_deref(), Some("web-stable"));
        assert_eq!(stable(Some("@org/web")).as_deref(), Some("@org/web-stable"));
        for name in ["a..b", "a/.b", "/", "a//b"] {
            assert_eq!(stable(Some(name)), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_text_leaves_its_segment(text in "\\PC{0,40}") {
            let encoded = segment(&text);
            prop_assert!(!encoded.contains(['/', '?', '#', ' ', '\\']), "{encoded}");
        }

        #[test]
        fn no_source_is_a_repository_elsewhere(text in "\\PC{0,40}") {
            if let Some(name) = RepositoryName::from_source(&text, "github.com") {
                prop_assert!(RepositoryName::parse(&name.to_string()).is_some());
                prop_assert!(text.to_ascii_lowercase().contains("github.com"));
            }
        }
    }
}
