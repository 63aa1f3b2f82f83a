//! Who is told of several services: one message at the start and one at the end, and an event for each.

use std::time::Duration;

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::{Member, Several, several};
use aws_sim::world::{Reached, Start};
use serde_json::Value;

use super::beside::worker1_is_there;
use super::setting::{apart, back, cancelled, crash, shop};
use crate::harness::Step;
use crate::telling::notified::{SLACK, TOPIC, WEBHOOK, channels, everything, posted, topic};

/// A rollback of these services that is told in all three channels.
fn told(mut shop: Several, services: &str, version: &str) -> Step {
    channels(&mut shop.world);
    let step = back(shop.world, services, version);
    step.input("reason", "checkout page is down")
        .input("slack-webhook-url", SLACK)
        .input("sns-topic-arn", TOPIC)
        .input("webhook-url", WEBHOOK)
}

/// Type, subject and outcome of each event, as they came.
fn events(step: &Step) -> Vec<(String, String)> {
    let mut events: Vec<_> = posted(step, WEBHOOK)
        .iter()
        .map(|event| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let outcome = text(&event["data"]["subject"]["content"]["outcome"]);
            let service = text(&event["data"]["customData"]["asked"]["service"]);
            (service, outcome)
        })
        .collect();
    events.sort();
    events
}

fn pair(service: &str, outcome: &str) -> (String, String) {
    (service.to_owned(), outcome.to_owned())
}

#[tokio::test(start_paused = true)]
async fn one_message_at_the_start_one_at_the_end_and_an_event_for_each() {
    let step = told(shop(), "web1, worker1", "v1.1.0");
    let done = step.run().await;
    let each = [("web1", "rolled-back"), ("worker1", "rolled-back")];
    done.ended_each(&step, "rolled-back", &each, 1);
    assert_eq!(posted(&step, SLACK).len(), 2);
    assert_eq!(topic(&step).len(), 1);
    assert_eq!(events(&step), [pair("web1", ""), pair("worker1", "")]);
    let ids: Vec<Value> = posted(&step, WEBHOOK)
        .iter()
        .map(|event| event["id"].clone())
        .collect();
    assert_ne!(ids[0], ids[1]);
    insta::assert_snapshot!("rolled_back", everything(&step));
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_is_told_with_its_cause() {
    let mut shop = apart();
    crash(&mut shop, "web1", 1);
    let step = told(shop, "web1, worker1", "v1.1.0");
    let done = step.run().await;
    let each = [("web1", "reverted"), ("worker1", "rolled-back")];
    done.ended_each(&step, "reverted", &each, 1);
    assert_eq!(
        events(&step),
        [pair("web1", "failure"), pair("worker1", "")]
    );
    insta::assert_snapshot!("reverted", everything(&step));
}

/// What serves the target already is not rolled back.
#[tokio::test(start_paused = true)]
async fn one_that_serves_the_target_is_not_announced() {
    let step = told(worker1_is_there(), "web1, worker1", "v1.1.0");
    let done = step.run().await;
    let each = [("web1", "rolled-back"), ("worker1", "unchanged")];
    done.ended_each(&step, "rolled-back", &each, 1);
    let messages = posted(&step, SLACK);
    let text = "prod: web1, worker1: rolling back 1 service to v1.1.0";
    assert_eq!(messages[0]["text"], text);
    let lines = &messages[0]["blocks"][1]["text"]["text"];
    let lines = lines.as_str().expect("a section");
    assert!(lines.starts_with("web1: ") && !lines.contains("worker1"));
    assert_eq!(
        events(&step),
        [pair("web1", ""), pair("worker1", "success")]
    );
}

/// Nothing was begun, so there is no message at the start.
#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_once() {
    let mut shop = apart();
    let web1 = shop.member("web1").clone();
    let start = Start::new(&web1.releases[0].task_definition);
    shop.world
        .start_deployment(&web1.service, &start, Reached::Installing);
    let step = told(shop, "web1, worker1", "v1.1.0").input("active-deployment", "fail");
    let done = step.run().await;
    let each = [("web1", "refused"), ("worker1", "planned")];
    done.ended_each(&step, "refused", &each, 0);
    assert_eq!(posted(&step, SLACK).len(), 1);
    assert_eq!(
        events(&step),
        [pair("web1", "error"), pair("worker1", "error")]
    );
    insta::assert_snapshot!("refused", everything(&step));
}

#[tokio::test(start_paused = true)]
async fn a_signal_is_told_in_time() {
    let step = told(shop(), "web1, worker1", "v1.1.0");
    let done = cancelled(&step, std::time::Duration::from_secs(20)).await;
    let each = [("web1", "cancelled"), ("worker1", "cancelled")];
    done.ended_each(&step, "cancelled", &each, 1);
    assert_eq!(
        events(&step),
        [pair("web1", "cancel"), pair("worker1", "cancel")]
    );
    insta::assert_snapshot!("cancelled", everything(&step));
}

#[tokio::test(start_paused = true)]
async fn nobody_hears_of_a_dry_run_or_of_services_that_are_not_there() {
    for step in [
        told(shop(), "web1, worker1", "v1.1.0").input("dry-run", "true"),
        told(shop(), "web8, web9", "v1.1.0"),
    ] {
        step.run().await;
        assert_eq!(everything(&step), "");
    }
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_fails_for_all_is_one_warning() {
    let step = told(shop(), "web1, worker1, cron1", "v1.1.0");
    step.sim
        .rule(Rule::on_get("hooks.example", Effect::Refused));
    let done = step.run().await;
    let each = ["web1", "worker1", "cron1"].map(|name| (name, "rolled-back"));
    done.ended_each(&step, "rolled-back", &each, 1);
    let told = "the webhook on hooks.example was not told: ";
    let warnings = done
        .log
        .lines()
        .filter(|line| line.starts_with("::warning") && line.contains(told));
    assert_eq!(warnings.count(), 1, "{}", done.log);
    done.says("(and 2 more events)");
}

/// Eight events are sent at once, and all of them have the time of one.
#[tokio::test(start_paused = true)]
async fn a_silent_webhook_holds_up_the_end_once() {
    let names: Vec<String> = (0..20).map(|number| format!("web{number}")).collect();
    let members = names.iter().map(|name| Member::codedeploy(name));
    let world = several(&members.collect::<Vec<_>>()).world;
    let silent = |version: &str| {
        let step = back(world.clone(), &names.join(","), version).input("webhook-url", WEBHOOK);
        step.sim
            .rule(Rule::on_get("hooks.example", Effect::HangBefore));
        step
    };
    let step = silent("v1.1.0");
    let done = cancelled(&step, Duration::from_secs(20)).await;
    assert_eq!(done.output("outcome"), "cancelled", "{}", done.log);
    let step = silent("v9");
    let done = step.run().await;
    assert_eq!(done.output("outcome"), "refused", "{}", done.log);
    assert!(done.took <= Duration::from_secs(16), "{:?}", done.took);
    assert_eq!(done.log.matches("was not told").count(), 2, "{}", done.log);
}
