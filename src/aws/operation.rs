//! The AWS operations that this action calls, by the names that IAM has for them.

/// An AWS operation that this action calls.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// The prefix of its IAM actions: `ecs`, `ecr`, `codedeploy`, `logs`, `sns`.
    pub service: &'static str,
    pub name: &'static str,
}

impl Operation {
    pub(super) const fn ecs(name: &'static str) -> Self {
        let service = "ecs";
        Self { service, name }
    }

    pub(super) const fn codedeploy(name: &'static str) -> Self {
        let service = "codedeploy";
        Self { service, name }
    }

    pub(super) const fn ecr(name: &'static str) -> Self {
        let service = "ecr";
        Self { service, name }
    }

    pub(super) const fn logs(name: &'static str) -> Self {
        let service = "logs";
        Self { service, name }
    }

    pub(super) const fn sns(name: &'static str) -> Self {
        let service = "sns";
        Self { service, name }
    }

    /// The IAM action that allows it: `ecs:DescribeServices`.
    pub fn iam_action(self) -> String {
        format!("{}:{}", self.service, self.name)
    }
}
