//! As many services as one run takes, each with much to say.

use std::collections::BTreeSet;

use super::*;

const COUNT: usize = 50;

/// The names of services, told apart by their ends.
fn names() -> Vec<String> {
    let names = 0..COUNT;
    names
        .map(|number| format!("checkout-production-service-{number}"))
        .collect()
}

/// All of them with this in every sentence.
fn tell_all(text: &str, outcome: Outcome) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let (reporter, log) = reporter(folder.path());
    let names = names();
    let asked = names.iter().map(|name| asked(name, "v1.1.0"));
    let tellers = reporter.begin(asked.collect(), START);
    for (teller, name) in tellers.iter().zip(&names) {
        for event in everywhere(name, "v1.1.0", outcome) {
            teller.tell(event, Duration::from_secs(1), START);
        }
        let cause = Diagnosis {
            cause: Some(text.to_owned()),
            ..Diagnosis::default()
        };
        let problem = Problem::new(Code::DeploymentFailed, text, text);
        let end = Ending {
            problems: vec![problem; 3],
            ..Ending::new(outcome)
        };
        for event in [
            Event::Diagnosed(cause),
            Event::Warned(text.to_owned()),
            ended(end),
        ] {
            teller.tell(event, Duration::from_secs(1), START);
        }
    }
    read_back(folder.path(), &log)
}

#[test]
fn the_summary_has_its_table_and_is_shown() {
    for length in [10, 1_000] {
        let text = "`no` _module_ <x> ".repeat(length);
        for outcome in [Outcome::Failed, Outcome::RolledBack] {
            let Written { log, summary, .. } = tell_all(&text, outcome);
            assert!(
                summary.len() < 1 << 20,
                "{length} {outcome:?}: {}",
                summary.len()
            );
            assert!(!log.contains("could not be written"), "{log}");
            for name in names() {
                assert!(
                    summary.contains(&format!("| [{name}](")),
                    "{length}: {name}"
                );
                assert!(
                    summary.contains(&format!("<b>{name}</b>")),
                    "{length}: {name}"
                );
            }
        }
    }
}

/// A step's variable takes 128 KiB.
#[test]
fn the_results_fit_into_a_variable() {
    let text = "Cannot find module './db' ".repeat(100);
    let Written { outputs, .. } = tell_all(&text, Outcome::Failed);
    let mut results = read_outputs(&outputs).into_iter();
    let (_, last) = results.rfind(|(name, _)| name == "results").unwrap();
    assert!(last.len() <= 120_000, "{}", last.len());
    let results: Vec<serde_json::Value> = serde_json::from_str(&last).unwrap();
    for (result, name) in results.iter().zip(names()) {
        assert_eq!(result["service"], name);
        assert_eq!(result["outcome"], "failed");
        assert_eq!(result["task-definition-arn"], revision(&name).to_string());
        let cause = result["cause"].as_str().unwrap();
        assert!(cause.starts_with("Cannot find module './db' "), "{cause}");
        let versions = result["versions"].as_str().unwrap();
        let versions: Vec<serde_json::Value> = serde_json::from_str(versions).unwrap();
        assert_eq!(versions[0]["version"], "v1.1.0");
    }
}

/// What is cut at its end looks the same for all of them.
#[test]
fn each_line_of_the_log_says_which_service_it_is_about() {
    let folder = tempfile::tempdir().unwrap();
    let (reporter, log) = reporter(folder.path());
    let asked = names().into_iter().map(|name| asked(&name, "v1.1.0"));
    for teller in reporter.begin(asked.collect(), START) {
        teller.tell(Event::Warned("slow".to_owned()), Duration::ZERO, START);
    }
    let log = read_back(folder.path(), &log).log;
    let speakers: BTreeSet<&str> = log
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(speakers, names().iter().map(String::as_str).collect());
}

fn reports() -> Vec<Report> {
    let names = names().into_iter();
    names
        .map(|name| {
            report_of(
                asked(&name, "v1.1.0"),
                everywhere(&name, "v1.1.0", Outcome::RolledBack),
            )
        })
        .collect()
}

/// What machines read of the services comes behind it, and has the room first.
#[test]
fn the_issues_text_keeps_to_its_room() {
    let reports = reports();
    let mut services = Vec::new();
    for report in &reports {
        let taken_off = report.taken_off.as_ref().expect("it ran another image");
        services.push(issue::RolledBack { report, taken_off });
    }
    let whole = issue::issue(&services, true, issue::TEXT_MAX).body;
    assert!(whole.chars().count() <= issue::TEXT_MAX);
    for room in [5_000, 500] {
        let body = issue::issue(&services, true, room).body;
        assert!(body.chars().count() <= room, "{room}: {body}");
        assert!(body.ends_with("the summary of the workflow run."), "{body}");
    }
}

#[test]
fn a_board_can_be_shorter() {
    let reports = reports();
    let rows = |most| {
        let lines = board::board(&reports, most, START);
        lines
            .iter()
            .filter(|line| line.starts_with("| ✔") || line.starts_with("| ✘"))
            .count()
    };
    assert_eq!(rows(1), COUNT);
    assert!(rows(10) > COUNT);
}
