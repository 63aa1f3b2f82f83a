//! The drill of docs/recipes as the runner runs it: two steps, the second with the first one's outputs.

use aws_sim::world::stage::{native1, web1_with};
use aws_sim::world::{Strategy, World};

use super::{Done, aws_with, run};
use crate::docs::recipes::values::Known;
use crate::docs::recipes::{RecipeStep, recipe};
use crate::harness::runner::RunnerStep;

async fn ran(recipe_step: &RecipeStep<'_>, known: &Known, endpoint: &str) -> Done {
    let mut inputs = recipe_step.evaluated_inputs(known);
    // Nobody answers there.
    inputs.remove("health-check-url");
    let mut given = Vec::new();
    for (name, value) in &inputs {
        given.push((name.as_str(), value.as_str()));
    }
    run(RunnerStep::new(endpoint, &given).expect("a folder for the step")).await
}

async fn back_and_forward(world: World) {
    let drill = recipe("staging-drill.yml");
    let [back, forward] = &drill.ours()[..] else {
        panic!("a drill has two rollbacks")
    };
    let (sim, server) = aws_with(world, 200.0).await;
    let mut known = Known::new();
    let done = ran(back, &known, &server.url()).await;
    done.ended(0, "rolled-back");
    assert_eq!(done.outputs["version"], "v1.1.0", "{}", done.log);
    known.outputs_of("back", &done.outputs);
    let done = ran(forward, &known, &server.url()).await;
    done.ended(0, "rolled-back");
    assert_eq!(done.outputs["version"], "v1.2.0", "{}", done.log);
    assert_ne!(done.outputs["seconds-to-traffic"], "");
    assert_eq!(sim.violations(), [], "{}", done.log);
}

#[tokio::test]
async fn a_drill_goes_back_and_forward() {
    let web1 = web1_with(|spec| spec.termination_wait_minutes = 1);
    let native1 = native1(Strategy::Rolling);
    tokio::join!(
        back_and_forward(web1.world),
        back_and_forward(native1.world)
    );
}
