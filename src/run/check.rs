//! The mode `check`: whether a rollback would work now, without doing it.

use std::rc::Rc;

use futures_util::future::{OptionFuture, join3};

use super::{Run, ending::Finish};
use crate::{
    aws::{Connection, credentials},
    boxed::boxed,
    domain::{commands, deployment::Target},
    error::{Problem, Problems},
    execute::Ended,
    inputs::{Inputs, VersionSpec},
    observe::{
        Wanted,
        listing::{NotedState, ServedStates},
        observe,
        own_rollback::OwnRollback,
    },
    plan::{self, Plan},
    report::{
        checked::{CheckFinding, Checked, FindingKind},
        data::{Outcome, Path, PlanView},
        event::Event,
        listing::{ListedVersion, Listing},
    },
    words,
};

/// What is read at the same time.
struct Reads {
    planned: Result<Rc<Plan>, Problems>,
    served: Result<(ServedStates, Listing), Problems>,
    /// `None` where `previous` is the version asked for.
    previous: Option<Result<Plan, Problems>>,
}

impl Run<'_> {
    pub(super) async fn check(&self, connection: &Connection) -> Finish {
        self.tell(Event::Asked);
        if let Err(problem) = credentials(connection).await {
            return Finish::badly(Ended::new(Outcome::NotReady, problem));
        }
        let (problems, checked) = self.look_around().await;
        self.tell(Event::Checked(checked));
        match problems.is_empty() {
            true => Finish::well(Outcome::Ready, self.memory.at_start()),
            false => Finish::badly(Ended::with_problems(Outcome::NotReady, problems)),
        }
    }

    /// What is in the way, and what else there is to know.
    async fn look_around(&self) -> (Problems, Checked) {
        let Reads {
            planned,
            served,
            previous,
        } = self.read_for_check().await;
        let problems = self.find_obstacles(&planned).await;
        let mut findings = Vec::new();
        if let Ok(plan) = &planned {
            findings.extend(of_plan(plan));
        }
        if let Some(Err(refusals)) = &previous {
            findings.extend(of_previous(refusals));
        }
        match &served {
            Ok((served, listing)) => findings.extend(self.of_history(served, listing).await),
            // The plan met the same problems, and they are shown as what is in the way.
            Err(_) if !problems.is_empty() => {}
            Err(unread) => findings.extend(unread.iter().map(of_unread)),
        }
        findings.extend(self.find_holds().await);
        findings.sort_by_key(|finding| finding.kind);
        (problems, Checked { findings })
    }

    async fn read_for_check(&self) -> Reads {
        let previous = self.also_previous();
        // Boxed, or the futures nest deeper than the compiler likes.
        let (planned, served, previous) = join3(
            boxed(|| self.observe_and_plan(&self.memory.out, 1)),
            boxed(|| self.read_served(false)),
            OptionFuture::from(previous.map(|inputs| boxed(|| self.plan_previous(inputs)))),
        )
        .await;
        Reads {
            planned,
            served,
            previous,
        }
    }

    /// Why the version asked for cannot be rolled back to.
    async fn find_obstacles(&self, planned: &Result<Rc<Plan>, Problems>) -> Problems {
        match planned {
            Err(refusals) => refusals.clone(),
            // Where nothing would move, a rollback asks nobody.
            Ok(plan) if plan.path() == Path::Nothing => Problems::new(),
            Ok(_) => self.find_refusals().await,
        }
    }

    /// The inputs for `previous`, where another version is asked about.
    fn also_previous(&self) -> Option<Inputs> {
        if let VersionSpec::Previous { .. } = self.inputs.version {
            return None;
        }
        let mut inputs = self.inputs.clone();
        inputs.version = VersionSpec::previous();
        Some(inputs)
    }

    async fn plan_previous(&self, inputs: Inputs) -> Result<Plan, Problems> {
        let snapshot = observe(self.aws, &inputs, &Wanted::Asked, self.clock, &|_| {}).await?;
        plan::make(&snapshot, &inputs, &self.caller)
    }

    /// What the floor and the migrations refuse.
    async fn find_refusals(&self) -> Problems {
        match self.check_safety().await {
            Ok(()) => Problems::new(),
            Err(ended) => ended.problems,
        }
    }

    async fn of_history(&self, served: &ServedStates, listing: &Listing) -> Vec<CheckFinding> {
        let mut findings = self.expiring(listing);
        for (version, noted) in listing.versions.iter().zip(&served.states) {
            findings.extend(lost(version, noted, served));
        }
        for note in &listing.notes {
            findings.push(CheckFinding::new(FindingKind::Unread, note.clone()));
        }
        if let Some(own) = &served.own_rollback {
            findings.push(self.last_rollback(own).await);
        }
        findings
    }

    fn expiring(&self, listing: &Listing) -> Vec<CheckFinding> {
        let mut findings = Vec::new();
        for version in listing.ways_back() {
            if let Some(expiry) = &version.expires
                && expiry.is_near(self.clock.now())
            {
                let text = format!("{} {} ({})", version.name(), expiry.words(), expiry.rule());
                let remedy = "change the rule, or keep the image with a rule of its own that has a lower number";
                findings.push(CheckFinding::new(FindingKind::Ahead, text).with_remedy(remedy));
            }
        }
        findings
    }

    async fn last_rollback(&self, own: &OwnRollback) -> CheckFinding {
        let now = self.clock.now();
        let mut text = format!("the last rollback here was {}", words::ago(own.at, now));
        if let Some(by) = &own.by {
            text += &format!(" by {by}");
        }
        let inputs = self.inputs;
        let target =
            self.aws
                .get_deployment_target(&own.deployment, &inputs.cluster, &inputs.service);
        // How long it took is good to know, and nothing depends on it.
        if let Ok(Some(target)) = target.await
            && let Some(took) = traffic_after(&target, own)
        {
            text += &format!(", {} to traffic", words::duration(took));
        }
        CheckFinding::new(FindingKind::LastRollback, text)
    }

    async fn find_holds(&self) -> Vec<CheckFinding> {
        let Some(search) = self.search() else {
            let text = "holds were not read: GitHub cannot be asked without a token, or outside a workflow";
            return vec![CheckFinding::new(FindingKind::Unread, text)];
        };
        let holds = match self.read_holds(search).await {
            Ok(holds) => holds,
            Err(failure) => {
                return vec![CheckFinding::new(FindingKind::Unread, failure.sentence())];
            }
        };
        let mut findings = Vec::new();
        for hold in holds.open {
            let text = format!(
                "{} is held by issue #{} ({})",
                hold.version(),
                hold.issue,
                hold.url
            );
            let remedy = "close the issue when the cause is fixed; a rollback is not affected";
            findings.push(CheckFinding::new(FindingKind::Hold, text).with_remedy(remedy));
        }
        findings
    }
}

