//! Follows the deployment until users are served by the target, or it ends some other way. The two controllers say
//! what they see; what follows from that is the same.

use super::{Ended, Execution, wait::Look};
use crate::{
    aws::Failure,
    error::Code,
    names::{TaskDefinitionArn, TaskSetId},
    report::{data::Proof, event::Event},
};

/// How long the tasks may take to show the target's digest once they receive all traffic.
const PROOF_POLLS: u32 = 6;

/// What one look at the deployment shows.
pub(crate) enum Seen {
    /// AWS did not answer.
    Silent,
    Moving,
    /// The target receives all production traffic. `over`: the deployment has ended, too.
    Shifted {
        /// The tasks that receive it; in a rolling deployment, where every running task has its part, `None`.
        task_set: Option<TaskSetId>,
        over: bool,
    },
    /// The deployment has ended well, and nothing shows that the target receives all traffic.
    Over,
}

/// A deployment that is followed.
pub(crate) trait Followed {
    /// One look, which also tells what is new and continues the deployment where it waits for approval.
    ///
    /// # Errors
    /// How the run ends where the deployment ended badly, or AWS can't be asked any more.
    async fn see(&self) -> Result<Seen, Ended>;

    /// `deployment d-X`
    fn name(&self) -> String;

    /// The revision that serves in the end.
    fn revision(&self) -> &TaskDefinitionArn;

    /// Whether this run created the deployment.
    fn is_own(&self) -> bool;
}

impl Execution<'_> {
    /// Until all production traffic is on the target and `prove` finds that its tasks run it.
    ///
    /// # Errors
    /// How the run ends otherwise.
    pub(crate) async fn follow_until_traffic(
        &self,
        followed: &impl Followed,
        prove: impl AsyncFn(Option<&TaskSetId>) -> Result<Proof, Failure>,
    ) -> Result<Proof, Ended> {
        let mut told_shift = false;
        // A shift, or an end, that AWS answered and that proved nothing; the last proof says why.
        let mut unproven = 0;
        self.poll_until_found(async || {
            let proof = match followed.see().await? {
                Seen::Silent => return Ok(Look::Silent),
                Seen::Moving => return Ok(Look::NotYet),
                Seen::Shifted { task_set, .. } => {
                    if !std::mem::replace(&mut told_shift, true) {
                        self.tell(Event::TrafficShifted);
                    }
                    let proof = prove(task_set.as_ref()).await;
                    let Some(proof) = self.answered(proof)? else {
                        return Ok(Look::Silent);
                    };
                    proof
                }
                Seen::Over => nobody_has_the_traffic(),
            };
            if proof.proven {
                return Ok(Look::Found(proof));
            }
            // `ListTasks` lags behind the shift for seconds, and old tasks may still be draining.
            unproven += 1;
            if unproven < PROOF_POLLS {
                return Ok(Look::NotYet);
            }
            // The shift was told already: the report has to say what was seen instead of a proof.
            if told_shift {
                self.tell(Event::Proven(proof.clone()));
            }
            Err(self.unproven(followed, &proof, told_shift))
        })
        .await
    }

    /// Until the deployment itself has ended, which is when the old tasks are gone.
    ///
    /// # Errors
    /// How the run ends otherwise.
    pub(crate) async fn follow_until_over(&self, followed: &impl Followed) -> Result<(), Ended> {
        self.poll_until_found(async || {
            Ok(match followed.see().await? {
                Seen::Silent => Look::Silent,
                Seen::Over | Seen::Shifted { over: true, .. } => Look::Found(()),
                Seen::Moving | Seen::Shifted { over: false, .. } => Look::NotYet,
            })
        })
        .await
    }

    fn unproven(&self, followed: &impl Followed, proof: &Proof, shifted: bool) -> Ended {
        let (name, version) = (followed.name(), &self.plan.target.version);
        let why = match proof.notes.as_slice() {
            [] => "the tasks differ".to_owned(),
            notes => notes.join("; "),
        };
        let mut message = format!("{version} could not be verified: {why}");
        if shifted {
            message = format!("{name} is receiving all traffic, but {message}");
        }
        let hint = "check in the console which image each task runs; then run this again, or with another version";
        Ended::failed(Code::ProofFailed, message, hint)
            .with_left(format!("{name} was left in place"))
    }
}

fn nobody_has_the_traffic() -> Proof {
    Proof {
        notes: vec![
            "the deployment has ended, but AWS does not show all traffic on the target".to_owned(),
        ],
        ..Proof::default()
    }
}
