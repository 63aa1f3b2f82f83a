//! Traffic that moves in steps, and who is PRIMARY meanwhile.

use serde_json::json;

use super::super::{HttpAnswer, PrimaryMoves, stage};
use super::{ask, at};
use crate::aws::Service;

#[test]
fn canary_waits_at_ten_percent() {
    let mut web1 = stage::web1();
    let (old, current) = (web1.old(), web1.current());
    let config = json!({ "deploymentConfigName": "CodeDeployDefault.ECSCanary10Percent5Minutes" });
    let id = web1.create(&old, &[], config, 0);
    assert_eq!(web1.weight(&id, "Green", 180), 10.0);
    assert_eq!(web1.weight(&id, "Blue", 470), 90.0);
    assert_eq!(web1.serving(), [(current, 90.0), (old.clone(), 10.0)]);
    assert_eq!(
        web1.events(&id, 470).last().unwrap(),
        "AllowTraffic:InProgress"
    );
    assert_eq!(web1.weight(&id, "Green", 480), 100.0);
    assert_eq!(web1.serving(), [(old, 100.0)]);
}

#[test]
fn linear_steps_every_minute() {
    let mut web1 = stage::web1();
    let old = web1.old();
    let config =
        json!({ "deploymentConfigName": "CodeDeployDefault.ECSLinear10PercentEvery1Minutes" });
    let id = web1.create(&old, &[], config, 0);
    let weights: Vec<f64> = (0..11)
        .map(|nth| web1.weight(&id, "Green", 180 + nth * 60))
        .collect();
    assert_eq!(
        weights,
        [
            10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0, 100.0
        ]
    );
}

#[test]
fn primary_moves_with_the_first_or_the_last_weight() {
    for (moves, primary) in [
        (PrimaryMoves::WithFirstWeight, 0),
        (PrimaryMoves::WithLastWeight, 2),
    ] {
        let mut web1 = stage::web1();
        web1.world.switches.primary_moves = moves;
        let old = web1.old();
        let config =
            json!({ "deploymentConfigName": "CodeDeployDefault.ECSCanary10Percent5Minutes" });
        web1.create(&old, &[], config, 0);
        let input = json!({ "cluster": "prod", "service": "web1" });
        let sets = ask(
            &mut web1.world,
            Service::Ecs,
            "DescribeTaskSets",
            input,
            200,
        );
        let sets = sets["taskSets"].as_array().unwrap();
        let found = sets.iter().find(|set| set["status"] == "PRIMARY").unwrap();
        assert_eq!(
            found["taskDefinition"],
            web1.releases[primary].task_definition.as_str()
        );
    }
}

#[test]
fn the_health_endpoint_knows_who_serves() {
    let mut web1 = stage::web1();
    let (old, digest, service) = (
        web1.old(),
        web1.releases[0].digest.clone(),
        web1.service.clone(),
    );
    let url = "https://web1.example.com/health";
    web1.world.set_http(
        "https://web1.example.com/",
        HttpAnswer::ServesOnly { service, digest },
    );
    web1.create(&old, &[], json!({}), 0);
    let status = |found: Option<(u16, Vec<u8>)>| found.unwrap().0;
    assert_eq!(status(web1.world.http_get(url, at(100))), 503);
    assert_eq!(status(web1.world.http_get(url, at(180))), 200);
    web1.world.set_http(
        url,
        HttpAnswer::Sequence(vec![(500, vec![]), (200, vec![])]),
    );
    let answers: Vec<u16> = (0..3)
        .map(|_| status(web1.world.http_get(url, at(181))))
        .collect();
    assert_eq!(answers, [500, 200, 200]);
    assert_eq!(
        web1.world
            .http_get("https://elsewhere.example.com/", at(181)),
        None
    );
}
