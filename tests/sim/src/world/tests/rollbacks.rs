//! CodeDeploy's own rollbacks: after stops, failures and alarms.

use serde_json::{Value, json};

use super::super::time::SECOND;
use super::super::{Reached, Start, stage};
use super::refused;
use crate::aws::Service;

fn stop(rollback: bool, id: &str) -> Value {
    json!({ "deploymentId": id, "autoRollbackEnabled": rollback })
}

#[test]
fn a_stop_with_rollback_reroutes_in_seconds() {
    let mut web1 = stage::web1();
    let (old, current) = (web1.old(), web1.current());
    let id = web1.create(&old, &[], json!({}), 0);
    web1.world.pace.rollback_link = 5 * SECOND;
    assert_eq!(
        web1.codedeploy("StopDeployment", stop(true, &id), 300)["status"],
        "Pending"
    );
    let stopped = web1.deployment(&id, 303);
    assert_eq!(stopped["status"], "Stopped");
    assert!(stopped.get("rollbackInfo").is_none(), "it lags");
    let stopped = web1.deployment(&id, 310);
    let rollback = stopped["rollbackInfo"]["rollbackDeploymentId"]
        .as_str()
        .unwrap()
        .to_owned();
    let info = web1.deployment(&rollback, 310);
    assert_eq!(info["creator"], "codeDeployRollback");
    assert_eq!(
        info["rollbackInfo"]["rollbackTriggeringDeploymentId"],
        id.as_str()
    );
    assert_eq!(web1.status(&rollback, 320), "Succeeded");
    assert_eq!(web1.weight(&rollback, "Green", 320), 100.0);
    assert_eq!(web1.serving(), [(current, 100.0)]);
    let primary = web1.releases[2].deployment.clone();
    let service = json!({ "cluster": "prod", "services": ["web1"] });
    let sets = super::ask(
        &mut web1.world,
        Service::Ecs,
        "DescribeServices",
        service,
        400,
    );
    let sets = sets["services"][0]["taskSets"].as_array().unwrap().clone();
    assert_eq!(sets.len(), 1, "green is gone");
    assert_eq!(
        sets[0]["externalId"],
        primary.as_str(),
        "the primary names the older deployment"
    );
    let error = refused(
        &mut web1.world,
        Service::CodeDeploy,
        "StopDeployment",
        stop(true, &id),
        401,
    );
    assert_eq!(error.code, "DeploymentAlreadyCompletedException");
}

#[test]
fn a_stop_without_rollback_leaves_traffic_where_it_is() {
    let mut web1 = stage::web1();
    let (old, current) = (web1.old(), web1.current());
    let config = json!({ "deploymentConfigName": "CodeDeployDefault.ECSCanary10Percent5Minutes" });
    let id = web1.create(&old, &[], config, 0);
    web1.world.pace.stop = 0;
    assert_eq!(
        web1.codedeploy("StopDeployment", stop(false, &id), 200)["status"],
        "Succeeded"
    );
    assert_eq!(web1.status(&id, 201), "Stopped");
    assert_eq!(web1.serving(), [(current, 90.0), (old.clone(), 10.0)]);
    let next = web1.create(&old, &[], json!({}), 210);
    assert_eq!(web1.weight(&next, "Blue", 220), 100.0);
    assert_eq!(web1.weight(&next, "Green", 400), 100.0);
    assert_eq!(web1.serving(), [(old, 100.0)]);
}

#[test]
fn the_termination_wait_may_refuse_the_stop_or_start_no_rollback() {
    let mut web1 = stage::web1();
    let old = web1.old();
    let id = web1.create(&old, &[], json!({}), 0);
    web1.world.switches.refuse_stop_in_termination = true;
    let error = refused(
        &mut web1.world,
        Service::CodeDeploy,
        "StopDeployment",
        stop(true, &id),
        300,
    );
    assert_eq!(error.code, "UnsupportedActionForDeploymentTypeException");
    web1.world.switches.refuse_stop_in_termination = false;
    web1.world.switches.stop_starts_no_rollback = true;
    web1.codedeploy("StopDeployment", stop(true, &id), 301);
    assert_eq!(web1.status(&id, 330), "Stopped");
    assert_eq!(
        web1.world
            .deployments(&web1.application, &web1.deployment_group)
            .len(),
        4
    );
    assert_eq!(web1.serving(), [(old, 100.0)]);
}

