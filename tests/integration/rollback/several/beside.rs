//! One that is somewhere else already: it serves the target, is on its way there, or somebody else is busy with it.

use std::time::Duration;

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::{Member, Several, several};
use aws_sim::world::{
    NativePhase, Outcome, Past, PastService, Reached, ServiceOutcome, Start, Strategy,
};

use super::setting::{apart, back, result, said_of, serves, shop, verdict, wrote};
use crate::harness::worlds::ago;

/// worker1 serves v1.1.0 since half an hour.
pub fn worker1_is_there() -> Several {
    let mut shop = apart();
    let worker1 = shop.member("worker1");
    let (key, revision) = (
        worker1.service.clone(),
        worker1.releases[1].task_definition.clone(),
    );
    let past = PastService::new(&revision, ago(1800), ServiceOutcome::Successful);
    shop.world.past_service_deployment(&key, &past);
    shop
}

#[tokio::test(start_paused = true)]
async fn one_serves_the_target_already() {
    let shop = worker1_is_there();
    let step = back(shop.world.clone(), "web1, worker1", "v1.1.0");
    let done = step.run().await;
    let each = [("web1", "rolled-back"), ("worker1", "unchanged")];
    done.ended_each(&step, "rolled-back", &each, 1);
    wrote(&step, &[("CreateDeployment", 1)]);
    serves(&step, &shop, "web1", 1);
    serves(&step, &shop, "worker1", 1);
    insta::assert_snapshot!("one_unchanged", done.story());
    let end = done
        .summary
        .find("<details>")
        .expect("a page for each service");
    insta::assert_snapshot!("one_unchanged_summary", &done.summary[..end]);
}

#[tokio::test(start_paused = true)]
async fn all_serve_the_target_already() {
    let step = back(shop().world, "web1, worker1", "v1.2.0");
    let done = step.run().await;
    let each = [("web1", "unchanged"), ("worker1", "unchanged")];
    done.ended_each(&step, "unchanged", &each, 0)
        .wrote_nothing(&step);
    insta::assert_snapshot!("all_unchanged", verdict(&done));
}

#[tokio::test(start_paused = true)]
async fn one_serves_the_target_and_the_other_is_refused() {
    let mut shop = worker1_is_there();
    let digest = shop.member("web1").releases[1].digest.clone();
    shop.world.delete_image("web1", &digest);
    let step = back(shop.world.clone(), "web1, worker1", "v1.1.0");
    let done = step.run().await;
    let each = [("web1", "refused"), ("worker1", "unchanged")];
    done.ended_each(&step, "refused", &each, 0)
        .wrote_nothing(&step);
}

/// web1 in the middle of somebody's deployment of this release, after v1.1.0 served.
fn web1_is_deploying(release: usize, reached: Reached) -> (Several, String) {
    let config = "CodeDeployDefault.ECSCanary10Percent5Minutes";
    let mut shop = several(&[
        Member::codedeploy("web1").with(|spec| {
            if reached == Reached::Shifting {
                config.clone_into(&mut spec.deployment_config);
            }
        }),
        Member::ecs("worker1", Strategy::Rolling),
    ]);
    let web1 = shop.member("web1").clone();
    let back = Past::new(
        &web1.releases[1].task_definition,
        ago(3_000),
        Outcome::Succeeded,
    );
    shop.world.past_deployment(&web1.service, &back);
    let start = Start::new(&web1.releases[release].task_definition);
    let id = shop.world.start_deployment(&web1.service, &start, reached);
    (shop, id)
}

#[tokio::test(start_paused = true)]
async fn one_is_on_its_way_to_the_target() {
    let (shop, id) = web1_is_deploying(0, Reached::Installing);
    let step = back(shop.world.clone(), "web1, worker1", "v1.0.0");
    let done = step.run().await;
    let each = [("web1", "rolled-back"), ("worker1", "rolled-back")];
    done.ended_each(&step, "rolled-back", &each, 0);
    wrote(&step, &[("UpdateService", 1)]);
    assert_eq!(result(&done, "web1", "path"), "adopt");
    assert_eq!(result(&done, "web1", "codedeploy-deployment-id"), id);
    serves(&step, &shop, "web1", 0);
    serves(&step, &shop, "worker1", 0);
}

