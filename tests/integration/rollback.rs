//! The main job, end to end.

use crate::harness::Step;

#[tokio::test(start_paused = true)]
async fn three_inputs_are_enough() {
    let step = Step::web1("v1.0.0").input("reason", "checkout page is down");
    let done = step.run().await;
    println!("{}\n----\n{:#?}\n---\n{}", done.log, done.outputs, done.summary);
    println!("{:?}", step.sim.violations());
    for call in step.sim.calls().iter() {
        println!("{:?} {} {:?}", call.start, call.operation, call.answered);
    }
    assert_eq!(done.exit, 0);
    assert_eq!(done.output("outcome"), "rolled-back");
}
