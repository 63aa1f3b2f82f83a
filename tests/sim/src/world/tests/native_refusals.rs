//! Why ECS takes no new deployment: a revision that does not fit the service, and old tasks that stay.

use serde_json::{Value, json};

use super::super::stage::{self, Native1};
use super::super::{Held, PastService, ServiceOutcome, Strategy};
use super::at;

/// Registers v1.0.0's task definition with its first container changed.
fn register(web1: &mut Native1, change: impl FnOnce(&mut Value)) -> Value {
    let mut document = stage::task_definition("v1.0.0");
    change(&mut document["containerDefinitions"][0]);
    let arn = web1.world.register_task_definition(&document, at(0));
    json!({ "cluster": "prod", "service": "web1", "taskDefinition": arn })
}

#[test]
fn a_revision_without_the_load_balancers_container_or_port_is_refused() {
    for strategy in Strategy::ALL {
        let mut web1 = stage::native1(strategy);
        let update = register(&mut web1, |container| container["name"] = json!("app"));
        let error = web1.ecs_refuses("UpdateService", update, 0);
        assert_eq!(error.code, "InvalidParameterException");
        assert_eq!(
            error.message,
            "The container web1 does not exist in the task definition."
        );
        let update = register(&mut web1, |container| container["portMappings"] = json!([]));
        let error = web1.ecs_refuses("UpdateService", update, 0);
        assert_eq!(error.code, "InvalidParameterException");
        assert_eq!(
            error.message,
            "The container web1 did not have a container port 8080 defined."
        );
        assert_eq!(web1.serving(10), [(2, 100.0)]);
    }
}

#[test]
fn a_revision_without_a_port_of_service_connect_is_refused() {
    let mut web1 = stage::native1_with(Strategy::Rolling, |spec| {
        spec.service_connect = vec!["http".to_owned()]
    });
    let update = web1.updating(0);
    let error = web1.ecs_refuses("UpdateService", update, 0);
    assert_eq!(error.code, "InvalidParameterException");
    assert_eq!(
        error.message,
        "portName(http) does not refer to any named PortMapping in the task definition."
    );
    let update = register(&mut web1, |container| {
        container["portMappings"] = json!([{ "name": "http", "containerPort": 8080 }]);
    });
    web1.ecs("UpdateService", update, 0);
    let found = web1.service(300);
    let connect = &found["deployments"][0]["serviceConnectConfiguration"];
    assert_eq!(connect["services"][0]["portName"], "http");
}

#[test]
fn five_deployments_with_tasks_keep_a_sixth_off_until_they_drain() {
    for (held, event) in [
        (Held::Draining, "draining"),
        (Held::Protected, "protection"),
    ] {
        let mut web1 = stage::native1(Strategy::Rolling);
        let (key, old) = (
            web1.service.clone(),
            web1.releases[1].task_definition.clone(),
        );
        for nth in 0..4 {
            web1.world.leave_old_task(&key, &old, held, at(600 + nth));
        }
        let found = web1.service(10);
        let deployments = found["deployments"].as_array().unwrap();
        assert_eq!(deployments.len(), 5);
        let oldest = &deployments[1];
        assert_eq!(
            (&oldest["status"], &oldest["rolloutState"]),
            (&json!("ACTIVE"), &json!("COMPLETED"))
        );
        assert_eq!(
            (&oldest["desiredCount"], &oldest["runningCount"]),
            (&json!(0), &json!(1))
        );
        assert!(
            found["events"][0]["message"]
                .as_str()
                .unwrap()
                .contains(event)
        );
        for seconds in [10, 599] {
            let update = web1.updating(0);
            let error = web1.ecs_refuses("UpdateService", update, seconds);
            assert_eq!(error.code, "InvalidParameterException");
            assert_eq!(
                error.message,
                "5 active deployments exist, unable to create new deployment."
            );
        }
        web1.ecs(
            "UpdateService",
            json!({ "cluster": "prod", "service": "web1", "desiredCount": 2 }),
            599,
        );
        let arn = web1.update(0, 600);
        assert_eq!(web1.status(&arn, 900), "SUCCESSFUL");
        assert_eq!(web1.serving(900), [(0, 100.0)]);
    }
}

#[test]
fn the_limit_of_five_can_be_switched_off() {
    let mut web1 = stage::native1(Strategy::Rolling);
    web1.world.switches.five_deployments_at_most = false;
    let (key, old) = (
        web1.service.clone(),
        web1.releases[1].task_definition.clone(),
    );
    for _ in 0..5 {
        web1.world
            .leave_old_task(&key, &old, Held::Draining, at(600));
    }
    web1.update(0, 10);
}

#[test]
fn scale_in_protection_holds_up_a_rolling_deployment_and_draining_does_not() {
    for (held, ends) in [(Held::Protected, 900), (Held::Draining, 180)] {
        let mut web1 = stage::native1(Strategy::Rolling);
        let (key, old) = (
            web1.service.clone(),
            web1.releases[1].task_definition.clone(),
        );
        web1.world.leave_old_task(&key, &old, held, at(900));
        let arn = web1.update(0, 0);
        assert_eq!(web1.status(&arn, ends - 10), "IN_PROGRESS");
        let serves = web1.serving(ends - 5).iter().any(|part| part.0 == 1);
        assert_eq!(
            serves,
            held == Held::Protected,
            "protected tasks serve users on"
        );
        assert_eq!(web1.status(&arn, ends + 10), "SUCCESSFUL");
        assert_eq!(web1.serving(1_000), [(0, 100.0)]);
        assert_eq!(
            web1.service(1_000)["deployments"].as_array().unwrap().len(),
            1
        );
    }
}

#[test]
fn old_tasks_do_not_disturb_a_shift_of_traffic() {
    for strategy in [Strategy::BlueGreen, Strategy::Canary] {
        let mut web1 = stage::native1(strategy);
        let (key, old) = (
            web1.service.clone(),
            web1.releases[1].task_definition.clone(),
        );
        web1.world
            .leave_old_task(&key, &old, Held::Draining, at(20_000));
        let arn = web1.update(0, 0);
        assert_eq!(web1.status(&arn, 10_000), "SUCCESSFUL");
        assert_eq!(web1.serving(10_000), [(0, 100.0)]);
        assert_eq!(
            web1.service(10_000)["deployments"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
        assert_eq!(
            web1.service(20_010)["deployments"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
    }
}

#[test]
fn a_deployment_that_was_replaced_in_its_bake_had_all_of_the_traffic() {
    let mut web1 = stage::native1(Strategy::BlueGreen);
    let (key, old) = (
        web1.service.clone(),
        web1.releases[0].task_definition.clone(),
    );
    let past = PastService::new(
        &old,
        at(0) - std::time::Duration::from_secs(900),
        ServiceOutcome::Replaced,
    );
    let arn = web1.world.past_service_deployment(&key, &past);
    let found = web1.described(&arn, 0);
    assert_eq!(
        (&found["status"], &found["lifecycleStage"]),
        (&json!("STOPPED"), &json!("BAKE_TIME"))
    );
    assert_eq!(
        found["statusReason"],
        "Replaced by a new service deployment."
    );
    assert_eq!(
        found["targetServiceRevision"]["requestedProductionTrafficWeight"],
        100.0
    );
    assert_eq!(web1.serving(0), [(2, 100.0)]);
}
