//! The search for the deployment groups whose `ecsServices` name the service: CodeDeploy has none of its own, so all
//! groups are read.

use std::time::Duration;

use futures_util::{StreamExt, stream};

use super::{
    absent::{absent_or, is_absent},
    group_id::GroupId,
};
use crate::{
    aws::{Failure, Fault, codedeploy::GROUPS_PER_BATCH},
    clock::Clock,
    domain::deployment_group::Group,
    error::{Code, Problem},
    inputs::Inputs,
    names::{ApplicationName, GroupName},
    observe::reader::Reader,
};

/// An account may have hundreds of applications; more calls at once are throttled.
const AT_ONCE: usize = 8;
/// Before a throttled call is sent again; the SDK has tried three times by then.
const PAUSE: Duration = Duration::from_secs(2);
/// As long as a call may be throttled before the run gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// Names of groups in one application, as many as one call describes.
type Batch = (ApplicationName, Vec<GroupName>);

/// The groups that name the service.
pub(crate) struct Found {
    /// The one with the newest deployment.
    pub newest: Group,
    pub others: Vec<Group>,
}

/// Searches every group of every application, or of the one given.
///
/// # Errors
/// `deployment-group-not-found` where none names the service; the failures of the reads.
pub(crate) async fn search_groups(reader: &Reader<'_>) -> Result<Found, Problem> {
    let inputs = reader.inputs;
    let applications = match &inputs.codedeploy.application {
        Some(application) => vec![application.clone()],
        None => ride_out(reader.clock, || reader.aws.list_applications()).await?,
    };
    let count = applications.len();
    let mut search = Search {
        reader,
        denied: None,
        is_only: count == 1,
    };
    let batches = search.list_names(applications).await?;
    let mut groups = search.describe(batches).await?;
    groups.sort_by_key(|group| group.last_deployed_at);
    if let Some(newest) = groups.pop() {
        let others = groups;
        return Ok(Found { newest, others });
    }
    // The group may be in what could not be read.
    match search.denied {
        Some(failure) => Err(failure.problem()),
        None => Err(not_found(inputs, count)),
    }
}

struct Search<'a> {
    reader: &'a Reader<'a>,
    /// The first call that the role may not make.
    denied: Option<Failure>,
    is_only: bool,
}

impl Search<'_> {
    /// `ListDeploymentGroups` of every application.
    async fn list_names(
        &mut self,
        applications: Vec<ApplicationName>,
    ) -> Result<Vec<Batch>, Problem> {
        let Reader { aws, clock, .. } = *self.reader;
        let reads = applications.into_iter().map(|application| async move {
            let names = ride_out(clock, || aws.list_deployment_groups(&application)).await;
            (application, names)
        });
        let mut answers = stream::iter(reads).buffered(AT_ONCE);
        let mut batches = Vec::new();
        while let Some((application, names)) = answers.next().await {
            let names = self.readable(&application, names)?;
            for batch in names.chunks(GROUPS_PER_BATCH) {
                batches.push((application.clone(), batch.to_vec()));
            }
        }
        Ok(batches)
    }

    /// `BatchGetDeploymentGroups`: those that deploy the service.
    async fn describe(&mut self, batches: Vec<Batch>) -> Result<Vec<Group>, Problem> {
        let Reader {
            aws, clock, inputs, ..
        } = *self.reader;
        let reads = batches.into_iter().map(|(application, names)| async move {
            let groups = ride_out(clock, || {
                aws.batch_get_deployment_groups(&application, &names)
            })
            .await;
            (application, groups)
        });
        let mut answers = stream::iter(reads).buffered(AT_ONCE);
        let mut found = Vec::new();
        while let Some((application, groups)) = answers.next().await {
            for group in self.readable(&application, groups)? {
                if is_wanted(&group, inputs) {
                    found.push(group);
                }
            }
        }
        Ok(found)
    }

    /// What was read; nothing where that says nothing about the service.
    fn readable<T>(
        &mut self,
        application: &ApplicationName,
        answer: Result<Vec<T>, Failure>,
    ) -> Result<Vec<T>, Problem> {
        let failure = match answer {
            Ok(found) => return Ok(found),
            Err(failure) => failure,
        };
        // Of an application that is for Lambda or for somebody else, a denial says nothing.
        if failure.is_denied() && !self.is_only {
            self.denied.get_or_insert(failure);
            return Ok(Vec::new());
        }
        // It was deleted since it was listed.
        if is_absent(&failure) && self.reader.inputs.codedeploy.application.is_none() {
            return Ok(Vec::new());
        }
        let id = GroupId {
            application: application.clone(),
            ..GroupId::guess(self.reader.inputs)
        };
        Err(absent_or(&failure, &id))
    }
}

/// Sends a throttled read again: other tools in the account use up the rate in bursts.
async fn ride_out<T>(
    clock: Clock,
    read: impl AsyncFn() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let until = clock.elapsed() + PATIENCE;
    loop {
        match read().await {
            Err(failure) if failure.fault == Fault::Throttled && clock.elapsed() < until => {
                clock.sleep(PAUSE).await;
            }
            answer => return answer,
        }
    }
}

/// Two groups may name one service; an input that names the group decides.
fn is_wanted(group: &Group, inputs: &Inputs) -> bool {
    let given = inputs.codedeploy.group.as_ref();
    given.is_none_or(|given| *given == group.name)
        && group.deploys(&inputs.cluster, &inputs.service)
}

fn not_found(inputs: &Inputs, applications: usize) -> Problem {
    let called = match &inputs.codedeploy.group {
        Some(group) => format!(" called {group}"),
        None => String::new(),
    };
    let searched = match &inputs.codedeploy.application {
        Some(application) => format!("the CodeDeploy application {application}"),
        None => format!("{applications} CodeDeploy applications"),
    };
    let Inputs {
        cluster, service, ..
    } = inputs;
    Problem::new(
        Code::GroupNotFound,
        format!("no deployment group{called} in {searched} deploys {cluster}/{service}"),
        "give `codedeploy-application` and `codedeploy-deployment-group`; check the region and the account",
    )
}
