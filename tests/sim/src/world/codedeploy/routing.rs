//! Deployment configurations: how fast traffic moves, by the names that AWS gives them.

use serde_json::{Value, json};

use super::super::World;
use super::super::input::required;
use super::super::time::{MINUTE, Ms, stamp};
use crate::aws::{Answer, AwsError};

/// Percent and minutes of each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Routing {
    AllAtOnce,
    Canary { percent: u32, minutes: u32 },
    Linear { percent: u32, minutes: u32 },
}

impl Routing {
    /// Reads `…Canary10Percent5Minutes`, `…Linear10PercentEvery1Minutes`; everything else is all at once.
    pub(crate) fn of(name: &str) -> Self {
        let step = |word: &str, between: &str| -> Option<(u32, u32)> {
            let (_, rest) = name.split_once(word)?;
            let (percent, rest) = rest.split_once(between)?;
            let (minutes, _) = rest.split_once("Minutes")?;
            Some((percent.parse().ok()?, minutes.parse().ok()?))
        };
        if let Some((percent, minutes)) = step("Canary", "Percent") {
            return Self::Canary { percent, minutes };
        }
        if let Some((percent, minutes)) = step("Linear", "PercentEvery") {
            return Self::Linear {
                percent: percent.max(1),
                minutes,
            };
        }
        Self::AllAtOnce
    }

    /// The weights after the first shift, with the time since it.
    pub(crate) fn weights(self) -> Vec<(Ms, f64)> {
        let minutes = |minutes: u32| Ms::from(minutes) * MINUTE;
        match self {
            Self::AllAtOnce => vec![(0, 100.0)],
            Self::Canary {
                percent,
                minutes: wait,
            } => vec![(0, f64::from(percent)), (minutes(wait), 100.0)],
            Self::Linear {
                percent,
                minutes: every,
            } => {
                let steps = 100_u32.div_ceil(percent);
                (1..=steps)
                    .map(|nth| {
                        (
                            minutes(every * (nth - 1)),
                            f64::from((nth * percent).min(100)),
                        )
                    })
                    .collect()
            }
        }
    }

    fn json(self) -> Value {
        match self {
            Self::AllAtOnce => json!({ "type": "AllAtOnce" }),
            Self::Canary { percent, minutes } => json!({
                "type": "TimeBasedCanary",
                "timeBasedCanary": { "canaryPercentage": percent, "canaryInterval": minutes },
            }),
            Self::Linear { percent, minutes } => json!({
                "type": "TimeBasedLinear",
                "timeBasedLinear": { "linearPercentage": percent, "linearInterval": minutes },
            }),
        }
    }
}

const AWS_OWN: [&str; 5] = [
    "CodeDeployDefault.ECSAllAtOnce",
    "CodeDeployDefault.ECSCanary10Percent5Minutes",
    "CodeDeployDefault.ECSCanary10Percent15Minutes",
    "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
    "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
];

impl World {
    /// A configuration of the account's own; its name says what it does, as AWS's do.
    pub fn add_deployment_config(&mut self, name: &str) {
        self.codedeploy.configs.insert(name.to_owned());
    }

    pub(super) fn known_config(&self, name: &str) -> Result<(), AwsError> {
        if AWS_OWN.contains(&name) || self.codedeploy.configs.contains(name) {
            return Ok(());
        }
        Err(AwsError::client(
            "DeploymentConfigDoesNotExistException",
            format!("No deployment configuration found by name: {name}"),
        ))
    }

    pub(super) fn get_deployment_config(&self, input: &Value) -> Answer {
        let name = required(input, "deploymentConfigName")?;
        self.known_config(name)?;
        Ok(json!({ "deploymentConfigInfo": {
            "deploymentConfigId": "00000000-0000-0000-0000-000000000000",
            "deploymentConfigName": name,
            "computePlatform": "ECS",
            "createTime": stamp(1_543_276_800_000),
            "trafficRoutingConfig": Routing::of(name).json(),
        } }))
    }
}
