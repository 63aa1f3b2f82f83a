//! One function per AWS operation, domain types in and out. Only this folder names SDK crates.

mod calls;
mod clients;
pub(crate) mod codedeploy;
mod credentials;
pub(crate) mod ecr;
pub(crate) mod ecs;
pub(crate) mod failure;
pub(crate) mod logs;
mod operation;
mod retries;
mod settings;
pub(crate) mod sns;
mod sources;
mod together;
mod witness;

use std::{fmt::Display, time::Duration};

use aws_config::SdkConfig;
use aws_smithy_types::{DateTime, retry::RetryConfig};
use futures_util::future::try_join_all;
use time::OffsetDateTime;

pub use aws_sdk_ecs::config::Credentials;
pub(crate) use calls::CallLog;
pub(crate) use credentials::credentials;
pub(crate) use ecr::Tagged;
pub use failure::FOR_ALL_RESOURCES;
pub(crate) use failure::{Failure, Fault};
pub(crate) use operation::Operation;
pub use settings::Connection;

use crate::{http, names::TaskDefinitionArn, outside::OutsideText, report::data::AwsCall};
use clients::{Own, PerRegion};
use together::{Call, Means, Together, Turns};
use witness::Witness;

/// Services of a run that are many.
const MANY: usize = 10;

/// The clients, made once for the run.
pub(crate) struct Aws {
    ecs: aws_sdk_ecs::Client,
    /// One attempt: no write has an idempotency token, so the caller looks before it sends one again.
    ecs_once: aws_sdk_ecs::Client,
    codedeploy: aws_sdk_codedeploy::Client,
    /// The same for CodeDeploy.
    codedeploy_once: aws_sdk_codedeploy::Client,
    /// An image may come from another region than the service's.
    ecr: PerRegion<aws_sdk_ecr::Client>,
    /// The log of a container may go to another region, too.
    logs: PerRegion<aws_sdk_cloudwatchlogs::Client>,
    /// A topic may be in another region as well. One attempt: a message has no idempotency token.
    sns_once: PerRegion<aws_sdk_sns::Client>,
    config: SdkConfig,
    own: Own,
    together: Together,
    /// For what is not the AWS API.
    pub http: http::Client,
}

impl Aws {
    /// `calls` notes each call, where somebody wants to see them.
    pub(crate) fn new(connection: &Connection, calls: Option<CallLog>) -> Self {
        Self::with(connection, &connection.config, Together::new(None), calls)
    }

    /// For the runs of several services at the same time: what they read at almost the same time is one call where AWS
    /// has one for it, identical reads are sent once, the number of reads in flight is bounded, and no more is sent than
    /// AWS's rates allow.
    pub(crate) fn for_several(
        connection: &Connection,
        calls: Option<CallLog>,
        services: usize,
    ) -> Self {
        let means = Means::of(services, connection.clock);
        let config = means.traffic.watch(&connection.config);
        let together = Together::new(Some(&means));
        Self::with(connection, &config, together, calls)
    }

    fn with(
        connection: &Connection,
        config: &SdkConfig,
        together: Together,
        calls: Option<CallLog>,
    ) -> Self {
        let own = Own {
            // One budget for all clients: what one of them uses up, the others must not spend again.
            retries: retries::budget(),
            witness: Witness {
                clock: connection.clock,
                source: connection.sources.used(),
            },
            calls,
        };
        let (ecs, codedeploy) = (own.ecs(config), own.codedeploy(config));
        let once = RetryConfig::disabled();
        let ecs_once = ecs.clone().retry_config(once.clone());
        let codedeploy_once = codedeploy.clone().retry_config(once);
        Self {
            ecs: aws_sdk_ecs::Client::from_conf(ecs.build()),
            ecs_once: aws_sdk_ecs::Client::from_conf(ecs_once.build()),
            codedeploy: aws_sdk_codedeploy::Client::from_conf(codedeploy.build()),
            codedeploy_once: aws_sdk_codedeploy::Client::from_conf(codedeploy_once.build()),
            // Which regions the images and the logs are in shows only in the task definitions.
            ecr: PerRegion::new(),
            logs: PerRegion::new(),
            sns_once: PerRegion::new(),
            config: config.clone(),
            own,
            together,
            http: connection.http.clone(),
        }
    }

    /// How many runs there are: one for each service.
    pub(crate) fn services_at_once(&self) -> usize {
        self.together.services_at_once
    }

    /// Whether there are other runs: then a call that all of them make counts many times.
    pub(crate) fn is_shared(&self) -> bool {
        self.together.services_at_once > 1
    }

    /// Whether there are so many that it is worth a little time to have one call for all of them.
    pub(crate) fn is_for_many(&self) -> bool {
        self.together.services_at_once >= MANY
    }

    /// Waits until the operation may be called.
    async fn turn(&self, operation: Operation) {
        self.together.turns.take(operation).await;
    }

    /// The calls that were noted since the last time.
    pub(crate) fn take_calls(&self) -> Vec<AwsCall> {
        match &self.own.calls {
            Some(calls) => calls.take(),
            None => Vec::new(),
        }
    }
}

/// Reads `all` in batches of `size`, all batches at the same time.
async fn in_batches<Key: Clone, Found>(
    all: &[Key],
    size: usize,
    read: impl AsyncFn(Vec<Key>) -> Result<Vec<Found>, Failure>,
) -> Result<Vec<Found>, Failure> {
    // A future does nothing before it is awaited, so all start together.
    let reads = all.chunks(size).map(|batch| read(batch.to_vec()));
    let batches = try_join_all(reads).await?;
    Ok(batches.into_iter().flatten().collect())
}

/// Converts every member of a list; AWS leaves an empty one out. What cannot be converted is left out too.
fn convert<List: IntoIterator, To>(
    list: Option<List>,
    from: impl Fn(List::Item) -> Option<To>,
) -> Vec<To> {
    list.into_iter().flatten().filter_map(from).collect()
}

/// A word of AWS's, such as a status; empty where AWS does not say it.
fn word(word: Option<impl Display>) -> String {
    match word {
        Some(word) => word.to_string(),
        None => String::new(),
    }
}

/// Text for people; none where AWS has none.
fn text(text: Option<String>) -> Option<OutsideText> {
    let text = OutsideText::new(text?);
    (!text.is_empty()).then_some(text)
}

fn alarm_names(names: Vec<String>) -> Vec<OutsideText> {
    names.into_iter().map(OutsideText::new).collect()
}

fn task_definition_arn(arn: Option<String>) -> Option<TaskDefinitionArn> {
    TaskDefinitionArn::parse(&arn?)
}

fn minutes(number: i32) -> Duration {
    Duration::from_secs(u64::from(count(number)) * 60)
}

/// AWS's counts are signed, but never negative.
fn count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

fn timestamp(at: Option<DateTime>) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(at?.as_nanos()).ok()
}

fn date_time(at: OffsetDateTime) -> DateTime {
    DateTime::from_secs(at.unix_timestamp())
}

#[cfg(test)]
mod tests;
