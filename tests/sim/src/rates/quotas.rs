//! The quotas themselves, for the operations that the simulator knows.

use super::Quota;
use crate::aws::Service;

/// What AWS publishes as the defaults of every account and region.
///
/// ECS: "Request throttling for the Amazon ECS API" (Amazon ECS API Reference and Developer Guide), the table
/// "Request Token Bucket Sizes and Refill Rates". `ContinueServiceDeployment`, `DescribeTaskSets` and
/// `StopServiceDeployment` are in none of its categories.
///
/// ECR: "Amazon ECR service quotas" (Amazon ECR User Guide). It has a rate but no burst, which is taken to be one
/// second's worth (?), and only for what pushes and pulls: `DescribeImages` and the other reads have no published rate.
pub(crate) const PUBLISHED: &[Quota] = &[
    quota(
        Service::Ecs,
        "Cluster read actions",
        &["DescribeClusters"],
        (50, 20),
    ),
    quota(
        Service::Ecs,
        "Task definition modify actions",
        &["RegisterTaskDefinition"],
        (20, 1),
    ),
    quota(
        Service::Ecs,
        "Task definition read actions",
        &["DescribeTaskDefinition", "ListTaskDefinitions"],
        (50, 20),
    ),
    quota(
        Service::Ecs,
        "Tag modify actions",
        &["TagResource", "UntagResource"],
        (20, 10),
    ),
    quota(
        Service::Ecs,
        "Tag read actions",
        &["ListTagsForResource"],
        (50, 20),
    ),
    quota(
        Service::Ecs,
        "Cluster resource read actions",
        &["DescribeTasks", "ListTasks"],
        (100, 20),
    ),
    quota(
        Service::Ecs,
        "Service modify actions",
        &["UpdateService"],
        (50, 5),
    ),
    quota(
        Service::Ecs,
        "Service read actions",
        &["DescribeServices", "ListServices"],
        (100, 20),
    ),
    quota(
        Service::Ecs,
        "Service deployment actions",
        &["DescribeServiceDeployments", "ListServiceDeployments"],
        (50, 20),
    ),
    quota(
        Service::Ecs,
        "Service revision actions",
        &["DescribeServiceRevisions"],
        (50, 20),
    ),
    quota(
        Service::Ecr,
        "Rate of BatchGetImage requests",
        &["BatchGetImage"],
        (2_000, 2_000),
    ),
    quota(
        Service::Ecr,
        "Rate of GetDownloadUrlForLayer requests",
        &["GetDownloadUrlForLayer"],
        (3_000, 3_000),
    ),
    quota(
        Service::Ecr,
        "Rate of PutImage requests",
        &["PutImage"],
        (10, 10),
    ),
];

/// AWS publishes no rates of CodeDeploy, so these are guesses (?), on the low side. What is known is that
/// `GetDeployment` every 5 s by several builds, 41 times a minute "with higher bursts", was throttled
/// (awslabs/aws-codedeploy-plugin, issue 95).
pub(crate) const UNCONFIRMED_CODEDEPLOY: &[Quota] = &[
    quota(
        Service::CodeDeploy,
        "CodeDeploy reads",
        &[
            "BatchGetApplicationRevisions",
            "BatchGetDeploymentGroups",
            "BatchGetDeployments",
            "BatchGetDeploymentTargets",
            "GetApplication",
            "GetApplicationRevision",
            "GetDeployment",
            "GetDeploymentConfig",
            "GetDeploymentGroup",
            "GetDeploymentTarget",
            "ListApplications",
            "ListDeploymentGroups",
            "ListDeployments",
            "ListDeploymentTargets",
        ],
        (10, 5),
    ),
    quota(
        Service::CodeDeploy,
        "CodeDeploy writes",
        &[
            "ContinueDeployment",
            "CreateDeployment",
            "RegisterApplicationRevision",
            "StopDeployment",
        ],
        (5, 1),
    ),
];

const fn quota(
    service: Service,
    name: &'static str,
    operations: &'static [&'static str],
    (burst, per_second): (u32, u32),
) -> Quota {
    Quota {
        name,
        service,
        operations,
        burst,
        per_second,
    }
}
