//! What ECS itself does: a service deployment is taken over, begun by `UpdateService`, and followed.

mod ended;
pub mod follow;
mod progress;
pub mod take_over;
pub mod update;

use super::{Ended, pause};
use crate::aws::{Aws, Failure};
use crate::clock::Clock;
use crate::domain::commands;
use crate::error::{Code, Problem};
use crate::names::DeploymentId;
use crate::plan::Plan;
use crate::plan::ecs::{Direction, Update};
use crate::report::data::Outcome;
use crate::report::event::{Event, Step, StepState};

/// What every part of it needs.
pub struct Doing<'a> {
    pub aws: &'a Aws,
    pub clock: Clock,
    pub plan: &'a Plan,
    pub update: &'a Update,
    /// Whether this run has written something.
    pub wrote: &'a dyn Fn() -> bool,
    pub tell: &'a dyn Fn(Event),
}

impl Doing<'_> {
    async fn pause(&self) {
        pause(
            self.clock,
            &self.plan.marker,
            self.clock.elapsed().as_secs(),
        )
        .await;
    }

    fn step(&self, name: impl Into<String>, state: StepState, detail: impl Into<String>) {
        let (name, detail) = (name.into(), detail.into());
        (self.tell)(Event::Step(Step {
            name,
            state,
            detail,
            took: None,
        }));
    }

    fn warn(&self, text: String) {
        (self.tell)(Event::Warned(text));
    }

    /// Nothing that was written stays unmentioned.
    fn outcome(&self) -> Outcome {
        Outcome::cut_short((self.wrote)())
    }

    /// The state has changed under the run; where that never ends, the run does.
    fn again(&self, what: String) -> Ended {
        let hint = "run this again, once the service is at rest";
        let mut ended = Ended::new(
            self.outcome(),
            Problem::new(Code::DeploymentActive, what, hint),
        );
        ended.again = true;
        ended
    }

    /// Somebody has deleted the service.
    fn gone(&self) -> Ended {
        let what = format!(
            "the service {}/{} is not there any more",
            self.plan.cluster, self.plan.service
        );
        let hint = "somebody may have deleted it; look at the cluster in the console";
        Ended::new(
            self.outcome(),
            Problem::new(Code::ServiceNotFound, what, hint),
        )
    }

    /// A read that can't get better ends the run; AWS goes on with what it is doing.
    fn given_up(&self, failure: &Failure, deployment: Option<&DeploymentId>) -> Ended {
        let mut ended = Ended::new(self.outcome(), failure.problem());
        let Plan {
            cluster,
            service,
            region,
            ..
        } = self.plan;
        match deployment.filter(|id| id.is_service_deployment()) {
            Some(id) => {
                ended.left.push(commands::still_working(id, region));
                // A stop of AWS's own rollback would leave the target.
                if self.update.direction == Direction::Forward {
                    ended.left.push(commands::what_stops(id, region));
                }
            }
            None if (self.wrote)() => ended.left.push(format!(
                "AWS goes on with what was begun; watch it with `aws ecs list-service-deployments --cluster {cluster} --service {service} --region {region}`"
            )),
            None => {}
        }
        ended
    }
}
