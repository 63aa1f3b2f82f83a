//! The newest deployments of a service or a group, of hundreds.
//!
//! The lists of CodeDeploy and of ECS answer in an order that nobody documents. Windows of creation
//! time, asked for at the same time, find the newest ones without paging through all.

use futures_util::future::join_all;
use time::{Duration, OffsetDateTime};

use super::wanted::{ImageSpec, TargetSpec};
use crate::{
    aws::Failure,
    domain::{deployment::Deployment, service_deployment::ListedDeployment},
    names::DeploymentId,
};

/// How many deployments are read before an answer is looked for in them.
const FIRST: usize = 25;
/// How many are read at most.
pub(crate) const MOST: usize = 100;

/// The ends of the windows, in hours before now; the last window is open. Each reaches four times as far back as
/// the one before, so that at any steady pace, from minutes to months, the newest [`FIRST`] are in the first pages.
const WINDOWS: [i64; 7] = [2, 8, 32, 128, 512, 2_048, 8_192];
/// Twelve weeks, in hours: what is `Recent`.
const RECENT: i64 = 2_048;
/// Pages read of one window; a page holds about 100 ids.
const PAGES: usize = 5;

/// How much of the past is read.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Depth {
    /// The last twelve weeks, first pages alone: whether the target has run here lately is good to know, but nothing
    /// depends on it.
    Recent,
    /// As far back as it takes for [`FIRST`] deployments.
    Previous,
    /// As far back as [`MOST`].
    Far,
}

impl Depth {
    /// What is read at first. Without a target, the past itself is what is asked for.
    pub(crate) fn needed_for(spec: Option<&TargetSpec<'_>>) -> Self {
        match spec.map(|spec| &spec.image) {
            Some(ImageSpec::Selected(_)) => Self::Recent,
            _ => Self::Previous,
        }
    }

    /// How many deployments are kept with what they deployed.
    pub(crate) fn keeps(self) -> usize {
        if self == Self::Far { MOST } else { FIRST }
    }

    fn pages(self) -> usize {
        if self == Self::Recent { 1 } else { PAGES }
    }
}

/// How finely the past is asked for.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Grain {
    /// By all [`WINDOWS`] at once.
    Fine,
    /// By one window for all that is `Recent`, and one for the rest. Many services ask at once, each call counts, and
    /// one page is enough for nearly all of them; where it is not, the fine windows are asked for.
    Coarse,
}

/// From when until when; `None` is open.
pub(crate) type Window = (Option<OffsetDateTime>, Option<OffsetDateTime>);

/// What is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub depth: Depth,
    pub grain: Grain,
    pub now: OffsetDateTime,
    /// AWS is asked for nothing from before; `None`: it may be asked for everything.
    pub oldest: Option<OffsetDateTime>,
}

impl Span {
    /// Windows of creation time, newest first; together they cover all time since `oldest`, except for `Recent`.
    fn windows(&self) -> Vec<Window> {
        let mut windows = Vec::new();
        // The newest window has no end: AWS's clock may be ahead of the runner's.
        let mut to = None;
        for hours in WINDOWS {
            if self.grain == Grain::Coarse && hours != RECENT {
                continue;
            }
            let from = self.now - Duration::hours(hours);
            if self.oldest.is_some_and(|oldest| from <= oldest) {
                break;
            }
            windows.push((Some(from), to));
            to = Some(from);
            // Older ones could only tell that the target has run here before.
            if self.depth == Depth::Recent && hours == RECENT {
                return windows;
            }
        }
        windows.push((self.oldest, to));
        windows
    }
}

/// What was read of a list.
pub(crate) struct Listed<T> {
    pub items: Vec<T>,
    /// Whether there are older ones.
    pub more: bool,
    /// Whether none that is `Recent` is missing.
    pub has_all_recent: bool,
}

/// One page of a window, and the token of the next.
type PageAnswer<T> = Result<(Vec<T>, Option<String>), Failure>;

