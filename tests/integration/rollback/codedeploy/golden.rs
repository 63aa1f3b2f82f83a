//! The main job, end to end: three inputs, and nothing else.

use crate::harness::Step;
use crate::harness::check::serving;

#[tokio::test(start_paused = true)]
async fn three_inputs_are_enough() {
    let step = Step::web1("v1.0.0").input("reason", "checkout page is down");
    let done = step.run().await;
    done.rolled_back(&step);
    let target = done.output("image-digest").to_owned();
    assert_eq!(serving(&step), [("web1:1".to_owned(), target, 100.0)]);
    insta::assert_snapshot!("log_and_outputs", done.story());
    insta::assert_snapshot!("summary", done.summary);
}

#[tokio::test(start_paused = true)]
async fn a_reason_of_any_length_and_shape_is_shortened_not_refused() {
    let reason = format!(
        "checkout\r\n\u{1b}is \u{202e}down: {}",
        "why? ".repeat(2_000)
    );
    let step = Step::web1("v1.0.0").input("reason", &reason);
    let done = step.run().await;
    done.rolled_back(&step);
    let calls = step.sim.calls();
    let create = calls
        .of("CreateDeployment")
        .next()
        .expect("a deployment was created");
    let description = create.input["description"].as_str().unwrap_or_default();
    assert_eq!(description.chars().count(), 256, "{description}");
    assert!(
        description.contains(": checkout is down: why? why?"),
        "{description}"
    );
    assert!(description.ends_with('…'), "{description}");
    assert!(done.summary.contains("checkout is down: why? why?"));
}
