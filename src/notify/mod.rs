//! Who is told outside of the runner: Slack, an SNS topic, and a webhook that gets an event.
//!
//! Each channel has its own time, all are told at once, and one that fails is a warning. The report that is told was
//! cleaned of secrets already; each message makes its texts harmless for its own place.

mod delivery;
mod event;
mod signature;
mod slack;
#[cfg(test)]
mod tests;
mod topic;

use std::time::Duration;

use futures_util::future::join3;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::{
    aws::Aws,
    clock::Clock,
    domain::mode::Mode,
    http::Client,
    inputs::{HookUrl, Notified},
    report::{
        data::{Outcome, Report},
        sentences::Conclusion,
    },
};
use delivery::{Channel, Delivery};

/// What a channel gets, its second try included.
const LIMIT: Duration = Duration::from_secs(10);

/// Tells a run to the channels that its inputs name.
pub(crate) struct Notifier<'a> {
    pub notified: &'a Notified,
    pub aws: &'a Aws,
    pub clock: Clock,
    /// The run's own, which no other run has.
    pub marker: &'a str,
    /// One message to Slack at a time: that at the start comes first, also in a run that is over at once.
    pub slack_turn: &'a Mutex<()>,
}

impl Notifier<'_> {
    /// Tells that a rollback begins, once there is a plan that writes something. A sentence for each channel that
    /// failed.
    pub(crate) async fn started(&self, report: &Report) -> Vec<String> {
        let Some(url) = &self.notified.slack else {
            return Vec::new();
        };
        let Some(intention) = report.intention() else {
            return Vec::new();
        };
        let message = slack::started(report, &intention);
        let failed = self.tell_slack(url, &message, LIMIT).await;
        failed.into_iter().collect()
    }

    /// Tells how the run ended, within this time. A sentence for each channel that failed.
    ///
    /// Nobody hears of a dry run, nor of a rollback that has not found its service. Of a check only Slack hears, and only
    /// where something is in the way; of the other modes nobody does.
    pub(crate) async fn ended(&self, report: &Report, within: Duration) -> Vec<String> {
        let Some(conclusion) = report.conclusion(self.clock.now()) else {
            return Vec::new();
        };
        let within = within.min(LIMIT);
        match report.asked.mode {
            _ if report.asked.dry_run => Vec::new(),
            Mode::Rollback if report.before.is_some() => {
                self.end_everywhere(report, &conclusion, within).await
            }
            Mode::Check if conclusion.outcome == Outcome::NotReady => {
                let failed = self.end_slack(report, &conclusion, within).await;
                failed.into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    async fn end_everywhere(
        &self,
        report: &Report,
        conclusion: &Conclusion,
        within: Duration,
    ) -> Vec<String> {
        let (slack, topic, webhook) = join3(
            self.end_slack(report, conclusion, within),
            self.end_topic(report, conclusion, within),
            self.end_webhook(report, conclusion, within),
        )
        .await;
        [slack, topic, webhook].into_iter().flatten().collect()
    }

    async fn end_slack(
        &self,
        report: &Report,
        conclusion: &Conclusion,
        within: Duration,
    ) -> Option<String> {
        let url = self.notified.slack.as_ref()?;
        let message = slack::ended(report, conclusion);
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
        report: &Report,
        conclusion: &Conclusion,
        within: Duration,
    ) -> Option<String> {
        let topic = self.notified.topic.as_ref()?;
        let message = topic::message(report, conclusion);
        let message = topic::addressed(message, topic, report, self.marker);
        let delivery = self.delivery(Channel::Topic, within);
        delivery.publish(self.aws, topic, &message).await
    }

    async fn end_webhook(
        &self,
        report: &Report,
        conclusion: &Conclusion,
        within: Duration,
    ) -> Option<String> {
        let webhook = self.notified.webhook.as_ref()?;
        let event = event::cloud_event(report, conclusion, self.marker, self.clock.now());
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
