//! Names of AWS things, parsed once at the edge; whoever holds one need not check it again.

use std::fmt;

/// Declares a newtype around a string that only this module can make unchecked.
macro_rules! text {
    ($(#[$doc:meta])* $vis:vis $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $vis struct $name(String);

        impl $name {
            $vis fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// The same for a name, in which nothing is to be checked.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        text!($(#[$doc])* pub $name);

        impl $name {
            /// Takes a name that AWS gave, or that was checked where it came in.
            pub fn new(name: impl Into<String>) -> Self {
                Self(name.into())
            }
        }

        /// For the SDK, whose requests take `impl Into<String>`.
        impl From<&$name> for String {
            fn from(name: &$name) -> Self {
                name.0.clone()
            }
        }
    };
}

name!(
    /// A region code, for example `ap-northeast-2`.
    Region
);
name!(
    /// The name of an ECS cluster (not its ARN).
    ClusterName
);
name!(
    /// The name of an ECS service (not its ARN).
    ServiceName
);
name!(
    /// The name of a container inside a task definition.
    ContainerName
);
name!(
    /// The id of an ECS task set, for example `ecs-svc/9223370526943051234`.
    TaskSetId
);
name!(
    /// A CodeDeploy application.
    ApplicationName
);
name!(
    /// A CodeDeploy deployment group, inside an application.
    GroupName
);
name!(
    /// A CodeDeploy deployment, for example `d-ABCDEF123`, or the ARN of an ECS service deployment.
    DeploymentId
);

impl TaskSetId {
    /// The id, also where AWS gives the task set's ARN: `ecs-svc/…`.
    pub fn from_id_or_arn(id_or_arn: &str) -> Self {
        match id_or_arn.rfind("ecs-svc/") {
            Some(start) => Self::new(&id_or_arn[start..]),
            None => Self::new(id_or_arn),
        }
    }
}

impl DeploymentId {
    /// Whether ECS itself deploys: `arn:{partition}:ecs:…:service-deployment/{cluster}/{service}/{id}`.
    pub fn is_service_deployment(&self) -> bool {
        self.0.contains(":service-deployment/")
    }

    /// As people say it: without what an ARN has in front.
    pub fn short(&self) -> &str {
        if self.is_service_deployment() {
            self.0.rsplit('/').next().unwrap_or(&self.0)
        } else {
            &self.0
        }
    }
}

text!(
    /// The digest of an image's manifest (or of its index): `sha256:` and 64 lower-case hexadecimal digits.
    pub(crate) ImageDigest
);

impl ImageDigest {
    /// `None` for anything that is not a SHA-256 digest in full.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix("sha256:")?;
        (hex.len() == 64 && is_lower_hex(hex)).then(|| Self(text.to_owned()))
    }

    /// As people read it: `sha256:9f2c41…`.
    pub(crate) fn short(&self) -> String {
        format!("{}…", &self.0[..13])
    }
}

text!(
    /// An image tag: 1 to 128 characters of `[A-Za-z0-9_.-]`, not starting with `.` or `-` (OCI distribution).
    pub(crate) ImageTag
);

impl ImageTag {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_legal = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
        let valid = matches!(text.len(), 1..=128) && text.bytes().all(is_legal);
        (valid && !text.starts_with(['.', '-'])).then(|| Self(text.to_owned()))
    }

    /// A *version tag* has a digit in it (`v1.2.0`, `2026-11-20`, a commit id); the others
    /// (`latest`, `stable`, `prod`) are names that move.
    pub(crate) fn is_version(&self) -> bool {
        self.0.bytes().any(|b| b.is_ascii_digit())
    }
}

/// A private ECR repository: `{registry}.dkr.ecr.{region}.amazonaws.com/{name}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Repository {
    /// The account that owns the registry, twelve digits.
    pub registry: String,
    pub region: Region,
    /// `amazonaws.com`, or the partition's own suffix.
    pub suffix: String,
    pub name: String,
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (registry, region) = (&self.registry, &self.region);
        write!(
            f,
            "{registry}.dkr.ecr.{region}.{}/{}",
            self.suffix, self.name
        )
    }
}

/// What a container's `image` names inside its repository.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum ImageSelector {
    Tag(ImageTag),
    Digest(ImageDigest),
}

impl fmt::Display for ImageSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
        }
    }
}

