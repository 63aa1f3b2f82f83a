//! Reads that lag behind an UpdateService.

use serde_json::json;

use super::super::{Strategy, stage};
use super::{ask, at};
use crate::aws::Service;

#[test]
fn for_a_while_nothing_names_the_new_service_deployment() {
    for strategy in Strategy::ALL {
        let mut web1 = stage::native1(strategy);
        web1.world.pace.service_update_shows = 5_000;
        let before = web1.service(0);
        let (update, named) = (
            web1.updating(0),
            json!({ "cluster": "prod", "service": "web1" }),
        );
        let updated = web1.ecs("UpdateService", update, 0)["service"].take();
        assert_eq!(
            updated["taskDefinition"],
            web1.releases[0].task_definition.as_str()
        );
        assert_eq!(updated["deployments"][0]["rolloutState"], "IN_PROGRESS");
        assert!(updated.get("currentServiceDeployment").is_none());
        assert_eq!(web1.service(4), before);
        let listed = ask(
            &mut web1.world,
            Service::Ecs,
            "ListServiceDeployments",
            named.clone(),
            4,
        );
        assert_eq!(listed["serviceDeployments"].as_array().unwrap().len(), 4);
        let shown = web1.service(5);
        assert_eq!(
            shown["deployments"][0]["id"],
            updated["deployments"][0]["id"]
        );
        assert!(shown["currentServiceDeployment"].is_string());
        let listed = ask(
            &mut web1.world,
            Service::Ecs,
            "ListServiceDeployments",
            named,
            5,
        );
        assert_eq!(listed["serviceDeployments"].as_array().unwrap().len(), 5);
        web1.world.advance(at(10_000));
        assert_eq!(web1.serving(10_000), [(0, 100.0)]);
    }
}
