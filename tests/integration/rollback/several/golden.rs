//! The whole log and summary of a rollback of two services.

use super::setting::{back, shop};

#[tokio::test(start_paused = true)]
async fn two_of_three_services_of_an_image() {
    let step = back(shop().world, "web1, worker1", "v1.1.0");
    let done = step.run().await;
    insta::assert_snapshot!("log_and_outputs", done.story());
    insta::assert_snapshot!("summary", done.summary);
}
