//! What is told of a service deployment on its way: each thing once.

use std::collections::BTreeSet;

use super::follow::{Direction, Follow, Look};
use crate::domain::service_deployment::{RevisionShare, ServiceDeployment};
use crate::report::event::{Event, StepState};

const STARTING: &str = "SCALE_UP";
const SHIFTING: &str = "PRODUCTION_TRAFFIC_SHIFT";
const ROLLING: &str = "new tasks";

/// What was told already.
#[derive(Default)]
pub struct Told {
    /// The stage that was told as begun.
    stage: Option<&'static str>,
    percent: f64,
    rolling: Option<StepState>,
    pub shifted: bool,
    pub trouble: bool,
    /// Hooks that were continued.
    pub continued: BTreeSet<String>,
}

impl Follow<'_> {
    pub(super) fn tell_progress(&self, look: &Look) {
        if look.service.strategy.is_rolling() {
            return self.tell_rolling(look);
        }
        let Some(deployment) = &look.deployment else {
            return;
        };
        if self.direction == Direction::Forward {
            self.tell_stage(deployment, look);
        }
        self.tell_weight(deployment);
    }

    fn tell_stage(&self, deployment: &ServiceDeployment, look: &Look) {
        let stage = match deployment.stage.as_deref() {
            Some(STARTING) => Some(STARTING),
            Some(SHIFTING) => Some(SHIFTING),
            _ => None,
        };
        let before = std::mem::replace(&mut self.told.borrow_mut().stage, stage);
        if before == stage {
            return;
        }
        let version = &self.doing.plan.target.version;
        match before {
            Some(STARTING) => self
                .doing
                .step(STARTING, StepState::Done, self.running(look)),
            Some(SHIFTING) => self.doing.step(
                SHIFTING,
                StepState::Done,
                format!("traffic goes to {version}"),
            ),
            _ => {}
        }
        match stage {
            Some(STARTING) => {
                self.doing
                    .step(STARTING, StepState::Started, "new tasks are starting")
            }
            Some(SHIFTING) => {
                self.doing
                    .step(SHIFTING, StepState::Started, "traffic is going over")
            }
            _ => {}
        }
    }

    fn tell_weight(&self, deployment: &ServiceDeployment) {
        let share = match self.direction {
            Direction::Forward => deployment.target.as_ref(),
            Direction::Back => {
                let back = deployment
                    .rollback
                    .as_ref()
                    .and_then(|it| it.revision.as_ref());
                deployment
                    .sources
                    .iter()
                    .find(|source| Some(&source.arn) == back)
            }
        };
        let Some(percent) = share.and_then(|share: &RevisionShare| share.weight) else {
            return;
        };
        if std::mem::replace(&mut self.told.borrow_mut().percent, percent) != percent {
            (self.doing.tell)(Event::Traffic { percent });
        }
    }

    /// Tasks that run may still crash: they have done it when the old ones are gone.
    fn tell_rolling(&self, look: &Look) {
        let state = if self.rolled(&look.service) {
            StepState::Done
        } else {
            StepState::Started
        };
        let before = self.told.borrow().rolling;
        if before == Some(StepState::Done) || before == Some(state) {
            return;
        }
        self.told.borrow_mut().rolling = Some(state);
        match state {
            StepState::Done => self.doing.step(ROLLING, state, self.running(look)),
            _ => self.doing.step(
                ROLLING,
                state,
                "are starting; an old one goes for each that becomes healthy",
            ),
        }
    }

    /// `2 of 2 running`.
    fn running(&self, look: &Look) -> String {
        let wanted = look.service.wanted();
        let running = self
            .rollout_in(&look.service)
            .map_or(0, |rollout| rollout.running);
        format!("{running} of {} running", wanted.max(running))
    }
}
