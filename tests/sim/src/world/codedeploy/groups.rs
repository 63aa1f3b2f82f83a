//! Reading applications and deployment groups.

use serde_json::{Value, json};

use super::super::World;
use super::super::input::{Page, put, text, texts, with_next};
use super::super::time::stamp;
use crate::aws::Answer;

impl World {
    pub(super) fn list_applications(&self, input: &Value) -> Answer {
        let page = Page::of(input, 100, "InvalidNextTokenException")?;
        let (names, next) = page.cut(self.codedeploy.applications.keys());
        Ok(with_next(json!({ "applications": names }), next))
    }

    pub(super) fn get_application(&self, input: &Value) -> Answer {
        let (name, application) = self.application(input)?;
        Ok(json!({ "application": {
            "applicationId": application.id,
            "applicationName": name,
            "createTime": stamp(application.created_at),
            "linkedToGitHub": false,
            "computePlatform": "ECS",
        } }))
    }

    pub(super) fn list_deployment_groups(&self, input: &Value) -> Answer {
        let (name, application) = self.application(input)?;
        let page = Page::of(input, 100, "InvalidNextTokenException")?;
        let (groups, next) = page.cut(application.groups.keys());
        Ok(with_next(
            json!({ "applicationName": name, "deploymentGroups": groups }),
            next,
        ))
    }

    pub(super) fn get_deployment_group(&self, input: &Value) -> Answer {
        let (application, _) = self.application(input)?;
        let name = text(input, "deploymentGroupName").unwrap_or_default();
        self.group(application, name)?;
        Ok(json!({ "deploymentGroupInfo": self.group_json(application, name) }))
    }

    pub(super) fn batch_get_deployment_groups(&self, input: &Value) -> Answer {
        let (name, application) = self.application(input)?;
        let given = texts(input, "deploymentGroupNames");
        super::batch_limit(given.len(), 100, "DeploymentGroupNameRequiredException")?;
        let (there, missing): (Vec<&str>, Vec<&str>) = given
            .into_iter()
            .partition(|group| application.groups.contains_key(*group));
        let groups: Vec<Value> = there
            .into_iter()
            .map(|group| self.group_json(name, group))
            .collect();
        let mut answer = json!({ "deploymentGroupsInfo": groups });
        let error = || format!("No Deployment Group found for name: {}", missing.join(", "));
        put(
            &mut answer,
            "errorMessage",
            (!missing.is_empty()).then(error),
        );
        Ok(answer)
    }
}
