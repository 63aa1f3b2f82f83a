//! The plan for a service that ECS deploys, in the words that people read.

use std::time::Duration;

use crate::domain::service::Strategy;
use crate::names::TaskDefinitionArn;
use crate::observe::Snapshot;
use crate::observe::ecs::Observed;
use crate::observe::ecs::active::Active;
use crate::plan::path::Takeover;
use crate::plan::views::{self, TYPICAL, WARM, discovery, revision};
use crate::report::data::{Discovery, Path};
use crate::words;

/// The revision that will serve; `None` where it is registered first.
pub fn will_serve(
    snapshot: &Snapshot,
    observed: &Observed,
    path: Path,
    takeover: &Takeover,
) -> Option<TaskDefinitionArn> {
    let active = observed.active.as_ref();
    match (path, takeover) {
        (Path::Nothing, _) => Some(snapshot.now.revision.clone()),
        (_, Takeover::Adopt { .. }) => active?.brings.as_ref()?.revision.clone(),
        (_, Takeover::Reroute { .. }) => active?.way_back.as_ref()?.revision.clone(),
        _ => snapshot.revision.reused().cloned(),
    }
}

/// What the path takes until users are served; `None` where that depends on somebody else's deployment.
pub fn expected(
    snapshot: &Snapshot,
    observed: &Observed,
    path: Path,
    takeover: &Takeover,
) -> Option<Duration> {
    let strategy = &snapshot.now.service.strategy;
    let slow = TYPICAL + strategy.shift();
    match (path, takeover) {
        (Path::Nothing | Path::Adopt, _) => None,
        (Path::Reroute, _) => Some(back(snapshot, observed)),
        (_, Takeover::LetEnd { .. } | Takeover::Wait { .. }) => None,
        (_, Takeover::Stop { .. }) => Some(slow + back(snapshot, observed)),
        _ => Some(slow),
    }
}

/// What a stop takes: seconds where the old tasks are all there, else until they have started again.
fn back(snapshot: &Snapshot, observed: &Observed) -> Duration {
    let wanted = snapshot.now.service.wanted();
    let warm = observed.active.as_ref().is_some_and(|active| {
        active
            .deployment
            .sources
            .iter()
            .any(|source| source.running >= wanted)
    });
    if warm { WARM } else { TYPICAL }
}

pub fn why(snapshot: &Snapshot, observed: &Observed, path: Path, takeover: &Takeover) -> String {
    let version = &snapshot.found.version;
    let busy = observed
        .active
        .as_ref()
        .map(|active| describe(active, snapshot))
        .unwrap_or_default();
    match takeover {
        Takeover::None if path == Path::Nothing => format!("{version} is what serves already"),
        Takeover::None => format!("no deployment is under way; {}", revision(snapshot)),
        Takeover::Adopt { .. } => format!("{busy}, and that is {version}; it is followed"),
        Takeover::Reroute { .. } => reroute(snapshot, observed, &busy),
        Takeover::Supersede { .. } => format!(
            "{busy}, which is not {version}; a rolling deployment gives way to a new one at once; {}",
            revision(snapshot)
        ),
        Takeover::Stop { .. } | Takeover::EndWait { .. } => {
            format!(
                "{busy}, which is not {version}; it is stopped first; {}",
                revision(snapshot)
            )
        }
        Takeover::LetEnd { .. } => format!(
            "{busy} and is on its way back or to its end already, which is not stopped; {version} is deployed when that is over; {}",
            revision(snapshot)
        ),
        Takeover::Wait { .. } => {
            format!("{busy}; `active-deployment: wait` lets it end first, then looks again")
        }
    }
}

fn reroute(snapshot: &Snapshot, observed: &Observed, busy: &str) -> String {
    let version = &snapshot.found.version;
    let slow = words::duration(TYPICAL + snapshot.now.service.strategy.shift());
    if back(snapshot, observed) == WARM {
        return format!(
            "{busy}; the tasks of {version} are still there, so stopping it sends the traffic back in seconds, where a new deployment takes about {slow}"
        );
    }
    format!(
        "{busy}; {version} is what was deployed well before it, so stopping it makes ECS go back there"
    )
}

