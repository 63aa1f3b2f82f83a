//! Random stories under the ECS controller: traffic adds up, one deployment is under way, the wheel comes to rest.

use serde_json::{Value, json};

use super::super::stage::{self, Native1};
use super::super::{EarlySuccess, Held, NativeAct, NativeBusy, NativeHook, Strategy};
use super::random::Dice;
use super::{at, shape};
use crate::aws::Service;

fn prepared(dice: &mut Dice) -> Native1 {
    let strategy = Strategy::ALL[dice.roll(4) as usize];
    let breaker = [None, Some(true), Some(false)][dice.roll(3) as usize];
    let (hook, bake, rollback) = (dice.roll(3) == 0, dice.roll(3) * 10, dice.roll(2) == 0);
    let place = ["", "PRE_"][dice.roll(2) as usize];
    let early = (dice.roll(3) == 0).then(|| EarlySuccess {
        healthy_percent: [50, 100][dice.roll(2) as usize],
        deferred: dice.roll(2) == 0,
    });
    let mut web1 = stage::native1_with(strategy, |spec| {
        spec.native.circuit_breaker = breaker;
        spec.native.bake_minutes = bake as u32;
        spec.native.alarms = vec!["web1-5xx".into()];
        spec.native.alarms_enabled = true;
        spec.native.alarms_rollback = rollback;
        spec.native.early_success = early;
        spec.native.hooks = if hook {
            vec![NativeHook::pause(&format!(
                "{place}PRODUCTION_TRAFFIC_SHIFT"
            ))]
        } else {
            Vec::new()
        };
    });
    web1.world.pace.stop = dice.roll(3) * 1_000;
    web1.world.switches.idle_names_deployment = dice.roll(2) == 0;
    web1.world.switches.refuse_second_stop = dice.roll(2) == 0;
    if dice.roll(2) == 0 {
        web1.world.switches.native_busy = NativeBusy::Supersedes;
    }
    web1.world.switches.hooks_before_every_step = dice.roll(4) > 0;
    web1.world.switches.pause_keeps_hook_id = dice.roll(2) == 0;
    let (key, old) = (
        web1.service.clone(),
        web1.releases[1].task_definition.clone(),
    );
    for _ in 0..dice.roll(5) {
        let held = [Held::Draining, Held::Protected][dice.roll(2) as usize];
        web1.world
            .leave_old_task(&key, &old, held, at(dice.roll(3_000)));
    }
    if dice.roll(3) == 0 {
        web1.breaks(1);
    }
    web1
}

fn act(web1: &mut Native1, dice: &mut Dice, seconds: u64) {
    let newest = web1
        .world
        .service_deployments(&web1.service)
        .last()
        .unwrap()
        .arn
        .clone();
    let release = dice.roll(3) as usize;
    let (operation, input) = match dice.roll(8) {
        0..=2 => ("UpdateService", web1.updating(release)),
        3 => {
            let stop = ["ROLLBACK", "ABORT"][dice.roll(2) as usize];
            (
                "StopServiceDeployment",
                json!({ "serviceDeploymentArn": newest, "stopType": stop }),
            )
        }
        4 => {
            let hooks = &web1.world.service_deployment(&newest).unwrap().hooks;
            let hook = hooks
                .last()
                .map_or("none".to_owned(), |hook| hook.id.clone());
            let action = ["CONTINUE", "ROLLBACK"][usize::from(dice.roll(4) == 0)];
            let input = json!({ "serviceDeploymentArn": newest, "hookId": hook, "action": action });
            ("ContinueServiceDeployment", input)
        }
        5 => {
            web1.world.advance(at(seconds));
            return web1.world.set_alarm("web1-5xx", dice.roll(3) == 0);
        }
        6 => {
            let (key, update) = (
                web1.service.clone(),
                NativeAct::Update(web1.releases[release].task_definition.clone()),
            );
            let act = [
                update,
                NativeAct::Stop { rollback: true },
                NativeAct::Continue,
            ][dice.roll(3) as usize]
                .clone();
            return web1.world.plan_act(&key, act, at(seconds + dice.roll(60)));
        }
        _ => {
            let desired = 1 + dice.roll(3);
            (
                "UpdateService",
                json!({ "cluster": "prod", "service": "web1", "desiredCount": desired }),
            )
        }
    };
    match web1
        .world
        .call(Service::Ecs, operation, &input, at(seconds))
    {
        Ok(answer) => shape::check_answer(Service::Ecs, operation, &answer),
        Err(error) => shape::check_error(Service::Ecs, operation, &error),
    }
}

