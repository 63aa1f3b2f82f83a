//! What the runs of several services read at the same time.

mod batch;
mod deployments;
mod flight;
mod images;
mod lone;
mod tasks;
mod traffic;

use aws_sim::{
    record::Call,
    world::{Outcome, Past, ServiceKey, ServiceSpec},
};
use futures_util::future::join_all;
use serde_json::Value;

use super::*;
use crate::names::DeploymentId;

const LATENCY: Duration = Duration::from_millis(100);

async fn for_several(sim: &Sim) -> Aws {
    Aws::for_several(&connection(sim).await, None, 25)
}

fn prod() -> ClusterName {
    ClusterName::new("prod")
}

/// `web1`, `web2`, …
fn names(services: usize) -> Vec<ServiceName> {
    let names = (1..=services).map(|nth| ServiceName::new(format!("web{nth}")));
    names.collect()
}

/// A cluster of so many services that CodeDeploy deployed, each in an application and a group of its own.
fn services(number: usize) -> (World, Vec<DeploymentId>) {
    let web1 = stage::web1();
    let mut world = web1.world;
    let mut deployments = vec![DeploymentId::new(&web1.releases[2].deployment)];
    let revision = &web1.releases[2].task_definition;
    let past = at(0) - Duration::from_secs(stage::DAY);
    for nth in 2..=number {
        let spec = ServiceSpec::new("prod", &format!("web{nth}"), revision, "web1");
        let service: ServiceKey = world.create_service(&spec, past);
        let deployed = Past::new(revision, past, Outcome::Succeeded);
        deployments.push(DeploymentId::new(
            world.past_deployment(&service, &deployed),
        ));
    }
    (world, deployments)
}

async fn describe_services(
    aws: &Aws,
    names: &[ServiceName],
) -> Vec<Result<Option<String>, Failure>> {
    let cluster = prod();
    let reads = names.iter().map(async |name| {
        let service = aws.describe_service(&cluster, name).await?;
        Ok(service.map(|service| service.name.to_string()))
    });
    join_all(reads).await
}

/// How many texts each call of the operation has in this list.
fn sizes(sim: &Sim, operation: &str, list: &str) -> Vec<usize> {
    let size = |call: &Call| call.input[list].as_array().map_or(0, Vec::len);
    sim.calls().of(operation).map(size).collect()
}

fn has(input: &Value, list: &str, text: &str) -> bool {
    let mut texts = input[list].as_array().into_iter().flatten();
    texts.any(|each| each == text)
}

fn no_violations(sim: &Sim) {
    assert!(sim.violations().is_empty(), "{:?}", sim.violations());
}
