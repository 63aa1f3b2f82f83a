//! Where the service is: region, cluster and service, from names or ARNs that must agree with each other.

use crate::error::{Code, Problem};
use crate::names::{ClusterName, Region, ServiceName};

use super::arn::{Arn, ecs_name, looks_like_region};
use super::reader::{Reader, bad, quoted};
use super::table::spec;

pub(super) struct Place {
    pub(super) region: Option<Region>,
    pub(super) cluster: Option<ClusterName>,
    pub(super) service: Option<ServiceName>,
    pub(super) account: Option<String>,
}

/// A cluster or service as it was typed.
struct Typed<'a> {
    name: &'a str,
    /// The cluster that a service's ARN names; old ones don't.
    cluster: Option<&'a str>,
    arn: Option<Arn<'a>>,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Place {
    let cluster = reader.value("cluster", |text| Ok(text.to_owned()));
    let cluster = cluster
        .as_deref()
        .and_then(|text| reader.keep(parse_cluster(text)));
    let service = reader.value("service", |text| Ok(text.to_owned()));
    let service = service
        .as_deref()
        .and_then(|text| reader.keep(parse_service(text)));

    let arns = [("cluster", cluster.as_ref()), ("service", service.as_ref())];
    let arns = arns.map(|(input, typed)| (input, typed.and_then(|typed| typed.arn)));
    let named = arns.iter().find_map(|(_, arn)| arn.map(|arn| arn.region));
    let region = read_region(reader, named);
    for (input, arn) in arns {
        if let (Some(arn), Some(region)) = (arn, &region) {
            reader.keep(same_region(input, arn.region, region));
        }
    }
    let account = reader.keep(one_account(arns[0].1, arns[1].1)).flatten();
    let cluster = cluster.and_then(|cluster| reader.keep(one_cluster(&cluster, service.as_ref())));
    let service = service.map(|service| ServiceName::new(service.name));
    Place {
        region,
        cluster,
        service,
        account,
    }
}

/// The input, then the two variables that AWS's own tools read.
fn read_region(reader: &mut Reader<'_>, named: Option<&str>) -> Option<Region> {
    let sources = [
        ("the input aws-region", reader.given("aws-region")),
        ("AWS_REGION", reader.environment.get("AWS_REGION")),
        (
            "AWS_DEFAULT_REGION",
            reader.environment.get("AWS_DEFAULT_REGION"),
        ),
    ];
    let Some((source, text)) = sources
        .into_iter()
        .find_map(|(source, text)| Some((source, text?)))
    else {
        let example = named.unwrap_or("eu-west-1");
        reader.problems.push(Problem::new(
            Code::RegionMissing,
            "no region was given, and none is guessed",
            format!("Add aws-region: {example} under `with:`, or set AWS_REGION or AWS_DEFAULT_REGION; the step aws-actions/configure-aws-credentials sets both for the steps after it."),
        ));
        return None;
    };
    let region = if looks_like_region(text) {
        Ok(Region::new(text))
    } else {
        Err(bad(
            format!(
                "{source} is {}, which is not the code of a region",
                quoted(text)
            ),
            "Give the code, not the place or an availability zone: aws-region: ap-northeast-2.",
        ))
    };
    reader.keep(region)
}

/// Nothing is looked up in a region that an ARN contradicts.
pub(super) fn same_region(input: &str, named: &str, region: &Region) -> Result<(), Problem> {
    if named == region.as_str() {
        return Ok(());
    }
    Err(Problem::new(
        Code::RegionMissing,
        format!("the ARN in the input {input} is of {named}, but this run is for {region}"),
        format!("Set aws-region: {named}, or give the {input} of {region}."),
    ))
}

fn one_account(
    cluster: Option<Arn<'_>>,
    service: Option<Arn<'_>>,
) -> Result<Option<String>, Problem> {
    if let (Some(cluster), Some(service)) = (cluster, service)
        && cluster.account != service.account
    {
        let (cluster, service) = (cluster.account, service.account);
        return Err(bad(
            format!(
                "the cluster's ARN is of account {cluster}, the service's of account {service}"
            ),
            "Give both ARNs of one account, or names.",
        ));
    }
    Ok(service.or(cluster).map(|arn| arn.account.to_owned()))
}

/// A service's ARN may stand in for the cluster, but may not contradict it.
fn one_cluster(cluster: &Typed<'_>, service: Option<&Typed<'_>>) -> Result<ClusterName, Problem> {
    let default = spec("cluster").and_then(|spec| spec.default);
    match service.and_then(|service| service.cluster) {
        Some(of_service) if of_service != cluster.name => {
            if cluster.arn.is_none() && Some(cluster.name) == default {
                return Ok(ClusterName::new(of_service));
            }
            Err(bad(
                format!(
                    "the input cluster is {}, but the service's ARN is of the cluster {of_service}",
                    cluster.name
                ),
                format!("Give cluster: {of_service}, or leave cluster out: the ARN names it."),
            ))
        }
        _ => Ok(ClusterName::new(cluster.name)),
    }
}

fn parse_cluster(text: &str) -> Result<Typed<'_>, Problem> {
    let hint = "Give its name as the ECS console shows it, or its ARN: arn:aws:ecs:REGION:ACCOUNT:cluster/NAME.";
    if !text.starts_with("arn:") {
        return plain("cluster", text, hint);
    }
    let arn = Arn::parse(text, "ecs");
    let name = arn
        .and_then(|arn| arn.resource.strip_prefix("cluster/"))
        .filter(|name| ecs_name(name));
    match name {
        Some(name) => Ok(Typed {
            name,
            cluster: None,
            arn,
        }),
        None => Err(bad(
            format!(
                "the input cluster is {}, which is not the ARN of an ECS cluster",
                quoted(text)
            ),
            hint,
        )),
    }
}

fn parse_service(text: &str) -> Result<Typed<'_>, Problem> {
    let hint = "Give its name as the ECS console shows it, or its ARN: arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/NAME.";
    if !text.starts_with("arn:") {
        return plain("service", text, hint);
    }
    let arn = Arn::parse(text, "ecs");
    let path = arn.and_then(|arn| arn.resource.strip_prefix("service/"));
    let (cluster, name) = match path.map(|path| path.split_once('/').ok_or(path)) {
        Some(Ok((cluster, name))) => (Some(cluster), name),
        Some(Err(name)) => (None, name),
        None => (None, ""),
    };
    if !ecs_name(name) || !cluster.is_none_or(ecs_name) {
        let message = format!(
            "the input service is {}, which is not the ARN of an ECS service",
            quoted(text)
        );
        return Err(bad(message, hint));
    }
    Ok(Typed { name, cluster, arn })
}

fn plain<'a>(input: &str, text: &'a str, hint: &str) -> Result<Typed<'a>, Problem> {
    if ecs_name(text) {
        return Ok(Typed {
            name: text,
            cluster: None,
            arn: None,
        });
    }
    let value = quoted(text);
    match text.split_once('/') {
        Some((cluster, service)) if ecs_name(cluster) && ecs_name(service) => Err(bad(
            format!(
                "the input {input} is {value}, which looks like a cluster and a service in one"
            ),
            format!("Give them apart, cluster: {cluster} and service: {service}."),
        )),
        _ => Err(bad(
            format!("the input {input} is {value}; a name has up to 255 letters, digits, _ and -"),
            hint,
        )),
    }
}
