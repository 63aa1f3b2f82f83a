//! One run from its inputs to its exit code: the pipeline, and what ends it from outside.

mod codedeploy;
mod ecs;
mod ending;

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use crate::aws::{Aws, Connection, credentials};
use crate::clock::Clock;
use crate::domain::console_links;
use crate::error::{Code, Problems};
use crate::execute::{Ended, register};
use crate::inputs::{Inputs, VersionSpec};
use crate::names::{DeploymentId, ImageReference, TaskDefinitionArn};
use crate::observe::{PinnedTarget, Wanted, observe};
use crate::plan::path::Takeover;
use crate::plan::{self, Plan, PlannedDeployment, PlannedRevision, Run};
use crate::report::Reporter;
use crate::report::data::{Deployment, Outcome, Path, PlanView, Proof, Serving};
use crate::report::event::{Event, Write};
use crate::verify::{health_check, standing};
use ending::Finish;

/// The first plan, and how often the state may change under the run before it gives up.
const ROUNDS: u32 = 4;
/// Between two looks at everything, while AWS doesn't answer.
const ASKING_ON: Duration = Duration::from_secs(10);

/// Everything that one run needs.
pub struct Rollback<'a> {
    pub inputs: &'a Inputs,
    pub run: Run,
    pub clock: Clock,
    pub reporter: RefCell<Reporter>,
    /// Set once everything was read and checked.
    pub plan: RefCell<Option<Rc<Plan>>>,
    /// What was registered, so that a later round does not register it again.
    pub registered: RefCell<Option<(Value, TaskDefinitionArn)>>,
}

