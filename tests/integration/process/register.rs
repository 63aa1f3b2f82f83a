//! A revision is registered before anybody else's deployment is touched: what ECS refuses to register costs nothing.

use std::time::Duration;

use aws_sim::Sim;
use aws_sim::aws::AwsError;
use aws_sim::rules::{Effect, Rule};
use aws_sim::world::{NativePhase, Reached, ServiceDeploymentStatus, Strategy, World};

use super::{Done, aws_with, run, step};
use crate::harness::worlds::with_unregistered;
use crate::rollback::codedeploy::setting::{self, pace};
use crate::rollback::ecs::setting::briskly_deploying;

const REGISTER: &str = "RegisterTaskDefinition";

/// ECS refuses the revision while somebody's canary is in progress.
async fn refused(world: World) -> (Sim<World>, Done) {
    let (sim, server) = aws_with(with_unregistered(world), 60.0).await;
    let error = AwsError::client("ClientException", "Invalid 'memory' setting for container");
    sim.rule(Rule::on(REGISTER, Effect::Fail(error)));
    let done = run(step(&server.url(), &[("version", "v1.3.0")])).await;
    done.ended(2, "refused")
        .says("::error title=register-rejected::")
        .says("Invalid 'memory' setting for container")
        .says("Nothing was changed. v1.1.0 serves users now");
    assert_eq!(done.outputs["path"], "stop-and-redeploy");
    assert_eq!(sim.calls().count(REGISTER), 1);
    assert_eq!(sim.violations(), []);
    (sim, done)
}

#[tokio::test]
async fn a_refused_revision_stops_no_deployment_of_codedeploy() {
    let (web1, id) = setting::deploying(Reached::Shifting, pace(Reached::Shifting));
    let (sim, done) = refused(web1.world).await;
    for write in ["StopDeployment", "ContinueDeployment", "CreateDeployment"] {
        assert_eq!(sim.calls().count(write), 0, "{write}\n{}", done.log);
    }
    let status = sim.world(|world| world.deployment(&id).expect("it is there").status);
    assert!(status.active(), "{status:?}");
}

#[tokio::test]
async fn a_refused_revision_stops_no_deployment_of_ecs() {
    let (native1, arn) = briskly_deploying(Strategy::Canary, NativePhase::Shifting);
    let (sim, done) = refused(native1.world).await;
    for write in ["StopServiceDeployment", "UpdateService"] {
        assert_eq!(sim.calls().count(write), 0, "{write}\n{}", done.log);
    }
    let theirs = sim.world(|world| world.service_deployment(&arn).cloned());
    let status = theirs.expect("it is there").status;
    assert_eq!(status, ServiceDeploymentStatus::InProgress);
}

#[tokio::test]
async fn a_throttled_registration_is_sent_until_it_works() {
    let world = with_unregistered(aws_sim::world::stage::web1().world);
    let (sim, server) = aws_with(world, 60.0).await;
    sim.rule(Rule::on(REGISTER, Effect::Throttle).first(2));
    let done = run(step(&server.url(), &[("version", "v1.3.0")])).await;
    done.ended(0, "rolled-back")
        .says("AWS is throttling ecs:RegisterTaskDefinition; retrying until the timeout");
    let calls = sim.calls();
    assert_eq!((calls.count(REGISTER), calls.done(REGISTER)), (3, 1));
    let sent: Vec<_> = calls.of(REGISTER).map(|call| call.start).collect();
    // In AWS's time, which is sixty times as fast as the binary's.
    assert!(sent[2] - sent[0] > Duration::from_secs(30), "{sent:?}");
    assert_eq!(done.outputs["version"], "v1.3.0");
}
