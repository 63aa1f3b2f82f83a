//! Task definitions, as the JSON that they are, so that members newer than the SDK survive.

use std::sync::{Arc, Mutex};

use aws_sdk_ecs::config::Intercept;
use aws_sdk_ecs::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_ecs::types::{SortOrder, TaskDefinitionField, TaskDefinitionStatus};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::Value;

use super::super::{Aws, Failure, Operation};
use super::{once, operation};
use crate::domain::task_definition::TaskDefinition;
use crate::names::TaskDefinitionArn;

pub const DESCRIBE_TASK_DEFINITION: Operation = operation("DescribeTaskDefinition");
pub const LIST_TASK_DEFINITIONS: Operation = operation("ListTaskDefinitions");
pub const REGISTER_TASK_DEFINITION: Operation = operation("RegisterTaskDefinition");

/// Whether a list shows revisions in use or deregistered ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevisionStatus {
    Active,
    Inactive,
}

impl Aws {
    /// `DescribeTaskDefinition`, taken from the raw answer so that members newer than the SDK survive.
    ///
    /// `None` where there is no such revision (AWS answers `ClientException`).
    pub async fn describe_task_definition(
        &self,
        name: &str,
    ) -> Result<Option<TaskDefinition>, Failure> {
        let body = RawBody::default();
        let request = self
            .ecs
            .describe_task_definition()
            .task_definition(name)
            .include(TaskDefinitionField::Tags);
        let answer = request.customize().interceptor(body.clone()).send().await;
        match DESCRIBE_TASK_DEFINITION.answer(answer) {
            Ok(_) => body.task_definition(DESCRIBE_TASK_DEFINITION).map(Some),
            Err(failure) if failure.is("ClientException") => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// `ListTaskDefinitions`: the newest revisions of a family, newest first, `limit` at most (100 a page).
    pub async fn list_task_definitions(
        &self,
        family: &str,
        status: RevisionStatus,
        limit: i32,
    ) -> Result<Vec<TaskDefinitionArn>, Failure> {
        let status = match status {
            RevisionStatus::Active => TaskDefinitionStatus::Active,
            RevisionStatus::Inactive => TaskDefinitionStatus::Inactive,
        };
        let request = self
            .ecs
            .list_task_definitions()
            .family_prefix(family)
            .status(status)
            .sort(SortOrder::Desc)
            .max_results(limit);
        let answer = LIST_TASK_DEFINITIONS.answer(request.send().await)?;
        let arns = answer
            .task_definition_arns()
            .iter()
            .filter_map(|arn| TaskDefinitionArn::parse(arn));
        // AWS takes the family as a prefix in some places; only this family's own count.
        Ok(arns.filter(|arn| arn.family() == family).collect())
    }

    /// `RegisterTaskDefinition` with a request of any members. One attempt: the caller knows its mark
    /// in the tags, and looks for it when the answer is lost.
    pub async fn register_task_definition(
        &self,
        request: &Value,
    ) -> Result<TaskDefinition, Failure> {
        let body = RawBody::default();
        let document = request.to_string();
        let call = self
            .ecs
            .register_task_definition()
            .family(request["family"].as_str().unwrap_or_default());
        let call = call
            .set_container_definitions(Some(Vec::new()))
            .customize()
            .config_override(once());
        let call = call.interceptor(body.clone()).mutate_request(move |http| {
            http.headers_mut()
                .insert("content-length", document.len().to_string());
            *http.body_mut() = SdkBody::from(document.as_str());
        });
        REGISTER_TASK_DEFINITION.answer(call.send().await)?;
        body.task_definition(REGISTER_TASK_DEFINITION)
    }
}

/// Keeps the body of the last answer as it came.
#[derive(Clone, Debug, Default)]
struct RawBody(Arc<Mutex<Vec<u8>>>);

impl Intercept for RawBody {
    fn name(&self) -> &'static str {
        "RawBody"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let bytes = context.response().body().bytes().unwrap_or_default();
        *self
            .0
            .lock()
            .expect("nothing panics while it holds this lock") = bytes.to_vec();
        Ok(())
    }
}

impl RawBody {
    fn task_definition(&self, operation: Operation) -> Result<TaskDefinition, Failure> {
        let not_aws = |message: String| Failure::not_aws(operation, message);
        let bytes = self
            .0
            .lock()
            .expect("nothing panics while it holds this lock")
            .clone();
        let mut body: Value =
            serde_json::from_slice(&bytes).map_err(|error| not_aws(error.to_string()))?;
        let tags = body["tags"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|tag| {
                Some((
                    tag["key"].as_str()?.to_owned(),
                    tag["value"].as_str().unwrap_or_default().to_owned(),
                ))
            });
        let tags = tags.collect();
        TaskDefinition::from_describe(body["taskDefinition"].take(), tags).map_err(not_aws)
    }
}
