//! Services, tasks, service deployments and service revisions in one call.

use aws_sim::world::Strategy;

use super::*;

#[tokio::test(start_paused = true)]
async fn twenty_five_services_are_three_calls() {
    let sim = Sim::new(services(25).0, at(0)).with_latency(LATENCY);
    let names = names(25);
    let aws = for_several(&sim).await;
    let found = describe_services(&aws, &names).await;
    for (name, found) in names.iter().zip(found) {
        assert_eq!(found.expect("an answer"), Some(name.to_string()));
    }
    assert_eq!(sizes(&sim, "DescribeServices", "services"), [10, 10, 5]);
    no_violations(&sim);

    // A run of one service sends what it asks for, as it asks.
    let aws = through(&sim).await;
    describe_services(&aws, &names).await;
    assert_eq!(sim.calls().count("DescribeServices"), 3 + 25);
}

#[tokio::test(start_paused = true)]
async fn a_later_round_asks_again() {
    let sim = Sim::new(services(2).0, at(0)).with_latency(LATENCY);
    let aws = for_several(&sim).await;
    for round in 1..=3 {
        describe_services(&aws, &names(2)).await;
        assert_eq!(sim.calls().count("DescribeServices"), round);
    }
    // Two that ask one window apart do not wait for one another.
    let cluster = prod();
    let early = names(1).remove(0);
    let first = aws.describe_service(&cluster, &early);
    let second = async {
        sim.clock().sleep(Duration::from_millis(20)).await;
        aws.describe_service(&cluster, &early).await
    };
    let (first, second) = tokio::join!(first, second);
    assert!(first.expect("an answer").is_some() && second.expect("an answer").is_some());
    assert_eq!(sim.calls().count("DescribeServices"), 5);
}

