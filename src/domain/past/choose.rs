//! From the stack to the answer, with the words that explain it.

use std::collections::HashMap;
use std::time::Duration;

use time::OffsetDateTime;

use super::replay::{Replayed, replay};
use super::stack::{SameRevision, State, TakenOff};
use super::{Candidate, Chosen, Meaning, PassedOver, PastDeployment, PastImage, PreviousError};
use crate::names::{ImageDigest, TaskDefinitionArn};
use crate::words;

/// A state that served for less is a doubtful way back.
const SHORT: Duration = Duration::from_secs(3600);

/// Finds `previous` (`steps` 1) or `previous~N` (`steps` N).
///
/// `running` is what truly holds the traffic. `same` says whether two revisions differ only in how they spell the
/// container's image. `versions` names a digest for people, as the output `version` does.
///
/// # Errors
/// [`PreviousError`], where the record has no answer or two.
pub fn previous(
    deployments: &[PastDeployment],
    steps: u32,
    running: Option<(&TaskDefinitionArn, &ImageDigest)>,
    same: &dyn Fn(&TaskDefinitionArn, &TaskDefinitionArn) -> bool,
    versions: &dyn Fn(&ImageDigest) -> String,
    now: OffsetDateTime,
) -> Result<Chosen, PreviousError> {
    let mut ordered: Vec<_> = deployments.iter().collect();
    ordered.sort_by(|a, b| a.created.cmp(&b.created).then_with(|| a.id.cmp(&b.id)));
    let replayed = replay(&ordered, running, same);
    let choice = Choice {
        replayed,
        gone: gone(deployments),
        same,
        versions,
        now,
    };
    choice.choose(usize::try_from(steps.max(1)).unwrap_or(usize::MAX))
}

/// Whichever deployment says that an image is gone, it is gone for all.
fn gone(deployments: &[PastDeployment]) -> HashMap<&ImageDigest, &str> {
    let blues = deployments
        .iter()
        .filter_map(|it| it.blue.as_ref().map(|(_, image)| image));
    let images = deployments.iter().map(|it| &it.image).chain(blues);
    let gone = images.filter_map(|image| match image {
        PastImage::Known {
            digest,
            gone: Some(reason),
        } => Some((digest, reason.as_str())),
        _ => None,
    });
    gone.collect()
}

struct Choice<'a> {
    replayed: Replayed<'a>,
    gone: HashMap<&'a ImageDigest, &'a str>,
    same: SameRevision<'a>,
    versions: &'a dyn Fn(&ImageDigest) -> String,
    now: OffsetDateTime,
}

