//! Rollbacks of several services that go well.

use aws_sim::world::stage::{DAY, Member, Names, Several, several};
use aws_sim::world::{PastService, ServiceOutcome, Strategy};

use super::setting::{apart, back, result, serves, shop, wrote};
use crate::harness::worlds::{HOUR, ago, amd64};

#[tokio::test(start_paused = true)]
async fn two_of_three_services_of_an_image() {
    let shop = shop();
    let step = back(shop.world.clone(), "web1, worker1", "v1.1.0");
    let done = step.run().await;
    let each = [("web1", "rolled-back"), ("worker1", "rolled-back")];
    done.ended_each(&step, "rolled-back", &each, 1);
    wrote(&step, &[("CreateDeployment", 1), ("UpdateService", 1)]);
    for (service, release) in [("web1", 1), ("worker1", 1), ("cron1", 2)] {
        serves(&step, &shop, service, release);
    }
    insta::assert_snapshot!("log_and_outputs", done.story());
    insta::assert_snapshot!("summary", done.summary);
}

/// All of them go back to v1.1.0, each with one write.
async fn all_go_back(shop: Several) {
    let names: Vec<&str> = shop
        .members
        .iter()
        .map(|member| member.service.service.as_str())
        .collect();
    let by_codedeploy = names.iter().filter(|name| name.starts_with("web"));
    let (by_codedeploy, all) = (by_codedeploy.count(), names.len());
    let step = back(shop.world.clone(), &names.join("\n"), "v1.1.0").input("timeout", "5h");
    let done = step.run().await;
    let each: Vec<_> = names.iter().map(|name| (*name, "rolled-back")).collect();
    done.ended_each(&step, "rolled-back", &each, by_codedeploy);
    let by_ecs = all - by_codedeploy;
    let mut expected = vec![
        ("CreateDeployment", by_codedeploy),
        ("UpdateService", by_ecs),
    ];
    expected.retain(|(_, times)| *times > 0);
    wrote(&step, &expected);
    for name in names {
        serves(&step, &shop, name, 1);
    }
    let headline = format!("✔ {all} of {all} services serve v1.1.0, ");
    done.says(&headline);
}

#[tokio::test(start_paused = true)]
async fn all_by_codedeploy() {
    let members =
        ["web1", "web2", "web3"].map(|name| Member::codedeploy(name).in_repository("shop"));
    all_go_back(several(&members)).await;
}

#[tokio::test(start_paused = true)]
async fn all_by_ecs() {
    let strategies = Strategy::ALL.iter().zip(["a1", "b1", "c1", "d1"]);
    let members: Vec<_> = strategies
        .map(|(strategy, name)| Member::ecs(name, *strategy).in_repository("shop"))
        .collect();
    assert_eq!(members.len(), 4);
    all_go_back(several(&members)).await;
}

#[tokio::test(start_paused = true)]
async fn by_codedeploy_rolling_and_blue_green() {
    all_go_back(shop()).await;
}

#[tokio::test(start_paused = true)]
async fn each_from_a_repository_of_its_own() {
    all_go_back(apart()).await;
}

/// worker1 had a release of its own since.
fn worker1_is_ahead() -> Several {
    let mut shop = apart();
    let image = shop
        .world
        .push_image("worker1", &["v1.3.0"], amd64(), ago(HOUR / 2));
    let document = Names::all("worker1").release("v1.3.0");
    let revision = shop
        .world
        .register_task_definition(&document, ago(HOUR / 2));
    let worker1 = shop.member("worker1").service.clone();
    let past = PastService::new(&revision, ago(HOUR / 3), ServiceOutcome::Successful);
    shop.world.past_service_deployment(&worker1, &past);
    assert!(image.starts_with("sha256:"));
    shop
}

#[tokio::test(start_paused = true)]
async fn previous_is_each_services_own() {
    let shop = worker1_is_ahead();
    let step = back(shop.world.clone(), "web1, worker1", "previous");
    let done = step.run().await;
    let each = [("web1", "rolled-back"), ("worker1", "rolled-back")];
    done.ended_each(&step, "rolled-back", &each, 1)
        .says("✔ 2 of 2 services are rolled back, ");
    serves(&step, &shop, "web1", 1);
    serves(&step, &shop, "worker1", 2);
    let version = |service| result(&done, service, "version");
    assert_eq!(
        (version("web1"), version("worker1")),
        ("v1.1.0".to_owned(), "v1.2.0".to_owned())
    );
    insta::assert_snapshot!("previous_summary", front(&done.summary));
}

/// The summary above the pages of the services.
fn front(summary: &str) -> &str {
    let end = summary.find("<details>").expect("a page for each service");
    &summary[..end]
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_plans_all_of_them_and_writes_nothing() {
    let shop = shop();
    let step = back(shop.world.clone(), "web1, worker1, cron1", "v1.0.0").input("dry-run", "true");
    let done = step.run().await;
    let each = ["web1", "worker1", "cron1"].map(|name| (name, "planned"));
    done.ended_each(&step, "planned", &each, 0)
        .wrote_nothing(&step);
    for service in ["web1", "worker1", "cron1"] {
        serves(&step, &shop, service, 2);
    }
    assert_eq!(result(&done, "cron1", "path"), "redeploy");
    insta::assert_snapshot!("dry_run", done.story());
}

#[tokio::test(start_paused = true)]
async fn not_waited_for() {
    let shop = shop();
    let step = back(shop.world.clone(), "web1, worker1", "v1.1.0").input("wait-for", "nothing");
    let done = step.run().await;
    let each = [("web1", "started"), ("worker1", "started")];
    done.ended_each(&step, "started", &each, 1);
    insta::assert_snapshot!("not_waited_for", front(&done.summary));
}

#[tokio::test(start_paused = true)]
async fn waited_for_to_the_end_of_the_slowest() {
    let step = back(shop().world, "web1, worker1", "v1.1.0")
        .input("wait-for", "completed")
        .input("timeout", "3h");
    let done = step.run().await;
    let each = [("web1", "rolled-back"), ("worker1", "rolled-back")];
    done.ended_each(&step, "rolled-back", &each, 1);
    // web1's old tasks stay for an hour.
    assert!(
        done.took.as_secs() > HOUR && done.took.as_secs() < DAY,
        "{:?}",
        done.took
    );
}
