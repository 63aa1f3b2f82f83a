//! Who is told outside of the runner: Slack, an SNS topic, and a webhook that gets an event.
//!
//! Each channel has its own time, all are told at once, and one that fails is a warning. The report that is told was
//! cleaned of secrets already; each message makes its texts harmless for its own place.

mod delivery;
mod event;
mod signature;
mod slack;
mod slack_of_several;
#[cfg(test)]
mod tests;
mod topic;

use std::time::Duration;

use futures_util::{
    future::join3,
    stream::{self, StreamExt},
};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::{
    aws::Aws,
    clock::Clock,
    domain::mode::Mode,
    http::Client,
    inputs::{HookUrl, Notified, Webhook},
    report::{
        data::{Outcome, Report},
        sentences::Conclusion,
    },
};
use delivery::{Channel, Delivery};

/// What a channel gets, its second try included.
const LIMIT: Duration = Duration::from_secs(10);

/// Of several services: a receiver gets so many events at the same time.
const EVENTS_AT_ONCE: usize = 8;

/// Tells the runs of all services to the channels that their inputs name.
pub(crate) struct Notifier<'a> {
    pub notified: &'a Notified,
    pub aws: &'a Aws,
    pub clock: Clock,
    /// Each run's own, which no other run has; one at least.
    pub markers: Vec<&'a str>,
    /// One message to Slack at a time: that at the start comes first, also in a run that is over at once.
    pub slack_turn: &'a Mutex<()>,
}

/// A run that has ended, and how.
struct Ended<'r> {
    report: &'r Report,
    conclusion: Conclusion,
    marker: &'r str,
}

impl Notifier<'_> {
    /// Tells that a rollback begins, once there is a plan that writes something. A sentence for each channel that
    /// failed.
    pub(crate) async fn started(&self, reports: &[Report]) -> Vec<String> {
        let Some(url) = &self.notified.slack else {
            return Vec::new();
        };
        let message = match reports {
            [report] => report
                .intention()
                .map(|intention| slack::started(report, &intention)),
            _ => slack_of_several::started(reports),
        };
        let Some(message) = message else {
            return Vec::new();
        };
        let failed = self.tell_slack(url, &message, LIMIT).await;
        failed.into_iter().collect()
    }

    /// Tells how the runs ended, within this time. A sentence for each channel that failed.
    ///
    /// Nobody hears of a dry run, nor of a rollback that has not found its service. Of a check only Slack hears, and only
    /// where something is in the way; of the other modes nobody does.
    pub(crate) async fn ended(&self, reports: &[Report], within: Duration) -> Vec<String> {
        let ended = self.conclude(reports);
        let Some(first) = ended.first() else {
            return Vec::new();
        };
        let within = within.min(LIMIT);
        let asked = &first.report.asked;
        match asked.mode {
            _ if asked.dry_run => Vec::new(),
            Mode::Rollback if reports.iter().any(|report| report.before.is_some()) => {
                self.end_everywhere(reports, &ended, within).await
            }
            Mode::Check if has_obstacle(&ended) => {
                let failed = self.end_slack(reports, &ended, within).await;
                failed.into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn conclude<'r>(&'r self, reports: &'r [Report]) -> Vec<Ended<'r>> {
        let mut ended = Vec::new();
        for (report, marker) in reports.iter().zip(&self.markers) {
            if let Some(conclusion) = report.conclusion(self.clock.now()) {
                ended.push(Ended {
                    report,
                    conclusion,
                    marker,
                });
            }
        }
        ended
    }

    async fn end_everywhere(
        &self,
        reports: &[Report],
        ended: &[Ended<'_>],
        within: Duration,
    ) -> Vec<String> {
        let (slack, topic, webhook) = join3(
            self.end_slack(reports, ended, within),
            self.end_topic(reports, ended, within),
            self.end_webhook(ended, within),
        )
        .await;
        [slack, topic]
            .into_iter()
            .flatten()
            .chain(webhook)
            .collect()
    }

    async fn end_slack(
        &self,
        reports: &[Report],
        ended: &[Ended<'_>],
        within: Duration,
    ) -> Option<String> {
        let url = self.notified.slack.as_ref()?;
        let message = match ended {
            [one] => slack::ended(one.report, &one.conclusion),
            _ => slack_of_several::ended(reports)?,
        };
        self.tell_slack(url, &message, within).await
    }

    async fn tell_slack(&self, url: &HookUrl, message: &Value, within: Duration) -> Option<String> {
        let headers = [("content-type", "application/json".to_owned())];
        let body = message.to_string().into_bytes();
        let began = self.clock.elapsed();
        // The message at the start may still be on its way.
        let _turn = tokio::time::timeout(within / 2, self.slack_turn.lock()).await;
        let left = within.saturating_sub(self.clock.elapsed() - began);
        let delivery = self.delivery(Channel::Slack, left);
        delivery.post(self.http(), url, &headers, &body).await
    }

    async fn end_topic(
        &self,
        reports: &[Report],
        ended: &[Ended<'_>],
        within: Duration,
    ) -> Option<String> {
        let topic = self.notified.topic.as_ref()?;
        let first = ended.first()?;
        let message = match ended {
            [one] => topic::message(one.report, &one.conclusion),
            _ => topic::message_of_several(reports)?,
        };
        let message = topic::addressed(message, topic, first.report, first.marker);
        let delivery = self.delivery(Channel::Topic, within);
        delivery.publish(self.aws, topic, &message).await
    }

    /// One event for each service; of those that failed, one sentence speaks for all.
    async fn end_webhook(&self, ended: &[Ended<'_>], within: Duration) -> Option<String> {
        let webhook = self.notified.webhook.as_ref()?;
        let until = self.clock.elapsed() + within;
        let events = stream::iter(ended)
            .map(async |ended| {
                // Those that wait for others have less time: it is for all of them.
                let left = until.saturating_sub(self.clock.elapsed());
                self.send_event(webhook, ended, left).await
            })
            .buffered(EVENTS_AT_ONCE);
        let told: Vec<Option<String>> = events.collect().await;
        let failed: Vec<String> = told.into_iter().flatten().collect();
        let more = failed.len().saturating_sub(1);
        let first = failed.into_iter().next()?;
        Some(match more {
            0 => first,
            more => format!("{first} (and {more} more events)"),
        })
    }

    async fn send_event(
        &self,
        webhook: &Webhook,
        ended: &Ended<'_>,
        within: Duration,
    ) -> Option<String> {
        let Ended {
            report,
            conclusion,
            marker,
        } = ended;
        let event = event::cloud_event(report, conclusion, marker, self.clock.now());
        let body = event.to_string().into_bytes();
        let mut headers = vec![("content-type", event::CONTENT_TYPE.to_owned())];
        if let Some(secret) = &webhook.secret {
            headers.push((signature::HEADER, signature::sign(secret, &body)));
        }
        let delivery = self.delivery(Channel::Webhook, within);
        delivery
            .post(self.http(), &webhook.url, &headers, &body)
            .await
    }

    fn delivery(&self, channel: Channel, within: Duration) -> Delivery {
        Delivery {
            channel,
            clock: self.clock,
            within,
        }
    }

    fn http(&self) -> &Client {
        &self.aws.http
    }
}

fn has_obstacle(ended: &[Ended<'_>]) -> bool {
    let mut outcomes = ended.iter().map(|ended| ended.conclusion.outcome);
    outcomes.any(|outcome| outcome == Outcome::NotReady)
}
