//! ECR: found, missing, archived, moved and listed images.

use serde_json::{Value, json};

use super::super::{Crash, DigestReport, ImageSpec, stage};
use super::{ask, at, refused};
use crate::aws::Service;

fn by_tags(tags: &[&str]) -> Value {
    let ids: Vec<Value> = tags.iter().map(|tag| json!({ "imageTag": tag })).collect();
    json!({ "repositoryName": "web1", "imageIds": ids })
}

#[test]
fn images_are_described_by_tag_or_all_missing_ones_are_named() {
    let mut web1 = stage::web1();
    let found = ask(
        &mut web1.world,
        Service::Ecr,
        "DescribeImages",
        by_tags(&["v1.0.0", "latest"]),
        0,
    );
    assert_eq!(
        found["imageDetails"][1]["imageTags"],
        json!(["v1.2.0", "latest"])
    );
    let error = refused(
        &mut web1.world,
        Service::Ecr,
        "DescribeImages",
        by_tags(&["v1.0.0", "v9", "v8"]),
        0,
    );
    assert_eq!(error.code, "ImageNotFoundException");
    assert!(
        error.message.contains("v9")
            && error.message.contains("v8")
            && !error.message.contains("v1.0.0")
    );
    let input = json!({ "repositoryName": "web2", "imageIds": [{ "imageTag": "v1" }] });
    let error = refused(&mut web1.world, Service::Ecr, "DescribeImages", input, 0);
    assert_eq!(error.code, "RepositoryNotFoundException");
}

#[test]
fn archived_images_hide_by_default_or_not() {
    let mut web1 = stage::web1();
    let digest = web1.releases[0].digest.clone();
    web1.world.archive_image("web1", &digest);
    refused(
        &mut web1.world,
        Service::Ecr,
        "DescribeImages",
        by_tags(&["v1.0.0"]),
        0,
    );
    let mut any = by_tags(&["v1.0.0"]);
    any["filter"] = json!({ "imageStatus": "ANY" });
    let found = ask(&mut web1.world, Service::Ecr, "DescribeImages", any, 0);
    assert_eq!(found["imageDetails"][0]["imageStatus"], "ARCHIVED");
    web1.world.switches.archived_hidden_by_default = false;
    ask(
        &mut web1.world,
        Service::Ecr,
        "DescribeImages",
        by_tags(&["v1.0.0"]),
        0,
    );
}

#[test]
fn tags_move_and_images_go() {
    let mut web1 = stage::web1();
    let (old, new) = (
        web1.releases[0].digest.clone(),
        web1.releases[2].digest.clone(),
    );
    web1.world.move_tag("web1", "latest", &old);
    assert_eq!(web1.world.tagged("web1", "latest"), Some(old.as_str()));
    web1.world.delete_image("web1", &new);
    assert_eq!(web1.world.tagged("web1", "v1.2.0"), None);
    let got = ask(
        &mut web1.world,
        Service::Ecr,
        "BatchGetImage",
        by_tags(&["latest", "v1.2.0"]),
        0,
    );
    assert_eq!(got["images"][0]["imageId"]["imageDigest"], old.as_str());
    assert_eq!(got["failures"][0]["failureCode"], "ImageNotFound");
}

#[test]
fn a_manifest_leads_to_the_config_blob() {
    let mut web1 = stage::web1();
    let spec = ImageSpec::index(&[("linux", "amd64"), ("linux", "arm64")])
        .label("org.opencontainers.image.revision", "abc");
    let digest = web1.world.push_image("web1", &["multi"], spec, at(0));
    let manifest = |got: Value| -> Value {
        serde_json::from_str(got["images"][0]["imageManifest"].as_str().unwrap()).unwrap()
    };
    let index = manifest(ask(
        &mut web1.world,
        Service::Ecr,
        "BatchGetImage",
        by_tags(&["multi"]),
        0,
    ));
    let child = &index["manifests"][1];
    assert_eq!(child["platform"]["architecture"], "arm64");
    let input =
        json!({ "repositoryName": "web1", "imageIds": [{ "imageDigest": child["digest"] }] });
    let config = manifest(ask(
        &mut web1.world,
        Service::Ecr,
        "BatchGetImage",
        input,
        0,
    ))["config"]["digest"]
        .clone();
    let input = json!({ "repositoryName": "web1", "layerDigest": config });
    let layer = ask(
        &mut web1.world,
        Service::Ecr,
        "GetDownloadUrlForLayer",
        input,
        0,
    );
    let (status, body) = web1
        .world
        .http_get(layer["downloadUrl"].as_str().unwrap(), at(0))
        .unwrap();
    let blob: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status, &blob["architecture"]), (200, &json!("arm64")));
    assert_eq!(
        blob["config"]["Labels"]["org.opencontainers.image.revision"],
        "abc"
    );
    assert_eq!(web1.world.tagged("web1", "multi"), Some(digest.as_str()));
}