/// A container's `image`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ImageReference {
    /// `repo:tag`, `repo@sha256:…` (of both together the digest counts), or neither, which means `latest`.
    Ecr {
        repository: Repository,
        selector: ImageSelector,
    },
    /// `public.ecr.aws/…`: another API, which has no rollback here.
    EcrPublic,
    /// Any other registry.
    Other,
}

/// A task definition revision: `arn:{partition}:ecs:{region}:{account}:task-definition/{family}:{revision}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TaskDefinitionArn {
    arn: String,
    family: String,
    revision: u32,
}

impl TaskDefinitionArn {
    pub(crate) fn parse(arn: &str) -> Option<Self> {
        let (prefix, rest) = arn.split_once(":task-definition/")?;
        let (family, revision) = rest.rsplit_once(':')?;
        let valid = prefix.starts_with("arn:") && prefix.contains(":ecs:") && !family.is_empty();
        if !valid {
            return None;
        }
        Some(Self {
            arn: arn.to_owned(),
            family: family.to_owned(),
            revision: revision.parse().ok()?,
        })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.arn
    }

    pub(crate) fn family(&self) -> &str {
        &self.family
    }

    pub(crate) fn revision(&self) -> u32 {
        self.revision
    }

    /// Another revision of the family.
    pub(crate) fn sibling(&self, revision: u32) -> Self {
        let without = self.arn.trim_end_matches(|c: char| c.is_ascii_digit());
        Self {
            arn: format!("{without}{revision}"),
            family: self.family.clone(),
            revision,
        }
    }

    /// `web1:8`, as people say it.
    pub(crate) fn short(&self) -> String {
        format!("{}:{}", self.family, self.revision)
    }
}

impl fmt::Display for TaskDefinitionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.arn)
    }
}

impl ImageReference {
    /// Takes a container's `image` apart. Source: Amazon ECR, "Registry, repository and image URIs".
    pub(crate) fn parse(image: &str) -> Self {
        if image.starts_with("public.ecr.aws/") {
            return Self::EcrPublic;
        }
        Self::private(image).unwrap_or(Self::Other)
    }

    fn private(image: &str) -> Option<Self> {
        let (host, path) = image.split_once('/')?;
        let (name, selector) = named_image(path)?;
        let repository = Repository::parse_uri(&format!("{host}/{name}"))?;
        Some(Self::Ecr {
            repository,
            selector,
        })
    }
}

/// `web1:v1.2.0` or `web1@sha256:…`: the repository's name, and what is named in it.
fn named_image(path: &str) -> Option<(&str, ImageSelector)> {
    if let Some((tagged, digest)) = path.split_once('@') {
        // Of a tag and a digest, container runtimes pull the digest.
        let (name, _) = tagged.split_once(':').unwrap_or((tagged, ""));
        return Some((name, ImageSelector::Digest(ImageDigest::parse(digest)?)));
    }
    let (name, tag) = path.split_once(':').unwrap_or((path, "latest"));
    Some((name, ImageSelector::Tag(ImageTag::parse(tag)?)))
}

impl Repository {
    /// The same repository, by whichever of its host names (FIPS, dual-stack) it was written.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (&self.registry, &self.region, &self.name) == (&other.registry, &other.region, &other.name)
    }

    /// Parses `{account}.dkr.ecr.{region}.{suffix}/{name}`, also the FIPS and dual-stack hosts
    /// (`dkr.ecr-fips`, `dkr-ecr` … `on.aws`).
    pub(crate) fn parse_uri(uri: &str) -> Option<Self> {
        let (host, name) = uri.split_once('/')?;
        let (registry, rest) = host.split_once('.')?;
        let mut prefixes = ["dkr.ecr.", "dkr.ecr-fips.", "dkr-ecr.", "dkr-ecr-fips."].iter();
        let rest = prefixes.find_map(|prefix| rest.strip_prefix(prefix))?;
        let (region, suffix) = rest.split_once('.')?;
        (is_account(registry) && is_repository(name)).then(|| Self {
            registry: registry.to_owned(),
            region: Region::new(region),
            suffix: suffix.to_owned(),
            name: name.to_owned(),
        })
    }
}

/// Whether all of it are hexadecimal digits, in lower case.
pub(crate) fn is_lower_hex(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_repository(name: &str) -> bool {
    let is_legal = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'/');
    !name.is_empty() && name.bytes().all(is_legal)
}
