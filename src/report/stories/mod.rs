//! Whole stories, told to every sink: what people read is kept as snapshots, what must always hold as properties.

mod always;
mod told;

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use time::OffsetDateTime;
use time::macros::datetime;

use super::data::*;
use super::event::{Event, Step, StepState};
use super::{Reporter, Sinks};
use crate::error::Problem;

const START: OffsetDateTime = datetime!(2026-11-20 03:09 UTC);
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const OLD: &str = "sha256:9f2c41d07c0dbb5b09b38acbd7c4d3e63ff1d4ba6a0d3f3d46d3ae1ae53c8c11";
const GOOD: &str = "sha256:41aa07e3f1c44d7e5b1b9d4f2b6cf9b31a6df0ce54c1a2ab5f2bb54d1cbd1f02";
const REPOSITORY: &str = "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/web1";

/// What the three places hold after a run.
pub(super) struct Told {
    pub(super) log: String,
    pub(super) outputs: String,
    pub(super) summary: String,
}

#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn scratch(name: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!(
        "rollback-report-{}-{number}-{name}",
        std::process::id()
    ))
}

/// Tells the events, each at its second.
pub(super) fn tell(asked: Asked, events: Vec<(f64, Event)>) -> Told {
    let (log, output, summary) = (Shared::default(), scratch("output"), scratch("summary"));
    let sinks = Sinks {
        log: Box::new(log.clone()),
        output_file: Some(output.clone()),
        summary_file: Some(summary.clone()),
    };
    let token = || "0123456789abcdef".to_owned();
    let mut reporter = Reporter::with_token(asked, sinks, vec![SECRET.to_owned()], START, token);
    for (seconds, event) in events {
        let elapsed = Duration::from_secs_f64(seconds);
        reporter.tell(event, elapsed, START + elapsed);
    }
    let read = |file: &PathBuf| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        std::fs::remove_file(file).ok();
        text
    };
    let log = String::from_utf8(log.0.borrow().clone()).expect("the log is UTF-8");
    Told {
        log,
        outputs: read(&output),
        summary: read(&summary),
    }
}

pub(super) fn asked(version: &str) -> Asked {
    Asked {
        cluster: "prod".into(),
        service: "web1".into(),
        region: "ap-northeast-2".into(),
        version: version.into(),
        reason: Some("checkout page is down".into()),
        actor: Some("oncall".into()),
        run_url: Some("https://github.com/acme/shop/actions/runs/42".into()),
        dry_run: false,
        service_url:
            "https://ap-northeast-2.console.aws.amazon.com/ecs/v2/clusters/prod/services/web1"
                .into(),
    }
}

fn revision(number: u32) -> String {
    format!("arn:aws:ecs:ap-northeast-2:123456789012:task-definition/web1:{number}")
}

/// v1.2.0, broken, since 02:11.
pub(super) fn broken() -> Serving {
    Serving {
        version: Some("v1.2.0".into()),
        image: Some(format!("{REPOSITORY}@{OLD}")),
        digest: Some(OLD.into()),
        task_definition_arn: Some(revision(3)),
        tasks: 2,
        tasks_on_digest: 2,
        since: Some(datetime!(2026-11-20 02:11 UTC)),
        notes: vec![],
        undo_version: Some("v1.2.0".into()),
        share: None,
    }
}

/// v1.0.0, the way back.
pub(super) fn target() -> TargetView {
    TargetView {
        version: "v1.0.0".into(),
        image: format!("{REPOSITORY}@{GOOD}"),
        digest: GOOD.into(),
        tags: vec!["v1.0.0".into(), "stable".into()],
        pushed_at: Some(datetime!(2026-11-13 01:00 UTC)),
        last_served_from: Some(datetime!(2026-11-14 02:00 UTC)),
        served_for: Some(Duration::from_secs(3 * 86_400)),
        notes: vec![],
    }
}

pub(super) fn restored() -> Serving {
    Serving {
        version: Some("v1.0.0".into()),
        image: Some(format!("{REPOSITORY}@{GOOD}")),
        digest: Some(GOOD.into()),
        task_definition_arn: Some(revision(2)),
        since: None,
        ..broken()
    }
}

