//! Buckets and quotas, seen from where the fronts stand.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{PUBLISHED, Quota, UNCONFIRMED_CODEDEPLOY};
use crate::aws::Service;
use crate::model;
use crate::record::Answered;
use crate::rules::{Effect, Rule};
use crate::scripted::{Scripted, signed};
use crate::sim::Sim;

const HOME: &str = "ap-northeast-2";

fn unlimited() -> Sim<Scripted> {
    let world = Scripted::answering(Ok(json!({})));
    Sim::new(world, SystemTime::UNIX_EPOCH)
}

fn limited() -> Sim<Scripted> {
    unlimited().with_published_rates()
}

/// A request that the model allows.
fn input(operation: &str) -> Value {
    match operation {
        "RegisterTaskDefinition" => json!({ "family": "web1", "containerDefinitions": [] }),
        "DescribeTaskDefinition" => json!({ "taskDefinition": "web1" }),
        "TagResource" => json!({ "resourceArn": "arn:aws:ecs:x", "tags": [] }),
        "ListTagsForResource" => json!({ "resourceArn": "arn:aws:ecs:x" }),
        "DescribeTasks" => json!({ "tasks": ["t1"] }),
        "ListServiceDeployments" => json!({ "service": "web1" }),
        "DescribeServiceRevisions" => json!({ "serviceRevisionArns": ["arn:aws:ecs:x"] }),
        "DescribeServices" => json!({ "services": ["web1"] }),
        "DescribeTaskSets" | "UpdateService" => json!({ "cluster": "prod", "service": "web1" }),
        "DescribeImages" => json!({ "repositoryName": "web1" }),
        "PutImage" => json!({ "repositoryName": "web1", "imageManifest": "{}" }),
        "GetDeployment" | "StopDeployment" => json!({ "deploymentId": "d-1" }),
        _ => json!({}),
    }
}

impl Sim<Scripted> {
    async fn passes(&self, service: Service, operation: &str, region: &str) -> bool {
        let request = signed(service, operation, &input(operation), region);
        self.answer(request).await.unwrap().status() == 200
    }

    /// How many calls pass, one after the other and at the same time, until one is throttled; `most` at most.
    async fn passing(&self, service: Service, operation: &str, most: usize) -> usize {
        for passed in 0..most {
            if !self.passes(service, operation, HOME).await {
                return passed;
            }
        }
        most
    }

    async fn ecs(&self, operation: &str) -> usize {
        self.passing(Service::Ecs, operation, 1_000).await
    }