impl Rollback<'_> {
    /// Runs to the end; `interrupt` resolves when the run is cancelled.
    pub async fn to_end(
        &self,
        connection: &Connection,
        interrupt: impl Future<Output = ()>,
    ) -> Outcome {
        let aws = Aws::new(connection);
        let mut interrupt = pin!(interrupt);
        let mut interrupted = false;
        let finish = tokio::select! {
            biased;
            finish = self.pipeline(&aws, connection) => finish,
            () = self.clock.sleep_until(self.inputs.timeout) => self.interrupted(&aws, Code::TimedOut).await,
            () = &mut interrupt => {
                interrupted = true;
                self.interrupted(&aws, Code::Cancelled).await
            }
        };
        // The last look takes a while where AWS is silent; a signal must not wait for that.
        let serving = tokio::select! {
            serving = self.last_look(&aws, &finish) => serving,
            () = &mut interrupt, if !interrupted => None,
        };
        let ending = self.ending(finish, serving);
        let outcome = ending.outcome;
        self.tell(Event::Ended(ending));
        outcome
    }

    pub fn tell(&self, event: Event) {
        self.reporter
            .borrow_mut()
            .tell(event, self.clock.elapsed(), self.clock.now());
    }

    async fn pipeline(&self, aws: &Aws, connection: &Connection) -> Finish {
        self.tell(Event::Asked);
        if let Err(problem) = credentials(connection).await {
            return Finish::badly(Ended::new(Outcome::Refused, problem));
        }
        for round in 1.. {
            let plan = match self.replanned(aws, round).await {
                Ok(plan) => plan,
                Err(problems) => return Finish::badly(self.refused(problems)),
            };
            match self.carried_out(aws, &plan).await {
                Ok(finish) => return finish,
                Err(ended) if ended.again && round < ROUNDS => self.look_again(&ended),
                Err(ended) => return Finish::badly(ended),
            }
        }
        unreachable!("the last round ends the run")
    }

    /// The plan. Once something was written, AWS is asked on until the timeout where that may help.
    async fn replanned(&self, aws: &Aws, round: u32) -> Result<Rc<Plan>, Problems> {
        let mut warned = false;
        loop {
            match Box::pin(self.planned(aws, round)).await {
                Err(problems) if self.wrote() && problems.iter().all(|problem| problem.passing) => {
                    if !std::mem::replace(&mut warned, true) {
                        let what = problems.first().map(|problem| problem.message.clone());
                        let what = what.unwrap_or_default();
                        self.tell(Event::Warned(format!(
                            "{what}; asking on until the timeout"
                        )));
                    }
                    self.clock.sleep(ASKING_ON).await;
                }
                planned => return planned,
            }
        }
    }

    /// Reads and checks; nothing is written.
    async fn planned(&self, aws: &Aws, round: u32) -> Result<Rc<Plan>, Problems> {
        let tell_now = |now: &_| {
            if round == 1 {
                self.tell(Event::Observed(plan::serving(now)));
            }
        };
        let first = self.plan.borrow().clone();
        let wanted = match &first {
            Some(first) => Wanted::Pinned(pin_target(self.inputs, first)),
            None => Wanted::Asked,
        };
        let snapshot = observe(aws, self.inputs, &wanted, self.clock, &tell_now).await?;
        let mut plan = plan::plan(&snapshot, self.inputs, &self.run)?;
        let taken_over = first.as_deref().map(|first| first.takeover.clone());
        if let Some(first) = first {
            plan.target_view = first.target_view.clone();
        }
        let plan = Rc::new(plan);
        // What an earlier round did has brought the target back: that is how it was done, not "nothing".
        if plan.path != Path::Nothing || !self.wrote() {
            self.tell(Event::Targeted(plan.target_view.clone()));
            self.tell(Event::Planned(plan.view.clone()));
        }
        // Where nobody knew what a stop leads to, it may have been the target.
        if let (Path::Nothing, Some(Takeover::Stop { .. })) = (plan.path, &taken_over)
            && self.wrote()
        {
            let why = format!(
                "the stop has sent the traffic back to {}",
                plan.target.version
            );
            self.tell(Event::Planned(PlanView {
                path: Path::Reroute,
                why,
                ..plan.view.clone()
            }));
        }
        for warning in plan.warnings.iter().filter(|_| round == 1) {
            self.tell(Event::Warned(warning.clone()));
        }
        *self.plan.borrow_mut() = Some(Rc::clone(&plan));
        Ok(plan)
    }

    /// Problems found by reading: a refusal, unless an earlier round has written something.
    fn refused(&self, problems: Problems) -> Ended {
        let outcome = Outcome::cut_short(self.wrote());
        Ended {
            outcome,
            problems,
            left: Vec::new(),
            details: Vec::new(),
            again: false,
            rejected: false,
        }
    }

    fn look_again(&self, ended: &Ended) {
        for problem in &ended.problems {
            self.tell(Event::Warned(format!("{}; looking again", problem.message)));
        }
    }

    /// Whether anything was written to AWS, or may have been.
    fn wrote(&self) -> bool {
        self.reporter.borrow().report().wrote()
    }

    async fn carried_out(&self, aws: &Aws, plan: &Plan) -> Result<Finish, Ended> {
        if plan.path == Path::Nothing {
            return self.unchanged(aws, plan).await;
        }
        if self.inputs.dry_run {
            return Ok(Finish::Well {
                outcome: Outcome::Planned,
                serving: self.before(),
                warm: None,
            });
        }
        match &plan.deployment {
            // Boxed, or the futures nest deeper than the compiler likes.
            PlannedDeployment::CodeDeploy(planned) => {
                Box::pin(self.by_codedeploy(aws, plan, planned)).await
            }
            PlannedDeployment::Ecs(update) => Box::pin(self.by_ecs(aws, plan, update)).await,
        }
    }

    /// The target serves already: only the health check is left to ask.
    async fn unchanged(&self, aws: &Aws, plan: &Plan) -> Result<Finish, Ended> {
        // A later round may find that somebody else has brought the target in the meantime.
        let before = self
            .before()
            .filter(|before| before.task_definition_arn.as_deref() == Some(plan.now.as_str()));
        if self.inputs.dry_run || !self.wrote() {
            if !self.inputs.dry_run {
                self.health(aws).await?;
            }
            return Ok(Finish::Well {
                outcome: Outcome::Unchanged,
                serving: before,
                warm: None,
            });
        }
        let proof = plan.proof.clone();
        let serving = standing::proven(plan, &proof, &plan.now, self.clock.now());
        self.tell(Event::TrafficShifted);
        self.tell(Event::Proven(proof));
        self.health(aws).await?;
        Ok(Finish::Well {
            outcome: Outcome::RolledBack,
            serving: Some(serving),
            warm: None,
        })
    }

    async fn revision(&self, aws: &Aws, plan: &Plan) -> Result<TaskDefinitionArn, Ended> {
        match &plan.revision {
            PlannedRevision::Reuse(arn) => Ok(arn.clone()),
            PlannedRevision::Register { family, request } => {
                let marker = &plan.marker;
                if let Some((_, arn)) = self
                    .registered
                    .borrow()
                    .as_ref()
                    .filter(|(sent, _)| sent == request)
                {
                    return Ok(arn.clone());
                }
                let changed = self.wrote();
                self.tell(Event::Registering {
                    family: family.clone(),
                });
                let registered =
                    register::register(aws, self.clock, family, request, marker, changed).await;
                let arn = registered.inspect_err(|ended| {
                    if ended.rejected {
                        self.tell(Event::Rejected(Write::Register));
                    }
                })?;
                self.tell(Event::Registered {
                    task_definition_arn: arn.to_string(),
                });
                *self.registered.borrow_mut() = Some((request.clone(), arn.clone()));
                Ok(arn)
            }
        }
    }

    async fn health(&self, aws: &Aws) -> Result<(), Ended> {
        let Some(check) = &self.inputs.health_check else {
            return Ok(());
        };
        let tell = |attempt| self.tell(Event::Health(attempt));
        let checked = health_check::check(aws, self.clock, check, &tell).await;
        checked.map_err(|problem| Ended::new(Outcome::Failed, problem))
    }

    /// `wait-for: nothing`: what serves is known as long as nobody's deployment was touched.
    fn not_watched(&self) -> Finish {
        let moved = !self.reporter.borrow().report().interfered.is_empty();
        let serving = self.before().filter(|_| !moved);
        Finish::Well {
            outcome: Outcome::Started,
            serving,
            warm: None,
        }
    }

    /// The target has all the traffic and is proven to run: whether it is healthy.
    async fn serves(
        &self,
        aws: &Aws,
        plan: &Plan,
        proof: Proof,
        revision: &TaskDefinitionArn,
    ) -> Result<Serving, Ended> {
        let serving = standing::proven(plan, &proof, revision, self.clock.now());
        self.tell(Event::Proven(proof));
        self.health(aws)
            .await
            .map_err(|ended| self.with_way_back(ended))?;
        Ok(serving)
    }

    /// The target serves and is not healthy: how to go back to what served before.
    fn with_way_back(&self, mut ended: Ended) -> Ended {
        let before = self.before().and_then(|before| before.undo_version);
        ended.left.extend(
            before.map(|version| format!("to go back, run this again with version {version}")),
        );
        ended
    }

    /// A deployment as the report names it.
    fn named(&self, plan: &Plan, id: &DeploymentId) -> Deployment {
        let region = &self.inputs.region;
        match &plan.deployment {
            PlannedDeployment::CodeDeploy(planned) => Deployment {
                id: id.to_string(),
                application: planned.application.to_string(),
                group: planned.group.to_string(),
                url: console_links::deployment(region, id),
            },
            PlannedDeployment::Ecs(_) => Deployment {
                id: id.to_string(),
                application: String::new(),
                group: String::new(),
                url: console_links::service_deployment(region, &plan.cluster, &plan.service, id),
            },
        }
    }

    /// Whether most of the traffic was on the target as the run began.
    fn served_before(&self, plan: &Plan) -> bool {
        let digest = self.before().and_then(|before| before.digest);
        plan.target
            .digests
            .iter()
            .any(|target| digest.as_deref() == Some(target.as_str()))
    }

    fn before(&self) -> Option<Serving> {
        self.reporter.borrow().report().before.clone()
    }
}

/// A later round looks at a new state of things, but the target stays what it was at the first look.
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
    if let PlannedRevision::Reuse(arn) = &first.revision
        && first.serves.as_ref() == Some(arn)
    {
        pinned.revision = Some(arn.clone());
    }
    if let ImageReference::Ecr { repository, .. } = ImageReference::parse(&first.target.image) {
        pinned.repository = Some(repository);
    }
    pinned
}
