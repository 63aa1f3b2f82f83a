//! What RegisterTaskDefinition refuses beyond the types of the model: what is empty, twice there, or does not fit
//! together. The words are AWS's own where they are known.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::input::{list, text};
use super::{client, invalid};
use crate::aws::AwsError;

type Checked = Result<(), AwsError>;

/// How many containers a task may have.
const CONTAINERS: usize = 10;

pub(super) fn check(input: &Value) -> Checked {
    let containers = list(input, "containerDefinitions");
    check_family(text(input, "family").unwrap_or_default())?;
    if containers.is_empty() {
        return Err(client("Container list cannot be empty."));
    }
    if containers.len() > CONTAINERS {
        return Err(client(format!(
            "Too many containers. Maximum allowed: {CONTAINERS}."
        )));
    }
    containers.iter().try_for_each(check_container)?;
    check_together(input, containers)?;
    check_roles(input)?;
    check_tags(input)?;
    check_fargate(input, containers)
}

fn refuse_where(bad: bool, message: &str) -> Checked {
    if bad { Err(client(message)) } else { Ok(()) }
}

fn check_family(family: &str) -> Checked {
    refuse_where(family.is_empty(), "Family should not be null or empty.")?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let fits = family.len() <= 255 && family.chars().all(allowed);
    refuse_where(!fits, "Family contains invalid characters.")
}

fn check_container(container: &Value) -> Checked {
    refuse_where(
        empty(container, "name"),
        "Container.name should not be null or empty.",
    )?;
    refuse_where(
        empty(container, "image"),
        "Container.image should not be null or empty.",
    )?;
    let image = text(container, "image").unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_:./#@".contains(c);
    refuse_where(
        !image.chars().all(allowed),
        "Container.image contains invalid characters.",
    )?;
    let credentials = container
        .get("repositoryCredentials")
        .filter(|given| !given.is_null());
    refuse_where(
        credentials.is_some_and(|given| empty(given, "credentialsParameter")),
        "Container.repositoryCredentials.credentialsParameter should not be null or empty.",
    )?;
    check_names(container)
}

fn check_names(container: &Value) -> Checked {
    let unnamed = |list: &[Value], member| list.iter().any(|row| empty(row, member));
    refuse_where(
        unnamed(list(container, "environment"), "name"),
        "Environment variable name should not be null or empty.",
    )?;
    let log = container.get("logConfiguration").unwrap_or(&Value::Null);
    for secrets in [list(container, "secrets"), list(log, "secretOptions")] {
        refuse_where(
            unnamed(secrets, "name"),
            "Secret.name should not be null or empty.",
        )?;
        refuse_where(
            unnamed(secrets, "valueFrom"),
            "Secret.valueFrom should not be null or empty.",
        )?;
    }
    Ok(())
}

fn check_together(input: &Value, containers: &[Value]) -> Checked {
    let names: BTreeSet<&str> = containers
        .iter()
        .filter_map(|one| text(one, "name"))
        .collect();
    refuse_where(
        names.len() < containers.len(),
        "Container names in a task definition must be unique.",
    )?;
    let essential = |one: &Value| one.get("essential").and_then(Value::as_bool) != Some(false);
    refuse_where(
        !containers.iter().any(essential),
        "A task definition must have at least one essential container.",
    )?;
    let mut awaited = containers.iter().flat_map(|one| list(one, "dependsOn"));
    refuse_where(
        awaited.any(|one| text(one, "containerName").is_none_or(|name| !names.contains(name))),
        "A container depends on one that is not in the task definition.",
    )?;
    let awsvpc = text(input, "networkMode") == Some("awsvpc");
    let mut mappings = containers.iter().flat_map(|one| list(one, "portMappings"));
    let apart = |one: &Value| {
        let port = |member| {
            one.get(member)
                .and_then(Value::as_u64)
                .filter(|port| *port > 0)
        };
        port("hostPort").is_some_and(|host| port("containerPort") != Some(host))
    };
    refuse_where(
        awsvpc && mappings.any(apart),
        "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
    )
}

fn check_roles(input: &Value) -> Checked {
    let wrong = |member| {
        text(input, member).is_some_and(|role| {
            role.is_empty() || role.contains(|c: char| c.is_whitespace() || "<>{}$".contains(c))
        })
    };
    refuse_where(
        wrong("taskRoleArn") || wrong("executionRoleArn"),
        "Role is not valid",
    )
}

fn check_tags(input: &Value) -> Checked {
    let reserved = |tag: &Value| {
        text(tag, "key").is_some_and(|key| key.to_ascii_lowercase().starts_with("aws:"))
    };
    if list(input, "tags").iter().any(reserved) {
        return Err(invalid(
            "Tag keys starting with aws: are reserved for system use",
        ));
    }
    Ok(())
}

fn check_fargate(input: &Value, containers: &[Value]) -> Checked {
    let role = !empty(input, "executionRoleArn");
    let secret = |one: &Value| {
        let log = one.get("logConfiguration").unwrap_or(&Value::Null);
        !list(one, "secrets").is_empty() || !list(log, "secretOptions").is_empty()
    };
    refuse_where(
        !role && containers.iter().any(secret),
        "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    )?;
    if !list(input, "requiresCompatibilities").contains(&json!("FARGATE")) {
        return Ok(());
    }
    refuse_where(
        empty(input, "cpu") || empty(input, "memory"),
        "Fargate requires that 'cpu' and 'memory' be defined at the task level.",
    )?;
    let image = |one: &Value| text(one, "image").unwrap_or_default().contains(".dkr.ecr.");
    refuse_where(
        !role && containers.iter().any(image),
        "Fargate requires task definition to have execution role ARN to support ECR images.",
    )?;
    let driver = |one: &Value| text(&one["logConfiguration"], "logDriver") == Some("awslogs");
    refuse_where(
        !role && containers.iter().any(driver),
        "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
    )
}

fn empty(value: &Value, member: &str) -> bool {
    text(value, member).is_none_or(str::is_empty)
}
