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
        share: Some(90.0),
        beside: vec![Share {
            version: Some(s()),
            digest: Some(digest("c")),
            task_definition_arn: Some(revision(service)),
            part: Part::Traffic(10.0),
            deployment: Some(DeploymentId::new("d-ABCDEF122")),
        }],
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
        taken_off: Some(TakenOff {
            version: s(),
            repository: s(),
            digest: digest("a"),
        }),
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
        url: format!("{CONSOLE}d-ABCDEF123"),
    };
    let diagnosis = Diagnosis {
        cause: Some(s()),
        stopped: vec![s()],
        log: Some(LogTail {
            container: ContainerName::new(service),
            url: format!("{CONSOLE}log"),
            text: outside(),
        }),
        notes: vec![s()],
    };
    let finding = |line| Finding {
        path: outside(),
        line,
        why: s(),
        statement: outside(),
    };
    let changes = Changes {
        history: History::TakesOut,
        commits: vec![CommitView {
            id: CommitId::parse("1f3c9ab").unwrap(),
            title: outside(),
            author: outside(),
            url: format!("{CONSOLE}commit"),
        }],
        count: 1,
        pulls: vec![PullView {
            number: 412,
            title: outside(),
            author: outside(),
            url: format!("{CONSOLE}pull"),
        }],
        compare_url: Some(format!("{CONSOLE}compare")),
        safety: Some(SafetyView {
            safety: Safety::Destructive,
            sentence: Some(s()),
            destructive: vec![finding(Some(3))],
            unknown: vec![finding(None)],
            ..SafetyView::default()
        }),
        notes: vec![s()],
        ..Changes::default()
    };
    let listing = Listing {
        versions: [true, false]
            .map(|is_taken_off| ListedVersion {
                version: Some(s()),
                digest: Some(digest("a")),
                task_definition_arn: Some(revision(service)),
                by: Some(outside()),
                reason: Some(outside()),
                is_taken_off,
                obstacle: is_taken_off.then(s),
                word: Some(s()),
                ..ListedVersion::default()
            })
            .into(),
        notes: vec![s()],
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
        warm_until: Some(START),
        warm_version: Some(s()),
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
        Event::Compared(changes),
        Event::Listed(listing),
        marked(s, MarkState::Put),
        marked(s, MarkState::NotPut),
        Event::Recorded {
            issue_url: format!("{CONSOLE}issue"),
        },
        Event::Diagnosed(diagnosis),
        Event::Warned(s()),
        Event::Struggling(s()),
        ended(end),
    ]
}

fn marked(text: impl Fn() -> String, state: MarkState) -> Event {
    Event::Marked(Mark {
        place: MarkPlace::Git,
        tag: "stable".to_owned(),
        state,
        on: Some(text()),
        before: Some(text()),
        why_not: Some(text()),
    })
}

pub(super) fn tell_everywhere(service: &str, text: &str, outcome: Outcome) -> Written {
    tell(asked(service, text), everywhere(service, text, outcome))
}

/// The same of two services, of which the second ends well.
fn tell_both(text: &str, outcome: Outcome) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let (reporter, log) = reporter(folder.path());
    let [web, worker] = begin_both(&reporter);
    for (teller, service, outcome) in [
        (&web, "web1", outcome),
        (&worker, "worker1", Outcome::RolledBack),
    ] {
        for event in everywhere(service, text, outcome) {
            teller.tell(event, Duration::from_secs(1), START);
        }
    }
    read_back(folder.path(), &log)
}

/// What the runner, a terminal, GitHub's Markdown and Mermaid look for.
const PIECES: [&str; 84] = [
    "::",
    "::error::",
    "::add-mask::",
    "::set-output name=outcome::x",
    "::stop-commands::x",
    "::0123456789abcdef::",
    "::0123456789ABCDEF::",
    "##[",
    "##",
    "#",
    "error]",
    "[",
    "]",
    "%0A",
    "%",
    "\r",
    "\n",
    "\n\n",
    "\t",
    " ",
    "    ",
    "\u{1b}[31m",
    "\u{1b}",
    "\u{1b}]8;;https://x.y\u{7}",
    "\u{0}",
    "\u{8}",
    "\u{9b}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{200b}",
    "\u{202e}",
    "\u{fdd0}",
    "\u{fdd1}",
    "\u{feff}",
    "\u{fffd}",
    "`",
    "``",
    "```",
    "````mermaid",
    "~~~",
    "~~",
    "|",
    "|:--|",
    "</details>",
    "<details><summary>",
    "</summary>",
    "<img src=x>",
    "<!--",
    "<b>",
    "<https://x.y>",
    "[a](https://x.y)",
    "![a](https://x.y)",
    "[a]: https://x.y",
    "[^1]",
    "https://x.y/z",
    "ftp://x.y",
    "www.x.y",
    "WWW.x.y",
    "me@x.yz",
    "mailto:me@x.yz",
    "@org/team",
    "@me",
    "#12",
    "org/shop#12",
    "GH-12",
    "gh-",
    "# ",
    "===",
    "---",
    "- [ ] ",
    "+ ",
    "1) ",
    "1. ",
    "> ",
    "[!NOTE]",
    "*",
    "_",
    "$",
    "\\",
    "&lt;",
    "&",
    ":",
    "x",
];
/// What Mermaid looks for, and how `GITHUB_OUTPUT` and a log of Git's begin.
const MORE: [&str; 16] = [
    "%%{init: {\"theme\": \"dark\"}}%%",
    "%%",
    "click x href \"https://x.y\"",
    "section x",
    ";",
    "gantt",
    "title",
    ",",
    "'",
    "\"",
    "{",
    "}",
    "<<EOF",
    "outcome=x",
    "=",
    "12",
];

