//! Which CodeDeploy deployment group moves the service, and what the group is busy with.
//!
//! In order: the inputs; the deployment behind the primary task set; the names that AWS's CLI
//! would use; the group whose `ecsServices` names the service.

use std::collections::BTreeMap;

use futures_util::future::{join_all, try_join};

use super::super::windows::Depth;
use super::history::History;
use super::{Behind, Guessed};
use crate::aws::{Aws, Failure, Fault};
use crate::clock::Clock;
use crate::domain::deployment::{Deployment, Target};
use crate::domain::deployment_group::Group;
use crate::error::{Code, Problem};
use crate::inputs::Inputs;
use crate::names::{ApplicationName, ClusterName, DeploymentId, GroupName, ServiceName};

/// An application and a group in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupId {
    pub application: ApplicationName,
    pub group: GroupName,
}

impl GroupId {
    /// The names that `aws ecs deploy` makes: each part cut at 46 characters.
    /// Source: the AWS CLI's documentation of `ecs deploy`.
    pub fn default_for(cluster: &ClusterName, service: &ServiceName) -> Self {
        let cut = |name: &str| name.chars().take(46).collect::<String>();
        let (cluster, service) = (cut(cluster.as_str()), cut(service.as_str()));
        Self {
            application: ApplicationName::new(format!("AppECS-{cluster}-{service}")),
            group: GroupName::new(format!("DgpECS-{cluster}-{service}")),
        }
    }

    /// The first guess, made before anything was read: inputs where given, AWS's own names else.
    pub fn guess(inputs: &Inputs) -> Self {
        let default = Self::default_for(&inputs.cluster, &inputs.service);
        Self {
            application: inputs.application.clone().unwrap_or(default.application),
            group: inputs.group.clone().unwrap_or(default.group),
        }
    }

    /// The group that a deployment belongs to.
    pub fn of(deployment: &Deployment) -> Self {
        Self {
            application: deployment.application.clone(),
            group: deployment.group.clone(),
        }
    }

    /// Whether nothing that was given speaks against this group.
    pub fn agrees_with(&self, inputs: &Inputs) -> bool {
        inputs
            .application
            .as_ref()
            .is_none_or(|given| *given == self.application)
            && inputs
                .group
                .as_ref()
                .is_none_or(|given| *given == self.group)
    }
}

/// A group with its past and what it is busy with.
#[derive(Clone, Debug)]
pub struct GroupFacts {
    pub group: Group,
    /// The deployments that occupy it, as ids.
    pub active: Vec<String>,
    /// Their targets, as far as AWS gives them.
    pub targets: BTreeMap<DeploymentId, Result<Option<Target>, Failure>>,
    pub history: History,
}

impl GroupFacts {
    pub fn id(&self) -> GroupId {
        GroupId {
            application: self.group.application.clone(),
            group: self.group.name.clone(),
        }
    }

    /// Everything about one group, at the same time. `Recent` history costs three round trips.
    pub async fn read(
        aws: &Aws,
        inputs: &Inputs,
        id: &GroupId,
        clock: Clock,
    ) -> Result<Self, Failure> {
        let GroupId { application, group } = id;
        // Who has the traffic is asked as soon as it is known which deployment moves it.
        let active = async {
            let active = aws.list_active_deployments(application, group).await?;
            let ids: Vec<_> = active.iter().map(DeploymentId::new).collect();
            let targets = ids
                .iter()
                .map(|id| aws.get_deployment_target(id, &inputs.cluster, &inputs.service));
            let targets = join_all(targets).await;
            Ok((active, ids.into_iter().zip(targets).collect()))
        };
        let history = History::read(aws, application, group, Depth::of(inputs), clock.now());
        let facts = try_join(aws.get_deployment_group(application, group), active);
        let ((group, (active, targets)), history) = try_join(facts, history).await?;
        Ok(Self {
            group,
            active,
            targets,
            history,
        })
    }

    /// The deployments that occupy the group. Nearly always in the history already.
    pub async fn active_deployments(&self, aws: &Aws) -> Result<Vec<Deployment>, Failure> {
        let known = |id: &String| {
            self.history
                .deployments
                .iter()
                .find(|d| d.id.as_str() == id.as_str())
        };
        if let Some(all) = self.active.iter().map(known).collect::<Option<Vec<_>>>() {
            return Ok(all.into_iter().cloned().collect());
        }
        aws.batch_get_deployments(&self.active).await
    }
}

/// The group that will be used, and where it was found, for people.
#[derive(Clone, Debug)]
pub struct Settled {
    pub facts: GroupFacts,
    pub source: String,
}

