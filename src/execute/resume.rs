//! Ends a wait of AWS's: for approval, or before the old tasks are terminated.

use super::{
    Execution,
    write::{NotDone, TokenlessWrite},
};
use crate::{
    aws::Failure,
    names::DeploymentId,
    report::event::{StepState, Touch},
};

/// What a deployment waits for.
#[derive(Clone, Copy)]
pub(super) enum Pause<'a> {
    /// CodeDeploy's group wants an approval before it shifts traffic.
    Ready,
    /// CodeDeploy keeps the old tasks for a while.
    Termination,
    /// A lifecycle hook of ECS's, by its id.
    Hook(&'a str),
}

impl Pause<'_> {
    fn touch(self) -> Touch {
        match self {
            Self::Ready => Touch::ContinueAtReady,
            Self::Termination => Touch::EndTerminationWait,
            Self::Hook(_) => Touch::ContinueAfterPause,
        }
    }

    /// What is told once it was ended: the step, and what has waited.
    fn step(self) -> (&'static str, &'static str) {
        match self {
            Self::Hook(_) => ("pause", "lifecycle hook"),
            Self::Ready | Self::Termination => ("Ready", "group"),
        }
    }
}

impl Execution<'_> {
    /// Continues a deployment that is followed. Gives `false` where it continued without this run in between.
    pub(super) async fn continue_followed(
        &self,
        deployment: &DeploymentId,
        pause: Pause<'_>,
        own: bool,
    ) -> Result<bool, Failure> {
        match self.end_pause(deployment, pause, own).await {
            Ok(()) => {}
            // Somebody else approved it between the look and the call.
            Err(failure) if failure.is_rejected() => return Ok(false),
            Err(failure) => return Err(failure),
        }
        let (name, what) = pause.step();
        let detail = format!("the {what} was waiting for approval; continued");
        self.step(name, StepState::Done, detail);
        Ok(true)
    }

    pub(super) async fn end_pause(
        &self,
        deployment: &DeploymentId,
        pause: Pause<'_>,
        own: bool,
    ) -> Result<(), Failure> {
        // The creation of an own deployment is in the journal already.
        let entry = (!own).then(|| self.touch(deployment, pause.touch()));
        let continuation = Continuation {
            execution: self,
            deployment,
            pause,
        };
        let sent = self.send(&continuation, entry).await;
        sent.map_err(NotDone::into_failure)
    }
}

struct Continuation<'a> {
    execution: &'a Execution<'a>,
    deployment: &'a DeploymentId,
    pause: Pause<'a>,
}

impl TokenlessWrite for Continuation<'_> {
    type Done = ();
    const ATTEMPTS: u32 = 1;

    async fn send(&self) -> Result<(), Failure> {
        let (aws, id) = (self.execution.aws, self.deployment);
        match self.pause {
            Pause::Ready => aws.continue_ready(id).await,
            Pause::Termination => aws.end_termination_wait(id).await,
            Pause::Hook(hook) => aws.continue_service_deployment(id, hook).await,
        }
    }

    async fn find(&self) -> Result<Option<()>, Failure> {
        Ok(match self.pause {
            // Whether it took effect shows in the deployment, whose end is waited for next.
            Pause::Termination => Some(()),
            // Where it still waits, the next look sends this again.
            Pause::Ready | Pause::Hook(_) => None,
        })
    }
}
