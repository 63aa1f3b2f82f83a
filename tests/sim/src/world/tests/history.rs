//! Finished deployments: written cheaply, listed in pages, in no order that anybody may rely on.

use std::time::{Duration, Instant};

use serde_json::json;

use super::super::time::ms;
use super::super::{Outcome, Past, stage};
use super::{at, refused};
use crate::aws::Service;

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "this test is about the machine's time"
)]
fn five_hundred_deployments_are_cheap_and_come_in_pages() {
    let mut web1 = stage::web1();
    let service = web1.service.clone();
    let begun = Instant::now();
    for nth in 0..500_u64 {
        let release = &web1.releases[(nth % 3) as usize];
        let past = Past::new(
            &release.task_definition,
            at(0) - Duration::from_secs(3_000 - nth),
            Outcome::Succeeded,
        );
        web1.world.past_deployment(&service, &past);
    }
    let mut input = json!({ "applicationName": web1.application, "deploymentGroupName": web1.deployment_group });
    let mut ids = Vec::new();
    loop {
        let page = web1.codedeploy("ListDeployments", input.clone(), 0);
        assert!(page["deployments"].as_array().unwrap().len() <= 100);
        ids.extend(
            page["deployments"]
                .as_array()
                .unwrap()
                .iter()
                .map(|id| id.as_str().unwrap().to_owned()),
        );
        match page.get("nextToken") {
            Some(token) => input["nextToken"] = token.clone(),
            None => break,
        }
    }
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    let times: Vec<u64> = ids
        .iter()
        .map(|id| web1.world.deployment(id).unwrap().created_at)
        .collect();
    assert!(!times.is_sorted() && !times.iter().rev().is_sorted());
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 503);
}

#[test]
fn deployments_are_filtered_by_status_and_time() {
    let mut web1 = stage::web1();
    let service = web1.service.clone();
    let old = web1.old();
    let failed = web1.world.past_deployment(
        &service,
        &Past::new(&old, at(0) - Duration::from_secs(600), Outcome::Failed),
    );
    let scope = json!({
        "applicationName": web1.application,
        "deploymentGroupName": web1.deployment_group,
        "includeOnlyStatuses": ["Failed", "Stopped"],
    });
    assert_eq!(
        web1.codedeploy("ListDeployments", scope, 0)["deployments"],
        json!([failed])
    );
    let since = (ms(at(0)) / 1_000 - 700) as f64;
    let scope = json!({
        "applicationName": web1.application,
        "deploymentGroupName": web1.deployment_group,
        "createTimeRange": { "start": since },
    });
    assert_eq!(
        web1.codedeploy("ListDeployments", scope, 0)["deployments"],
        json!([failed])
    );
    let input = json!({ "applicationName": web1.application, "deploymentGroupName": web1.deployment_group });
    let group = web1.codedeploy("GetDeploymentGroup", input, 0)["deploymentGroupInfo"].take();
    assert_eq!(
        group["lastAttemptedDeployment"]["deploymentId"],
        failed.as_str()
    );
    assert_eq!(
        group["lastSuccessfulDeployment"]["deploymentId"],
        web1.releases[2].deployment.as_str()
    );
    assert_eq!(web1.events(&failed, 0)[1], "Install:Failed");
}

#[test]
fn revisions_are_read_back_by_their_hash_but_not_from_s3() {
    let mut web1 = stage::web1();
    let service = web1.service.clone();
    let hooks = vec![("AfterInstall".to_owned(), "warm".to_owned())];
    let past = Past {
        hooks,
        ..Past::new(
            &web1.old(),
            at(0) - Duration::from_secs(600),
            Outcome::Succeeded,
        )
    };
    let inline = web1.world.past_deployment(&service, &past);
    let in_s3 = web1.world.past_deployment(
        &service,
        &Past {
            in_s3: true,
            ..past
        },
    );
    let ids = json!({ "deploymentIds": [inline, in_s3, "d-UNKNOWN00"] });
    let infos = web1.codedeploy("BatchGetDeployments", ids, 0)["deploymentsInfo"].take();
    let locations: Vec<_> = infos
        .as_array()
        .unwrap()
        .iter()
        .map(|info| info["revision"].clone())
        .collect();
    assert_eq!(locations.len(), 2);
    let input = json!({ "applicationName": web1.application, "revisions": locations });
    let found = web1.codedeploy("BatchGetApplicationRevisions", input, 0)["revisions"].take();
    let content = found[0]["revisionLocation"]["appSpecContent"]["content"]
        .as_str()
        .unwrap();
    assert!(content.contains(&web1.old()) && content.contains("warm"));
    assert_eq!(found[1]["revisionLocation"]["revisionType"], "S3");
    assert!(found[1]["revisionLocation"].get("appSpecContent").is_none());
    let input = json!({ "applicationName": web1.application, "revision": {
        "revisionType": "AppSpecContent", "appSpecContent": { "sha256": "00" } } });
    let error = refused(
        &mut web1.world,
        Service::CodeDeploy,
        "GetApplicationRevision",
        input,
        0,
    );
    assert_eq!(error.code, "RevisionDoesNotExistException");
}

#[test]
fn a_past_rollback_leaves_the_task_set_from_before() {
    let mut web1 = stage::web1();
    let service = web1.service.clone();
    let (old, current) = (web1.old(), web1.current());
    let when = |ago| at(0) - Duration::from_secs(ago);
    let failed = web1
        .world
        .past_deployment(&service, &Past::new(&old, when(900), Outcome::Failed));
    let creator = "codeDeployRollback".to_owned();
    let back = Past {
        creator,
        undoes: Some(failed.clone()),
        ..Past::new(&current, when(600), Outcome::Succeeded)
    };
    let back = web1.world.past_deployment(&service, &back);
    assert_eq!(
        web1.deployment(&failed, 0)["rollbackInfo"]["rollbackDeploymentId"],
        back.as_str()
    );
    assert_eq!(web1.serving(), [(current, 100.0)]);
}
