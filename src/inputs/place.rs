//! Where the service is: region, cluster and service, from names or ARNs that must agree with each other.

use crate::{
    environment::Environment,
    error::{Code, Problem},
    names::{ClusterName, Region, ServiceName},
};

use super::{
    arn::{Arn, looks_like_region},
    messages::{bad, quoted},
    reader::Reader,
    services,
    table::spec,
    typed::{Typed, parse},
};

const CLUSTER_HINT: &str = "Give its name as the ECS console shows it, or its ARN: arn:aws:ecs:REGION:ACCOUNT:cluster/NAME.";

pub(super) struct Place {
    pub region: Option<Region>,
    pub cluster: Option<ClusterName>,
    /// In the order given, each once; empty only when a problem is on record.
    pub services: Vec<ServiceName>,
    pub account: Option<String>,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Place {
    let cluster = read_cluster(reader);
    let services = services::read(reader);
    let cluster_arn = cluster.and_then(|typed| typed.arn);
    let service_arn = services.iter().find_map(|typed| typed.arn);

    let region = read_region(reader, cluster_arn.or(service_arn));
    let is_one_place = reader.keep(services::check_one_place(&services)).is_some();
    if let Some(region) = &region {
        // Where the services are apart, no region is right for all of them.
        let service_arn = service_arn.filter(|_| is_one_place);
        check_regions(
            reader,
            region,
            [("cluster", cluster_arn), ("service", service_arn)],
        );
    }
    let account = reader.keep(one_account(cluster_arn, service_arn));
    let named = services.iter().find(|typed| typed.cluster.is_some());
    let cluster = cluster.and_then(|cluster| reader.keep(one_cluster(&cluster, named)));
    Place {
        region,
        cluster,
        services: services::names(&services),
        account: account.flatten(),
    }
}

fn read_cluster<'a>(reader: &mut Reader<'a>) -> Option<Typed<'a>> {
    let text = reader.text("cluster");
    reader.keep(parse("cluster", text, CLUSTER_HINT))
}

fn check_regions(reader: &mut Reader<'_>, region: &Region, arns: [(&str, Option<Arn<'_>>); 2]) {
    for (input, arn) in arns {
        if let Some(arn) = arn {
            // Both are checked, so that one answer names both mistakes.
            reader.keep(same_region(input, arn.region, region));
        }
    }
}

/// The input, else one of the two variables that AWS's own tools read.
fn read_region(reader: &mut Reader<'_>, arn: Option<Arn<'_>>) -> Option<Region> {
    let environment = reader.environment;
    // What somebody wrote for this step comes before what an earlier step left in the environment.
    let sources = [
        ("the input aws-region", reader.given("aws-region")),
        ("AWS_REGION", environment.get("AWS_REGION")),
        ("AWS_DEFAULT_REGION", environment.get("AWS_DEFAULT_REGION")),
    ];
    for (source, text) in sources {
        if let Some(text) = text {
            return reader.keep(parse_region(source, text));
        }
    }
    reader.problems.push(no_region(arn, environment));
    None
}

fn no_region(arn: Option<Arn<'_>>, environment: &Environment) -> Problem {
    // An ARN says where its resource is: a likely region, but nobody has confirmed it.
    let example = arn.map_or("eu-west-1", |arn| arn.region);
    let hint = if environment.is_by_hand() {
        format!("Give --aws-region {example}, or set AWS_REGION or AWS_DEFAULT_REGION.")
    } else {
        format!(
            "Add aws-region: {example} under `with:`, or set AWS_REGION or AWS_DEFAULT_REGION; the step aws-actions/configure-aws-credentials sets both for the steps after it."
        )
    };
    let message = "no region was given, and it is never guessed";
    Problem::new(Code::RegionMissing, message, hint)
}

fn parse_region(source: &str, text: &str) -> Result<Region, Problem> {
    if looks_like_region(text) {
        return Ok(Region::new(text));
    }
    Err(bad(
        format!("{source} is {}, which is not a region code", quoted(text)),
        "Give the code, not the place or an availability zone: aws-region: ap-northeast-2.",
    ))
}

/// Nothing is looked up in a region that an ARN contradicts.
pub(super) fn same_region(input: &str, named: &str, region: &Region) -> Result<(), Problem> {
    if named == region.as_str() {
        return Ok(());
    }
    Err(Problem::new(
        Code::RegionMissing,
        format!("the ARN in the input {input} is in {named}, but this run is for {region}"),
        format!("Set aws-region: {named}, or give the {input} in {region}."),
    ))
}

fn one_account(
    cluster: Option<Arn<'_>>,
    service: Option<Arn<'_>>,
) -> Result<Option<String>, Problem> {
    // A service is always in its cluster's account, so one of the two ARNs is wrong.
    if let (Some(cluster), Some(service)) = (cluster, service)
        && cluster.account != service.account
    {
        let (cluster, service) = (cluster.account, service.account);
        return Err(bad(
            format!(
                "the cluster's ARN is in account {cluster}, but the service's ARN is in account {service}"
            ),
            "Give two ARNs of the same account, or names.",
        ));
    }
    let arn = service.or(cluster);
    Ok(arn.map(|arn| arn.account.to_owned()))
}

/// A service's ARN can replace the input `cluster`, but must not contradict it.
fn one_cluster(cluster: &Typed<'_>, service: Option<&Typed<'_>>) -> Result<ClusterName, Problem> {
    let in_arn = service.and_then(|service| service.cluster);
    let in_arn = in_arn.unwrap_or(cluster.name);
    let default = spec("cluster").and_then(|spec| spec.default);
    // The runner fills in the default, so `default` as a name does not show that somebody typed it.
    let is_typed = cluster.arn.is_some() || Some(cluster.name) != default;
    if is_typed && in_arn != cluster.name {
        return Err(bad(
            format!(
                "the input cluster is {}, but the service's ARN names the cluster {in_arn}",
                cluster.name
            ),
            format!("Give cluster: {in_arn}, or leave cluster out: the ARN names it."),
        ));
    }
    Ok(ClusterName::new(in_arn))
}
