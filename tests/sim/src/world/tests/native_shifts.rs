//! Blue/green, linear and canary deployments by ECS: their stages, hooks, and the ways out.

use serde_json::json;

use super::super::stage::{self, Native1};
use super::super::{HookTarget, NativeBusy, NativeHook, NativePhase, Strategy};
use crate::aws::Service;

const HOUR: u64 = 3_600;

fn pair(status: &str, stage: &str) -> (String, String) {
    (status.to_owned(), stage.to_owned())
}

fn hooked(strategy: Strategy, stage: &str) -> Native1 {
    stage::native1_with(strategy, |spec| {
        spec.native.hooks = vec![NativeHook::pause(stage)]
    })
}

#[test]
fn blue_green_moves_all_traffic_at_once_and_bakes() {
    let mut web1 = stage::native1(Strategy::BlueGreen);
    let arn = web1.update(0, 0);
    assert_eq!(web1.stage(&arn, 1), pair("PENDING", ""));
    assert_eq!(web1.stage(&arn, 2), pair("IN_PROGRESS", "PRE_SCALE_UP"));
    assert_eq!(web1.stage(&arn, 100), pair("IN_PROGRESS", "SCALE_UP"));
    assert_eq!(web1.serving(100), [(2, 100.0)]);
    assert_eq!(
        web1.stage(&arn, 170),
        pair("IN_PROGRESS", "TEST_TRAFFIC_SHIFT")
    );
    assert_eq!(
        web1.stage(&arn, 177),
        pair("IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT")
    );
    let shifting = web1.described(&arn, 177);
    assert_eq!(
        shifting["targetServiceRevision"]["requestedTestTrafficWeight"],
        100.0
    );
    assert_eq!(
        shifting["targetServiceRevision"]["requestedProductionTrafficWeight"],
        0.0
    );
    let baking = web1.described(&arn, 200);
    assert_eq!(baking["lifecycleStage"], "BAKE_TIME");
    assert_eq!(
        baking["targetServiceRevision"]["requestedProductionTrafficWeight"],
        100.0
    );
    assert_eq!(
        baking["sourceServiceRevisions"][0]["requestedProductionTrafficWeight"],
        0.0
    );
    assert_eq!(baking["sourceServiceRevisions"][0]["runningTaskCount"], 2);
    assert_eq!(web1.serving(200), [(0, 100.0)]);
    assert_eq!(
        web1.stage(&arn, HOUR + 185),
        pair("IN_PROGRESS", "CLEAN_UP")
    );
    assert_eq!(web1.stage(&arn, HOUR + 240).0, "SUCCESSFUL");
    assert_eq!(web1.service(HOUR + 240)["runningCount"], 2);
}

#[test]
fn canary_and_linear_move_it_in_parts() {
    let mut web1 = stage::native1(Strategy::Canary);
    let arn = web1.update(0, 0);
    assert_eq!(web1.serving(200), [(2, 90.0), (0, 10.0)]);
    assert_eq!(web1.serving(780), [(2, 90.0), (0, 10.0)]);
    assert_eq!(web1.stage(&arn, 780).1, "PRODUCTION_TRAFFIC_SHIFT");
    assert_eq!(web1.serving(800), [(0, 100.0)]);
    assert_eq!(web1.stage(&arn, 800).1, "BAKE_TIME");

    let mut web1 = stage::native1(Strategy::Linear);
    let arn = web1.update(0, 0);
    for (seconds, share) in [(200, 25.0), (500, 50.0), (800, 75.0), (1_100, 100.0)] {
        let serving = web1.serving(seconds);
        assert_eq!(serving.iter().find(|part| part.0 == 0).unwrap().1, share);
    }
    assert_eq!(web1.stage(&arn, 1_110), pair("IN_PROGRESS", "BAKE_TIME"));
    assert_eq!(web1.status(&arn, 1_200 + HOUR), "SUCCESSFUL");
}