fn change(what: &str, change: &str) -> Change {
    Change {
        what: what.into(),
        change: change.into(),
    }
}

fn discovery(what: &str, value: &str, source: &str) -> Discovery {
    Discovery {
        what: what.into(),
        value: value.into(),
        source: source.into(),
    }
}

pub(super) fn plan() -> PlanView {
    PlanView {
        path: Path::Redeploy,
        why: "no deployment is active; revision web1:2 still fits, nothing to register".into(),
        expected: Some(Duration::from_secs(180)),
        task_definition_arn: Some(revision(2)),
        steps: vec![
            "create a deployment of web1:2 in AppECS-prod-web1 / DgpECS-prod-web1, all at once".into(),
        ],
        changes: vec![change("image", "v1.2.0 → v1.0.0"), change("env", "− NEW_FLAG")],
        discovered: vec![
            discovery("container", "web1", "the service's load balancer"),
            discovery("repository", REPOSITORY, "the running image"),
            discovery(
                "deployment group",
                "DgpECS-prod-web1",
                "the deployment behind the primary task set d-ABCDEF122",
            ),
            discovery("AppSpec", "2 hooks kept", "deployment d-ABCDEF122"),
        ],
        notes: vec![
            "alarms: ignored for this deployment (the group watches 5xx; `alarms: respect` keeps that on)"
                .into(),
        ],
    }
}

pub(super) fn deployment() -> Event {
    Event::Created(Deployment {
        id: "d-ABCDEF123".into(),
        application: "AppECS-prod-web1".into(),
        group: "DgpECS-prod-web1".into(),
        url: "https://ap-northeast-2.console.aws.amazon.com/codesuite/codedeploy/deployments/d-ABCDEF123"
            .into(),
    })
}

pub(super) fn step(name: &str, state: StepState, detail: &str, took: Option<u64>) -> Event {
    Event::Step(Step {
        name: name.into(),
        state,
        detail: detail.into(),
        took: took.map(Duration::from_secs),
    })
}

pub(super) fn attempt(number: u32, answer: Result<u16, String>) -> Event {
    let ok = answer == Ok(200);
    let url = "https://shop.example.com/health".to_owned();
    Event::Health(HealthAttempt {
        number,
        of: 5,
        url,
        answer,
        ok,
        took: Duration::from_millis(35),
    })
}

pub(super) fn ending(outcome: Outcome, problems: Vec<Problem>, serving: Option<Serving>) -> Ending {
    Ending {
        outcome,
        problems,
        left: vec![],
        details: vec![],
        serving,
        warm_until: None,
    }
}

/// Up to a plan that is about to be carried out.
pub(super) fn prelude() -> Vec<(f64, Event)> {
    vec![
        (0.0, Event::Asked),
        (0.1, Event::Observed(broken())),
        (0.1, Event::Targeted(target())),
        (0.2, Event::Planned(plan())),
    ]
}

/// Up to new tasks that start.
pub(super) fn begun() -> Vec<(f64, Event)> {
    let mut events = prelude();
    events.extend([
        (
            0.2,
            Event::Creating {
                marker: "ecs-rollback-7f3a".into(),
            },
        ),
        (0.4, deployment()),
        (
            3.0,
            step(
                "Install",
                StepState::Started,
                "new tasks are starting",
                None,
            ),
        ),
    ]);
    events
}

/// Up to all traffic on the target.
pub(super) fn shifted() -> Vec<(f64, Event)> {
    let mut events = begun();
    events.extend([
        (
            41.0,
            step("Install", StepState::Done, "2 of 2 running", Some(38)),
        ),
        (42.0, step("AllowTraffic", StepState::Started, "", None)),
        (43.0, step("AllowTraffic", StepState::Done, "", Some(1))),
        (43.6, Event::Traffic { percent: 100.0 }),
        (43.6, Event::TrafficShifted),
        (
            44.0,
            Event::Proven(Proof {
                tasks: 2,
                matching: 2,
                digest: GOOD.into(),
                proven: true,
                notes: vec![],
            }),
        ),
    ]);
    events
}
