//! How fast the world is, and how it behaves where AWS's behaviour is undocumented or varies.

use super::time::{HOUR, MINUTE, Ms, SECOND};

/// Durations in milliseconds. The default brings traffic over in about three minutes.
#[derive(Clone, Debug)]
pub struct Pace {
    /// From `Created` to `InProgress`.
    pub created: Ms,
    /// A lifecycle event with no hook.
    pub plain_event: Ms,
    /// A lifecycle event with a hook.
    pub hook: Ms,
    /// From a task's creation to `RUNNING`, or to the failed pull.
    pub task_start: Ms,
    /// From the green task set's creation to its tasks running and healthy: the Install event.
    pub install: Ms,
    /// After this long with no healthy green task set, Install has failed.
    pub install_timeout: Ms,
    /// From AllowTraffic's start to its first weight.
    pub shift: Ms,
    /// How soon the scheduler replaces a task that stopped by itself.
    pub task_retry: Ms,
    /// How long a crashing container lives.
    pub crash_after: Ms,
    /// How long a task set drains when it is deleted.
    pub drain: Ms,
    /// From StopDeployment to `Stopped`; 0 answers `Succeeded`, anything else `Pending`.
    pub stop: Ms,
    /// From the end of the stopped or failed deployment to its rollback's creation.
    pub rollback_starts: Ms,
    /// From the rollback's creation to `rollbackInfo` naming it on the other deployment.
    pub rollback_link: Ms,
    /// A rollback's Install event, while the old tasks are still warm.
    pub reroute_install: Ms,
    /// Between two tasks of a rolling deployment passing their health checks.
    pub rolling_step: Ms,
    /// For so long after an `UpdateService` that deploys, `DescribeServices` answers as before it, and nothing names
    /// the service deployment: neither the lists nor the answer of `UpdateService`.
    pub service_update_shows: Ms,
    /// How long the old tasks of a rolling deployment that was successful early go on.
    pub deferred_cleanup: Ms,
    /// How long stopped tasks can still be described.
    pub stopped_tasks: Ms,
    /// From `StartLifecyclePolicyPreview` to its results.
    pub lifecycle_preview: Ms,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            created: 2 * SECOND,
            plain_event: SECOND / 2,
            hook: 5 * SECOND,
            task_start: 35 * SECOND,
            install: 165 * SECOND,
            install_timeout: 10 * MINUTE,
            shift: 5 * SECOND,
            task_retry: 15 * SECOND,
            crash_after: 2 * SECOND,
            drain: 20 * SECOND,
            stop: 2 * SECOND,
            rollback_starts: 0,
            rollback_link: 0,
            reroute_install: 2 * SECOND,
            rolling_step: 10 * SECOND,
            service_update_shows: 0,
            deferred_cleanup: 2 * MINUTE,
            stopped_tasks: HOUR,
            lifecycle_preview: 10 * SECOND,
        }
    }
}

impl Pace {
    /// A small service: traffic is over after about three quarters of a minute.
    pub fn quick() -> Self {
        Self {
            task_start: 25 * SECOND,
            install: 38 * SECOND,
            shift: SECOND,
            ..Self::default()
        }
    }
}

/// The order of `ListDeployments`, which AWS does not document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListOrder {
    /// A fixed shuffle: nobody may rely on the order.
    Shuffled,
    NewestFirst,
}

/// The wording of `DeploymentLimitExceededException`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitWording {
    AlreadyDeploying,
    AlreadyHasActive,
    /// The second one, with no quotes around the id.
    Unquoted,
}

/// What `imageDigest` of a running container says about a multi-platform image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestReport {
    Index,
    Child,
    Missing,
}

/// When ECS's `PRIMARY` moves from the blue to the green task set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrimaryMoves {
    WithFirstWeight,
    WithLastWeight,
}

