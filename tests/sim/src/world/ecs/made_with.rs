//! What a task set was made with beside its task definition: capacity providers, platform version and network.

use serde_json::{Value, json};

use super::super::input::put;

/// One row of a capacity provider strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapacityProvider {
    /// For example `FARGATE_SPOT`.
    pub name: String,
    pub base: u32,
    pub weight: u32,
}

impl CapacityProvider {
    pub fn new(name: &str, base: u32, weight: u32) -> Self {
        Self {
            name: name.to_owned(),
            base,
            weight,
        }
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "capacityProvider": self.name, "base": self.base, "weight": self.weight })
    }
}

/// Where the tasks' network interfaces are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    pub subnets: Vec<String>,
    pub security_groups: Vec<String>,
    pub public_ip: bool,
}

impl Default for Network {
    fn default() -> Self {
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
        Self {
            subnets: texts(&["subnet-0a1b2c3d", "subnet-4e5f6a7b"]),
            security_groups: texts(&["sg-0123abcd"]),
            public_ip: false,
        }
    }
}

impl Network {
    fn json(&self) -> Value {
        json!({ "awsvpcConfiguration": {
            "subnets": self.subnets,
            "securityGroups": self.security_groups,
            "assignPublicIp": self.public_ip(),
        } })
    }

    pub(crate) fn public_ip(&self) -> &'static str {
        if self.public_ip {
            "ENABLED"
        } else {
            "DISABLED"
        }
    }
}

/// What a service, and each of its task sets, was made with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MadeWith {
    /// None: no strategy, so the launch type is `FARGATE`.
    pub capacity_providers: Vec<CapacityProvider>,
    /// As it was asked for; None is `LATEST`.
    pub platform_version: Option<String>,
    pub network: Network,
}

/// What `LATEST` is.
const LATEST: &str = "1.4.0";

impl MadeWith {
    /// The platform version that the tasks really have.
    pub fn platform(&self) -> &str {
        match self.platform_version.as_deref() {
            None | Some("LATEST") => LATEST,
            Some(version) => version,
        }
    }

    /// Adds what ECS says of it: a launch type, or a capacity provider strategy in its place.
    pub(super) fn describe(&self, answer: &mut Value) {
        let strategy: Vec<Value> = self
            .capacity_providers
            .iter()
            .map(CapacityProvider::json)
            .collect();
        put(
            answer,
            "launchType",
            strategy.is_empty().then_some("FARGATE"),
        );
        put(
            answer,
            "capacityProviderStrategy",
            (!strategy.is_empty()).then_some(strategy),
        );
        put(answer, "platformVersion", Some(self.platform()));
        put(answer, "platformFamily", Some("Linux"));
        put(answer, "networkConfiguration", Some(self.network.json()));
    }

    /// Where the task with this number runs: the strategy's bases first, then the provider with the most weight.
    pub(super) fn provider_of(&self, nth: u32) -> Option<&str> {
        let mut left = nth;
        for provider in &self.capacity_providers {
            if left < provider.base {
                return Some(&provider.name);
            }
            left -= provider.base;
        }
        let heaviest = self
            .capacity_providers
            .iter()
            .max_by_key(|provider| provider.weight);
        heaviest.map(|provider| provider.name.as_str())
    }
}
