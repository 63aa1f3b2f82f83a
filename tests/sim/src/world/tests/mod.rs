//! The world's stories, told through its operations.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::World;
use super::stage::{START, Web1};
use crate::aws::{AwsError, Service};

mod appspecs;
mod clusters;
mod failures;
mod groups;
mod history;
mod image_rules;
mod images;
mod lifecycle;
mod limits;
mod made_with;
mod moves;
mod native;
mod native_early;
mod native_history;
mod native_lag;
mod native_random;
mod native_refusals;
mod native_shifts;
mod random;
mod reads;
mod registering;
mod retagging;
mod rollbacks;
mod several;
mod shape;
mod stopped;
mod task_definitions;
mod topics;
mod traffic;
mod unusual;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(START + seconds)
}

/// Asks, and checks that AWS could have answered so.
fn ask(world: &mut World, service: Service, operation: &str, input: Value, seconds: u64) -> Value {
    let answer = world.call(service, operation, &input, at(seconds));
    let answer = answer.unwrap_or_else(|error| panic!("{operation} at {seconds} s: {error:?}"));
    shape::check_answer(service, operation, &answer);
    answer
}

/// Asks for something that AWS refuses.
fn refused(
    world: &mut World,
    service: Service,
    operation: &str,
    input: Value,
    seconds: u64,
) -> AwsError {
    let error = world
        .call(service, operation, &input, at(seconds))
        .expect_err("a refusal");
    shape::check_error(service, operation, &error);
    error
}

impl Web1 {
    /// CreateDeployment of a task definition, after so many seconds.
    fn create(
        &mut self,
        task_definition: &str,
        hooks: &[(&str, &str)],
        more: Value,
        seconds: u64,
    ) -> String {
        let input = self.creation(task_definition, hooks, more);
        let answer = ask(
            &mut self.world,
            Service::CodeDeploy,
            "CreateDeployment",
            input,
            seconds,
        );
        answer["deploymentId"].as_str().unwrap().to_owned()
    }

    fn creation(&self, task_definition: &str, hooks: &[(&str, &str)], more: Value) -> Value {
        let content = super::appspec::write(task_definition, "web1", 8080, hooks, None);
        let sha256 = super::ids::sha256(&content);
        let mut input = json!({
            "applicationName": self.application,
            "deploymentGroupName": self.deployment_group,
            "revision": {
                "revisionType": "AppSpecContent",
                "appSpecContent": { "content": content, "sha256": sha256 },
            },
        });
        for (member, value) in more.as_object().unwrap() {
            input[member] = value.clone();
        }
        input
    }

    fn codedeploy(&mut self, operation: &str, input: Value, seconds: u64) -> Value {
        ask(
            &mut self.world,
            Service::CodeDeploy,
            operation,
            input,
            seconds,
        )
    }

    fn deployment(&mut self, id: &str, seconds: u64) -> Value {
        self.codedeploy("GetDeployment", json!({ "deploymentId": id }), seconds)["deploymentInfo"]
            .take()
    }

    fn status(&mut self, id: &str, seconds: u64) -> String {
        self.deployment(id, seconds)["status"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    fn target(&mut self, id: &str, seconds: u64) -> Value {
        let input = json!({ "deploymentId": id, "targetId": "prod:web1" });
        self.codedeploy("GetDeploymentTarget", input, seconds)["deploymentTarget"]["ecsTarget"]
            .take()
    }

    /// What has begun, as `Install:InProgress`.
    fn events(&mut self, id: &str, seconds: u64) -> Vec<String> {
        let target = self.target(id, seconds);
        let events = target["lifecycleEvents"].as_array().unwrap();
        let begun = events.iter().filter(|event| event["status"] != "Pending");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        begun
            .map(|event| {
                format!(
                    "{}:{}",
                    text(&event["lifecycleEventName"]),
                    text(&event["status"])
                )
            })
            .collect()
    }

    /// Traffic by label, from the target.
    fn weight(&mut self, id: &str, label: &str, seconds: u64) -> f64 {
        let target = self.target(id, seconds);
        let sides = target["taskSetsInfo"].as_array().unwrap();
        sides
            .iter()
            .find(|side| side["taskSetLabel"] == label)
            .unwrap()["trafficWeight"]
            .as_f64()
            .unwrap()
    }

    fn serving(&self) -> Vec<(String, f64)> {
        let serving = self.world.serving("prod", "web1");
        serving
            .into_iter()
            .map(|part| (part.task_definition, part.weight))
            .collect()
    }

    fn old(&self) -> String {
        self.releases[0].task_definition.clone()
    }

    fn current(&self) -> String {
        self.releases[2].task_definition.clone()
    }
}
