//! Who is told outside of the runner: the messages to Slack and to an SNS topic, and the event, of every ending.

use std::time::Duration;

use aws_sim::aws::AwsError;
use aws_sim::world::{Crash, HttpAnswer, TopicMessage, World, stage};
use aws_sim::{Effect, Rule};
use cdevents_sdk::CDEvent;
use serde_json::{Value, json};

use crate::harness::worlds::asking;
use crate::harness::{Done, Step};

pub const SLACK: &str = "https://hooks.slack.com/services/T0AAAAAAA/B0AAAAAAA/s3cretofslackhook";
pub const WEBHOOK: &str = "https://hooks.example/rollbacks?key=s3cretofwebhook";
pub const TOPIC: &str = "arn:aws:sns:ap-northeast-2:123456789012:on-call";

/// All three channels take everything.
pub fn channels(world: &mut World) {
    assert_eq!(world.add_topic("on-call"), TOPIC);
    world.set_http(SLACK, HttpAnswer::Fixed(200, b"ok".to_vec()));
    world.set_http(WEBHOOK, HttpAnswer::Fixed(202, Vec::new()));
}

/// A step with all three channels, on a world in which they take everything.
fn told(mut world: World, version: &str) -> Step {
    channels(&mut world);
    asking(world, version)
        .variable(
            "GITHUB_WORKFLOW_REF",
            "org/shop/.github/workflows/rollback.yml@refs/heads/main",
        )
        .input("reason", "checkout page is down")
        .input("slack-webhook-url", SLACK)
        .input("sns-topic-arn", TOPIC)
        .input("webhook-url", WEBHOOK)
}

fn web1(version: &str) -> Step {
    told(stage::web1().world, version)
}

/// v1.0.0 exits as soon as it runs.
fn crashing() -> World {
    let mut stage = stage::web1();
    stage.world.pace.install_timeout = 300_000;
    let digest = stage.releases[0].digest.clone();
    stage
        .world
        .set_image_crash("web1", &digest, Some(Crash::exited(1)));
    stage.world.set_image_log(
        "web1",
        &digest,
        &[(900, "Error: Cannot find module './db'")],
    );
    stage.world
}

async fn cancelled(step: &Step) -> Done {
    let clock = step.sim.clock();
    step.run_until(async move { clock.sleep(Duration::from_secs(5)).await })
        .await
}

/// The bodies that were posted to an address, oldest first.
pub fn posted(step: &Step, url: &str) -> Vec<Value> {
    let calls = step.sim.calls();
    let posts = calls.of("POST").filter(|call| call.input["url"] == url);
    posts
        .map(|call| {
            let body = call.input["body"].as_str().expect("a body");
            serde_json::from_str(body).expect("it is JSON")
        })
        .collect()
}

pub fn topic(step: &Step) -> Vec<TopicMessage> {
    step.sim.world(|world| world.topic_messages(TOPIC))
}

/// The only event, without the report that it carries.
fn event(step: &Step) -> Value {
    let mut events = posted(step, WEBHOOK);
    assert_eq!(events.len(), 1, "{events:#?}");
    let mut event = events.remove(0);
    let report = event["data"]["customData"].take();
    assert!(report.is_object(), "{report}");
    event
}

/// A message as Slack shows it.
fn page(message: &Value) -> String {
    let mut page = format!("({})\n", message["text"].as_str().expect("a fallback"));
    for block in message["blocks"].as_array().expect("blocks") {
        page += &match block["type"].as_str() {
            Some("header") => format!("# {}\n", shown(&block["text"])),
            Some("section") if block["fields"].is_null() => format!("{}\n", shown(&block["text"])),
            Some("section") => columns(&block["fields"]),
            Some("actions") => buttons(&block["elements"]),
            other => panic!("a block {other:?}"),
        };
    }
    page
}

fn shown(text: &Value) -> &str {
    assert_eq!(text["type"], "plain_text", "{text}");
    text["text"].as_str().expect("a text")
}

fn columns(fields: &Value) -> String {
    let fields = fields.as_array().expect("fields");
    let lines = fields
        .iter()
        .map(|field| format!("| {}\n", shown(field).replace('\n', ": ")));
    lines.collect()
}

