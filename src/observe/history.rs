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

/// The ends of the windows, in hours before now; the last window is open. Each reaches four times as far back as
/// the one before, so that at any steady pace, from minutes to months, the newest [`FIRST`] are in the first pages.
const WINDOWS: [i64; 7] = [2, 8, 32, 128, 512, 2_048, 8_192];
/// How many of the windows are `Recent`: twelve weeks.
const RECENT: usize = 6;
/// Pages read of one window; a page holds about 100 ids.
const PAGES: usize = 5;

/// How much of the past a run needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The last twelve weeks: whether the target has run here lately. A nicety, so no second pages.
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
    /// When the newest deployment that [`History::newest`] left out was created.
    pub cut: Option<OffsetDateTime>,
    /// Older ones that were read on the way, oldest first, without their AppSpecs.
    older: Vec<Deployment>,
    /// Whether there are any that were not even read on the way.
    unread: bool,
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
        let (ids, unread) = newest_ids(aws, application, group, depth, now).await?;
        let deployments = aws.batch_get_deployments(&ids).await?;
        let keep = if depth == Depth::Far { MOST } else { FIRST };
        Self::of(aws, application, deployments, keep, unread).await
    }

    /// The newest [`MOST`] instead, from what was read already where that is enough.
    pub async fn far(
        &self,
        aws: &Aws,
        application: &ApplicationName,
        group: &GroupName,
        now: OffsetDateTime,
    ) -> Result<Self, Failure> {
        let read = [self.older.as_slice(), &self.deployments].concat();
        if read.len() < MOST && self.unread {
            return Self::read(aws, application, group, Depth::Far, now).await;
        }
        Self::of(aws, application, read, MOST, self.unread).await
    }

    /// The newest of these deployments, with their AppSpecs.
    async fn of(
        aws: &Aws,
        application: &ApplicationName,
        mut older: Vec<Deployment>,
        keep: usize,
        unread: bool,
    ) -> Result<Self, Failure> {
        older.sort_by(|a, b| (a.created_at, a.id.as_str()).cmp(&(b.created_at, b.id.as_str())));
        let deployments = older.split_off(older.len().saturating_sub(keep));
        let revisions = distinct(deployments.iter().filter_map(|deployment| deployment.revision.as_ref()));
        let appspecs = aws.batch_get_application_revisions(application, &revisions).await?;
        let more = unread || !older.is_empty();
        Ok(Self { deployments, appspecs: appspecs.into_iter().collect(), more, cut: None, older, unread })
    }

    /// The newest few of these alone; `None` where there are no others.
    pub fn newest(&self, few: usize) -> Option<Self> {
        let (older, newest) = self.deployments.split_at(self.deployments.len().saturating_sub(few));
        let cut = Some(older.last()?.created_at);
        Some(Self {
            deployments: newest.to_vec(),
            appspecs: self.appspecs.clone(),
            more: true,
            cut,
            older: Vec::new(),
            unread: true,
        })
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
    let page =
        |window: &Window, token| aws.list_deployments_page(application, group, window.0, window.1, token);
    let first = join_all(windows.iter().map(|window| page(window, None))).await;
    let enough = if depth == Depth::Far { MOST } else { FIRST };
    let mut ids = Vec::new();
    let mut more = depth == Depth::Recent;
    for (window, read) in windows.iter().zip(first) {
        let (found, mut next) = read?;
        if ids.len() >= enough {
            more |= !found.is_empty();
            continue;
        }
        ids.extend(found);
        // Of a window with more than a page all are needed: nothing says that the first ones are the newest.
        for _ in 1..if depth == Depth::Recent { 1 } else { PAGES } {
            let Some(token) = next else { break };
            let (found, after) = Box::pin(page(window, Some(token))).await?;
            ids.extend(found);
            next = after;
        }
        more |= next.is_some();
    }
    // A deployment on the edge of two windows is in both.
    ids.sort_unstable();
    ids.dedup();
    Ok((ids, more))
}

/// From when until when; `None` is open.
type Window = (Option<OffsetDateTime>, Option<OffsetDateTime>);

/// Windows of creation time, newest first; together they cover all time, except for `Recent`.
fn windows(depth: Depth, now: OffsetDateTime) -> Vec<Window> {
    let edges = WINDOWS.map(|hours| Some(now - Duration::hours(hours)));
    let mut windows = vec![(edges[0], None)];
    windows.extend(edges.windows(2).map(|pair| (pair[1], pair[0])));
    windows.push((None, edges[edges.len() - 1]));
    if depth == Depth::Recent {
        windows.truncate(RECENT);
    }
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