fn check(web1: &mut Native1, seconds: u64, story: &str) {
    web1.world.advance(at(seconds));
    let serving = web1.world.serving("prod", "web1");
    let total: f64 = serving.iter().map(|part| part.weight).sum();
    assert!((total - 100.0).abs() < 1e-9, "{story}: {serving:?}");
    assert!(
        serving.iter().all(|part| part.digest.is_some()),
        "{story}: {serving:?}"
    );
    let deployments = web1.world.service_deployments(&web1.service);
    let (newest, older) = deployments.split_last().unwrap();
    assert!(
        older.iter().all(|deployment| deployment.status.over()),
        "{story}"
    );
    assert_eq!(
        newest.status.over(),
        newest.finished_at.is_some(),
        "{story}"
    );
    let (arn, over) = (newest.arn.clone(), newest.status.over());
    let input = json!({ "cluster": "prod", "services": ["web1"] });
    let described = web1
        .world
        .call(Service::Ecs, "DescribeServices", &input, at(seconds))
        .unwrap();
    let service = &described["services"][0];
    let states = service["deployments"].as_array().unwrap();
    assert_eq!(
        states
            .iter()
            .filter(|state| state["status"] == "PRIMARY")
            .count(),
        1,
        "{story}"
    );
    assert_eq!(
        states[0]["taskDefinition"], service["taskDefinition"],
        "{story}"
    );
    assert!(
        !over || states[0]["rolloutState"] != "IN_PROGRESS",
        "{story}: {}",
        states[0]
    );
    let input = json!({ "serviceDeploymentArns": [arn] });
    let found = web1
        .world
        .call(
            Service::Ecs,
            "DescribeServiceDeployments",
            &input,
            at(seconds),
        )
        .unwrap();
    let weight = |revision: &Value| revision["requestedProductionTrafficWeight"].as_f64();
    let described = &found["serviceDeployments"][0];
    let mut parts: Vec<&Value> = described["sourceServiceRevisions"]
        .as_array()
        .unwrap()
        .iter()
        .collect();
    parts.push(&described["targetServiceRevision"]);
    let weights: Option<Vec<f64>> = parts.iter().copied().map(weight).collect();
    let back = &described["rollback"]["serviceRevisionArn"];
    let elsewhere = back.is_string() && !parts.iter().any(|part| part["arn"] == *back);
    if let Some(weights) = weights.filter(|_| !over && !elsewhere) {
        assert_eq!(weights.iter().sum::<f64>(), 100.0, "{story}: {described}");
    }
}

#[test]
fn traffic_always_adds_up_and_everything_ends() {
    for seed in 0..120 {
        let mut dice = Dice(seed);
        let mut web1 = prepared(&mut dice);
        let mut seconds = 0;
        for step in 0..30 {
            act(&mut web1, &mut dice, seconds);
            seconds += [1, 20, 170, 700][dice.roll(4) as usize];
            check(
                &mut web1,
                seconds,
                &format!("seed {seed}, step {step}, {seconds} s"),
            );
        }
        // a pause ends within a day; tasks that crash with nothing to stop them go on for ever
        let crashes = web1
            .world
            .service_deployments(&web1.service)
            .last()
            .unwrap()
            .failures
            > 0;
        let rest = seconds + if crashes { 5_000 } else { 100_000 };
        check(&mut web1, rest, &format!("seed {seed}, at rest"));
        let newest = web1
            .world
            .service_deployments(&web1.service)
            .pop()
            .unwrap()
            .clone();
        web1.service(rest);
        web1.described(&newest.arn, rest);
        assert!(
            newest.status.over() || newest.failures > 0,
            "seed {seed}: {newest:?}"
        );
    }
}
