//! The checks that need the whole picture, all of them told together.

use crate::{
    error::{Code, Problem, Problems},
    observe::codedeploy::Observed,
    plan::situation::Situation,
};

impl Situation<'_, Observed> {
    /// Everything that stands in the way of the plan; an AppSpec is needed only where a deployment is created.
    pub(super) fn check(&self, creates: bool) -> Problems {
        let mut problems = Problems::new();
        problems.extend(self.wrong_platform());
        if creates {
            problems.extend(self.wrong_appspec());
        }
        problems
    }

    fn wrong_appspec(&self) -> Option<Problem> {
        let definition = self.snapshot.revision.definition();
        match &self.observed.base {
            Err(unreadable) => Some(unreadable.clone()),
            Ok(base) if base.appspec.is_none() && self.load_balancer().is_none() => {
                Some(self.no_load_balancer())
            }
            Ok(_) => self.base_appspec().check_against(definition),
        }
    }

    /// A group of another compute platform does not accept an AppSpec for ECS.
    fn wrong_platform(&self) -> Option<Problem> {
        let group = self.group();
        let platform = &group.compute_platform;
        // Older answers leave the platform out.
        if platform.is_empty() || platform == "ECS" {
            return None;
        }
        Some(Problem::new(
            Code::GroupMismatch,
            format!(
                "the deployment group {} is for the compute platform {platform}, not ECS",
                group.name
            ),
            "leave `codedeploy-application` and `codedeploy-deployment-group` empty, and the service's own group is found",
        ))
    }

    fn no_load_balancer(&self) -> Problem {
        let service = &self.snapshot.running.service.name;
        Problem::new(
            Code::AppSpecInvalid,
            format!(
                "the service {service} has no load balancer, and no earlier AppSpec is on record to start from"
            ),
            "set `codedeploy-appspec` to the path of an AppSpec file in the repository",
        )
    }
}
