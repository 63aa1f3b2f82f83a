//! What a service deployment tells on its way: each thing once.

use crate::{
    domain::service_deployment::{RevisionShare, ServiceDeployment},
    plan::ecs::Direction,
    report::event::{Event, Step, StepState},
    words,
};

const STARTING: &str = "SCALE_UP";
const SHIFTING: &str = "PRODUCTION_TRAFFIC_SHIFT";
const ROLLING: &str = "new tasks";
const OLD_TASKS: &str = "old tasks";

/// What was told already.
#[derive(Default)]
pub(crate) struct Progress {
    /// The stage that was told as started.
    stage: Option<&'static str>,
    percent: f64,
    rolling: Option<StepState>,
    /// That old tasks outlive the deployment.
    old_tasks: bool,
}

impl Progress {
    /// Of a deployment that shifts traffic. `running`: `2 of 2 running`.
    pub(super) fn news(
        &mut self,
        deployment: &ServiceDeployment,
        direction: Direction,
        running: String,
        version: &str,
    ) -> Vec<Event> {
        let mut news = Vec::new();
        let share = match direction {
            Direction::Forward => {
                news.extend(self.stage_news(deployment, running, version));
                deployment.target.as_ref()
            }
            Direction::Back => share_of_way_back(deployment),
        };
        if let Some(percent) = share.and_then(|share| share.weight)
            && percent != self.percent
        {
            self.percent = percent;
            news.push(Event::Traffic { percent });
        }
        news
    }

    fn stage_news(
        &mut self,
        deployment: &ServiceDeployment,
        running: String,
        version: &str,
    ) -> Vec<Event> {
        let stage = stage_to_tell(deployment);
        if stage == self.stage {
            return Vec::new();
        }
        let mut news = Vec::new();
        // ECS has no event for the end of a stage: it ends when the next one is there.
        if let Some(ended) = self.stage {
            let detail = match ended {
                STARTING => running,
                _ => format!("traffic goes to {version}"),
            };
            news.push(step(ended, StepState::Done, detail));
        }
        news.extend(stage.map(stage_starts));
        self.stage = stage;
        news
    }

    /// Of a rolling deployment. Tasks that run may still crash; once the old ones are gone, they have not.
    pub(super) fn rolling_news(&mut self, rolled: bool, running: String) -> Vec<Event> {
        let (state, detail) = if rolled {
            (StepState::Done, running)
        } else {
            let detail = "are starting; one old task stops for each that becomes healthy";
            (StepState::Started, detail.to_owned())
        };
        // A task that crashes later does not undo what was told.
        if self.rolling == Some(StepState::Done) || self.rolling == Some(state) {
            return Vec::new();
        }
        self.rolling = Some(state);
        vec![step(ROLLING, state, detail)]
    }

    /// ECS calls the deployment successful before the old tasks are gone.
    pub(super) fn old_tasks(&mut self, left: u32) -> Option<Event> {
        if std::mem::replace(&mut self.old_tasks, true) {
            return None;
        }
        let tasks = words::count(left, "old task");
        let detail = format!(
            "{tasks} still running, though ECS calls the deployment successful; waiting until ECS stops them"
        );
        Some(step(OLD_TASKS, StepState::Started, detail))
    }
}

fn stage_to_tell(deployment: &ServiceDeployment) -> Option<&'static str> {
    match deployment.stage.as_deref() {
        Some(STARTING) => Some(STARTING),
        Some(SHIFTING) => Some(SHIFTING),
        _ => None,
    }
}

fn stage_starts(stage: &str) -> Event {
    let detail = match stage {
        STARTING => "new tasks are starting",
        _ => "traffic is shifting",
    };
    step(stage, StepState::Started, detail.to_owned())
}

fn step(name: &str, state: StepState, detail: String) -> Event {
    Event::Step(Step {
        name: name.to_owned(),
        state,
        detail,
        took: None,
    })
}

/// What the service revision has that ECS rolls back to.
pub(super) fn share_of_way_back(deployment: &ServiceDeployment) -> Option<&RevisionShare> {
    let way_back = deployment.rollback.as_ref()?.revision.as_ref()?;
    let mut sources = deployment.sources.iter();
    sources.find(|source| source.arn == *way_back)
}
