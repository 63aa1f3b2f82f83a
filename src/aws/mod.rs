//! One function per AWS operation, domain types in and out. Only this folder names SDK crates.

pub mod codedeploy;
pub mod ecr;
pub mod ecs;
pub mod failure;
mod retries;
mod settings;

use std::sync::Mutex;

use aws_config::SdkConfig;
use aws_sdk_ecs::config::retry::RetryPartition;
use time::OffsetDateTime;

pub use aws_sdk_ecs::config::Credentials;
pub use failure::{Failure, Fault, Operation};
pub use settings::{Connection, credentials};

use crate::http;
use crate::names::Region;
use retries::NotAnAnswer;

/// The clients, made once for the run.
pub struct Aws {
    ecs: aws_sdk_ecs::Client,
    codedeploy: aws_sdk_codedeploy::Client,
    /// One per region: an image may come from another region than the service's.
    ecr: Mutex<Vec<(Region, aws_sdk_ecr::Client)>>,
    config: SdkConfig,
    retries: RetryPartition,
    /// For what is not the AWS API.
    pub http: http::Client,
}

impl Aws {
    pub fn new(connection: &Connection) -> Self {
        let Connection { config, http } = connection;
        let retries = retries::budget();
        let ecs = aws_sdk_ecs::config::Builder::from(config).retry_classifier(NotAnAnswer);
        let codedeploy =
            aws_sdk_codedeploy::config::Builder::from(config).retry_classifier(NotAnAnswer);
        Self {
            ecs: aws_sdk_ecs::Client::from_conf(ecs.retry_partition(retries.clone()).build()),
            codedeploy: aws_sdk_codedeploy::Client::from_conf(
                codedeploy.retry_partition(retries.clone()).build(),
            ),
            ecr: Mutex::new(Vec::new()),
            config: config.clone(),
            retries,
            http: http.clone(),
        }
    }
}

/// AWS's timestamps carry fractions that nobody needs beyond the nanosecond.
fn timestamp(at: Option<&aws_smithy_types::DateTime>) -> Option<OffsetDateTime> {
    at.and_then(|at| OffsetDateTime::from_unix_timestamp_nanos(at.as_nanos()).ok())
}

/// For the calls that take times.
fn date_time(at: OffsetDateTime) -> aws_smithy_types::DateTime {
    aws_smithy_types::DateTime::from_secs(at.unix_timestamp())
}
