//! Services that changed hands.

use serde_json::{Value, json};

use super::super::{NativeSpec, Strategy, stage};
use super::{ask, refused};
use crate::aws::Service;

#[test]
fn a_service_from_the_ecs_controller_answers_deployments_for_task_sets() {
    let mut web1 = stage::web1_with(|spec| spec.answers_deployments = true);
    let old = web1.old();
    web1.create(&old, &[], json!({}), 0);
    let input = json!({ "cluster": "prod", "services": ["web1"] });
    let mut found = ask(&mut web1.world, Service::Ecs, "DescribeServices", input, 60);
    let service = found["services"][0].take();
    assert_eq!(service["deploymentController"]["type"], "CODE_DEPLOY");
    assert!(service.get("taskSets").is_none());
    let seen: Vec<(&Value, &Value)> = service["deployments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["status"], &one["taskDefinition"]))
        .collect();
    let current = json!(web1.current());
    assert_eq!(
        seen,
        [
            (&json!("PRIMARY"), &current),
            (&json!("ACTIVE"), &json!(old))
        ]
    );
    let input = json!({ "cluster": "prod", "service": "web1" });
    let sets = ask(&mut web1.world, Service::Ecs, "DescribeTaskSets", input, 60);
    assert_eq!(sets["taskSets"][0]["id"], service["deployments"][0]["id"]);
    assert_eq!(sets["taskSets"][0]["startedBy"], "CODE_DEPLOY");
}

#[test]
fn a_service_that_moved_to_the_ecs_controller_leaves_its_past_behind() {
    for strategy in Strategy::ALL {
        let mut web1 = stage::web1();
        let key = web1.service.clone();
        web1.world.move_to_ecs(&key, NativeSpec::new(strategy));
        let named = json!({ "cluster": "prod", "service": "web1" });
        let listed = ask(
            &mut web1.world,
            Service::Ecs,
            "ListServiceDeployments",
            named,
            0,
        );
        assert_eq!(listed["serviceDeployments"], json!([]));
        let input = json!({ "cluster": "prod", "services": ["web1"] });
        let mut found = ask(
            &mut web1.world,
            Service::Ecs,
            "DescribeServices",
            input.clone(),
            0,
        );
        let service = found["services"][0].take();
        assert!(service.get("taskSets").is_none());
        assert_eq!(service["deployments"][0]["rolloutState"], "COMPLETED");
        assert_eq!(
            service["currentServiceRevisions"].as_array().unwrap().len(),
            1
        );

        let group = json!({ "applicationName": web1.application, "deploymentGroupName": web1.deployment_group });
        let past = web1.codedeploy("ListDeployments", group, 0);
        assert_eq!(past["deployments"].as_array().unwrap().len(), 3);
        let creation = web1.creation(&web1.old(), &[], json!({}));
        let created = web1.codedeploy("CreateDeployment", creation, 0);
        let id = created["deploymentId"].as_str().unwrap().to_owned();
        let failed = web1.deployment(&id, 10);
        assert_eq!(failed["errorInformation"]["code"], "INVALID_ECS_SERVICE");

        let update = json!({ "cluster": "prod", "service": "web1", "taskDefinition": web1.old() });
        ask(&mut web1.world, Service::Ecs, "UpdateService", update, 20);
        web1.world.advance(super::at(20 + 10_000));
        assert_eq!(web1.serving(), [(web1.old(), 100.0)]);
        let sets = json!({ "cluster": "prod", "service": "web1" });
        refused(
            &mut web1.world,
            Service::Ecs,
            "DescribeTaskSets",
            sets,
            10_020,
        );
    }
}