#[test]
fn what_ecs_says_of_a_multi_platform_image() {
    for (report, expected) in [
        (DigestReport::Index, 2),
        (DigestReport::Child, 0),
        (DigestReport::Missing, 9),
    ] {
        let mut web1 = stage::web1();
        web1.world.switches.digest_report = report;
        let index = web1.world.push_image(
            "web1",
            &["multi"],
            ImageSpec::index(&[("linux", "amd64"), ("linux", "arm64")]),
            at(0),
        );
        let all = ask(
            &mut web1.world,
            Service::Ecr,
            "ListImages",
            json!({ "repositoryName": "web1", "filter": { "tagStatus": "UNTAGGED" } }),
            0,
        );
        let digests = [
            all["imageIds"][0]["imageDigest"].clone(),
            all["imageIds"][1]["imageDigest"].clone(),
            json!(index),
        ];
        let arn = web1
            .world
            .register_task_definition(&stage::task_definition("multi"), at(0));
        web1.create(&arn, &[], json!({}), 0);
        let tasks = ask(
            &mut web1.world,
            Service::Ecs,
            "ListTasks",
            json!({ "cluster": "prod", "serviceName": "web1" }),
            300,
        );
        let input = json!({ "cluster": "prod", "tasks": tasks["taskArns"] });
        let tasks = ask(&mut web1.world, Service::Ecs, "DescribeTasks", input, 300)["tasks"].take();
        let green = tasks
            .as_array()
            .unwrap()
            .iter()
            .find(|task| task["taskDefinitionArn"] == arn.as_str())
            .unwrap()
            .clone();
        assert_eq!(
            green["containers"][0].get("imageDigest"),
            digests.get(expected),
            "{report:?}"
        );
    }
}

#[test]
fn ten_thousand_images_come_in_pages() {
    let mut web1 = stage::web1();
    for nth in 0..10_000 {
        let tag = format!("build-{nth}");
        web1.world
            .push_image("web1", &[&tag], ImageSpec::single("linux", "amd64"), at(0));
    }
    let mut input = json!({ "repositoryName": "web1", "maxResults": 1000, "filter": { "tagStatus": "TAGGED" } });
    let mut tags = 0;
    loop {
        let page = ask(
            &mut web1.world,
            Service::Ecr,
            "ListImages",
            input.clone(),
            0,
        );
        tags += page["imageIds"].as_array().unwrap().len();
        match page.get("nextToken") {
            Some(token) => input["nextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(tags, 10_004);
}

#[test]
fn put_image_moves_a_tag_unless_it_is_immutable() {
    let mut web1 = stage::web1();
    let got = ask(
        &mut web1.world,
        Service::Ecr,
        "BatchGetImage",
        by_tags(&["v1.0.0"]),
        0,
    );
    let put = |tag: &str| json!({ "repositoryName": "web1", "imageManifest": got["images"][0]["imageManifest"], "imageTag": tag });
    ask(&mut web1.world, Service::Ecr, "PutImage", put("stable"), 0);
    assert_eq!(
        web1.world.tagged("web1", "stable"),
        Some(web1.releases[0].digest.as_str())
    );
    let error = refused(&mut web1.world, Service::Ecr, "PutImage", put("stable"), 0);
    assert_eq!(error.code, "ImageAlreadyExistsException");
    web1.world.make_tags_immutable("web1");
    let error = refused(&mut web1.world, Service::Ecr, "PutImage", put("latest"), 0);
    assert_eq!(error.code, "ImageTagAlreadyExistsException");
}

#[test]
fn a_sound_image_can_break_later() {
    let mut web1 = stage::web1();
    let (digest, old) = (web1.releases[0].digest.clone(), web1.old());
    web1.world.set_image_crash(
        "web1",
        &digest,
        Some(Crash {
            exit_code: Some(1),
            reason: "no config".into(),
        }),
    );
    let id = web1.create(&old, &[], json!({}), 0);
    assert_eq!(web1.status(&id, 700), "Failed");
}
