//! As many services as one run takes, and an AWS that takes its time.

use std::time::Duration;

use aws_sim::world::Strategy;
use aws_sim::world::stage::{Member, several};

use super::setting::{back, cancelled, said_of};
use crate::harness::worlds::{HOUR, ago, amd64};

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

/// AWS takes so many writes of a kind a second. Those that wait for their turn were not sent, and nothing else is said of
/// them.
#[tokio::test(start_paused = true)]
async fn a_signal_while_writes_wait_for_their_turn() {
    let names: Vec<String> = (0..50).map(|number| format!("web{number}")).collect();
    let members = names.iter();
    let members: Vec<Member> = members
        .map(|name| Member::ecs(name, Strategy::Rolling).in_repository("shop"))
        .collect();
    let mut shop = several(&members);
    shop.world
        .push_image("shop", &["v1.3.0"], amd64(), ago(HOUR / 2));
    // v1.3.0 was never deployed: each registers a revision.
    for (version, seconds) in [("v1.1.0", 12), ("v1.3.0", 30)] {
        let step = back(shop.world.clone(), &names.join(", "), version)
            .sim(|sim| sim.with_latency(Duration::from_millis(60)));
        let done = cancelled(&step, Duration::from_secs(seconds)).await;
        let calls = step.sim.calls();
        let mut untouched = 0;
        for name in &names {
            let is_sent = |operation: &str, key: &str| {
                let mut calls = calls.of(operation);
                calls.any(|call| call.input[key] == name.as_str())
            };
            let is_written =
                is_sent("UpdateService", "service") || is_sent("RegisterTaskDefinition", "family");
            untouched += usize::from(!is_written);
            let said = said_of(&done, name);
            let nothing = said.contains("nothing was changed");
            assert_eq!(nothing, !is_written, "{name} {version}\n{said}");
        }
        assert!((1..50).contains(&untouched), "{untouched}");
    }
}
