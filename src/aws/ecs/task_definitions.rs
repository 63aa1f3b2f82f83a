//! Task definitions, as the JSON that they are, so that members newer than the SDK survive.

use std::sync::{Arc, Mutex};

use aws_sdk_ecs::{
    config::{Intercept, interceptors::AfterDeserializationInterceptorContextRef},
    types::{SortOrder, TaskDefinitionField, TaskDefinitionStatus},
};
use aws_smithy_runtime_api::{box_error::BoxError, client::runtime_components::RuntimeComponents};
use aws_smithy_types::{body::SdkBody, config_bag::ConfigBag};
use serde_json::Value;

use crate::{
    aws::{Aws, Failure, Operation, convert},
    boxed::boxed,
    domain::task_definition::TaskDefinition,
    names::TaskDefinitionArn,
};

const DESCRIBE_TASK_DEFINITION: Operation = Operation::ecs("DescribeTaskDefinition");
const LIST_TASK_DEFINITIONS: Operation = Operation::ecs("ListTaskDefinitions");
pub(crate) const REGISTER_TASK_DEFINITION: Operation = Operation::ecs("RegisterTaskDefinition");

/// Whether a list shows revisions in use or deregistered ones.
#[derive(Clone, Copy)]
pub(crate) enum RevisionStatus {
    Active,
    Inactive,
}

impl Aws {
    /// `DescribeTaskDefinition`; `None` where there is no such revision.
    pub(crate) async fn describe_task_definition(
        &self,
        name: &str,
    ) -> Result<Option<TaskDefinition>, Failure> {
        let body = RawBody::default();
        let request = self
            .ecs
            .describe_task_definition()
            .task_definition(name)
            .include(TaskDefinitionField::Tags);
        let turns = self.together.turns.clone();
        let read = boxed(|| async move {
            turns.take(DESCRIBE_TASK_DEFINITION).await;
            let answer = request.customize().interceptor(body.clone()).send().await;
            // The operation has no exception of its own for one that is not there.
            let missing = ["ClientException"];
            match DESCRIBE_TASK_DEFINITION.answer_unless(&missing, answer)? {
                Some(_) => body.task_definition(DESCRIBE_TASK_DEFINITION).map(Some),
                None => Ok(None),
            }
        });
        let together = &self.together.task_definitions;
        together.share(name.to_owned(), read).await
    }

    /// `ListTaskDefinitions`: the newest revisions of a family, newest first, `limit` (up to 100) at most.
    pub(crate) async fn list_task_definitions(
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
            .status(status.clone())
            .sort(SortOrder::Desc)
            .max_results(limit);
        let turns = self.together.turns.clone();
        let read = boxed(|| async move {
            turns.take(LIST_TASK_DEFINITIONS).await;
            let answer = LIST_TASK_DEFINITIONS.answer(request.send().await)?;
            Ok(convert(answer.task_definition_arns, |arn| {
                TaskDefinitionArn::parse(&arn)
            }))
        });
        let lists = &self.together.task_definition_lists;
        let key = (family.to_owned(), status, limit);
        let mut revisions = lists.share(key, read).await?;
        // The parameter is called a prefix, and ECS may take it as one: only this family's own count.
        revisions.retain(|revision| revision.family() == family);
        Ok(revisions)
    }

    /// Waits until `RegisterTaskDefinition` may be called: before the write is put down, since what waits was not sent.
    pub(crate) async fn turn_to_register(&self) {
        self.turn(REGISTER_TASK_DEFINITION).await;
    }

    /// `RegisterTaskDefinition` with a request of any members. One attempt: the caller finds the revision by the
    /// run's tag when the answer is lost.
    pub(crate) async fn register_task_definition(
        &self,
        request: &Value,
    ) -> Result<TaskDefinition, Failure> {
        let body = RawBody::default();
        let document = request.to_string();
        // The builder only satisfies the SDK's checks. What is sent is the document, put in before signing.
        let call = self
            .ecs_once
            .register_task_definition()
            .family(request["family"].as_str().unwrap_or_default())
            .set_container_definitions(Some(Vec::new()))
            .customize()
            .interceptor(body.clone())
            .mutate_request(move |http| {
                let length = document.len().to_string();
                http.headers_mut().insert("content-length", length);
                *http.body_mut() = SdkBody::from(document.as_str());
            });
        REGISTER_TASK_DEFINITION.answer(call.send().await)?;
        body.task_definition(REGISTER_TASK_DEFINITION)
    }
}

/// Keeps the body of the last answer as it came.
#[derive(Clone, Debug, Default)]
struct RawBody(Arc<Mutex<Value>>);

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
        // An attempt that failed, or whose answer is half a document, leaves null behind.
        let body = serde_json::from_slice(bytes).unwrap_or_default();
        *self.0.lock().expect("nothing panics with this lock") = body;
        Ok(())
    }
}

impl RawBody {
    fn task_definition(self, operation: Operation) -> Result<TaskDefinition, Failure> {
        let mut body = self.0.lock().expect("nothing panics with this lock").take();
        let tags = convert(body["tags"].as_array(), tag_from);
        let definition = TaskDefinition::from_describe(body["taskDefinition"].take(), tags);
        definition.map_err(|why| Failure::incomplete(operation, why))
    }
}

/// Key and value; ECS takes a tag without a value as one with an empty value.
fn tag_from(tag: &Value) -> Option<(String, String)> {
    let value = tag["value"].as_str().unwrap_or_default();
    Some((tag["key"].as_str()?.to_owned(), value.to_owned()))
}
