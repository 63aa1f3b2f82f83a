//! Hostile text, and secrets, in every place that has text.

use proptest::prelude::*;

use super::*;

/// A run of a service in which every sentence is `text`.
pub(super) fn everywhere(service: &str, text: &str, outcome: Outcome) -> Vec<Event> {
    let s = || text.to_owned();
    let outside = || OutsideText::new(text);
    let serving = Serving {
        version: Some(s()),
        image: Some(s()),
        digest: Some(digest("a")),
        task_definition_arn: Some(revision(service)),
        tasks: 2,
        tasks_on_digest: 2,
        undo_version: Some(s()),
        ..Serving::default()
    };
    let target = TargetView {
        version: s(),
        image: s(),
        digest: digest("b"),
        tags: vec![s()],
        pushed_at: None,
        last_served_from: None,
        served_for: None,
        notes: vec![s()],
    };
    let plan = PlanView {
        path: Path::Redeploy,
        why: s(),
        expected: None,
        task_definition_arn: Some(revision(service)),
        steps: vec![s()],
        changes: vec![Change {
            what: s(),
            change: s(),
        }],
        discovered: vec![Discovery {
            what: s(),
            value: s(),
            source: s(),
        }],
        bad_since: None,
        load_balancer: None,
        notes: vec![PlanNote {
            topic: Some("alarms"),
            text: s(),
        }],
    };
    let deployment = Deployment {
        id: DeploymentId::new("d-ABCDEF123"),
        group: Some(DeploymentGroup {
            application: ApplicationName::new(service),
            name: GroupName::new(service),
        }),
        url: s(),
    };
    let touched = (DeploymentId::new("d-ABCDEF122"), Touch::Stop);
    let end = Ending {
        problems: vec![Problem::new(Code::Internal, s(), s())],
        left: vec![Left {
            text: s(),
            command: Some(s()),
        }],
        written: super::data::Written {
            anything: true,
            registered: true,
            touched: vec![touched.clone()],
            marker: Some("ecs-rollback-7f3a".to_owned()),
        },
        details: vec![Detail {
            title: s(),
            text: outside(),
        }],
        serving: Some(serving.clone()),
        ..Ending::new(outcome)
    };
    vec![
        Event::Asked,
        Event::Observed(serving),
        Event::Targeted(target),
        Event::Planned(plan),
        Event::Sending(Sent::Touch {
            deployment: touched.0,
            touch: touched.1,
        }),
        Event::Registered(revision(service)),
        Event::Created(deployment),
        Event::Step(Step {
            name: s(),
            state: StepState::Failed,
            detail: s(),
            took: None,
        }),
        Event::Traffic { percent: 50.0 },
        Event::TrafficShifted,
        Event::Health(HealthAttempt {
            number: 1,
            of: 1,
            url: outside(),
            answer: Err(s()),
            ok: false,
            took: Duration::ZERO,
        }),
        Event::Proven(Proof {
            notes: vec![s()],
            ..Proof::default()
        }),
        Event::Warned(s()),
        Event::Struggling(s()),
        ended(end),
    ]
}

pub(super) fn tell_everywhere(service: &str, text: &str, outcome: Outcome) -> Written {
    tell(asked(service, text), everywhere(service, text, outcome))
}

fn hostile() -> impl Strategy<Value = String> {
    let pieces = vec![
        "::",
        "::error::",
        "::add-mask::",
        "::0123456789abcdef::",
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
        "\u{fdd0}",
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

fn outcome() -> impl Strategy<Value = Outcome> {
    proptest::sample::select(OUTCOMES.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn only_our_own_commands_are_taken(text in hostile(), outcome in outcome()) {
        let written = tell_everywhere("web1", &text, outcome);
        let commands = commands(&written.log);
        let ours = ["group", "endgroup", "error", "warning", "notice"];
        for name in &commands {
            prop_assert!(ours.contains(&name.as_str()), "{name:?} in {}", written.log);
        }
        let groups = commands.iter().filter(|name| *name == "group").count();
        prop_assert_eq!(groups, 1);
    }

    #[test]
    fn no_sink_tells_a_secret(
        before in hostile(),
        after in hostile(),
        is_marked in any::<bool>(),
        outcome in outcome(),
    ) {
        let mut text = format!("{before}{SECRET}{after}");
        if is_marked {
            // Only what came from outside is searched for what nobody knows to be a secret.
            let outside = OutsideText::new(format!("{text} password=hunter2"));
            text = format!("AWS says {outside}");
        }
        let written = tell_everywhere("web1", &text, outcome);
        for text in [written.log, written.outputs, written.summary] {
            let bare: String = text.chars().filter(|c| !matches!(c, '\\' | '\n')).collect();
            prop_assert!(!bare.contains(SECRET) && !bare.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn outputs_read_back(text in hostile()) {
        let written = tell_everywhere("web1", &text, Outcome::Failed);
        let mut names: Vec<String> = read_outputs(&written.outputs).into_iter().map(|output| output.0).collect();
        names.sort();
        names.dedup();
        let mut expected = outputs::values(&Report::default()).map(|output| output.0).to_vec();
        expected.sort_unstable();
        prop_assert_eq!(names, expected);
    }
}

/// The commands of this log as the runner takes them, with `stop-commands` in force where it is.
fn commands(log: &str) -> Vec<String> {
    let mut taken = Vec::new();
    let mut stopped: Option<String> = None;
    for line in log.split(['\n', '\r']) {
        let Some(name) = command(line) else { continue };
        match &stopped {
            Some(token) if *token == name => stopped = None,
            Some(_) => {}
            None if name == "stop-commands" => {
                let token = line.trim().trim_start_matches("::stop-commands::");
                stopped = Some(token.to_owned());
            }
            None => taken.push(name),
        }
    }
    taken
}

/// The runner's parser: version 2 at the start of a line, version 1 anywhere in it.
fn command(line: &str) -> Option<String> {
    let second = line.trim().strip_prefix("::");
    let second = second.and_then(|rest| rest.split_once("::"));
    let first = || line.split_once("##[")?.1.split_once(']');
    let (info, _) = second.or_else(first)?;
    Some(info.split(' ').next().unwrap_or_default().to_owned())
}

/// The runner's reading of `GITHUB_OUTPUT`.
pub(super) fn read_outputs(text: &str) -> Vec<(String, String)> {
    let mut lines = text.lines();
    let mut outputs = Vec::new();
    while let Some(line) = lines.next() {
        let equals = line.find('=').unwrap_or(usize::MAX);
        match line.find("<<") {
            Some(at) if at < equals => {
                let end = &line[at + 2..];
                let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
                outputs.push((line[..at].to_owned(), value.join("\n")));
            }
            _ => outputs.push((line[..equals].to_owned(), line[equals + 1..].to_owned())),
        }
    }
    outputs
}
