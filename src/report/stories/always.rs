//! What holds for every run, whatever AWS or an application says.

use proptest::prelude::*;

use super::*;
use crate::error::Code;
use crate::report::{annotations, outputs};

/// The commands of this log as the runner would take them, with `stop-commands` in force where it is.
fn commands(log: &str) -> Vec<String> {
    let mut taken = Vec::new();
    let mut stopped: Option<String> = None;
    for line in log.split(['\n', '\r']) {
        let Some(name) = command(line) else { continue };
        match &stopped {
            Some(token) if *token == name => stopped = None,
            Some(_) => {}
            None if name == "stop-commands" => {
                stopped = Some(
                    line.trim()
                        .trim_start_matches("::stop-commands::")
                        .to_owned(),
                );
            }
            None => taken.push(name),
        }
    }
    taken
}

/// The runner's parser: version 2 at the start of a line, version 1 anywhere in it.
fn command(line: &str) -> Option<String> {
    let second = line
        .trim()
        .strip_prefix("::")
        .and_then(|rest| rest.split_once("::"))
        .map(|(info, _)| info);
    let first = || {
        line.split_once("##[")
            .and_then(|(_, rest)| rest.split_once(']'))
            .map(|(info, _)| info)
    };
    let info = second.or_else(first)?;
    Some(info.split(' ').next().unwrap_or_default().to_owned())
}

/// A run in which every text is `text`.
fn everywhere(text: &str, outcome: Outcome) -> Told {
    let s = || text.to_owned();
    let asked = Asked {
        cluster: s(),
        service: s(),
        region: s(),
        version: s(),
        reason: Some(s()),
        actor: Some(s()),
        run_url: Some(s()),
        dry_run: false,
        service_url: s(),
    };
    let serving = Serving {
        version: Some(s()),
        image: Some(s()),
        digest: Some(s()),
        task_definition_arn: Some(s()),
        notes: vec![s()],
        undo_version: Some(s()),
        ..broken()
    };
    let target = TargetView {
        version: s(),
        image: s(),
        digest: s(),
        tags: vec![s()],
        notes: vec![s()],
        ..target()
    };
    let plan = PlanView {
        why: s(),
        task_definition_arn: Some(s()),
        steps: vec![s()],
        changes: vec![change(text, text)],
        discovered: vec![discovery(text, text, text)],
        notes: vec![s()],
        ..plan()
    };
    let health = HealthAttempt {
        number: 1,
        of: 1,
        url: s(),
        answer: Err(s()),
        ok: false,
        took: Duration::ZERO,
    };
    let end = Ending {
        outcome,
        problems: vec![Problem::new(Code::Internal, s(), s())],
        left: vec![s()],
        details: vec![Detail {
            title: s(),
            text: s(),
        }],
        serving: Some(serving.clone()),
        warm_until: None,
    };
    let events = vec![
        Event::Asked,
        Event::Observed(serving),
        Event::Targeted(target),
        Event::Planned(plan),
        Event::Registered {
            task_definition_arn: s(),
        },
        Event::Creating { marker: s() },
        Event::Created(Deployment {
            id: s(),
            application: s(),
            group: s(),
            url: s(),
        }),
        step(text, StepState::Done, text, None),
        Event::Traffic { percent: 50.0 },
        Event::TrafficShifted,
        Event::Health(health),
        Event::Proven(Proof {
            tasks: 1,
            matching: 0,
            digest: s(),
            proven: false,
            notes: vec![s()],
        }),
        Event::Warned(s()),
        Event::Ended(end),
    ];
    tell(asked, (0u32..).map(f64::from).zip(events).collect())
}

const OUTCOMES: [Outcome; 9] = [
    Outcome::RolledBack,
    Outcome::Unchanged,
    Outcome::Planned,
    Outcome::Started,
    Outcome::Failed,
    Outcome::Reverted,
    Outcome::Refused,
    Outcome::TimedOut,
    Outcome::Cancelled,
];

fn hostile() -> impl Strategy<Value = String> {
    let pieces = vec![
        "::",
        "::error::",
        "::add-mask::",
        "::0123456789abcde::",
        "##[",
        "error]",
        "]",
        "%0A",
        "\r",
        "\n",
        " ",
        "\u{1b}[31m",
        "\u{9b}",
        "\u{85}",
        "\u{2028}",
        "\u{200b}",
        "```",
        "|",
        "</details>",
        "<img>",
        "x",
        ",",
        "'",
    ];
    proptest::collection::vec(proptest::sample::select(pieces), 1..10)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn only_our_own_commands_are_taken(text in hostile(), outcome in proptest::sample::select(OUTCOMES.to_vec())) {
        let told = everywhere(&text, outcome);
        let ours = ["group", "endgroup", "error", "warning", "notice"];
        for name in commands(&told.log) {
            prop_assert!(ours.contains(&name.as_str()), "{name:?} in {}", told.log);
        }
        let groups = commands(&told.log).iter().filter(|name| *name == "group").count();
        prop_assert_eq!(groups, 1);
    }

    #[test]
    fn no_sink_tells_the_secret(
        before in hostile(),
        after in hostile(),
        outcome in proptest::sample::select(OUTCOMES.to_vec()),
    ) {
        let told = everywhere(&format!("{before}{SECRET}{after}"), outcome);
        for text in [told.log, told.outputs, told.summary] {
            let bare: String = text.chars().filter(|c| !matches!(c, '\\' | '\n')).collect();
            prop_assert!(!bare.contains(SECRET), "{text}");
        }
    }

    #[test]
    fn outputs_read_back(text in hostile()) {
        let told = everywhere(&text, Outcome::Failed);
        let known = read_back(&told.outputs);
        for name in outputs::NAMES {
            prop_assert!(known.iter().any(|(known, _)| known == name), "{name} is missing");
        }
        prop_assert!(known.iter().all(|(name, _)| outputs::NAMES.contains(&name.as_str())), "{known:?}");
    }
}