fn buttons(elements: &Value) -> String {
    let elements = elements.as_array().expect("elements");
    let lines = elements.iter().map(|button| {
        format!(
            "[{}] {}\n",
            shown(&button["text"]),
            button["url"].as_str().unwrap_or_default()
        )
    });
    lines.collect()
}

/// Everything that left the runner.
pub fn everything(step: &Step) -> String {
    let mut text = String::new();
    for message in posted(step, SLACK) {
        text += &format!("--- Slack\n{}\n", page(&message));
    }
    for message in topic(step) {
        let TopicMessage {
            subject,
            text: body,
            attributes,
            ..
        } = message;
        text += &format!("--- SNS: {subject}\n{attributes:?}\n\n{body}\n");
    }
    for mut event in posted(step, WEBHOOK) {
        event["data"]["customData"] = json!("the report");
        text += &format!("--- webhook\n{event:#}\n");
    }
    text
}

/// One story: how it ended, and everything that left the runner as a snapshot.
macro_rules! story {
    ($name:ident, $step:expr, $run:expr, $outcome:literal) => {
        #[tokio::test(start_paused = true)]
        async fn $name() {
            let step = $step;
            let done: Done = $run(&step).await;
            assert_eq!(done.output("outcome"), $outcome, "{}", done.log);
            assert_eq!(step.sim.violations(), [], "{}", done.log);
            assert!(!done.log.contains("was not told"), "{}", done.log);
            insta::assert_snapshot!(stringify!($name), everything(&step));
        }
    };
}

async fn run(step: &Step) -> Done {
    step.run().await
}

story!(rolled_back, web1("v1.0.0"), run, "rolled-back");
story!(
    reverted_with_its_cause,
    told(crashing(), "v1.0.0"),
    run,
    "reverted"
);
story!(unhealthy, unhealthy_step(), run, "failed");
story!(refused, web1("v1.0.1"), run, "refused");
story!(stopped_by_a_signal, web1("v1.0.0"), cancelled, "cancelled");
story!(nothing_to_do, web1("v1.2.0"), run, "unchanged");

fn unhealthy_step() -> Step {
    let step = web1("v1.0.0");
    let health = "http://web1.test/health";
    step.sim
        .world(|world| world.set_http(health, HttpAnswer::Fixed(500, Vec::new())));
    step.input("health-check-url", health)
        .input("health-check-attempts", "1")
}

#[tokio::test(start_paused = true)]
async fn slack_gets_block_kit() {
    let step = web1("v1.0.0");
    step.run().await.rolled_back(&step);
    let messages = posted(&step, SLACK);
    assert_eq!(messages.len(), 2);
    insta::assert_snapshot!("slack_start", format!("{:#}", messages[0]));
    insta::assert_snapshot!("slack_end", format!("{:#}", messages[1]));
}

#[tokio::test(start_paused = true)]
async fn nobody_hears_of_a_dry_run_nor_of_bad_input_nor_of_a_service_that_is_not_there() {
    for step in [
        web1("v1.0.0").input("dry-run", "true"),
        web1("v1.0.0").input("timeout", "30"),
        web1("v1.0.0").input("service", "web9"),
    ] {
        let done = step.run().await;
        assert_ne!(done.output("outcome"), "rolled-back");
        assert_eq!(everything(&step), "", "{}", done.log);
    }
}

#[tokio::test(start_paused = true)]
async fn without_these_inputs_nothing_is_sent() {
    let step = Step::web1("v1.0.0");
    step.run().await.rolled_back(&step);
    assert_eq!(
        (
            step.sim.calls().count("POST"),
            step.sim.calls().count("Publish")
        ),
        (0, 0)
    );
}

