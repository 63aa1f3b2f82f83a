//! Services that ECS deploys by itself: each strategy from start to end.

use serde_json::{Value, json};

use super::super::stage::{self, Native1};
use super::super::{Crash, ImageSpec, Strategy};
use super::{ask, at, refused};
use crate::aws::{AwsError, Service};

impl Native1 {
    pub(super) fn ecs(&mut self, operation: &str, input: Value, seconds: u64) -> Value {
        ask(&mut self.world, Service::Ecs, operation, input, seconds)
    }

    pub(super) fn ecs_refuses(&mut self, operation: &str, input: Value, seconds: u64) -> AwsError {
        refused(&mut self.world, Service::Ecs, operation, input, seconds)
    }

    /// UpdateService to the release's task definition; the service deployment's ARN.
    pub(super) fn update(&mut self, release: usize, seconds: u64) -> String {
        let input = self.updating(release);
        let answer = self.ecs("UpdateService", input, seconds);
        answer["service"]["currentServiceDeployment"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub(super) fn updating(&self, release: usize) -> Value {
        let task_definition = &self.releases[release].task_definition;
        json!({ "cluster": "prod", "service": "web1", "taskDefinition": task_definition })
    }

    pub(super) fn described(&mut self, arn: &str, seconds: u64) -> Value {
        let input = json!({ "serviceDeploymentArns": [arn] });
        self.ecs("DescribeServiceDeployments", input, seconds)["serviceDeployments"][0].take()
    }

    pub(super) fn status(&mut self, arn: &str, seconds: u64) -> String {
        self.described(arn, seconds)["status"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Status and lifecycle stage.
    pub(super) fn stage(&mut self, arn: &str, seconds: u64) -> (String, String) {
        let found = self.described(arn, seconds);
        let text = |member: &str| found[member].as_str().unwrap_or_default().to_owned();
        (text("status"), text("lifecycleStage"))
    }

    pub(super) fn service(&mut self, seconds: u64) -> Value {
        let input = json!({ "cluster": "prod", "services": ["web1"] });
        self.ecs("DescribeServices", input, seconds)["services"][0].take()
    }

    /// Releases with their share of the traffic, the largest first.
    pub(super) fn serving(&mut self, seconds: u64) -> Vec<(usize, f64)> {
        self.world.advance(at(seconds));
        let release = |digest: Option<String>| {
            self.releases
                .iter()
                .position(|release| Some(&release.digest) == digest.as_ref())
                .unwrap()
        };
        let serving = self.world.serving("prod", "web1");
        serving
            .into_iter()
            .map(|part| (release(part.digest), part.weight))
            .collect()
    }

    /// Makes the tasks of a release crash, whatever image they run.
    pub(super) fn breaks(&mut self, release: usize) {
        let arn = self.releases[release].task_definition.clone();
        self.world.crash_task_definition(
            &arn,
            Crash {
                exit_code: Some(1),
                reason: "broken".into(),
            },
        );
    }
}

#[test]
fn rolling_replaces_task_by_task() {
    let mut web1 = stage::native1(Strategy::Rolling);
    assert_eq!(web1.serving(0), [(2, 100.0)]);
    let arn = web1.update(0, 0);
    assert_eq!(web1.status(&arn, 1), "PENDING");
    assert_eq!(
        web1.service(1)["taskDefinition"],
        web1.releases[0].task_definition.as_str()
    );

    let starting = web1.described(&arn, 30);
    assert_eq!(starting["status"], "IN_PROGRESS");
    assert_eq!(starting["targetServiceRevision"]["pendingTaskCount"], 2);
    assert_eq!(starting["sourceServiceRevisions"][0]["runningTaskCount"], 2);
    assert!(starting.get("lifecycleStage").is_none());
    assert_eq!(web1.serving(30), [(2, 100.0)]);
    assert_eq!(web1.serving(170), [(2, 50.0), (0, 50.0)]);
    let service = web1.service(170);
    let deployments = service["deployments"].as_array().unwrap();
    assert_eq!(
        (&deployments[0]["status"], &deployments[0]["rolloutState"]),
        (&json!("PRIMARY"), &json!("IN_PROGRESS"))
    );
    assert_eq!(
        (&deployments[1]["status"], &deployments[1]["runningCount"]),
        (&json!("ACTIVE"), &json!(1))
    );
    assert_eq!(service["currentServiceDeployment"], arn.as_str());
    assert_eq!(
        service["currentServiceRevisions"].as_array().unwrap().len(),
        2
    );
    assert_eq!(service["runningCount"], 3);

    assert_eq!(web1.serving(179), [(0, 100.0)]);
    assert_eq!(web1.status(&arn, 180), "SUCCESSFUL");
    let service = web1.service(180);
    assert_eq!(service["deployments"].as_array().unwrap().len(), 1);
    assert_eq!(service["deployments"][0]["rolloutState"], "COMPLETED");
    assert!(service.get("currentServiceDeployment").is_none());
    assert_eq!(
        service["events"][0]["message"],
        "(service web1) has reached a steady state."
    );
    let id = service["deployments"][0]["id"].clone();
    let tasks = web1.ecs(
        "ListTasks",
        json!({ "cluster": "prod", "startedBy": id }),
        180,
    );
    assert_eq!(tasks["taskArns"].as_array().unwrap().len(), 2);
    let ended = web1.described(&arn, 200);
    assert_eq!(ended["targetServiceRevision"]["runningTaskCount"], 2);
    assert_eq!(ended["sourceServiceRevisions"][0]["runningTaskCount"], 0);
}

#[test]
fn a_newer_rolling_deployment_supersedes_the_one_in_progress() {
    let mut web1 = stage::native1(Strategy::Rolling);
    let first = web1.update(0, 0);
    let second = web1.update(1, 170);
    assert_eq!(web1.status(&first, 171), "STOPPED");
    assert_eq!(
        web1.described(&second, 200)["sourceServiceRevisions"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        web1.serving(200).iter().map(|part| part.1).sum::<f64>(),
        100.0
    );
    assert_eq!(web1.status(&second, 400), "SUCCESSFUL");
    assert_eq!(web1.serving(400), [(1, 100.0)]);
    assert_eq!(
        web1.service(400)["deployments"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn the_circuit_breaker_rolls_back_or_stops() {
    for (breaker, status, state) in [
        (Some(true), "ROLLBACK_SUCCESSFUL", "COMPLETED"),
        (Some(false), "STOPPED", "FAILED"),
    ] {
        for strategy in Strategy::ALL {
            let mut web1 =
                stage::native1_with(strategy, |spec| spec.native.circuit_breaker = breaker);
            web1.breaks(0);
            let arn = web1.update(0, 0);
            let trying = web1.described(&arn, 50);
            assert_eq!(trying["deploymentCircuitBreaker"]["status"], "MONITORING");
            assert_eq!(trying["deploymentCircuitBreaker"]["failureCount"], 2);
            let ended = web1.described(&arn, 600);
            assert_eq!(ended["status"], status);
            assert_eq!(ended["deploymentCircuitBreaker"]["status"], "TRIGGERED");
            assert_eq!(ended["rollback"].is_object(), breaker == Some(true));
            assert_eq!(web1.serving(600), [(2, 100.0)]);
            assert_eq!(web1.service(600)["deployments"][0]["rolloutState"], state);
        }
    }
}

#[test]
fn without_a_circuit_breaker_it_keeps_on_trying() {
    let mut web1 = stage::native1(Strategy::Rolling);
    web1.breaks(0);
    let arn = web1.update(0, 0);
    assert_eq!(web1.status(&arn, 3_600), "IN_PROGRESS");
    assert!(
        web1.service(3_600)["deployments"][0]["failedTasks"]
            .as_u64()
            .unwrap()
            > 50
    );
    let events = web1.service(3_600)["events"].to_string();
    assert!(events.contains("(service web1) is unable to consistently start tasks successfully"));
    assert_eq!(web1.serving(3_600), [(2, 100.0)]);
}

#[test]
fn a_rollback_can_fail_too() {
    let mut web1 = stage::native1_with(Strategy::Rolling, |spec| {
        spec.native.circuit_breaker = Some(true);
        spec.native.bake_minutes = 60;
        spec.native.alarms = vec!["web1-5xx".into()];
        spec.native.alarms_enabled = true;
    });
    let arn = web1.update(0, 0);
    assert_eq!(web1.serving(300), [(0, 100.0)]);
    assert_eq!(web1.status(&arn, 300), "IN_PROGRESS", "it bakes");
    web1.breaks(2);
    web1.world.set_alarm("web1-5xx", true);
    let back = web1.described(&arn, 305);
    assert_eq!(
        (&back["status"], &back["alarms"]["status"]),
        (&json!("ROLLBACK_IN_PROGRESS"), &json!("TRIGGERED"))
    );
    assert_eq!(
        back["rollback"]["serviceRevisionArn"],
        back["sourceServiceRevisions"][0]["arn"]
    );
    assert_eq!(web1.status(&arn, 900), "ROLLBACK_FAILED");
    assert_eq!(web1.serving(900), [(0, 100.0)]);
}

#[test]
fn a_rollback_that_failed_can_be_tried_again() {
    let mut web1 = stage::native1_with(Strategy::BlueGreen, |spec| {
        spec.native.circuit_breaker = Some(true)
    });
    let baking = web1.update(0, 0);
    web1.world.advance(at(300));
    let stopped = web1
        .world
        .ecs
        .tasks
        .values()
        .find(|task| task.serves())
        .unwrap()
        .id
        .clone();
    web1.breaks(0);
    web1.breaks(1);
    web1.breaks(2);
    // the old tasks are lost while they wait
    let old: Vec<String> = web1
        .world
        .ecs
        .tasks
        .values()
        .filter(|task| task.id != stopped)
        .map(|task| task.id.clone())
        .collect();
    old.iter().for_each(|id| {
        web1.world.ecs.tasks.remove(id);
    });
    web1.ecs(
        "StopServiceDeployment",
        json!({ "serviceDeploymentArn": baking }),
        300,
    );
    assert_eq!(web1.status(&baking, 900), "ROLLBACK_FAILED");
    web1.world.ecs.behaviors.clear();
    let next = web1.update(1, 900);
    web1.ecs(
        "StopServiceDeployment",
        json!({ "serviceDeploymentArn": next }),
        950,
    );
    assert_eq!(web1.status(&next, 1_400), "ROLLBACK_SUCCESSFUL");
    assert_eq!(web1.serving(1_400), [(2, 100.0)]);
}

#[test]
fn a_revision_holds_its_tasks_to_their_digests() {
    let mut web1 = stage::native1(Strategy::Rolling);
    let moved = web1.world.push_image(
        "web1",
        &["v1.2.0"],
        ImageSpec::single("linux", "amd64"),
        at(0),
    );
    let arn = web1.update(0, 0);
    web1.serving(176);
    web1.ecs(
        "StopServiceDeployment",
        json!({ "serviceDeploymentArn": arn }),
        176,
    );
    assert_eq!(
        web1.serving(600),
        [(2, 100.0)],
        "not what the tag is on now"
    );
    let revision = web1.described(&arn, 600)["rollback"]["serviceRevisionArn"].clone();
    let input = json!({ "serviceRevisionArns": [revision, "arn:aws:ecs:x"] });
    let found = web1.ecs("DescribeServiceRevisions", input, 600);
    assert_eq!(
        found["serviceRevisions"][0]["containerImages"][0]["imageDigest"],
        web1.releases[2].digest.as_str()
    );
    assert_eq!(found["failures"][0]["reason"], "MISSING");
    web1.ecs(
        "UpdateService",
        json!({ "cluster": "prod", "service": "web1", "forceNewDeployment": true }),
        700,
    );
    web1.world.advance(at(1_000));
    assert_eq!(
        web1.world.serving("prod", "web1")[0].digest,
        Some(moved),
        "a new revision resolves it anew"
    );
}
