//! The worlds that these stories begin with, and what they look at when a run has ended.

use aws_sim::world::stage::{Web1, web1_with};
use aws_sim::world::{ImageSpec, Outcome, Past, Reached, Start, World, stage};

use crate::harness::check::serving;
use crate::harness::worlds::{ago, asking, key, with_unregistered};
use crate::harness::{Done, Step};

pub fn revisions(step: &Step) -> usize {
    step.sim.world(|world| world.revisions("web1"))
}

/// v1.3.0 was never deployed: a revision has to be registered for it.
pub fn unregistered() -> World {
    with_unregistered(stage::web1().world)
}

/// web1 where v1.1.0 serves and somebody is deploying v1.2.0, which has come this far.
pub fn deploying(reached: Reached, config: Option<&str>) -> (Web1, String) {
    let mut web1 = web1_with(|_| {});
    let back = Past::new(
        &web1.releases[1].task_definition,
        ago(1800),
        Outcome::Succeeded,
    );
    web1.world.past_deployment(&key(), &back);
    let mut start = Start::new(&web1.releases[2].task_definition);
    start.config = config.map(str::to_owned);
    let id = web1.world.start_deployment(&key(), &start, reached);
    (web1, id)
}

/// A shift that lasts, where the deployment is to be met in the middle of it.
pub fn pace(reached: Reached) -> Option<&'static str> {
    matches!(reached, Reached::Shifting).then_some("CodeDeployDefault.ECSCanary10Percent5Minutes")
}

pub fn shares(step: &Step) -> Vec<(String, f64)> {
    let serving = step.sim.world(|world| world.serving("prod", "web1"));
    serving
        .into_iter()
        .filter(|one| one.weight > 0.0)
        .filter_map(|one| Some((one.digest?, one.weight)))
        .collect()
}

pub async fn run(web1: &Web1, version: &str) -> (Step, Done) {
    let step = asking(web1.world.clone(), version);
    let done = step.run().await;
    (step, done)
}

/// Adds a release of `web1` that ran from then on: pushed, registered, deployed.
pub fn release(stage: &mut Web1, tag: &str, age: u64, spec: ImageSpec) -> (String, String) {
    let digest = stage.world.push_image("web1", &[tag], spec, ago(age + 300));
    let revision = stage
        .world
        .register_task_definition(&stage::task_definition(tag), ago(age + 200));
    stage.world.past_deployment(
        &stage.service,
        &Past::new(&revision, ago(age), Outcome::Succeeded),
    );
    (digest, revision)
}

/// Where the traffic went: revision and digest.
#[track_caller]
pub fn went_to(step: &Step, revision: &str, digest: &str) {
    assert_eq!(
        serving(step),
        [(revision.to_owned(), digest.to_owned(), 100.0)]
    );
}

/// Calls, but for those that watch the deployment.
pub fn reads(step: &Step) -> usize {
    let calls = step.sim.calls();
    calls.len() - calls.count("GetDeployment") - calls.count("GetDeploymentTarget")
}

pub fn discovered(done: &Done, what: &str) -> (String, String) {
    let report = done.report();
    let rows = report["plan"]["discovered"]
        .as_array()
        .expect("the plan says what was discovered")
        .clone();
    let row = rows
        .into_iter()
        .find(|row| row["what"] == what)
        .expect("this was discovered");
    let text = |member: &str| row[member].as_str().unwrap_or_default().to_owned();
    (text("value"), text("source"))
}
