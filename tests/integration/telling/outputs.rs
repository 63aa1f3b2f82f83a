//! The outputs of a step.

use std::time::Duration;

use crate::harness::Step;
use crate::harness::check::writes;

#[tokio::test(start_paused = true)]
async fn the_outputs_are_written_before_the_wait() {
    let step = Step::web1("v1.0.0");
    let clock = step.sim.clock();
    let file = step.folder.path().join("output");
    let mut seen = String::new();
    let look = async {
        clock.sleep(Duration::from_secs(30)).await;
        seen = std::fs::read_to_string(&file).unwrap_or_default();
        std::future::pending::<()>().await;
    };
    let done = step.run_until(look).await;
    done.rolled_back(&step);
    let seen = crate::harness::runner::outputs(&seen);
    for output in [
        "version",
        "image",
        "image-digest",
        "task-definition-arn",
        "codedeploy-deployment-id",
        "previous-version",
        "undo-version",
        "path",
    ] {
        assert_eq!(
            seen.get(output).map(String::as_str),
            Some(done.output(output)),
            "{output}"
        );
    }
    assert_eq!(writes(&step).len(), 1);
}