/// What `UpdateService` does in the middle of a blue/green, linear or canary deployment by ECS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NativeBusy {
    /// `InvalidParameterException`
    Refused,
    Supersedes,
}

/// Choices between behaviours that all were seen or can't be ruled out.
#[derive(Clone, Debug)]
pub struct Switches {
    /// `DescribeImages` and `ListImages` with no `imageStatus` leave archived images out.
    pub archived_hidden_by_default: bool,
    pub list_order: ListOrder,
    pub limit_wording: LimitWording,
    pub digest_report: DigestReport,
    pub primary_moves: PrimaryMoves,
    /// `instanceTerminationWaitTimeStarted` becomes true in the termination wait.
    pub termination_wait_flag: bool,
    /// `ContinueDeployment(TERMINATION_WAIT)` is refused.
    pub refuse_continue_termination: bool,
    /// `StopDeployment` in the termination wait is refused.
    pub refuse_stop_in_termination: bool,
    /// A stop with auto-rollback stops, but starts no rollback.
    pub stop_starts_no_rollback: bool,
    /// A rollback's target labels the task sets as the deployment that it undoes did, so that the one
    /// which gets the traffic is `Blue`.
    pub rollback_keeps_labels: bool,
    pub native_busy: NativeBusy,
    /// `StopServiceDeployment` of one that stops or rolls back already is a conflict, not a success.
    pub refuse_second_stop: bool,
    /// `StopServiceDeployment` is accepted and comes too late: the deployment goes on to its end.
    pub service_stop_is_too_late: bool,
    /// Nothing names, lists or describes a service deployment: only the service says how it goes.
    pub service_deployments_hidden: bool,
    /// An idle service's `currentServiceDeployment` is its last one.
    pub idle_names_deployment: bool,
    /// Before each later step of a canary or linear deployment the hooks at `PRE_PRODUCTION_TRAFFIC_SHIFT` run again.
    pub hooks_before_every_step: bool,
    /// A `PAUSE` hook that runs again has the id that it had before.
    pub pause_keeps_hook_id: bool,
    /// An Express Mode service takes no `UpdateService`.
    pub express_refuses_update: bool,
    /// With tasks of five deployments, ECS takes no sixth.
    pub five_deployments_at_most: bool,
    /// CodeDeploy answers so many reads within any second, and throttles the rest. AWS documents no number; None
    /// never throttles.
    pub codedeploy_reads_per_second: Option<usize>,
    /// `GetLogEvents` without a token answers an empty page, and the lines are behind its tokens.
    pub first_log_page_is_empty: bool,
    /// `PutImage` of a tag that is on that very image, in a repository whose tags are immutable, is
    /// `ImageTagAlreadyExistsException`, not `ImageAlreadyExistsException`.
    pub own_immutable_tag_is_taken: bool,
    /// `PutImage` of an index that is there looks for its children again.
    pub retag_asks_for_children: bool,
    /// A lifecycle preview names children of an index, too, that ECR would not remove before the index.
    pub preview_names_index_children: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            archived_hidden_by_default: true,
            list_order: ListOrder::Shuffled,
            limit_wording: LimitWording::AlreadyDeploying,
            digest_report: DigestReport::Index,
            primary_moves: PrimaryMoves::WithLastWeight,
            termination_wait_flag: false,
            refuse_continue_termination: false,
            refuse_stop_in_termination: false,
            stop_starts_no_rollback: false,
            rollback_keeps_labels: false,
            native_busy: NativeBusy::Refused,
            refuse_second_stop: true,
            service_stop_is_too_late: false,
            service_deployments_hidden: false,
            idle_names_deployment: false,
            hooks_before_every_step: true,
            pause_keeps_hook_id: false,
            express_refuses_update: true,
            five_deployments_at_most: true,
            codedeploy_reads_per_second: None,
            first_log_page_is_empty: false,
            own_immutable_tag_is_taken: false,
            retag_asks_for_children: true,
            preview_names_index_children: false,
        }
    }
}
