//! What an issue of this action says for machines: which version was taken off, and whether that holds.
//!
//! It stands in a comment of the issue's Markdown, as JSON. `docs/github.md` describes its members.

use serde::{Deserialize, Serialize};

/// Every issue of this action has it.
pub(crate) const LABEL: &str = "rollback";
/// The bad version is not to come back while the issue is open.
pub(crate) const HOLD_LABEL: &str = "rollback-hold";

const BEGIN: &str = "<!-- ecs-rollback\n";
const END: &str = "\n-->";
const SCHEMA: u32 = 1;

/// A version that was taken off a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BadVersion {
    pub schema: u32,
    pub cluster: String,
    pub service: String,
    pub version: String,
    pub digest: String,
    /// The ECR repository of its image, as a URI.
    #[serde(default)]
    pub image_repository: Option<String>,
    /// Where GitHub and its repository were known.
    pub commit: Option<String>,
    pub repository: Option<String>,
    /// When it was taken off, RFC 3339.
    pub since: String,
    pub by: Option<String>,
    pub reason: Option<String>,
}

impl BadVersion {
    pub(crate) const SCHEMA: u32 = SCHEMA;

    /// The comment for an issue's text.
    pub(crate) fn block(&self) -> String {
        let json = serde_json::to_string(self).expect("it has names and texts alone");
        // `-->` in a reason would end the comment; JSON reads both spellings alike.
        let json = json.replace('<', "\\u003c").replace('>', "\\u003e");
        format!("{BEGIN}{json}{END}")
    }

    /// Every such comment in an issue's text: one for each service that was rolled back.
    pub(crate) fn find_all(body: &str) -> Vec<Self> {
        // GitHub's web editor saves with the line ends of the web.
        let body = body.replace("\r\n", "\n");
        let mut found = Vec::new();
        let mut rest = body.as_str();
        while let Some((_, begun)) = rest.split_once(BEGIN)
            && let Some((json, behind)) = begun.split_once(END)
        {
            let parsed = serde_json::from_str::<Self>(json).ok();
            found.extend(parsed.filter(|bad| bad.schema == SCHEMA));
            rest = behind;
        }
        found
    }

    /// Whether it is about the same image of the same service.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (&self.cluster, &self.service, &self.digest)
            == (&other.cluster, &other.service, &other.digest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bad(reason: &str) -> BadVersion {
        BadVersion {
            schema: SCHEMA,
            cluster: "prod".to_owned(),
            service: "web1".to_owned(),
            version: "v1.2.0".to_owned(),
            digest: "sha256:9f2c".to_owned(),
            image_repository: None,
            commit: None,
            repository: None,
            since: "2026-11-20T02:58:00Z".to_owned(),
            by: Some("oncall".to_owned()),
            reason: Some(reason.to_owned()),
        }
    }

    #[test]
    fn an_issue_without_the_comment_is_none_of_ours() {
        for body in ["", "ecs-rollback", "<!-- ecs-rollback\n{}\n-->"] {
            assert_eq!(BadVersion::find_all(body), [], "{body}");
        }
        let next = bad("x").block().replace("\"schema\":1", "\"schema\":2");
        assert_eq!(BadVersion::find_all(&next), []);
        let both = format!("{next}\n\n{}", bad("x").block());
        assert_eq!(BadVersion::find_all(&both), [bad("x")]);
    }

    proptest! {
        #[test]
        fn a_block_is_read_back_whatever_the_reason(reason in any::<String>(), before in "[a-z\n]{0,9}") {
            let bad = bad(&reason);
            let body = format!("{before}\n{}\nmore", bad.block());
            prop_assert_eq!(body.matches("-->").count(), 1);
            prop_assert_eq!(BadVersion::find_all(&body), vec![bad.clone()]);
            prop_assert_eq!(BadVersion::find_all(&body.replace('\n', "\r\n")), vec![bad]);
        }
    }
}
