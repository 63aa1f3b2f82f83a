//! What a task set was made with: what an AppSpec says stays, and what it leaves out is gone.

use serde_json::{Value, json};

use super::super::appspec::{self, Settings};
use super::super::ecs::{CapacityProvider, MadeWith, Network};
use super::super::stage::Web1;
use super::super::{Controller, Outcome, Past, ServiceSpec, Strategy, stage};
use super::{ask, at, refused};
use crate::aws::Service;

fn spot() -> MadeWith {
    MadeWith {
        capacity_providers: vec![
            CapacityProvider::new("FARGATE", 1, 1),
            CapacityProvider::new("FARGATE_SPOT", 0, 4),
        ],
        platform_version: Some("1.3.0".to_owned()),
        network: Network {
            subnets: vec!["subnet-0a".to_owned()],
            security_groups: vec!["sg-0c".to_owned()],
            public_ip: true,
        },
    }
}

fn on_spot() -> Web1 {
    stage::web1_with(|spec| spec.made_with = spot())
}

fn deploy(web1: &mut Web1, settings: &Settings) -> String {
    let content = appspec::write_with(&web1.old(), ("web1", 8080), &[], settings);
    let revision =
        json!({ "revisionType": "AppSpecContent", "appSpecContent": { "content": content } });
    let old = web1.old();
    web1.create(&old, &[], json!({ "revision": revision }), 0)
}

fn service(web1: &mut Web1, seconds: u64) -> Value {
    let input = json!({ "cluster": "prod", "services": ["web1"] });
    ask(
        &mut web1.world,
        Service::Ecs,
        "DescribeServices",
        input,
        seconds,
    )["services"][0]
        .take()
}