#[test]
fn a_stop_with_rollback_goes_back_from_every_phase() {
    for strategy in Strategy::ALL {
        for phase in [
            NativePhase::Pending,
            NativePhase::InProgress,
            NativePhase::Shifting,
            NativePhase::Baking,
        ] {
            let impossible = match phase {
                NativePhase::Shifting => strategy == Strategy::BlueGreen,
                NativePhase::Baking => strategy == Strategy::Rolling,
                _ => false,
            };
            if impossible {
                continue;
            }
            let mut web1 = stage::native1(strategy);
            let (key, old) = (
                web1.service.clone(),
                web1.releases[0].task_definition.clone(),
            );
            let arn = web1.world.start_service_deployment(&key, &old, phase);
            let stop = json!({ "serviceDeploymentArn": arn, "stopType": "ROLLBACK" });
            web1.ecs("StopServiceDeployment", stop.clone(), 0);
            assert_eq!(web1.status(&arn, 0), "ROLLBACK_REQUESTED");
            let again = web1.ecs_refuses("StopServiceDeployment", stop.clone(), 1);
            assert_eq!(again.code, "ConflictException");
            let back = web1.described(&arn, 2);
            assert_eq!(back["status"], "ROLLBACK_IN_PROGRESS");
            assert_eq!(
                back["rollback"]["serviceRevisionArn"],
                back["sourceServiceRevisions"][0]["arn"]
            );
            assert_eq!(
                web1.status(&arn, 400),
                "ROLLBACK_SUCCESSFUL",
                "{strategy:?} {phase:?}"
            );
            assert_eq!(web1.serving(400), [(2, 100.0)]);
            assert_eq!(
                web1.service(400)["taskDefinition"],
                web1.releases[2].task_definition.as_str()
            );
            assert_eq!(
                web1.ecs_refuses("StopServiceDeployment", stop, 400).code,
                "ConflictException"
            );
            assert_eq!(
                web1.world.service_deployments(&key).len(),
                5,
                "no new deployment"
            );
        }
    }
}

#[test]
fn traffic_is_back_within_seconds_while_the_old_tasks_live() {
    let mut web1 = stage::native1(Strategy::BlueGreen);
    let (key, old) = (
        web1.service.clone(),
        web1.releases[0].task_definition.clone(),
    );
    let arn = web1
        .world
        .start_service_deployment(&key, &old, NativePhase::RollingBackTraffic);
    assert_eq!(web1.status(&arn, 0), "ROLLBACK_IN_PROGRESS");
    assert_eq!(web1.serving(0), [(0, 100.0)]);
    assert_eq!(web1.serving(6), [(2, 100.0)]);
    assert_eq!(web1.status(&arn, 60), "ROLLBACK_SUCCESSFUL");
}

