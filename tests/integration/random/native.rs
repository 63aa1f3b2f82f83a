//! A service that ECS deploys by itself: how it is set, what was deployed to it, and what is under way.

use aws_sim::world::{
    Controller, HookTarget, NativeHook, NativePhase, NativeSpec, PastService, ServiceOutcome,
    ServiceSpec, Strategy,
};

use super::dice::Dice;
use super::names::Names;
use super::scene::{Release, Scene};
use crate::harness::worlds::ago;

/// From early to late.
const STAGES: [&str; 6] = [
    "PRE_SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
];

pub fn spec(names: &Names, dice: &mut Dice) -> ServiceSpec {
    let mut spec = names.spec();
    spec.controller = Controller::Ecs;
    spec.desired_count = if dice.percent(2) {
        0
    } else {
        dice.pick(&[1, 2, 2, 2, 3, 3])
    };
    let strategy = dice.pick(&Strategy::ALL);
    spec.native = NativeSpec {
        bake_minutes: dice.pick(&[0, 0, 1, 2, 5, 60]),
        canary_percent: dice.pick(&[5.0, 10.0, 50.0]),
        canary_bake_minutes: dice.pick(&[1, 2, 5, 10]),
        step_percent: dice.pick(&[10.0, 25.0, 40.0]),
        step_bake_minutes: dice.pick(&[0, 1, 3]),
        circuit_breaker: dice.pick(&[None, Some(false), Some(true), Some(true)]),
        recorded: !dice.percent(20),
        ..NativeSpec::new(strategy)
    };
    if dice.percent(40) {
        spec.native.alarms = vec!["web1-5xx".to_owned()];
        spec.native.alarms_enabled = dice.percent(80);
        spec.native.alarms_rollback = dice.percent(60);
    }
    if strategy != Strategy::Rolling && dice.percent(30) {
        spec.native.hooks = vec![hook(dice)];
    }
    spec
}

fn hook(dice: &mut Dice) -> NativeHook {
    let target = match dice.below(6) {
        0 => HookTarget::Lambda { fails: true },
        1 => HookTarget::Lambda { fails: false },
        _ => HookTarget::Pause {
            timeout_minutes: dice.pick(&[1, 5, 60, 1_440]),
            rolls_back: dice.percent(60),
        },
    };
    NativeHook {
        stage: dice.pick(&STAGES).to_owned(),
        target,
    }
}

/// A service deployment of the past; its rollback, where it had one, is part of it.
pub fn past(scene: &mut Scene, dice: &mut Dice, at: u64, recorded: bool) {
    let release = dice.pick(&scene.releases);
    let outcome = match dice.below(12) {
        0 => ServiceOutcome::Stopped,
        1 | 2 => ServiceOutcome::RolledBack,
        3 => ServiceOutcome::RollbackFailed,
        _ if !release.sound => ServiceOutcome::RolledBack,
        _ => ServiceOutcome::Successful,
    };
    let past = PastService {
        recorded,
        ..PastService::new(&release.revision, ago(at), outcome)
    };
    let arn = scene.world.past_service_deployment(&scene.key, &past);
    scene.told(format!(
        "{arn}: {outcome:?} of {}, {at} s ago, recorded: {recorded}",
        release.tag
    ));
    if outcome == ServiceOutcome::Successful && recorded {
        scene.served.extend(scene.running());
    }
}

/// Somebody's service deployment, somewhere on its way or on its way back.
pub fn under_way(scene: &mut Scene, spec: &ServiceSpec, dice: &mut Dice) {
    let sound: Vec<Release> = scene
        .releases
        .iter()
        .filter(|release| release.sound)
        .cloned()
        .collect();
    let rings = !spec.native.alarms.is_empty() && dice.percent(20);
    if rings {
        scene.world.set_alarm(&spec.native.alarms[0], true);
        scene.told("the alarm rings already".to_owned());
    }
    let phases = reachable(spec, rings);
    if sound.is_empty() || phases.is_empty() {
        return;
    }
    let (release, phase) = (dice.pick(&sound), dice.pick(&phases));
    let arn = scene
        .world
        .start_service_deployment(&scene.key, &release.revision, phase);
    scene.told(format!("{arn}: under way with {}: {phase:?}", release.tag));
    scene.legible = false;
}

/// How far a deployment of a sound release gets by itself.
fn reachable(spec: &ServiceSpec, rings: bool) -> Vec<NativePhase> {
    use NativePhase::{
        Baking, InProgress, Paused, Pending, RollingBack, RollingBackTraffic, Shifting,
    };
    if spec.desired_count == 0 {
        return Vec::new();
    }
    let native = &spec.native;
    let (rolling, stops_at) = (native.strategy == Strategy::Rolling, blocked(native));
    let starts_tasks = stops_at != Some(0);
    let moves_traffic = stops_at.is_none_or(|stage| stage > 4);
    let gradual = matches!(native.strategy, Strategy::Linear | Strategy::Canary);
    // One that is successful early may have no time in which its tasks and the old ones share the traffic.
    let shares = rolling && native.early_success.is_none();
    let parts = gradual && moves_traffic || shares && spec.desired_count > 1;
    // A rolling one bakes only while it watches alarms.
    let watches = native.alarms_enabled && !native.alarms.is_empty() && !rings;
    let bakes = native.bake_minutes > 0 && stops_at.is_none() && (!rolling || watches);
    let pauses = native
        .hooks
        .iter()
        .any(|hook| matches!(hook.target, HookTarget::Pause { .. }));
    let sent_back = if native.strategy == Strategy::BlueGreen {
        bakes
    } else {
        parts
    };
    let all = [
        (Pending, true),
        (InProgress, starts_tasks),
        (Shifting, parts),
        (Baking, bakes),
        (Paused, pauses && !rolling),
        (RollingBack, starts_tasks),
        (RollingBackTraffic, sent_back),
    ];
    all.into_iter()
        .filter(|(_, gets_there)| *gets_there)
        .map(|(phase, _)| phase)
        .collect()
}

/// The place of the stage where a hook keeps it from going on by itself.
fn blocked(native: &NativeSpec) -> Option<usize> {
    let hook = native
        .hooks
        .first()
        .filter(|hook| hook.target != HookTarget::Lambda { fails: false })?;
    STAGES.iter().position(|stage| *stage == hook.stage)
}
