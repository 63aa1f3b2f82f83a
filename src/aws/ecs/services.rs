//! Services from the SDK's types.

use std::time::Duration;

use aws_sdk_ecs::types;

use crate::{
    aws::{alarm_names, convert, count, minutes, task_definition_arn, text, timestamp, word},
    domain::service::{
        CapacityProvider, Controller, LoadBalancer, LoadBalancerKind, Network, Placement, Rollout,
        Service, ServiceEvent, Strategy, TaskSet,
    },
    names::{ContainerName, DeploymentId, ServiceName, TaskSetId},
    outside::OutsideText,
};

pub(super) fn service_from(service: types::Service) -> Service {
    let controller = controller_from(service.deployment_controller);
    let deployments = service.deployments.unwrap_or_default();
    Service {
        connect_ports: connect_ports(&deployments),
        arn: service.service_arn.unwrap_or_default(),
        name: ServiceName::new(service.service_name.unwrap_or_default()),
        status: service.status.unwrap_or_default(),
        desired_count: service.desired_count,
        pending: count(service.pending_count),
        load_balancer_kind: kind_from(service.load_balancers.as_deref().unwrap_or_default()),
        load_balancers: convert(service.load_balancers, with_container),
        network: network_from(service.network_configuration),
        task_sets: task_sets_from(service.task_sets, &controller, &deployments),
        rollouts: convert(Some(deployments), rollout_from),
        controller,
        current_deployment: service.current_service_deployment.map(DeploymentId::new),
        revisions: convert(service.current_service_revisions, |revision| revision.arn),
        strategy: match service.deployment_configuration {
            Some(configuration) => strategy_from(configuration),
            None => Strategy::default(),
        },
        events: convert(service.events, event_from),
        is_express: word(service.resource_management_type) == "ECS",
        stack: convert(service.tags, stack_name).pop(),
    }
}

fn event_from(event: types::ServiceEvent) -> Option<ServiceEvent> {
    Some(ServiceEvent {
        at: timestamp(event.created_at),
        text: text(event.message)?,
    })
}

/// CloudFormation tags what it makes, and so does the CDK, which deploys through it.
fn stack_name(tag: types::Tag) -> Option<OutsideText> {
    if tag.key? != "aws:cloudformation:stack-name" {
        return None;
    }
    text(tag.value)
}

