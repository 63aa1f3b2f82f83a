//! A tag for an image that is in ECR. Unlike a deployment it can be sent again: twice does the same as once.

use std::time::Duration;

use crate::{
    aws::{Aws, Failure, Tagged},
    clock::Clock,
    domain::image::Manifest,
    names::{ImageSelector, ImageTag, Repository},
};

/// The SDK has its own attempts in each of these.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(5);

/// A tag, and the image that it is to be on.
pub(crate) struct NewTag<'a> {
    pub repository: &'a Repository,
    pub manifest: &'a Manifest,
    pub tag: &'a ImageTag,
}

/// Why the tag is not known to be on the image.
pub(crate) enum NotTagged {
    /// It is on another image, and the repository's tags cannot be moved.
    Immutable,
    /// Nothing was changed.
    Rejected(Failure),
    /// An answer was lost, and the tag was not seen on the image since: it may still get there.
    Unknown(Failure),
}

/// `PutImage`, and after a lost answer a look at where the tag is. `warn` gets a sentence for each answer that was lost.
pub(crate) async fn put_tag(
    aws: &Aws,
    clock: Clock,
    new: &NewTag<'_>,
    warn: &dyn Fn(String),
) -> Result<(), NotTagged> {
    let mut lost = None;
    let mut attempt = 1;
    loop {
        let failure = match aws.put_image(new.repository, new.manifest, new.tag).await {
            Ok(Tagged::Done | Tagged::WasThere) => return Ok(()),
            Ok(Tagged::Immutable) => return judge_immutable(aws, new, lost).await,
            Err(failure) => failure,
        };
        if failure.is_ambiguous() && !failure.is_not_sent() {
            let action = failure.operation.iam_action();
            warn(format!(
                "the answer to {action} was lost; checking whether it took effect"
            ));
            if let Ok(true) = is_there(aws, new).await {
                return Ok(());
            }
            lost = Some(failure.clone());
        }
        if attempt == ATTEMPTS || !failure.is_passing() {
            // What was lost may still take effect.
            return Err(match lost {
                Some(lost) => NotTagged::Unknown(lost),
                None => NotTagged::Rejected(failure),
            });
        }
        attempt += 1;
        clock.sleep(PAUSE).await;
    }
}

/// Nobody confirmed that ECR tells the image that has the tag already from another one. `lost`: an earlier attempt whose
/// answer did not come.
async fn judge_immutable(
    aws: &Aws,
    new: &NewTag<'_>,
    lost: Option<Failure>,
) -> Result<(), NotTagged> {
    match (is_there(aws, new).await, lost) {
        (Ok(true), _) => Ok(()),
        (Err(_), Some(lost)) => Err(NotTagged::Unknown(lost)),
        _ => Err(NotTagged::Immutable),
    }
}

async fn is_there(aws: &Aws, new: &NewTag<'_>) -> Result<bool, Failure> {
    let selector = ImageSelector::Tag(new.tag.clone());
    let holder = aws.describe_image(new.repository, &selector).await?;
    Ok(holder.is_some_and(|image| image.digest == new.manifest.digest))
}
