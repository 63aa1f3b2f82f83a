//! The running tasks of many services.

use super::*;

/// The tasks of so many services, each asked for by its own run.
async fn tasks_of(aws: &Aws, services: usize) -> Vec<usize> {
    let (cluster, names) = (prod(), names(services));
    let reads = names.iter().map(async |name| {
        let list = aws.list_tasks_to_describe(&cluster, name).await?;
        aws.describe_listed_tasks(&cluster, name, &list).await
    });
    let mut counts = Vec::new();
    for (name, tasks) in names.iter().zip(join_all(reads).await) {
        let tasks = tasks.expect("tasks");
        assert!(tasks.iter().all(|task| task.service.as_ref() == Some(name)));
        counts.push(tasks.len());
    }
    counts
}

#[tokio::test(start_paused = true)]
async fn a_small_cluster_is_listed_once() {
    let sim = Sim::new(services(40).0, at(0)).with_latency(LATENCY);
    let aws = for_several(&sim).await;
    assert_eq!(tasks_of(&aws, 12).await, [2; 12]);
    let calls = sim.calls();
    assert_eq!(
        (calls.count("ListTasks"), calls.count("DescribeTasks")),
        (1, 1)
    );
    no_violations(&sim);
}

#[tokio::test(start_paused = true)]
async fn a_large_cluster_is_listed_by_service() {
    // 202 tasks, two of them on the third page.
    let sim = Sim::new(services(101).0, at(0)).with_latency(LATENCY);
    let aws = for_several(&sim).await;
    assert_eq!(tasks_of(&aws, 12).await, [2; 12]);
    assert_eq!(sim.calls().count("ListTasks"), 2 + 12);
    assert_eq!(sizes(&sim, "DescribeTasks", "tasks"), [24]);
}

#[tokio::test(start_paused = true)]
async fn a_few_services_are_listed_by_themselves() {
    let sim = Sim::new(services(3).0, at(0)).with_latency(LATENCY);
    let aws = Aws::for_several(&connection(&sim).await, None, 3);
    assert_eq!(tasks_of(&aws, 3).await, [2; 3]);
    assert_eq!(sim.calls().count("ListTasks"), 3);
}
