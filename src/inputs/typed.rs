//! A cluster or service as somebody typed it: a name or an ARN.

use crate::error::Problem;

use super::{
    arn::{Arn, ecs_name},
    messages::bad_value,
};

pub(super) const SERVICE_HINT: &str = "Give its name as the ECS console shows it, or its ARN: arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/NAME.";

/// A cluster or service as it was typed.
#[derive(Clone, Copy)]
pub(super) struct Typed<'a> {
    pub name: &'a str,
    /// The cluster in a service's ARN; ARNs of the old format have none.
    pub cluster: Option<&'a str>,
    pub arn: Option<Arn<'a>>,
}

/// A name or an ARN.
pub(super) fn parse<'a>(input: &str, text: &'a str, hint: &str) -> Result<Typed<'a>, Problem> {
    if !text.starts_with("arn:") {
        return parse_name(input, text, hint);
    }
    let what = format!("which is not the ARN of an ECS {input}");
    parse_arn(input, text).ok_or_else(|| bad_value(input, text, &what, hint))
}

fn parse_arn<'a>(input: &str, text: &'a str) -> Option<Typed<'a>> {
    let arn = Arn::parse(text, "ecs")?;
    let path = arn.resource.strip_prefix(input)?.strip_prefix('/')?;
    let (cluster, name) = match path.split_once('/') {
        Some((cluster, name)) if input == "service" => (Some(cluster), name),
        // Services' ARNs in the format that ECS used until 2018 do not name the cluster.
        _ => (None, path),
    };
    let is_valid = ecs_name(name) && cluster.is_none_or(ecs_name);
    is_valid.then_some(Typed {
        name,
        cluster,
        arn: Some(arn),
    })
}

fn parse_name<'a>(input: &str, text: &'a str, hint: &str) -> Result<Typed<'a>, Problem> {
    if ecs_name(text) {
        return Ok(Typed {
            name: text,
            cluster: None,
            arn: None,
        });
    }
    // The log of this action names a service like this, so people paste it.
    if let Some((cluster, service)) = text.split_once('/')
        && ecs_name(cluster)
        && ecs_name(service)
    {
        return Err(bad_value(
            input,
            text,
            "which looks like a cluster and a service in one",
            format!("Give them separately: cluster: {cluster} and service: {service}."),
        ));
    }
    let names = text.split([' ', ';']).filter(|name| !name.is_empty());
    let names: Vec<&str> = names.collect();
    if input == "service" && names.len() > 1 && names.iter().all(|name| ecs_name(name)) {
        return Err(bad_value(
            input,
            text,
            "and a name has no spaces and no semicolons",
            format!("Separate several services by commas: {}.", names.join(",")),
        ));
    }
    let what = "but a name has up to 255 letters, digits, _ and -";
    Err(bad_value(input, text, what, hint))
}
