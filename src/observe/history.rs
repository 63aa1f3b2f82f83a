//! The deployment group's past: its newest deployments with the revision that each one brought.
//!
//! `ListDeployments` answers bare ids in an order nobody documents. Windows of creation time, asked
//! for at the same time, find the newest ones without paging through hundreds.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use time::{Duration, OffsetDateTime};

use crate::aws::codedeploy::{Deployment, Revision};
use crate::aws::{Aws, Failure};
use crate::names::{ApplicationName, GroupName, TaskDefinitionArn};
use crate::plan::appspec::AppSpec;

/// How many deployments are read before an answer is looked for in them.
pub const FIRST: usize = 25;
/// How many are read at most.
pub const MOST: usize = 100;

/// The ends of the windows, in days before now; the last window is open.
const WINDOWS: [i64; 3] = [2, 14, 90];
/// Pages read of one window; a page holds about 100 ids.
const PAGES: usize = 5;

/// How much of the past a run needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// One window: whether the target has run here lately. A nicety, so one call.
    Recent,
    /// As far back as it takes for [`FIRST`] deployments.
    Previous,
    /// As far back as [`MOST`].
    Far,
}

/// The newest deployments of a group, oldest first.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub deployments: Vec<Deployment>,
    /// The AppSpec of each deployment's revision, by its hash; those that CodeDeploy does not hold are missing.
    pub appspecs: BTreeMap<String, String>,
    /// Whether older deployments exist that were not read.
    pub more: bool,
}

impl History {
    /// Reads the newest deployments and their AppSpecs: three round trips, a bounded number of calls.
    pub async fn read(
        aws: &Aws,
        application: &ApplicationName,
        group: &GroupName,
        depth: Depth,
        now: OffsetDateTime,
    ) -> Result<Self, Failure> {
        let (ids, mut more) = newest_ids(aws, application, group, depth, now).await?;
        let mut deployments = aws.batch_get_deployments(&ids).await?;
        deployments.sort_by(|a, b| (a.created_at, a.id.as_str()).cmp(&(b.created_at, b.id.as_str())));
        let keep = if depth == Depth::Far { MOST } else { FIRST };
        if deployments.len() > keep {
            more = true;
            deployments.drain(..deployments.len() - keep);
        }
        let revisions = distinct(deployments.iter().filter_map(|deployment| deployment.revision.as_ref()));
        let appspecs = aws.batch_get_application_revisions(application, &revisions).await?;
        Ok(Self { deployments, appspecs: appspecs.into_iter().collect(), more })
    }

    /// The revision that a deployment brought.
    ///
    /// # Errors
    /// Why that is not known, for people.
    pub fn task_definition(&self, deployment: &Deployment) -> Result<TaskDefinitionArn, String> {
        let revision = deployment.revision.as_ref().ok_or("CodeDeploy does not say what it deployed")?;
        task_definition_in(revision, &self.appspecs)
    }
}

/// The revision that an AppSpec names.
///
/// # Errors
/// Why that is not known, for people.
pub fn task_definition_in(
    revision: &Revision,
    appspecs: &BTreeMap<String, String>,
) -> Result<TaskDefinitionArn, String> {
    if let Some(place) = revision.elsewhere() {
        return Err(format!("its AppSpec lies in {place}, which is not read"));
    }
    let text = revision
        .sha256()
        .and_then(|sha256| appspecs.get(sha256))
        .ok_or("its AppSpec is no longer on record")?;
    let appspec = AppSpec::parse(text, "the AppSpec").map_err(|problem| problem.message)?;
    let arn = appspec.task_definition().and_then(TaskDefinitionArn::parse);
    arn.ok_or_else(|| "its AppSpec names no task definition".to_owned())
}

/// Each AppSpec once, and only those that CodeDeploy holds.
fn distinct<'a>(revisions: impl Iterator<Item = &'a Revision>) -> Vec<Revision> {
    let mut seen = Vec::new();
    for revision in revisions.filter(|revision| revision.sha256().is_some()) {
        if !seen.contains(revision) {
            seen.push(revision.clone());
        }
    }
    seen
}

/// The ids of the newest deployments, and whether there are older ones.
async fn newest_ids(
    aws: &Aws,
    application: &ApplicationName,
    group: &GroupName,
    depth: Depth,
    now: OffsetDateTime,
) -> Result<(Vec<String>, bool), Failure> {
    let windows = windows(depth, now);
    let reads =
        windows.iter().map(|(from, until)| aws.list_deployments(application, group, *from, *until, PAGES));
    let enough = if depth == Depth::Far { MOST } else { FIRST };
    let mut ids = Vec::new();
    let mut more = depth == Depth::Recent;
    for read in join_all(reads).await {
        let (found, complete) = read?;
        if ids.len() >= enough {
            more |= !found.is_empty();
            continue;
        }
        more |= !complete;
        ids.extend(found);
    }
    // A deployment on the edge of two windows is in both.
    ids.sort_unstable();
    ids.dedup();
    Ok((ids, more))
}

/// Windows of creation time, newest first; together they cover all time, except for `Recent`.
fn windows(depth: Depth, now: OffsetDateTime) -> Vec<(Option<OffsetDateTime>, Option<OffsetDateTime>)> {
    if depth == Depth::Recent {
        return vec![(Some(now - Duration::days(WINDOWS[1])), None)];
    }
    let edges: Vec<_> = WINDOWS.iter().map(|days| now - Duration::days(*days)).collect();
    let mut windows = vec![(Some(edges[0]), None)];
    windows.extend(edges.windows(2).map(|pair| (Some(pair[1]), Some(pair[0]))));
    windows.push((None, edges.last().copied()));
    windows
}

/// The AppSpecs of a few deployments, by hash.
pub async fn appspecs(
    aws: &Aws,
    application: &ApplicationName,
    deployments: &[&Deployment],
) -> Result<BTreeMap<String, String>, Failure> {
    let revisions =
        deployments.iter().flat_map(|d| [d.revision.as_ref(), d.previous_revision.as_ref()]).flatten();
    let revisions = distinct(revisions);
    if revisions.is_empty() {
        return Ok(BTreeMap::new());
    }
    Ok(aws.batch_get_application_revisions(application, &revisions).await?.into_iter().collect())
}