/// `the service deployment abc (IN_PROGRESS at BAKE_TIME, created 4 min ago) brings web1:3`
fn describe(active: &Active, snapshot: &Snapshot) -> String {
    let deployment = &active.deployment;
    let revision = active
        .brings
        .as_ref()
        .and_then(|brings| brings.revision.as_ref());
    let brings = revision.map_or_else(
        || "a revision that is not known".to_owned(),
        TaskDefinitionArn::short,
    );
    let stage = deployment
        .stage
        .as_ref()
        .map(|stage| format!(" at {stage}"))
        .unwrap_or_default();
    let paused = if deployment.paused_at.is_empty() {
        ""
    } else {
        ", paused by a hook"
    };
    format!(
        "the service deployment {} ({}{stage}{paused}, created {}) brings {brings}",
        deployment.id.short(),
        deployment.status.as_str(),
        words::ago(deployment.created_at, snapshot.at)
    )
}

pub fn steps(snapshot: &Snapshot, path: Path, takeover: &Takeover) -> Vec<String> {
    let first = match takeover {
        Takeover::None if path == Path::Nothing => return Vec::new(),
        Takeover::Adopt { deployment, .. } => {
            return vec![format!(
                "follow {}; continue it where a hook pauses it",
                deployment.short()
            )];
        }
        Takeover::Reroute { deployment, .. } => {
            return vec![format!(
                "stop {} with a rollback, and follow that",
                deployment.short()
            )];
        }
        Takeover::Wait { deployment } => {
            return vec![format!(
                "wait for the end of {}, then look again",
                deployment.short()
            )];
        }
        Takeover::None | Takeover::Supersede { .. } => None,
        Takeover::Stop { deployment } | Takeover::EndWait { deployment } => Some(format!(
            "stop {} with a rollback, and wait for its end",
            deployment.short()
        )),
        Takeover::LetEnd { deployment } => {
            Some(format!("wait for the end of {}", deployment.short()))
        }
    };
    let mut steps: Vec<_> = first.into_iter().collect();
    steps.extend(views::registering(snapshot));
    let revision = snapshot.revision.reused().map(TaskDefinitionArn::short);
    let revision = revision.unwrap_or_else(|| "that revision".to_owned());
    let service = &snapshot.now.service.name;
    steps.push(format!(
        "update the service {service} to {revision}; nothing else of the service is changed"
    ));
    steps
}

pub fn discovered(snapshot: &Snapshot) -> Vec<Discovery> {
    let mut found = views::discovered(snapshot);
    let strategy = &snapshot.now.service.strategy;
    found.push(discovery(
        "deployment strategy",
        name(strategy),
        "the service, deployed by ECS itself",
    ));
    found
}

/// `rolling`, `blue/green`, `canary: 10 % of the traffic first, the rest after 10 min`.
fn name(strategy: &Strategy) -> String {
    match (strategy.name.as_str(), strategy.step) {
        ("" | "ROLLING", _) => "rolling".to_owned(),
        ("BLUE_GREEN", _) => "blue/green".to_owned(),
        ("CANARY", Some((percent, wait))) => format!(
            "canary: {} of the traffic first, the rest after {}",
            words::percent(percent),
            words::duration(wait)
        ),
        ("LINEAR", Some((percent, wait))) => {
            format!(
                "linear: {} of the traffic every {}",
                words::percent(percent),
                words::duration(wait)
            )
        }
        (other, _) => other.to_lowercase(),
    }
}

/// What the service's own settings do to the deployment.
pub fn notes(snapshot: &Snapshot, takeover: &Takeover) -> Vec<String> {
    let strategy = &snapshot.now.service.strategy;
    let mut notes = Vec::new();
    let deploys = !matches!(takeover, Takeover::Adopt { .. } | Takeover::Reroute { .. });
    if deploys && !strategy.shift().is_zero() {
        notes.push(format!(
            "pace: {}, by the service's own settings, which stay as they are: all traffic takes {} longer",
            name(strategy),
            words::duration(strategy.shift())
        ));
    }
    if deploys && !strategy.alarms.is_empty() {
        notes.push(format!(
            "alarms: the service watches {}; where one rings as the deployment begins, ECS asks none of them, where one begins to ring later, it ends the deployment; the input `alarms` changes neither",
            words::list(&strategy.alarms)
        ));
    }
    notes
}
