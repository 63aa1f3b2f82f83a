//! The IAM actions that a plan's writes need: reads cannot show whether the role has them.

use super::{Plan, PlannedDeployment, PlannedRevision};

/// What registers a revision.
const REGISTER: [&str; 3] = [
    "ecs:RegisterTaskDefinition",
    "ecs:TagResource",
    "iam:PassRole",
];

impl Plan {
    /// The actions that only a real rollback proves, in the order of their use.
    pub(crate) fn unproven_actions(&self) -> Vec<&'static str> {
        let mut actions = Vec::new();
        if let PlannedRevision::Register { .. } = &self.revision {
            actions.extend(REGISTER);
        }
        match &self.deployment {
            PlannedDeployment::CodeDeploy(planned) => {
                actions.push("codedeploy:CreateDeployment");
                actions.push("codedeploy:RegisterApplicationRevision");
                if planned.config.is_some() {
                    actions.push("codedeploy:GetDeploymentConfig");
                }
                if planned.ignore_alarms {
                    actions.push("codedeploy:UpdateDeploymentGroup");
                }
                actions.push("codedeploy:StopDeployment");
                actions.push("codedeploy:ContinueDeployment");
            }
            PlannedDeployment::Ecs(_) => {
                actions.push("ecs:UpdateService");
                if !actions.contains(&"iam:PassRole") {
                    actions.push("iam:PassRole");
                }
                actions.push("ecs:StopServiceDeployment");
                actions.push("ecs:ContinueServiceDeployment");
            }
        }
        actions
    }
}
