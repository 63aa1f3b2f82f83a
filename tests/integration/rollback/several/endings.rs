//! One ends badly while the others go on: the outcome is the worst.

use aws_sim::world::stage::{Member, Several, several};
use aws_sim::world::{Strategy, Switches};

use super::setting::{apart, back, crash, result, said_of, serves, shop, verdict};

/// The target's image crashes in web1, and CodeDeploy rolls nothing back.
fn failing() -> Several {
    let mut shop = several(&[
        Member::codedeploy("web1").with(|spec| spec.auto_rollback = Vec::new()),
        Member::ecs("worker1", Strategy::Rolling),
    ]);
    crash(&mut shop, "web1", 1);
    shop
}

#[tokio::test(start_paused = true)]
async fn one_whose_new_tasks_crash() {
    let shop = failing();
    let step = back(shop.world.clone(), "web1, worker1", "v1.1.0");
    let done = step.run().await;
    let each = [("web1", "failed"), ("worker1", "rolled-back")];
    done.ended_each(&step, "failed", &each, 1);
    serves(&step, &shop, "worker1", 1);
    assert!(
        result(&done, "web1", "cause").contains("./db"),
        "{}",
        done.log
    );
    assert_eq!(result(&done, "worker1", "cause"), "");
    insta::assert_snapshot!("crash", done.story());
    insta::assert_snapshot!("crash_summary", done.summary);
}

#[tokio::test(start_paused = true)]
async fn one_that_aws_rolls_back() {
    let mut shop = apart();
    crash(&mut shop, "web1", 1);
    let step = back(shop.world.clone(), "worker1, web1", "v1.1.0");
    let done = step.run().await;
    let each = [("worker1", "rolled-back"), ("web1", "reverted")];
    done.ended_each(&step, "reverted", &each, 1);
    serves(&step, &shop, "web1", 2);
    serves(&step, &shop, "worker1", 1);
    insta::assert_snapshot!("reverted", verdict(&done));
}

#[tokio::test(start_paused = true)]
async fn one_that_ecs_rolls_back() {
    let mut shop = several(&[
        Member::codedeploy("web1"),
        Member::ecs("worker1", Strategy::Rolling)
            .with(|spec| spec.native.circuit_breaker = Some(true)),
    ]);
    crash(&mut shop, "worker1", 1);
    let step = back(shop.world.clone(), "web1, worker1", "v1.1.0");
    let done = step.run().await;
    let each = [("web1", "rolled-back"), ("worker1", "reverted")];
    done.ended_each(&step, "reverted", &each, 1);
    serves(&step, &shop, "web1", 1);
    serves(&step, &shop, "worker1", 2);
    assert!(
        said_of(&done, "worker1").contains("circuit breaker"),
        "{}",
        done.log
    );
    // The flat outputs are web1's, which has no cause.
    assert_eq!(done.output("cause"), "");
    assert!(!result(&done, "worker1", "cause").is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_that_is_out_of_time_when_the_others_are_done() {
    let shop = several(&[
        Member::codedeploy("web1").in_repository("shop"),
        Member::ecs("worker1", Strategy::Linear).in_repository("shop"),
    ]);
    let step = back(shop.world.clone(), "web1, worker1", "v1.1.0").input("timeout", "5m");
    let done = step.run().await;
    let each = [("web1", "rolled-back"), ("worker1", "timed-out")];
    done.ended_each(&step, "timed-out", &each, 1);
    serves(&step, &shop, "web1", 1);
    assert_eq!(done.took.as_secs(), 300);
    assert!(
        said_of(&done, "worker1").contains("aws ecs stop-service-deployment"),
        "{}",
        done.log
    );
    assert!(
        !done.log.contains("aws deploy stop-deployment"),
        "{}",
        done.log
    );
    insta::assert_snapshot!("timed_out", done.story());
}

/// In the contract's order: failed, reverted, timed out; then what went well.
#[tokio::test(start_paused = true)]
async fn the_worst_of_four() {
    let mut shop = several(&[
        Member::ecs("a1", Strategy::Rolling),
        Member::codedeploy("b1"),
        Member::ecs("c1", Strategy::Linear).with(|spec| spec.native.step_bake_minutes = 30),
        Member::codedeploy("d1").with(|spec| spec.auto_rollback = Vec::new()),
    ]);
    crash(&mut shop, "b1", 1);
    let run = async |services: &str| {
        let step = back(shop.world.clone(), services, "v1.1.0").input("timeout", "20m");
        let done = step.run().await;
        (step, done)
    };
    let (step, done) = run("a1, b1, c1").await;
    let each = [
        ("a1", "rolled-back"),
        ("b1", "reverted"),
        ("c1", "timed-out"),
    ];
    done.ended_each(&step, "reverted", &each, 1);
    crash(&mut shop, "d1", 1);
    let step = back(shop.world.clone(), "a1, b1, c1, d1", "v1.1.0").input("timeout", "20m");
    let done = step.run().await;
    let each = [
        ("a1", "rolled-back"),
        ("b1", "reverted"),
        ("c1", "timed-out"),
        ("d1", "failed"),
    ];
    done.ended_each(&step, "failed", &each, 2);
    insta::assert_snapshot!("four", verdict(&done));
}

/// Of an image that all of them have in common, each says itself that it crashes.
#[tokio::test(start_paused = true)]
async fn all_of_them_crash() {
    let mut shop = shop();
    let digest = shop.member("web1").releases[1].digest.clone();
    let crash = aws_sim::world::Crash::exited(1);
    shop.world.set_image_crash("shop", &digest, Some(crash));
    shop.world.switches = Switches::default();
    let step = back(shop.world.clone(), "web1, worker1", "v1.1.0").input("timeout", "20m");
    let done = step.run().await;
    // worker1 has no circuit breaker: ECS tries for ever.
    let each = [("web1", "reverted"), ("worker1", "timed-out")];
    done.ended_each(&step, "reverted", &each, 1);
    serves(&step, &shop, "web1", 2);
    insta::assert_snapshot!("all_crash", verdict(&done));
}
