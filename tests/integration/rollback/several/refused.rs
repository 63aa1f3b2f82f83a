//! Nothing is written unless every plan passes, and every problem of every service is told.

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::{Member, Several, several};
use aws_sim::world::{Reached, Start, Strategy};

use super::setting::{apart, back, said_of, serves, shop, verdict};
use crate::harness::check::writes;
use crate::harness::worlds::{HOUR, ago, amd64};
use crate::harness::{Done, Step};

/// web1's repository has v1.3.0, worker1's does not.
fn released_in_one() -> Several {
    let mut shop = apart();
    shop.world
        .push_image("web1", &["v1.3.0"], amd64(), ago(HOUR / 2));
    shop
}

/// web1 passes and worker1 is refused with this code: nothing is written, and nobody reads of a dry run.
#[track_caller]
fn worker1_holds_it_up(done: &Done, step: &Step, code: &str) {
    let each = [("web1", "planned"), ("worker1", "refused")];
    done.ended_each(step, "refused", &each, 0)
        .wrote_nothing(step);
    let said = said_of(done, "worker1");
    assert!(said.contains(&format!("✘ {code}: ")), "{}", done.log);
    let said = said_of(done, "web1");
    assert!(
        said.contains("– not started: another service was refused."),
        "{}",
        done.log
    );
    assert!(said.contains("Nothing was changed."), "{}", done.log);
    for text in [&done.log, &done.summary] {
        assert!(!text.to_lowercase().contains("dry run"), "{text}");
        assert!(!text.contains("real run"), "{text}");
    }
    let verdict = verdict(done);
    assert!(
        verdict.starts_with("✘ not started: 1 of 2 services was refused (worker1)."),
        "{verdict}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_version_that_one_repository_lacks() {
    let shop = released_in_one();
    let step = back(shop.world.clone(), "web1, worker1", "v1.3.0");
    let done = step.run().await;
    worker1_holds_it_up(&done, &step, "image-not-found");
    serves(&step, &shop, "web1", 2);
    insta::assert_snapshot!("missing_image", done.story());
    insta::assert_snapshot!("missing_image_summary", done.summary);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_wants_no_tasks() {
    let shop = several(&[
        Member::codedeploy("web1"),
        Member::ecs("worker1", Strategy::Rolling).with(|spec| spec.desired_count = 0),
    ]);
    let step = back(shop.world, "web1, worker1", "v1.1.0");
    worker1_holds_it_up(&step.run().await, &step, "service-scaled-to-zero");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_not_there() {
    let step = back(
        several(&[Member::codedeploy("web1")]).world,
        "web1, worker1",
        "v1.1.0",
    );
    worker1_holds_it_up(&step.run().await, &step, "service-not-found");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_somebody_else_deploys_by_other_means() {
    let mut shop = apart();
    shop.world.delete_service("prod", "worker1");
    let step = back(shop.world, "web1, worker1", "v1.1.0");
    let done = step.run().await;
    worker1_holds_it_up(&done, &step, "service-not-found");
}

/// One call describes both, and AWS denies it as a whole.
#[tokio::test(start_paused = true)]
async fn reads_that_are_denied_for_one() {
    let arn = "arn:aws:ecs:ap-northeast-2:123456789012:service/prod/worker1";
    for operation in ["DescribeServices", "ListServiceDeployments"] {
        let step = back(apart().world, "web1, worker1", "v1.1.0");
        let denied = Effect::access_denied_on(&format!("ecs:{operation}"), arn);
        step.sim
            .rule(Rule::on(operation, denied).naming_service("worker1"));
        let done = step.run().await;
        worker1_holds_it_up(&done, &step, "access-denied");
        done.says(&format!("ecs:{operation}"));
    }
    let step = back(apart().world, "web1, worker1", "v1.1.0");
    let arn = "arn:aws:ecr:ap-northeast-2:123456789012:repository/worker1";
    let denied = Effect::access_denied_on("ecr:DescribeImages", arn);
    let rule = Rule::on("DescribeImages", denied);
    step.sim
        .rule(rule.when(|input| input["repositoryName"] == "worker1"));
    worker1_holds_it_up(&step.run().await, &step, "access-denied");
}

#[tokio::test(start_paused = true)]
async fn every_problem_of_every_service_is_told() {
    let mut shop = shop();
    let web1 = shop.member("web1");
    let (key, bad) = (
        web1.service.clone(),
        web1.releases[0].task_definition.clone(),
    );
    let start = Start::new(&bad);
    let active = shop
        .world
        .start_deployment(&key, &start, Reached::Installing);
    shop.world.delete_service("prod", "cron1");
    let step =
        back(shop.world, "web1, worker1, cron1", "v1.1.l").input("active-deployment", "fail");
    let done = step.run().await;
    let each = ["web1", "worker1", "cron1"].map(|name| (name, "refused"));
    done.ended_each(&step, "refused", &each, 0)
        .wrote_nothing(&step);
    let problems = |service| {
        let said = said_of(&done, service);
        let codes = said.lines().filter_map(|line| line.strip_prefix("✘ "));
        let codes = codes.filter_map(|line| Some(line.split_once(": ")?.0.to_owned()));
        codes.collect::<Vec<String>>()
    };
    assert_eq!(
        problems("web1"),
        ["image-not-found", "deployment-active"],
        "{}",
        done.log
    );
    assert_eq!(problems("worker1"), ["image-not-found"], "{}", done.log);
    assert_eq!(problems("cron1"), ["service-not-found"], "{}", done.log);
    done.says(&active);
    assert_eq!(done.log.matches("::error ").count(), 3, "{}", done.log);
    insta::assert_snapshot!("every_problem", done.story());
}

/// A real run would start nothing either, so nothing is said of what it would do.
#[tokio::test(start_paused = true)]
async fn a_dry_run_says_what_is_in_the_way() {
    let shop = released_in_one();
    let step = back(shop.world, "web1, worker1", "v1.3.0").input("dry-run", "true");
    let done = step.run().await;
    let each = [("web1", "planned"), ("worker1", "refused")];
    done.ended_each(&step, "refused", &each, 0)
        .wrote_nothing(&step);
    let said = said_of(&done, "web1");
    let told = "– not started: another service was refused.";
    assert!(said.contains(told), "{said}");
    assert!(!done.log.contains("A real run"), "{}", done.log);
}

/// What is the same of all services is annotated once.
#[tokio::test(start_paused = true)]
async fn without_credentials_aws_is_not_asked() {
    let mut step = back(shop().world, "web1, worker1", "v1.1.0");
    step.credentials = None;
    let done = step.run().await;
    let each = [("web1", "refused"), ("worker1", "refused")];
    done.ended_each(&step, "refused", &each, 0);
    assert!(step.sim.calls().is_empty() && writes(&step).is_empty());
    insta::assert_snapshot!("no_credentials", done.log);
}

/// The others wait for the slowest one, and nothing is written before it has said yes.
#[tokio::test(start_paused = true)]
async fn the_slowest_plan_is_waited_for() {
    let shop = apart();
    let step = back(shop.world.clone(), "web1, worker1", "v1.1.0");
    let late = Effect::Delay(std::time::Duration::from_secs(9));
    let rule = Rule::on("DescribeImages", late);
    step.sim.rule(
        rule.when(|input| input["repositoryName"] == "worker1")
            .first(1),
    );
    let done = step.run().await;
    let each = [("web1", "rolled-back"), ("worker1", "rolled-back")];
    done.ended_each(&step, "rolled-back", &each, 1);
    let calls = step.sim.calls();
    let read = calls.of("DescribeImages").filter_map(|call| call.end).max();
    for write in ["CreateDeployment", "UpdateService"] {
        let sent = calls.of(write).next().expect("it was sent").start;
        assert!(Some(sent) >= read, "{write} at {sent:?}, read at {read:?}");
    }
}