#[test]
fn the_first_task_set_has_what_create_service_gave_it() {
    let mut web1 = stage::web1();
    let fresh = ServiceSpec {
        made_with: spot(),
        ..ServiceSpec::new("prod", "fresh", &web1.current(), "web1")
    };
    web1.world.create_blue_green_service(&fresh, at(0));
    let input = json!({ "cluster": "prod", "services": ["fresh"] });
    let mut found = ask(&mut web1.world, Service::Ecs, "DescribeServices", input, 0);
    let found = found["services"][0].take();
    let strategy = json!([
        { "capacityProvider": "FARGATE", "base": 1, "weight": 1 },
        { "capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 4 },
    ]);
    for described in [&found, &found["taskSets"][0]] {
        assert_eq!(described["capacityProviderStrategy"], strategy);
        assert!(described.get("launchType").is_none());
        assert_eq!(described["platformVersion"], "1.3.0");
        assert_eq!(
            described["networkConfiguration"]["awsvpcConfiguration"],
            json!({ "subnets": ["subnet-0a"], "securityGroups": ["sg-0c"], "assignPublicIp": "ENABLED" })
        );
    }
    assert!(found["taskSets"][0].get("externalId").is_none());
    let listed = ask(
        &mut web1.world,
        Service::Ecs,
        "ListTasks",
        json!({ "cluster": "prod", "serviceName": "fresh" }),
        0,
    );
    let input = json!({ "cluster": "prod", "tasks": listed["taskArns"] });
    let tasks = ask(&mut web1.world, Service::Ecs, "DescribeTasks", input, 0);
    let tasks = tasks["tasks"].as_array().unwrap();
    let mut providers: Vec<_> = tasks
        .iter()
        .map(|task| task["capacityProviderName"].as_str().unwrap())
        .collect();
    providers.sort_unstable();
    assert_eq!(providers, ["FARGATE", "FARGATE_SPOT"]);
    assert_eq!(tasks[0]["platformVersion"], "1.3.0");
}

#[test]
fn what_an_appspec_says_the_new_task_set_has() {
    let mut web1 = on_spot();
    let key = web1.service.clone();
    assert_eq!(
        web1.world.made_with(&key),
        Some(&spot()),
        "each release kept it"
    );
    let id = deploy(&mut web1, &Settings::of(&spot()));
    assert_eq!(
        service(&mut web1, 200)["capacityProviderStrategy"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(web1.world.made_with_by(&key, &id), Some(&spot()));
    assert_eq!(web1.world.made_with(&key), Some(&spot()));
}

#[test]
fn an_appspec_without_them_takes_the_capacity_providers_away() {
    let mut web1 = on_spot();
    let key = web1.service.clone();
    let id = deploy(&mut web1, &Settings::default());
    let stripped = MadeWith {
        network: spot().network,
        ..MadeWith::default()
    };
    assert!(
        service(&mut web1, 60).get("launchType").is_none(),
        "still the old task set"
    );
    assert_eq!(web1.world.made_with_by(&key, &id), Some(&stripped));
    let found = service(&mut web1, 200);
    assert_eq!(
        (&found["launchType"], &found["platformVersion"]),
        (&json!("FARGATE"), &json!("1.4.0"))
    );
    assert!(found.get("capacityProviderStrategy").is_none());
    web1.codedeploy(
        "StopDeployment",
        json!({ "deploymentId": id, "autoRollbackEnabled": true }),
        300,
    );
    web1.world.advance(at(320));
    assert_eq!(
        web1.world.made_with(&key),
        Some(&spot()),
        "the old task set is as it was"
    );
}

#[test]
fn a_network_of_its_own_is_used() {
    let mut web1 = stage::web1();
    let key = web1.service.clone();
    let settings = Settings {
        network: Some(spot().network),
        ..Settings::default()
    };
    let id = deploy(&mut web1, &settings);
    web1.world.advance(at(60));
    assert_eq!(
        web1.world.made_with_by(&key, &id).unwrap().network,
        spot().network
    );
    assert_eq!(
        web1.world.made_with(&key).unwrap().network,
        Network::default()
    );
}

#[test]
fn a_past_appspec_can_be_given_word_for_word() {
    let mut web1 = on_spot();
    let key = web1.service.clone();
    let content = appspec::write(&web1.old(), "web1", 8080, &[], None);
    let past = Past {
        appspec: Some(content.clone()),
        ..Past::new(
            &web1.old(),
            at(0) - std::time::Duration::from_secs(900),
            Outcome::Succeeded,
        )
    };
    let id = web1.world.past_deployment(&key, &past);
    assert!(
        web1.world
            .made_with(&key)
            .unwrap()
            .capacity_providers
            .is_empty()
    );
    let location = web1.deployment(&id, 0)["revision"].take();
    let input = json!({ "applicationName": web1.application, "revision": location });
    let found = web1.codedeploy("GetApplicationRevision", input, 0);
    assert_eq!(
        found["revision"]["appSpecContent"]["content"],
        content.as_str()
    );
}

#[test]
fn a_row_without_a_provider_is_refused() {
    let mut web1 = stage::web1();
    let old = web1.old();
    let content = appspec::write_with(&old, ("web1", 8080), &[], &Settings::of(&spot()));
    let content = content.replace("\"CapacityProvider\":", "\"Provider\":");
    let revision =
        json!({ "revisionType": "AppSpecContent", "appSpecContent": { "content": content } });
    let input = web1.creation(&old, &[], json!({ "revision": revision }));
    let error = refused(
        &mut web1.world,
        Service::CodeDeploy,
        "CreateDeployment",
        input,
        0,
    );
    assert_eq!(error.code, "InvalidRevisionException");
}

#[test]
fn a_service_that_ecs_deploys_keeps_them() {
    let mut web1 = stage::native1_with(Strategy::Rolling, |spec| {
        spec.controller = Controller::Ecs;
        spec.made_with = spot();
    });
    let arn = web1.update(0, 0);
    let found = web1.service(300);
    assert_eq!(
        found["deployments"][0]["capacityProviderStrategy"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let revision = web1.described(&arn, 300)["targetServiceRevision"]["arn"].clone();
    let input = json!({ "serviceRevisionArns": [revision] });
    let found = web1.ecs("DescribeServiceRevisions", input, 300);
    assert_eq!(found["serviceRevisions"][0]["platformVersion"], "1.3.0");
}
