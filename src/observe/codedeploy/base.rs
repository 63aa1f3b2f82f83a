//! The AppSpec that a deployment's is made from.

use std::collections::BTreeMap;

use super::Behind;
use super::group::GroupFacts;
use super::history;
use crate::aws::Aws;
use crate::domain::appspec::AppSpec;
use crate::domain::deployment::Deployment;
use crate::error::{Code, Problem};
use crate::inputs::Inputs;

/// An AppSpec, and where it comes from.
#[derive(Clone, Debug)]
pub struct Base {
    /// `None`: a fresh one from the service's load balancer.
    pub appspec: Option<AppSpec>,
    pub source: String,
}

/// The AppSpec to start from: the file, the one behind the primary task set, the last successful
/// deployment's, or none.
pub async fn read(
    aws: &Aws,
    inputs: &Inputs,
    group: &GroupFacts,
    behind: Option<&Behind>,
) -> Result<Base, Problem> {
    if let Some(input) = &inputs.appspec {
        return Ok(Base {
            appspec: Some(input.document.clone()),
            source: format!("the file {}", input.path),
        });
    }
    let successful = last_successful(aws, group, behind).await?;
    let (deployment, appspecs) = match (behind, &successful) {
        (Some(behind), _) => (&behind.deployment, &behind.appspecs),
        (None, Some((deployment, appspecs))) => (deployment, appspecs),
        (None, None) => {
            return Ok(Base {
                appspec: None,
                source: "the service's load balancer".to_owned(),
            });
        }
    };
    let unreadable = |why: String| {
        Problem::new(
            Code::AppSpecUnreadable,
            format!(
                "the AppSpec of the deployment {} can't be read: {why}",
                deployment.id
            ),
            "give `codedeploy-appspec` the path of that AppSpec in the repository; without it the hooks would be lost",
        )
    };
    let Some(revision) = &deployment.revision else {
        return Err(unreadable(
            "CodeDeploy does not say what it deployed".to_owned(),
        ));
    };
    if let Some(place) = revision.elsewhere() {
        return Err(unreadable(format!(
            "it lies in {place}, which this action does not read"
        )));
    }
    let text = revision.sha256().and_then(|sha256| appspecs.get(sha256));
    let text = text.ok_or_else(|| unreadable("CodeDeploy no longer has it".to_owned()))?;
    let appspec = AppSpec::parse(text, format!("the AppSpec of {}", deployment.id))
        .map_err(|problem| unreadable(problem.message))?;
    Ok(Base {
        appspec: Some(appspec),
        source: format!("the deployment {}", deployment.id),
    })
}

/// The group's last successful deployment, where no deployment stands behind the primary task set.
async fn last_successful(
    aws: &Aws,
    group: &GroupFacts,
    behind: Option<&Behind>,
) -> Result<Option<(Deployment, BTreeMap<String, String>)>, Problem> {
    let Some(id) = group
        .group
        .last_successful
        .as_ref()
        .filter(|_| behind.is_none())
    else {
        return Ok(None);
    };
    let history = &group.history;
    if let Some(known) = history.deployments.iter().find(|d| d.id == *id) {
        return Ok(Some((known.clone(), history.appspecs.clone())));
    }
    let deployment = aws
        .get_deployment(id)
        .await
        .map_err(|failure| failure.problem())?;
    let Some(deployment) = deployment else {
        return Ok(None);
    };
    let appspecs = history::appspecs(aws, &deployment.application, &[&deployment]).await;
    Ok(Some((
        deployment,
        appspecs.map_err(|failure| failure.problem())?,
    )))
}
