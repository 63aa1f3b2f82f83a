//! `RegisterTaskDefinition`, so that a lost answer leaves no revision unmentioned.

use std::time::Duration;

use serde_json::Value;

use super::{
    Ended, Execution,
    ended::may_be_registered,
    write::{NotDone, TokenlessWrite},
};
use crate::{
    aws::{Failure, Fault, ecs::REGISTER_TASK_DEFINITION},
    error::Code,
    names::TaskDefinitionArn,
    observe::own_writes,
    plan::PlannedRevision,
    report::event::{Event, Write},
};

/// A revision is listed a moment after it was registered.
const SETTLING: Duration = Duration::from_secs(2);

impl Execution<'_> {
    /// The revision that the plan wants, registered where it is not there yet.
    ///
    /// # Errors
    /// How the run ends: AWS rejected it, or nobody can say whether it was done.
    pub(crate) async fn register_revision(&self) -> Result<TaskDefinitionArn, Ended> {
        let (family, request) = match &self.plan.revision {
            PlannedRevision::Reuse(arn) => return Ok(arn.clone()),
            PlannedRevision::Register { family, request } => (family, request),
        };
        // A round after the first: a second revision of the same content would be of no use to anybody.
        if let Some(revision) = self.journal.revision_for(request) {
            return Ok(revision);
        }
        let registration = Registration {
            execution: self,
            family,
            request,
        };
        match self.register(&registration).await {
            Ok(revision) => Ok(revision),
            Err(NotDone::Rejected(failure)) => {
                let what = format!("ECS did not register a revision of {family}");
                Err(self.rejected(&failure, Code::RegisterRejected, &what))
            }
            Err(NotDone::Unknown(failure)) => Err(self.registration_lost(family, &failure)),
        }
    }

    async fn register(
        &self,
        registration: &Registration<'_>,
    ) -> Result<TaskDefinitionArn, NotDone> {
        self.aws.turn_to_register().await;
        // A lost answer leaves a spare revision, which the report then names.
        let family = registration.family.to_owned();
        let entry = self.begin(Write::Register { family });
        let revision = self.send(registration, entry).await?;
        let request = registration.request.clone();
        self.journal.registered(request, revision.clone());
        self.tell(Event::Registered(revision.clone()));
        Ok(revision)
    }

    fn registration_lost(&self, family: &str, failure: &Failure) -> Ended {
        let marker = &self.plan.caller.marker;
        let what = format!("ecs:RegisterTaskDefinition for {family} was lost");
        let hint = "run this again; traffic was not touched".to_owned();
        let ended = Ended::answer_lost(Code::AwsUnreachable, &what, failure, hint);
        ended.with_left(may_be_registered(family, marker))
    }
}

struct Registration<'a> {
    execution: &'a Execution<'a>,
    family: &'a str,
    request: &'a Value,
}

impl TokenlessWrite for Registration<'_> {
    type Done = TaskDefinitionArn;

    async fn send(&self) -> Result<TaskDefinitionArn, Failure> {
        let aws = self.execution.aws;
        let definition = aws.register_task_definition(self.request).await?;
        let arn = definition.arn().cloned();
        arn.ok_or_else(|| Failure::incomplete(REGISTER_TASK_DEFINITION, "its answer holds no ARN"))
    }

    /// By the run's own tag, which tells the revision from everybody else's.
    async fn find(&self) -> Result<Option<TaskDefinitionArn>, Failure> {
        self.execution.clock.sleep(SETTLING).await;
        let marker = &self.execution.plan.caller.marker;
        own_writes::find_registered_revision(self.execution.aws, self.family, marker).await
    }

    /// ECS also says `LimitExceededException` when revisions are registered too fast.
    fn is_throttled(&self, failure: &Failure) -> bool {
        failure.fault == Fault::Throttled || failure.is("LimitExceededException")
    }
}
