//! Services of the cluster that nobody rolled back and that still run the image that was taken off.

use serde::Serialize;

/// Services that a sentence names.
const NAMED: usize = 5;

/// A service that still runs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Neighbour {
    pub service: String,
    /// What was taken off.
    pub version: String,
    /// Its running tasks that run it.
    pub tasks: u32,
}

/// `cron1 in this cluster still runs v1.2.0.`, a sentence for each version; empty where there is none.
pub(super) fn sentences<'n>(neighbours: impl IntoIterator<Item = &'n Neighbour>) -> String {
    let mut by_version: Vec<(&str, Vec<&str>)> = Vec::new();
    for neighbour in neighbours {
        let (version, service) = (neighbour.version.as_str(), neighbour.service.as_str());
        match by_version.iter_mut().find(|(known, _)| *known == version) {
            // Several services that were rolled back may have run the same image.
            Some((_, services)) if services.contains(&service) => {}
            Some((_, services)) => services.push(service),
            None => by_version.push((version, vec![service])),
        }
    }
    let mut sentences = Vec::new();
    for (version, services) in by_version {
        let verb = if services.len() == 1 { "runs" } else { "run" };
        let names = named(&services);
        sentences.push(format!("{names} in this cluster still {verb} {version}."));
    }
    sentences.join(" ")
}

/// `cron1, mail1 and 3 more`
fn named(services: &[&str]) -> String {
    let shown = services.len().min(NAMED);
    let names = services[..shown].join(", ");
    match services.len() - shown {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}
