//! The holds that rollbacks have left: open issues that say which version must not come back.

use futures_util::future::join;

use crate::{
    domain::{
        github::Access,
        hold::{BadVersion, HOLD_LABEL},
    },
    github::{Failure, GitHub, Issue, IssueState},
    names::{ClusterName, ServiceName},
    outside::OutsideText,
    words,
};

/// What is held back for a service.
pub(crate) struct Holds {
    pub open: Vec<Hold>,
    /// Issues with the label that hold nothing here: a sentence each.
    pub notes: Vec<String>,
}

/// An open issue that holds a version back.
pub(crate) struct Hold {
    pub issue: u64,
    pub url: String,
    pub bad: BadVersion,
}

impl Hold {
    /// The bad version, as its issue has it.
    pub(crate) fn version(&self) -> OutsideText {
        OutsideText::new(words::short_digest(&self.bad.version))
    }
}

/// The issues that have the hold's label, whatever services they are about.
pub(crate) struct HoldIssues {
    open: Vec<Issue>,
    closed: Vec<Issue>,
}

impl HoldIssues {
    /// Reads them: one round trip, unless there are more than a hundred.
    pub(crate) async fn read(github: &GitHub, access: &Access) -> Result<Self, Failure> {
        let repository = &access.repository;
        let (open, closed) = join(
            github.list_issues(repository, HOLD_LABEL, IssueState::Open),
            // They hold nothing: that they were lifted is only good to know.
            github.list_issues(repository, HOLD_LABEL, IssueState::Closed),
        )
        .await;
        Ok(Self {
            open: open?,
            closed: closed.unwrap_or_default(),
        })
    }

    /// What is held back for this service.
    pub(crate) fn of_service(
        &self,
        access: &Access,
        cluster: &ClusterName,
        service: &ServiceName,
    ) -> Holds {
        let here = HeldService { cluster, service };
        let mut holds = Holds {
            open: Vec::new(),
            notes: Vec::new(),
        };
        for issue in &self.open {
            match here.find_bad_version(issue) {
                Ok(bad) => holds.open.push(Hold {
                    issue: issue.number,
                    url: access.issue_url(issue.number),
                    bad,
                }),
                Err(why_not) => holds.note(issue, &why_not),
            }
        }
        for issue in &self.closed {
            if let Ok(bad) = here.find_bad_version(issue) {
                let version = OutsideText::new(bad.version);
                holds.note(issue, &format!("held {version} and is closed"));
            }
        }
        holds
    }
}

/// The service that is asked about.
struct HeldService<'a> {
    cluster: &'a ClusterName,
    service: &'a ServiceName,
}

impl HeldService<'_> {
    /// The version of this service that the issue names.
    ///
    /// # Errors
    /// Why the issue says nothing about this service.
    fn find_bad_version(&self, issue: &Issue) -> Result<BadVersion, String> {
        // Services that were rolled back together share an issue.
        let mut others = Vec::new();
        for bad in BadVersion::find_all(&issue.body) {
            if bad.cluster == self.cluster.as_str() && bad.service == self.service.as_str() {
                return Ok(bad);
            }
            let other = format!("{}/{}", bad.cluster, bad.service);
            others.push(OutsideText::new(other));
        }
        if others.is_empty() {
            return Err("has the label, but no longer says which version it holds".to_owned());
        }
        Err(format!("is about {}", words::short_list(others)))
    }
}

impl Holds {
    fn note(&mut self, issue: &Issue, what: &str) {
        let number = issue.number;
        self.notes
            .push(format!("issue #{number} {what}; it does not count"));
    }
}
