//! The service and everything that has served, for the mode `history`: no target is looked for.

use futures_util::future::join;

use super::{
    expiry::{ImageFate, Rules},
    own_rollback::OwnRollback,
    past::{Known, Past},
    reader::Reader,
    record::Record,
    running_service::RunningService,
    service,
    windows::{Depth, MOST},
};
use crate::{
    aws::Aws,
    clock::Clock,
    domain::{
        deployment_note::DeploymentNote,
        image::Image,
        past::{PastState, states},
    },
    error::Problems,
    inputs::Inputs,
    names::{DeploymentId, Repository},
};

/// How many states are listed.
const WANTED: usize = 10;
/// Deployments that are looked at first: most bring a state of their own, and each revision costs a call.
const FIRST: usize = 16;

/// What has served.
pub(crate) struct ServedStates {
    pub running: RunningService,
    /// What serves first, then the latest first; ten at most.
    pub states: Vec<NotedState>,
    /// How many of the newest deployments were read, where there are older ones that might say more.
    pub cut_after: Option<usize>,
    /// The newest rollback that this action did, where that is on record.
    pub own_rollback: Option<OwnRollback>,
    /// What becomes of their images.
    pub fates: Vec<ImageFate>,
    /// Why that is not known.
    pub fates_unread: Option<String>,
}

/// A state, and who brought or took it off.
pub(crate) struct NotedState {
    pub state: PastState,
    pub note: DeploymentNote,
    /// `None` where it is not in ECR.
    pub stored: Option<(Repository, Image)>,
}

/// Five or six round trips; two or three more where the newest deployments show fewer than ten states.
///
/// # Errors
/// Every read that did not work, and a service that can't be rolled back.
pub(crate) async fn list_served(
    aws: &Aws,
    inputs: &Inputs,
    clock: Clock,
    tell: &dyn Fn(&RunningService),
) -> Result<ServedStates, Problems> {
    let reader = Reader {
        aws,
        inputs,
        clock,
        spec: None,
    };
    let state = service(reader, tell).await?;
    let problems = state.wrong_group(inputs);
    if !problems.is_empty() {
        return Err(problems);
    }
    let near = state.record();
    let known = Known {
        running: &state.running,
        described: &state.prefetch.described,
    };
    let repository = &state.running.repository;
    let (read, rules) = join(
        read_enough(&reader, &near, known),
        Rules::read(aws, repository),
    )
    .await;
    let (states, cut_after) = read?;
    let images = images_in(&states, repository);
    let (fates, fates_unread) = match find_fates(aws, rules, &images, clock).await {
        Ok(fates) => (fates, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    let own_rollback = near.own_rollback();
    Ok(ServedStates {
        running: state.running,
        states,
        cut_after,
        own_rollback,
        fates,
        fates_unread,
    })
}

/// What becomes of the images; empty where the repository has no rules.
///
/// # Errors
/// Why the rules could not be read.
async fn find_fates(
    aws: &Aws,
    rules: Result<Option<Rules>, String>,
    images: &[Image],
    clock: Clock,
) -> Result<Vec<ImageFate>, String> {
    match rules? {
        Some(rules) => Ok(rules.judge(aws, images, clock.now()).await),
        None => Ok(Vec::new()),
    }
}

/// The images of a repository, each once.
fn images_in(states: &[NotedState], repository: &Repository) -> Vec<Image> {
    let mut images: Vec<Image> = Vec::new();
    for noted in states {
        if let Some((of, image)) = &noted.stored
            && of.is_same(repository)
            && images.iter().all(|known| known.digest != image.digest)
        {
            images.push(image.clone());
        }
    }
    images
}

/// Ten states, or all that are on record, and how many deployments were read where there are older ones.
async fn read_enough(
    reader: &Reader<'_>,
    near: &Record<'_>,
    known: Known<'_>,
) -> Result<(Vec<NotedState>, Option<usize>), Problems> {
    for count in [FIRST, MOST] {
        let (mut states, may_change) = read_states(reader, near, known, count).await?;
        let is_all = near.len() <= count && !near.more();
        if is_all || states.len() >= WANTED && !may_change {
            states.truncate(WANTED);
            return Ok((states, None));
        }
        if near.len() <= count {
            break;
        }
    }
    let far = match near.more() {
        true => &near.read_again(reader, Depth::Far).await?,
        false => near,
    };
    let (mut states, _) = read_states(reader, far, known, MOST).await?;
    let is_cut = far.more() && states.len() < WANTED;
    states.truncate(WANTED);
    Ok((states, is_cut.then(|| far.len())))
}

/// The states that the newest deployments show, and whether older ones may say something else of them.
async fn read_states(
    reader: &Reader<'_>,
    record: &Record<'_>,
    known: Known<'_>,
    count: usize,
) -> Result<(Vec<NotedState>, bool), Problems> {
    let past = record.read_past(reader.aws, known, count).await?;
    let mut noted = Vec::new();
    for state in find_states(reader, &past, known.running) {
        let mut state = state;
        let note = note_of(record, &state);
        let stored = past.stored_image(&state, known.running);
        // A version is looked for where the running image comes from.
        if let Some((repository, _)) = &stored
            && !repository.is_same(&known.running.repository)
            && state.word.is_some()
        {
            state.word = state.relative_word();
        }
        noted.push(NotedState {
            state,
            note,
            stored,
        });
    }
    Ok((noted, past.may_lead_further_back()))
}

fn find_states(reader: &Reader<'_>, past: &Past, running: &RunningService) -> Vec<PastState> {
    let facts = running.running_image.as_ref();
    states(
        &past.deployments,
        // What truly runs counts more than what the record says ought to run.
        facts.map(|facts| (&running.revision, &facts.image.digest)),
        &|a, b| past.same_but_for_image(a, b, &running.container),
        &|digest| past.version(digest),
        reader.clock.now(),
    )
}

/// Of a state that was taken off, why that was done is what people ask.
fn note_of(record: &Record<'_>, state: &PastState) -> DeploymentNote {
    let deployment: Option<&DeploymentId> = match &state.taken_off {
        Some(taken_off) => taken_off.0.as_ref(),
        None => state.deployment.as_ref(),
    };
    deployment.map(|id| record.note(id)).unwrap_or_default()
}
