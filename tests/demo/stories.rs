//! The stories: a world, the inputs of the step, and how it must end.

use std::time::{Duration, SystemTime};

use serde_json::json;

use aws_sim::world::stage::{self, Web1};
use aws_sim::world::{
    Controller, Crash, ImageSpec, NativePhase, NativeSpec, Outcome, Past, ServiceSpec, Strategy,
};

use crate::github::State;
use crate::shop::{self, NEWEST};

/// One step of a workflow in one world. They begin with v1.2.0 of prod/web1, an hour old and broken, where `before`
/// does not say otherwise.
pub struct Story {
    pub name: &'static str,
    /// For `--help`.
    pub about: &'static str,
    /// What the reader has to know first.
    pub before: &'static str,
    /// The input `service`: the services that are rolled back.
    pub service: &'static str,
    /// Besides cluster and service.
    pub inputs: &'static [(&'static str, &'static str)],
    /// Whether the step probes the service's health endpoint after the shift.
    pub health_check: bool,
    /// The release that is not broken, and the one that serves in the end.
    pub good: &'static str,
    pub serves: &'static str,
    /// How the service is set up, and what happened to it since.
    pub stage: fn(SystemTime) -> Web1,
    pub change: fn(&mut Web1),
    /// How many times as fast as the real one the simulated AWS is.
    pub speed: u32,
    /// The runner's SIGINT is sent when the log has a line with this.
    pub cancel_at: Option<&'static str>,
    /// What GitHub knows, where there is one.
    pub github: Option<fn(&Web1) -> State>,
    pub exit_code: i32,
    pub outcome: &'static str,
}

/// A deployment of three minutes is over in nine seconds, so that the second look finds it so.
const USUAL: Story = Story {
    name: "rollback",
    about: "v1.2.0 is broken, so back to v1.0.0: the main job",
    before: "v1.2.0 of the service web1 went out an hour ago. It is broken:",
    service: "web1",
    inputs: &[("version", "v1.0.0"), ("reason", "checkout page is down")],
    health_check: true,
    good: "v1.0.0",
    serves: "v1.0.0",
    stage: |now| stage::web1_at(now, |_| {}),
    change: |_| {},
    speed: 20,
    cancel_at: None,
    github: None,
    exit_code: 0,
    outcome: "rolled-back",
};

pub const STORIES: &[Story] = &[
    USUAL,
    Story {
        name: "typo",
        about: "a version that isn't there: refused, with the ones that are",
        before: "v1.2.0 is broken, and somebody in a hurry mistypes the version to go back to:",
        inputs: &[("version", "v1.0.1")],
        health_check: false,
        serves: "v1.2.0",
        exit_code: 2,
        outcome: "refused",
        ..USUAL
    },
    Story {
        name: "latest",
        about: "the default version, which is what runs already",
        before: "v1.2.0 is broken, and the version is left at its default, latest:",
        inputs: &[],
        health_check: false,
        serves: "v1.2.0",
        outcome: "unchanged",
        ..USUAL
    },
    Story {
        name: "previous",
        about: "back by proof from the deployment history, with no version to look up",
        inputs: &[("version", "previous"), ("reason", "checkout page is down")],
        good: "v1.1.0",
        serves: "v1.1.0",
        ..USUAL
    },
    Story {
        name: "dry-run",
        about: "the plan, and nothing else",
        inputs: &[("version", "v1.0.0"), ("dry-run", "true")],
        serves: "v1.2.0",
        outcome: "planned",
        ..USUAL
    },
    Story {
        name: "failure",
        about: "v1.0.0 is broken too: AWS goes back, and hostile output does no harm",
        before: "v1.2.0 is broken. So is v1.0.0 by now: its smoke test fails, and prints what an attacker would.",
        health_check: false,
        serves: "v1.2.0",
        change: target_is_broken,
        speed: 40,
        exit_code: 1,
        outcome: "reverted",
        ..USUAL
    },
    Story {
        name: "crash",
        about: "v1.0.0 does not start: the cause is told, with the last lines that it wrote",
        before: "v1.2.0 is broken. So is v1.0.0 by now: a module is missing in its image.",
        health_check: false,
        serves: "v1.2.0",
        change: target_crashes,
        speed: 40,
        exit_code: 1,
        outcome: "reverted",
        ..USUAL
    },
    Story {
        name: "rolling",
        about: "the same service, deployed by ECS itself: a rolling deployment",
        inputs: &[("version", "previous"), ("reason", "checkout page is down")],
        good: "v1.1.0",
        serves: "v1.1.0",
        stage: |now| stage::web1_at(now, |spec| by_ecs(spec, Strategy::Rolling)),
        ..USUAL
    },
    Story {
        name: "canary",
        about: "out of a bad canary that ECS is shifting: the traffic goes back in seconds",
        before: "v1.3.0 of the service web1 is going out. As a canary it has 10 % of the traffic so far, and it is broken:",
        inputs: &[
            ("version", "previous"),
            ("reason", "one checkout in ten fails"),
        ],
        good: "v1.2.0",
        serves: "v1.2.0",
        stage: |now| stage::web1_at(now, |spec| by_ecs(spec, Strategy::Canary)),
        change: canary_goes_out,
        ..USUAL
    },
    Story {
        name: "several",
        about: "two services of one image in one rollback, and the third that was forgotten",
        before: "v1.2.0 went out an hour ago as web1, worker1 and cron1, and it is broken. Nobody thinks of cron1:",
        service: "web1, worker1",
        inputs: &[("version", "previous"), ("reason", "checkout page is down")],
        health_check: false,
        good: "v1.1.0",
        serves: "v1.1.0",
        stage: three_of_one_image,
        ..USUAL
    },
    Story {
        name: "history",
        about: "what served, what cannot be gone back to any more, and what to type",
        before: "v1.2.0 is broken, and nobody knows the versions by heart:",
        inputs: &[("mode", "history")],
        health_check: false,
        serves: "v1.2.0",
        change: images_expire,
        outcome: "listed",
        ..USUAL
    },
    Story {
        name: "check",
        about: "would a rollback work now? On a quiet day, before it is needed",
        before: "v1.2.0 went out an hour ago. Somebody wants to know that there is a way back:",
        inputs: &[("mode", "check")],
        health_check: false,
        serves: "v1.2.0",
        change: images_expire,
        outcome: "ready",
        ..USUAL
    },
    Story {
        name: "guard",
        about: "the next merge would deploy the bad commit again: the deploy workflow stops",
        before: "v1.2.0 was rolled back with issue: hold. Now somebody merges, and the deploy workflow begins:",
        inputs: &[("mode", "guard"), ("version", NEWEST)],
        health_check: false,
        serves: "v1.2.0",
        github: Some(shop::with_hold),
        exit_code: 2,
        outcome: "held",
        ..USUAL
    },
    Story {
        name: "mark-stable",
        about: "the release works: once that is proven, the tag stable moves to it",
        before: "v1.2.0 of the service web1 went out an hour ago, and it works. The tag stable is still on v1.1.0:",
        inputs: &[("mode", "mark-stable"), ("version", "v1.2.0")],
        good: "v1.2.0",
        serves: "v1.2.0",
        change: older_is_stable,
        github: Some(shop::with_stable_tag),
        outcome: "marked",
        ..USUAL
    },
    Story {
        name: "cancel",
        about: "somebody cancels the workflow while AWS is at work",
        before: "v1.2.0 is broken. While v1.0.0 starts, somebody will cancel the workflow.",
        serves: "v1.2.0",
        cancel_at: Some("Install"),
        exit_code: 3,
        outcome: "cancelled",
        ..USUAL
    },
];

