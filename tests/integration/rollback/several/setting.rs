//! Shops of several services in one cluster, and what the stories look at when a run has ended.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sim::world::stage::{Member, Several, several};
use aws_sim::world::{Crash, Strategy, World};

use crate::harness::check::writes;
use crate::harness::{Done, Step};

/// `web1` by CodeDeploy, `worker1` and `cron1` by ECS, all of the image `shop`.
pub fn shop() -> Several {
    several(&[
        Member::codedeploy("web1").in_repository("shop"),
        Member::ecs("worker1", Strategy::Rolling).in_repository("shop"),
        Member::ecs("cron1", Strategy::BlueGreen).in_repository("shop"),
    ])
}

/// `web1` by CodeDeploy and `worker1` by ECS, each with a repository of its own.
pub fn apart() -> Several {
    several(&[
        Member::codedeploy("web1"),
        Member::ecs("worker1", Strategy::Rolling),
    ])
}

/// Two by CodeDeploy, each with a repository of its own.
pub fn by_codedeploy() -> Several {
    several(&[Member::codedeploy("web1"), Member::codedeploy("worker1")])
}

/// A rollback of these services to this version.
pub fn back(world: World, services: &str, version: &str) -> Step {
    Step::on(world)
        .input("cluster", "prod")
        .input("service", services)
        .input("version", version)
}

/// From now on, tasks with this release's image exit as soon as they have started.
pub fn crash(shop: &mut Several, service: &str, release: usize) {
    let crash = Crash {
        exit_code: Some(1),
        reason: "Cannot find module './db'".to_owned(),
    };
    let digest = shop.member(service).releases[release].digest.clone();
    shop.world.set_image_crash(service, &digest, Some(crash));
}

/// That this release has all the traffic of the service.
#[track_caller]
pub fn serves(step: &Step, shop: &Several, service: &str, release: usize) {
    let parts = step.sim.world(|world| world.serving("prod", service));
    let digests: Vec<_> = parts
        .into_iter()
        .map(|part| (part.digest.unwrap_or_default(), part.weight))
        .collect();
    let wanted = shop.member(service).releases[release].digest.clone();
    assert_eq!(digests, [(wanted, 100.0)], "{service}");
}

/// What was written, by operation, each so many times.
#[track_caller]
pub fn wrote(step: &Step, expected: &[(&str, usize)]) {
    let expected: BTreeMap<String, usize> = expected
        .iter()
        .map(|(operation, times)| ((*operation).to_owned(), *times))
        .collect();
    assert_eq!(writes(step), expected);
}

/// An output of one of the services.
pub fn result(done: &Done, service: &str, name: &str) -> String {
    let results = done.results();
    let mut of_service = results.iter().filter(|result| result["service"] == service);
    let found = of_service.next().expect("the service has a result");
    found[name]
        .as_str()
        .expect("an output is a text")
        .to_owned()
}

/// Lines of the log about one service, without its name.
pub fn said_of(done: &Done, service: &str) -> String {
    let mut said = String::new();
    for line in done.log.lines() {
        let about = line
            .split_once(' ')
            .filter(|(speaker, _)| *speaker == service);
        if let Some((_, text)) = about {
            said += text.trim_start();
            said.push('\n');
        }
    }
    said
}

/// The last lines, which are about all services.
pub fn verdict(done: &Done) -> &str {
    let at = done.log.rfind("\n\n").unwrap_or_default();
    done.log[at..].trim()
}

/// Cancels after so much time, and looks that the run ends within 5 seconds.
pub async fn cancelled(step: &Step, after: Duration) -> Done {
    let clock = step.sim.clock();
    let done = step
        .run_until(async move { clock.sleep(after).await })
        .await;
    let took = done.took.saturating_sub(after);
    assert!(took <= Duration::from_secs(5), "{took:?}\n{}", done.log);
    done
}