/// Taken over as if it were alone, while the other goes its own way.
#[tokio::test(start_paused = true)]
async fn one_is_busy_with_something_else() {
    for (version, reached, path) in [
        ("v1.1.0", Reached::Installing, "reroute"),
        ("v1.1.0", Reached::Shifting, "reroute"),
        ("v1.0.0", Reached::Installing, "stop-and-redeploy"),
        ("v1.0.0", Reached::TerminationWait, "end-wait-and-redeploy"),
    ] {
        let (shop, id) = web1_is_deploying(2, reached);
        let step = back(shop.world.clone(), "web1, worker1", version).input("timeout", "2h");
        let done = step.run().await;
        let each = [("web1", "rolled-back"), ("worker1", "rolled-back")];
        done.ended_each(&step, "rolled-back", &each, usize::from(path != "reroute"));
        assert_eq!(result(&done, "web1", "path"), path, "{reached:?}");
        assert_eq!(result(&done, "worker1", "path"), "redeploy");
        let release = if version == "v1.1.0" { 1 } else { 0 };
        serves(&step, &shop, "web1", release);
        serves(&step, &shop, "worker1", release);
        assert!(said_of(&done, "web1").contains(&id), "{}", done.log);
        assert!(!said_of(&done, "worker1").contains(&id), "{}", done.log);
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_ecs_is_busy_with() {
    let mut shop = shop();
    let cron1 = shop.member("cron1").clone();
    let past = PastService::new(
        &cron1.releases[1].task_definition,
        ago(1_800),
        ServiceOutcome::Successful,
    );
    shop.world.past_service_deployment(&cron1.service, &past);
    let bad = cron1.releases[2].task_definition.clone();
    shop.world
        .start_service_deployment(&cron1.service, &bad, NativePhase::Baking);
    let step = back(shop.world.clone(), "web1, cron1", "v1.1.0");
    let done = step.run().await;
    let each = [("web1", "rolled-back"), ("cron1", "rolled-back")];
    done.ended_each(&step, "rolled-back", &each, 1);
    wrote(
        &step,
        &[("CreateDeployment", 1), ("StopServiceDeployment", 1)],
    );
    assert_eq!(result(&done, "cron1", "path"), "reroute");
    serves(&step, &shop, "cron1", 1);
}

#[tokio::test(start_paused = true)]
async fn one_is_busy_and_nobody_may_touch_it() {
    let (shop, id) = web1_is_deploying(2, Reached::Installing);
    let step =
        back(shop.world.clone(), "web1, worker1", "v1.0.0").input("active-deployment", "fail");
    let done = step.run().await;
    let each = [("web1", "refused"), ("worker1", "planned")];
    done.ended_each(&step, "refused", &each, 0)
        .wrote_nothing(&step);
    assert!(said_of(&done, "web1").contains(&id), "{}", done.log);
}

/// The idle one does not wait for the other's deployment to end.
#[tokio::test(start_paused = true)]
async fn one_is_busy_and_waited_for() {
    let (shop, _) = web1_is_deploying(2, Reached::Installing);
    let step = back(shop.world.clone(), "web1, worker1", "v1.0.0")
        .input("active-deployment", "wait")
        .input("timeout", "3h");
    let done = step.run().await;
    let each = [("web1", "rolled-back"), ("worker1", "rolled-back")];
    done.ended_each(&step, "rolled-back", &each, 1);
    let seconds = |service| {
        result(&done, service, "seconds-to-traffic")
            .parse::<u64>()
            .expect("a number")
    };
    assert!(
        seconds("worker1") < 200 && seconds("web1") > 3_600,
        "{}",
        done.log
    );
    serves(&step, &shop, "web1", 0);
}

/// worker1's write is denied while web1 has not written anything: how worker1 ends is open for as long, and what is wrong
/// is told at once.
#[tokio::test(start_paused = true)]
async fn one_is_denied_while_the_other_waits() {
    let (shop, _) = web1_is_deploying(2, Reached::Installing);
    let step = back(shop.world.clone(), "web1, worker1", "v1.0.0")
        .input("active-deployment", "wait")
        .input("timeout", "10m");
    let denied = Effect::access_denied("ecs:UpdateService");
    step.sim.rule(Rule::on("UpdateService", denied));
    let done = step.run().await;
    let each = [("web1", "timed-out"), ("worker1", "refused")];
    done.ended_each(&step, "timed-out", &each, 0);
    assert!(done.took <= Duration::from_secs(605), "{:?}", done.took);
    let said = said_of(&done, "worker1");
    let warning = said
        .lines()
        .find(|line| line.contains("the other services go on"));
    assert!(
        warning.is_some_and(|line| line.starts_with("0:0")),
        "{said}"
    );
}
