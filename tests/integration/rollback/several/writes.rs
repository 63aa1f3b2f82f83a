//! Writes that are denied, and answers that are lost: what one service wrote counts for all.

use std::time::Duration;

use aws_sim::aws::AwsError;
use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::{Member, Several, several};
use aws_sim::world::{Strategy, World};

use super::beside::worker1_is_there;
use super::setting::{apart, back, by_codedeploy, result, said_of, serves, verdict, wrote};
use crate::harness::lost::{done_but_lost, lost_before};
use crate::harness::worlds::{ago, amd64};

fn create_is_denied() -> Rule {
    Rule::on(
        "CreateDeployment",
        Effect::access_denied("codedeploy:CreateDeployment"),
    )
}

fn update_is_denied() -> Rule {
    Rule::on("UpdateService", Effect::access_denied("ecs:UpdateService"))
}

/// Whichever of the two answers comes first.
#[tokio::test(start_paused = true)]
async fn denied_for_one_after_anothers_took_effect() {
    let second = Duration::from_secs(1);
    for (denied, other, refused) in [
        (create_is_denied(), "UpdateService", "web1"),
        (update_is_denied(), "CreateDeployment", "worker1"),
    ] {
        for late in ["CreateDeployment", "UpdateService"] {
            let shop = apart();
            let step = back(shop.world.clone(), "web1, worker1", "v1.1.0");
            step.sim.rule(Rule::on(late, Effect::Delay(second)));
            step.sim.rule(denied.clone());
            let done = step.run().await;
            let outcome = |service| {
                if service == refused {
                    "failed"
                } else {
                    "rolled-back"
                }
            };
            let each = ["web1", "worker1"].map(|service| (service, outcome(service)));
            done.ended_each(
                &step,
                "failed",
                &each,
                usize::from(other == "CreateDeployment"),
            );
            for service in ["web1", "worker1"] {
                serves(
                    &step,
                    &shop,
                    service,
                    if service == refused { 2 } else { 1 },
                );
            }
            assert!(!done.log.contains("othing was changed"), "{}", done.log);
            if refused == "web1" && late == "CreateDeployment" {
                insta::assert_snapshot!("denied_for_one", done.story());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn denied_for_all() {
    let shop = apart();
    let step = back(shop.world.clone(), "web1, worker1", "v1.1.0");
    step.sim.rule(create_is_denied());
    step.sim.rule(update_is_denied());
    let done = step.run().await;
    let each = [("web1", "refused"), ("worker1", "refused")];
    done.ended_each(&step, "refused", &each, 0);
    for service in ["web1", "worker1"] {
        serves(&step, &shop, service, 2);
        assert!(
            said_of(&done, service).contains("Nothing was changed"),
            "{}",
            done.log
        );
    }
    insta::assert_snapshot!("denied_for_all", verdict(&done));
}

/// The other one has nothing to write.
#[tokio::test(start_paused = true)]
async fn denied_for_the_only_one_that_writes() {
    let shop = worker1_is_there();
    let step = back(shop.world.clone(), "web1, worker1", "v1.1.0");
    step.sim.rule(create_is_denied());
    let done = step.run().await;
    let each = [("web1", "refused"), ("worker1", "unchanged")];
    done.ended_each(&step, "refused", &each, 0)
        .says("✘ not started: 1 of 2 services was refused (web1).");
    serves(&step, &shop, "web1", 2);
}

/// A revision that was registered for one is a write that took effect, also for the other.
#[tokio::test(start_paused = true)]
async fn a_register_that_is_denied_for_one() {
    let mut shop = apart();
    for repository in ["web1", "worker1"] {
        shop.world
            .push_image(repository, &["v1.3.0"], amd64(), ago(1_800));
    }
    let denied = |family: &'static str| {
        let denied = Effect::access_denied("ecs:RegisterTaskDefinition");
        let rule = Rule::on("RegisterTaskDefinition", denied);
        rule.when(move |input| input["family"] == family)
    };
    let step = back(shop.world.clone(), "web1, worker1", "v1.3.0");
    step.sim.rule(denied("web1"));
    let done = step.run().await;
    let each = [("web1", "failed"), ("worker1", "rolled-back")];
    done.ended_each(&step, "failed", &each, 0);
    let step = back(shop.world, "web1, worker1", "v1.3.0");
    step.sim.rule(denied("web1"));
    step.sim.rule(denied("worker1"));
    let done = step.run().await;
    let each = [("web1", "refused"), ("worker1", "refused")];
    done.ended_each(&step, "refused", &each, 0);
}

/// Denied for one, and the other's answer never comes: it may have taken effect.
#[tokio::test(start_paused = true)]
async fn denied_for_one_while_anothers_answer_is_lost() {
    for effect in [Effect::HangAfter, Effect::DropAnswer] {
        let shop = apart();
        let step = back(shop.world.clone(), "web1, worker1", "v1.1.0");
        step.sim.rule(create_is_denied());
        step.sim.rule(Rule::on("UpdateService", effect).first(1));
        let done = step.run().await;
        let each = [("web1", "failed"), ("worker1", "rolled-back")];
        done.ended_each(&step, "failed", &each, 0);
        serves(&step, &shop, "worker1", 1);
    }
}

fn both_serve(shop: &Several, step: &crate::harness::Step) {
    for service in ["web1", "worker1"] {
        serves(step, shop, service, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_makes_no_second_deployment() {
    for effect in done_but_lost() {
        for lost in ["web1", "worker1"] {
            let shop = by_codedeploy();
            let step = back(shop.world.clone(), "web1, worker1", "v1.1.0");
            let application = format!("AppECS-prod-{lost}");
            let rule = Rule::on("CreateDeployment", effect.clone());
            step.sim.rule(
                rule.when(move |input| input["applicationName"] == *application)
                    .first(1),
            );
            let done = step.run().await;
            let each = [("web1", "rolled-back"), ("worker1", "rolled-back")];
            done.ended_each(&step, "rolled-back", &each, 2);
            wrote(&step, &[("CreateDeployment", 2)]);
            both_serve(&shop, &step);
        }
    }
}

/// Each finds its own by its own marker, though both were begun at the same moment.
#[tokio::test(start_paused = true)]
async fn both_answers_are_lost() {
    for effect in done_but_lost() {
        let shop = by_codedeploy();
        let step = back(shop.world.clone(), "web1, worker1", "v1.1.0");
        step.sim.rule(Rule::on("CreateDeployment", effect));
        let done = step.run().await;
        let each = [("web1", "rolled-back"), ("worker1", "rolled-back")];
        done.ended_each(&step, "rolled-back", &each, 2);
        wrote(&step, &[("CreateDeployment", 2)]);
        both_serve(&shop, &step);
    }
}

/// ECS knows no marker: what the service runs says whether it was updated.
#[tokio::test(start_paused = true)]
async fn the_answers_of_ecs_are_lost() {
    for effect in done_but_lost() {
        let shop = several(&[
            Member::ecs("web1", Strategy::BlueGreen),
            Member::ecs("worker1", Strategy::Rolling),
        ]);
        let step = back(shop.world.clone(), "web1, worker1", "v1.1.0");
        step.sim.rule(Rule::on("UpdateService", effect).first(2));
        let done = step.run().await;
        let each = [("web1", "rolled-back"), ("worker1", "rolled-back")];
        done.ended_each(&step, "rolled-back", &each, 0);
        both_serve(&shop, &step);
        for member in &shop.members {
            let deployments = |world: &World| world.service_deployments(&member.service).len();
            let before = deployments(&shop.world);
            let after = step.sim.world(|world| deployments(world));
            assert_eq!(after, before + 1, "{}", done.log);
        }
    }
}

/// One is throttled for a while: the other does not wait for it.
#[tokio::test(start_paused = true)]
async fn a_throttled_write_is_sent_again() {
    let shop = by_codedeploy();
    let step = back(shop.world.clone(), "web1, worker1", "v1.1.0");
    let rule = Rule::on("CreateDeployment", Effect::Throttle);
    step.sim.rule(
        rule.when(|input| input["applicationName"] == "AppECS-prod-web1")
            .first(6),
    );
    let done = step.run().await;
    let each = [("web1", "rolled-back"), ("worker1", "rolled-back")];
    done.ended_each(&step, "rolled-back", &each, 2);
    wrote(&step, &[("CreateDeployment", 8)]);
    let seconds = |service| {
        let seconds = result(&done, service, "seconds-to-traffic");
        seconds.parse::<u64>().expect("a number")
    };
    assert!(seconds("worker1") < seconds("web1"), "{}", done.log);
}

#[tokio::test(start_paused = true)]
async fn one_that_was_not_done_is_sent_again() {
    for effect in lost_before() {
        let shop = by_codedeploy();
        let step = back(shop.world.clone(), "web1, worker1", "v1.1.0");
        step.sim.rule(Rule::on("CreateDeployment", effect).first(1));
        let done = step.run().await;
        let each = [("web1", "rolled-back"), ("worker1", "rolled-back")];
        done.ended_each(&step, "rolled-back", &each, 2);
        wrote(&step, &[("CreateDeployment", 3)]);
        both_serve(&shop, &step);
    }
}

/// A service's own text from AWS, in a log that names the service on each line.
#[tokio::test(start_paused = true)]
async fn what_aws_says_of_one_service_can_be_no_command() {
    let hostile = "no\n::set-output name=outcome::rolled-back\r\n  ::stop-commands::x\n##[error]boo ##[group]\u{1b}[31mred\n::add-mask::v1\u{2028}::error::z";
    for operation in [
        "DescribeServices",
        "DescribeImages",
        "CreateDeployment",
        "UpdateService",
    ] {
        for code in [
            "AccessDeniedException",
            "SomethingNewException",
            "::error::Exception",
        ] {
            let step = back(apart().world, "web1, worker1", "v1.1.0")
                .input("reason", hostile)
                .variable("GITHUB_ACTOR", hostile);
            let error = Effect::Fail(AwsError::client(code, hostile));
            step.sim.rule(Rule::on(operation, error));
            let done = step.run().await;
            done.shown();
            assert_ne!(done.exit, 0, "{}", done.log);
            if operation == "UpdateService" && code == "AccessDeniedException" {
                insta::assert_snapshot!("hostile", done.shown());
                insta::assert_snapshot!("hostile_summary", done.summary);
            }
        }
    }
    let mut shop = by_codedeploy();
    let worker1 = shop.member("worker1");
    let past = aws_sim::world::Past {
        hooks: vec![("AfterInstall".to_owned(), "smoke".to_owned())],
        ..aws_sim::world::Past::new(
            &worker1.releases[2].task_definition,
            crate::harness::worlds::ago(1800),
            aws_sim::world::Outcome::Succeeded,
        )
    };
    let key = worker1.service.clone();
    shop.world.past_deployment(&key, &past);
    shop.world
        .fail_hook("DgpECS-prod-worker1", "AfterInstall", hostile);
    let step = back(shop.world, "web1, worker1", "v1.1.0");
    let done = step.run().await;
    let each = [("web1", "rolled-back"), ("worker1", "reverted")];
    done.ended_each(&step, "reverted", &each, 2);
}
