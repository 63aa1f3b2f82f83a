//! An update that ECS refuses: for good, or until something else is over.

use crate::{
    aws::Failure,
    domain::service::Service,
    error::Code,
    execute::{Ended, Execution, wait},
    names::DeploymentId,
    plan::ecs::Update,
    words,
};

/// Looks for the deployment that ECS refuses an update for: it may not show for seconds.
const BUSY_LOOKS: u32 = 3;

impl Execution<'_> {
    pub(super) async fn update_refused(&self, planned: &Update, failure: &Failure) -> Ended {
        // A rolling deployment does not block the next one.
        if failure.is_rejected()
            && !planned.service.strategy.is_rolling()
            && let Err(ended) = self.wait_for_busy_service(failure).await
        {
            return ended;
        }
        let (cluster, service) = (&self.plan.cluster, &self.plan.service);
        let what = format!("ECS did not accept the update of {cluster}/{service}");
        self.rejected(failure, Code::DeploymentRejected, &what)
    }

    /// A service that is being deployed may accept no other deployment: its end is waited for.
    async fn wait_for_busy_service(&self, refusal: &Failure) -> Result<(), Ended> {
        let busy = self.poll(Some(BUSY_LOOKS), async || {
            Ok(wait::Look::of(self.find_busy_with().await?))
        });
        let Some(id) = busy.await? else {
            return Ok(());
        };
        let short = id.short();
        self.warn(format!(
            "ECS accepts no other deployment while {short} is in progress ({}); waiting until it ends",
            refusal.message
        ));
        self.until_over(&id, None).await?;
        Err(self.has_ended(&id))
    }

    /// The service deployment in progress that the service names.
    async fn find_busy_with(&self) -> Result<Option<DeploymentId>, Ended> {
        let Some(id) = self.read_service().await?.current_deployment else {
            return Ok(None);
        };
        let seen = self.aws.describe_service_deployment(&id).await;
        let seen = self.answered(seen)?.flatten();
        Ok(seen.filter(|seen| !seen.status.is_over()).map(|_| id))
    }
}

/// ECS allows five deployments with tasks. It has no code of its own for this, which passes once old tasks are gone.
pub(super) fn has_too_many_deployments(refusal: &Failure) -> bool {
    refusal.is_rejected() && refusal.message.raw().contains("active deployments exist")
}

/// What the update waits for: the old deployments that still have tasks, and why they have them.
pub(super) fn too_many_deployments(service: &Service, refusal: &Failure) -> String {
    let mut old = Vec::new();
    for rollout in &service.rollouts {
        if !rollout.is_primary() && rollout.running > 0 {
            let tasks = words::count(rollout.running, "task");
            let revision = rollout.task_definition.as_ref();
            let of = revision.map(|revision| format!(" of {}", revision.short()));
            old.push(format!("{tasks}{}", of.unwrap_or_default()));
        }
    }
    let mut text = format!(
        "ECS starts no deployment before old tasks are gone ({}); retrying until the timeout",
        refusal.message
    );
    if !old.is_empty() {
        text.push_str(&format!("; still running: {}", words::list(&old)));
    }
    match service.event_of_old_tasks() {
        Some(event) => text.push_str(&format!("; ECS says: {event}")),
        None => text.push_str("; they may be draining or protected from scale-in"),
    }
    text
}
