//! Application revisions: AppSpecs by the hash of their content, or by their place in S3.

use serde_json::{Value, json};

use super::super::World;
use super::super::ids::sha256;
use super::super::input::{list, put, text};
use super::super::time::{Ms, stamp};
use super::appspec::{self, carrier, refuse};
use crate::aws::{Answer, AwsError};

#[derive(Clone, Debug)]
pub(crate) struct Revision {
    /// With the AppSpec's content, except in S3.
    pub location: Value,
    pub task_definition: String,
    pub hooks: Vec<String>,
    pub settings: appspec::Settings,
    pub registered_at: Ms,
    pub last_used_at: Option<Ms>,
    pub groups: Vec<String>,
}

impl Revision {
    /// As GetDeployment shows it: the hash, never the content.
    pub(crate) fn without_content(&self) -> Value {
        let mut location = self.location.clone();
        for carrier in ["appSpecContent", "string"] {
            if let Some(carried) = location.get_mut(carrier).and_then(Value::as_object_mut) {
                carried.remove("content");
            }
        }
        location
    }

    fn info(&self) -> Value {
        let mut info =
            json!({ "deploymentGroups": self.groups, "registerTime": stamp(self.registered_at) });
        put(
            &mut info,
            "firstUsedTime",
            self.last_used_at.map(|_| stamp(self.registered_at)),
        );
        put(&mut info, "lastUsedTime", self.last_used_at.map(stamp));
        info
    }
}

/// What identifies a revision within its application.
pub(super) fn key(location: &Value) -> Option<String> {
    if let Some((kind, carried)) = carrier(location) {
        let hash = text(carried, "sha256").map(str::to_owned);
        let hash = hash.or_else(|| text(carried, "content").map(sha256))?;
        return Some(format!("{kind}:{hash}"));
    }
    let place = location.get("s3Location")?;
    let part = |member| text(place, member).unwrap_or_default();
    Some(format!(
        "s3:{}/{}#{}",
        part("bucket"),
        part("key"),
        part("version")
    ))
}

/// The revision's location with its hash filled in; refused where a given hash does not fit the content.
fn hashed(location: &Value) -> Result<Option<(Value, String)>, AwsError> {
    let Some((kind, carried)) = carrier(location) else {
        return Ok(None);
    };
    let Some(content) = text(carried, "content") else {
        return Ok(None);
    };
    let hash = sha256(content);
    if text(carried, "sha256").is_some_and(|given| given != hash) {
        return Err(refuse("the SHA-256 hash does not match its content"));
    }
    let mut location = location.clone();
    location[kind]["sha256"] = json!(hash);
    Ok(Some((location, content.to_owned())))
}

impl World {
    /// The revision behind a location: a known one, or a new one from the AppSpec that it carries.
    pub(in super::super) fn accept_revision(
        &mut self,
        application: &str,
        location: &Value,
    ) -> Result<String, AwsError> {
        let new = match hashed(location)? {
            Some((location, content)) => Some((location, appspec::read(&content)?)),
            None => None,
        };
        let key = key(location).ok_or_else(|| refuse("the revision names no AppSpec"))?;
        let now = self.now;
        let revisions = self
            .codedeploy
            .applications
            .get_mut(application)
            .map(|found| &mut found.revisions);
        let revisions = revisions.ok_or_else(|| super::no_application(application))?;
        if revisions.contains_key(&key) {
            return Ok(key);
        }
        let (location, spec) = new.ok_or_else(|| {
            AwsError::client(
                "RevisionDoesNotExistException",
                "The named revision does not exist with the user or AWS account.",
            )
        })?;
        let revision = Revision {
            location,
            task_definition: spec.task_definition,
            hooks: spec.hooks,
            settings: spec.settings,
            registered_at: now,
            last_used_at: None,
            groups: Vec::new(),
        };
        revisions.insert(key.clone(), revision);
        Ok(key)
    }

    pub(super) fn register_application_revision(&mut self, input: &Value) -> Answer {
        let application = self.application(input)?.0.to_owned();
        self.accept_revision(&application, &input["revision"])?;
        Ok(json!({}))
    }

    pub(super) fn get_application_revision(&self, input: &Value) -> Answer {
        let (name, application) = self.application(input)?;
        let found = key(&input["revision"]).and_then(|key| application.revisions.get(&key));
        let revision = found.ok_or_else(|| {
            AwsError::client(
                "RevisionDoesNotExistException",
                format!("No revision found in the application {name}"),
            )
        })?;
        Ok(json!({
            "applicationName": name,
            "revision": revision.location,
            "revisionInfo": revision.info(),
        }))
    }

    pub(super) fn batch_get_application_revisions(&self, input: &Value) -> Answer {
        let (name, application) = self.application(input)?;
        let given = list(input, "revisions");
        super::batch_limit(given.len(), 25, "RevisionRequiredException")?;
        let found = given
            .iter()
            .map(|location| key(location).and_then(|key| application.revisions.get(&key)));
        let missing = found.clone().filter(Option::is_none).count();
        let revisions: Vec<Value> = found
            .flatten()
            .map(|revision| json!({ "revisionLocation": revision.location, "genericRevisionInfo": revision.info() }))
            .collect();
        let mut answer = json!({ "applicationName": name, "revisions": revisions });
        put(
            &mut answer,
            "errorMessage",
            (missing > 0).then(|| format!("{missing} revisions could not be found")),
        );
        Ok(answer)
    }

    /// Notes that a deployment of the group uses the revision.
    pub(in super::super) fn use_revision(
        &mut self,
        application: &str,
        key: &str,
        group: &str,
        at: Ms,
    ) {
        let revisions = self
            .codedeploy
            .applications
            .get_mut(application)
            .map(|found| &mut found.revisions);
        if let Some(revision) = revisions.and_then(|revisions| revisions.get_mut(key)) {
            revision.last_used_at = Some(revision.last_used_at.map_or(at, |before| before.max(at)));
            if !revision.groups.iter().any(|name| name == group) {
                revision.groups.push(group.to_owned());
            }
        }
    }
}