pub fn find(name: &str) -> Option<&'static Story> {
    STORIES.iter().find(|story| story.name == name)
}

/// `web1` and what runs its image beside it, each deployed in its own way.
fn three_of_one_image(now: SystemTime) -> Web1 {
    let shop = stage::shop_at(now);
    let web1 = shop.member("web1").clone();
    Web1 {
        world: shop.world,
        service: web1.service,
        application: "AppECS-prod-web1".to_owned(),
        deployment_group: "DgpECS-prod-web1".to_owned(),
        releases: web1.releases,
    }
}

fn by_ecs(spec: &mut ServiceSpec, strategy: Strategy) {
    spec.controller = Controller::Ecs;
    spec.native = NativeSpec::new(strategy);
}

/// v1.3.0 is being deployed, and the first part of the traffic has moved.
fn canary_goes_out(web1: &mut Web1) {
    let pushed = web1.world.now() - Duration::from_secs(1_800);
    web1.world.push_image(
        "web1",
        &["v1.3.0", "latest"],
        ImageSpec::single("linux", "amd64"),
        pushed,
    );
    let release = web1
        .world
        .register_task_definition(&stage::task_definition("v1.3.0"), pushed);
    web1.world
        .start_service_deployment(&web1.service, &release, NativePhase::Shifting);
}

/// A lifecycle rule keeps the youngest four images.
fn images_expire(web1: &mut Web1) {
    let rules = json!([{
        "rulePriority": 2,
        "description": "keep 4 images",
        "selection": {
            "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 4,
        },
        "action": { "type": "expire" },
    }]);
    web1.world.set_lifecycle_policy("web1", &rules);
}

fn older_is_stable(web1: &mut Web1) {
    let digest = web1.releases[1].digest.clone();
    web1.world.move_tag("web1", "stable", &digest);
}

/// The last deployment had a smoke test as a hook, and v1.0.0 doesn't pass it.
fn target_is_broken(web1: &mut Web1) {
    let newest = web1.releases.last().expect("the stage has releases");
    let hour_ago = web1.world.now() - Duration::from_secs(3_000);
    let mut past = Past::new(&newest.task_definition, hour_ago, Outcome::Succeeded);
    past.hooks = vec![("AfterInstall".to_owned(), "smoke-test".to_owned())];
    web1.world.past_deployment(&web1.service, &past);
    let said = "Error: Cannot find module './db'\n\
                ::error title=Hacked::this is no error of the action\n\
                ##[add-path]/tmp/evil\n\
                \u{1b}[2J::set-output name=outcome::rolled-back";
    web1.world
        .fail_hook(&web1.deployment_group, "AfterInstall", said);
}

/// The container of v1.0.0 writes a few lines and exits; CodeDeploy gives up after five minutes.
fn target_crashes(web1: &mut Web1) {
    web1.world.pace.install_timeout = 300_000;
    let digest = web1.releases[0].digest.clone();
    web1.world
        .set_image_crash("web1", &digest, Some(Crash::exited(1)));
    let log = [
        (100, "starting web1 v1.0.0"),
        (900, "connecting to db:5432"),
        (1_900, "Error: Cannot find module './db'"),
    ];
    web1.world.set_image_log("web1", &digest, &log);
}
