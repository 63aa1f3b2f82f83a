//! ListServiceDeployments, DescribeServiceDeployments and DescribeServiceRevisions.

use serde_json::{Value, json};

use super::super::super::World;
use super::super::super::ids::sha256;
use super::super::super::input::{Page, put, texts, time, with_next};
use super::super::super::switches::ListOrder;
use super::super::super::time::{HOUR, Ms, stamp};
use super::super::invalid;
use super::ServiceDeployment;
use crate::aws::Answer;

/// How long service deployments can be seen, and how far back they can be asked for.
const KEPT: Ms = 90 * 24 * HOUR;

impl World {
    pub(super) fn list_service_deployments(&self, input: &Value) -> Answer {
        let (_, service) = self.service_of(input, "service")?;
        let arns = service
            .native
            .as_ref()
            .map_or(&[][..], |native| &native.deployments);
        let statuses = texts(input, "status");
        let range = input.get("createdAt").unwrap_or(&Value::Null);
        let (after, before) = (time(range, "after"), time(range, "before"));
        let oldest = self.now.saturating_sub(KEPT);
        if [after, before].into_iter().flatten().any(|at| at < oldest) {
            return Err(invalid(
                "Before and After time filter must be within the last 3 months.",
            ));
        }
        let found = arns
            .iter()
            .map(|arn| self.service_deployment_at(arn))
            .filter(|deployment| {
                self.remembered(deployment)
                    && (statuses.is_empty() || statuses.contains(&deployment.status.name()))
                    && after.is_none_or(|after| deployment.created_at >= after)
                    && before.is_none_or(|before| deployment.created_at <= before)
            });
        let mut found: Vec<&ServiceDeployment> = found.collect();
        match self.switches.list_order {
            ListOrder::NewestFirst => found.reverse(),
            ListOrder::Shuffled => found.sort_by_cached_key(|deployment| sha256(&deployment.arn)),
        }
        let page = Page::of_hundred(input, 20)?;
        let (briefs, next) = page.cut(
            found
                .into_iter()
                .map(|deployment| self.brief_json(deployment)),
        );
        Ok(with_next(json!({ "serviceDeployments": briefs }), next))
    }

    fn remembered(&self, deployment: &ServiceDeployment) -> bool {
        !self.switches.service_deployments_hidden
            && deployment.created_at + KEPT > self.now
            && (deployment.created_at + self.pace.service_update_shows <= self.now
                || deployment.status.over())
    }

    fn brief_json(&self, deployment: &ServiceDeployment) -> Value {
        let key = &deployment.service;
        let mut answer = json!({
            "serviceDeploymentArn": deployment.arn,
            "serviceArn": self.service_arn(key),
            "clusterArn": self.ecs_arn(&format!("cluster/{}", key.cluster)),
            "createdAt": stamp(deployment.created_at),
            "status": deployment.status.name(),
            "targetServiceRevisionArn": deployment.target,
        });
        put(&mut answer, "startedAt", deployment.started_at.map(stamp));
        put(&mut answer, "finishedAt", deployment.finished_at.map(stamp));
        put(&mut answer, "statusReason", deployment.reason.as_deref());
        answer
    }

    pub(super) fn describe_service_deployments(&self, input: &Value) -> Answer {
        self.described(
            input,
            "serviceDeploymentArns",
            "serviceDeployments",
            |arn| {
                let found = self.ecs.service_deployments.get(arn);
                found
                    .filter(|found| self.remembered(found))
                    .map(|found| self.service_deployment_json(found))
            },
        )
    }

    pub(super) fn describe_service_revisions(&self, input: &Value) -> Answer {
        self.described(input, "serviceRevisionArns", "serviceRevisions", |arn| {
            let found = self.ecs.service_revisions.get(arn);
            found
                .filter(|found| found.recorded)
                .map(|found| self.service_revision_json(arn, found))
        })
    }

    // up to 20 ARNs; what is not there becomes a failure
    fn described(
        &self,
        input: &Value,
        member: &str,
        answers: &str,
        describe: impl Fn(&str) -> Option<Value>,
    ) -> Answer {
        let arns = texts(input, member);
        if arns.is_empty() {
            return Err(invalid(format!("{member} cannot be empty.")));
        }
        if arns.len() > 20 {
            return Err(invalid(format!("{member} can have at most 20 items.")));
        }
        let mut found = Vec::new();
        let mut failures = Vec::new();
        for arn in arns {
            match describe(arn) {
                Some(described) => found.push(described),
                None => failures.push(json!({ "arn": arn, "reason": "MISSING" })),
            }
        }
        Ok(json!({ answers: found, "failures": failures }))
    }

    /// The service deployment that a service's description names as its current one.
    pub(in super::super) fn current_service_deployment(
        &self,
        native: &super::Native,
    ) -> Option<&str> {
        let newest = self.service_deployment_at(native.deployments.last()?);
        let shown = !newest.status.over() || self.switches.idle_names_deployment;
        (shown && self.remembered(newest)).then_some(newest.arn.as_str())
    }
}
