//! `CreateDeployment`, at most once per run.
//!
//! The operation has no idempotency token. The run's marker stands first in the description; after
//! a lost answer the marker is looked for before anything is sent again.

use std::time::Duration;

use super::super::Ended;
use crate::aws::{Aws, Failure, Fault};
use crate::clock::Clock;
use crate::domain::deployment::NewDeployment;
use crate::error::{Code, Problem};
use crate::names::{ApplicationName, DeploymentId, GroupName};
use crate::observe::own_writes::DeploymentSearch;
use crate::report::data::Outcome;
use crate::report::event::Event;

/// How often the request is sent, where its answer was lost and no deployment of ours appeared.
const ATTEMPTS: u32 = 3;
/// When the marker is looked for after a lost answer: a deployment may take a moment to be listed.
const LOOKS: [u64; 4] = [1, 2, 4, 8];
const LONGEST_PAUSE: u64 = 15;
/// Many roles lack the permission: it is in none of AWS's lists for blue/green.
const ALARMS_HINT: &str = "\nignoring the group's alarms for one deployment needs codedeploy:UpdateDeploymentGroup; `alarms: respect` does without, but an alarm that rings then stops the deployment";

/// Creates the deployment, or finds the one whose answer was lost.
///
/// `changed` says whether this run has written something before.
///
/// # Errors
/// How the run ends: AWS rejected it, another deployment was faster, or nobody can say.
pub async fn create(
    aws: &Aws,
    clock: Clock,
    new: &NewDeployment,
    marker: &str,
    changed: bool,
    tell: &dyn Fn(Event),
) -> Result<DeploymentId, Ended> {
    let search = Search::for_run(aws, clock, &new.application, &new.group, marker);
    let (mut sent, mut throttled) = (1, 0);
    loop {
        let failure = match aws.create_deployment(new).await {
            Ok(id) => return Ok(id),
            Err(failure) => failure,
        };
        if failure.fault == Fault::Throttled {
            if throttled == 0 {
                tell(Event::Warned(
                    "CodeDeploy throttles codedeploy:CreateDeployment; trying until the timeout"
                        .to_owned(),
                ));
            }
            clock
                .sleep(Duration::from_secs((1 << throttled).min(LONGEST_PAUSE)))
                .await;
            throttled = (throttled + 1).min(6);
            continue;
        }
        let full = failure.is("DeploymentLimitExceededException");
        if !full && !failure.is_ambiguous() {
            if sent > 1 {
                // An earlier attempt may have taken effect.
                return Err(unknown(&failure, new, marker));
            }
            let what = format!("CodeDeploy did not accept the deployment to {}", new.group);
            let mut ended = Ended::rejected(&failure, Code::DeploymentRejected, &what, changed);
            if new.ignore_alarms && failure.fault == Fault::AccessDenied {
                ended
                    .problems
                    .iter_mut()
                    .for_each(|problem| problem.hint.push_str(ALARMS_HINT));
            }
            return Err(ended);
        }
        if !full {
            tell(Event::Warned(format!(
                "the answer to codedeploy:CreateDeployment was lost; looking for {marker} before anything is sent again"
            )));
        }
        match search.after_lost_answer(full).await {
            Ok(Some(id)) => return Ok(id),
            // Of an earlier attempt nobody can say that it did not happen.
            Ok(None) if full => return Err(busy(&failure, new, changed || sent > 1, sent == 1)),
            Ok(None) if sent < ATTEMPTS => sent += 1,
            Ok(None) => return Err(unknown(&failure, new, marker)),
            Err(unseen) => return Err(unknown(&unseen, new, marker)),
        }
    }
}

/// Where a deployment of this run is looked for.
pub struct Search<'a> {
    aws: &'a Aws,
    clock: Clock,
    application: &'a ApplicationName,
    group: &'a GroupName,
    marker: &'a str,
}

impl<'a> Search<'a> {
    /// Over everything since the run began.
    pub fn for_run(
        aws: &'a Aws,
        clock: Clock,
        application: &'a ApplicationName,
        group: &'a GroupName,
        marker: &'a str,
    ) -> Self {
        Self {
            aws,
            clock,
            application,
            group,
            marker,
        }
    }

    /// Looks several times; only once where the group is full, since then a deployment is there to see.
    async fn after_lost_answer(&self, full: bool) -> Result<Option<DeploymentId>, Failure> {
        let looks = if full { &LOOKS[..2] } else { &LOOKS[..] };
        let mut last = Ok(None);
        for (number, seconds) in looks.iter().enumerate() {
            if number > 0 || !full {
                self.clock.sleep(Duration::from_secs(*seconds)).await;
            }
            last = self.look().await;
            match &last {
                Ok(None) => {}
                Err(failure) if failure.is_passing() => {}
                _ => return last,
            }
        }
        last
    }

    /// The deployment of this run, if one is there.
    pub async fn look(&self) -> Result<Option<DeploymentId>, Failure> {
        let search = DeploymentSearch {
            application: self.application,
            group: self.group,
            marker: self.marker,
        };
        search.find_deployment(self.aws, self.clock).await
    }
}

/// Somebody else's deployment took the group between the checks and the create.
fn busy(failure: &Failure, new: &NewDeployment, changed: bool, rejected: bool) -> Ended {
    let outcome = Outcome::cut_short(changed);
    let mut ended = Ended::new(
        outcome,
        Problem::new(
            Code::DeploymentActive,
            format!(
                "another deployment took the group {} in the meantime: {}",
                new.group, failure.message
            ),
            "run this again: it will say which deployment that is and how to stop it",
        ),
    );
    (ended.again, ended.rejected) = (true, rejected);
    ended
}

/// Nobody can say whether the deployment exists.
fn unknown(failure: &Failure, new: &NewDeployment, marker: &str) -> Ended {
    let NewDeployment {
        application, group, ..
    } = new;
    let mut ended = Ended::new(
        Outcome::Failed,
        Problem::new(
            Code::DeploymentUnknown,
            format!(
                "the answer to codedeploy:CreateDeployment was lost, and no deployment with the marker {marker} was seen: {}",
                failure.message
            ),
            format!(
                "look before you run this again: `aws deploy list-deployments --application-name {application} --deployment-group-name {group}`; ours starts its description with {marker}"
            ),
        ),
    );
    ended.left.push(format!(
        "a deployment with the marker {marker} may be starting in {application} / {group}"
    ));
    ended
}
