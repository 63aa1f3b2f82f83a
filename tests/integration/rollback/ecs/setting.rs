//! The worlds that these stories begin with, and what they look at when a run has ended.

use aws_sim::world::stage::{Native1, native1_with};
use aws_sim::world::{
    Crash, NativeHook, NativePhase, NativeSpec, PastService, ServiceDeployment,
    ServiceDeploymentStatus, ServiceOutcome, ServiceSpec, Strategy, World,
};

use crate::harness::check::serving;
use crate::harness::worlds::{ago, asking, key};
use crate::harness::{Done, Step};

/// Shifts and bakes in a few minutes.
fn quick(native: &mut NativeSpec) {
    (native.canary_bake_minutes, native.step_bake_minutes) = (2, 1);
    native.bake_minutes = native.bake_minutes.min(4);
}

/// v1.2.0 serves, of a service that shifts and bakes in a few minutes.
pub fn brisk(strategy: Strategy) -> Native1 {
    brisk_with(strategy, |_| {})
}

/// The same, with the service's settings changed.
pub fn brisk_with(strategy: Strategy, change: impl FnOnce(&mut ServiceSpec)) -> Native1 {
    native1_with(strategy, |spec| {
        quick(&mut spec.native);
        change(spec);
    })
}

/// v1.1.0 serves, and somebody deploys v1.2.0, which has come this far.
pub fn deploying(strategy: Strategy, phase: NativePhase) -> (Native1, String) {
    deploying_with(strategy, phase, |_| {})
}

/// The same, of a service that shifts and bakes in a few minutes.
pub fn briskly_deploying(strategy: Strategy, phase: NativePhase) -> (Native1, String) {
    deploying_with(strategy, phase, quick)
}

fn deploying_with(
    strategy: Strategy,
    phase: NativePhase,
    change: impl FnOnce(&mut NativeSpec),
) -> (Native1, String) {
    let mut native1 = native1_with(strategy, |spec| {
        if strategy == Strategy::Rolling {
            spec.native.bake_minutes = 30;
            spec.native.alarms = vec!["5xx".to_owned()];
            spec.native.alarms_enabled = true;
        }
        if phase == NativePhase::Paused {
            spec.native.hooks = vec![NativeHook::pause("PRE_PRODUCTION_TRAFFIC_SHIFT")];
        }
        change(&mut spec.native);
    });
    let back = native1.releases[1].task_definition.clone();
    let past = PastService::new(&back, ago(1800), ServiceOutcome::Successful);
    native1.world.past_service_deployment(&key(), &past);
    let bad = native1.releases[2].task_definition.clone();
    let arn = native1.world.start_service_deployment(&key(), &bad, phase);
    (native1, arn)
}

/// A run with time enough for a linear shift, and for another one before it.
pub fn step(world: &World, version: &str) -> Step {
    asking(world.clone(), version).input("timeout", "5h")
}

/// From now on, tasks with this release's image exit as soon as they have started.
pub fn crash(native1: &mut Native1, release: usize) {
    let crash = Crash {
        exit_code: Some(1),
        reason: "Cannot find module './db'".to_owned(),
    };
    native1
        .world
        .set_image_crash("web1", &native1.releases[release].digest, Some(crash));
}

/// Every service deployment there is, oldest first.
pub fn deployments(step: &Step) -> Vec<ServiceDeployment> {
    step.sim.world(|world| {
        world
            .service_deployments(&key())
            .into_iter()
            .cloned()
            .collect()
    })
}

/// That the run began so many service deployments, whatever the answers said.
#[track_caller]
pub fn began(step: &Step, before: &World, new: usize, told: &str) {
    let before = before.service_deployments(&key()).len();
    assert_eq!(deployments(step).len(), before + new, "{told}");
}

pub fn status(step: &Step, arn: &str) -> ServiceDeploymentStatus {
    step.sim
        .world(|world| world.service_deployment(arn).expect("it is there").status)
}

/// That this release has all the traffic.
#[track_caller]
pub fn serves(step: &Step, native1: &Native1, release: usize, told: &str) {
    let digests: Vec<_> = serving(step)
        .into_iter()
        .map(|(_, digest, weight)| (digest, weight))
        .collect();
    assert_eq!(
        digests,
        [(native1.releases[release].digest.clone(), 100.0)],
        "{told}"
    );
}

/// That the ending names what has most of the traffic in the world; of as much, any.
#[track_caller]
pub fn tells_what_serves(step: &Step, done: &Done) {
    let parts = serving(step);
    let most = parts.iter().map(|part| part.2).fold(0.0, f64::max);
    let digests: Vec<_> = parts
        .iter()
        .filter(|part| part.2 >= most)
        .map(|part| part.1.as_str())
        .collect();
    let report = done.report();
    let told = report["ending"]["serving"]["digest"]
        .as_str()
        .unwrap_or_default();
    assert!(
        digests.contains(&told),
        "{told:?} is told, {parts:?} serve\n{}",
        done.log
    );
    done.says(" serves users now");
}

/// The ARNs in the commands to paste. Each of them is that of a service deployment in the world, and the one in a
/// command that stops is of one that can be stopped.
#[track_caller]
pub fn pasted(step: &Step, done: &Done) -> Vec<String> {
    let mut arns: Vec<String> = Vec::new();
    for (option, stops) in [
        ("--service-deployment-arn ", true),
        ("--service-deployment-arns ", false),
    ] {
        for rest in done.log.split(option).skip(1) {
            let arn = rest
                .split([' ', '`', '\n'])
                .next()
                .unwrap_or_default()
                .to_owned();
            let found = step
                .sim
                .world(|world| world.service_deployment(&arn).cloned());
            let found =
                found.unwrap_or_else(|| panic!("no service deployment {arn:?}\n{}", done.log));
            assert!(
                !stops || !found.status.over(),
                "{:?} can't be stopped\n{}",
                found.status,
                done.log
            );
            arns.push(arn);
        }
    }
    arns.sort();
    arns.dedup();
    arns
}
