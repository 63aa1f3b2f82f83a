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
