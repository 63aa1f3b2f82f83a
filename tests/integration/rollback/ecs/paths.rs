//! Every row of the path table, in every strategy.

use aws_sim::aws::AwsError;
use aws_sim::rules::{Effect, Rule};
use aws_sim::world::{NativePhase, ServiceDeploymentStatus, Strategy};

use super::setting::{brisk, briskly_deploying, serves, status, step};
use crate::harness::worlds::with_unregistered;

#[tokio::test(start_paused = true)]
async fn idle() {
    for strategy in Strategy::ALL {
        for version in ["v1.0.0", "previous"] {
            let native1 = brisk(strategy);
            let step = step(&native1.world, version);
            let done = step.run().await;
            done.ended(&step, "rolled-back", &[], 0);
            assert_eq!(done.output("path"), "redeploy");
            serves(
                &step,
                &native1,
                if version == "v1.0.0" { 0 } else { 1 },
                &done.log,
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn under_way() {
    use NativePhase::*;
    for strategy in Strategy::ALL {
        for phase in [
            Pending,
            InProgress,
            Shifting,
            Baking,
            Paused,
            RollingBack,
            RollingBackTraffic,
        ] {
            if strategy == Strategy::BlueGreen && phase == Shifting
                || strategy == Strategy::Rolling && phase == Paused
            {
                continue;
            }
            for (version, release) in [("v1.0.0", 0), ("v1.1.0", 1), ("v1.2.0", 2)] {
                let (native1, _) = briskly_deploying(strategy, phase);
                let step = step(&native1.world, version);
                let done = step.run().await;
                done.ended(&step, "rolled-back", &[], 0);
                serves(&step, &native1, release, &done.log);
            }
        }
    }
}

/// The writes among these calls, in their order.
const WRITES: [&str; 3] = [
    "RegisterTaskDefinition",
    "StopServiceDeployment",
    "UpdateService",
];

#[tokio::test(start_paused = true)]
async fn a_revision_is_registered_before_a_deployment_is_stopped() {
    let (native1, _) = briskly_deploying(Strategy::Canary, NativePhase::Shifting);
    let step = step(&with_unregistered(native1.world), "v1.3.0");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    let calls = step.sim.calls();
    let sent = calls.iter().map(|call| call.operation.as_str());
    let writes: Vec<_> = sent.filter(|name| WRITES.contains(name)).collect();
    assert_eq!(writes, WRITES);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_revision_that_ecs_refuses_stops_no_deployment() {
    let (native1, theirs) = briskly_deploying(Strategy::Canary, NativePhase::Shifting);
    let step = step(&with_unregistered(native1.world), "v1.3.0");
    let error = AwsError::client("ClientException", "Invalid 'memory' setting for container");
    step.sim
        .rule(Rule::on("RegisterTaskDefinition", Effect::Fail(error)));
    let done = step.run().await;
    done.ended(&step, "refused", &["register-rejected"], 0);
    assert_eq!(step.sim.calls().count("StopServiceDeployment"), 0);
    assert_eq!(status(&step, &theirs), ServiceDeploymentStatus::InProgress);
    insta::assert_snapshot!(done.story());
}