fn controller_from(controller: Option<types::DeploymentController>) -> Controller {
    match word(controller.map(|controller| controller.r#type)).as_str() {
        // AWS leaves the default out.
        "" | "ECS" => Controller::Ecs,
        "CODE_DEPLOY" => Controller::CodeDeploy,
        "EXTERNAL" => Controller::External,
        other => Controller::Other(other.to_owned()),
    }
}

fn rollout_from(rollout: types::Deployment) -> Option<Rollout> {
    Some(Rollout {
        id: TaskSetId::new(rollout.id.unwrap_or_default()),
        status: rollout.status.unwrap_or_default(),
        task_definition: task_definition_arn(rollout.task_definition),
        state: rollout.rollout_state.map(|state| state.to_string()),
        reason: text(rollout.rollout_state_reason),
        running: count(rollout.running_count),
        failed: count(rollout.failed_tasks),
        created_at: timestamp(rollout.created_at),
    })
}

fn strategy_from(configuration: types::DeploymentConfiguration) -> Strategy {
    // Alarms may be configured, but switched off.
    let alarms = match configuration.alarms {
        Some(alarms) if alarms.enable => alarm_names(alarms.alarm_names),
        _ => Vec::new(),
    };
    Strategy {
        name: word(configuration.strategy),
        bake: minutes(configuration.bake_time_in_minutes.unwrap_or_default()),
        step: step_from(
            configuration.canary_configuration,
            configuration.linear_configuration,
        ),
        alarms,
    }
}

/// Percent of the traffic in each step, and how long each step lasts.
fn step_from(
    canary: Option<types::CanaryConfiguration>,
    linear: Option<types::LinearConfiguration>,
) -> Option<(f64, Duration)> {
    if let Some(step) = canary {
        return step_of(step.canary_percent, step.canary_bake_time_in_minutes);
    }
    let step = linear?;
    step_of(step.step_percent, step.step_bake_time_in_minutes)
}

fn step_of(percent: Option<f64>, wait: Option<i32>) -> Option<(f64, Duration)> {
    let wait = minutes(wait.unwrap_or_default());
    Some((percent.unwrap_or_default(), wait))
}

/// The task sets. A service that came from the `ECS` controller to CodeDeploy may answer `deployments` in their place,
/// for as long as it lives.
fn task_sets_from(
    task_sets: Option<Vec<types::TaskSet>>,
    controller: &Controller,
    deployments: &[types::Deployment],
) -> Vec<TaskSet> {
    let task_sets = convert(task_sets, task_set_from);
    if *controller != Controller::CodeDeploy || !task_sets.is_empty() {
        return task_sets;
    }
    convert(Some(deployments.to_vec()), task_set_of_deployment)
}

/// It does not say which CodeDeploy deployment made it.
fn task_set_of_deployment(deployment: types::Deployment) -> Option<TaskSet> {
    Some(TaskSet {
        id: TaskSetId::new(deployment.id.unwrap_or_default()),
        status: deployment.status.unwrap_or_default(),
        task_definition: task_definition_arn(deployment.task_definition),
        external_id: None,
        created_at: timestamp(deployment.created_at),
        load_balancer: None,
        placement: Placement {
            capacity_providers: convert(deployment.capacity_provider_strategy, provider_from),
            platform_version: deployment.platform_version,
            network: network_from(deployment.network_configuration),
        },
    })
}

fn task_set_from(task_set: types::TaskSet) -> Option<TaskSet> {
    Some(TaskSet {
        id: TaskSetId::new(task_set.id.unwrap_or_default()),
        status: task_set.status.unwrap_or_default(),
        task_definition: task_definition_arn(task_set.task_definition),
        // The CodeDeploy deployment; empty for the task set that `CreateService` made.
        external_id: task_set.external_id.filter(|id| !id.is_empty()),
        created_at: timestamp(task_set.created_at),
        load_balancer: convert(task_set.load_balancers, with_container)
            .into_iter()
            .next(),
        placement: Placement {
            capacity_providers: convert(task_set.capacity_provider_strategy, provider_from),
            platform_version: task_set.platform_version,
            network: network_from(task_set.network_configuration),
        },
    })
}

fn provider_from(item: types::CapacityProviderStrategyItem) -> Option<CapacityProvider> {
    Some(CapacityProvider {
        name: item.capacity_provider,
        base: item.base,
        weight: item.weight,
    })
}

fn network_from(network: Option<types::NetworkConfiguration>) -> Option<Network> {
    let vpc = network?.awsvpc_configuration?;
    Some(Network {
        subnets: vpc.subnets,
        security_groups: vpc.security_groups.unwrap_or_default(),
        assign_public_ip: word(vpc.assign_public_ip),
    })
}

/// The ports of the newest deployment; a service itself does not describe its Service Connect.
fn connect_ports(deployments: &[types::Deployment]) -> Vec<String> {
    let mut deployments = deployments.iter();
    let primary = deployments.find(|deployment| deployment.status() == Some("PRIMARY"));
    let configuration = primary.and_then(|primary| primary.service_connect_configuration());
    let Some(configuration) = configuration.filter(|configuration| configuration.enabled) else {
        return Vec::new();
    };
    let published = configuration.services().iter();
    published.map(|port| port.port_name.clone()).collect()
}

/// The kind of the load balancer that shifts the traffic between the service's two target groups.
fn kind_from(load_balancers: &[types::LoadBalancer]) -> Option<LoadBalancerKind> {
    let mut advanced = load_balancers
        .iter()
        .filter_map(types::LoadBalancer::advanced_configuration);
    let listener = advanced.find_map(|advanced| advanced.production_listener_rule())?;
    LoadBalancerKind::of_listener(listener)
}

fn with_container(load_balancer: types::LoadBalancer) -> Option<LoadBalancer> {
    Some(LoadBalancer {
        container: ContainerName::new(load_balancer.container_name?),
        port: load_balancer.container_port?.try_into().ok()?,
    })
}
