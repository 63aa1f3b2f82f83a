//! The plan in the words that people read, as far as both controllers say the same.

use std::fmt::Display;

use time::{Duration, OffsetDateTime};

use super::{serving::at_start, situation::Situation, target::family_of};
use crate::{
    domain::service::LoadBalancerKind,
    inputs::{Inputs, VersionSpec},
    names::TaskDefinitionArn,
    observe::{Snapshot, revision::Revision, target::FoundTarget},
    report::data::{Discovery, PlanNote, TargetView},
    words,
};

/// How long a deployment may have no running task before that is worth a warning.
const STUCK: Duration = Duration::minutes(5);

/// The target, with what to know about it.
pub(super) fn target(target: &FoundTarget, inputs: &Inputs) -> TargetView {
    let image = &target.image.image;
    let mut notes = target.notes.clone();
    // Whoever typed the digest knows that no tag leads to it.
    let typed = matches!(&inputs.version, VersionSpec::Digest(typed) if *typed == image.digest);
    if image.tags.is_empty() && !typed {
        notes.push("this image has no tag any more".to_owned());
    }
    TargetView {
        version: target.version.clone(),
        image: target.image_uri(),
        digest: image.digest.clone(),
        tags: image.tags.iter().map(ToString::to_string).collect(),
        pushed_at: image.pushed_at,
        last_served_from: target.last_served_from,
        served_for: target.served_for,
        notes,
    }
}

/// CloudFormation knows nothing of a rollback, and puts its template's task definition back.
pub(super) fn stack(snapshot: &Snapshot) -> Option<PlanNote> {
    let stack = snapshot.running.service.stack.as_ref()?;
    let version = &snapshot.target.version;
    Some(PlanNote {
        topic: None,
        text: format!(
            "CloudFormation will take this back with its next update of the stack {stack}; put {version} into the stack (or its CDK app) before that"
        ),
    })
}

/// The weights say that all traffic is shifted; a Network Load Balancer takes longer.
pub(super) fn slow_switch(kind: Option<LoadBalancerKind>, inputs: &Inputs) -> Option<PlanNote> {
    if kind != Some(LoadBalancerKind::Network) {
        return None;
    }
    let advice = match inputs.health_check {
        Some(_) => "",
        None => "; give `health-check-url` to check what users get",
    };
    Some(PlanNote {
        topic: Some("traffic"),
        text: format!(
            "a Network Load Balancer sends traffic to the old tasks for a minute or more after the switch{advice}"
        ),
    })
}

impl<Observed> Situation<'_, Observed> {
    /// Why a revision is registered, or that none is.
    pub(super) fn revision(&self) -> String {
        match &self.snapshot.revision {
            Revision::Reuse(definition) => format!(
                "revision {} fits, nothing to register",
                short_or(definition.arn(), "without an ARN")
            ),
            Revision::Register { why, .. } => format!("a revision is registered first: {why}"),
        }
    }

    /// The step that registers the revision, where one is registered.
    pub(super) fn register_step(&self) -> Option<String> {
        if self.snapshot.revision.reused().is_some() {
            return None;
        }
        // A revision by digest runs this image for ever; a tag may move.
        Some(format!(
            "register a revision of {} with the image {}",
            family_of(self.snapshot),
            self.snapshot.target.image_uri()
        ))
    }

    /// `web1:8`, or how to speak of the one that is registered first.
    pub(super) fn planned_revision(&self) -> String {
        short_or(self.snapshot.revision.reused(), "that revision")
    }

    /// What to type where the version asked for serves already: in an incident that is usually the broken one.
    pub(super) fn further_back(&self) -> PlanNote {
        let text = match &self.inputs.version {
            VersionSpec::Previous { .. } => self.one_further(),
            _ => self.one_back(),
        };
        PlanNote { topic: None, text }
    }

    /// The target is what somebody's deployment tries to start, without success: in an incident, `latest` is often that.
    pub(super) fn stuck(&self, created_at: OffsetDateTime, running: u32) -> Option<String> {
        let age = self.snapshot.at - created_at;
        // Tasks take a while to start.
        if running > 0 || age < STUCK {
            return None;
        }
        let (version, age) = (self.version(), words::duration(age.unsigned_abs()));
        let serving = at_start(&self.snapshot.running);
        let advice = match serving.version {
            Some(serving) => format!(
                "{serving} still serves; run this with version {serving} to stop that deployment"
            ),
            None => "give the version that ran before it".to_owned(),
        };
        Some(format!(
            "{version} has been deploying for {age} and none of its tasks is running, so it may never start; {advice}"
        ))
    }

    /// The target is what the service has already, and nothing of it runs: to deploy it again changes little.
    pub(super) fn dead(&self) -> Option<String> {
        let running = &self.snapshot.running;
        let serves = self.snapshot.revision.reused();
        if running.digests.tasks() > 0 || serves != Some(&running.revision) {
            return None;
        }
        let version = self.version();
        let back = self.one_back();
        Some(format!(
            "{version} is what the service already has, and none of its tasks is running: deploying it again may not help; {back}"
        ))
    }

    fn one_further(&self) -> String {
        match &self.snapshot.target.further {
            Some(further) => format!("{} is {}", further.spec(), further.name()),
            None => "nothing older is on record".to_owned(),
        }
    }

    fn one_back(&self) -> String {
        let Some(nearest) = &self.snapshot.previous else {
            return "what ran before it is not on record; give the version to roll back to"
                .to_owned();
        };
        let spec = nearest.spec();
        // Where only configuration was released, the version alone would say nothing new.
        if nearest.same_image_as_top {
            let revision = nearest.revision.short();
            return format!("{spec} goes back one, to the same image with {revision}");
        }
        format!("{spec} goes back one, to {}", nearest.version)
    }

    /// What was found for both controllers.
    pub(super) fn container_and_repository(&self) -> Vec<Discovery> {
        let running = &self.snapshot.running;
        vec![
            discovery("container", &running.container, &running.container_source),
            discovery(
                "repository",
                &running.repository,
                &running.repository_source,
            ),
        ]
    }
}

pub(super) fn short_or(arn: Option<&TaskDefinitionArn>, unknown: &str) -> String {
    match arn {
        Some(arn) => arn.short(),
        None => unknown.to_owned(),
    }
}

pub(super) fn discovery(what: &str, value: impl Display, source: &str) -> Discovery {
    Discovery {
        what: what.to_owned(),
        value: value.to_string(),
        source: source.to_owned(),
    }
}
