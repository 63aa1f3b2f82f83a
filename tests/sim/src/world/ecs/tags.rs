//! Tags of task definitions, services and clusters.

use serde_json::{Value, json};

use super::super::World;
use super::super::input::{list, required, text, texts};
use super::invalid;
use crate::aws::{Answer, AwsError};

impl World {
    pub(super) fn tag_resource(&mut self, input: &Value) -> Answer {
        let tags = self.tags_of(required(input, "resourceArn")?)?;
        for tag in list(input, "tags") {
            if text(tag, "key").is_some_and(|key| key.to_ascii_lowercase().starts_with("aws:")) {
                return Err(invalid(
                    "Tag keys starting with aws: are reserved for system use",
                ));
            }
            tags.retain(|other| other["key"] != tag["key"]);
            tags.push(tag.clone());
        }
        Ok(json!({}))
    }

    pub(super) fn untag_resource(&mut self, input: &Value) -> Answer {
        let keys = texts(input, "tagKeys");
        let tags = self.tags_of(required(input, "resourceArn")?)?;
        tags.retain(|tag| text(tag, "key").is_none_or(|key| !keys.contains(&key)));
        Ok(json!({}))
    }

    pub(super) fn list_tags_for_resource(&mut self, input: &Value) -> Answer {
        let tags = self.tags_of(required(input, "resourceArn")?)?;
        Ok(json!({ "tags": tags }))
    }

    fn tags_of(&mut self, arn: &str) -> Result<&mut Vec<Value>, AwsError> {
        if let Some(revision) = self
            .ecs
            .families
            .values_mut()
            .flatten()
            .find(|revision| revision.arn == arn)
        {
            return Ok(&mut revision.tags);
        }
        let service = self.ecs.services.keys().any(|key| {
            arn == format!(
                "arn:aws:ecs:{}:{}:service/{}/{}",
                self.region, self.account, key.cluster, key.service
            )
        });
        let cluster = arn.strip_prefix(&format!(
            "arn:aws:ecs:{}:{}:cluster/",
            self.region, self.account
        ));
        if service || cluster.is_some_and(|name| self.ecs.clusters.contains_key(name)) {
            return Ok(self.ecs.tags.entry(arn.to_owned()).or_default());
        }
        Err(invalid("The specified resource is not found."))
    }
}
