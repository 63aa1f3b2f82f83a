//! What has served, from what was read of it to what is told.

use futures_util::future::join_all;

use super::Run;
use crate::{
    boxed::boxed,
    domain::lifecycle::{Action, Fate, Removal},
    error::Problems,
    observe::listing::{NotedState, ServedStates, list_served},
    plan::{self, VersionImage},
    report::{
        expiry::{Expiry, When},
        listing::{ListedVersion, Listing},
    },
};

impl Run<'_> {
    /// Reads what has served. `is_told`: what serves now is told as soon as it is known.
    pub(super) async fn read_served(
        &self,
        is_told: bool,
    ) -> Result<(ServedStates, Listing), Problems> {
        let tell = |running: &_| {
            if is_told {
                self.tell_serving(plan::serving::at_start(running));
            }
        };
        let served = boxed(|| list_served(self.aws, self.inputs, self.clock, &tell)).await?;
        let mut listing = list(&served);
        self.mark_below_floor(&served, &mut listing).await;
        Ok((served, listing))
    }

    /// What the floor forbids cannot be gone back to, nor what cannot be held against it.
    async fn mark_below_floor(&self, served: &ServedStates, listing: &mut Listing) {
        let Some(floor) = &self.inputs.safety.floor else {
            return;
        };
        let Some(search) = self.search() else {
            for version in &mut listing.versions {
                version.forbid("the floor was not checked: GitHub cannot be asked without a token, or outside a workflow");
            }
            return;
        };
        let gaps = served.states.iter().map(|noted| async move {
            let image = image_of(noted)?;
            Some(search.find_gaps(floor, &image).await)
        });
        for (version, gaps) in listing.versions.iter_mut().zip(join_all(gaps).await) {
            if let Some(gap) = gaps.into_iter().flatten().next() {
                version.forbid(&gap.message);
            }
        }
    }
}

/// The image of a state that may be gone back to.
fn image_of(noted: &NotedState) -> Option<VersionImage> {
    let state = &noted.state;
    let (repository, image) = noted.stored.clone()?;
    if state.obstacle.is_some() {
        return None;
    }
    Some(VersionImage {
        version: state.version.clone()?,
        repository,
        digest: image.digest,
        tags: image.tags,
        manifest: None,
    })
}

fn list(read: &ServedStates) -> Listing {
    let mut listing = Listing::default();
    for noted in &read.states {
        listing.versions.push(version(read, noted));
    }
    if let Some(count) = read.cut_after {
        let note = format!("only the newest {count} deployments were read; there are older ones");
        listing.notes.push(note);
    }
    listing.notes.extend(read.fates_unread.clone());
    listing
}

fn version(read: &ServedStates, noted: &NotedState) -> ListedVersion {
    let state = noted.state.clone();
    let mut fates = read.fates.iter();
    let fate = fates.find(|known| Some(&known.digest) == state.digest.as_ref());
    ListedVersion {
        version: state.version,
        digest: state.digest,
        task_definition_arn: state.revision,
        is_serving: state.is_serving,
        served_since: state.served_from,
        served_for: state.served_for,
        by: noted.note.by.clone(),
        reason: noted.note.reason.clone(),
        is_taken_off: state.taken_off.is_some(),
        obstacle: state.obstacle,
        expires: fate.and_then(|known| expiry(&known.fate)),
        word: state.word,
        steps: state.steps,
    }
}

fn expiry(fate: &Fate) -> Option<Expiry> {
    let (when, Removal { rule, action }) = match fate {
        Fate::Within { at, removal, .. } => (When::At(*at), removal),
        Fate::AfterPushes { images, removal } => (When::AfterImages(*images), removal),
        Fate::Never | Fate::Unknown(_) => return None,
    };
    Some(Expiry {
        when,
        is_archived: *action == Action::Archive,
        rule: rule.priority,
        description: rule.description.clone(),
    })
}
