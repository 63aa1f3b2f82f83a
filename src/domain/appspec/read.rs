//! Reading an AppSpec: corrects the letter case, and checks everything that CodeDeploy would refuse later.

use std::fmt;

use serde_json::{Map, Value, json};

use super::{AppSpec, RESOURCE};
use crate::{
    domain::{
        document::{self, Keys},
        placeholder::placeholder_inside,
    },
    error::{Code, Problem},
    outside::OutsideText,
    words,
};

const HINT: &str =
    "see \"AppSpec file structure for Amazon ECS deployments\" in the CodeDeploy user guide";

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
    pub(crate) fn parse(text: &str, origin: impl fmt::Display) -> Result<Self, Problem> {
        match read(text) {
            Ok(document) => Ok(Self { document }),
            Err(reason) => {
                let message = format!("{origin} is not an AppSpec for ECS: {reason}");
                Err(Problem::new(Code::FileInvalid, message, HINT))
            }
        }
    }
}

fn read(text: &str) -> Result<Value, String> {
    // CodeDeploy reads keys in any letter case.
    let mut document = documented(document::parse(text, Keys::AnyLetterCase)?);
    let members = document.as_object_mut().ok_or("it is not a mapping")?;
    // Where people keep what YAML's merge keys repeat.
    members.retain(|key, _| !key.starts_with("x-"));
    // There is only this version, and people leave it out.
    members.entry("version").or_insert_with(|| 0.0.into());
    leave_out_blank_hooks(members);
    check_placeholders(members)?;
    check_resources(members)?;
    check_hooks(members)?;
    Ok(document)
}

/// The same with every known key in its documented letter case.
fn documented(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut documented_members = Map::new();
            for (key, value) in members {
                // Templates of AWS's have keys with nothing behind them: they stand for no value.
                if !value.is_null() {
                    documented_members.insert(documented_key(key), documented(value));
                }
            }
            Value::Object(documented_members)
        }
        Value::Array(list) => list.into_iter().map(documented).collect(),
        plain => plain,
    }
}

fn documented_key(key: String) -> String {
    for known in KEYS.iter().chain(&EVENTS) {
        if known.eq_ignore_ascii_case(&key) {
            return (*known).to_owned();
        }
    }
    key
}

fn check_placeholders(members: &Map<String, Value>) -> Result<(), String> {
    for (key, value) in members {
        // The task definition is replaced, whatever a template has in its place.
        if let Some((path, placeholder)) = placeholder_inside(value, key, "TaskDefinition") {
            return Err(format!(
                "{path} has the placeholder {placeholder}: write the value itself"
            ));
        }
    }
    Ok(())
}

fn check_resources(members: &mut Map<String, Value>) -> Result<(), String> {
    let resources = members.get_mut("Resources").and_then(Value::as_array_mut);
    let resources = resources.ok_or("it has no list `Resources`")?;
    // An AppSpec for EC2 or Lambda has other entries, and CodeDeploy takes exactly one for ECS.
    let [resource] = resources.as_mut_slice() else {
        let count = resources.len();
        return Err(format!(
            "`Resources` has {count} entries; it takes one TargetService"
        ));
    };
    let resource = resource
        .as_object_mut()
        .ok_or("the entry of `Resources` is not a mapping")?;
    let names: Vec<String> = resource.keys().cloned().collect();
    let [name] = names.as_slice() else {
        let names = words::list(names.into_iter().map(OutsideText::new));
        return Err(format!(
            "the entry of `Resources` has to be one resource, not {names}"
        ));
    };
    // AWS documents `TargetService`, but its CLI takes any name, and so does CodeDeploy.
    let mut service = resource.remove(name).unwrap_or_default();
    check_service(&mut service)?;
    resource.insert(RESOURCE.to_owned(), service);
    Ok(())
}

fn check_service(service: &mut Value) -> Result<(), String> {
    let service = service
        .as_object_mut()
        .ok_or("TargetService is not a mapping")?;
    match service.get("Type").and_then(Value::as_str) {
        Some("AWS::ECS::Service") => {}
        Some(other) => {
            let other = OutsideText::new(other);
            return Err(format!("its Type is {other}, not AWS::ECS::Service"));
        }
        None => return Err("it has no Type AWS::ECS::Service".to_owned()),
    }
    let properties = service
        .entry("Properties")
        .or_insert_with(|| Value::Object(Map::new()));
    check_properties(properties)
}

fn check_properties(properties: &mut Value) -> Result<(), String> {
    let properties = properties
        .as_object_mut()
        .ok_or("its Properties are not a mapping")?;
    check_text(properties, "TaskDefinition")?;
    let Some(load_balancer) = properties.get_mut("LoadBalancerInfo") else {
        return Ok(());
    };
    let load_balancer = load_balancer
        .as_object_mut()
        .ok_or("its LoadBalancerInfo is not a mapping")?;
    check_text(load_balancer, "ContainerName")?;
    if let Some(port) = load_balancer.get_mut("ContainerPort") {
        let Some(number) = port_number(port) else {
            let port = OutsideText::new(port.to_string());
            return Err(format!("its ContainerPort is {port}, not a port number"));
        };
        *port = number.into();
    }
    Ok(())
}

fn check_text(members: &Map<String, Value>, key: &str) -> Result<(), String> {
    match members.get(key) {
        None | Some(Value::String(_)) => Ok(()),
        Some(_) => Err(format!("its {key} is not text")),
    }
}

fn port_number(port: &Value) -> Option<u16> {
    // Some templates have the port in quotes.
    let number = match port {
        Value::String(text) => text.trim().parse().ok()?,
        number => u16::try_from(number.as_u64()?).ok()?,
    };
    (number > 0).then_some(number)
}

fn check_hooks(members: &Map<String, Value>) -> Result<(), String> {
    let hooks = match members.get("Hooks") {
        None => return Ok(()),
        Some(Value::Array(hooks)) => hooks,
        Some(_) => return Err("its Hooks are not a list".to_owned()),
    };
    for hook in hooks {
        check_hook(hook)?;
    }
    Ok(())
}

fn check_hook(hook: &Value) -> Result<(), String> {
    let members: Vec<(&String, &Value)> = hook.as_object().into_iter().flatten().collect();
    let [(event, function)] = members.as_slice() else {
        let reason = "each of its Hooks has to be one lifecycle event with its function";
        return Err(reason.to_owned());
    };
    // CodeDeploy refuses a hook for an event that it runs itself, such as Install.
    if !EVENTS.contains(&event.as_str()) {
        let event = OutsideText::new(event.as_str());
        let events = words::list(EVENTS);
        return Err(format!(
            "it has a hook for {event}; there are hooks for {events}"
        ));
    }
    if !function.is_string() {
        return Err(format!("the hook {event} names no function"));
    }
    Ok(())
}

/// Templates name every lifecycle event, with nothing behind those that nobody uses.
fn leave_out_blank_hooks(members: &mut Map<String, Value>) {
    let Some(hooks) = members.get_mut("Hooks").and_then(Value::as_array_mut) else {
        return;
    };
    for hook in hooks.iter_mut() {
        if let Some(events) = hook.as_object_mut() {
            events.retain(|_, function| !is_blank(function));
        }
    }
    hooks.retain(|hook| !hook.is_null() && *hook != json!({}));
    if hooks.is_empty() {
        members.shift_remove("Hooks");
    }
}

fn is_blank(function: &Value) -> bool {
    function.as_str().is_some_and(|name| name.trim().is_empty())
}
