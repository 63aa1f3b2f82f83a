//! The parts of a look at the service, each by itself.

use std::time::{Duration, SystemTime};

use aws_sim::{
    Sim,
    world::{Strategy, World, stage},
};

use super::{past::Known, *};
use crate::{
    aws::{Connection, Credentials},
    environment::Environment,
    inputs::{INPUTS, read},
};

fn inputs(version: &str) -> Inputs {
    let given = [
        ("version", version),
        ("cluster", "prod"),
        ("service", "web1"),
    ];
    let defaults = INPUTS
        .iter()
        .map(|input| (input.name, input.default.unwrap_or_default()));
    let variables = defaults.chain(given).map(|(name, value)| {
        let name = format!("INPUT_{}", name.to_uppercase());
        (name, value.to_owned())
    });
    let region = ("AWS_REGION".to_owned(), stage::REGION.to_owned());
    let environment = Environment::from_iter(variables.chain([region]));
    let read = read(&environment, &|_| unreachable!("no input names a file"));
    read.expect("good inputs").remove(0)
}

/// Runs `look` against a simulated AWS.
async fn against<T>(world: World, inputs: &Inputs, look: impl AsyncFn(Reader<'_>) -> T) -> T {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(stage::START);
    let sim = Sim::new(world, start);
    let clock = Clock::starting_at(sim.clock().now());
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None, None, "test");
    let connection = Connection::through(
        &inputs.region,
        clock,
        sim.http_client(),
        sim.connector(),
        Some(credentials),
    )
    .await;
    let aws = Aws::new(&connection, None);
    let reader = Reader {
        aws: &aws,
        inputs,
        clock,
        spec: None,
    };
    look(reader).await
}

fn worlds() -> [World; 2] {
    let by_ecs = stage::native1(Strategy::Rolling);
    [stage::web1().world, by_ecs.world]
}

#[tokio::test(start_paused = true)]
async fn the_service_and_its_past_are_read_without_a_target() {
    // A version that does not exist: nobody may ask for it.
    let inputs = inputs("v0.0.0");
    for world in worlds() {
        let past = against(world, &inputs, async |reader: Reader<'_>| {
            let state = service(reader, &|_| ()).await.expect("a service");
            assert_eq!(state.running.revision.short(), "web1:3");
            let record = state.record();
            let known = Known {
                running: &state.running,
                described: &[],
            };
            record
                .read_past(reader.aws, known, 25)
                .await
                .expect("a past")
        })
        .await;
        let mut deployed = Vec::new();
        for deployment in &past.deployments {
            deployed.extend(deployment.revision.as_ref().map(|arn| arn.short()));
        }
        deployed.dedup();
        assert_eq!(deployed, ["web1:1", "web1:2", "web1:3"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_pinned_target_stays_what_it_was() {
    let asked = inputs("previous");
    let unchanged = asked.clone();
    for world in worlds() {
        against(world, &asked, async |reader: Reader<'_>| {
            let Reader {
                aws, inputs, clock, ..
            } = reader;
            let look = async |wanted: &Wanted| {
                let snapshot = observe(aws, inputs, wanted, clock, &|_| ()).await;
                snapshot.expect("a target")
            };
            let first = look(&Wanted::Asked).await;
            assert_eq!(first.target.version, "v1.1.0");
            let pinned = PinnedTarget {
                version: "the name of the first round".to_owned(),
                digest: first.target.image.image.digest.clone(),
                repository: Some(first.target.repository.clone()),
                revision: first.revision.reused().cloned(),
            };
            let second = look(&Wanted::Pinned(pinned)).await;
            assert_eq!(second.target.version, "the name of the first round");
            assert_eq!(second.revision.reused(), first.revision.reused());
            assert!(second.target.exact);
        })
        .await;
    }
    assert_eq!(asked, unchanged);
}
