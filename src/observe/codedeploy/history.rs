//! The deployment group's past: its newest deployments with the revision that each one brought.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::super::windows::{self, Depth, FIRST, MOST, Window};
use crate::aws::{Aws, Failure};
use crate::domain::appspec::AppSpec;
use crate::domain::deployment::{Deployment, Revision};
use crate::names::{ApplicationName, GroupName, TaskDefinitionArn};

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
        let revisions = distinct(
            deployments
                .iter()
                .filter_map(|deployment| deployment.revision.as_ref()),
        );
        let appspecs = aws
            .batch_get_application_revisions(application, &revisions)
            .await?;
        let more = unread || !older.is_empty();
        Ok(Self {
            deployments,
            appspecs: appspecs.into_iter().collect(),
            more,
            cut: None,
            older,
            unread,
        })
    }

    /// The newest few of these alone; `None` where there are no others.
    pub fn newest(&self, few: usize) -> Option<Self> {
        let (older, newest) = self
            .deployments
            .split_at(self.deployments.len().saturating_sub(few));
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
        let revision = deployment
            .revision
            .as_ref()
            .ok_or("CodeDeploy does not say what it deployed")?;
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
    let page =
        |(from, to): Window, token| aws.list_deployments_page(application, group, from, to, token);
    let (mut ids, more) = windows::newest(depth, now, page).await?;
    // A deployment on the edge of two windows is in both.
    ids.sort_unstable();
    ids.dedup();
    Ok((ids, more))
}

/// The AppSpecs of a few deployments, by hash.
pub async fn appspecs(
    aws: &Aws,
    application: &ApplicationName,
    deployments: &[&Deployment],
) -> Result<BTreeMap<String, String>, Failure> {
    let revisions = deployments
        .iter()
        .flat_map(|d| [d.revision.as_ref(), d.previous_revision.as_ref()])
        .flatten();
    let revisions = distinct(revisions);
    if revisions.is_empty() {
        return Ok(BTreeMap::new());
    }
    Ok(aws
        .batch_get_application_revisions(application, &revisions)
        .await?
        .into_iter()
        .collect())
}
