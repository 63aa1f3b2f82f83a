//! The list of versions for an issue that is kept up to date, in GitHub's Markdown. Times are absolute: a text that
//! says the same as before is not written again.

use time::{Duration, OffsetDateTime};

use super::{
    data::Report,
    listing::{ListedVersion, Listing},
    safe::{code, link, markdown, prose},
    verdict::short_commit,
};
use crate::words;

/// The lines between the markers: a list for each service, with so many of its versions at most.
pub(crate) fn board(reports: &[Report], most: usize, now: OffsetDateTime) -> Vec<String> {
    let mut lines = Vec::new();
    for report in reports {
        if let Some(listing) = &report.listing {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.extend(list(report, listing, most, now));
        }
    }
    lines
}

fn list(report: &Report, listing: &Listing, most: usize, now: OffsetDateTime) -> Vec<String> {
    let asked = &report.asked;
    let service = format!("{}/{}", asked.cluster, asked.service);
    let mut title = format!("**{}**", link(&service, &asked.service_url));
    if let Some(url) = &asked.workflow_url {
        title += &format!(" · {}", link("Run workflow", url.raw()));
    }
    let mut lines = vec![
        title,
        String::new(),
        "| | version | served | |".to_owned(),
        "|:--|:--|:--|:--|".to_owned(),
    ];
    for version in listing.versions.iter().take(most) {
        lines.push(row(version, now));
    }
    lines
}

fn row(version: &ListedVersion, now: OffsetDateTime) -> String {
    let mut served = markdown(&served(version));
    if let Some(by) = version.released_by() {
        served += &format!("<br>by {}", markdown(by.raw()));
    }
    let mut remarks = version.remarks(now);
    for remark in &mut remarks {
        *remark = prose(remark);
    }
    let cells = [
        version.mark().as_str().to_owned(),
        code(&short_commit(&version.name())),
        served,
        remarks.join("<br>"),
    ];
    format!("| {} |", cells.join(" | "))
}

fn served(version: &ListedVersion) -> String {
    let since = version.served_since.map(date);
    let span = version.served_for.map(words::duration);
    match (version.is_serving, since, span) {
        (true, Some(since), _) => format!("since {since}"),
        (false, Some(since), Some(span)) => format!("{span}, from {since}"),
        (false, Some(since), None) => format!("from {since}"),
        (false, None, Some(span)) => span,
        (true, None, _) | (false, None, None) => "not on record".to_owned(),
    }
}

fn date(at: OffsetDateTime) -> String {
    // It is read on another day.
    words::at(at, at - Duration::DAY)
}
