//! The SDK's clients, with what each of them has of the run's own.

use std::sync::Mutex;

use aws_config::SdkConfig;
use aws_sdk_ecs::config::retry::RetryPartition;

use super::{calls::CallLog, retries::NotAnAnswer, witness::Witness};
use crate::names::Region;

/// What every client of the run has of the run's own.
pub(super) struct Own {
    pub(super) retries: RetryPartition,
    pub(super) witness: Witness,
    /// Of a run that is debugged.
    pub(super) calls: Option<CallLog>,
}

/// A function that begins a client's configuration. Each of the SDK's crates has a builder of its own, and no trait
/// says what they have in common.
macro_rules! configuration {
    ($name:ident, $sdk:ident) => {
        pub(super) fn $name(&self, config: &SdkConfig) -> $sdk::config::Builder {
            let builder = $sdk::config::Builder::from(config)
                .interceptor(self.witness.clone())
                .retry_classifier(NotAnAnswer)
                .retry_partition(self.retries.clone());
            match &self.calls {
                Some(calls) => builder.interceptor(calls.clone()),
                None => builder,
            }
        }
    };
}

impl Own {
    configuration!(ecs, aws_sdk_ecs);
    configuration!(codedeploy, aws_sdk_codedeploy);
    configuration!(ecr, aws_sdk_ecr);
    configuration!(logs, aws_sdk_cloudwatchlogs);
    configuration!(sns, aws_sdk_sns);
}

/// A client per region: the endpoint belongs to the region.
pub(super) struct PerRegion<Client>(Mutex<Vec<(Region, Client)>>);

impl<Client: Clone> PerRegion<Client> {
    pub(super) fn new() -> Self {
        Self(Mutex::default())
    }

    /// The region's client; the first time, `new` makes it from a configuration of that region.
    pub(super) fn client(
        &self,
        config: &SdkConfig,
        region: &Region,
        new: impl FnOnce(&SdkConfig) -> Client,
    ) -> Client {
        let mut clients = self.0.lock().expect("nothing panics with this lock");
        if let Some((_, client)) = clients.iter().find(|(of, _)| of == region) {
            return client.clone();
        }
        let config = config.to_builder();
        let config = config.region(aws_config::Region::new(region.to_string()));
        let client = new(&config.build());
        clients.push((region.clone(), client.clone()));
        client
    }
}
