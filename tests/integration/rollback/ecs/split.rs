//! The traffic is split: the version to take away is named, with its part of the traffic or of the tasks.

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::{self, Native1};
use aws_sim::world::{NativePhase, Strategy};

use super::setting::{brisk, briskly_deploying, serves, step};
use crate::harness::worlds::{ago, amd64, key};

/// v1.2.0 serves, and somebody's v1.3.0 has a part of the traffic; digest of that image.
fn releasing(strategy: Strategy) -> (Native1, String) {
    let mut native1 = brisk(strategy);
    let digest = native1
        .world
        .push_image("web1", &["v1.3.0"], amd64(), ago(600));
    let document = stage::task_definition("v1.3.0");
    let revision = native1.world.register_task_definition(&document, ago(500));
    let shifting = NativePhase::Shifting;
    native1
        .world
        .start_service_deployment(&key(), &revision, shifting);
    (native1, digest)
}

#[tokio::test(start_paused = true)]
async fn a_reroute_names_what_it_takes_away() {
    for strategy in [Strategy::Canary, Strategy::Linear, Strategy::Rolling] {
        let (native1, _) = releasing(strategy);
        let step = step(&native1.world, "v1.2.0");
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0);
        assert_eq!(done.output("path"), "reroute", "{}", done.log);
        serves(&step, &native1, 2, &done.log);
        let name = strategy.name().to_lowercase();
        insta::assert_snapshot!(format!("reroute_{name}_log"), done.log);
        insta::assert_snapshot!(format!("reroute_{name}_summary"), done.summary);
        let shares = serde_json::to_string_pretty(&done.report()["before"]["shares"]);
        insta::assert_snapshot!(format!("shares_{name}"), shares.expect("it is JSON"));
    }
}

#[tokio::test(start_paused = true)]
async fn so_does_a_deployment_of_a_third_version() {
    for strategy in [Strategy::Canary, Strategy::Rolling] {
        let (native1, _) = releasing(strategy);
        let step = step(&native1.world, "v1.1.0");
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0);
        serves(&step, &native1, 1, &done.log);
        let name = strategy.name().to_lowercase();
        insta::assert_snapshot!(format!("third_{name}_log"), done.log);
    }
}

/// A name is not worth a rollback: nothing fails without it.
#[tokio::test(start_paused = true)]
async fn a_name_that_cannot_be_read_changes_nothing_else() {
    for strategy in [Strategy::Canary, Strategy::Rolling] {
        let (native1, new) = releasing(strategy);
        // Of a rolling deployment, most tasks run the new image by now.
        let (tag, digest, revision) = match strategy {
            Strategy::Rolling => ("v1.2.0", native1.releases[2].digest.clone(), "web1:3"),
            _ => ("v1.3.0", new, "web1:4"),
        };
        let told = format!(" on {}… ({revision})", &digest[..13]);
        let step = step(&native1.world, "v1.1.0");
        let denied = Effect::access_denied("ecr:DescribeImages");
        let rule = Rule::on("DescribeImages", denied).when(move |input| {
            let id = &input["imageIds"][0];
            id["imageTag"] == tag || id["imageDigest"] == digest.as_str()
        });
        step.sim.rule(rule);
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0).says(&told);
    }
}

/// All traffic is in one place: no share is told, and nothing more is asked.
#[tokio::test(start_paused = true)]
async fn traffic_that_is_not_split_has_no_shares() {
    for phase in [NativePhase::InProgress, NativePhase::Baking] {
        let (native1, _) = briskly_deploying(Strategy::Canary, phase);
        let step = step(&native1.world, "v1.1.0");
        let done = step.run().await;
        let shares = &done.report()["before"]["shares"];
        assert_eq!(shares.as_array().map(Vec::len), Some(0), "{}", done.log);
    }
}
