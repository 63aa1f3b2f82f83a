//! `CreateDeployment`, at most once per run.
//!
//! The operation has no idempotency token. The run's marker is first in the description; after a lost answer the
//! marker is looked for before anything is sent again.

use std::{cell::Cell, time::Duration};

use crate::{
    aws::Failure,
    domain::deployment::NewDeployment,
    error::Code,
    execute::{
        Ended, Execution,
        ended::may_be_created,
        write::{NotDone, TokenlessWrite},
    },
    names::{DeploymentId, GroupName, TaskDefinitionArn},
    observe::own_writes::DeploymentSearch,
    plan::codedeploy::BlueGreen,
    report::event::Write,
};

/// When the marker is looked for after a lost answer: a deployment may take a moment to be listed.
const LOOKS: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];
/// Many roles lack the permission: it is in none of AWS's lists for blue/green.
const ALARMS_HINT: &str = "\nignoring the group's alarms for one deployment needs codedeploy:UpdateDeploymentGroup; add it to the role, or set `alarms: respect`, but then an alarm in ALARM state stops the deployment";

impl Execution<'_> {
    /// Creates the deployment, or finds the one whose answer was lost.
    ///
    /// # Errors
    /// How the run ends: AWS rejected it, another deployment was faster, or nobody can say.
    pub(crate) async fn create_deployment(
        &self,
        planned: &BlueGreen,
        revision: &TaskDefinitionArn,
    ) -> Result<DeploymentId, Ended> {
        let entry = self.begin(Write::Create {
            marker: self.plan.caller.marker.clone(),
            revision: revision.clone(),
        });
        let creation = Creation {
            execution: self,
            new: new_deployment(planned, revision),
            group_is_full: Cell::new(false),
        };
        match self.send(&creation, entry).await {
            Ok(id) => {
                self.journal.follow(&id);
                Ok(id)
            }
            Err(NotDone::Rejected(failure) | NotDone::Unknown(failure)) if is_full(&failure) => {
                Err(self.group_is_busy(&planned.group, &failure))
            }
            Err(NotDone::Rejected(failure)) => Err(self.not_accepted(planned, &failure)),
            Err(NotDone::Unknown(failure)) => Err(self.creation_lost(planned, &failure)),
        }
    }

    /// Somebody else's deployment took the group between the checks and the create.
    fn group_is_busy(&self, group: &GroupName, failure: &Failure) -> Ended {
        let what = format!(
            "another deployment took the group {group} in the meantime: {}",
            failure.message
        );
        let hint = "run this again: it names that deployment and how to stop it";
        self.observe_again_or(what, hint)
    }

    fn not_accepted(&self, planned: &BlueGreen, failure: &Failure) -> Ended {
        let group = &planned.group;
        let what = format!("CodeDeploy did not accept the deployment to {group}");
        let mut ended = self.rejected(failure, Code::DeploymentRejected, &what);
        if planned.ignore_alarms && failure.lacks("codedeploy:UpdateDeploymentGroup") {
            for problem in &mut ended.problems {
                problem.hint.push_str(ALARMS_HINT);
            }
        }
        ended
    }

    /// Nobody can say whether the deployment exists.
    fn creation_lost(&self, planned: &BlueGreen, failure: &Failure) -> Ended {
        let BlueGreen {
            application, group, ..
        } = planned;
        let (marker, region) = (&self.plan.caller.marker, &self.plan.region);
        let what = format!(
            "codedeploy:CreateDeployment was lost, and no deployment with the marker {marker} was found"
        );
        let hint = format!(
            "check before you run this again: `aws deploy list-deployments --application-name {application} --deployment-group-name {group} --region {region}`; the description of this run's deployment starts with {marker}"
        );
        let ended = Ended::answer_lost(Code::DeploymentUnknown, &what, failure, hint);
        ended.with_left(may_be_created(planned, marker))
    }
}

fn new_deployment(planned: &BlueGreen, revision: &TaskDefinitionArn) -> NewDeployment {
    // The hooks stay those of the last deployment: without hooks, CodeDeploy validates nothing.
    let appspec = planned.appspec.with_task_definition(revision).render();
    NewDeployment {
        application: planned.application.clone(),
        group: planned.group.clone(),
        config: planned.config.clone(),
        appspec: appspec.content,
        appspec_sha256: appspec.sha256,
        description: planned.description.clone(),
        ignore_alarms: planned.ignore_alarms,
    }
}

fn is_full(failure: &Failure) -> bool {
    failure.is("DeploymentLimitExceededException")
}

struct Creation<'a> {
    execution: &'a Execution<'a>,
    new: NewDeployment,
    /// AWS has said that a deployment occupies the group. It may be this run's own.
    group_is_full: Cell<bool>,
}

impl TokenlessWrite for Creation<'_> {
    type Done = DeploymentId;

    async fn send(&self) -> Result<DeploymentId, Failure> {
        let sent = self.execution.aws.create_deployment(&self.new).await;
        if let Err(failure) = &sent
            && is_full(failure)
        {
            self.group_is_full.set(true);
            // A proxy may have sent the request twice: what fills the group is then this run's own.
            if let Ok(Some(own)) = self.look().await {
                return Ok(own);
            }
        }
        sent
    }

    /// Looks several times; where the group is full, a deployment is there to see at once.
    async fn find(&self) -> Result<Option<DeploymentId>, Failure> {
        let looks = match self.group_is_full.get() {
            true => 1,
            false => LOOKS.len(),
        };
        let mut last = Ok(None);
        for pause in &LOOKS[..looks] {
            self.execution.clock.sleep(*pause).await;
            last = self.look().await;
            match &last {
                // A new deployment is not in `ListDeployments` at once.
                Ok(None) => {}
                Err(failure) if failure.is_passing() => {}
                Ok(Some(_)) | Err(_) => break,
            }
        }
        last
    }
}

impl Creation<'_> {
    async fn look(&self) -> Result<Option<DeploymentId>, Failure> {
        let Execution {
            aws, clock, plan, ..
        } = self.execution;
        // By the marker alone: the newest deployment of the group may be somebody else's.
        let search = DeploymentSearch {
            application: &self.new.application,
            group: &self.new.group,
            marker: &plan.caller.marker,
        };
        search.find_deployment(aws, *clock).await
    }
}
