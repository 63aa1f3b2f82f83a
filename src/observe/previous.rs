//! `previous`, from what is on record; more of it is read where the newest deployments give no answer.

use super::{
    image::read_image,
    past::Past,
    record::Record,
    running_service::image_of,
    target::{FoundTarget, Lookup},
    wanted::{FEW, ImageSpec},
    windows::{Depth, MOST},
};
use crate::{
    domain::{
        past::{Candidate, Chosen, PreviousError, previous},
        tags,
        task_definition::TaskDefinition,
    },
    error::Problem,
    names::{ImageDigest, ImageSelector},
};

/// How far back the first few deployments lead.
const FEW_STEPS: u32 = 3;
/// Of many services, each deployment of each is a call of those that ECS lets an account send least often.
const FEWEST: usize = 2;
const FEWEST_STEPS: u32 = 1;

/// What `previous` is by some part of the record.
struct Answer {
    past: Past,
    chosen: Chosen,
    /// Whether older deployments may change the answer.
    may_change: bool,
}

impl Lookup<'_> {
    /// The version `steps` back, with the revision that ran it; `None` where that is gone.
    ///
    /// # Errors
    /// `previous-unknown`, `previous-ambiguous`, or a read that did not work.
    pub(crate) async fn find_previous(
        &self,
        steps: u32,
    ) -> Result<(FoundTarget, Option<TaskDefinition>), Problem> {
        match self.find_answer(steps).await {
            Ok(answer) => self.read_chosen(answer).await,
            Err(problem) => Err(self.with_old_group(problem).await),
        }
    }

    async fn find_answer(&self, steps: u32) -> Result<Answer, Problem> {
        Ok(match self.choose_near(&self.record, steps).await? {
            // Twenty-five deployments are read at first: a hundred cost more round trips, while an outage goes on.
            Ok(answer) if !answer.may_change => answer,
            Err(error) if !error.need_more_history() => return Err(error.into_problem()),
            answer if !self.record.more() => answer.map_err(PreviousError::into_problem)?,
            _ => {
                let far = self.record.read_again(&self.reader, Depth::Far).await?;
                let answer = self.choose(&far, MOST, steps).await?;
                answer.map_err(PreviousError::into_problem)?
            }
        })
    }

    /// The nearest state to go back to, where the version asked for is already serving: in an incident, that is usually
    /// the broken one.
    pub(crate) async fn find_nearest_not_serving(&self, target: &FoundTarget) -> Option<Candidate> {
        let digests = target.image.digests(self.running.platform.as_ref());
        // What the service already has may also be what does not start.
        let is_dead =
            self.running.digests.tasks() == 0 && self.fits(&self.running.definition, target);
        if !is_dead && !self.running.digests.all_on(&digests) {
            return None;
        }
        // Somebody's release has a part of the traffic, so there is something to do: only an idle run says what is
        // before it, and a canary is stopped some round trips sooner.
        if !is_dead && self.running.share.is_some() {
            return None;
        }
        // It was found on the way already, if not by the fewest deployments.
        let is_previous = matches!(self.spec.image, ImageSpec::Previous { .. });
        if is_previous && (target.further.is_some() || !self.reader.aws.is_shared()) {
            return target.further.clone();
        }
        // It is good to know, but the run does not need it: no failure here is told.
        let reader = &self.reader;
        let record = self.record.read_again(reader, Depth::Previous).await.ok()?;
        let answer = self.choose_near(&record, 1).await.ok()?.ok()?;
        answer.chosen.nearest_not_serving()
    }

    /// By the newest few deployments, where they are enough for sure, else by all that were read.
    async fn choose_near(
        &self,
        record: &Record<'_>,
        steps: u32,
    ) -> Result<Result<Answer, PreviousError>, Problem> {
        let (few, few_steps) = match self.reader.aws.is_shared() {
            true => (FEWEST, FEWEST_STEPS),
            false => (FEW, FEW_STEPS),
        };
        if steps <= few_steps
            && record.len() > few
            // While a deployment is active, the answer may be two versions to choose from: then all that was read is
            // looked at.
            && !record.is_active()
            && let Ok(answer) = Box::pin(self.choose(record, few, steps)).await?
            && !answer.may_change
        {
            return Ok(Ok(answer));
        }
        self.choose(record, MOST, steps).await
    }

    async fn choose(
        &self,
        record: &Record<'_>,
        count: usize,
        steps: u32,
    ) -> Result<Result<Answer, PreviousError>, Problem> {
        let past = record
            .read_past(self.reader.aws, self.known(), count)
            .await?;
        let chosen = match self.find_in(&past, steps) {
            Ok(chosen) => chosen,
            Err(error) => return Ok(Err(error)),
        };
        // Where the record was cut, something in it may be a rollback to what was left out.
        let cut_matters = match past.cut {
            Some(cut) => {
                let repeats = past.may_repeat(&chosen.candidate, &self.running.revision, cut);
                // What is further back is good to know, and worth no call of each service.
                let is_short = chosen.further.is_none() && !self.reader.aws.is_shared();
                repeats || is_short
            }
            None => false,
        };
        Ok(Ok(Answer {
            may_change: chosen.more_history_may_change || cut_matters,
            past,
            chosen,
        }))
    }

    fn find_in(&self, past: &Past, steps: u32) -> Result<Chosen, PreviousError> {
        let running = self.running.running_image.as_ref();
        // What truly runs counts more than what the record says ought to run.
        let running = running.map(|facts| (&self.running.revision, &facts.image.digest));
        previous(
            &past.deployments,
            steps,
            running,
            &|a, b| past.same_but_for_image(a, b, &self.running.container),
            &|digest| past.version(digest),
            self.reader.clock.now(),
        )
    }

    /// The image that was chosen, as ECR knows it now.
    async fn read_chosen(
        &self,
        answer: Answer,
    ) -> Result<(FoundTarget, Option<TaskDefinition>), Problem> {
        let Answer { past, chosen, .. } = answer;
        let candidate = &chosen.candidate;
        let revision = past.definitions.get(&candidate.revision).cloned();
        // The service may have moved to another repository since; the revision names where its image comes from.
        let mut repository = self.running.repository.clone();
        if let Some(definition) = &revision
            && let Ok((own, _)) = image_of(definition, &self.running.container)
        {
            repository = own;
        }
        let selector = ImageSelector::Digest(candidate.digest.clone());
        // What serves is a candidate even where its image is gone, since it needs no pull; a new deployment does.
        let Some(image) = read_image(self.reader.aws, &repository, &selector).await? else {
            return Err(self.read_suggestions(&repository, &selector).await);
        };
        let mut notes = chosen.notes;
        for passed in &chosen.passed_over {
            notes.push(format!("passed over {}: {}", passed.what, passed.reason));
        }
        let target = FoundTarget {
            version: candidate.version.clone(),
            image,
            repository,
            exact: true,
            last_served_from: candidate.served_from,
            served_for: candidate.served_for,
            notes,
            further: chosen.further,
        };
        Ok((target, revision))
    }
}

impl Past {
    /// How the output `version` names an image.
    pub(super) fn version(&self, digest: &ImageDigest) -> String {
        match self.images.get(digest) {
            Some(image) => tags::version_name(None, &image.tags, digest),
            None => digest.to_string(),
        }
    }
}
