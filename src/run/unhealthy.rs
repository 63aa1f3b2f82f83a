//! The target serves, and its health check fails: the run stays there, or returns once to what served at the start.

use std::borrow::Cow;

use super::{
    Run,
    ending::{Carried, Finish},
    leg::{Back, Leg},
};
use crate::{
    boxed::boxed,
    domain::deployment_note::RETURN,
    error::{Code, Problem},
    execute::Ended,
    inputs::{ActiveDeployment, Inputs, OnUnhealthy, TaskDefinitionInput, VersionSpec, WaitFor},
    observe::PinnedTarget,
    outside::OutsideText,
    plan::{Caller, Plan},
    report::{
        data::{Outcome, Path},
        event::Event,
    },
    verify::Unhealthy,
    words,
};

impl<'a> Run<'a> {
    pub(super) async fn settle_unhealthy(&self, unhealthy: Unhealthy) -> Finish {
        let Some(plan) = self.memory.plan() else {
            return self.stay(unhealthy.problem);
        };
        if self.inputs.on_unhealthy == OnUnhealthy::Stay {
            return self.stay(unhealthy.problem);
        }
        match self.find_return(&plan, &unhealthy) {
            Ok(target) => self.go_back(&plan, unhealthy.problem, target).await,
            Err(why) => {
                self.warn(format!("not returning: {why}"));
                self.stay(unhealthy.problem)
            }
        }
    }

    fn stay(&self, problem: Problem) -> Finish {
        let ended = Ended::new(Outcome::Failed, problem);
        Finish::badly(self.with_way_back(ended))
    }

    /// What served at the start.
    ///
    /// # Errors
    /// Why there is no return to it.
    fn find_return(&self, plan: &Plan, unhealthy: &Unhealthy) -> Result<PinnedTarget, String> {
        let version = words::short_digest(&plan.target.version);
        // An address that the runner can't reach says nothing about the application.
        if !unhealthy.answered {
            return Err(format!(
                "no attempt of the health check was answered, which proves nothing about {version}"
            ));
        }
        let Some(start) = self.memory.start.borrow().clone() else {
            return Err("the image that served at the start is not known".to_owned());
        };
        let is_same_image = plan.target.digests.contains(&start.digest);
        let is_other_revision = start.revision.is_some() && start.revision != plan.serves;
        if is_same_image && !is_other_revision {
            return Err(format!(
                "{version} is what had most of the traffic at the start"
            ));
        }
        Ok(start)
    }

    /// Once: there is one place for the way back, and no health check at its end.
    async fn go_back(&self, plan: &Plan, because: Problem, target: PinnedTarget) -> Finish {
        let unhealthy = words::short_digest(&plan.target.version);
        let problem = Problem {
            hint: format!("check the logs of {unhealthy}, or roll back to another version"),
            ..because
        };
        self.tell_return(&unhealthy, &target);
        let inputs = self.inputs_of_return(&target, &unhealthy);
        let back = Back {
            target,
            because: problem.clone(),
        };
        let leg = Leg::new(Cow::Owned(inputs), self.caller_of_return(), Some(back));
        let leg = self.memory.back.get_or_init(|| leg);
        // Boxed, or the futures nest deeper than the compiler likes.
        let Carried::Over(finish) = boxed(|| self.carry_out_rounds(leg)).await else {
            // Nothing is checked there.
            return Finish::failed_at(problem, None);
        };
        match *finish {
            Finish::Well { serving, .. } => Finish::failed_at(problem, serving),
            Finish::Badly { ended, look, .. } => {
                let mut ended = self.with_way_back(ended);
                ended.outcome = Outcome::Failed;
                ended.problems.insert(0, problem);
                Finish::Badly {
                    ended,
                    serving: None,
                    look,
                }
            }
        }
    }

    /// The deployment in progress is this run's own, as a rule; what to do about another one, the input
    /// `active-deployment` says.
    ///
    /// # Errors
    /// `deployment-active`
    pub(super) fn check_whose(&self, plan: &Plan) -> Result<(), Ended> {
        self.check_unhealthy_serves(plan)?;
        let takes_over = self.inputs.active_deployment == ActiveDeployment::TakeOver;
        let active = plan.deployment.active_deployment();
        let Some(active) = active.filter(|_| !takes_over && plan.path() != Path::Adopt) else {
            return Ok(());
        };
        if self.memory.out.journal.deployment().as_ref() == Some(active) {
            return Ok(());
        }
        let problem = Problem::new(
            Code::DeploymentActive,
            format!("deployment {} was started in the meantime", active.short()),
            "run this again once it has ended, or with `active-deployment: take-over`",
        );
        Err(Ended::new(Outcome::Failed, problem))
    }

    /// Somebody may have deployed a fix while the health check went on: that must not be taken off.
    fn check_unhealthy_serves(&self, plan: &Plan) -> Result<(), Ended> {
        let out = &self.memory.out;
        let has_begun = self.memory.back.get().is_some_and(Leg::has_begun);
        let deployed = out.plan().and_then(|plan| plan.serves.clone());
        let deployed = deployed.or_else(|| out.journal.revisions().pop());
        if has_begun || deployed.is_none_or(|deployed| deployed == plan.serving_revision) {
            return Ok(());
        }
        let problem = Problem::new(
            Code::DeploymentActive,
            format!(
                "{} serves now, which this run did not deploy; not returning",
                plan.serving_revision.short()
            ),
            "check what was deployed in the meantime",
        );
        Err(Ended::new(Outcome::Failed, problem))
    }

    fn tell_return(&self, unhealthy: &str, target: &PinnedTarget) {
        let version = words::short_digest(&target.version);
        let mut text = format!("{unhealthy} is unhealthy; returning to {version}");
        let share = self.memory.at_start().and_then(|start| start.share);
        if let Some(percent) = share {
            let percent = words::percent(percent);
            text += &format!(", which had most of the traffic at the start ({percent})");
        }
        self.warn(text);
        self.tell(Event::Returning {
            version: target.version.clone(),
        });
    }

    /// The target is pinned, the service's own deployment is in the way, and nothing is checked at the end.
    fn inputs_of_return(&self, target: &PinnedTarget, unhealthy: &str) -> Inputs {
        Inputs {
            version: VersionSpec::Digest(target.digest.clone()),
            task_definition: TaskDefinitionInput::Auto,
            repository: None,
            active_deployment: ActiveDeployment::TakeOver,
            wait_for: WaitFor::Traffic,
            health_check: None,
            reason: Some(OutsideText::new(format!("{unhealthy} is unhealthy"))),
            ..self.inputs.clone()
        }
    }

    /// A second deployment of one run has its own marker: each is found by it.
    fn caller_of_return(&self) -> Caller {
        Caller {
            marker: format!("{}{RETURN}", self.caller.marker),
            ..self.caller.clone()
        }
    }

    /// The target serves and is not healthy: how to return to what served before.
    fn with_way_back(&self, ended: Ended) -> Ended {
        if let Some(before) = self.memory.at_start()
            && let Some(version) = before.undo_version
        {
            let text = format!("to go back, run this again with version {version}");
            return ended.with_left(text);
        }
        ended
    }
}
