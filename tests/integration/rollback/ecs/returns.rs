//! The target is unhealthy: the run returns to what served at the start.

use aws_sim::world::{HttpAnswer, Strategy, World};

use super::setting::{began, brisk, serves, step, tells_what_serves};
use crate::harness::Step;

const URL: &str = "http://web1.test/health";

fn unhealthy(world: &World) -> Step {
    let step = step(world, "v1.0.0")
        .input("health-check-url", URL)
        .input("on-unhealthy", "return");
    let answer = HttpAnswer::Fixed(503, Vec::new());
    step.sim.world(|world| world.set_http(URL, answer));
    step
}

/// While the deployment bakes, its old tasks are warm; a rolling one has replaced them.
#[tokio::test(start_paused = true)]
async fn each_strategy_returns_by_its_fastest_way() {
    for (strategy, path, new) in [
        (Strategy::Rolling, "redeploy", 2),
        (Strategy::BlueGreen, "reroute", 1),
        (Strategy::Canary, "reroute", 1),
    ] {
        let native1 = brisk(strategy);
        let step = unhealthy(&native1.world);
        let done = step.run().await;
        done.ended(&step, "failed", &["health-check-failed"], 0)
            .says("v1.0.0 is unhealthy; returning to v1.2.0");
        began(&step, &native1.world, new, &done.log);
        serves(&step, &native1, 2, &done.log);
        tells_what_serves(&step, &done);
        let report = done.report();
        assert_eq!(report["returned"]["path"], path, "{}", done.log);
        assert_eq!(report["returned"]["proven"], true, "{}", done.log);
        assert_eq!(done.output("version"), "v1.0.0");
        assert_eq!(step.sim.calls().count("GET"), 5, "{}", done.log);
        let name = format!("return_{}", strategy.name().to_lowercase());
        insta::assert_snapshot!(name, done.story());
    }
}
