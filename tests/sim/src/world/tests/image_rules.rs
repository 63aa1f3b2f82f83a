//! ECR: lifecycle policies, previewed and applied.

use serde_json::{Value, json};

use super::super::World;
use super::super::{ImageSpec, stage};
use super::{ask, at, refused};
use crate::aws::Service;

const DAY: u64 = stage::DAY;

fn lifecycle(world: &mut World, operation: &str, more: &Value, seconds: u64) -> Value {
    let mut input = json!({ "repositoryName": "shop" });
    for (member, value) in more.as_object().unwrap() {
        input[member] = value.clone();
    }
    ask(world, Service::Ecr, operation, input, seconds)
}

fn not_there(world: &mut World, operation: &str) -> String {
    let input = json!({ "repositoryName": "shop" });
    refused(world, Service::Ecr, operation, input, 0).code
}

fn rule(priority: u32, tags: &Value, count: &Value, action: &Value) -> Value {
    let mut selection = tags.clone();
    for (member, value) in count.as_object().unwrap() {
        selection[member] = value.clone();
    }
    json!({ "rulePriority": priority, "selection": selection, "action": action })
}

fn any() -> Value {
    json!({ "tagStatus": "any" })
}

fn tagged(patterns: &[&str]) -> Value {
    json!({ "tagStatus": "tagged", "tagPatternList": patterns })
}

fn count(number: u32) -> Value {
    json!({ "countType": "imageCountMoreThan", "countNumber": number })
}

fn days(count_type: &str, number: u32) -> Value {
    json!({ "countType": count_type, "countUnit": "days", "countNumber": number })
}

fn expire() -> Value {
    json!({ "type": "expire" })
}

fn archive() -> Value {
    json!({ "type": "transition", "targetStorageClass": "archive" })
}

/// Images with these tags, the first ten days ago and each a day younger than the one before.
fn shop(images: &[&[&str]]) -> (World, Vec<String>) {
    let mut world = World::new(stage::ACCOUNT, stage::REGION, at(0));
    world.add_repository("shop");
    let mut digests = Vec::new();
    for (age, tags) in (1..=10).rev().zip(images) {
        let pushed_at = at(0) - std::time::Duration::from_secs(age * DAY);
        let spec = ImageSpec::single("linux", "amd64");
        digests.push(world.push_image("shop", tags, spec, pushed_at));
    }
    (world, digests)
}

/// The places of the images that a preview of the rules names, and the priority of the rule that does it.
fn previewed(
    world: &mut World,
    digests: &[String],
    rules: &Value,
    seconds: u64,
) -> Vec<(usize, u64)> {
    world.set_lifecycle_policy("shop", rules);
    lifecycle(world, "StartLifecyclePolicyPreview", &json!({}), seconds);
    let preview = lifecycle(world, "GetLifecyclePolicyPreview", &json!({}), seconds + 60);
    assert_eq!(preview["status"], "COMPLETE");
    let mut places = Vec::new();
    for row in preview["previewResults"].as_array().unwrap() {
        let place = digests
            .iter()
            .position(|digest| row["imageDigest"] == digest.as_str());
        places.push((place.unwrap(), row["appliedRulePriority"].as_u64().unwrap()));
    }
    places.sort_unstable();
    places
}

#[test]
fn no_policy_and_no_preview() {
    let (mut world, _) = shop(&[&["v1"]]);
    for (operation, code) in [
        ("GetLifecyclePolicy", "LifecyclePolicyNotFoundException"),
        (
            "StartLifecyclePolicyPreview",
            "LifecyclePolicyNotFoundException",
        ),
        (
            "GetLifecyclePolicyPreview",
            "LifecyclePolicyPreviewNotFoundException",
        ),
    ] {
        assert_eq!(not_there(&mut world, operation), code);
    }
    let input = json!({ "repositoryName": "shop9" });
    let error = refused(&mut world, Service::Ecr, "GetLifecyclePolicy", input, 0);
    assert_eq!(error.code, "RepositoryNotFoundException");
    let rules = json!([rule(1, &any(), &count(3), &expire())]);
    world.set_lifecycle_policy("shop", &rules);
    let got = lifecycle(&mut world, "GetLifecyclePolicy", &json!({}), 0);
    let text = got["lifecyclePolicyText"].as_str().unwrap();
    let policy: Value = serde_json::from_str(text).unwrap();
    assert_eq!(policy["rules"], rules);
}

/// The user guide's "Filtering on multiple rules" and "Filtering on all images".
#[test]
fn an_image_belongs_to_its_first_rule() {
    let (mut world, digests) = shop(&[&["beta-1", "prod-1"], &["beta-2", "prod-2"], &["beta-3"]]);
    let prod_first = json!([
        rule(2, &tagged(&["beta*"]), &count(1), &expire()),
        rule(1, &tagged(&["prod*"]), &count(1), &expire()),
    ]);
    assert_eq!(previewed(&mut world, &digests, &prod_first, 0), [(0, 1)]);
    let beta_first = json!([
        rule(1, &tagged(&["beta*"]), &count(1), &expire()),
        rule(2, &tagged(&["prod*"]), &count(1), &expire()),
    ]);
    let marks = previewed(&mut world, &digests, &beta_first, 100);
    assert_eq!(marks, [(0, 1), (1, 1)]);
    let both = json!([
        rule(
            1,
            &tagged(&["beta*", "*-1"]),
            &days("sinceImagePushed", 9),
            &expire()
        ),
        rule(5, &any(), &count(2), &archive()),
    ]);
    assert_eq!(previewed(&mut world, &digests, &both, 200), [(0, 1)]);
    let all = json!([
        rule(
            1,
            &json!({ "tagStatus": "tagged", "tagPrefixList": ["prod-2"] }),
            &count(1),
            &expire()
        ),
        rule(5, &any(), &count(1), &archive()),
    ]);
    assert_eq!(previewed(&mut world, &digests, &all, 300), [(0, 5)]);
}

