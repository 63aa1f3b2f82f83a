//! GitHub's limits, whatever a run has to say; and what is told after its end.

use super::*;

const MEBIBYTE: usize = 1 << 20;

/// A run that failed, with more of everything than anybody has seen; each of the texts has 16,000 characters.
fn huge(texts: usize) -> Vec<Event> {
    let long = |text: &str, times| OutsideText::new(text.repeat(times));
    let mut events = vec![Event::Asked];
    for number in 0..410 {
        let warning = format!("warning {number}: {}", long("\u{1f980}\n<b>", 100));
        events.push(Event::Warned(warning));
    }
    let mut plan = PlanView::redeploy("no deployment is in progress");
    let change = Change {
        what: "env".to_owned(),
        change: format!("+ {}", long("A_B ", 20)),
    };
    plan.changes = vec![change; 500];
    events.push(Event::Planned(plan));
    events.push(Event::Diagnosed(Diagnosis {
        cause: Some(format!("it says {}", long("\"no\" ", 4_000))),
        ..Diagnosis::default()
    }));
    let detail = Detail {
        title: "log".to_owned(),
        text: long("x\ny\n", 4_000),
    };
    events.push(ended(Ending {
        details: vec![detail; texts],
        ..Ending::new(Outcome::Failed)
    }));
    events
}

fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

#[test]
fn a_huge_run_stays_within_all_limits() {
    let written = tell(asked("web1", "v1.0.0"), huge(70));
    let summary = written.summary;
    assert!(summary.len() < MEBIBYTE, "{}", summary.len());
    assert!(summary.starts_with("## ✘ "), "{summary}");
    assert!(summary.contains("**Cause:** it says \"no\""), "{summary}");
    assert!(summary.ends_with("are left out; the output `report` has them.\n"));
    let outputs = read_outputs(&written.outputs);
    for (name, value) in &outputs {
        assert!(utf16(value) < 500_000, "{name}: {}", utf16(value));
    }
    let (_, document) = outputs.iter().find(|(name, _)| name == "report").unwrap();
    let document: serde_json::Value = serde_json::from_str(document).unwrap();
    assert_eq!(document["shortened"], true);
    let warnings = document["warnings"].as_array().unwrap();
    let last = warnings.last().and_then(|warning| warning.as_str());
    assert!(last.unwrap().starts_with("warning 409: "), "{last:?}");
}

/// Tells a run with this in the summary's file already; the log and the file.
fn tell_after(earlier: &str, events: Vec<Event>) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("summary");
    fs::write(&file, earlier).unwrap();
    let (reporter, log) = reporter(folder.path());
    let teller = begin(&reporter, asked("web1", "v1.0.0"));
    for event in events {
        teller.tell(event, Duration::from_secs(1), START);
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    (log, fs::read_to_string(file).unwrap())
}

#[test]
fn what_was_in_the_summary_before_counts_and_stays() {
    let others = "x".repeat(700_000);
    let (_, summary) = tell_after(&others, huge(25));
    assert!(summary.len() < MEBIBYTE, "{}", summary.len());
    let ours = summary.strip_prefix(&others).unwrap();
    assert!(ours.starts_with("\n\n## ✘ "), "{ours}");
    assert!(ours.contains("are left out"));
}

#[test]
fn a_full_summary_is_left_alone_and_is_one_warning() {
    for bytes in [MEBIBYTE - 1_100, MEBIBYTE, 2 * MEBIBYTE] {
        let others = "x".repeat(bytes);
        let end = ended(Ending::new(Outcome::Failed));
        let late = Event::Warned("late".to_owned());
        let (log, summary) = tell_after(&others, vec![end, late]);
        assert!(summary == others, "{bytes}");
        let warning = "::warning title=Rollback::the job summary could not be written: the file is full: \
                       GitHub shows no summary of more than 1 MiB, earlier text of this step included";
        assert_eq!(log.matches(warning).count(), 1, "{log}");
    }
}

#[test]
fn what_is_told_after_the_end_is_in_every_place_once() {
    let end = ended(Ending::new(Outcome::RolledBack));
    let folder = tempfile::tempdir().unwrap();
    let (reporter, log) = reporter(folder.path());
    let file = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    fs::write(folder.path().join("summary"), "earlier").unwrap();
    let teller = begin(&reporter, asked("web1", "v1.0.0"));
    teller.tell(end, Duration::from_secs(44), START);
    let summary = file("summary");
    let late = Event::Warned("Slack did not answer".to_owned());
    teller.tell(late, Duration::from_secs(50), START);
    let after = file("summary");
    assert_eq!(after.matches("## ✔").count(), 1, "{after}");
    let without = after.replace("**Warnings**\n\n- Slack did not answer.\n\n", "");
    assert_eq!(without, summary);
    assert!(
        after.starts_with("earlier\n\n## ✔") && after.contains("took 44 s"),
        "{after}"
    );
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(log.matches("::notice ").count(), 1, "{log}");
    assert_eq!(
        log.matches("::warning title=Rollback::Slack did not answer.")
            .count(),
        1,
        "{log}"
    );
    let outputs = read_outputs(&file("output"));
    let mut reports = outputs.iter().filter(|(name, _)| name == "report");
    let last: serde_json::Value = serde_json::from_str(&reports.next_back().unwrap().1).unwrap();
    assert_eq!(last["warnings"][0], "Slack did not answer");
    assert_eq!(last["seconds"], 44.0);
}

