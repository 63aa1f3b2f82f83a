//! Who asked for what, why, and when.

use crate::{
    domain::mode::Mode,
    report::{
        data::Report,
        safe::{code, link, markdown},
        sink::Told,
    },
    words,
};

/// `**prod/web1** in ap-northeast-2 · v1.0.0 asked for by oncall · “checkout page is down” · …`.
pub(super) fn who_and_why(told: &Told) -> String {
    let report = told.report;
    let service = link(&service(report), &report.asked.service_url);
    asked_for(report, &service) + &when(told) + &links(report)
}

/// `**prod/web1** in ap-northeast-2 · v1.0.0 asked for by oncall · “checkout page is down”`
pub(super) fn asked_for(report: &Report, service: &str) -> String {
    let asked = &report.asked;
    let mut text = format!("**{service}**");
    if !asked.region.is_empty() {
        text += &format!(" in {}", markdown(&asked.region));
    }
    text += &match asked.mode {
        Mode::Rollback => format!(" · {} asked for", code(&asked.version)),
        Mode::Check | Mode::Guard => {
            format!(" · {} {}", asked.mode.as_str(), code(&asked.version))
        }
        mode => format!(" · {}", mode.as_str()),
    };
    if asked.mode == Mode::MarkStable && !asked.version.is_empty() {
        text += &format!(" {}", code(&asked.version));
    }
    if let Some(actor) = &asked.actor {
        text += &format!(" by {}", markdown(actor.raw()));
    }
    if let Some(reason) = &asked.reason {
        text += &format!(" · “{}”", markdown(reason.raw()));
    }
    text
}

pub(super) fn when(told: &Told) -> String {
    let mut text = String::new();
    if let Some(at) = told.report.started_at {
        // A summary is read on another day, too, so it always has the date.
        let another_day = told.now - time::Duration::DAY;
        text += &format!(" · started {}", words::at(at, another_day));
    }
    text + &format!(" · took {}", words::took(told.report.elapsed))
}

fn links(report: &Report) -> String {
    let mut text = own_links(report);
    if let Some(url) = &report.asked.run_url {
        text += &format!(" · {}", link("workflow run", url.raw()));
    }
    text
}

/// Those that only one service has.
pub(super) fn own_links(report: &Report) -> String {
    let mut text = String::new();
    if let Some(deployment) = &report.deployment {
        let link = link(deployment.id.short(), &deployment.url);
        text += &format!(" · deployment {link}");
    }
    if let Some(deployment) = report.deployment_back() {
        let link = link(deployment.id.short(), &deployment.url);
        text += &format!(" · return {link}");
    }
    if let Some(guarded) = &report.guarded
        && let Some(hold) = &guarded.hold
    {
        text += &format!(" · {}", link(&format!("issue #{}", hold.issue), &hold.url));
    }
    text
}

fn service(report: &Report) -> String {
    format!("{}/{}", report.asked.cluster, report.asked.service)
}