#[test]
fn a_preview_takes_a_while_and_expires() {
    let (mut world, digests) = shop(&[&["v1"], &["v2"], &[]]);
    let rules = json!([rule(1, &any(), &count(1), &expire())]);
    world.set_lifecycle_policy("shop", &rules);
    lifecycle(&mut world, "StartLifecyclePolicyPreview", &json!({}), 0);
    let early = lifecycle(&mut world, "GetLifecyclePolicyPreview", &json!({}), 5);
    assert_eq!(early["status"], "IN_PROGRESS");
    assert_eq!(early.get("previewResults"), None);
    let again = not_there(&mut world, "StartLifecyclePolicyPreview");
    assert_eq!(again, "LifecyclePolicyPreviewInProgressException");

    let one = json!({ "imageIds": [{ "imageDigest": digests[1] }, { "imageDigest": digests[2] }] });
    let found = lifecycle(&mut world, "GetLifecyclePolicyPreview", &one, 20);
    let rows = found["previewResults"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["imageTags"]), (1, &json!(["v2"])));
    assert_eq!(found["summary"]["expiringImageTotalCount"], 2);
    let page = json!({ "maxResults": 1, "filter": { "tagStatus": "TAGGED" } });
    let page = lifecycle(&mut world, "GetLifecyclePolicyPreview", &page, 20);
    assert!(page["nextToken"].is_string());
    let mut input = one;
    input["repositoryName"] = "shop".into();
    input["maxResults"] = 5.into();
    let error = refused(
        &mut world,
        Service::Ecr,
        "GetLifecyclePolicyPreview",
        input,
        20,
    );
    assert_eq!(error.code, "InvalidParameterException");

    world.expire_lifecycle_preview("shop");
    let late = lifecycle(&mut world, "GetLifecyclePolicyPreview", &json!({}), 30);
    assert_eq!(late["status"], "EXPIRED");
}

#[test]
fn what_is_pulled_or_restored_stays_longer_in_standard_storage() {
    let (mut world, digests) = shop(&[&["v1"], &["v2"], &["v3"]]);
    let rules = json!([
        rule(1, &any(), &days("sinceImagePulled", 5), &archive()),
        rule(
            2,
            &json!({ "tagStatus": "any", "storageClass": "archive" }),
            &days("sinceImageTransitioned", 90),
            &expire()
        ),
    ]);
    world.record_pull("shop", &digests[1], at(0));
    let marks = previewed(&mut world, &digests, &rules, 0);
    assert_eq!(marks, [(0, 1), (2, 1)]);
    world.apply_lifecycle_policy("shop");
    world.advance(at(4 * DAY));
    world.restore_image("shop", &digests[2]);
    world.advance(at(6 * DAY));
    world.apply_lifecycle_policy("shop");
    let any_status = json!({ "filter": { "imageStatus": "ANY" } });
    let status = |world: &mut World| {
        let found = lifecycle(world, "DescribeImages", &any_status, 0);
        let rows = found["imageDetails"].as_array().unwrap().clone();
        let status = rows
            .iter()
            .map(|row| row["imageStatus"].as_str().unwrap().to_owned());
        status.collect::<Vec<_>>()
    };
    assert_eq!(status(&mut world), ["ARCHIVED", "ARCHIVED", "ACTIVE"]);
    world.advance(at(91 * DAY));
    world.apply_lifecycle_policy("shop");
    assert_eq!(status(&mut world), ["ARCHIVED", "ARCHIVED"]);
}

#[test]
fn a_child_stays_as_long_as_its_index() {
    let (mut world, _) = shop(&[]);
    let spec = ImageSpec::index(&[("linux", "amd64"), ("linux", "arm64")]);
    let index = world.push_image("shop", &["v1"], spec, at(0));
    let rules = json!([
        rule(
            1,
            &json!({ "tagStatus": "untagged" }),
            &days("sinceImagePushed", 1),
            &expire()
        ),
        rule(2, &tagged(&["v*"]), &days("sinceImagePushed", 9), &expire()),
    ]);
    world.set_lifecycle_policy("shop", &rules);
    let named = |world: &mut World, seconds: u64| {
        lifecycle(world, "StartLifecyclePolicyPreview", &json!({}), seconds);
        let preview = lifecycle(world, "GetLifecyclePolicyPreview", &json!({}), seconds + 60);
        preview["previewResults"].as_array().unwrap().len()
    };
    assert_eq!(named(&mut world, 2 * DAY), 0);
    world.switches.preview_names_index_children = true;
    assert_eq!(named(&mut world, 3 * DAY), 2);
    world.apply_lifecycle_policy("shop");
    assert_eq!(world.tagged("shop", "v1"), Some(index.as_str()));
    world.switches.preview_names_index_children = false;
    assert_eq!(named(&mut world, 10 * DAY), 3);
    world.apply_lifecycle_policy("shop");
    let all = lifecycle(&mut world, "ListImages", &json!({}), 10 * DAY);
    assert_eq!(all["imageIds"], json!([]));
}
