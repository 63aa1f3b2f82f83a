//! What people read in each kind of ending.

use super::*;
use crate::error::Code;

/// Keeps the log, the summary and the outputs of one story.
macro_rules! kept {
    ($name:literal, $told:expr) => {{
        let told: Told = $told;
        insta::assert_snapshot!(concat!($name, "-log"), told.log);
        insta::assert_snapshot!(concat!($name, "-summary"), told.summary);
        insta::assert_snapshot!(concat!($name, "-outputs"), told.outputs);
    }};
}

fn ended(mut events: Vec<(f64, Event)>, at: f64, ending: Ending) -> Vec<(f64, Event)> {
    events.push((at, Event::Ended(ending)));
    events
}

#[test]
fn rolled_back() {
    let mut events = shifted();
    events.push((44.1, attempt(1, Ok(503))));
    events.push((47.2, attempt(2, Ok(200))));
    let warm = Some(datetime!(2026-11-20 04:09 UTC));
    let end = Ending {
        warm_until: warm,
        ..ending(Outcome::RolledBack, vec![], Some(restored()))
    };
    kept!(
        "rolled-back",
        tell(asked("v1.0.0"), ended(events, 47.4, end))
    );
}

#[test]
fn two_bad_inputs() {
    let problems = vec![
        Problem::new(
            Code::BadInput,
            "`timeout` is 30, a duration without a unit",
            "Give it one: 30s, 30m.",
        ),
        Problem::new(
            Code::BadInput,
            "`dry_run` is not an input",
            "Did you mean `dry-run`?",
        ),
    ];
    let end = ending(Outcome::Refused, problems, None);
    kept!(
        "two-bad-inputs",
        tell(asked("v1.0.0"), vec![(0.0, Event::Ended(end))])
    );
}

#[test]
fn image_not_found() {
    let problem = Problem::new(
        Code::ImageNotFound,
        "there is no tag v1.0.1 in the ECR repository web1 (account 123456789012, ap-northeast-2)",
        "Did you mean v1.0.0 or v1.1.0? Newest: v1.2.0 (1 h ago, running now), v1.1.0 (3 days ago), v1.0.0 (7 days ago).",
    );
    let events = vec![(0.0, Event::Asked), (0.1, Event::Observed(broken()))];
    let end = ending(Outcome::Refused, vec![problem], None);
    kept!(
        "image-not-found",
        tell(asked("v1.0.1"), ended(events, 0.2, end))
    );
}

#[test]
fn a_version_that_only_the_revision_names_is_not_claimed() {
    let unknown = Serving {
        image: None,
        digest: None,
        tasks_on_digest: 0,
        undo_version: None,
        ..broken()
    };
    let events = vec![(0.0, Event::Asked), (0.1, Event::Observed(unknown.clone()))];
    let end = ending(Outcome::Failed, vec![], Some(unknown));
    let log = tell(asked("v1.0.0"), ended(events, 0.2, end)).log;
    assert!(log.contains("v1.2.0  digest not known   2 tasks,"), "{log}");
    assert!(
        log.contains(
            "v1.2.0 serves users now according to its revision; which image its 2 tasks run is not known."
        ),
        "{log}"
    );
    assert!(!log.contains("0 of 2"), "{log}");
    assert!(
        !log.contains("the rollback to v1.0.0 failed; v1.2.0 serves"),
        "{log}"
    );
}

#[test]
fn reverted_with_hostile_diagnostics() {
    let mut events = begun();
    events.push((
        60.0,
        Event::Warned("the hook answered late\n::warning::and rudely".into()),
    ));
    events.push((
        70.0,
        step(
            "Install",
            StepState::Failed,
            "the tasks stopped ##[error]now",
            Some(67),
        ),
    ));
    let hostile = format!(
        "Script failed\r\n::error::you are hacked\n  ::set-output name=x::y\n##[error]red\n\u{1b}[31mred\u{1b}[0m \u{202e}esrever\n\
         key {SECRET} and AKIAIOSFODNN7EXAMPLE and password=hunter2\n</details><img src=\"https://evil.example/x.png\"> | @acme/admins #1\n\
         ```\n# out of the block\n::0123456789abcde::"
    );
    let problem = Problem::new(
        Code::DeploymentReverted,
        "the v1.0.0 tasks did not start; AWS put traffic back on v1.2.0",
        "Most likely: the container web1 exits with code 1 (\"Cannot find module './db'\"), 2 of 2 tasks.\n\
         Next: try v1.1.0, which ran here for 2 days.",
    );
    let end = Ending {
        details: vec![
            Detail {
                title: "CodeDeploy: HEALTH_CONSTRAINTS".into(),
                text: "The deployment timed out.".into(),
            },
            Detail {
                title: "Install failed: </details>::error::".into(),
                text: hostile,
            },
        ],
        left: vec!["The revision web1:8 was registered and stays.".into()],
        ..ending(Outcome::Reverted, vec![problem], Some(broken()))
    };
    let told = tell(asked("v1.0.0"), ended(events, 90.0, end));
    for text in [&told.log, &told.outputs, &told.summary] {
        assert!(!text.contains(SECRET) && !text.contains("AKIAIOSF") && !text.contains("hunter2"));
    }
    kept!("reverted", told);
}

