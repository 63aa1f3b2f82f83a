//! Reading an AppSpec: letter case put right, and everything checked that CodeDeploy would refuse later.

use serde_json::{Map, Value};

use super::{AppSpec, RESOURCE};
use crate::domain::document::{self, Keys};
use crate::error::{Code, Problem};

/// Keys as AWS documents them; any other key stays as it is written.
const KEYS: [&str; 21] = [
    "version",
    "Resources",
    RESOURCE,
    "Type",
    "Properties",
    "TaskDefinition",
    "LoadBalancerInfo",
    "ContainerName",
    "ContainerPort",
    "PlatformVersion",
    "NetworkConfiguration",
    "AwsvpcConfiguration",
    "Subnets",
    "SecurityGroups",
    "AssignPublicIp",
    "CapacityProviderStrategy",
    "CapacityProvider",
    "Base",
    "Weight",
    "Hooks",
    "Name",
];

/// The lifecycle events of an ECS deployment that can have a hook.
const EVENTS: [&str; 5] = [
    "BeforeInstall",
    "AfterInstall",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
];

impl AppSpec {
    /// Reads YAML or JSON. `origin` says in messages where the text is from.
    ///
    /// # Errors
    /// [`Code::FileInvalid`] where it is no AppSpec for one ECS service.
    pub fn parse(text: &str, origin: &str) -> Result<Self, Problem> {
        read(text).map(|document| Self { document }).map_err(|what| {
            let message = format!("{origin} is not an AppSpec for ECS: {what}");
            let hint =
                "see \"AppSpec file structure for Amazon ECS deployments\" in the CodeDeploy user guide";
            Problem::new(Code::FileInvalid, message, hint)
        })
    }
}

fn read(text: &str) -> Result<Value, String> {
    let mut document = documented(document::parse(text, Keys::AnyLetterCase)?);
    let members = document.as_object_mut().ok_or("it is no mapping")?;
    members.entry("version").or_insert_with(|| 0.0.into());
    check_resources(members)?;
    check_hooks(members)?;
    Ok(document)
}

/// Every known key in its documented letter case. A key with nothing behind it, as YAML templates have them, is
/// left out.
fn documented(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let said = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(
                said.map(|(key, value)| (documented_key(key), documented(value)))
                    .collect(),
            )
        }
        Value::Array(list) => Value::Array(list.into_iter().map(documented).collect()),
        plain => plain,
    }
}

fn documented_key(key: String) -> String {
    let known = KEYS
        .iter()
        .chain(&EVENTS)
        .find(|known| known.eq_ignore_ascii_case(&key));
    known.map_or(key, |known| (*known).to_owned())
}

fn check_resources(members: &mut Map<String, Value>) -> Result<(), String> {
    let resources = members.get_mut("Resources").and_then(Value::as_array_mut);
    let resource = match resources
        .ok_or("it has no list `Resources`")?
        .as_mut_slice()
    {
        [only] => only,
        others => {
            return Err(format!(
                "`Resources` has {} entries; it takes one TargetService",
                others.len()
            ));
        }
    };
    let resource = resource
        .as_object_mut()
        .ok_or("the entry of `Resources` is no mapping")?;
    let names = resource.keys().cloned().collect::<Vec<_>>();
    if names != [RESOURCE] {
        return Err(format!(
            "the entry of `Resources` has to be TargetService alone, not {}",
            names.join(", ")
        ));
    }
    let service = resource
        .get_mut(RESOURCE)
        .and_then(Value::as_object_mut)
        .ok_or("TargetService is no mapping")?;
    match service.get("Type").and_then(Value::as_str) {
        Some("AWS::ECS::Service") => {}
        Some(other) => return Err(format!("its Type is {other}, not AWS::ECS::Service")),
        None => return Err("it has no Type AWS::ECS::Service".into()),
    }
    let properties = service
        .entry("Properties")
        .or_insert_with(|| Value::Object(Map::new()));
    check_properties(
        properties
            .as_object_mut()
            .ok_or("its Properties are no mapping")?,
    )
}

fn check_properties(properties: &mut Map<String, Value>) -> Result<(), String> {
    if properties
        .get("TaskDefinition")
        .is_some_and(|arn| !arn.is_string())
    {
        return Err("its TaskDefinition is not text".into());
    }
    let Some(load_balancer) = properties.get_mut("LoadBalancerInfo") else {
        return Ok(());
    };
    let info = load_balancer
        .as_object_mut()
        .ok_or("its LoadBalancerInfo is no mapping")?;
    if info
        .get("ContainerName")
        .is_some_and(|name| !name.is_string())
    {
        return Err("its ContainerName is not text".into());
    }
    if let Some(port) = info.get_mut("ContainerPort") {
        *port = port_number(port)
            .ok_or_else(|| format!("its ContainerPort is {port}, not a port number"))?
            .into();
    }
    Ok(())
}

fn port_number(port: &Value) -> Option<u16> {
    let number = match port {
        Value::String(text) => text.trim().parse().ok(),
        number => number
            .as_u64()
            .and_then(|number| u16::try_from(number).ok()),
    };
    number.filter(|port| *port > 0)
}

fn check_hooks(members: &Map<String, Value>) -> Result<(), String> {
    let Some(hooks) = members.get("Hooks") else {
        return Ok(());
    };
    for hook in hooks.as_array().ok_or("its Hooks are no list")? {
        check_hook(hook)?;
    }
    Ok(())
}

fn check_hook(hook: &Value) -> Result<(), String> {
    let single = hook
        .as_object()
        .filter(|hook| hook.len() == 1)
        .and_then(|hook| hook.iter().next());
    let (event, function) =
        single.ok_or("each of its Hooks has to be one lifecycle event with its function")?;
    if !EVENTS.contains(&event.as_str()) {
        return Err(format!(
            "it has a hook for {event}; there are hooks for {}",
            EVENTS.join(", ")
        ));
    }
    let named = function.as_str().is_some_and(|name| !name.is_empty());
    named
        .then_some(())
        .ok_or_else(|| format!("the hook {event} names no function"))
}
