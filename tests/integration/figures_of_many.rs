//! The figures of many services in one run, which hold on any machine: they are counted in virtual time.

use aws_sim::Sim;

use crate::harness::crowd::{Mix, back, crowd, hundred, roll_back};

const SERVICES: usize = 25;

/// Also at AWS's published rates, which no call meets.
#[tokio::test(start_paused = true)]
async fn twenty_five_services_are_written_within_twice_the_time_of_one() {
    for mix in Mix::ALL {
        let one = roll_back(&back(crowd(1, mix), 0..1, "v1.1.0")).await;
        let step = back(crowd(SERVICES, mix), 0..SERVICES, "v1.1.0").sim(Sim::with_published_rates);
        let many = roll_back(&step).await;
        assert!(
            many.until_last <= 2 * one.until_last,
            "{}: {many:?} against {one:?}",
            mix.name()
        );
        assert_eq!(many.throttled, 0, "{}", mix.name());
    }
}

#[tokio::test(start_paused = true)]
async fn twenty_five_services_take_at_most_eight_calls_each() {
    for mix in Mix::ALL {
        let many = roll_back(&back(crowd(SERVICES, mix), 0..SERVICES, "v1.1.0")).await;
        assert!(many.calls <= 8 * SERVICES, "{}: {many:?}", mix.name());
        // They poll in step, so that one call reads for many; only targets of CodeDeploy's are read one by one.
        let others = many.all_calls - many.targets;
        assert!(others <= 13 * SERVICES, "{}: {many:?}", mix.name());
    }
}

/// ECS and ECR publish rates, CodeDeploy does not. Until all have their traffic `cargo bench` looks at each mix.
#[tokio::test(start_paused = true)]
async fn a_hundred_services_are_not_throttled() {
    for (mix, wait_for) in [
        (Mix::CodeDeploy, "nothing"),
        (Mix::Ecs, "nothing"),
        (Mix::Both, "traffic"),
    ] {
        let calls = hundred(mix, wait_for).await;
        let throttled = calls.throttled().map(|call| call.operation.as_str());
        let throttled: Vec<&str> = throttled.collect();
        assert_eq!(throttled, [""; 0], "{}", mix.name());
    }
}
