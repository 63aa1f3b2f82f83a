//! Whatever a report holds, its messages are within each place's limits, and nothing in them acts.

use std::time::Duration;

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::Value;
use time::macros::datetime;

use super::{event, slack, topic};
use crate::{
    aws::sns::Attribute,
    domain::topic::TopicArn,
    error::{Code, Problem},
    names::ImageDigest,
    outside::OutsideText,
    report::data::{Asked, Ending, Left, Outcome, PlanView, Report, Serving, TargetView},
};

const DIGEST: &str = "sha256:9f2c41aa079f2c41aa079f2c41aa079f2c41aa079f2c41aa079f2c41aa079f2c";
const OUTCOMES: [Outcome; 8] = [
    Outcome::RolledBack,
    Outcome::Unchanged,
    Outcome::Started,
    Outcome::Failed,
    Outcome::Reverted,
    Outcome::Refused,
    Outcome::TimedOut,
    Outcome::Cancelled,
];

/// Text made of what Slack, mails and JSON look for, of any length up to beyond every limit.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        select(vec![
            "<!channel>",
            "<@U123>",
            "<https://x.example|y>",
            "&amp;",
            "&",
            "<",
            ">",
            "*",
            "_",
            "`",
            "~",
            ":skull:",
            "@here",
            "https://x.example",
            "\n",
            "\t",
            "\r",
            "\u{1b}[31m",
            "\u{202e}",
            "\"",
            "\\",
            "…",
            "→",
            "é",
            "🙂",
            " ",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    (vec(piece, 0..8), 0usize..700).prop_map(|(pieces, times)| {
        let text = pieces.concat();
        let most = 9_000 / text.len().max(1);
        text.repeat(times.min(most).max(1))
    })
}

fn problem(text: &str) -> Problem {
    Problem::new(Code::AwsError, text, text)
}

fn serving(text: &str) -> Serving {
    Serving {
        version: Some(text.to_owned()),
        digest: ImageDigest::parse(DIGEST),
        tasks: 2,
        tasks_on_digest: 2,
        undo_version: Some(text.to_owned()),
        ..Serving::default()
    }
}

fn target(text: &str) -> TargetView {
    TargetView {
        version: text.to_owned(),
        image: format!("123456789012.dkr.ecr.eu-west-1.amazonaws.com/{text}@{DIGEST}"),
        digest: ImageDigest::parse(DIGEST).expect("it is one"),
        tags: Vec::new(),
        pushed_at: None,
        last_served_from: None,
        served_for: None,
        notes: Vec::new(),
    }
}

/// A report with this text wherever one can be, which has not passed the gate.
fn report(text: &str, outcome: Outcome, many: usize) -> Report {
    let outside = || Some(OutsideText::new(text));
    let plan = PlanView::redeploy(text);
    let ending = Ending {
        problems: vec![problem(text); many],
        left: vec![Left::from(text.to_owned()); many],
        serving: Some(serving(text)),
        ..Ending::new(outcome)
    };
    Report {
        asked: Asked {
            mode: crate::domain::mode::Mode::Rollback,
            // These are names, which were parsed.
            cluster: "c".repeat(255),
            service: "s".repeat(255),
            region: "eu-west-1".to_owned(),
            version: text.to_owned(),
            reason: outside(),
            actor: outside(),
            run_url: Some(OutsideText::new(format!("https://github.example/{text}"))),
            workflow_url: outside(),
            dry_run: false,
            service_url: String::new(),
        },
        elapsed: Duration::from_secs(44),
        before: Some(serving(text)),
        target: Some(target(text)),
        plan: Some(plan),
        ending: Some(ending),
        ..Report::default()
    }
}

/// Slack's limits are in UTF-16 units, as JavaScript counts.
fn length(text: &Value) -> usize {
    text.as_str().expect("a text").encode_utf16().count()
}

/// That a `plain_text` object is one that Slack takes, and has none of its control characters as such.
fn check_text(text: &Value, max: usize) {
    assert_eq!(
        (&text["type"], &text["emoji"]),
        (&Value::from("plain_text"), &Value::from(false))
    );
    assert!((1..=max).contains(&length(&text["text"])), "{text}");
    check_escaped(text["text"].as_str().expect("a text"));
}

