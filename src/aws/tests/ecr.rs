//! Lifecycle policies, their previews, and an image's further tag.

use aws_sim::world::{ImageSpec, Switches};
use serde_json::{Value, json};

use super::*;
use crate::{
    aws::ecr::Tagged,
    domain::{
        image::{Image, Manifest},
        lifecycle::{Action, Fate, Index, Inventory, Policy},
    },
    names::{ImageDigest, ImageSelector, ImageTag, Repository},
};

const DAY: u64 = stage::DAY;

fn repository(name: &str) -> Repository {
    let host = format!("{}.dkr.ecr.{}.amazonaws.com", stage::ACCOUNT, stage::REGION);
    Repository::parse_uri(&format!("{host}/{name}")).expect("a repository")
}

fn digest(text: &str) -> ImageDigest {
    ImageDigest::parse(text).expect("a digest")
}

fn tag(text: &str) -> ImageTag {
    ImageTag::parse(text).expect("a tag")
}

fn expire(priority: u32, tags: &str, number: u32) -> Value {
    json!({
        "rulePriority": priority,
        "description": "old versions",
        "selection": {
            "tagStatus": "tagged",
            "tagPatternList": [tags],
            "countType": "imageCountMoreThan",
            "countNumber": number,
        },
        "action": { "type": "expire" },
    })
}

fn archive_unpulled(priority: u32, days: u32) -> Value {
    json!({
        "rulePriority": priority,
        "selection": {
            "tagStatus": "any",
            "countType": "sinceImagePulled",
            "countUnit": "days",
            "countNumber": days,
        },
        "action": { "type": "transition", "targetStorageClass": "archive" },
    })
}

/// A repository `shop` of multi-platform images with these tags, each a day younger than the one before.
fn shop(tags: &[&str]) -> (World, Vec<String>) {
    let mut world = World::new(stage::ACCOUNT, stage::REGION, at(0));
    world.add_repository("shop");
    let mut digests = Vec::new();
    for (age, tag) in (1..20).rev().zip(tags) {
        digests.push(push(
            &mut world,
            tag,
            at(0) - Duration::from_secs(age * DAY),
        ));
    }
    (world, digests)
}

fn push(world: &mut World, tag: &str, pushed_at: SystemTime) -> String {
    let spec = ImageSpec::index(&[("linux", "amd64"), ("linux", "arm64")]);
    world.push_image("shop", &[tag], spec, pushed_at)
}

async fn images(aws: &Aws) -> Vec<Image> {
    let found = aws.list_all_images(&repository("shop"), 2).await;
    let (images, is_complete) = found.expect("images");
    assert!(is_complete);
    images
}

fn by_digest<'a>(images: &'a [Image], digest: &str) -> &'a Image {
    let mut images = images.iter();
    let found = images.find(|image| image.digest.as_str() == digest);
    found.expect("the image is there")
}

fn fate(policy: &str, images: &[Image], digest: &str) -> Fate {
    let inventory = Inventory {
        images,
        is_complete: true,
        indexes: &[],
    };
    let policy = Policy::parse(policy).expect("a policy");
    let now = OffsetDateTime::from(at(0));
    policy.fate(by_digest(images, digest), inventory, now)
}

async fn manifest(aws: &Aws, digest: &str) -> Manifest {
    let selector = ImageSelector::Digest(self::digest(digest));
    let found = aws.batch_get_image(&repository("shop"), &[selector]).await;
    found.expect("manifests").remove(0)
}

/// What is told of an image is what the simulated ECR does to it, push by push.
#[tokio::test(start_paused = true)]
async fn a_version_expires_after_as_many_pushes_as_told() {
    let (mut world, digests) = shop(&["v1", "v2", "v3"]);
    let rules = json!([expire(1, "v*", 5), archive_unpulled(2, 90)]);
    world.set_lifecycle_policy("shop", &rules);
    let sim = Sim::new(world, at(0));
    let aws = through(&sim).await;
    let policy = aws.get_lifecycle_policy(&repository("shop")).await;
    let policy = policy.expect("an answer").expect("a policy");
    let found = images(&aws).await;
    assert_eq!(found.len(), 9);
    let Fate::AfterPushes { images: 3, removal } = fate(&policy, &found, &digests[0]) else {
        panic!("{:?}", fate(&policy, &found, &digests[0]));
    };
    assert_eq!((removal.rule.priority, removal.action), (1, Action::Expire));
    let description = removal.rule.description.expect("a description");
    assert_eq!(description.raw(), "old versions");
    for (nth, is_there) in [(4, true), (5, true), (6, false)] {
        sim.world(|world| {
            push(world, &format!("v{nth}"), at(nth));
            world.apply_lifecycle_policy("shop");
        });
        let selector = ImageSelector::Tag(tag("v1"));
        let v1 = aws.describe_image(&repository("shop"), &selector).await;
        assert_eq!(v1.expect("an answer").is_some(), is_there, "{nth}");
    }
    assert!(sim.violations().is_empty(), "{:?}", sim.violations());
}

