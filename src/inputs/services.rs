//! The input `service`: one service, or several that are rolled back together.

use crate::{error::Problem, names::ServiceName};

use super::{
    messages::bad,
    reader::Reader,
    typed::{SERVICE_HINT, Typed, parse},
};

/// More in one run would meet AWS's request rates.
const MOST: usize = 50;
/// What names something of one service.
const OF_ONE_SERVICE: [&str; 7] = [
    "container-name",
    "repository",
    "task-definition",
    "codedeploy-application",
    "codedeploy-deployment-group",
    "codedeploy-appspec",
    "health-check-url",
];
/// Words for `task-definition` that hold for any service.
const OF_ANY_SERVICE: [&str; 2] = ["auto", "current"];

/// The services in the order given. Empty only when a problem is on record.
pub(super) fn read<'a>(reader: &mut Reader<'a>) -> Vec<Typed<'a>> {
    let text = reader.text("service");
    let mut services: Vec<Typed<'a>> = Vec::new();
    let mut is_any_given = false;
    for part in text.split([',', '\n']).map(str::trim) {
        if part.is_empty() {
            continue;
        }
        is_any_given = true;
        let typed = parse("service", part, SERVICE_HINT);
        services.extend(reader.keep(typed));
    }
    if !is_any_given {
        reader.problems.push(reader.missing("service"));
    }
    let number = names(&services).len();
    reader.keep(check_number(number));
    if number > 1 {
        refuse_inputs_of_one_service(reader, number);
    }
    services
}

/// Each once, also where it is given by name and by ARN.
pub(super) fn names(services: &[Typed<'_>]) -> Vec<ServiceName> {
    let mut names = Vec::new();
    for service in services {
        let name = ServiceName::new(service.name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A run has one region, one account and one cluster.
///
/// # Errors
/// The first two services whose ARNs differ in that.
pub(super) fn check_one_place(services: &[Typed<'_>]) -> Result<(), Problem> {
    check_same("region", services, |service| Some(service.arn?.region))?;
    check_same("account", services, |service| Some(service.arn?.account))?;
    // ARNs of the old format name no cluster.
    check_same("cluster", services, |service| service.cluster)
}

/// Whether all services that say where they are are in the same place.
fn check_same<'a>(
    what: &str,
    services: &[Typed<'a>],
    place_of: impl Fn(&Typed<'a>) -> Option<&'a str>,
) -> Result<(), Problem> {
    let mut first: Option<(&str, &str)> = None;
    for service in services {
        let Some(place) = place_of(service) else {
            continue;
        };
        match first {
            None => first = Some((service.name, place)),
            Some(first) if first.1 != place => {
                return Err(apart(what, first, (service.name, place)));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn apart(what: &str, one: (&str, &str), other: (&str, &str)) -> Problem {
    let ((one, first), (other, second)) = (one, other);
    bad(
        format!(
            "the services are not in one {what}: {one} is in {first}, and {other} is in {second}"
        ),
        format!("Run this once for each {what}, with the services that are in it."),
    )
}

fn check_number(services: usize) -> Result<(), Problem> {
    if services <= MOST {
        return Ok(());
    }
    Err(bad(
        format!("the input service names {services} services; one run takes {MOST} at most"),
        "Split them over several runs, for example with a matrix.",
    ))
}

fn refuse_inputs_of_one_service(reader: &mut Reader<'_>, services: usize) {
    for name in OF_ONE_SERVICE {
        let text = reader.text(name);
        let is_of_any = name == "task-definition" && OF_ANY_SERVICE.contains(&text);
        if !text.is_empty() && !is_of_any {
            let problem = bad(
                format!(
                    "the input {name} belongs to one service, but the input service names {services}"
                ),
                format!("Leave {name} out, or run this once for each service."),
            );
            reader.problems.push(problem);
        }
    }
}