/// Settles on one group, from what the first round trips read.
///
/// # Errors
/// No group is found, or the one that counts cannot be read.
pub async fn settle(
    aws: &Aws,
    inputs: &Inputs,
    clock: Clock,
    behind: Option<&Behind>,
    guessed: Guessed,
    discovered: Option<Guessed>,
) -> Result<Settled, Problem> {
    let guess = GroupId::guess(inputs);
    let given = inputs.application.is_some() && inputs.group.is_some();
    let behind = behind.filter(|behind| GroupId::of(&behind.deployment).agrees_with(inputs));
    if let Some(behind) = behind.filter(|_| !given) {
        let id = GroupId::of(&behind.deployment);
        let facts = discovered
            .unwrap_or(guessed)
            .map_err(|failure| failed(&failure, &id))?;
        let source = format!(
            "the deployment behind the primary task set, {}",
            behind.deployment.id
        );
        return Ok(Settled { facts, source });
    }
    let source = if given {
        "the inputs"
    } else {
        "the names that AWS's CLI gives"
    };
    match guessed {
        Ok(facts) if given || facts.group.deploys(&inputs.cluster, &inputs.service) => {
            return Ok(Settled {
                facts,
                source: source.to_owned(),
            });
        }
        Err(failure) if given => return Err(failed(&failure, &guess)),
        // A guess that is denied or wrong says nothing; the search says what is true.
        Ok(_) | Err(_) => {}
    }
    let id = search(aws, inputs).await?;
    let facts = GroupFacts::read(aws, inputs, &id, clock)
        .await
        .map_err(|failure| failed(&failure, &id))?;
    Ok(Settled {
        facts,
        source: "the groups that name the service".to_owned(),
    })
}

fn failed(failure: &Failure, id: &GroupId) -> Problem {
    if is_absent(failure) {
        absent(failure, id)
    } else {
        failure.problem()
    }
}

/// Whether AWS said that there is no such application or group.
pub fn is_absent(failure: &Failure) -> bool {
    failure.fault == Fault::Rejected
        && matches!(
            failure.code.raw(),
            "ApplicationDoesNotExistException"
                | "DeploymentGroupDoesNotExistException"
                | "InvalidApplicationNameException"
                | "InvalidDeploymentGroupNameException"
                | "DeploymentConfigDoesNotExistException"
        )
}

/// Says what is wrong with a group that the user named.
pub fn absent(failure: &Failure, id: &GroupId) -> Problem {
    let GroupId { application, group } = id;
    if failure.code.raw().contains("Application") {
        return Problem::new(
            Code::ApplicationNotFound,
            format!("there is no CodeDeploy application {application}"),
            "leave `codedeploy-application` out and it is discovered, or take its name from the CodeDeploy console; check the region and the account",
        );
    }
    Problem::new(
        Code::GroupNotFound,
        format!("there is no deployment group {group} in the CodeDeploy application {application}"),
        "leave `codedeploy-deployment-group` out and it is discovered, or take its name from the CodeDeploy console",
    )
}

/// Refuses a group that deploys something else.
pub fn check(group: &Group, cluster: &ClusterName, service: &ServiceName) -> Option<Problem> {
    if group.deploys(cluster, service) {
        return None;
    }
    let others: Vec<_> = group
        .services
        .iter()
        .map(|(cluster, service)| format!("{cluster}/{service}"))
        .collect();
    let deploys = if others.is_empty() {
        format!("is for the compute platform {}", group.compute_platform)
    } else {
        format!("deploys {}", others.join(", "))
    };
    Some(Problem::new(
        Code::GroupMismatch,
        format!(
            "the deployment group {} {deploys}, not {cluster}/{service}",
            group.name
        ),
        "leave `codedeploy-application` and `codedeploy-deployment-group` out, and the service's own group is found",
    ))
}

/// Searches every group of every application (or of the one given) for the service.
///
/// # Errors
/// `deployment-group-not-found` where none names it; the failures of the reads.
pub async fn search(aws: &Aws, inputs: &Inputs) -> Result<GroupId, Problem> {
    let (cluster, service) = (&inputs.cluster, &inputs.service);
    let applications = match &inputs.application {
        Some(application) => vec![application.clone()],
        None => aws
            .list_applications()
            .await
            .map_err(|failure| failure.problem())?,
    };
    let reads = applications
        .iter()
        .map(|application| aws.deployment_groups(application));
    let mut denied = None;
    for (application, read) in applications.iter().zip(join_all(reads).await) {
        let groups = match read {
            Ok(groups) => groups,
            // Of an application that is for Lambda or for somebody else, a denial says nothing.
            Err(failure) if failure.fault == Fault::AccessDenied && applications.len() > 1 => {
                denied.get_or_insert(failure);
                continue;
            }
            Err(failure) if is_absent(&failure) && inputs.application.is_none() => continue,
            Err(failure) => {
                return Err(failed(
                    &failure,
                    &GroupId {
                        application: application.clone(),
                        ..GroupId::guess(inputs)
                    },
                ));
            }
        };
        let wanted = |group: &&Group| {
            inputs
                .group
                .as_ref()
                .is_none_or(|given| *given == group.name)
        };
        if let Some(group) = groups
            .iter()
            .filter(wanted)
            .find(|group| group.deploys(cluster, service))
        {
            return Ok(GroupId {
                application: application.clone(),
                group: group.name.clone(),
            });
        }
    }
    // The group may be in what could not be read.
    if let Some(failure) = denied {
        return Err(failure.problem());
    }
    let named = inputs
        .group
        .as_ref()
        .map(|group| format!(" called {group}"))
        .unwrap_or_default();
    let searched = match &inputs.application {
        Some(application) => format!("the CodeDeploy application {application}"),
        None => format!("{} CodeDeploy applications", applications.len()),
    };
    Err(Problem::new(
        Code::GroupNotFound,
        format!("no deployment group{named} in {searched} deploys {cluster}/{service}"),
        "give `codedeploy-application` and `codedeploy-deployment-group`; check the region and the account",
    ))
}