impl Choice<'_> {
    fn choose(&self, steps: usize) -> Result<Chosen, PreviousError> {
        let states = &self.replayed.stack.states;
        let under_way = self.replayed.release_under_way;
        let with_top = under_way.is_some() || self.stays_at_top();
        let below = states.len().saturating_sub(usize::from(!with_top));
        let eligible: Vec<_> = (0..below)
            .rev()
            .filter(|place| self.obstacle(*place).is_none())
            .map(|place| (place, self.candidate(place)))
            .collect();
        let nth = |n: usize| {
            eligible
                .get(n - 1)
                .and_then(|(place, candidate)| Some((*place, candidate.clone()?)))
        };
        let Some((place, candidate)) = nth(steps) else {
            return Err(self.not_enough(steps, below));
        };
        if let Some(deployment) = under_way {
            let meaning = |candidate: Candidate| {
                let version = (self.versions)(&candidate.digest);
                Box::new(Meaning { candidate, version })
            };
            return Err(PreviousError::Ambiguous {
                deployment: deployment.id.clone(),
                brings: self.label(&deployment.revision, &deployment.image),
                either: meaning(candidate),
                or: nth(steps + 1).map(|(_, candidate)| meaning(candidate)),
            });
        }
        let next = nth(steps + 1).map(|(place, _)| place);
        Ok(Chosen {
            notes: self.notes(place, &candidate, steps, next),
            passed_over: self.passed_over(below, place),
            more_history_may_change: self.older_above(place).is_some(),
            candidate,
        })
    }

    /// Going under the top would undo more than the last release.
    fn stays_at_top(&self) -> bool {
        self.replayed.stack.by_return || self.replayed.failed.is_some()
    }

    fn is_top(&self, place: usize) -> bool {
        place + 1 == self.replayed.stack.states.len()
    }

    /// Why a state is no candidate. What runs needs no pull, so that its image may be gone.
    fn obstacle(&self, place: usize) -> Option<String> {
        let state = &self.replayed.stack.states[place];
        let runs = self
            .replayed
            .running
            .as_ref()
            .is_some_and(|running| running.is(state, self.same));
        match (&state.revision, &state.image) {
            (Err(reason), _) | (_, PastImage::Unknown { reason }) => Some(reason.clone()),
            (_, PastImage::Known { digest, .. }) => {
                let gone = self
                    .gone
                    .get(digest)
                    .filter(|_| !(runs && self.is_top(place)));
                gone.map(|reason| (*reason).to_owned())
            }
        }
    }

    fn candidate(&self, place: usize) -> Option<Candidate> {
        let (state, top) = (
            self.replayed.stack.states.get(place)?,
            self.replayed.stack.top()?,
        );
        let digest = state.image.digest()?.clone();
        let is_top = self.is_top(place);
        Some(Candidate {
            revision: state.revision.clone().ok()?,
            served_from: state.from,
            served_for: state.served_until(Some(self.now)),
            deployment: state.deployment.clone(),
            same_image_as_top: !is_top && top.image.digest() == Some(&digest),
            is_top,
            digest,
        })
    }

    fn not_enough(&self, steps: usize, below: usize) -> PreviousError {
        let stack = &self.replayed.stack;
        let mut passed_over = self.taken_off(|_| true);
        passed_over.extend((0..below).rev().filter_map(|place| self.passed(place)));
        PreviousError::NotEnough {
            top: stack.top().map(|top| self.label(&top.revision, &top.image)),
            steps: u32::try_from(steps).unwrap_or(u32::MAX),
            passed_over,
        }
    }

    fn passed_over(&self, below: usize, chosen: usize) -> Vec<PassedOver> {
        let mut passed = self.taken_off(|taken| taken.depth > chosen);
        passed.extend(
            (chosen + 1..below)
                .rev()
                .filter_map(|place| self.passed(place)),
        );
        passed
    }

    fn passed(&self, place: usize) -> Option<PassedOver> {
        let state = &self.replayed.stack.states[place];
        let reason = self.obstacle(place)?;
        let what = match (&state.revision, &state.deployment) {
            (Err(_), Some(id)) => format!("deployment {id}"),
            _ => self.label(&state.revision, &state.image),
        };
        Some(PassedOver { what, reason })
    }

    /// The states that a return took off and no release brought back, the latest first, each once.
    fn taken_off(&self, wanted: impl Fn(&TakenOff) -> bool) -> Vec<PassedOver> {
        let stack = &self.replayed.stack;
        let back = |taken: &TakenOff| {
            stack
                .states
                .iter()
                .any(|state| state.is(&taken.state, self.same))
        };
        let mut passed: Vec<PassedOver> = Vec::new();
        for taken in stack
            .taken_off
            .iter()
            .rev()
            .filter(|taken| wanted(taken) && !back(taken))
        {
            let what = self.label(&taken.state.revision, &taken.state.image);
            if passed.iter().all(|known| known.what != what) {
                let by = taken
                    .by
                    .as_ref()
                    .map(|id| format!(" (deployment {id})"))
                    .unwrap_or_default();
                passed.push(PassedOver {
                    what,
                    reason: format!("a rollback took it off{by}"),
                });
            }
        }
        passed
    }

    /// `v1.1.0 (web1:7)`
    fn label(&self, revision: &Result<TaskDefinitionArn, String>, image: &PastImage) -> String {
        match (revision, image.digest()) {
            (Ok(revision), Some(digest)) => {
                let version = (self.versions)(digest);
                format!("{} ({})", words::short_digest(&version), revision.short())
            }
            (Ok(revision), None) => revision.short(),
            (Err(_), Some(digest)) => (self.versions)(digest),
            (Err(_), None) => "a revision that is not known".into(),
        }
    }

    /// The lowest state above `place` that came with an older revision than one before it.
    fn older_above(&self, place: usize) -> Option<&State> {
        self.replayed.stack.states[place + 1..]
            .iter()
            .find(|state| state.older)
    }

    fn notes(
        &self,
        place: usize,
        candidate: &Candidate,
        steps: usize,
        next: Option<usize>,
    ) -> Vec<String> {
        let mut notes = self.replayed.notes.clone();
        notes.extend(self.why_top());
        if candidate.same_image_as_top {
            notes.push(format!(
                "only configuration was released since: the same image with {}",
                candidate.revision.short()
            ));
        }
        notes.extend(served(candidate));
        if let Some(older) = self.older_above(place) {
            let older = self.label(&older.revision, &older.image);
            notes.push(format!(
                "{older} came with an older revision than the one before it: if that was a return to something \
                 older than the deployments read, `previous` is {older} itself"
            ));
        }
        match next.map(|place| &self.replayed.stack.states[place]) {
            Some(next) => {
                notes.push(format!(
                    "`previous~{}` is {}",
                    steps + 1,
                    self.label(&next.revision, &next.image)
                ));
            }
            None if candidate.is_top => notes.push("what ran before it is not on record".into()),
            None => {}
        }
        notes
    }

    fn why_top(&self) -> Option<String> {
        let top = self
            .replayed
            .stack
            .top()
            .map(|top| self.label(&top.revision, &top.image))?;
        match self.replayed.failed {
            Some(failed) => Some(format!(
                "the newest deployment {} brought {} and did not succeed: `previous` is {top}, which it was to replace",
                failed.id,
                self.label(&failed.revision, &failed.image)
            )),
            None if self.replayed.stack.by_return => Some(format!(
                "{top} was reached by going back, so `previous` stays there"
            )),
            None => None,
        }
    }
}

/// What the time that it served says against it; how long that was stands with when it ran.
fn served(candidate: &Candidate) -> Option<String> {
    match candidate.served_for {
        None => Some("how long it served is not on record".into()),
        Some(time) if time < SHORT => Some(format!(
            "it served for only {}: less than an hour",
            words::duration(time)
        )),
        Some(time) if candidate.served_from.is_none() => {
            Some(format!("it served for {}", words::duration(time)))
        }
        Some(_) => None,
    }
}