    async fn later(&self, milliseconds: u64) {
        self.clock()
            .sleep(Duration::from_millis(milliseconds))
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn operations_of_one_category_share_a_bucket() {
    let sim = limited();
    assert_eq!(sim.passing(Service::Ecs, "ListServices", 40).await, 40);
    assert_eq!(sim.ecs("DescribeServices").await, 60);
    assert_eq!(sim.ecs("ListServices").await, 0);
    assert_eq!(sim.ecs("ListTasks").await, 100);
    assert_eq!(sim.ecs("UpdateService").await, 50);
    assert_eq!(sim.violations(), []);
}

/// The table of ECS once more, as a caller meets it.
#[tokio::test(start_paused = true)]
async fn each_category_has_its_burst_and_its_rate() {
    let sim = limited();
    for (operation, burst, per_second) in [
        ("DescribeClusters", 50, 20),
        ("RegisterTaskDefinition", 20, 1),
        ("DescribeTaskDefinition", 50, 20),
        ("TagResource", 20, 10),
        ("ListTagsForResource", 50, 20),
        ("DescribeTasks", 100, 20),
        ("UpdateService", 50, 5),
        ("DescribeServices", 100, 20),
        ("ListServiceDeployments", 50, 20),
        ("DescribeServiceRevisions", 50, 20),
    ] {
        assert_eq!(sim.ecs(operation).await, burst, "{operation}");
        sim.later(1_000).await;
        assert_eq!(sim.ecs(operation).await, per_second, "{operation}");
    }
}

/// As in AWS's own example.
#[tokio::test(start_paused = true)]
async fn a_bucket_fills_by_and_by_and_never_over() {
    let sim = limited();
    assert_eq!(sim.ecs("DescribeClusters").await, 50);
    sim.later(49).await;
    assert_eq!(sim.ecs("DescribeClusters").await, 0);
    sim.later(1).await;
    assert_eq!(sim.ecs("DescribeClusters").await, 1);
    sim.later(1_000).await;
    assert_eq!(sim.ecs("DescribeClusters").await, 20);
    sim.later(2_499).await;
    assert_eq!(sim.ecs("DescribeClusters").await, 49);
    sim.later(1_000_000_000).await;
    assert_eq!(sim.ecs("DescribeClusters").await, 50);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_call_is_recorded_and_does_nothing() {
    let sim = limited().with_latency(Duration::from_millis(10));
    let mut calls = JoinSet::new();
    for _ in 0..60 {
        let sim = sim.clone();
        calls.spawn(async move { sim.passes(Service::Ecs, "UpdateService", HOME).await });
    }
    let passed = calls.join_all().await;
    assert_eq!(passed.into_iter().filter(|passed| *passed).count(), 50);
    let calls = sim.calls();
    assert_eq!(calls.count("UpdateService"), 60);
    assert_eq!(calls.done("UpdateService"), 50);
    assert_eq!(calls.throttled().count(), 10);
    assert_eq!(calls.most_in_flight(), 60);
    assert_eq!(sim.world(|world| world.asked.len()), 50);
    let last = &calls[59];
    assert_eq!(
        last.answered,
        Answered::Error("ThrottlingException".to_owned())
    );
    assert_eq!(last.end, Some(Duration::from_millis(10)));
}

#[tokio::test(start_paused = true)]
async fn it_is_answered_in_the_words_of_a_throttling_rule() {
    let by_rates = limited();
    by_rates.ecs("UpdateService").await;
    let by_rule = unlimited();
    by_rule.rule(Rule::on("UpdateService", Effect::Throttle));
    let mut answers = Vec::new();
    for sim in [by_rates, by_rule] {
        let request = signed(Service::Ecs, "UpdateService", &input("UpdateService"), HOME);
        let answer = sim.answer(request).await.unwrap();
        answers.push((answer.status().as_u16(), answer.body().clone()));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].0, 400);
}

#[tokio::test(start_paused = true)]
async fn each_region_has_its_own_buckets() {
    let sim = limited().with_other_regions(Scripted::answering(Ok(json!({}))));
    assert_eq!(sim.ecs("DescribeClusters").await, 50);
    assert!(
        sim.passes(Service::Ecs, "DescribeClusters", "us-east-1")
            .await
    );
}

#[tokio::test(start_paused = true)]
async fn what_has_no_published_rate_is_never_throttled() {
    let sim = limited();
    let ecr = |operation| sim.passing(Service::Ecr, operation, 300);
    assert_eq!(
        sim.passing(Service::Ecs, "DescribeTaskSets", 300).await,
        300
    );
    assert_eq!(ecr("DescribeImages").await, 300);
    assert_eq!(ecr("PutImage").await, 10);
    assert_eq!(
        sim.passing(Service::CodeDeploy, "GetDeployment", 300).await,
        300
    );
}

#[tokio::test(start_paused = true)]
async fn without_the_switch_nothing_is_throttled() {
    let sim = unlimited();
    assert_eq!(sim.passing(Service::Ecs, "UpdateService", 300).await, 300);
    assert_eq!(sim.calls().throttled().count(), 0);
}

#[tokio::test(start_paused = true)]
async fn codedeploy_has_a_switch_of_its_own() {
    let sim = unlimited().with_unconfirmed_codedeploy_rates();
    assert_eq!(
        sim.passing(Service::CodeDeploy, "GetDeployment", 300).await,
        10
    );
    assert_eq!(
        sim.passing(Service::CodeDeploy, "StopDeployment", 300)
            .await,
        5
    );
    assert_eq!(sim.passing(Service::Ecs, "UpdateService", 300).await, 300);
    let both = sim.with_published_rates();
    assert_eq!(both.ecs("UpdateService").await, 50);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_a_rule_fails_takes_no_token() {
    let sim = limited();
    let denied = Effect::access_denied("ecs:UpdateService");
    sim.rule(Rule::on("UpdateService", denied).first(10));
    for _ in 0..10 {
        assert!(!sim.passes(Service::Ecs, "UpdateService", HOME).await);
    }
    assert_eq!(sim.ecs("UpdateService").await, 50);
}

fn operations(quotas: &[Quota], service: Service) -> Vec<&'static str> {
    let of_service = quotas.iter().filter(|quota| quota.service == service);
    let mut operations: Vec<_> = of_service
        .flat_map(|quota| quota.operations)
        .copied()
        .collect();
    operations.sort_unstable();
    operations
}

/// Neither a slip of the pen nor an operation that is new to the model goes unseen.
#[test]
fn the_quotas_are_of_operations_in_the_models() {
    for (quotas, service, without) in [
        (
            PUBLISHED,
            Service::Ecs,
            &[
                "ContinueServiceDeployment",
                "DescribeTaskSets",
                "StopServiceDeployment",
            ][..],
        ),
        (
            PUBLISHED,
            Service::Ecr,
            &[
                "DescribeImageScanFindings",
                "DescribeImages",
                "DescribeRepositories",
                "GetLifecyclePolicy",
                "GetLifecyclePolicyPreview",
                "ListImages",
                "StartLifecyclePolicyPreview",
            ],
        ),
        (UNCONFIRMED_CODEDEPLOY, Service::CodeDeploy, &[]),
    ] {
        let mut all = operations(quotas, service);
        all.extend(without);
        all.sort_unstable();
        let mut known: Vec<&str> = model::of(service)
            .operations
            .keys()
            .map(String::as_str)
            .collect();
        known.sort_unstable();
        assert_eq!(all, known, "{service:?}");
    }
}