#[test]
fn an_alarm_stops_and_rolls_back_unless_it_is_overridden() {
    for overridden in [false, true] {
        let mut web1 = stage::web1_with(|spec| {
            spec.alarms = vec!["web1-5xx".into()];
            spec.alarms_enabled = true;
            spec.auto_rollback = vec!["DEPLOYMENT_STOP_ON_ALARM".into()];
        });
        let old = web1.old();
        let more = if overridden {
            json!({ "overrideAlarmConfiguration": { "enabled": false } })
        } else {
            json!({})
        };
        let id = web1.create(&old, &[], more, 0);
        web1.world.plan_alarm("web1-5xx", true, super::at(250));
        let info = web1.deployment(&id, 300);
        if overridden {
            assert_eq!(info["status"], "InProgress");
            assert_eq!(info["overrideAlarmConfiguration"]["enabled"], false);
        } else {
            assert_eq!(info["status"], "Stopped");
            assert_eq!(info["errorInformation"]["code"], "ALARM_ACTIVE");
            assert_eq!(web1.serving(), [(web1.current(), 100.0)]);
        }
    }
}

#[test]
fn an_alarm_that_rings_already_stops_a_deployment_at_its_start() {
    let mut web1 = stage::web1_with(|spec| {
        spec.alarms = vec!["web1-5xx".into()];
        spec.alarms_enabled = true;
    });
    web1.world.set_alarm("web1-5xx", true);
    let old = web1.old();
    let id = web1.create(&old, &[], json!({}), 0);
    assert_eq!(web1.status(&id, 10), "Stopped");
    assert_eq!(web1.serving(), [(web1.current(), 100.0)]);
}

#[test]
fn somebody_elses_deployment_is_as_far_as_asked() {
    let canary = Some("CodeDeployDefault.ECSCanary10Percent5Minutes".to_owned());
    for (reached, status) in [
        (Reached::Created, "Created"),
        (Reached::Installing, "InProgress"),
        (Reached::Shifting, "InProgress"),
        (Reached::TerminationWait, "InProgress"),
    ] {
        let mut web1 = stage::web1();
        let start = Start {
            config: canary.clone(),
            ..Start::new(&web1.old())
        };
        let service = web1.service.clone();
        let id = web1.world.start_deployment(&service, &start, reached);
        assert_eq!(web1.status(&id, 0), status, "{reached:?}");
        if reached == Reached::Shifting {
            assert_eq!(web1.weight(&id, "Green", 0), 10.0);
        }
        assert_eq!(
            web1.world.deployment(&id).unwrap().in_termination_wait,
            reached == Reached::TerminationWait
        );
        assert!(web1.world.created_by_clients().is_empty());
    }
}

#[test]
fn a_rollback_may_be_under_way_and_somebody_may_get_in_between() {
    let mut web1 = stage::web1();
    let (service, start) = (web1.service.clone(), Start::new(&web1.old()));
    let id = web1
        .world
        .start_deployment(&service, &start, Reached::TerminationWait);
    assert_eq!(web1.serving(), [(web1.old(), 100.0)]);
    let rollback = web1.world.stop_with_rollback(&id).unwrap();
    assert_eq!(web1.status(&rollback, 1), "Created");
    assert_eq!(web1.status(&rollback, 30), "Succeeded");
    assert_eq!(web1.serving(), [(web1.current(), 100.0)]);

    web1.world.plan_deployment(&service, &start, super::at(60));
    web1.world.plan_stop(&service, false, super::at(70));
    let input = web1.creation(&web1.old(), &[], json!({}));
    let error = refused(
        &mut web1.world,
        Service::CodeDeploy,
        "CreateDeployment",
        input,
        65,
    );
    assert_eq!(error.code, "DeploymentLimitExceededException");
    let last = web1
        .world
        .deployments(&web1.application, &web1.deployment_group)
        .last()
        .unwrap()
        .id
        .clone();
    assert_eq!(web1.status(&last, 71), "Stopped");
}

#[test]
fn a_first_deployment_goes_back_to_the_first_task_set() {
    let mut web1 = stage::web1();
    let spec = super::super::ServiceSpec::new("prod", "fresh", &web1.current(), "web1");
    let fresh = web1.world.create_blue_green_service(&spec, super::at(0));
    let id =
        web1.world
            .start_deployment(&fresh, &Start::new(&web1.old()), Reached::TerminationWait);
    assert_eq!(web1.world.stop_with_rollback(&id), None);
    let serving = web1.world.serving("prod", "fresh");
    assert_eq!(
        (serving.len(), &serving[0].task_definition),
        (1, &web1.current())
    );
    let info = web1.deployment(&id, 1)["rollbackInfo"].take();
    assert!(info.get("rollbackDeploymentId").is_none() && info["rollbackMessage"].is_string());
}