#[tokio::test(start_paused = true)]
async fn a_missing_service_is_missing_for_its_caller_alone() {
    let sim = Sim::new(services(3).0, at(0));
    let aws = for_several(&sim).await;
    let mut names = names(3);
    names.insert(1, ServiceName::new("web9"));
    let found = describe_services(&aws, &names).await;
    let found: Vec<_> = found
        .into_iter()
        .map(|each| each.expect("an answer"))
        .collect();
    let name = |name: &str| Some(name.to_owned());
    assert_eq!(found, [name("web1"), None, name("web2"), name("web3")]);
    assert_eq!(sizes(&sim, "DescribeServices", "services"), [4, 1]);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_denied_does_not_hurt_the_others() {
    let sim = Sim::new(services(3).0, at(0));
    let denied = Effect::access_denied("ecs:DescribeServices");
    let of_web2 = |input: &Value| has(input, "services", "web2");
    sim.rule(Rule::on("DescribeServices", denied).when(of_web2));
    let aws = for_several(&sim).await;
    let [web1, web2, web3] = &describe_services(&aws, &names(3)).await[..] else {
        panic!("three were asked for")
    };
    assert_eq!(web1.as_ref().expect("web1"), &Some("web1".to_owned()));
    assert_eq!(web3.as_ref().expect("web3"), &Some("web3".to_owned()));
    let failure = web2.as_ref().expect_err("a denial");
    assert!(failure.lacks("ecs:DescribeServices"));
    assert_eq!(sizes(&sim, "DescribeServices", "services"), [3, 1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_passes_is_everybodys() {
    let sim = Sim::new(services(3).0, at(0));
    sim.rule(Rule::on("DescribeServices", Effect::Throttle));
    let aws = for_several(&sim).await;
    for answer in describe_services(&aws, &names(3)).await {
        let failure = answer.expect_err("a failure");
        assert!(failure.is_passing() && failure.fault == Fault::Throttled);
    }
    // The SDK's three attempts of one call.
    let sizes = sizes(&sim, "DescribeServices", "services");
    assert_eq!(sizes, [3, 3, 3]);
}

#[tokio::test(start_paused = true)]
async fn clusters_are_asked_apart() {
    let (mut world, _) = services(2);
    let revision = stage::web1().releases[0].task_definition.clone();
    world.create_service(&ServiceSpec::new("test", "web1", &revision, "web1"), at(0));
    let sim = Sim::new(world, at(0));
    let aws = for_several(&sim).await;
    let web1 = names(1).remove(0);
    let (prod, test) = (prod(), ClusterName::new("test"));
    let (in_prod, in_test, again) = tokio::join!(
        aws.describe_service(&prod, &web1),
        aws.describe_service(&test, &web1),
        aws.describe_service(&prod, &web1),
    );
    for (found, cluster) in [(in_prod, "prod"), (in_test, "test"), (again, "prod")] {
        let found = found.expect("an answer").expect("a service");
        assert!(found.arn.contains(&format!("/{cluster}/")), "{}", found.arn);
    }
    assert_eq!(sizes(&sim, "DescribeServices", "services"), [1, 1]);
}

#[tokio::test(start_paused = true)]
async fn tasks_of_many_services_are_one_call_for_each_hundred() {
    // Two tasks each: 120.
    let sim = Sim::new(services(60).0, at(0)).with_latency(LATENCY);
    let aws = for_several(&sim).await;
    let (aws, cluster, names) = (&aws, &prod(), names(60));
    let lists = join_all(
        names
            .iter()
            .map(|name| aws.list_running_tasks(cluster, name)),
    )
    .await;
    let lists: Vec<Vec<String>> = lists.into_iter().map(|list| list.expect("ARNs")).collect();
    let reads = lists.iter().map(|arns| aws.describe_tasks(cluster, arns));
    for (arns, tasks) in lists.iter().zip(join_all(reads).await) {
        let tasks = tasks.expect("tasks");
        assert_eq!(tasks.len(), 2);
        for (arn, task) in arns.iter().zip(tasks) {
            assert!(arn.ends_with(&task.id), "{arn} is not {}", task.id);
        }
    }
    assert_eq!(sizes(&sim, "DescribeTasks", "tasks"), [100, 20]);
    no_violations(&sim);
}

#[tokio::test(start_paused = true)]
async fn service_deployments_and_revisions_are_one_call_each() {
    let native = stage::native1(Strategy::Rolling);
    let ids = native.releases.iter().map(|release| &release.deployment);
    let ids: Vec<DeploymentId> = ids.map(DeploymentId::new).collect();
    let sim = Sim::new(native.world, at(0));
    let aws = for_several(&sim).await;
    let reads = ids.iter().map(|id| aws.describe_service_deployment(id));
    let mut targets = Vec::new();
    for (id, found) in ids.iter().zip(join_all(reads).await) {
        let found = found.expect("an answer").expect("a deployment");
        assert_eq!(found.id, *id);
        targets.push(vec![found.target.expect("a revision").arn]);
    }
    let reads = targets
        .iter()
        .map(|arns| aws.describe_service_revisions(arns));
    for (arns, found) in targets.iter().zip(join_all(reads).await) {
        let found: Vec<String> = found
            .expect("revisions")
            .into_iter()
            .map(|one| one.arn)
            .collect();
        assert_eq!(found, *arns);
    }
    let calls = sim.calls();
    let counts =
        ["DescribeServiceDeployments", "DescribeServiceRevisions"].map(|one| calls.count(one));
    assert_eq!(counts, [1, 1]);
    no_violations(&sim);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gives_up_takes_nobody_along() {
    // Within the window, and while the call is in flight.
    for gives_up_after in [2, 50] {
        let sim = Sim::new(services(3).0, at(0)).with_latency(LATENCY);
        let aws = for_several(&sim).await;
        let (first, others) = (names(1), names(3).split_off(1));
        let soon = Duration::from_millis(gives_up_after);
        let (given_up, found) = tokio::join!(
            tokio::time::timeout(soon, describe_services(&aws, &first)),
            describe_services(&aws, &others),
        );
        assert!(given_up.is_err(), "it takes longer");
        let found: Vec<_> = found
            .into_iter()
            .map(|each| each.expect("an answer"))
            .collect();
        assert_eq!(found, [Some("web2".to_owned()), Some("web3".to_owned())]);
        // What nobody waits for any more is not asked for.
        let asked = if gives_up_after == 2 { 2 } else { 3 };
        assert_eq!(sizes(&sim, "DescribeServices", "services"), [asked]);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_for_nobody() {
    let sim = Sim::new(services(2).0, at(0));
    let aws = for_several(&sim).await;
    let names = names(2);
    let read = describe_services(&aws, &names);
    let within = tokio::time::timeout(Duration::from_millis(2), read).await;
    assert!(within.is_err(), "the window is longer");
    sim.clock().sleep(Duration::from_secs(1)).await;
    assert_eq!(sim.calls().len(), 0);
    // The next caller does not wait for a call that is not sent.
    let found = describe_services(&aws, &names[..1]).await.remove(0);
    assert_eq!(found.expect("an answer"), Some("web1".to_owned()));
}