#[tokio::test(start_paused = true)]
async fn an_unpulled_version_is_archived_when_it_was_told_and_its_children_after_it() {
    let (mut world, digests) = shop(&["v1", "v2"]);
    world.set_lifecycle_policy("shop", &json!([archive_unpulled(7, 30)]));
    world.record_pull("shop", &digests[0], at(0) - Duration::from_secs(3 * DAY));
    let sim = Sim::new(world, at(0));
    let aws = through(&sim).await;
    let policy = aws.get_lifecycle_policy(&repository("shop")).await;
    let policy = policy.expect("an answer").expect("a policy");
    let found = images(&aws).await;
    let index = by_digest(&found, &digests[0]);
    assert_eq!(
        index.last_pulled_at,
        Some((at(0) - Duration::from_secs(3 * DAY)).into())
    );
    let due = OffsetDateTime::from(at(27 * DAY));
    let fate_of_index = fate(&policy, &found, &digests[0]);
    let Fate::Within {
        at: told,
        is_postponed_by_pull: true,
        ..
    } = &fate_of_index
    else {
        panic!("{fate_of_index:?}");
    };
    assert_eq!(*told, due);
    // Its children were never pulled, and are older; they go with the index all the same.
    let v1 = manifest(&aws, &digests[0]).await;
    let v1: Value = serde_json::from_str(&v1.text).expect("a manifest");
    let child = v1["manifests"][0]["digest"].as_str().expect("a digest");
    let children = [digest(child)];
    let inventory = Inventory {
        images: &found,
        is_complete: true,
        indexes: &[Index {
            image: index,
            children: &children,
        }],
    };
    let rules = Policy::parse(&policy).expect("a policy");
    let now = OffsetDateTime::from(at(0));
    assert_eq!(
        rules.fate(by_digest(&found, child), inventory, now),
        fate_of_index
    );
    for (seconds, is_archived) in [(27 * DAY, false), (27 * DAY + 1, true)] {
        sim.world(|world| {
            world.advance(at(seconds));
            world.apply_lifecycle_policy("shop");
        });
        let after = images(&aws).await;
        assert_eq!(by_digest(&after, &digests[0]).archived, is_archived);
        assert_eq!(by_digest(&after, child).archived, is_archived);
    }
}

#[tokio::test(start_paused = true)]
async fn a_preview_is_only_read() {
    let (mut world, digests) = shop(&["v1", "v2", "v3"]);
    world.set_lifecycle_policy("shop", &json!([expire(4, "v*", 2)]));
    let sim = Sim::new(world, at(0));
    let aws = through(&sim).await;
    let shop = repository("shop");
    let asked: Vec<_> = digests.iter().map(|text| digest(text)).collect();
    let preview = aws.get_lifecycle_policy_preview(&shop, &asked).await;
    assert!(preview.expect("an answer").is_none());
    sim.world(|world| {
        let input = json!({ "repositoryName": "shop" });
        let operation = "StartLifecyclePolicyPreview";
        let started = world.call(aws_sim::aws::Service::Ecr, operation, &input, at(0));
        started.expect("it is started");
    });
    let preview = aws.get_lifecycle_policy_preview(&shop, &asked).await;
    let policy = aws.get_lifecycle_policy(&shop).await;
    let policy = policy.expect("an answer").expect("a policy");
    assert!(
        !preview
            .expect("an answer")
            .expect("a preview")
            .is_of(&policy)
    );
    sim.world(|world| world.advance(at(60)));
    let preview = aws.get_lifecycle_policy_preview(&shop, &asked).await;
    let preview = preview.expect("an answer").expect("a preview");
    assert!(preview.is_of(&policy));
    let mark = preview.mark(&asked[0]).expect("a mark");
    assert_eq!(
        (mark.action, mark.priority),
        (Some(Action::Expire), Some(4))
    );
    assert_eq!(preview.mark(&asked[1]), None);
    assert_eq!(sim.calls().count("StartLifecyclePolicyPreview"), 0);
    assert!(sim.violations().is_empty(), "{:?}", sim.violations());
}

