//! Rounds: a plan is carried out, and where AWS's state changed under it, everything is observed and planned again.

use std::{rc::Rc, time::Duration};

use super::{
    Run,
    ending::{Carried, Finish},
    leg::Leg,
};
use crate::{
    aws::{Connection, credentials},
    boxed::boxed,
    error::Problems,
    execute::Ended,
    inputs::{Inputs, VersionSpec},
    observe::{News, PinnedTarget, Snapshot, Wanted, observe},
    plan::{self, Plan, PlannedDeployment, PlannedRevision, codedeploy, ecs},
    report::{
        data::{Outcome, Path, PlanView, Serving},
        event::Event,
    },
};

/// The first plan, and three more where the state changes under the run.
const ROUNDS: u32 = 4;
/// Between two observations while AWS does not answer.
const RETRY: Duration = Duration::from_secs(10);

impl Run<'_> {
    /// The mode `rollback`.
    pub(super) async fn roll_back(&self, connection: &Connection) -> Finish {
        self.tell(Event::Asked);
        // Once, before anything else: ten reads that fail for the same reason would be ten problems.
        if let Err(problem) = credentials(connection).await {
            return Finish::badly(Ended::new(Outcome::Refused, problem));
        }
        match self.carry_out_rounds(&self.memory.out).await {
            Carried::Over(finish) => *finish,
            Carried::Unhealthy(unhealthy) => self.settle_unhealthy(unhealthy).await,
        }
    }

    pub(super) async fn carry_out_rounds(&self, leg: &Leg<'_>) -> Carried {
        let mut round = 1;
        loop {
            let plan = match self.plan_round(leg, round).await {
                Ok(plan) => plan,
                Err(problems) => return Carried::over(Finish::badly(self.refused(problems))),
            };
            match self.carry_out(leg, &plan, round).await {
                Ok(carried) => return carried,
                Err(ended) if ended.observe_again && round < ROUNDS => {
                    leg.journal.unfollow();
                    for problem in &ended.problems {
                        self.warn(format!("{}; observing again", problem.message));
                    }
                }
                Err(ended) => return Carried::over(Finish::badly(ended)),
            }
            round += 1;
        }
    }

    /// The plan of a round. Once something was written, AWS is asked until the timeout where that may help.
    async fn plan_round(&self, leg: &Leg<'_>, round: u32) -> Result<Rc<Plan>, Problems> {
        let mut warned = false;
        loop {
            // Boxed, or the futures nest deeper than the compiler likes.
            let problems = match boxed(|| self.observe_and_plan(leg, round)).await {
                Ok(plan) => return Ok(plan),
                Err(problems) => problems,
            };
            // A run that has written something must not end while AWS is only slow: it could leave a service half way.
            let passing = problems.iter().all(|problem| problem.passing);
            if !passing || !self.memory.has_written() {
                return Err(problems);
            }
            if let Some(problem) = problems.first()
                && !warned
            {
                warned = true;
                self.warn(format!("{}; retrying until the timeout", problem.message));
            }
            self.clock.sleep(RETRY).await;
        }
    }

    /// Reads and checks; nothing is written.
    pub(super) async fn observe_and_plan(
        &self,
        leg: &Leg<'_>,
        round: u32,
    ) -> Result<Rc<Plan>, Problems> {
        let earlier = leg.plan();
        let is_first = round == 1 && leg.back.is_none();
        let snapshot = self.observe(leg, earlier.as_deref(), is_first).await?;
        let mut plan = plan::make(&snapshot, &leg.inputs, &leg.caller)?;
        if let Some(earlier) = &earlier {
            // What was decided stays decided: also how people call it.
            plan.target_view = earlier.target_view.clone();
        }
        let plan = Rc::new(plan);
        self.tell_plan(leg, &plan, earlier.as_deref());
        if is_first {
            self.warn_all(plan.warnings.clone());
        }
        *leg.plan.borrow_mut() = Some(Rc::clone(&plan));
        self.memory.planned.notify_one();
        Ok(plan)
    }

    async fn observe(
        &self,
        leg: &Leg<'_>,
        earlier: Option<&Plan>,
        is_first: bool,
    ) -> Result<Snapshot, Problems> {
        let tell = |news: News<'_>| {
            if is_first {
                self.take_in(&news);
            }
        };
        let wanted = match (&leg.back, earlier) {
            (Some(back), _) => Wanted::Pinned(back.target.clone()),
            (None, Some(earlier)) => Wanted::Pinned(pin_target(self.inputs, earlier)),
            (None, None) => Wanted::Asked,
        };
        observe(self.aws, &leg.inputs, &wanted, self.clock, &tell).await
    }

    pub(super) fn tell_serving(&self, serving: Serving) {
        *self.memory.at_start.borrow_mut() = Some(serving.clone());
        self.tell(Event::Observed(serving));
    }

    fn tell_plan(&self, leg: &Leg<'_>, plan: &Plan, earlier: Option<&Plan>) {
        let changed = leg.journal.has_written();
        // Where an earlier round made the target serve, that is how it was done, not "nothing".
        if plan.path() != Path::Nothing || !changed {
            self.tell(Event::Targeted(plan.target_view.clone()));
            self.tell(Event::Planned(plan.view.clone()));
            return;
        }
        let version = &plan.target.version;
        let journal = &leg.journal;
        // Where it was not on record what a stop rolls back to, that may have been the target.
        let (path, why) = if earlier.is_some_and(stops_something) {
            (
                Path::Reroute,
                format!("the stop has shifted traffic back to {version}"),
            )
        } else if journal.created().is_none() && journal.updated().is_none() {
            (
                Path::Adopt,
                format!("another deployment has already deployed {version}"),
            )
        } else {
            return;
        };
        self.tell(Event::Planned(PlanView {
            path,
            why,
            ..plan.view.clone()
        }));
    }

    /// Problems found by reading: a refusal, unless an earlier round has written something.
    fn refused(&self, problems: Problems) -> Ended {
        let outcome = Outcome::cut_short(self.memory.has_written());
        Ended::with_problems(outcome, problems)
    }

    pub(super) fn warn_all(&self, texts: Vec<String>) {
        for text in texts {
            self.warn(text);
        }
    }

    pub(super) fn warn(&self, text: String) {
        self.tell(Event::Warned(text));
    }

    /// What is the same for all services is told by the first run that comes to it.
    pub(super) fn warn_once(&self, text: String) {
        let is_new = self
            .membership
            .common
            .warned
            .borrow_mut()
            .insert(text.clone());
        if is_new {
            self.warn(text);
        }
    }
}

fn stops_something(plan: &Plan) -> bool {
    match &plan.deployment {
        PlannedDeployment::CodeDeploy(planned) => {
            matches!(
                &planned.action,
                codedeploy::Action::Create(codedeploy::Clearing::Stop(_))
            )
        }
        PlannedDeployment::Ecs(planned) => {
            matches!(
                planned.action,
                ecs::Action::Update(ecs::Clearing::Stop { .. })
            )
        }
    }
}

/// A later round observes a new state, but the target stays what it was.
fn pin_target(inputs: &Inputs, first: &Plan) -> PinnedTarget {
    let mut pinned = PinnedTarget {
        version: first.target.version.clone(),
        digest: first.target.digest.clone(),
        repository: None,
        revision: None,
    };
    if !matches!(inputs.version, VersionSpec::Previous { .. }) {
        return pinned;
    }
    // A revision that names a moving tag, or is INACTIVE, can't be asked for by itself: the digest has to do.
    if let PlannedRevision::Reuse(arn) = &first.revision
        && first.serves.as_ref() == Some(arn)
    {
        pinned.revision = Some(arn.clone());
    }
    // What ran before may have come from another repository than what runs.
    pinned.repository = Some(first.target.repository.clone());
    pinned
}
