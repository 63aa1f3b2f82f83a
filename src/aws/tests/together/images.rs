//! Images of one repository in one call.

use aws_sim::world::ImageSpec;

use super::*;
use crate::{
    domain::image::Image,
    names::{ImageDigest, ImageSelector, ImageTag, Repository},
};

fn repository(name: &str) -> Repository {
    let host = format!("{}.dkr.ecr.{}.amazonaws.com", stage::ACCOUNT, stage::REGION);
    Repository::parse_uri(&format!("{host}/{name}")).expect("a repository")
}

fn tag(text: &str) -> ImageSelector {
    ImageSelector::Tag(ImageTag::parse(text).expect("a tag"))
}

/// Repositories `shop` and `cart` with the images v1, v2 and v3; the digests of shop's.
fn registry() -> (World, Vec<ImageSelector>) {
    let mut world = World::new(stage::ACCOUNT, stage::REGION, at(0));
    let mut digests = Vec::new();
    for name in ["cart", "shop"] {
        world.add_repository(name);
        digests = ["v1", "v2", "v3"]
            .map(|tag| {
                let spec = ImageSpec::single("linux", "amd64").content(tag);
                world.push_image(name, &[tag], spec, at(0))
            })
            .to_vec();
    }
    let parse = |digest: &String| ImageDigest::parse(digest).expect("a digest");
    let digests = digests.iter().map(parse).map(ImageSelector::Digest);
    (world, digests.collect())
}

fn tags(images: &[Image]) -> Vec<String> {
    let tags = images.iter().flat_map(|image| &image.tags);
    let mut tags: Vec<String> = tags.map(ToString::to_string).collect();
    tags.sort_unstable();
    tags
}

#[tokio::test(start_paused = true)]
async fn images_of_a_repository_are_one_call_and_each_caller_has_its_own() {
    let (world, digests) = registry();
    let sim = Sim::new(world, at(0));
    let aws = for_several(&sim).await;
    let (shop, cart) = (repository("shop"), repository("cart"));
    let (v1, v2) = (tag("v1"), [tag("v2"), digests[0].clone()]);
    let (one, two, three, other) = tokio::join!(
        aws.describe_image(&shop, &v1),
        aws.describe_images(&shop, &v2),
        aws.describe_image(&shop, &digests[2]),
        aws.describe_image(&cart, &v1),
    );
    let images = |found: Option<Image>| Vec::from_iter(found);
    assert_eq!(tags(&images(one.expect("an answer"))), ["v1"]);
    assert_eq!(tags(&two.expect("an answer")), ["v1", "v2"]);
    assert_eq!(tags(&images(three.expect("an answer"))), ["v3"]);
    assert_eq!(tags(&images(other.expect("an answer"))), ["v1"]);
    let mut sizes = sizes(&sim, "DescribeImages", "imageIds");
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 4]);
    no_violations(&sim);
}

#[tokio::test(start_paused = true)]
async fn an_image_that_is_gone_is_gone_for_its_caller_alone() {
    let sim = Sim::new(registry().0, at(0));
    let aws = for_several(&sim).await;
    let (shop, gone) = (repository("shop"), [tag("v1"), tag("v8")]);
    let (v1, v9) = (tag("v1"), tag("v9"));
    let (there, missing, failed) = tokio::join!(
        aws.describe_image(&shop, &v1),
        aws.describe_image(&shop, &v9),
        aws.describe_images(&shop, &gone),
    );
    assert!(there.expect("an answer").is_some());
    assert!(missing.expect("an answer").is_none());
    let failure = failed.expect_err("one of two is gone");
    assert!(failure.is("ImageNotFoundException"));
    // Of its own image, not of the other caller's.
    let message = failure.message.raw();
    assert!(
        message.contains("v8") && !message.contains("v9"),
        "{message}"
    );
    // All three at once, and then each by itself.
    let mut sizes = sizes(&sim, "DescribeImages", "imageIds");
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 1, 2, 3]);
}
