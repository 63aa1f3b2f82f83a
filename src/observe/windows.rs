//! The newest deployments of a service or a group, of hundreds.
//!
//! The lists of CodeDeploy and of ECS answer in an order that nobody documents. Windows of creation
//! time, asked for at the same time, find the newest ones without paging through all.

use futures_util::future::join_all;
use time::{Duration, OffsetDateTime};

use crate::aws::Failure;
use crate::inputs::{Inputs, VersionSpec};

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

impl Depth {
    /// What is read at first.
    pub fn of(inputs: &Inputs) -> Self {
        match inputs.version {
            VersionSpec::Previous { .. } => Self::Previous,
            _ => Self::Recent,
        }
    }
}

/// From when until when; `None` is open.
pub type Window = (Option<OffsetDateTime>, Option<OffsetDateTime>);

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

/// The newest, and whether there are older ones; `page` reads one page of a window. One round trip, unless the newest
/// window has more than a page.
///
/// # Errors
/// The first read that did not work.
pub async fn newest<T, Page>(
    depth: Depth,
    now: OffsetDateTime,
    page: impl Fn(Window, Option<String>) -> Page,
) -> Result<(Vec<T>, bool), Failure>
where
    Page: Future<Output = Result<(Vec<T>, Option<String>), Failure>>,
{
    let windows = windows(depth, now);
    let first = join_all(windows.iter().map(|window| page(*window, None))).await;
    let enough = if depth == Depth::Far { MOST } else { FIRST };
    let mut all = Vec::new();
    let mut more = depth == Depth::Recent;
    for (window, read) in windows.iter().zip(first) {
        let (found, mut next) = read?;
        if all.len() >= enough {
            more |= !found.is_empty();
            continue;
        }
        all.extend(found);
        // Of a window with more than a page all are needed: nothing says that the first ones are the newest.
        for _ in 1..if depth == Depth::Recent { 1 } else { PAGES } {
            let Some(token) = next else { break };
            let (found, after) = Box::pin(page(*window, Some(token))).await?;
            all.extend(found);
            next = after;
        }
        more |= next.is_some();
    }
    Ok((all, more))
}
