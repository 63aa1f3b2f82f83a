//! The AppSpec: writing one for a story, and reading the one that a client sent.

use serde_json::{Value, json};

use super::super::ecs::{CapacityProvider, MadeWith, Network};
use super::super::input::{put, text};
use crate::aws::AwsError;

/// What an AppSpec says about the deployment.
pub struct AppSpec {
    pub task_definition: String,
    pub container: String,
    pub port: u64,
    /// Names of the hooked events.
    pub hooks: Vec<String>,
    pub settings: Settings,
}

/// What an AppSpec may say about the tasks beside their task definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Empty: none, and so the new task set has the launch type `FARGATE`.
    pub capacity_providers: Vec<CapacityProvider>,
    /// None: `LATEST`.
    pub platform_version: Option<String>,
    /// None: the service's own.
    pub network: Option<Network>,
}

impl Settings {
    /// What it takes to make a task set like this one; nothing for what is so by default.
    pub fn of(made_with: &MadeWith) -> Self {
        let network = &made_with.network;
        Self {
            capacity_providers: made_with.capacity_providers.clone(),
            platform_version: made_with.platform_version.clone(),
            network: (*network != Network::default()).then(|| network.clone()),
        }
    }

    fn write(&self, properties: &mut Value) {
        let provider = |one: &CapacityProvider| json!({ "CapacityProvider": one.name, "Base": one.base, "Weight": one.weight });
        let providers: Vec<Value> = self.capacity_providers.iter().map(provider).collect();
        put(
            properties,
            "CapacityProviderStrategy",
            (!providers.is_empty()).then_some(providers),
        );
        put(
            properties,
            "PlatformVersion",
            self.platform_version.as_deref(),
        );
        let network = self.network.as_ref().map(|network| {
            json!({ "AwsvpcConfiguration": {
                "Subnets": network.subnets,
                "SecurityGroups": network.security_groups,
                "AssignPublicIp": network.public_ip(),
            } })
        });
        put(properties, "NetworkConfiguration", network);
    }

    fn read(properties: &Value) -> Result<Self, AwsError> {
        let rows = member(properties, "CapacityProviderStrategy").and_then(Value::as_array);
        let number =
            |row: &Value, name| member(row, name).and_then(Value::as_u64).unwrap_or(0) as u32;
        let provider = |row: &Value| {
            let name = member(row, "CapacityProvider").and_then(Value::as_str);
            name.map(|name| CapacityProvider::new(name, number(row, "Base"), number(row, "Weight")))
                .ok_or_else(|| refuse("a row of CapacityProviderStrategy has no CapacityProvider"))
        };
        let capacity_providers = rows.map_or(&[][..], Vec::as_slice).iter().map(provider);
        let version = member(properties, "PlatformVersion").and_then(Value::as_str);
        let network = member(properties, "NetworkConfiguration")
            .and_then(|found| member(found, "AwsvpcConfiguration"));
        Ok(Self {
            capacity_providers: capacity_providers.collect::<Result<_, _>>()?,
            platform_version: version.map(str::to_owned),
            network: network.map(network_of),
        })
    }
}

fn network_of(awsvpc: &Value) -> Network {
    let texts = |name| {
        let listed = member(awsvpc, name).and_then(Value::as_array);
        let texts = listed
            .map_or(&[][..], Vec::as_slice)
            .iter()
            .filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    };
    let public = member(awsvpc, "AssignPublicIp").and_then(Value::as_str);
    Network {
        subnets: texts("Subnets"),
        security_groups: texts("SecurityGroups"),
        public_ip: public == Some("ENABLED"),
    }
}

/// An AppSpec as JSON text, with hooks as (event, Lambda function) and an optional platform version.
pub fn write(
    task_definition: &str,
    container: &str,
    port: u16,
    hooks: &[(&str, &str)],
    platform_version: Option<&str>,
) -> String {
    let settings = Settings {
        platform_version: platform_version.map(str::to_owned),
        ..Settings::default()
    };
    write_with(task_definition, (container, port), hooks, &settings)
}