#[test]
fn a_shorter_summary_leaves_nothing_of_the_longer_one() {
    let folder = tempfile::tempdir().unwrap();
    let (reporter, _) = reporter(folder.path());
    let [web, worker] = begin_both(&reporter);
    let warned =
        |teller: &Teller| teller.tell(Event::Warned("slow".to_owned()), Duration::ZERO, START);
    let end =
        |teller: &Teller, outcome| teller.tell(ended(Ending::new(outcome)), Duration::ZERO, START);
    warned(&web);
    end(&web, Outcome::RolledBack);
    end(&worker, Outcome::RolledBack);
    end(&web, Outcome::Refused);
    warned(&worker);
    let summary = fs::read_to_string(folder.path().join("summary")).unwrap();
    let headings: Vec<&str> = summary
        .lines()
        .filter(|line| line.starts_with('#'))
        .collect();
    assert_eq!(
        headings,
        ["## ✘ Not started: 1 of 2 services was refused (web1)"]
    );
    assert_eq!(summary.matches("slow").count(), 2, "{summary}");
    // What ended badly is unfolded.
    let own: Vec<&str> = summary
        .lines()
        .filter(|line| line.contains("<b>"))
        .collect();
    assert_eq!(
        own,
        [
            "<details open><summary>✘ <b>web1</b>: not started: no rollback to v1.0.0</summary>",
            "<details><summary>✔ <b>worker1</b>: v1.0.0 serves all traffic</summary>"
        ]
    );
}

/// A plan that passed beside one that did not.
#[test]
fn a_run_that_waited_for_others_in_vain_is_no_dry_run() {
    let folder = tempfile::tempdir().unwrap();
    let (reporter, log) = reporter(folder.path());
    let [web, worker] = begin_both(&reporter);
    let plan = PlanView {
        expected: Some(Duration::from_secs(180)),
        changes: vec![Change {
            what: "env".to_owned(),
            change: "− NEW_FLAG".to_owned(),
        }],
        ..PlanView::redeploy("no deployment is in progress")
    };
    web.tell(Event::Planned(plan), Duration::ZERO, START);
    worker.tell(ended(Ending::new(Outcome::Refused)), Duration::ZERO, START);
    web.tell(ended(Ending::new(Outcome::Planned)), Duration::ZERO, START);
    let Written { log, summary, .. } = read_back(folder.path(), &log);
    for text in [&log, &summary] {
        assert!(!text.contains("ry run"), "{text}");
        let state = "not started: another service was refused";
        assert!(text.contains(state), "{text}");
    }
    assert!(log.contains("::group::web1     Details"), "{log}");
    assert!(!log.contains("::notice"), "{log}");
    let row = "`v1.0.0` | not started; its plan: redeploy, about 3 min |";
    assert!(summary.contains(row), "{summary}");
}

/// Somebody else's text after ours is not ours to overwrite.
#[test]
fn what_others_write_in_between_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (reporter, _) = reporter(folder.path());
    let file = folder.path().join("summary");
    let teller = begin(&reporter, asked("web1", "v1.0.0"));
    teller.tell(
        ended(Ending::new(Outcome::RolledBack)),
        Duration::ZERO,
        START,
    );
    let others = fs::read_to_string(&file).unwrap() + "another tool's line";
    fs::write(&file, &others).unwrap();
    teller.tell(Event::Warned("late".to_owned()), Duration::ZERO, START);
    let summary = fs::read_to_string(&file).unwrap();
    assert!(
        summary.starts_with(&others) && summary.contains("late"),
        "{summary}"
    );
}

#[test]
fn a_summary_can_go_to_a_device() {
    let log = SharedLog::default();
    let places = Places {
        log: Box::new(log.clone()),
        takes_commands: true,
        output_file: None,
        summary_file: Some("/dev/null".into()),
    };
    let reporter = Reporter::with_token(places, Vec::new(), || "token".to_owned());
    let teller = begin(&reporter, asked("web1", "v1.0.0"));
    for text in ["first", "second"] {
        teller.tell(Event::Warned(text.to_owned()), Duration::ZERO, START);
        teller.tell(
            ended(Ending::new(Outcome::RolledBack)),
            Duration::ZERO,
            START,
        );
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(!log.contains("could not be written"), "{log}");
}
