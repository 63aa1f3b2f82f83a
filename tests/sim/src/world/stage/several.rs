//! A cluster with several services, each deployed by CodeDeploy or by ECS.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use super::{ACCOUNT, Names, REGION, Release, START, add_service, plain};
use crate::world::{Controller, NativeSpec, ServiceKey, ServiceSpec, Strategy, World};

/// A service to place into the cluster `prod`. By default everything that belongs to it has its name.
#[derive(Clone, Debug)]
pub struct Member {
    names: Names,
    spec: ServiceSpec,
}

impl Member {
    /// Deployed by CodeDeploy, with an application and a group of its own.
    pub fn codedeploy(service: &str) -> Self {
        let names = Names::all(service);
        let spec = names.spec();
        Self { names, spec }
    }

    /// Deployed by ECS.
    pub fn ecs(service: &str, strategy: Strategy) -> Self {
        Self::codedeploy(service).with(|spec| {
            spec.controller = Controller::Ecs;
            spec.native = NativeSpec::new(strategy);
        })
    }

    /// Its images are in this repository. Members with the same one run the same digests.
    #[must_use]
    pub fn in_repository(mut self, repository: &str) -> Self {
        repository.clone_into(&mut self.names.repository);
        self
    }

    /// The family of its task definitions. Members with the same one share its revisions' numbers.
    #[must_use]
    pub fn with_family(mut self, family: &str) -> Self {
        family.clone_into(&mut self.names.family);
        self
    }

    /// The container that is rolled back.
    #[must_use]
    pub fn with_container(mut self, container: &str) -> Self {
        container.clone_into(&mut self.names.container);
        container.clone_into(&mut self.spec.container);
        self
    }

    /// Any of the service's settings but its cluster and container.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut ServiceSpec)) -> Self {
        change(&mut self.spec);
        self
    }
}

/// One world with several services, in the order in which they were given.
#[derive(Clone, Debug)]
pub struct Several {
    pub world: World,
    pub members: Vec<Released>,
}

/// A member as it is in the world.
#[derive(Clone, Debug)]
pub struct Released {
    pub service: ServiceKey,
    /// Oldest first.
    pub releases: Vec<Release>,
}

impl Several {
    /// The member with this service name.
    pub fn member(&self, service: &str) -> &Released {
        let mut members = self.members.iter();
        members
            .find(|member| member.service.service == service)
            .unwrap_or_else(|| panic!("no member is called {service}"))
    }
}

/// A shop whose services run one image, each deployed in its own way: `web1` by CodeDeploy, `worker1` and `cron1` by
/// ECS.
pub fn shop_at(start: SystemTime) -> Several {
    let members = [
        Member::codedeploy("web1"),
        Member::ecs("worker1", Strategy::Rolling),
        Member::ecs("cron1", Strategy::BlueGreen),
    ];
    several_at(start, &members.map(|member| member.in_repository("shop")))
}

/// The cluster `prod` with these services. Each has the three releases of [`super::web1`] and
/// [`super::native1`], of the same ages. A member's ids depend on the members before it, never on those after it.
pub fn several(members: &[Member]) -> Several {
    several_at(SystemTime::UNIX_EPOCH + Duration::from_secs(START), members)
}

/// [`several`] in a world that starts at another time.
pub fn several_at(start: SystemTime, members: &[Member]) -> Several {
    let mut world = World::new(ACCOUNT, REGION, start);
    let services: BTreeSet<&str> = members
        .iter()
        .map(|member| member.spec.service.as_str())
        .collect();
    assert_eq!(
        services.len(),
        members.len(),
        "each member has its own name"
    );
    let repositories: BTreeSet<&str> = members
        .iter()
        .map(|member| member.names.repository.as_str())
        .collect();
    for repository in repositories {
        world.add_repository(repository);
    }
    let mut released = Vec::new();
    for member in members {
        let mut spec = member.spec.clone();
        let (service, releases) = add_service(&mut world, &member.names, &mut spec, &plain);
        released.push(Released { service, releases });
    }
    Several {
        world,
        members: released,
    }
}
