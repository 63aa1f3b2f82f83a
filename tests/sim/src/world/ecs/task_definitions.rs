//! Task definitions as they were registered: every member kept, also those that the model does not know.

use serde_json::{Value, json};

use super::super::World;
use super::super::behavior::{self, Behavior, Crash, HealthCheck};
use super::super::input::{Page, list, put, required, text, wants_tags, with_next};
use super::super::time::{Ms, stamp};
use super::client;
use crate::aws::Answer;

#[derive(Clone, Debug)]
pub(crate) struct TaskDefinition {
    pub arn: String,
    /// What DescribeTaskDefinition answers.
    pub body: Value,
    pub tags: Vec<Value>,
    pub active: bool,
}

impl TaskDefinition {
    pub(crate) fn containers(&self) -> &[Value] {
        list(&self.body, "containerDefinitions")
    }

    /// Whether the container exists and maps the port.
    pub(crate) fn maps(&self, container: &str, port: u64) -> bool {
        let found = self
            .containers()
            .iter()
            .find(|found| text(found, "name") == Some(container));
        found.is_some_and(|found| {
            list(found, "portMappings")
                .iter()
                .any(|mapping| mapping["containerPort"].as_u64() == Some(port))
        })
    }

    /// Whether a port mapping of any container has this name.
    pub(crate) fn names_port(&self, name: &str) -> bool {
        let mut mappings = self
            .containers()
            .iter()
            .flat_map(|found| list(found, "portMappings"));
        mappings.any(|mapping| text(mapping, "name") == Some(name))
    }

    pub(crate) fn architecture(&self) -> &str {
        text(&self.body["runtimePlatform"], "cpuArchitecture").unwrap_or("X86_64")
    }

    pub(crate) fn fargate(&self) -> bool {
        list(&self.body, "requiresCompatibilities").contains(&json!("FARGATE"))
    }
}

impl World {
    /// By ARN, `family:revision`, or `family` for its newest active revision.
    pub(in super::super) fn find_task_definition(&self, given: &str) -> Option<&TaskDefinition> {
        let prefix = self.ecs_arn("task-definition/");
        let name = match given.strip_prefix(&prefix) {
            Some(name) => name,
            None if given.starts_with("arn:") => return None,
            None => given,
        };
        let Some((family, revision)) = name.rsplit_once(':') else {
            return self
                .ecs
                .families
                .get(name)?
                .iter()
                .rev()
                .find(|revision| revision.active);
        };
        let revision: usize = revision.parse().ok()?;
        self.ecs.families.get(family)?.get(revision.checked_sub(1)?)
    }

    fn task_definition_mut(&mut self, given: &str) -> Option<&mut TaskDefinition> {
        let arn = self.find_task_definition(given)?.arn.clone();
        self.ecs
            .families
            .values_mut()
            .flatten()
            .find(|revision| revision.arn == arn)
    }

    /// Makes a revision `INACTIVE`.
    pub fn deregister(&mut self, given: &str) {
        let now = stamp(self.now);
        let revision = self
            .task_definition_mut(given)
            .expect("the revision is registered");
        revision.active = false;
        revision.body["status"] = json!("INACTIVE");
        revision.body["deregisteredAt"] = now;
    }

    /// Whatever image this revision runs, its tasks fail; for example because of a bad setting.
    pub fn crash_task_definition(&mut self, given: &str, crash: Crash) {
        self.revision_behavior(given).crash = Some(crash);
    }

    /// Whatever image this revision runs, its tasks never pass this health check.
    pub fn fail_health_check(&mut self, given: &str, check: HealthCheck) {
        self.revision_behavior(given).fails = Some(check);
    }

    /// What the first container of this revision writes: so many milliseconds after its start, and the line.
    pub fn set_log(&mut self, given: &str, lines: &[(Ms, &str)]) {
        self.revision_behavior(given).log = behavior::lines(lines);
    }

    fn revision_behavior(&mut self, given: &str) -> &mut Behavior {
        let revision = self.find_task_definition(given);
        let arn = revision.expect("the revision is registered").arn.clone();
        self.ecs.behaviors.entry(arn).or_default()
    }

    pub(super) fn describe_task_definition(&self, input: &Value) -> Answer {
        let given = required(input, "taskDefinition")?;
        let unknown = || client("Unable to describe task definition.");
        let revision = self.find_task_definition(given).ok_or_else(unknown)?;
        let mut answer = json!({ "taskDefinition": revision.body });
        put(
            &mut answer,
            "tags",
            wants_tags(input).then(|| json!(revision.tags)),
        );
        Ok(answer)
    }

    // familyPrefix is, against its name, a whole family name
    pub(super) fn list_task_definitions(&self, input: &Value) -> Answer {
        let family = text(input, "familyPrefix");
        let status = text(input, "status").unwrap_or("ACTIVE");
        if !["ACTIVE", "INACTIVE"].contains(&status) {
            return Ok(json!({ "taskDefinitionArns": [] }));
        }
        let families = self
            .ecs
            .families
            .iter()
            .filter(|(name, _)| family.is_none_or(|family| family == *name));
        let fitting = families
            .flat_map(|(_, revisions)| revisions)
            .filter(|revision| revision.active == (status == "ACTIVE"))
            .map(|revision| revision.arn.as_str());
        let mut arns: Vec<&str> = fitting.collect();
        if text(input, "sort") == Some("DESC") {
            arns.reverse();
        }
        let page = Page::of_hundred(input, 100)?;
        let (arns, next) = page.cut(arns);
        Ok(with_next(json!({ "taskDefinitionArns": arns }), next))
    }
}
