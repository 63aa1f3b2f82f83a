//! Deployment groups, and where they are found.

use std::time::Duration;

use aws_sdk_codedeploy::types;
use time::OffsetDateTime;

use crate::{
    aws::{Aws, Failure, Operation, convert, minutes, timestamp, word},
    boxed::boxed,
    domain::{deployment_group::Group, service::LoadBalancerKind},
    names::{ApplicationName, DeploymentId, GroupName},
    outside::OutsideText,
};

const GET_DEPLOYMENT_GROUP: Operation = Operation::codedeploy("GetDeploymentGroup");
const LIST_APPLICATIONS: Operation = Operation::codedeploy("ListApplications");
const LIST_DEPLOYMENT_GROUPS: Operation = Operation::codedeploy("ListDeploymentGroups");
const BATCH_GET_DEPLOYMENT_GROUPS: Operation = Operation::codedeploy("BatchGetDeploymentGroups");

/// `BatchGetDeploymentGroups` takes 100 at most.
pub(crate) const GROUPS_PER_BATCH: usize = 100;

impl Aws {
    /// `GetDeploymentGroup`.
    pub(crate) async fn get_deployment_group(
        &self,
        application: &ApplicationName,
        group: &GroupName,
    ) -> Result<Group, Failure> {
        let request = self
            .codedeploy
            .get_deployment_group()
            .application_name(application)
            .deployment_group_name(group);
        let read = boxed(|| async move {
            // Where there is no such group, AWS answers with an exception; an answer without one is not AWS's.
            let answer = GET_DEPLOYMENT_GROUP.answer(request.send().await)?;
            let group = answer.deployment_group_info.and_then(group_from);
            let missing = "the answer holds no deployment group";
            group.ok_or_else(|| Failure::incomplete(GET_DEPLOYMENT_GROUP, missing))
        });
        let key = (application.clone(), group.clone());
        self.together.group.share(key, read).await
    }

    /// `ListApplications`, all pages.
    pub(crate) async fn list_applications(&self) -> Result<Vec<ApplicationName>, Failure> {
        let pages = self.codedeploy.list_applications().into_paginator();
        let read = boxed(|| async move {
            let names = pages.items().send().try_collect().await;
            let names: Vec<String> = LIST_APPLICATIONS.answer(names)?;
            Ok(names.into_iter().map(ApplicationName::new).collect())
        });
        self.together.applications.share((), read).await
    }

    /// `ListDeploymentGroups`: the names of every group of an application.
    pub(crate) async fn list_deployment_groups(
        &self,
        application: &ApplicationName,
    ) -> Result<Vec<GroupName>, Failure> {
        let request = self
            .codedeploy
            .list_deployment_groups()
            .application_name(application);
        let read = boxed(|| async move {
            let names = request.into_paginator().items().send().try_collect().await;
            let names: Vec<String> = LIST_DEPLOYMENT_GROUPS.answer(names)?;
            Ok(names.into_iter().map(GroupName::new).collect())
        });
        let lists = &self.together.group_lists;
        lists.share(application.clone(), read).await
    }

    /// `BatchGetDeploymentGroups` for [`GROUPS_PER_BATCH`] groups of an application at most.
    pub(crate) async fn batch_get_deployment_groups(
        &self,
        application: &ApplicationName,
        groups: &[GroupName],
    ) -> Result<Vec<Group>, Failure> {
        let names = groups.iter().map(String::from).collect();
        let request = self
            .codedeploy
            .batch_get_deployment_groups()
            .application_name(application)
            .set_deployment_group_names(Some(names));
        let read = boxed(|| async move {
            let answer = BATCH_GET_DEPLOYMENT_GROUPS.answer(request.send().await)?;
            Ok(convert(answer.deployment_groups_info, group_from))
        });
        let key = (application.clone(), groups.to_vec());
        self.together.groups.share(key, read).await
    }
}

fn group_from(info: types::DeploymentGroupInfo) -> Option<Group> {
    let (terminate, ready) = match info.blue_green_deployment_configuration {
        Some(blue_green) => (
            blue_green.terminate_blue_instances_on_deployment_success,
            blue_green.deployment_ready_option,
        ),
        None => (None, None),
    };
    let newest = [
        &info.last_attempted_deployment,
        &info.last_successful_deployment,
    ];
    Some(Group {
        last_deployed_at: newest.into_iter().flatten().filter_map(created_at).max(),
        application: ApplicationName::new(info.application_name.unwrap_or_default()),
        name: GroupName::new(info.deployment_group_name.unwrap_or_default()),
        compute_platform: word(info.compute_platform),
        services: convert(info.ecs_services, service_names),
        config: info.deployment_config_name,
        alarms: alarms_from(info.alarm_configuration),
        auto_rollback: match info.auto_rollback_configuration {
            Some(auto_rollback) => auto_rollback.enabled,
            None => false,
        },
        termination_wait: terminate.map(|wait| minutes(wait.termination_wait_time_in_minutes)),
        load_balancer: info.load_balancer_info.and_then(load_balancer_from),
        ready_wait: ready.and_then(ready_wait_from),
        last_successful: match info.last_successful_deployment {
            Some(last) => last.deployment_id.map(DeploymentId::new),
            None => None,
        },
    })
}

fn ready_wait_from(ready: types::DeploymentReadyOption) -> Option<Duration> {
    // `CONTINUE_DEPLOYMENT` shifts the traffic at once.
    let waits = word(ready.action_on_timeout) == "STOP_DEPLOYMENT";
    waits.then(|| minutes(ready.wait_time_in_minutes))
}

fn load_balancer_from(info: types::LoadBalancerInfo) -> Option<LoadBalancerKind> {
    let pairs = info.target_group_pair_info_list?;
    let mut routes = pairs.into_iter().filter_map(|pair| pair.prod_traffic_route);
    let listeners = routes.find_map(|route| route.listener_arns)?;
    LoadBalancerKind::of_listener(listeners.first()?)
}

/// The alarms' names, where the group polls them.
fn alarms_from(configuration: Option<types::AlarmConfiguration>) -> Vec<OutsideText> {
    // A group keeps its alarms while polling is off.
    let enabled = configuration.filter(|alarms| alarms.enabled);
    let alarms = enabled.and_then(|enabled| enabled.alarms);
    convert(alarms, |alarm| alarm.name.map(OutsideText::new))
}

fn created_at(deployment: &types::LastDeploymentInfo) -> Option<OffsetDateTime> {
    timestamp(deployment.create_time)
}

/// Cluster and service, by name: people and tools write names or ARNs.
fn service_names(service: types::EcsService) -> Option<(String, String)> {
    let cluster = service.cluster_name.unwrap_or_default();
    let service = service.service_name.unwrap_or_default();
    Some((name(&cluster).to_owned(), name(&service).to_owned()))
}

/// `web1` of `arn:aws:ecs:REGION:ACCOUNT:service/prod/web1`. No name has a slash in it.
fn name(name_or_arn: &str) -> &str {
    match name_or_arn.rsplit_once('/') {
        Some((_, name)) => name,
        None => name_or_arn,
    }
}