/// The receiver's own library reads the event, and it says the same as its envelope.
#[tokio::test(start_paused = true)]
async fn the_event_is_one_of_cdevents() {
    for (step, kind, outcome) in [
        (
            web1("v1.0.0"),
            "dev.cdevents.service.rolledback.0.3.0",
            None,
        ),
        (
            told(crashing(), "v1.0.0"),
            "dev.cdevents.taskrun.finished.0.3.0",
            Some("failure"),
        ),
        (
            web1("v1.0.1"),
            "dev.cdevents.taskrun.finished.0.3.0",
            Some("error"),
        ),
        (
            web1("v1.2.0"),
            "dev.cdevents.taskrun.finished.0.3.0",
            Some("success"),
        ),
    ] {
        let done = step.run().await;
        let mut events = posted(&step, WEBHOOK);
        let event = events.pop().expect("an event");
        let data: CDEvent = serde_json::from_value(event["data"].clone()).expect("a CDEvent");
        assert_eq!((data.ty(), data.version()), (kind, "0.5.1"));
        assert_eq!(event["type"], data.ty());
        assert_eq!(event["id"], data.id().as_str());
        assert_eq!(event["source"], data.source().to_string());
        assert_eq!(event["subject"], data.subject().id().as_str());
        assert_eq!(event["time"], event["data"]["context"]["timestamp"]);
        assert_eq!(
            event["data"]["subject"]["content"]["outcome"].as_str(),
            outcome
        );
        let report = data.custom_data().clone().expect("the report");
        assert_eq!(report, done.report());
    }
}

#[tokio::test(start_paused = true)]
async fn a_fifo_topic_gets_its_group_and_an_id_of_the_run() {
    let step = web1("v1.0.0");
    let fifo = step.sim.world(|world| world.add_topic("on-call.fifo"));
    let step = step.input("sns-topic-arn", &fifo);
    step.run().await.rolled_back(&step);
    let messages = step.sim.world(|world| world.topic_messages(&fifo));
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].group.as_deref(), Some("web1"));
    let calls = step.sim.calls();
    let call = calls.of("Publish").next().expect("it was published");
    assert_eq!(call.input["MessageDeduplicationId"], step.marker);
}

