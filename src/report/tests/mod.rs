//! What holds for every run, whatever AWS or an application says. The stories of runs are in the integration tests.

mod fifty;
pub(super) mod hostile;
mod limits;
mod markdown;

use std::{
    fs,
    sync::{Arc, Mutex},
};

use time::macros::datetime;

use hostile::{everywhere, read_outputs, tell_everywhere};

use super::{
    changes::{Changes, CommitView, Finding, History, PullView, SafetyView},
    data::*,
    event::{Step, StepState, Touch, Write as Sent},
    listing::{ListedVersion, Listing},
    marks::{Mark, MarkPlace, MarkState},
    *,
};
use crate::{
    domain::{github::CommitId, migrations::Safety, mode::Mode},
    error::{Code, Problem},
    names::{
        ApplicationName, ContainerName, DeploymentId, GroupName, ImageDigest, TaskDefinitionArn,
    },
    outside::OutsideText,
};

/// Where every link of ours leads to.
const CONSOLE: &str = "https://console.example/";
const START: OffsetDateTime = datetime!(2026-11-20 03:09 UTC);
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const OUTCOMES: [Outcome; 15] = [
    Outcome::RolledBack,
    Outcome::Unchanged,
    Outcome::Planned,
    Outcome::Started,
    Outcome::Listed,
    Outcome::Ready,
    Outcome::Marked,
    Outcome::Clear,
    Outcome::Failed,
    Outcome::Reverted,
    Outcome::Refused,
    Outcome::NotReady,
    Outcome::Held,
    Outcome::TimedOut,
    Outcome::Cancelled,
];

/// What a step's log and files hold.
struct Written {
    log: String,
    outputs: String,
    summary: String,
}

#[derive(Clone, Default)]
struct SharedLog(Arc<Mutex<Vec<u8>>>);

impl Write for SharedLog {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A reporter whose files are in this folder, and its log.
fn reporter(folder: &std::path::Path) -> (Reporter, SharedLog) {
    let log = SharedLog::default();
    let places = Places {
        log: Box::new(log.clone()),
        takes_commands: true,
        output_file: Some(folder.join("output")),
        summary_file: Some(folder.join("summary")),
    };
    let token = || "0123456789abcdef".to_owned();
    let secrets = vec![SECRET.to_owned()];
    (Reporter::with_token(places, secrets, token), log)
}

/// The teller of the only run.
fn begin(reporter: &Reporter, asked: Asked) -> Teller {
    reporter.begin(vec![asked], START).remove(0)
}

/// The tellers of `web1` and `worker1`.
fn begin_both(reporter: &Reporter) -> [Teller; 2] {
    let both = vec![asked("web1", "v1.0.0"), asked("worker1", "v1.0.0")];
    let Ok(tellers) = reporter.begin(both, START).try_into() else {
        panic!("each has a teller")
    };
    tellers
}

fn tell(asked: Asked, events: Vec<Event>) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let (reporter, log) = reporter(folder.path());
    let teller = begin(&reporter, asked);
    for event in events {
        teller.tell(event, Duration::from_secs(1), START);
    }
    read_back(folder.path(), &log)
}

fn read_back(folder: &std::path::Path, log: &SharedLog) -> Written {
    let log = log.0.lock().unwrap().clone();
    Written {
        log: String::from_utf8(log).unwrap(),
        outputs: fs::read_to_string(folder.join("output")).unwrap_or_default(),
        summary: fs::read_to_string(folder.join("summary")).unwrap_or_default(),
    }
}

/// The report of a run, as whoever tells it elsewhere gets it.
fn report_of(asked: Asked, events: Vec<Event>) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let (reporter, _) = reporter(folder.path());
    let teller = begin(&reporter, asked);
    for event in events {
        teller.tell(event, Duration::from_secs(1), START);
    }
    teller.report()
}

fn digest(digit: &str) -> ImageDigest {
    ImageDigest::parse(&format!("sha256:{}", digit.repeat(64))).unwrap()
}

fn revision(family: &str) -> TaskDefinitionArn {
    let arn = format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{family}:7");
    TaskDefinitionArn::parse(&arn).unwrap()
}

fn ended(ending: Ending) -> Event {
    Event::Ended(Box::new(ending))
}

fn asked(service: &str, text: &str) -> Asked {
    Asked {
        mode: Mode::Rollback,
        cluster: "prod".to_owned(),
        service: service.to_owned(),
        region: "eu-west-1".to_owned(),
        version: text.to_owned(),
        reason: Some(OutsideText::new(text)),
        actor: Some(OutsideText::new(text)),
        run_url: Some(OutsideText::new(format!("{CONSOLE}runs/1"))),
        workflow_url: Some(OutsideText::new(text)),
        dry_run: false,
        service_url: format!("{CONSOLE}{service}/health?region=eu-west-1"),
    }
}