/// Text made mostly of these.
pub(in crate::report) fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => proptest::sample::select([&PIECES[..], &MORE].concat()).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn outcome() -> impl Strategy<Value = Outcome> {
    proptest::sample::select(OUTCOMES.to_vec())
}

/// What the property below has found.
#[test]
fn an_entity_in_an_address_is_no_character() {
    for url in ["https://x.y/&lt;", "https://x.y/?a=1&copy;=2"] {
        assert_eq!(markdown::links(&safe::link("name", url)), [url]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn only_our_own_commands_are_taken(text in text(), outcome in outcome()) {
        let written = tell_everywhere("web1", &text, outcome);
        let commands = commands(&written.log);
        let ours = ["group", "endgroup", "error", "warning", "notice"];
        for name in &commands {
            prop_assert!(ours.contains(&name.as_str()), "{name:?} in {}", written.log);
        }
        let groups = commands.iter().filter(|name| *name == "group").count();
        // The plan's details and the container's log.
        prop_assert_eq!(groups, 2);
    }

    #[test]
    fn nothing_acts_in_the_summary(text in text(), is_marked in any::<bool>(), outcome in outcome()) {
        let text = if is_marked { OutsideText::new(text).to_string() } else { text };
        // A text with nothing to see would leave its section out.
        let written = tell_everywhere("web1", &format!("{text}\nx"), outcome);
        let checked = markdown::check(&written.summary);
        prop_assert_eq!(checked, Ok(()), "{}", written.summary);
    }

    #[test]
    fn nothing_acts_in_the_summary_of_several(text in text(), outcome in outcome()) {
        let text = format!("{text}\nx");
        let written = tell_both(&text, outcome);
        prop_assert_eq!(markdown::check_both(&written.summary), Ok(()), "{}", written.summary);
        let ours = ["group", "endgroup", "error", "warning", "notice"];
        for name in commands(&written.log) {
            prop_assert!(ours.contains(&name.as_str()), "{name:?} in {}", written.log);
        }
    }

    #[test]
    fn nothing_acts_in_an_issue(text in text(), hold in any::<bool>()) {
        let events = everywhere("web1", &format!("{text}\nx"), Outcome::RolledBack);
        let report = report_of(asked("web1", &text), events);
        let taken_off = report.taken_off.clone().expect("it ran another image");
        let service = issue::RolledBack { report: &report, taken_off: &taken_off };
        for services in [vec![service], vec![service; 2]] {
            let told = issue::issue(&services, hold, issue::TEXT_MAX);
            prop_assert!(!told.title.contains(['\n', '\r', '\u{1b}']), "{:?}", told.title);
            for body in [told.body, issue::comment(&services, hold)] {
                prop_assert_eq!(markdown::check_issue(&body), Ok(()), "{}", body);
                prop_assert!(!body.contains("##["), "{}", body);
            }
        }
    }

    #[test]
    fn a_link_leads_to_its_address_alone(name in text(), address in text()) {
        for url in [address.clone(), format!("https://x.y/{address}")] {
            for link in markdown::links(&safe::link(&name, &url)) {
                prop_assert_eq!(link, url.clone());
            }
        }
    }

    #[test]
    fn no_sink_tells_a_secret(
        before in text(),
        after in text(),
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
    fn outputs_read_back(text in text()) {
        let written = tell_everywhere("web1", &text, Outcome::Failed);
        let outputs = read_outputs(&written.outputs);
        for (_, document) in outputs.iter().filter(|(name, _)| name == "report") {
            let document: serde_json::Value = serde_json::from_str(document).unwrap();
            prop_assert_eq!(&document["outcome"], "failed");
        }
        let mut names: Vec<String> = outputs.into_iter().map(|output| output.0).collect();
        names.sort();
        names.dedup();
        let of_one = values::but_report(&Report::default());
        let mut expected = of_one.map(|output| output.0).to_vec();
        expected.extend(["report", "results"]);
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
            Some(token) if token.eq_ignore_ascii_case(&name) => stopped = None,
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

/// The runner's reading of `GITHUB_OUTPUT`, whose lines end with `\n` alone.
pub(super) fn read_outputs(text: &str) -> Vec<(String, String)> {
    let mut lines = text.split_terminator('\n');
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