#[test]
fn unchanged() {
    let note = "`latest` is what runs now; `previous` goes back one, to v1.0.0";
    let target = TargetView {
        version: "v1.2.0".into(),
        digest: OLD.into(),
        image: format!("{REPOSITORY}@{OLD}"),
        tags: vec!["v1.2.0".into(), "latest".into()],
        notes: vec![note.into()],
        ..target()
    };
    let nothing = PlanView {
        path: Path::Nothing,
        why: "2 of 2 tasks that hold the traffic run it".into(),
        expected: None,
        task_definition_arn: Some(revision(3)),
        steps: vec![],
        changes: vec![],
        discovered: vec![],
        notes: vec![],
    };
    let events = vec![
        (0.0, Event::Asked),
        (0.1, Event::Observed(broken())),
        (0.1, Event::Targeted(target)),
        (0.2, Event::Planned(nothing)),
    ];
    let end = Ending {
        left: vec![format!("{note}.")],
        ..ending(Outcome::Unchanged, vec![], None)
    };
    kept!("unchanged", tell(asked("latest"), ended(events, 0.2, end)));
}

#[test]
fn dry_run() {
    let asked = Asked {
        dry_run: true,
        ..asked("v1.0.0")
    };
    kept!(
        "dry-run",
        tell(
            asked,
            ended(prelude(), 0.2, ending(Outcome::Planned, vec![], None))
        )
    );
}

#[test]
fn started() {
    let mut events = prelude();
    events.extend([
        (
            0.2,
            Event::Creating {
                marker: "ecs-rollback-7f3a".into(),
            },
        ),
        (0.4, deployment()),
    ]);
    kept!(
        "started",
        tell(
            asked("v1.0.0"),
            ended(
                events,
                0.5,
                ending(Outcome::Started, vec![], Some(broken()))
            )
        )
    );
}

const STOP: &str = "To stop it and put traffic back on v1.2.0: aws deploy stop-deployment \
                    --deployment-id d-ABCDEF123 --auto-rollback-enabled --region ap-northeast-2";

#[test]
fn timed_out() {
    let problem = Problem::new(
        Code::TimedOut,
        "30 min have passed and deployment d-ABCDEF123 is still in Install",
        "Look at the deployment, or run this again: it is adopted, not started twice.",
    );
    let end = Ending {
        left: vec![
            "AWS is still working on deployment d-ABCDEF123.".into(),
            STOP.into(),
        ],
        ..ending(Outcome::TimedOut, vec![problem], Some(broken()))
    };
    kept!(
        "timed-out",
        tell(asked("v1.0.0"), ended(begun(), 1_800.0, end))
    );
}

#[test]
fn cancelled() {
    let problem = Problem::new(
        Code::Cancelled,
        "the run was cancelled while deployment d-ABCDEF123 is in Install",
        "",
    );
    let end = Ending {
        left: vec![
            "AWS is still working on deployment d-ABCDEF123.".into(),
            STOP.into(),
        ],
        ..ending(Outcome::Cancelled, vec![problem], Some(broken()))
    };
    kept!(
        "cancelled",
        tell(asked("v1.0.0"), ended(begun(), 20.0, end))
    );
}

#[test]
fn health_check_failed() {
    let mut events = shifted();
    events.push((44.1, attempt(1, Err("connection refused".into()))));
    events.extend((2..=5).map(|number| (41.1 + 3.0 * f64::from(number), attempt(number, Ok(502)))));
    let problem = Problem::new(
        Code::HealthCheckFailed,
        "https://shop.example.com/health answered 502 where 200 is expected, 5 times",
        "Traffic stays on v1.0.0. Look at its log, or go on to another version.",
    );
    let end = ending(Outcome::Failed, vec![problem], Some(restored()));
    kept!(
        "health-check-failed",
        tell(asked("v1.0.0"), ended(events, 56.5, end))
    );
}
