//! Identical reads at the same time.

use super::*;
use crate::{
    aws::ecs::RevisionStatus,
    names::{ApplicationName, GroupName, ImageDigest, ImageSelector, Repository},
};

const NAMES: (&str, &str) = ("AppECS-prod-web1", "DgpECS-prod-web1");

/// Every read that is shared, once.
async fn read_everything(aws: &Aws, digest: &ImageDigest) -> Result<(), Failure> {
    let (application, group) = (ApplicationName::new(NAMES.0), GroupName::new(NAMES.1));
    let groups = [group.clone()];
    let host = format!("{}.dkr.ecr.{}.amazonaws.com", stage::ACCOUNT, stage::REGION);
    let repository = Repository::parse_uri(&format!("{host}/web1")).expect("a repository");
    let selectors = [ImageSelector::Digest(digest.clone())];
    aws.describe_task_definition("web1:1").await?;
    aws.list_task_definitions("web1", RevisionStatus::Active, 5)
        .await?;
    aws.list_applications().await?;
    aws.list_deployment_groups(&application).await?;
    aws.get_deployment_group(&application, &group).await?;
    aws.batch_get_deployment_groups(&application, &groups)
        .await?;
    let manifests = aws.batch_get_image(&repository, &selectors).await?;
    let manifest: Value = serde_json::from_str(&manifests[0].text).expect("a manifest");
    let layer = manifest["config"]["digest"]
        .as_str()
        .and_then(ImageDigest::parse);
    aws.get_download_url_for_layer(&repository, &layer.expect("a configuration"))
        .await?;
    aws.list_tagged_images(&repository, 1).await?;
    aws.list_all_images(&repository, 1).await?;
    aws.get_lifecycle_policy(&repository).await?;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn identical_reads_at_the_same_time_are_one_call_and_later_ones_are_not() {
    let web1 = stage::web1();
    let digest = ImageDigest::parse(&web1.releases[0].digest).expect("a digest");
    let sim = Sim::new(web1.world, at(0)).with_latency(LATENCY);
    // Both lists of images are DescribeImages.
    let operations = 11;
    let read = async |aws: &Aws, callers: usize| {
        let before = sim.calls().len();
        let reads = (0..callers).map(|_| read_everything(aws, &digest));
        for read in join_all(reads).await {
            read.expect("answers");
        }
        sim.calls().len() - before
    };
    let aws = for_several(&sim).await;
    assert_eq!(read(&aws, 1).await, operations);
    assert_eq!(read(&aws, 3).await, operations);
    assert_eq!(read(&aws, 1).await, operations);
    let counts = sim.calls();
    for (operation, calls) in counts.counts() {
        let rounds = if operation == "DescribeImages" { 6 } else { 3 };
        assert_eq!(calls, rounds, "{operation}");
    }
    assert_eq!(read(&through(&sim).await, 3).await, 3 * operations);
    no_violations(&sim);
}

#[tokio::test(start_paused = true)]
async fn reads_that_differ_are_not_shared() {
    let sim = Sim::new(stage::web1().world, at(0)).with_latency(LATENCY);
    let aws = for_several(&sim).await;
    let (one, two, gone) = tokio::join!(
        aws.describe_task_definition("web1:1"),
        aws.describe_task_definition("web1:2"),
        aws.describe_task_definition("web1:9"),
    );
    let (one, two) = (one.expect("an answer"), two.expect("an answer"));
    assert!(one.is_some() && two.is_some() && one != two);
    assert!(gone.expect("an answer").is_none());
    assert_eq!(sim.calls().count("DescribeTaskDefinition"), 3);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gives_up_leaves_the_read_to_the_others() {
    let sim = Sim::new(stage::web1().world, at(0)).with_latency(LATENCY);
    let aws = for_several(&sim).await;
    let soon = Duration::from_millis(50);
    let (first, second) = tokio::join!(
        tokio::time::timeout(soon, aws.describe_task_definition("web1:1")),
        aws.describe_task_definition("web1:1"),
    );
    assert!(first.is_err(), "it takes longer");
    assert!(second.expect("an answer").is_some());
    assert_eq!(sim.calls().count("DescribeTaskDefinition"), 1);

    // One that all have given up is not joined: it would never end.
    let alone = tokio::time::timeout(soon, aws.describe_task_definition("web1:1")).await;
    assert!(alone.is_err(), "it takes longer");
    let again = aws.describe_task_definition("web1:1").await;
    assert!(again.expect("an answer").is_some());
    assert_eq!(sim.calls().count("DescribeTaskDefinition"), 3);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_shared_and_not_kept() {
    let sim = Sim::new(stage::web1().world, at(0)).with_latency(LATENCY);
    let denied = Effect::access_denied("codedeploy:ListApplications");
    sim.rule(Rule::on("ListApplications", denied).first(1));
    let aws = for_several(&sim).await;
    let (one, two) = tokio::join!(aws.list_applications(), aws.list_applications());
    assert!(one.expect_err("a denial").is_denied());
    assert!(two.expect_err("a denial").is_denied());
    let names = aws.list_applications().await.expect("names");
    assert_eq!(names, [ApplicationName::new(NAMES.0)]);
}

/// A run looks for what it wrote where the answer was lost; a read that was sent before would not show it.
#[tokio::test(start_paused = true)]
async fn a_read_after_a_write_is_not_one_from_before_it() {
    let sim = Sim::new(stage::web1().world, at(0)).with_latency(LATENCY);
    let aws = &for_several(&sim).await;
    let newest = || aws.list_task_definitions("web1", RevisionStatus::Active, 1);
    // The first list is in flight for 300 ms.
    let slow = Effect::Delay(Duration::from_millis(200));
    sim.rule(Rule::on("ListTaskDefinitions", slow).first(1));
    sim.rule(Rule::on("RegisterTaskDefinition", Effect::DropAnswer));
    let writer = async {
        let revision = stage::task_definition("v1.0.0");
        let written = aws.register_task_definition(&revision).await;
        assert!(written.expect_err("a lost answer").is_ambiguous());
        newest().await
    };
    let (early, late) = tokio::join!(newest(), writer);
    assert!(early.is_ok() && late.is_ok());
    let calls = sim.calls();
    let starts: Vec<_> = calls
        .of("ListTaskDefinitions")
        .map(|call| call.start)
        .collect();
    assert_eq!(starts, [Duration::ZERO, LATENCY]);
}
