//! Groups: how they name their service, several for one service, deleted ones, and too many reads at once.

use serde_json::{Value, json};

use super::super::stage::Web1;
use super::super::{GroupNames, Outcome, Past, Reached, Start, stage};
use super::{at, refused};
use crate::aws::Service;

const APP: &str = "AppECS-prod-web1";
const GROUP: &str = "DgpECS-prod-web1";

fn group(web1: &mut Web1, name: &str) -> Value {
    let input = json!({ "applicationName": APP, "deploymentGroupName": name });
    web1.codedeploy("GetDeploymentGroup", input, 0)["deploymentGroupInfo"].take()
}

/// A second group for the same service, in the same application.
fn second_group(web1: &mut Web1) -> (String, String) {
    let mut spec = stage::Names::default().spec();
    spec.deployment_group = Some("blue-green".to_owned());
    web1.world.add_group(&spec, at(0));
    (spec.application(), spec.deployment_group())
}

#[test]
fn a_group_names_its_service_by_name_or_arn() {
    let arn = |rest: &str| format!("arn:aws:ecs:{}:{}:{rest}", stage::REGION, stage::ACCOUNT);
    let (service, cluster) = (arn("service/prod/web1"), arn("cluster/prod"));
    for (names, service, cluster) in [
        (GroupNames::Plain, "web1", "prod"),
        (GroupNames::ServiceArn, service.as_str(), "prod"),
        (GroupNames::ClusterArn, "web1", cluster.as_str()),
        (GroupNames::BothArns, service.as_str(), cluster.as_str()),
    ] {
        let mut web1 = stage::web1_with(|spec| spec.group_names = names);
        assert_eq!(
            group(&mut web1, GROUP)["ecsServices"],
            json!([{ "serviceName": service, "clusterName": cluster }])
        );
        let id = web1.releases[0].deployment.clone();
        assert_eq!(web1.target(&id, 0)["targetId"], "prod:web1");
    }
}

#[test]
fn a_deployment_outlives_its_group() {
    let mut web1 = stage::web1();
    let (old, newest) = (web1.old(), web1.releases[2].deployment.clone());
    let id = web1.create(&old, &[], json!({}), 0);
    web1.world.advance(at(20));
    web1.world.delete_group(APP, GROUP);
    let known = web1.deployment(&newest, 20);
    assert_eq!(known["deploymentGroupName"], GROUP);
    let input = json!({ "applicationName": APP, "deploymentGroupName": GROUP });
    for operation in ["GetDeploymentGroup", "ListDeployments", "CreateDeployment"] {
        let error = refused(
            &mut web1.world,
            Service::CodeDeploy,
            operation,
            input.clone(),
            20,
        );
        assert_eq!(error.code, "DeploymentGroupDoesNotExistException");
    }
    assert_eq!(
        web1.status(&id, 3_800),
        "Succeeded",
        "it goes on without its group"
    );
    web1.world.delete_application(APP);
    let error = refused(
        &mut web1.world,
        Service::CodeDeploy,
        "GetDeploymentGroup",
        input,
        3_800,
    );
    assert_eq!(error.code, "ApplicationDoesNotExistException");
    assert_eq!(web1.deployment(&id, 3_800)["applicationName"], APP);
}

#[test]
fn a_group_that_is_made_anew_has_no_past() {
    let mut web1 = stage::web1();
    web1.world.delete_group(APP, GROUP);
    web1.world.add_group(&stage::Names::default().spec(), at(0));
    let input = json!({ "applicationName": APP, "deploymentGroupName": GROUP });
    assert_eq!(
        web1.codedeploy("ListDeployments", input, 0)["deployments"],
        json!([])
    );
}

#[test]
fn two_groups_may_name_one_service() {
    let mut web1 = stage::web1();
    let (key, old) = (web1.service.clone(), web1.old());
    let second = second_group(&mut web1);
    let past = Past {
        group: Some(second.clone()),
        ..Past::new(
            &old,
            at(0) - std::time::Duration::from_secs(600),
            Outcome::Succeeded,
        )
    };
    let newer = web1.world.past_deployment(&key, &past);
    assert_eq!(web1.serving(), [(old.clone(), 100.0)]);
    let services = group(&mut web1, GROUP)["ecsServices"].take();
    let other = group(&mut web1, &second.1);
    assert_eq!(
        (
            &other["ecsServices"],
            &other["lastSuccessfulDeployment"]["deploymentId"]
        ),
        (&services, &json!(newer))
    );

    let start = Start {
        group: Some(second.clone()),
        ..Start::new(&old)
    };
    let id = web1
        .world
        .start_deployment(&key, &start, Reached::Installing);
    assert_eq!(
        web1.deployment(&id, 0)["deploymentGroupName"],
        second.1.as_str()
    );
    let mut input = web1.creation(&old, &[], json!({}));
    input["deploymentGroupName"] = json!(second.1);
    let error = refused(
        &mut web1.world,
        Service::CodeDeploy,
        "CreateDeployment",
        input,
        0,
    );
    assert_eq!(error.code, "DeploymentLimitExceededException");
}

#[test]
fn too_many_reads_at_once_are_throttled() {
    let mut web1 = stage::web1();
    web1.world.switches.codedeploy_reads_per_second = Some(3);
    let read = |web1: &mut Web1, seconds| {
        let answer = web1.world.call(
            Service::CodeDeploy,
            "ListApplications",
            &json!({}),
            at(seconds),
        );
        answer.map_err(|error| error.code)
    };
    let answers: Vec<bool> = (0..5).map(|_| read(&mut web1, 10).is_ok()).collect();
    assert_eq!(answers, [true, true, true, false, false]);
    assert_eq!(read(&mut web1, 10), Err("ThrottlingException".to_owned()));
    let old = web1.old();
    web1.create(&old, &[], json!({}), 10);
    assert!(read(&mut web1, 11).is_ok());
}
