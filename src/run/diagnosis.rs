//! A deployment of the target that did not go well: its cause is looked for before the run ends.

use super::{Run, ending::Finish};
use crate::{diagnose::Case, error::Code, execute::Ended, report::event::Event};

impl Run<'_> {
    /// Tells why, where a deployment of the target failed, was rolled back or is not done in time.
    pub(super) async fn diagnose(&self, finish: &Finish) {
        let Finish::Badly { ended, look } = finish else {
            return;
        };
        let Some(plan) = self.memory.plan().filter(|_| is_of_the_deployment(ended)) else {
            return;
        };
        let journal = &self.memory.journal;
        let revision = plan.serves.clone().or_else(|| journal.revisions().pop());
        let (Some(revision), Some(deployment)) = (revision, journal.deployment()) else {
            return;
        };
        let case = Case {
            aws: &self.aws,
            plan: &plan,
            revision,
            deployment,
            clue: ended.clue.as_deref().cloned(),
            within: *look,
        };
        self.tell(Event::Diagnosed(case.diagnose().await));
    }
}

fn is_of_the_deployment(ended: &Ended) -> bool {
    let deployment = [
        Code::DeploymentFailed,
        Code::DeploymentReverted,
        Code::TimedOut,
    ];
    let mut problems = ended.problems.iter();
    problems.any(|problem| deployment.contains(&problem.code))
}