/// From the deployment's start until all traffic was on its tasks.
fn traffic_after(target: &Target, own: &OwnRollback) -> Option<std::time::Duration> {
    let shifted = target
        .events
        .iter()
        .find(|event| event.name == "AllowTraffic")?;
    (shifted.ended_at? - own.at).try_into().ok()
}

fn of_plan(plan: &Plan) -> Vec<CheckFinding> {
    let mut findings = slow(&plan.view);
    let actions = plan.unproven_actions().join(", ");
    let text = format!("only a real rollback shows whether the role may use {actions}");
    findings.push(
        CheckFinding::new(FindingKind::Unproven, text).with_remedy(
            "compare the role's policy with the README's, and roll back once in staging",
        ),
    );
    findings
}

/// Why `previous` cannot be rolled back to.
fn of_previous(refusals: &[Problem]) -> Vec<CheckFinding> {
    let mut findings = Vec::new();
    for problem in refusals {
        let text = format!("`previous` would be refused: {}", problem.message);
        let finding = CheckFinding::new(FindingKind::Lost, text);
        findings.push(finding.with_remedy(problem.hint.clone()));
    }
    findings
}

fn of_unread(problem: &Problem) -> CheckFinding {
    CheckFinding::new(FindingKind::Unread, problem.message.clone())
}

/// What the service's or the group's settings do to a rollback.
fn slow(view: &PlanView) -> Vec<CheckFinding> {
    let mut findings = Vec::new();
    for note in &view.notes {
        if note.topic.is_some() {
            findings.push(CheckFinding::new(FindingKind::Slow, note.to_string()));
        }
    }
    findings
}

/// A version of the list that cannot be gone back to, and what brings an archived image back.
fn lost(
    version: &ListedVersion,
    noted: &NotedState,
    served: &ServedStates,
) -> Option<CheckFinding> {
    let obstacle = version.obstacle.as_ref()?;
    let name = version.name();
    let finding = CheckFinding::new(
        FindingKind::Lost,
        format!("{name} cannot be gone back to: {obstacle}"),
    );
    let archived = noted.stored.as_ref().filter(|(_, image)| image.archived);
    Some(match archived {
        Some((repository, image)) => {
            let account = served.running.service.account();
            let command = commands::restore_image(repository, &image.digest, account);
            finding.with_remedy(format!(
                "restore it, which takes about 20 minutes: `{command}`"
            ))
        }
        None => finding,
    })
}
