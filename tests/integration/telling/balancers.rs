//! Behind a Network Load Balancer old targets get traffic for a while after the switch: AWS's weights alone do not say
//! what users get.

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::{HttpAnswer, ServiceSpec, Strategy, World, stage};

use crate::harness::Step;
use crate::harness::worlds::{asking, with};

fn codedeploy() -> World {
    with(|spec| spec.network_load_balancer = true).world
}

fn ecs() -> World {
    let change = |spec: &mut ServiceSpec| spec.network_load_balancer = true;
    stage::native1_with(Strategy::BlueGreen, change).world
}

const URL: &str = "http://web1.test/health";

fn checked(mut world: World) -> Step {
    world.set_http(URL, HttpAnswer::Fixed(200, Vec::new()));
    asking(world, "v1.0.0").input("health-check-url", URL)
}

#[tokio::test(start_paused = true)]
async fn weights_alone_do_not_say_that_users_are_served() {
    for (by, world) in [("codedeploy", codedeploy()), ("ecs", ecs())] {
        let step = asking(world, "v1.0.0").input("timeout", "5h");
        let done = step.run().await;
        assert_eq!(done.output("outcome"), "rolled-back", "{}", done.log);
        for text in [&done.log, &done.summary] {
            assert!(!text.contains("v1.0.0 serves"), "{text}");
            assert!(text.contains("health-check-url"), "{text}");
        }
        insta::assert_snapshot!(format!("network_{by}"), done.story());
        insta::assert_snapshot!(format!("network_{by}_summary"), done.summary);
    }
}

#[tokio::test(start_paused = true)]
async fn a_health_check_says_it() {
    for world in [codedeploy(), ecs()] {
        let done = checked(world).input("timeout", "5h").run().await;
        assert_eq!(done.output("outcome"), "rolled-back", "{}", done.log);
        done.says("v1.0.0 serves all traffic")
            .says("a Network Load Balancer sends traffic to the old tasks");
        let everything = format!("{}{}", done.log, done.summary);
        assert!(
            !everything.contains("give `health-check-url`"),
            "{everything}"
        );
        assert!(
            !everything.contains("Give `health-check-url`"),
            "{everything}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_health_check_that_fails_says_nothing_of_users() {
    let step = checked(codedeploy());
    step.sim.rule(Rule::on_get("/health", Effect::Html(503)));
    let done = step.run().await;
    done.ended(&step, "failed", &["health-check-failed"], 1)
        .says("v1.0.0 has the traffic now");
}

/// An Application Load Balancer follows at once, and of a rolling deployment nothing is known.
#[tokio::test(start_paused = true)]
async fn other_load_balancers_are_not_spoken_of() {
    let rolling = |spec: &mut ServiceSpec| spec.network_load_balancer = true;
    for world in [
        stage::web1().world,
        stage::native1(Strategy::BlueGreen).world,
        stage::native1_with(Strategy::Rolling, rolling).world,
    ] {
        let done = asking(world, "v1.0.0").input("timeout", "5h").run().await;
        done.says("v1.0.0 serves all traffic");
        assert!(!done.log.contains("Network Load Balancer"), "{}", done.log);
    }
}