/// What the log says of a channel that failed, each once.
fn failures(done: &Done) -> Vec<String> {
    let report = done.report();
    let warnings = report["warnings"].as_array().expect("a list");
    let texts = warnings.iter().filter_map(Value::as_str);
    texts
        .filter(|text| text.contains("was not told"))
        .map(str::to_owned)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_fails_is_one_warning_with_its_cause() {
    let table = [
        (
            Effect::access_denied("SNS:Publish"),
            1,
            "the role may not call it: add sns:Publish to its policy",
        ),
        (
            Effect::Fail(AwsError::client(
                "NotFoundException",
                "Topic does not exist",
            )),
            1,
            "Topic does not exist; check sns-topic-arn",
        ),
        (
            Effect::Throttle,
            2,
            "Rate exceeded; its server failed or is busy, so tell people yourself",
        ),
        (
            Effect::unavailable(),
            2,
            "Service is temporarily unavailable.; its server failed or is busy, so tell people yourself",
        ),
        (
            Effect::Refused,
            2,
            "connection refused; check that the runner can reach SNS",
        ),
        // It may have arrived: nobody is told twice.
        (
            Effect::DropAnswer,
            1,
            "connection reset; check that the runner can reach SNS",
        ),
        (Effect::HangAfter, 1, "check that the runner can reach SNS"),
        (Effect::Html(200), 1, "check that the runner can reach SNS"),
    ];
    for (effect, tries, why) in table {
        let step = web1("v1.0.0");
        step.sim.rule(Rule::on("Publish", effect.clone()));
        let done = step.run().await;
        done.rolled_back(&step);
        let failures = failures(&done);
        assert_eq!(failures.len(), 1, "{effect:?}: {failures:?}");
        let start = "the SNS topic on-call was not told: ";
        assert!(
            failures[0].starts_with(start) && failures[0].ends_with(why),
            "{effect:?}: {failures:?}"
        );
        assert_eq!(
            done.log
                .matches("::warning title=Rollback::the SNS topic")
                .count(),
            1,
            "{}",
            done.log
        );
        assert_eq!(step.sim.calls().count("Publish"), tries, "{effect:?}");
        assert!(topic(&step).len() <= 1, "{effect:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_more_try_is_enough_where_it_helps() {
    let step = web1("v1.0.0");
    step.sim
        .rule(Rule::on("Publish", Effect::Throttle).first(1));
    step.sim
        .rule(Rule::on_get("hooks.slack.com", Effect::unavailable()).nth(2));
    step.sim
        .rule(Rule::on_get("hooks.example", Effect::Refused).first(1));
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(failures(&done), Vec::<String>::new());
    assert_eq!(step.sim.calls().count("Publish"), 2);
    assert_eq!(
        (posted(&step, SLACK).len(), posted(&step, WEBHOOK).len()),
        (3, 2)
    );
    assert_eq!(topic(&step).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn channels_that_hang_end_after_ten_seconds_and_at_a_signal_within_five() {
    for (is_cancelled, most) in [(false, 12), (true, 5)] {
        let step = web1("v1.0.0");
        for host in ["hooks.slack.com", "hooks.example"] {
            step.sim.rule(Rule::on_get(host, Effect::HangBefore));
        }
        step.sim.rule(Rule::on("Publish", Effect::HangBefore));
        let (done, outcome) = if is_cancelled {
            (cancelled(&step).await, "cancelled")
        } else {
            (step.run().await, "rolled-back")
        };
        assert_eq!(done.output("outcome"), outcome, "{}", done.log);
        let end = done.report()["seconds"].as_f64().expect("a number");
        let afterwards = done.took.as_secs_f64() - if is_cancelled { 5.0 } else { end };
        assert!(afterwards < f64::from(most), "{afterwards} s\n{}", done.log);
        // Slack is told twice; at a signal nobody waits for the first time any more.
        let all = if is_cancelled { 3 } else { 4 };
        assert_eq!(failures(&done).len(), all, "{}", done.log);
    }
}

#[tokio::test(start_paused = true)]
async fn what_only_the_owner_of_an_address_knows_is_told_nowhere() {
    let step = web1("v1.0.0").input("reason", &format!("see {SLACK} and {WEBHOOK}"));
    let answer = |text: &str| HttpAnswer::Fixed(404, format!("Cannot POST {text}").into_bytes());
    step.sim.world(|world| {
        world.set_http(
            SLACK,
            answer("/services/T0AAAAAAA/B0AAAAAAA/s3cretofslackhook"),
        );
        world.set_http(WEBHOOK, answer("key=s3cretofwebhook"));
    });
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(
        failures(&done),
        [
            "Slack was not told: HTTP 404; check slack-webhook-url",
            "Slack was not told: HTTP 404; check slack-webhook-url",
            "the webhook on hooks.example was not told: HTTP 404; check webhook-url and webhook-secret",
        ]
    );
    let everywhere = [
        &done.log,
        &done.summary,
        done.output("report"),
        &everything(&step),
    ]
    .concat();
    for secret in ["s3cretofslackhook", "s3cretofwebhook"] {
        assert!(!everywhere.contains(secret), "{everywhere}");
    }
    let _ = event(&step);
}

/// What ends up in a message can't act there.
#[tokio::test(start_paused = true)]
async fn hostile_words_stay_words() {
    let reason =
        "<!channel> <@U123> <https://evil.example|click> & :rotating_light: *b*\u{1b}[31m\u{202e}";
    let step = web1("v1.0.0").input("reason", reason);
    step.run().await.rolled_back(&step);
    let text = posted(&step, SLACK)[1].to_string();
    assert!(text.contains("&lt;!channel&gt; &lt;@U123&gt; &lt;https://evil.example|click&gt; &amp; :rotating_light:"), "{text}");
    assert!(!text.contains(['<', '>', '\u{1b}', '\u{202e}']), "{text}");
    let message = topic(&step).remove(0);
    assert!(
        !message.text.contains(['\u{1b}', '\u{202e}']),
        "{}",
        message.text
    );
}

/// The last look takes most of the five seconds; what is left is enough for a server that answers.
#[tokio::test(start_paused = true)]
async fn people_are_told_of_a_cancelled_run_while_aws_hangs() {
    let step = web1("v1.0.0");
    let hang = Rule::on_every_call(Effect::HangBefore);
    let sim = step.sim.clone();
    let clock = step.sim.clock();
    let done = step
        .run_until(async move {
            clock.sleep(Duration::from_secs(5)).await;
            sim.rule(hang);
        })
        .await;
    assert_eq!(done.output("outcome"), "cancelled", "{}", done.log);
    assert!(done.took < Duration::from_secs(10), "{:?}", done.took);
    assert_eq!(posted(&step, SLACK).len(), 2, "{}", done.log);
    assert_eq!(
        event(&step)["data"]["subject"]["content"]["outcome"],
        "cancel"
    );
    let failures = failures(&done);
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert!(
        failures[0].starts_with("the SNS topic on-call was not told: "),
        "{failures:?}"
    );
}
