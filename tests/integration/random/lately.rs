//! What AWS's newer models and public reports have shown. It is thrown with dice of its own, which leave the numbers of
//! the other dice as they are.

use std::time::Duration;

use aws_sim::world::{
    CapacityProvider, EarlySuccess, GroupNames, Held, PastService, ServiceOutcome, ServiceSpec,
    Status, Strategy, World,
};

use super::dice::Dice;
use super::scene::Scene;
use crate::harness::worlds::{after, ago};

/// Each with its own chance.
pub fn switches(world: &mut World, dice: &mut Dice) {
    world.switches.hooks_before_every_step = !dice.percent(30);
    world.switches.pause_keeps_hook_id = dice.percent(50);
    world.switches.five_deployments_at_most = !dice.percent(20);
    if dice.percent(10) {
        world.switches.codedeploy_reads_per_second = Some(dice.pick(&[20, 60]));
    }
    if dice.percent(15) {
        world.pace.service_update_shows = dice.below(8_000);
    }
    if dice.percent(50) {
        world.pace.deferred_cleanup = dice.below(10) * 60_000;
    }
}

pub fn spec(spec: &mut ServiceSpec, by_ecs: bool, dice: &mut Dice) {
    if dice.percent(30) {
        spec.made_with.capacity_providers = vec![CapacityProvider::new("FARGATE_SPOT", 0, 1)];
    }
    if dice.percent(20) {
        spec.made_with.platform_version = Some("1.4.0".to_owned());
    }
    if by_ecs {
        let rolling = spec.native.strategy == Strategy::Rolling;
        if rolling && dice.percent(20) {
            spec.native.early_success = Some(EarlySuccess {
                healthy_percent: dice.pick(&[50, 100]),
                deferred: dice.percent(60),
            });
        }
        return;
    }
    spec.group_names = dice.pick(&[
        GroupNames::Plain,
        GroupNames::Plain,
        GroupNames::ServiceArn,
        GroupNames::ClusterArn,
        GroupNames::BothArns,
    ]);
    spec.answers_deployments = dice.percent(10);
}

/// What happened to the service beside its deployments.
pub fn events(scene: &mut Scene, spec: &ServiceSpec, dice: &mut Dice) {
    if dice.percent(15) {
        let key = scene.key.clone();
        scene
            .world
            .tag_service(&key, "aws:cloudformation:stack-name", "web1-prod");
    }
    let Some(native) = &scene.native else {
        if dice.percent(10) {
            another_group(scene, spec, dice);
        }
        return;
    };
    let (recorded, rolling) = (native.recorded, native.strategy == Strategy::Rolling);
    let mut deployments = scene.world.service_deployments(&scene.key).into_iter();
    let idle = deployments.all(|deployment| deployment.status.over());
    if recorded && idle && dice.percent(15) {
        replaced(scene, dice);
    }
    if rolling && dice.percent(10) {
        old_task(scene, dice);
    }
}

/// The newest release but one had all of the traffic when the next one took its place, during its bake time.
fn replaced(scene: &mut Scene, dice: &mut Dice) {
    let sound: Vec<_> = scene
        .releases
        .iter()
        .filter(|it| it.sound)
        .cloned()
        .collect();
    if sound.len() < 2 {
        return;
    }
    for (outcome, at) in [
        (ServiceOutcome::Replaced, 560),
        (ServiceOutcome::Successful, 330),
    ] {
        let release = dice.pick(&sound);
        let past = PastService {
            took: Duration::from_secs(60),
            ..PastService::new(&release.revision, ago(at), outcome)
        };
        let arn = scene.world.past_service_deployment(&scene.key, &past);
        scene.told(format!("{arn}: {outcome:?} of {}, {at} s ago", release.tag));
        let served = match outcome {
            ServiceOutcome::Replaced => Some(release.digest),
            _ => scene.running(),
        };
        scene.served.extend(served);
    }
}

/// A task of an old deployment is still there.
fn old_task(scene: &mut Scene, dice: &mut Dice) {
    let release = dice.pick(&scene.releases);
    if !release.sound {
        return;
    }
    let (held, key) = (
        dice.pick(&[Held::Draining, Held::Protected]),
        scene.key.clone(),
    );
    let until = after(dice.below(900));
    let set = scene
        .world
        .leave_old_task(&key, &release.revision, held, until);
    scene.told(format!("{set}: a task of {} is {held:?}", release.tag));
    scene.legible = false;
}

/// The group was made anew, in another application; the old one may be gone.
fn another_group(scene: &mut Scene, spec: &ServiceSpec, dice: &mut Dice) {
    let (application, group) = (scene.application.clone(), scene.group.clone());
    let anew = scene.names.anew.clone();
    let mut deployments = scene.world.deployments(&application, &group).into_iter();
    let idle = deployments.all(|deployment| {
        matches!(
            deployment.status,
            Status::Succeeded | Status::Failed | Status::Stopped
        )
    });
    let spec = ServiceSpec {
        application: Some(anew.clone()),
        deployment_group: Some(anew.clone()),
        ..spec.clone()
    };
    scene.world.add_group(&spec, ago(100));
    scene.legible = false;
    scene.told(format!("there is a group {anew} / {anew}"));
    if idle && dice.percent(50) {
        scene.world.delete_group(&application, &group);
        scene.told(format!("{application} / {group} is deleted"));
        (scene.application, scene.group) = (anew.clone(), anew);
    } else {
        scene.two_groups = true;
    }
}