/// The same, with all that an AppSpec may say about the tasks.
pub fn write_with(
    task_definition: &str,
    (container, port): (&str, u16),
    hooks: &[(&str, &str)],
    settings: &Settings,
) -> String {
    let mut properties = json!({
        "TaskDefinition": task_definition,
        "LoadBalancerInfo": { "ContainerName": container, "ContainerPort": port },
    });
    settings.write(&mut properties);
    let mut document = json!({
        "version": 0.0,
        "Resources": [{ "TargetService": { "Type": "AWS::ECS::Service", "Properties": properties } }],
    });
    if !hooks.is_empty() {
        document["Hooks"] = hooks
            .iter()
            .map(|(event, function)| json!({ *event: function }))
            .collect();
    }
    document.to_string()
}

/// Reads an AppSpec's JSON. Keys may be in any letter case.
pub fn read(content: &str) -> Result<AppSpec, AwsError> {
    let document: Value = serde_json::from_str(content)
        .map_err(|error| refuse(&format!("it is not valid JSON: {error}")))?;
    if member(&document, "version").and_then(Value::as_f64) != Some(0.0) {
        return Err(refuse("the version must be 0.0"));
    }
    let resources = member(&document, "Resources").and_then(Value::as_array);
    let [resource] = resources.map_or(&[][..], Vec::as_slice) else {
        return Err(refuse("it must have exactly one resource"));
    };
    let service = resource
        .as_object()
        .and_then(|resource| resource.values().next());
    let service = service.ok_or_else(|| refuse("the resource is empty"))?;
    if member(service, "Type").and_then(Value::as_str) != Some("AWS::ECS::Service") {
        return Err(refuse("the resource's type must be AWS::ECS::Service"));
    }
    let properties =
        member(service, "Properties").ok_or_else(|| refuse("the resource has no properties"))?;
    let balancer = member(properties, "LoadBalancerInfo")
        .ok_or_else(|| refuse("LoadBalancerInfo is missing"))?;
    let string = |value: &Value, name| {
        member(value, name)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let port = member(balancer, "ContainerPort").and_then(Value::as_u64);
    Ok(AppSpec {
        task_definition: string(properties, "TaskDefinition")
            .ok_or_else(|| refuse("TaskDefinition is missing"))?,
        container: string(balancer, "ContainerName")
            .ok_or_else(|| refuse("ContainerName is missing"))?,
        port: port.ok_or_else(|| refuse("ContainerPort is missing"))?,
        hooks: hooks(&document)?,
        settings: Settings::read(properties)?,
    })
}

fn hooks(document: &Value) -> Result<Vec<String>, AwsError> {
    const EVENTS: [&str; 5] = [
        "BeforeInstall",
        "AfterInstall",
        "AfterAllowTestTraffic",
        "BeforeAllowTraffic",
        "AfterAllowTraffic",
    ];
    let listed = member(document, "Hooks")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let names = listed.iter().filter_map(Value::as_object).flatten();
    names
        .map(|(name, function)| {
            if function.as_str().is_none_or(str::is_empty) {
                return Err(refuse(&format!("the hook {name} names no function")));
            }
            let known = EVENTS.iter().find(|event| event.eq_ignore_ascii_case(name));
            known
                .map(|event| (*event).to_owned())
                .ok_or_else(|| refuse(&format!("there is no hook {name}")))
        })
        .collect()
}

fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let members = value.as_object()?;
    members
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

pub(super) fn refuse(why: &str) -> AwsError {
    AwsError::client(
        "InvalidRevisionException",
        format!("The AppSpec file cannot be used: {why}."),
    )
}

/// The part of a revision location that carries an AppSpec, by the revision's type.
pub(super) fn carrier(location: &Value) -> Option<(&'static str, &Value)> {
    match text(location, "revisionType")? {
        "AppSpecContent" => Some(("appSpecContent", location.get("appSpecContent")?)),
        "String" => Some(("string", location.get("string")?)),
        _ => None,
    }
}