/// The newest; `page` reads one page of a window. One round trip, unless the newest window has more than a page.
///
/// # Errors
/// The first read that did not work.
pub(crate) async fn list_newest<T, Page>(
    span: Span,
    page: impl Fn(Window, Option<String>) -> Page,
) -> Result<Listed<T>, Failure>
where
    Page: Future<Output = PageAnswer<T>>,
{
    let depth = span.depth;
    let FirstPages { grain, pages } = read_first_pages(span, &page).await;
    let mut listed = Listed {
        items: Vec::new(),
        more: depth == Depth::Recent,
        has_all_recent: grain == Grain::Coarse,
    };
    for (window, first_page) in pages {
        let (found, mut next) = first_page?;
        if listed.items.len() >= depth.keeps() {
            // Older windows were asked for at the same time; that they are not empty is all that matters now.
            listed.more |= !found.is_empty();
            continue;
        }
        listed.items.extend(found);
        // All pages of such a window are needed: nothing says that the first ones hold the newest.
        for _ in 1..depth.pages() {
            let Some(token) = next else { break };
            let (found, after) = Box::pin(page(window, Some(token))).await?;
            listed.items.extend(found);
            next = after;
        }
        listed.more |= next.is_some();
    }
    Ok(listed)
}

/// The first page of each window.
struct FirstPages<T> {
    grain: Grain,
    pages: Vec<(Window, PageAnswer<T>)>,
}

/// Where one page is not enough for a coarse window, the fine ones are asked for.
async fn read_first_pages<T, Page>(
    mut span: Span,
    page: &impl Fn(Window, Option<String>) -> Page,
) -> FirstPages<T>
where
    Page: Future<Output = PageAnswer<T>>,
{
    loop {
        let windows = span.windows();
        let answers = join_all(windows.iter().map(|window| page(*window, None))).await;
        let is_too_much = |answer: &PageAnswer<T>| matches!(answer, Ok((_, Some(_))));
        if span.grain == Grain::Fine || !answers.iter().any(is_too_much) {
            return FirstPages {
                grain: span.grain,
                pages: windows.into_iter().zip(answers).collect(),
            };
        }
        span.grain = Grain::Fine;
    }
}

/// What is listed with its time.
pub(crate) trait Dated: Clone {
    /// Its place among the deployments: when it was created, and its id.
    fn place(&self) -> (OffsetDateTime, &DeploymentId);
}

impl Dated for Deployment {
    fn place(&self) -> (OffsetDateTime, &DeploymentId) {
        (self.created_at, &self.id)
    }
}

impl Dated for ListedDeployment {
    fn place(&self) -> (OffsetDateTime, &DeploymentId) {
        (self.created_at, &self.id)
    }
}

/// The newest deployments of a longer list.
#[derive(Clone)]
pub(crate) struct Newest<T> {
    /// Oldest first.
    pub deployments: Vec<T>,
    /// Older ones that were read on the way, oldest first.
    older: Vec<T>,
    /// Whether there are any that were not even read on the way.
    unread: bool,
    /// Whether none that is `Recent` is missing among all that were read.
    pub has_all_recent: bool,
}

impl<T: Dated> Newest<T> {
    pub(crate) fn new(read: Listed<T>, keep: usize) -> Self {
        let mut older = read.items;
        older.sort_by(|a, b| a.place().cmp(&b.place()));
        // A deployment on the edge of two windows is in both.
        older.dedup_by(|a, b| a.place().1 == b.place().1);
        Self {
            deployments: older.split_off(older.len().saturating_sub(keep)),
            older,
            unread: read.more,
            has_all_recent: read.has_all_recent,
        }
    }

    /// Whether older deployments exist that are not among these.
    pub(crate) fn more(&self) -> bool {
        self.unread || !self.older.is_empty()
    }

    /// All that were read, in no order.
    pub(crate) fn all(&self) -> impl Iterator<Item = &T> {
        self.deployments.iter().chain(&self.older)
    }

    /// The newest `count` of these, oldest first, and when the newest that this leaves out was created.
    pub(crate) fn newest(&self, count: usize) -> (&[T], Option<OffsetDateTime>) {
        let split = self.deployments.len().saturating_sub(count);
        let (older, newest) = self.deployments.split_at(split);
        (newest, older.last().map(|newest| newest.place().0))
    }

    /// As many as are ever used; `None` where that takes another read.
    pub(crate) fn widened(&self) -> Option<Self> {
        let items = [&self.older[..], &self.deployments].concat();
        let more = self.unread;
        if items.len() < MOST && more {
            return None;
        }
        let has_all_recent = self.has_all_recent;
        let listed = Listed {
            items,
            more,
            has_all_recent,
        };
        Some(Self::new(listed, MOST))
    }
}
