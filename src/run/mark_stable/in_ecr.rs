//! The mode `mark-stable` in ECR: the tag on the image that serves.

use super::{Run, stable};
use crate::{
    domain::{image::Image, tags},
    error::{Code, Problem},
    execute::{
        Ended,
        tag::{NewTag, NotTagged, put_tag},
    },
    names::{ImageTag, Repository},
    observe::stable_tag::StableTag,
    plan::marking::Marking,
    report::{
        data::{Left, Outcome},
        event::Event,
        marks::{Mark, MarkPlace, MarkState},
    },
    run::marks::ImageToMark,
    words,
};

impl Run<'_> {
    /// Where the tag is, and what it takes to put it on what serves.
    pub(super) async fn read_stable_tag(&self, marking: &Marking) -> Result<StableTag, Ended> {
        let target = &marking.target;
        let found = StableTag::read(self.aws, &target.repository, &target.digest, &stable()).await;
        found.map_err(|problems| Ended::with_problems(Outcome::Refused, problems))
    }

    /// Whether the tags are to be written, which all runs have to agree on.
    pub(super) async fn may_mark(&self, marking: &Marking) -> Result<bool, Ended> {
        let may_mark = self.membership.may_mark(image_to_mark(marking)).await;
        let may_mark = may_mark.map_err(|problem| Ended::new(Outcome::Refused, problem))?;
        self.memory.is_held_up.set(!may_mark);
        Ok(may_mark && !self.inputs.dry_run)
    }

    pub(super) async fn mark_in_ecr(
        &self,
        marking: &Marking,
        StableTag { holder, manifest }: &StableTag,
        is_written: bool,
    ) -> Result<MarkState, Ended> {
        let tag = stable();
        let target = &marking.target;
        if let Some(holder) = holder
            && holder.digest == target.digest
        {
            self.tell_ecr_tag(&tag, MarkState::WasThere, marking, None);
            return Ok(MarkState::WasThere);
        }
        let before = holder.as_ref().map(name);
        if !is_written {
            self.tell_ecr_tag(&tag, MarkState::Planned, marking, before);
            return Ok(MarkState::Planned);
        }
        let new = NewTag {
            repository: &target.repository,
            manifest,
            tag: &tag,
        };
        self.put_once(marking, &new, before.as_deref()).await?;
        self.membership.note_mark();
        self.tell_ecr_tag(&tag, MarkState::Put, marking, before);
        Ok(MarkState::Put)
    }

    /// Services that run the same image share the tag.
    async fn put_once(
        &self,
        marking: &Marking,
        new: &NewTag<'_>,
        before: Option<&str>,
    ) -> Result<(), Ended> {
        let image = image_to_mark(marking);
        let put = self.membership.common.marks.put_in(new.repository);
        let mut is_put = put.lock().await;
        if *is_put {
            self.remember_mark(is_on(new, &image.version));
            return Ok(());
        }
        self.put_in_ecr(&image, new, before).await?;
        *is_put = true;
        Ok(())
    }

    fn tell_ecr_tag(
        &self,
        tag: &ImageTag,
        state: MarkState,
        marking: &Marking,
        before: Option<String>,
    ) {
        self.tell(Event::Marked(Mark {
            place: MarkPlace::Ecr,
            tag: tag.to_string(),
            state,
            on: Some(words::short_digest(&marking.target.version)),
            before,
            why_not: None,
        }));
    }

    async fn put_in_ecr(
        &self,
        image: &ImageToMark,
        new: &NewTag<'_>,
        before: Option<&str>,
    ) -> Result<(), Ended> {
        let version = words::short_digest(&image.version);
        self.remember_mark(format!(
            "the ECR tag {} may have been put on {version}",
            new.tag
        ));
        let warn = |text| self.warn(text);
        let failure = match put_tag(self.aws, self.clock, new, &warn).await {
            Ok(()) => {
                self.remember_mark(is_on(new, &image.version));
                return Ok(());
            }
            Err(failure) => failure,
        };
        if let NotTagged::Unknown(failure) = failure {
            // It may have been changed, so what is denied for another service is no refusal.
            self.membership.note_mark();
            return Err(unknown(new, &version, &failure.problem()));
        }
        self.memory.marked.take();
        let problem = match failure {
            NotTagged::Immutable => immutable(new, before),
            NotTagged::Rejected(failure) | NotTagged::Unknown(failure) => failure.problem(),
        };
        Err(Ended::new(Outcome::Refused, problem))
    }
}

fn image_to_mark(marking: &Marking) -> ImageToMark {
    let target = &marking.target;
    ImageToMark {
        repository: target.repository.clone(),
        digest: target.digest.clone(),
        version: target.version.clone(),
    }
}

fn is_on(new: &NewTag<'_>, version: &str) -> String {
    format!(
        "the ECR tag {} is on {}",
        new.tag,
        words::short_digest(version)
    )
}

/// What people call the image that has the tag.
fn name(holder: &Image) -> String {
    let version = tags::version_name(None, &holder.tags, &holder.digest);
    words::short_digest(&version)
}

fn immutable(new: &NewTag<'_>, before: Option<&str>) -> Problem {
    let Repository { name, region, .. } = new.repository;
    let tag = new.tag;
    let holder = match before {
        Some(before) => format!(", and {tag} is on {before}"),
        None => String::new(),
    };
    Problem::new(
        Code::TagImmutable,
        format!("the ECR repository {name} has immutable tags{holder}"),
        format!(
            "exclude the tag {tag}: `aws ecr put-image-tag-mutability --repository-name {name} --image-tag-mutability IMMUTABLE_WITH_EXCLUSION --image-tag-mutability-exclusion-filters filterType=WILDCARD,filter={tag} --region {region}`"
        ),
    )
}

/// An answer was lost, and the tag was not seen on the image since.
fn unknown(new: &NewTag<'_>, version: &str, failure: &Problem) -> Ended {
    let Repository { name, region, .. } = new.repository;
    let tag = new.tag;
    let problem = Problem::new(
        failure.code,
        format!(
            "it is not known whether the ECR tag {tag} is on {version} now: {}",
            failure.message
        ),
        "run this again: it does nothing where the tag is there",
    );
    Ended::new(Outcome::Failed, problem).with_left(Left {
        text: format!("to see which image has the tag {tag}"),
        command: Some(format!(
            "aws ecr describe-images --repository-name {name} --image-ids imageTag={tag} --region {region}"
        )),
    })
}