#[test]
fn names_that_look_like_secrets_are_told_as_they_are() {
    for service in ["reset-password", "auth-token", "client-secret"] {
        let written = tell_everywhere(service, "fine", Outcome::RolledBack);
        for text in [&written.log, &written.outputs, &written.summary] {
            assert!(!text.contains("***"), "{text}");
        }
        let outputs = read_outputs(&written.outputs);
        let arn = revision(service).to_string();
        assert!(outputs.contains(&("task-definition-arn".to_owned(), arn.clone())));
        let (_, document) = outputs.iter().find(|(name, _)| name == "report").unwrap();
        let document: serde_json::Value = serde_json::from_str(document).unwrap();
        assert_eq!(document["before"]["task_definition_arn"], arn);
        assert_eq!(document["deployment"]["application"], service);
        assert_eq!(document["registered"], true);
        assert_eq!(document["marker"], "ecs-rollback-7f3a");
        assert_eq!(
            document["interfered"][0],
            "d-ABCDEF122: stopping it, which shifts traffic back"
        );
        assert!(written.log.contains(&format!("registered {service}:7")));
    }
}

#[test]
fn what_serves_is_in_every_ending() {
    for outcome in OUTCOMES {
        let serving = Serving {
            version: Some("v1.2.0".to_owned()),
            digest: Some(digest("a")),
            tasks: 2,
            tasks_on_digest: 2,
            ..Serving::default()
        };
        let end = Ending {
            serving: Some(serving.clone()),
            ..Ending::new(outcome)
        };
        let events = vec![Event::Asked, Event::Observed(serving), ended(end)];
        let written = tell(asked("web1", "v1.0.0"), events);
        let sentence = match outcome {
            Outcome::RolledBack => "v1.0.0 serves all traffic",
            _ => "v1.2.0 serves users now",
        };
        let (_, verdict) = written.log.rsplit_once(['✔', '✘', '–']).unwrap();
        assert!(verdict.contains(sentence), "{outcome:?}: {}", written.log);
        let summary = written.summary;
        assert!(summary.contains(sentence), "{outcome:?}: {summary}");
    }
}

#[test]
fn what_is_not_known_about_what_serves_is_not_claimed() {
    let nothing = Serving::default();
    let unread = Serving {
        version: Some("v1.2.0".to_owned()),
        tasks: 2,
        ..Serving::default()
    };
    let shared = Serving {
        version: Some("v1.2.0".to_owned()),
        digest: Some(digest("a")),
        tasks: 2,
        tasks_on_digest: 2,
        share: Some(90.0),
        ..Serving::default()
    };
    let sentences = [
        (nothing, "Nothing is serving users: no task is running."),
        (
            unread,
            "v1.2.0 serves users now according to its revision; which image its 2 tasks run is not known.",
        ),
        (
            shared,
            "v1.2.0 serves users now (2 of 2 tasks): it has 90 % of the traffic, the rest goes elsewhere.",
        ),
    ];
    for (serving, sentence) in sentences {
        let end = Ending {
            serving: Some(serving),
            ..Ending::new(Outcome::Failed)
        };
        let written = tell(asked("web1", "v1.0.0"), vec![ended(end)]);
        assert!(written.log.contains(sentence), "{}", written.log);
    }
}

#[test]
fn each_run_has_its_own_report() {
    let folder = tempfile::tempdir().unwrap();
    let (reporter, log) = reporter(folder.path());
    let [web, worker] = begin_both(&reporter);
    web.tell(Event::Warned("slow".to_owned()), Duration::ZERO, START);
    worker.tell(
        ended(Ending::new(Outcome::RolledBack)),
        Duration::ZERO,
        START,
    );
    let shown = || String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    // Annotations of both stand together at the end.
    assert!(!shown().contains("::notice"), "{}", shown());
    web.tell(ended(Ending::new(Outcome::Failed)), Duration::ZERO, START);
    assert!(
        shown().contains("::notice title=prod/worker1::"),
        "{}",
        shown()
    );
    assert!(
        shown().contains("::warning title=web1%3A Rollback::slow"),
        "{}",
        shown()
    );
    let error = "::error title=web1%3A failed::";
    assert!(shown().contains(error), "{}", shown());
    assert_eq!(worker.report().warnings, [] as [String; 0]);
}

#[test]
fn a_sink_that_cannot_be_written_is_one_warning() {
    let folder = tempfile::tempdir().unwrap();
    let (reporter, log) = reporter(&folder.path().join("missing"));
    let teller = begin(&reporter, asked("web1", "v1.0.0"));
    for event in everywhere("web1", "fine", Outcome::Failed) {
        teller.tell(event, Duration::ZERO, START);
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for sink in ["the outputs", "the job summary"] {
        let warning = format!("::warning title=Rollback::{sink} could not be written");
        assert_eq!(log.matches(&warning).count(), 1, "{log}");
    }
}

#[test]
fn a_long_reason_leaves_the_rest_of_its_line() {
    let mut asked = asked("web1", "v1.0.0");
    asked.reason = Some(OutsideText::new("down ".repeat(400)));
    asked.dry_run = true;
    let written = tell(asked, vec![Event::Asked]);
    let first = written.log.lines().next().unwrap();
    assert!(first.ends_with("…\" · dry run"), "{first}");
    assert!(first.chars().count() < 300, "{first}");
}

#[test]
fn the_tenth_annotation_counts_the_rest() {
    let problem = |number| Problem::new(Code::BadInput, format!("input {number}"), "");
    let end = Ending {
        problems: (0..14).map(problem).collect(),
        ..Ending::new(Outcome::Refused)
    };
    let written = tell(asked("web1", "v1.0.0"), vec![ended(end)]);
    assert_eq!(written.log.matches("::error ").count(), 10);
    assert!(written.log.contains("%0A4 more in the job summary."));
}