#[tokio::test(start_paused = true)]
async fn a_repository_without_a_policy_or_that_is_not_there() {
    let (world, digests) = shop(&["v1"]);
    let sim = Sim::new(world, at(0));
    let aws = through(&sim).await;
    let policy = aws.get_lifecycle_policy(&repository("shop")).await;
    assert_eq!(policy.expect("an answer"), None);
    let missing = repository("shop9");
    let policy = aws.get_lifecycle_policy(&missing).await;
    let failure = policy.expect_err("a failure");
    assert!(failure.is("RepositoryNotFoundException"));
    let asked = [digest(&digests[0])];
    let preview = aws.get_lifecycle_policy_preview(&missing, &asked).await;
    let failure = preview.err().expect("a failure");
    assert!(failure.is("RepositoryNotFoundException"));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_cut_says_so() {
    let (mut world, _) = shop(&[]);
    for nth in 0..1_001 {
        let spec = ImageSpec::single("linux", "amd64");
        world.push_image("shop", &[], spec, at(nth));
    }
    let sim = Sim::new(world, at(0));
    let aws = through(&sim).await;
    let found = aws.list_all_images(&repository("shop"), 1).await;
    let (images, is_complete) = found.expect("images");
    assert_eq!((images.len(), is_complete), (1_000, false));
}

#[tokio::test(start_paused = true)]
async fn an_image_gets_a_tag_as_what_it_is() {
    let (world, digests) = shop(&["v1", "v2"]);
    let sim = Sim::new(world, at(0));
    let aws = through(&sim).await;
    let (shop, stable) = (repository("shop"), tag("stable"));
    for (digest, expected) in [
        (&digests[0], Tagged::Done),
        (&digests[0], Tagged::WasThere),
        (&digests[1], Tagged::Done),
    ] {
        let manifest = manifest(&aws, digest).await;
        let tagged = aws.put_image(&shop, &manifest, &stable).await;
        assert_eq!(tagged.expect("an answer"), expected);
        let on = sim.world(|world| world.tagged("shop", "stable").map(str::to_owned));
        assert_eq!(on.as_ref(), Some(digest));
    }
    let index = images(&aws).await.len();
    assert_eq!(index, 6, "no image was added");
    assert!(sim.violations().is_empty(), "{:?}", sim.violations());
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_asked_for_again() {
    let (world, digests) = shop(&["v1"]);
    let sim = Sim::new(world, at(0));
    let aws = through(&sim).await;
    sim.rule(Rule::on("PutImage", Effect::DropAnswer).first(1));
    let manifest = manifest(&aws, &digests[0]).await;
    let (shop, stable) = (repository("shop"), tag("stable"));
    let tagged = aws.put_image(&shop, &manifest, &stable).await;
    assert_eq!(tagged.expect("an answer"), Tagged::WasThere);
    assert_eq!(sim.calls().count("PutImage"), 2);

    sim.rule(Rule::on("PutImage", Effect::DropAnswer));
    let again = tag("known-good");
    let tagged = aws.put_image(&shop, &manifest, &again).await;
    let failure = tagged.expect_err("a failure");
    assert!(failure.is_ambiguous());
    let selector = ImageSelector::Tag(again);
    let found = aws.describe_image(&shop, &selector).await;
    let found = found.expect("an answer").expect("an image");
    assert_eq!(found.digest, manifest.digest);
}

#[tokio::test(start_paused = true)]
async fn an_immutable_tag_is_left_where_it_is() {
    for own_immutable_tag_is_taken in [false, true] {
        let (mut world, digests) = shop(&["v1", "v2"]);
        world.move_tag("shop", "stable", &digests[0]);
        world.make_tags_immutable("shop");
        world.switches = Switches {
            own_immutable_tag_is_taken,
            ..Switches::default()
        };
        let sim = Sim::new(world, at(0));
        let aws = through(&sim).await;
        let (shop, stable) = (repository("shop"), tag("stable"));
        let other = manifest(&aws, &digests[1]).await;
        let tagged = aws.put_image(&shop, &other, &stable).await;
        assert_eq!(tagged.expect("an answer"), Tagged::Immutable);
        let own = manifest(&aws, &digests[0]).await;
        let tagged = aws.put_image(&shop, &own, &stable).await;
        let expected = if own_immutable_tag_is_taken {
            Tagged::Immutable
        } else {
            Tagged::WasThere
        };
        assert_eq!(tagged.expect("an answer"), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_child_that_is_gone_is_no_success() {
    let (mut world, digests) = shop(&["v1"]);
    let sim = Sim::new(world.clone(), at(0));
    let index = manifest(&through(&sim).await, &digests[0]).await;
    let text: Value = serde_json::from_str(&index.text).expect("a manifest");
    let child = text["manifests"][1]["digest"].as_str().expect("a digest");
    world.delete_image("shop", child);
    let sim = Sim::new(world, at(0));
    let aws = through(&sim).await;
    let tagged = aws
        .put_image(&repository("shop"), &index, &tag("stable"))
        .await;
    let failure = tagged.expect_err("a failure");
    assert!(failure.is("ReferencedImagesNotFoundException") && failure.is_rejected());
}
