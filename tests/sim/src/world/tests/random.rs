//! Random stories: whatever is done in whatever order, traffic adds up, one task set is primary, one deployment active.

use serde_json::json;

use super::super::{Crash, PrimaryMoves, Start, stage};
use super::{at, shape};
use crate::aws::Service;

/// A small linear congruential generator: the same seed, the same story.
pub(super) struct Dice(pub u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn prepared(dice: &mut Dice) -> stage::Web1 {
    let (ready, listener, wait) = (dice.roll(4) == 0, dice.roll(3) == 0, dice.roll(3) * 10);
    let mut web1 = stage::web1_with(|spec| {
        spec.ready_wait_minutes = ready.then_some(5);
        spec.test_listener = listener;
        spec.termination_wait_minutes = wait as u32;
        spec.alarms = vec!["web1-5xx".into()];
        spec.alarms_enabled = true;
        spec.auto_rollback = vec![
            "DEPLOYMENT_FAILURE".into(),
            "DEPLOYMENT_STOP_ON_ALARM".into(),
        ];
    });
    web1.world.pace.stop = dice.roll(3) * 1_000;
    web1.world.pace.rollback_starts = dice.roll(3) * 4_000;
    web1.world.switches.rollback_keeps_labels = dice.roll(2) == 0;
    if dice.roll(2) == 0 {
        web1.world.switches.primary_moves = PrimaryMoves::WithFirstWeight;
    }
    if dice.roll(3) == 0 {
        let broken = web1.releases[1].task_definition.clone();
        web1.world.crash_task_definition(
            &broken,
            Crash {
                exit_code: Some(1),
                reason: "broken".into(),
            },
        );
    }
    web1
}

fn act(web1: &mut stage::Web1, dice: &mut Dice, seconds: u64) {
    let newest = web1
        .world
        .deployments(&web1.application, &web1.deployment_group)
        .last()
        .unwrap()
        .id
        .clone();
    let release = web1.releases[dice.roll(3) as usize].task_definition.clone();
    let configs = [
        "ECSAllAtOnce",
        "ECSCanary10Percent5Minutes",
        "ECSLinear10PercentEvery1Minutes",
    ];
    let config = format!("CodeDeployDefault.{}", configs[dice.roll(3) as usize]);
    let (service, operation, input) = match dice.roll(8) {
        0..=2 => {
            let more = json!({ "deploymentConfigName": config });
            (
                Service::CodeDeploy,
                "CreateDeployment",
                web1.creation(&release, &[("AfterInstall", "check")], more),
            )
        }
        3 => {
            let rollback = dice.roll(2) == 0;
            (
                Service::CodeDeploy,
                "StopDeployment",
                json!({ "deploymentId": newest, "autoRollbackEnabled": rollback }),
            )
        }
        4 => {
            let wait = ["READY_WAIT", "TERMINATION_WAIT"][dice.roll(2) as usize];
            (
                Service::CodeDeploy,
                "ContinueDeployment",
                json!({ "deploymentId": newest, "deploymentWaitType": wait }),
            )
        }
        5 => {
            web1.world.advance(at(seconds));
            return web1.world.set_alarm("web1-5xx", dice.roll(3) == 0);
        }
        6 => {
            let (key, start) = (web1.service.clone(), Start::new(&release));
            return web1
                .world
                .plan_deployment(&key, &start, at(seconds + dice.roll(60)));
        }
        _ => {
            let input =
                json!({ "cluster": "prod", "service": "web1", "desiredCount": dice.roll(4) });
            (Service::Ecs, "UpdateService", input)
        }
    };
    match web1.world.call(service, operation, &input, at(seconds)) {
        Ok(answer) => shape::check_answer(service, operation, &answer),
        Err(error) => shape::check_error(service, operation, &error),
    }
}

fn check(web1: &mut stage::Web1, seconds: u64, story: &str) {
    web1.world.advance(at(seconds));
    let total: f64 = web1
        .world
        .serving("prod", "web1")
        .iter()
        .map(|part| part.weight)
        .sum();
    assert_eq!(total, 100.0, "{story}");
    let input = json!({ "cluster": "prod", "service": "web1" });
    let sets = web1
        .world
        .call(Service::Ecs, "DescribeTaskSets", &input, at(seconds))
        .unwrap();
    let sets = sets["taskSets"].as_array().unwrap();
    assert_eq!(
        sets.iter().filter(|set| set["status"] == "PRIMARY").count(),
        1,
        "{story}"
    );
    let deployments = web1
        .world
        .deployments(&web1.application, &web1.deployment_group);
    assert!(
        deployments
            .iter()
            .filter(|deployment| deployment.status.active())
            .count()
            <= 1,
        "{story}"
    );
    let alive = |weight: f64, status: &str| weight == 0.0 || status != "DRAINING";
    for deployment in deployments
        .iter()
        .filter(|deployment| deployment.status.active())
    {
        let sides = web1.world.sides(deployment);
        assert!(
            sides.iter().all(|side| alive(side.weight, side.status)),
            "{story}: {sides:?}"
        );
    }
}

#[test]
fn traffic_always_adds_up() {
    for seed in 0..150 {
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
        let newest = web1
            .world
            .deployments(&web1.application, &web1.deployment_group)
            .last()
            .unwrap()
            .id
            .clone();
        web1.deployment(&newest, seconds + 7_200);
        check(&mut web1, seconds + 7_200, &format!("seed {seed}, at rest"));
    }
}

#[test]
fn the_same_story_has_the_same_ids() {
    let run = || {
        let mut dice = Dice(7);
        let mut web1 = prepared(&mut dice);
        (0..20).for_each(|nth| act(&mut web1, &mut dice, nth * 100));
        let deployments = web1
            .world
            .deployments(&web1.application, &web1.deployment_group);
        deployments
            .iter()
            .map(|deployment| (deployment.id.clone(), deployment.completed_at))
            .collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}
