//! How the world of a random run is set: its speed, its undocumented sides, the service and its group.

use aws_sim::world::{
    Crash, DigestReport, LimitWording, ListOrder, NativeBusy, Pace, PrimaryMoves, ServiceSpec,
    Switches, World,
};

use super::dice::Dice;
use super::names::Names;
use super::scene::HOSTILE;

const CONFIGS: [&str; 5] = [
    "CodeDeployDefault.ECSAllAtOnce",
    "CodeDeployDefault.ECSAllAtOnce",
    "CodeDeployDefault.ECSCanary10Percent5Minutes",
    "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
    "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
];

pub fn config(dice: &mut Dice) -> &'static str {
    dice.pick(&CONFIGS)
}

pub fn crash() -> Crash {
    Crash {
        exit_code: Some(137),
        reason: HOSTILE.to_owned(),
    }
}

pub fn pace(world: &mut World, dice: &mut Dice) {
    world.pace = if dice.percent(70) {
        Pace::quick()
    } else {
        Pace::default()
    };
    world.pace.stop = dice.below(4) * 1_500;
    if dice.percent(30) {
        world.pace.rollback_starts = dice.below(20_000);
        world.pace.rollback_link = dice.below(25_000);
    }
    if dice.percent(20) {
        world.pace.created = dice.below(12_000);
        world.pace.reroute_install = dice.below(12_000);
    }
}

/// Each of the ways in which AWS may behave, one time in five.
pub fn switches(world: &mut World, dice: &mut Dice) {
    let mut odd = || dice.percent(20);
    world.switches = Switches {
        archived_hidden_by_default: !odd(),
        list_order: if odd() {
            ListOrder::NewestFirst
        } else {
            ListOrder::Shuffled
        },
        limit_wording: match (odd(), odd()) {
            (true, _) => LimitWording::AlreadyHasActive,
            (_, true) => LimitWording::Unquoted,
            _ => LimitWording::AlreadyDeploying,
        },
        digest_report: match (odd(), odd(), odd()) {
            (true, true, _) => DigestReport::Missing,
            (_, _, true) => DigestReport::Child,
            _ => DigestReport::Index,
        },
        primary_moves: if odd() {
            PrimaryMoves::WithFirstWeight
        } else {
            PrimaryMoves::WithLastWeight
        },
        termination_wait_flag: odd(),
        refuse_continue_termination: odd(),
        refuse_stop_in_termination: odd(),
        stop_starts_no_rollback: odd(),
        rollback_keeps_labels: odd(),
        native_busy: if odd() {
            NativeBusy::Supersedes
        } else {
            NativeBusy::Refused
        },
        refuse_second_stop: !odd(),
        idle_names_deployment: odd(),
        ..Switches::default()
    };
}

pub fn spec(names: &Names, dice: &mut Dice) -> ServiceSpec {
    let mut spec = names.spec();
    spec.desired_count = dice.pick(&[1, 2, 2, 2, 3, 3]);
    if dice.percent(2) {
        spec.desired_count = 0;
    }
    if dice.percent(40) {
        spec.application = Some(names.application.clone());
        spec.deployment_group = Some(names.group.clone());
    }
    spec.deployment_config = config(dice).to_owned();
    spec.termination_wait_minutes = dice.pick(&[0, 0, 1, 1, 2, 5, 60, 120]);
    spec.ready_wait_minutes = dice.percent(15).then(|| dice.pick(&[1, 5, 60]));
    spec.test_listener = dice.percent(20);
    if dice.percent(35) {
        spec.alarms = vec!["web1-5xx".to_owned()];
        spec.alarms_enabled = dice.percent(75);
    }
    let events = [
        "DEPLOYMENT_FAILURE",
        "DEPLOYMENT_STOP_ON_ALARM",
        "DEPLOYMENT_STOP_ON_REQUEST",
    ];
    spec.auto_rollback = events
        .iter()
        .filter(|_| dice.percent(50))
        .map(|event| (*event).to_owned())
        .collect();
    spec
}
