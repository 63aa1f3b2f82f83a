//! ECR: an image gets another tag.

use serde_json::{Value, json};

use super::super::stage::{self, Web1};
use super::super::{ImageSpec, World};
use super::{ask, at, refused};
use crate::aws::{AwsError, Service};

/// BatchGetImage, and PutImage of what it answers.
fn retagging(world: &mut World, digest: &str, tag: &str) -> Value {
    let input = json!({ "repositoryName": "web1", "imageIds": [{ "imageDigest": digest }] });
    let got = ask(world, Service::Ecr, "BatchGetImage", input, 0);
    let image = &got["images"][0];
    json!({
        "repositoryName": "web1",
        "imageManifest": image["imageManifest"],
        "imageManifestMediaType": image["imageManifestMediaType"],
        "imageDigest": digest,
        "imageTag": tag,
    })
}

fn put(world: &mut World, input: Value) -> Value {
    ask(world, Service::Ecr, "PutImage", input, 0)
}

fn not_put(world: &mut World, input: Value) -> AwsError {
    refused(world, Service::Ecr, "PutImage", input, 0)
}

fn multi_platform(web1: &mut Web1) -> String {
    let spec = ImageSpec::index(&[("linux", "amd64"), ("linux", "arm64")]);
    web1.world.push_image("web1", &["v2.0.0"], spec, at(0))
}

fn children(world: &mut World, index: &str) -> Vec<String> {
    let input = retagging(world, index, "stable");
    let manifest = input["imageManifest"].as_str().unwrap();
    let manifest: Value = serde_json::from_str(manifest).unwrap();
    let children = manifest["manifests"].as_array().unwrap();
    let digest = |child: &Value| child["digest"].as_str().unwrap().to_owned();
    children.iter().map(digest).collect()
}

#[test]
fn an_index_stays_an_index() {
    let mut web1 = stage::web1();
    let index = multi_platform(&mut web1);
    let input = retagging(&mut web1.world, &index, "stable");
    let answer = put(&mut web1.world, input.clone());
    let image = &answer["image"];
    assert_eq!(
        image["imageId"],
        json!({ "imageDigest": index, "imageTag": "stable" })
    );
    assert_eq!(
        image["imageManifestMediaType"],
        "application/vnd.oci.image.index.v1+json"
    );
    assert_eq!(web1.world.tagged("web1", "stable"), Some(index.as_str()));
    assert_eq!(web1.world.tagged("web1", "v2.0.0"), Some(index.as_str()));
}

#[test]
fn another_content_than_the_digest_says_or_none_that_is_there() {
    let mut web1 = stage::web1();
    let digest = web1.releases[0].digest.clone();
    let sound = retagging(&mut web1.world, &digest, "stable");
    let with = |member: &str, value: &str| {
        let mut input = sound.clone();
        input[member] = value.into();
        input
    };
    let mut cases = vec![
        (
            with("imageDigest", &web1.releases[1].digest),
            "ImageDigestDoesNotMatchException",
        ),
        (
            with("imageManifestMediaType", "text/plain"),
            "InvalidParameterException",
        ),
        (
            with("repositoryName", "web9"),
            "RepositoryNotFoundException",
        ),
    ];
    let mut elsewhere = with("imageManifest", "{}");
    elsewhere.as_object_mut().unwrap().remove("imageDigest");
    cases.push((elsewhere, "LayersNotFoundException"));
    let mut untagged = sound.clone();
    untagged.as_object_mut().unwrap().remove("imageTag");
    cases.push((untagged, "ImageAlreadyExistsException"));
    for (input, code) in cases {
        assert_eq!(not_put(&mut web1.world, input).code, code);
    }
    assert_eq!(web1.world.tagged("web1", "stable"), None);
}

#[test]
fn a_child_that_is_gone_is_asked_for_or_not() {
    let mut web1 = stage::web1();
    let index = multi_platform(&mut web1);
    let input = retagging(&mut web1.world, &index, "stable");
    let child = children(&mut web1.world, &index).remove(0);
    web1.world.delete_image("web1", &child);
    let error = not_put(&mut web1.world, input.clone());
    assert_eq!(error.code, "ReferencedImagesNotFoundException");
    web1.world.switches.retag_asks_for_children = false;
    put(&mut web1.world, input);
}

#[test]
fn an_immutable_repository_may_let_some_tags_move() {
    let mut web1 = stage::web1();
    let (old, new) = (
        web1.releases[0].digest.clone(),
        web1.releases[1].digest.clone(),
    );
    for digest in [&old, &new] {
        let input = retagging(&mut web1.world, digest, "stable");
        put(&mut web1.world, input);
    }
    web1.world.make_tags_immutable("web1");
    let back = retagging(&mut web1.world, &old, "stable");
    let error = not_put(&mut web1.world, back.clone());
    assert_eq!(error.code, "ImageTagAlreadyExistsException");
    let fresh = retagging(&mut web1.world, &old, "known-good");
    put(&mut web1.world, fresh);

    let same = retagging(&mut web1.world, &new, "stable");
    let error = not_put(&mut web1.world, same.clone());
    assert_eq!(error.code, "ImageAlreadyExistsException");
    web1.world.switches.own_immutable_tag_is_taken = true;
    assert_eq!(
        not_put(&mut web1.world, same).code,
        "ImageTagAlreadyExistsException"
    );

    web1.world
        .make_tags_immutable_except("web1", &["latest*", "sta*"]);
    put(&mut web1.world, back);
    let input = json!({ "repositoryNames": ["web1"] });
    let described = ask(
        &mut web1.world,
        Service::Ecr,
        "DescribeRepositories",
        input,
        0,
    );
    let repository = &described["repositories"][0];
    assert_eq!(repository["imageTagMutability"], "IMMUTABLE_WITH_EXCLUSION");
    assert_eq!(
        repository["imageTagMutabilityExclusionFilters"][1]["filter"],
        "sta*"
    );
}

#[test]
fn pushing_an_archived_image_restores_it() {
    let mut web1 = stage::web1();
    let digest = web1.releases[0].digest.clone();
    let input = retagging(&mut web1.world, &digest, "stable");
    web1.world.archive_image("web1", &digest);
    put(&mut web1.world, input);
    let input = json!({ "repositoryName": "web1", "imageIds": [{ "imageTag": "stable" }] });
    let found = ask(&mut web1.world, Service::Ecr, "DescribeImages", input, 0);
    let image = &found["imageDetails"][0];
    assert_eq!(image["imageStatus"], "ACTIVE");
    assert!(image["lastArchivedAt"].is_f64() && image["lastActivatedAt"].is_f64());
}
