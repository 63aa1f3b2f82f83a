//! The mode `mark-stable`: the tag `stable` on what serves, in ECR and in git, once that is proven.

mod agreed;
mod in_ecr;
mod in_git;

use super::{Run, ending::Finish};
use crate::{
    aws::{Connection, credentials},
    error::{Code, Problem},
    execute::Ended,
    names::ImageTag,
    observe::to_mark::read_to_mark,
    plan::{
        self,
        marking::{Marking, prove_serving},
    },
    report::{data::Outcome, event::Event, marks::MarkState},
    verify::health_check,
    words,
};

impl Run<'_> {
    pub(super) async fn mark_stable(&self, connection: &Connection) -> Finish {
        self.tell(Event::Asked);
        // Boxed, or every mode would have room for it on its stack.
        match Box::pin(self.try_to_mark(connection)).await {
            Ok(outcome) => Finish::well(outcome, self.memory.at_start()),
            Err(ended) => Finish::badly(ended),
        }
    }

    async fn try_to_mark(&self, connection: &Connection) -> Result<Outcome, Ended> {
        let known = credentials(connection).await;
        known.map_err(|problem| Ended::new(Outcome::Refused, problem))?;
        let marking = self.prove_to_mark().await?;
        let stable = self.read_stable_tag(&marking).await?;
        let is_written = self.may_mark(&marking).await?;
        let ecr = self.mark_in_ecr(&marking, &stable, is_written).await?;
        // It may take as long as its limit, and nothing else waits for it.
        let git = self.mark_in_git(&marking, is_written).await;
        Ok(match [Some(ecr), git] {
            states if states.contains(&Some(MarkState::Put)) => Outcome::Marked,
            states if states.contains(&Some(MarkState::Planned)) => Outcome::Planned,
            _ => Outcome::Unchanged,
        })
    }

    /// What serves, proven by the traffic, its tasks and the health check.
    async fn prove_to_mark(&self) -> Result<Marking, Ended> {
        let mut marking = self.prove_serving(true).await?;
        self.tell(Event::Marking {
            target: marking.view.clone(),
            revision: marking.revision.clone(),
        });
        if !self.inputs.dry_run && self.inputs.health_check.is_some() {
            self.check_health_to_mark().await?;
            // The check takes a while: what serves may be something else by now.
            let before = marking;
            marking = self.prove_serving(false).await?;
            if marking.target.digest != before.target.digest {
                return Err(changed(&before, &marking));
            }
        }
        self.tell(Event::Proven(marking.proof.clone()));
        Ok(marking)
    }

    async fn prove_serving(&self, is_first: bool) -> Result<Marking, Ended> {
        let tell = |running: &_| {
            if is_first {
                self.tell_serving(plan::serving::at_start(running));
            }
        };
        let tag = stable();
        let seen = read_to_mark(self.aws, self.inputs, self.clock, &tag, &tell);
        // Boxed, or the futures nest deeper than the compiler likes.
        let seen = Box::pin(seen).await;
        let marking = seen.and_then(|seen| prove_serving(&seen, self.inputs));
        marking.map_err(|problems| Ended::with_problems(Outcome::Refused, problems))
    }

    async fn check_health_to_mark(&self) -> Result<(), Ended> {
        let Some(check) = &self.inputs.health_check else {
            return Ok(());
        };
        let tell = |attempt| self.tell(Event::Health(attempt));
        let probed = health_check::probe(self.aws, self.clock, check, &tell).await;
        probed.map_err(|unhealthy| {
            let problem = Problem {
                hint: "check its logs, then run this again".to_owned(),
                ..unhealthy.problem
            };
            Ended::new(Outcome::Refused, problem)
        })
    }

    /// What was written, or may have been, for whoever cuts the run short.
    pub(super) fn remember_mark(&self, what: String) {
        *self.memory.marked.borrow_mut() = Some(what);
    }
}

/// The tag that this mode puts on an image.
fn stable() -> ImageTag {
    ImageTag::parse("stable").expect("it is a tag")
}

fn changed(before: &Marking, now: &Marking) -> Ended {
    let (old, new) = (&before.target.version, &now.target.version);
    let problem = Problem::new(
        Code::NotProven,
        format!(
            "during the health check, {} was replaced by {}",
            words::short_digest(old),
            words::short_digest(new)
        ),
        "run this again",
    );
    Ended::new(Outcome::Refused, problem)
}