#[test]
fn an_abort_leaves_things_as_they_are_and_the_next_deployment_reconciles() {
    let mut web1 = stage::native1(Strategy::Canary);
    let arn = web1.update(0, 0);
    web1.ecs(
        "StopServiceDeployment",
        json!({ "serviceDeploymentArn": arn, "stopType": "ABORT" }),
        300,
    );
    assert_eq!(web1.status(&arn, 300), "STOP_REQUESTED");
    assert_eq!(web1.status(&arn, 303), "STOPPED");
    assert_eq!(web1.serving(900), [(2, 90.0), (0, 10.0)]);
    let next = web1.update(1, 900);
    assert_eq!(web1.stage(&next, 902).1, "RECONCILE_SERVICE");
    assert_eq!(web1.serving(902), [(2, 100.0)]);
    assert_eq!(
        web1.described(&next, 902)["sourceServiceRevisions"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(web1.serving(900 + 2 * HOUR), [(1, 100.0)]);
}

#[test]
fn a_pause_hook_waits_to_be_continued() {
    for stage in [
        "POST_SCALE_UP",
        "PRE_PRODUCTION_TRAFFIC_SHIFT",
        "POST_PRODUCTION_TRAFFIC_SHIFT",
    ] {
        let mut web1 = hooked(Strategy::BlueGreen, stage);
        let arn = web1.update(0, 0);
        let paused = web1.described(&arn, HOUR);
        assert_eq!(paused["status"], "IN_PROGRESS");
        let hook = &paused["lifecycleHookDetails"][0];
        assert_eq!(
            (&hook["status"], &hook["targetType"]),
            (&json!("AWAITING_ACTION"), &json!("PAUSE"))
        );
        let input = json!({ "serviceDeploymentArn": arn, "hookId": hook["hookId"] });
        web1.ecs("ContinueServiceDeployment", input.clone(), HOUR);
        assert_eq!(web1.stage(&arn, HOUR + 60).1, "BAKE_TIME");
        let twice = web1.ecs_refuses("ContinueServiceDeployment", input, HOUR + 60);
        assert_eq!(twice.code, "InvalidParameterException");
    }
}

#[test]
fn a_hook_can_turn_it_back() {
    let mut web1 = hooked(Strategy::Canary, "POST_SCALE_UP");
    let (key, old) = (
        web1.service.clone(),
        web1.releases[0].task_definition.clone(),
    );
    let arn = web1
        .world
        .start_service_deployment(&key, &old, NativePhase::Paused);
    let hook = web1.described(&arn, 0)["lifecycleHookDetails"][0]["hookId"].clone();
    let input = json!({ "serviceDeploymentArn": arn, "hookId": hook, "action": "ROLLBACK" });
    web1.ecs("ContinueServiceDeployment", input, 0);
    assert_eq!(web1.status(&arn, 60), "ROLLBACK_SUCCESSFUL");

    let mut web1 = hooked(Strategy::Canary, "POST_SCALE_UP");
    let arn = web1.update(0, 0);
    assert_eq!(web1.status(&arn, 24 * HOUR), "IN_PROGRESS");
    let late = web1.described(&arn, 25 * HOUR);
    assert_eq!(late["status"], "ROLLBACK_SUCCESSFUL");
    assert_eq!(late["lifecycleHookDetails"][0]["status"], "TIMED_OUT");
}

#[test]
fn a_function_is_asked_at_each_shift_and_can_fail() {
    let lambda = |fails| {
        stage::native1_with(Strategy::Linear, move |spec| {
            let stage = "PRODUCTION_TRAFFIC_SHIFT".to_owned();
            spec.native.hooks = vec![NativeHook {
                stage,
                target: HookTarget::Lambda { fails },
            }];
        })
    };
    let mut web1 = lambda(false);
    let arn = web1.update(0, 0);
    assert_eq!(
        web1.described(&arn, HOUR)["lifecycleHookDetails"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
    let mut web1 = lambda(true);
    let arn = web1.update(0, 0);
    let ended = web1.described(&arn, HOUR);
    assert_eq!(ended["status"], "ROLLBACK_SUCCESSFUL");
    assert_eq!(ended["lifecycleHookDetails"][0]["status"], "FAILED");
    assert_eq!(web1.serving(HOUR), [(2, 100.0)]);
}

#[test]
fn an_update_in_the_middle_is_refused_or_supersedes() {
    let mut web1 = stage::native1(Strategy::BlueGreen);
    let first = web1.update(0, 0);
    let input = web1.updating(1);
    assert_eq!(
        web1.ecs_refuses("UpdateService", input, 300).code,
        "InvalidParameterException"
    );
    assert_eq!(web1.serving(300), [(0, 100.0)]);

    web1.world.switches.native_busy = NativeBusy::Supersedes;
    let second = web1.update(1, 300);
    assert_eq!(web1.status(&first, 301), "STOPPED");
    assert_eq!(
        web1.serving(310),
        [(2, 100.0)],
        "what was successful last gets the traffic back"
    );
    assert_eq!(web1.status(&second, 300 + 2 * HOUR), "SUCCESSFUL");
    assert_eq!(web1.serving(300 + 2 * HOUR), [(1, 100.0)]);
}

#[test]
fn alarms_are_watched_through_the_bake_time_unless_one_rang_before() {
    for before in [false, true] {
        let mut web1 = stage::native1_with(Strategy::BlueGreen, |spec| {
            spec.native.alarms = vec!["web1-5xx".into()];
            spec.native.alarms_enabled = true;
        });
        web1.world.set_alarm("web1-5xx", before);
        let arn = web1.update(0, 0);
        assert_eq!(web1.stage(&arn, 600).1, "BAKE_TIME");
        web1.world.set_alarm("web1-5xx", true);
        let (status, alarms, serving) = if before {
            ("IN_PROGRESS", "DISABLED", 0)
        } else {
            ("ROLLBACK_SUCCESSFUL", "TRIGGERED", 2)
        };
        let found = web1.described(&arn, 700);
        assert_eq!(
            (&found["status"], &found["alarms"]["status"]),
            (&json!(status), &json!(alarms))
        );
        assert_eq!(web1.serving(700), [(serving, 100.0)]);
    }
}

#[test]
fn what_update_service_refuses() {
    let mut web1 = stage::native1(Strategy::Rolling);
    let other = json!({
        "family": "other",
        "containerDefinitions": [{ "name": "app", "image": "busybox", "portMappings": [{ "containerPort": 8080 }] }],
    });
    let other = web1.world.register_task_definition(&other, super::at(0));
    let gone = web1.releases[1].task_definition.clone();
    web1.world.deregister(&gone);
    let update = |task_definition: &str| json!({ "cluster": "prod", "service": "web1", "taskDefinition": task_definition });
    for (task_definition, code) in [
        (other.as_str(), "InvalidParameterException"),
        (gone.as_str(), "ClientException"),
        ("web1:9", "ClientException"),
    ] {
        assert_eq!(
            web1.ecs_refuses("UpdateService", update(task_definition), 0)
                .code,
            code
        );
    }
    web1.world.delete_service("prod", "web1");
    let error = web1.ecs_refuses("UpdateService", update("web1:1"), 0);
    assert_eq!(error.code, "ServiceNotActiveException");
    let nobody = json!({ "serviceDeploymentArn": "arn:aws:ecs:x" });
    let error = super::refused(
        &mut web1.world,
        Service::Ecs,
        "StopServiceDeployment",
        nobody,
        0,
    );
    assert_eq!(error.code, "ServiceDeploymentNotFoundException");
}