fn check_escaped(text: &str) {
    assert!(!text.contains(['<', '>']), "{text}");
    for (at, _) in text.match_indices('&') {
        let entity = ["&amp;", "&lt;", "&gt;"]
            .iter()
            .any(|entity| text[at..].starts_with(entity));
        assert!(entity, "{text}");
    }
}

fn check_block(block: &Value) {
    match block["type"].as_str() {
        Some("header") => check_text(&block["text"], 150),
        Some("section") if block["fields"].is_null() => check_text(&block["text"], 3_000),
        Some("section") => {
            let fields = block["fields"].as_array().expect("a list");
            assert!((1..=10).contains(&fields.len()));
            fields.iter().for_each(|field| check_text(field, 2_000));
        }
        Some("actions") => {
            let buttons = block["elements"].as_array().expect("a list");
            assert!((1..=25).contains(&buttons.len()));
            for button in buttons {
                check_text(&button["text"], 75);
                let url = button["url"].as_str().expect("a link");
                assert!(
                    url.starts_with("http") && length(&button["url"]) <= 3_000,
                    "{url}"
                );
            }
        }
        other => panic!("a block {other:?}"),
    }
}

fn check_message(message: &Value) {
    check_escaped(message["text"].as_str().expect("a fallback"));
    assert_eq!(message["mrkdwn"], false);
    let blocks = message["blocks"].as_array().expect("blocks");
    assert!((2..=50).contains(&blocks.len()));
    blocks.iter().for_each(check_block);
}

proptest! {
    #[test]
    fn every_message_to_slack_is_within_its_limits_and_harmless(
        text in hostile(), outcome in select(OUTCOMES.to_vec()), many in 0usize..30,
    ) {
        let report = report(&text, outcome, many);
        let conclusion = report.conclusion(datetime!(2026-11-21 03:09 UTC)).expect("it has ended");
        check_message(&slack::ended(&report, &conclusion));
        let intention = report.intention().expect("it has a plan");
        check_message(&slack::started(&report, &intention));
    }

    #[test]
    fn every_message_to_a_topic_is_one_that_sns_takes(
        text in hostile(), outcome in select(OUTCOMES.to_vec()), many in 0usize..30,
    ) {
        let report = report(&text, outcome, many);
        let conclusion = report.conclusion(datetime!(2026-11-21 03:09 UTC)).expect("it has ended");
        let message = topic::message(&report, &conclusion);
        let subject = &message.subject;
        prop_assert!((1..100).contains(&subject.len()), "{subject}");
        prop_assert!(subject.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{subject}");
        prop_assert!(subject.starts_with(|c: char| c.is_ascii_graphic()), "{subject}");
        prop_assert!(message.text.len() < 200_000 && !message.text.trim().is_empty());
        for (name, value) in &message.attributes {
            let Attribute::Text(text) = value else { panic!("{value:?}") };
            prop_assert!(!text.is_empty() && text.len() < 1_000, "{name}");
        }
        let fifo = TopicArn::parse("arn:aws:sns:eu-west-1:123456789012:a.fifo").expect("an ARN");
        let fifo = topic::addressed(message, &fifo, &report, "ecs-rollback-action/1").fifo.expect("it is a FIFO topic");
        for id in [fifo.group, fifo.deduplication_id] {
            prop_assert!((1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()), "{id}");
        }
    }

    #[test]
    fn every_event_is_one_of_cdevents(
        text in hostile(), outcome in select(OUTCOMES.to_vec()), many in 0usize..30,
    ) {
        let report = report(&text, outcome, many);
        let now = datetime!(2026-11-21 03:09 UTC);
        let conclusion = report.conclusion(now).expect("it has ended");
        let event = event::cloud_event(&report, &conclusion, "ecs-rollback-action/1", now);
        let data = event["data"].clone();
        let read: Result<cdevents_sdk::CDEvent, _> = serde_json::from_value(data);
        prop_assert!(read.is_ok(), "{read:?}");
    }
}
