//! Where GitHub's answer decides, it is asked as soon as the two versions are known, while AWS is still read.

use futures_util::future::join;

use super::{
    Run,
    seen::{Running, Versions},
};
use crate::{changes::Search, observe::News, plan::serving};

impl Run<'_> {
    /// Takes in what the first round sees.
    pub(super) fn take_in(&self, news: &News<'_>) {
        let seen = &self.memory.seen;
        match news {
            News::Serving(running) => {
                *self.memory.start.borrow_mut() = serving::pin(running);
                self.tell_serving(serving::at_start(running));
                let running = Running {
                    image: serving::main_image(running),
                    repository: running.repository.clone(),
                };
                // A second time would say the same.
                let _ = seen.running.set(running);
            }
            News::Target(running, target) => {
                let versions = serving::two_versions(running, target);
                let versions = versions.map(|(target, taken_off)| Versions { target, taken_off });
                let _ = seen.versions.set(versions);
            }
        }
    }

    /// Asks ahead. Nothing of it is told: the answers are there for whoever asks once the plan is made.
    pub(super) async fn look_early(&self) {
        let safety = &self.inputs.safety;
        if !safety.decides() || safety.overrides {
            return;
        }
        if let Some(search) = self.search() {
            join(self.look_at_running(search), self.look_at_versions(search)).await;
        }
    }

    async fn look_at_running(&self, search: Search<'_>) {
        let running = self.memory.seen.running.wait().await;
        let origin = async {
            if let Some(image) = &running.image {
                search.look_up(image).await;
            }
        };
        let floor = async {
            if let Some(floor) = &self.inputs.safety.floor {
                search.look_up_floor(floor, &running.repository).await;
            }
        };
        join(origin, floor).await;
    }

    async fn look_at_versions(&self, search: Search<'_>) {
        let Some(versions) = self.memory.seen.versions.wait().await else {
            return;
        };
        let (target, taken_off) = (versions.target.clone(), versions.taken_off.clone());
        let question = self.question_of(search, target, taken_off);
        let floor = async {
            if let Some(floor) = &self.inputs.safety.floor {
                let _ = question.check_floor(floor).await;
            }
        };
        join(question.read(), floor).await;
    }
}