/// The runner's reading of `GITHUB_OUTPUT`.
fn read_back(text: &str) -> Vec<(String, String)> {
    let mut lines = text.lines();
    let mut known = Vec::new();
    while let Some(line) = lines.next() {
        let equals = line.find('=').unwrap_or(usize::MAX);
        match line.find("<<") {
            Some(at) if at < equals => {
                let delimiter = &line[at + 2..];
                let value: Vec<&str> = lines
                    .by_ref()
                    .take_while(|line| *line != delimiter)
                    .collect();
                known.push((line[..at].to_owned(), value.join("\n")));
            }
            _ => known.push((line[..equals].to_owned(), line[equals + 1..].to_owned())),
        }
    }
    known
}

#[test]
fn what_serves_is_in_every_ending() {
    for outcome in OUTCOMES {
        let mut events = prelude();
        let problem = Problem::new(Code::Internal, "x", "");
        let problems = if outcome.exit_code() == 0 {
            vec![]
        } else {
            vec![problem]
        };
        let serving = if outcome == Outcome::RolledBack {
            restored()
        } else {
            broken()
        };
        events.push((1.0, Event::Ended(ending(outcome, problems, Some(serving)))));
        let told = tell(asked("v1.0.0"), events);
        let back = outcome == Outcome::RolledBack;
        let sentence = if back {
            "v1.0.0 serves all traffic"
        } else {
            "v1.2.0 serves users now"
        };
        let log_end = told.log.rsplit_once(['✔', '✘']).map_or("", |(_, end)| end);
        assert!(log_end.contains(sentence), "{outcome:?}: {}", told.log);
        assert!(
            told.summary.contains(sentence),
            "{outcome:?}: {}",
            told.summary
        );
    }
}

#[test]
fn a_sink_that_cannot_be_written_is_a_warning() {
    let log = Shared::default();
    let missing = scratch("no-such-folder").join("file");
    let sinks = Sinks {
        log: Box::new(log.clone()),
        output_file: Some(missing.clone()),
        summary_file: Some(missing),
    };
    let mut reporter = Reporter::new(asked("v1.0.0"), sinks, vec![], START);
    for (_, event) in prelude() {
        reporter.tell(event, Duration::ZERO, START);
    }
    let end = ending(Outcome::Refused, vec![], None);
    reporter.tell(Event::Ended(end), Duration::ZERO, START);
    let text = String::from_utf8(log.0.borrow().clone()).unwrap();
    assert_eq!(text.matches("the outputs could not be written").count(), 1);
    assert_eq!(
        text.matches("the job summary could not be written").count(),
        1
    );
    assert_eq!(
        reporter.report().ending.as_ref().map(|e| e.outcome),
        Some(Outcome::Refused)
    );
}

#[test]
fn the_tenth_annotation_counts_the_rest() {
    let problems = (0..14)
        .map(|n| Problem::new(Code::BadInput, format!("input {n}"), ""))
        .collect();
    let told = tell(
        asked("v1.0.0"),
        vec![(0.0, Event::Ended(ending(Outcome::Refused, problems, None)))],
    );
    assert_eq!(told.log.matches("::error ").count(), annotations::MOST);
    assert!(told.log.contains("%0A4 more in the job summary."));
}

#[test]
fn a_huge_run_keeps_its_summary_within_a_mebibyte() {
    let text = "x".repeat(15_000);
    let mut huge = plan();
    huge.notes = vec![text.clone(); 100];
    let detail = Detail {
        title: "log".into(),
        text,
    };
    let end = Ending {
        details: vec![detail; 100],
        ..ending(Outcome::Failed, vec![], Some(broken()))
    };
    let told = tell(
        asked("v1.0.0"),
        vec![(0.0, Event::Planned(huge)), (1.0, Event::Ended(end))],
    );
    assert!(told.summary.len() < 1_048_576, "{}", told.summary.len());
    assert!(told.summary.contains("left out"));
}

#[test]
fn the_report_is_one_document() {
    let told = tell(asked("v1.0.0"), {
        let mut events = shifted();
        events.push((
            45.0,
            Event::Ended(ending(Outcome::RolledBack, vec![], Some(restored()))),
        ));
        events
    });
    let known = read_back(&told.outputs);
    let (_, report) = known.iter().find(|(name, _)| name == "report").unwrap();
    let document: serde_json::Value = serde_json::from_str(report).unwrap();
    insta::assert_snapshot!(
        "report-json",
        serde_json::to_string_pretty(&document).unwrap()
    );
}
