//! From the deployments on record, and what truly runs, to the stack.

use super::stack::{SameRevision, Stack, State};
use super::{PastDeployment, PastImage, PastStatus};
use crate::names::{ImageDigest, TaskDefinitionArn};

/// What the record says.
pub(super) struct Replayed<'a> {
    pub stack: Stack,
    /// An active deployment that is no return and has no production traffic yet.
    pub release_under_way: Option<&'a PastDeployment>,
    /// The newest deployment, which brought something else than what serves and did not succeed.
    pub failed: Option<&'a PastDeployment>,
    /// What runs, where that is known.
    pub running: Option<State>,
    pub notes: Vec<String>,
}

/// Replays `deployments`, oldest first.
pub(super) fn replay<'a>(
    deployments: &[&'a PastDeployment],
    running: Option<(&TaskDefinitionArn, &ImageDigest)>,
    same: SameRevision,
) -> Replayed<'a> {
    let running = running.map(|(revision, digest)| {
        State::new(
            Ok(revision.clone()),
            PastImage::Known {
                digest: digest.clone(),
                gone: None,
            },
        )
    });
    let mut replayed = Replayed {
        stack: Stack::default(),
        release_under_way: None,
        failed: None,
        running,
        notes: vec![],
    };
    for (n, deployment) in deployments.iter().enumerate() {
        match deployment.status {
            PastStatus::Succeeded => {
                let state = replayed.resolved(deployment, &deployments[n + 1..], same);
                replayed.stack.serve(
                    state,
                    Some(deployment.created),
                    deployment.by_auto_rollback,
                    same,
                );
            }
            PastStatus::Active {
                has_production_traffic,
            } => {
                replayed.active(deployment, has_production_traffic, same);
            }
            PastStatus::Failed | PastStatus::Stopped => {}
        }
    }
    if !deployments.iter().any(|it| is_active(it)) {
        replayed.reconcile(deployments, same);
    }
    replayed.failed = newest(deployments).filter(|newest| {
        !succeeded_or_active(newest)
            && !replayed
                .stack
                .top()
                .is_some_and(|top| top.is(&state(newest), same))
    });
    replayed
}

/// The deployment that speaks for what people wanted last: a rollback of CodeDeploy's own that failed belongs to
/// the deployment that it was to undo.
fn newest<'a>(deployments: &[&'a PastDeployment]) -> Option<&'a PastDeployment> {
    deployments
        .iter()
        .copied()
        .rfind(|it| succeeded_or_active(it) || !it.by_auto_rollback)
}

fn is_active(deployment: &PastDeployment) -> bool {
    matches!(deployment.status, PastStatus::Active { .. })
}

fn succeeded_or_active(deployment: &PastDeployment) -> bool {
    deployment.status == PastStatus::Succeeded || is_active(deployment)
}

fn state(deployment: &PastDeployment) -> State {
    let state = State::new(deployment.revision.clone(), deployment.image.clone());
    state.brought(&deployment.id, deployment.created)
}

/// Whether `serves` tells what is not known of `own`.
fn completes(own: &State, serves: &State) -> bool {
    own.revision.is_err() || (own.revision == serves.revision && own.image.digest().is_none())
}

fn blue(deployment: &PastDeployment) -> Option<State> {
    let (revision, image) = deployment.blue.as_ref()?;
    Some(State::new(Ok(revision.clone()), image.clone()))
}

impl<'a> Replayed<'a> {
    /// What a success brought. What can't be read of the newest one is what runs (or, while another deployment
    /// is active, what its blue task set runs), unless a deployment after it explains that.
    fn resolved(
        &self,
        deployment: &PastDeployment,
        later: &[&PastDeployment],
        same: SameRevision,
    ) -> State {
        let own = state(deployment);
        if later.iter().any(|it| it.status == PastStatus::Succeeded) {
            return own;
        }
        let serves = match later.iter().find(|it| is_active(it)) {
            Some(active) => blue(active),
            None => self.running.clone(),
        };
        let explained = |serves: &State| {
            later
                .iter()
                .any(|it| !is_active(it) && state(it).is(serves, same))
        };
        match serves.filter(|serves| !explained(serves)) {
            Some(serves) if completes(&own, &serves) => {
                serves.brought(&deployment.id, deployment.created)
            }
            _ => own,
        }
    }

    /// An active deployment: what its blue task set runs has served, and what it brings counts once it has
    /// production traffic.
    fn active(&mut self, deployment: &'a PastDeployment, has_traffic: bool, same: SameRevision) {
        let mut brings = state(deployment);
        let blue =
            blue(deployment).or_else(|| self.running.clone().filter(|it| !it.is(&brings, same)));
        if let Some(green) = self
            .running
            .clone()
            .filter(|it| !blue.as_ref().is_some_and(|blue| blue.is(it, same)))
            && has_traffic
            && completes(&brings, &green)
        {
            brings = green.brought(&deployment.id, deployment.created);
        }
        if let Some(blue) = blue {
            self.stack.serve(blue, None, false, same);
        }
        let is_return = deployment.by_auto_rollback || self.stack.would_return(&brings, same);
        match (has_traffic, is_return) {
            (true, _) => {
                self.stack.serve(
                    brings,
                    Some(deployment.created),
                    deployment.by_auto_rollback,
                    same,
                );
            }
            (false, true) => {
                let on_its_way = State {
                    from: None,
                    ..brings
                };
                self.stack
                    .serve(on_its_way, None, deployment.by_auto_rollback, same);
            }
            (false, false) => self.release_under_way = Some(deployment),
        }
    }

    /// Where the deployments don't explain what runs, what runs is right.
    fn reconcile(&mut self, deployments: &[&PastDeployment], same: SameRevision) {
        let Some(running) = self.running.clone() else {
            return;
        };
        let Some(top) = self.stack.top() else {
            return self.stack.serve(running, None, false, same);
        };
        if top.is(&running, same) {
            return self.stack.serve(running, None, false, same);
        }
        let last_success = deployments
            .iter()
            .rposition(|it| it.status == PastStatus::Succeeded);
        let since = &deployments[last_success.map_or(0, |place| place + 1)..];
        match since.iter().rfind(|it| state(it).is(&running, same)) {
            Some(left) => {
                self.notes.push(format!(
                    "deployment {} did not succeed, but what it brought serves",
                    left.id
                ));
                self.stack.serve(
                    running.brought(&left.id, left.created),
                    Some(left.created),
                    false,
                    same,
                );
            }
            None => {
                let revision = running
                    .revision
                    .as_ref()
                    .map_or_else(String::clone, TaskDefinitionArn::short);
                self.notes.push(format!(
                    "what runs ({revision}) is not what the newest deployment on record brought"
                ));
                self.stack.serve(running, None, false, same);
            }
        }
    }
}
