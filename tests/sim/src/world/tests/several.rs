//! Several services in one world.

use serde_json::{Value, json};

use super::super::stage::{self, Member, Release, Several, several};
use super::super::{Controller, ServiceSpec, Strategy};
use super::ask;
use crate::aws::Service;

impl Several {
    pub(super) fn ecs(&mut self, operation: &str, input: Value, seconds: u64) -> Value {
        ask(&mut self.world, Service::Ecs, operation, input, seconds)
    }

    fn digests(&self, service: &str) -> Vec<String> {
        let releases = self.member(service).releases.iter();
        releases.map(|release| release.digest.clone()).collect()
    }

    fn serves(&self, service: &str) -> Option<String> {
        let serving = self.world.serving("prod", service);
        serving.into_iter().next().and_then(|part| part.digest)
    }
}

fn mixed() -> Several {
    several(&[
        Member::codedeploy("web1").in_repository("shop"),
        Member::ecs("worker1", Strategy::Rolling)
            .in_repository("shop")
            .with_container("app")
            .with_family("shop-worker"),
        Member::codedeploy("api1"),
        Member::ecs("cron1", Strategy::Canary),
    ])
}

/// What was written down in snapshots long ago.
#[test]
fn the_ids_of_one_service_stay_what_they_were() {
    let digest = |start: &str, release: &Release| release.digest.starts_with(start);
    let web1 = stage::web1().releases;
    assert!(digest("sha256:cf9715b08d3d", &web1[0]), "{web1:?}");
    assert!(digest("sha256:7a4abbc2050a", &web1[2]), "{web1:?}");
    assert_eq!(web1[0].deployment, "d-KT24PBK70");
    assert_eq!(web1[2].deployment, "d-EPHSH4Y1I");
    let native1 = stage::native1(Strategy::Canary).releases;
    assert!(digest("sha256:acfd18921241", &native1[2]), "{native1:?}");
    let id = native1[2].deployment.rsplit('/').next();
    assert_eq!(id, Some("417ef96181daa3833c3c4"));
}

#[test]
fn a_member_alone_is_the_service_of_the_other_stages() {
    let one = several(&[Member::codedeploy("web1")]);
    assert_eq!(one.member("web1").releases, stage::web1().releases);
    let one = several(&[Member::ecs("web1", Strategy::Linear)]);
    let native1 = stage::native1(Strategy::Linear);
    assert_eq!(one.member("web1").releases, native1.releases);
    assert_eq!(one.members[0].service, native1.service);
}

#[test]
fn a_later_member_changes_no_earlier_one() {
    let two = several(&[Member::codedeploy("web1"), Member::codedeploy("api1")]);
    assert_eq!(two.member("web1").releases, stage::web1().releases);
    assert_ne!(two.digests("web1"), two.digests("api1"));
}

#[test]
fn a_shared_repository_has_each_image_once() {
    let mut stage = mixed();
    assert_eq!(stage.digests("web1"), stage.digests("worker1"));
    assert_ne!(stage.digests("web1"), stage.digests("api1"));
    let newest = stage.digests("web1").pop();
    assert_eq!(stage.serves("web1"), newest);
    assert_eq!(stage.serves("worker1"), newest);
    for (repository, images) in [("shop", 3), ("api1", 3), ("cron1", 3)] {
        let input = json!({ "repositoryName": repository });
        let found = ask(&mut stage.world, Service::Ecr, "DescribeImages", input, 0);
        let details = found["imageDetails"].as_array().unwrap();
        assert_eq!(details.len(), images, "{repository}");
        assert_eq!(
            stage.world.tagged(repository, "latest"),
            stage.world.tagged(repository, "v1.2.0")
        );
    }
    assert_eq!(stage.world.tagged("web1", "v1.2.0"), None);
}

#[test]
fn each_member_has_what_belongs_to_it() {
    let mut stage = mixed();
    let input = json!({ "cluster": "prod", "services": ["web1", "worker1", "api1", "cron1"] });
    let found = stage.ecs("DescribeServices", input, 0);
    let controllers: Vec<Option<&str>> = (0..4)
        .map(|nth| found["services"][nth]["deploymentController"]["type"].as_str())
        .collect();
    let codedeploy = Some("CODE_DEPLOY");
    assert_eq!(controllers, [codedeploy, None, codedeploy, None]);
    let worker = &found["services"][1];
    assert_eq!(worker["loadBalancers"][0]["containerName"], "app");
    let strategy = &found["services"][3]["deploymentConfiguration"]["strategy"];
    assert_eq!(strategy, "CANARY");
    let deployed = stage.member("worker1").releases[2].task_definition.clone();
    assert!(deployed.ends_with("/shop-worker:3"), "{deployed}");
    assert_eq!(worker["taskDefinition"], deployed.as_str());

    let groups: Vec<_> = [0, 2]
        .map(|nth| stage.world.group_of(&stage.members[nth].service))
        .to_vec();
    let own = |service: &str| {
        (
            format!("AppECS-prod-{service}"),
            format!("DgpECS-prod-{service}"),
        )
    };
    assert_eq!(groups, [own("web1"), own("api1")]);
    for (application, group) in groups {
        assert_eq!(stage.world.deployments(&application, &group).len(), 3);
    }
}

#[test]
fn the_settings_of_a_member_are_its_own() {
    let external = |spec: &mut ServiceSpec| spec.controller = Controller::External;
    let stage = several(&[
        Member::codedeploy("web1").with(|spec| spec.application = Some("Shop".to_owned())),
        Member::codedeploy("api1").with(external),
    ]);
    let group = stage.world.group_of(&stage.members[0].service);
    assert_eq!(group.0, "Shop");
    assert_eq!(stage.member("api1").releases[0].deployment, "");
}

#[test]
#[should_panic(expected = "each member has its own name")]
fn two_members_of_one_name_are_a_mistake() {
    several(&[
        Member::codedeploy("web1"),
        Member::ecs("web1", Strategy::Rolling),
    ]);
}
