//! The mode `mark-stable`: the tag `stable` on what serves, in ECR and in git, once that is proven.

use super::{Run, ending::Finish};
use crate::{
    aws::{Connection, credentials},
    domain::{image::Image, tags},
    error::{Code, Problem},
    execute::{
        Ended,
        tag::{NewTag, NotTagged, put_tag},
    },
    names::{ImageTag, Repository},
    observe::{stable_tag::StableTag, to_mark::read_to_mark},
    plan::{
        self,
        marking::{Marking, prove_serving},
    },
    report::{
        data::{Left, Outcome},
        event::Event,
        marks::{Mark, MarkPlace, MarkState},
    },
    verify::health_check,
    words,
};

impl Run<'_> {
    pub(super) async fn mark_stable(&self, connection: &Connection) -> Finish {
        self.tell(Event::Asked);
        // Boxed, or every mode would have room for it on its stack.
        match Box::pin(self.try_to_mark(connection)).await {
            Ok(outcome) => Finish::well(outcome, self.memory.at_start()),
            Err(ended) => Finish::badly(ended),
        }
    }

    async fn try_to_mark(&self, connection: &Connection) -> Result<Outcome, Ended> {
        let known = credentials(connection).await;
        known.map_err(|problem| Ended::new(Outcome::Refused, problem))?;
        let marking = self.prove_to_mark().await?;
        let ecr = self.mark_in_ecr(&marking).await?;
        // It may take as long as its limit, and nothing else waits for it.
        let git = self.mark_in_git(&marking).await;
        Ok(match [Some(ecr), git] {
            states if states.contains(&Some(MarkState::Put)) => Outcome::Marked,
            states if states.contains(&Some(MarkState::Planned)) => Outcome::Planned,
            _ => Outcome::Unchanged,
        })
    }

    /// What serves, proven by the traffic, its tasks and the health check.
    async fn prove_to_mark(&self) -> Result<Marking, Ended> {
        let mut marking = self.prove_serving(true).await?;
        self.tell(Event::Marking {
            target: marking.view.clone(),
            revision: marking.revision.clone(),
        });
        if !self.inputs.dry_run && self.inputs.health_check.is_some() {
            self.check_health_to_mark().await?;
            // The check takes a while: what serves may be something else by now.
            let before = marking;
            marking = self.prove_serving(false).await?;
            if marking.target.digest != before.target.digest {
                return Err(changed(&before, &marking));
            }
        }
        self.tell(Event::Proven(marking.proof.clone()));
        Ok(marking)
    }

    async fn prove_serving(&self, is_first: bool) -> Result<Marking, Ended> {
        let tell = |running: &_| {
            if is_first {
                self.tell_serving(plan::serving::at_start(running));
            }
        };
        let tag = stable();
        let seen = read_to_mark(self.aws, self.inputs, self.clock, &tag, &tell);
        // Boxed, or the futures nest deeper than the compiler likes.
        let seen = Box::pin(seen).await;
        let marking = seen.and_then(|seen| prove_serving(&seen, self.inputs));
        marking.map_err(|problems| Ended::with_problems(Outcome::Refused, problems))
    }

    async fn check_health_to_mark(&self) -> Result<(), Ended> {
        let Some(check) = &self.inputs.health_check else {
            return Ok(());
        };
        let tell = |attempt| self.tell(Event::Health(attempt));
        let probed = health_check::probe(self.aws, self.clock, check, &tell).await;
        probed.map_err(|unhealthy| {
            let problem = Problem {
                hint: "check its logs, then run this again".to_owned(),
                ..unhealthy.problem
            };
            Ended::new(Outcome::Refused, problem)
        })
    }

    async fn mark_in_ecr(&self, marking: &Marking) -> Result<MarkState, Ended> {
        let tag = stable();
        let target = &marking.target;
        let found = StableTag::read(self.aws, &target.repository, &target.digest, &tag).await;
        let StableTag { holder, manifest } =
            found.map_err(|problems| Ended::with_problems(Outcome::Refused, problems))?;
        if let Some(holder) = &holder
            && holder.digest == target.digest
        {
            self.tell_ecr_tag(&tag, MarkState::WasThere, marking, None);
            return Ok(MarkState::WasThere);
        }
        let before = holder.as_ref().map(name);
        if self.inputs.dry_run {
            self.tell_ecr_tag(&tag, MarkState::Planned, marking, before);
            return Ok(MarkState::Planned);
        }
        let new = NewTag {
            repository: &target.repository,
            manifest: &manifest,
            tag: &tag,
        };
        self.put_in_ecr(marking, &new, before.as_deref()).await?;
        self.tell_ecr_tag(&tag, MarkState::Put, marking, before);
        Ok(MarkState::Put)
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
        marking: &Marking,
        new: &NewTag<'_>,
        before: Option<&str>,
    ) -> Result<(), Ended> {
        let version = words::short_digest(&marking.target.version);
        self.remember_mark(format!(
            "the ECR tag {} may have been put on {version}",
            new.tag
        ));
        let warn = |text| self.warn(text);
        let failure = match put_tag(self.aws, self.clock, new, &warn).await {
            Ok(()) => {
                self.remember_mark(format!("the ECR tag {} is on {version}", new.tag));
                return Ok(());
            }
            Err(failure) => failure,
        };
        if let NotTagged::Unknown(failure) = failure {
            return Err(unknown(new, &version, &failure.problem()));
        }
        self.memory.marked.take();
        let problem = match failure {
            NotTagged::Immutable => immutable(new, before),
            NotTagged::Rejected(failure) | NotTagged::Unknown(failure) => failure.problem(),
        };
        Err(Ended::new(Outcome::Refused, problem))
    }

    /// What was written, or may have been, for whoever cuts the run short.
    pub(super) fn remember_mark(&self, what: String) {
        *self.memory.marked.borrow_mut() = Some(what);
    }
}

/// The tag that this mode puts on an image.
fn stable() -> ImageTag {
    ImageTag::parse("stable").expect("it is a tag")
}

/// What people call the image that has the tag.
fn name(holder: &Image) -> String {
    let version = tags::version_name(None, &holder.tags, &holder.digest);
    words::short_digest(&version)
}

fn changed(before: &Marking, now: &Marking) -> Ended {
    let (old, new) = (&before.target.version, &now.target.version);
    let problem = Problem::new(
        Code::NotProven,
        format!(
            "during the health check, {} was replaced by {}",
            words::short_digest(old),
            words::short_digest(new)
        ),
        "run this again",
    );
    Ended::new(Outcome::Refused, problem)
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
