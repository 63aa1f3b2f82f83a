//! As many services as one run takes, and an AWS that takes its time.

use std::time::Duration;

use aws_sim::world::Strategy;
use aws_sim::world::stage::{Member, several};

use super::setting::back;

/// Hundreds of reads wait for each other then, and none of them is given up for that.
#[tokio::test(start_paused = true)]
async fn fifty_services_and_an_aws_that_takes_two_seconds() {
    let names: Vec<String> = (0..50).map(|number| format!("web{number}")).collect();
    let members = names.iter().enumerate();
    let members: Vec<Member> = members
        .map(|(position, name)| match position % 2 {
            0 => Member::codedeploy(name).in_repository("shop"),
            _ => Member::ecs(name, Strategy::Rolling).in_repository("shop"),
        })
        .collect();
    let world = several(&members).world;
    let step = back(world, &names.join(", "), "v1.1.0")
        .sim(|sim| sim.with_latency(Duration::from_secs(2)));
    let done = step.run().await;
    let each: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), "rolled-back"))
        .collect();
    done.ended_each(&step, "rolled-back", &each, 25);
    let results = done.output("results");
    assert!(results.len() <= 120_000, "{}", results.len());
}

#[tokio::test(start_paused = true)]
async fn review_signals() {
    let names: Vec<String> = (0..50).map(|number| format!("web{number}")).collect();
    let members = names.iter().enumerate();
    let members: Vec<Member> = members
        .map(|(position, name)| match position % 2 {
            0 => Member::codedeploy(name).in_repository("shop"),
            _ => Member::ecs(name, Strategy::Rolling).in_repository("shop"),
        })
        .collect();
    let world = several(&members).world;
    for secs in [1u64, 2, 3, 5, 8, 12, 20, 60, 120, 150, 175, 181] {
        let step = back(world.clone(), &names.join(", "), "v1.1.0")
            .sim(|sim| sim.with_latency(Duration::from_millis(60)));
        let clock = step.sim.clock();
        let done = step
            .run_until(async move { clock.sleep(Duration::from_secs(secs)).await })
            .await;
        let mut outcomes = std::collections::BTreeMap::new();
        for result in done.results() {
            *outcomes
                .entry(result["outcome"].as_str().unwrap().to_owned())
                .or_insert(0) += 1;
        }
        let log = done
            .log
            .lines()
            .filter(|l| !l.starts_with("::") && l.contains("AWS did not respond in time"))
            .count();
        eprintln!(
            "signal at {secs}: took {:?} {:?} unread {} serves-unread {}",
            done.took,
            outcomes,
            log,
            done.log
                .lines()
                .filter(|l| !l.starts_with("::") && l.contains("could not be read"))
                .count()
        );
    }
}
