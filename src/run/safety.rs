//! Whether the target is safe for the data, where the inputs ask for that before anything is written.

use std::time::Duration;

use futures_util::future::join;

use super::Run;
use crate::{
    domain::migrations::Safety,
    error::{Code, Problem, Problems},
    execute::Ended,
    inputs::OnMigrations,
    report::{changes::SafetyView, data::Outcome},
    words,
};

/// How long GitHub may take where its answer decides. A rollback must not wait for an outage.
const LIMIT: Duration = Duration::from_secs(30);

impl Run<'_> {
    /// # Errors
    /// A refusal with `destructive-migration` or `below-floor`.
    pub(super) async fn check_safety(&self) -> Result<(), Ended> {
        let safety = &self.inputs.safety;
        // What is overridden is told when it is known, and not waited for.
        if !safety.decides() || safety.overrides {
            return Ok(());
        }
        let problems = match tokio::time::timeout(LIMIT, self.find_unsafe()).await {
            Ok(problems) => problems,
            Err(_) => unanswered(),
        };
        match problems.is_empty() {
            true => Ok(()),
            false => Err(Ended::with_problems(Outcome::Refused, problems)),
        }
    }

    pub(super) async fn warn_of_overridden(&self) {
        for problem in self.find_unsafe().await {
            self.warn_once(format!("overridden: {}", problem.message));
        }
    }

    async fn find_unsafe(&self) -> Problems {
        let (migrations, mut problems) = join(self.check_migrations(), self.check_floor()).await;
        problems.extend(migrations);
        problems
    }

    async fn check_migrations(&self) -> Option<Problem> {
        if self.inputs.safety.on_migrations != OnMigrations::Refuse {
            return None;
        }
        let changes = self.changes().await;
        let safety = changes.as_ref().and_then(|changes| changes.safety.as_ref());
        let message = match safety {
            Some(SafetyView {
                safety: Safety::None | Safety::Additive,
                ..
            }) => return None,
            Some(SafetyView {
                sentence: Some(sentence),
                ..
            }) => format!("this rollback may break the data; {sentence}"),
            Some(_) => unknown("the files between the two versions could not be read from GitHub"),
            None => unknown("GitHub cannot be asked without a token, or outside a workflow"),
        };
        Some(Problem::new(
            Code::DestructiveMigration,
            message,
            "roll forward, give a version from after the migration, or set `override: true` with a reason",
        ))
    }

    async fn check_floor(&self) -> Problems {
        let Some(floor) = &self.inputs.safety.floor else {
            return Problems::new();
        };
        if floor.floor.entries.is_empty() {
            return Problems::new();
        }
        let plan = self.memory.plan();
        let Some(question) = plan.as_deref().and_then(|plan| self.question(plan)) else {
            let message = format!(
                "could not check the floor {}: GitHub cannot be asked without a token, outside a workflow, or when the running image is unknown",
                floor.path
            );
            let hint = "set `override: true` with a reason to go on without this check";
            return Problem::new(Code::BelowFloor, message, hint).into();
        };
        question.check_floor(floor).await.err().unwrap_or_default()
    }
}

fn unknown(why: &str) -> String {
    format!("could not determine whether the rollback is safe for the data: {why}")
}

fn unanswered() -> Problems {
    let limit = words::duration(LIMIT);
    Problem::new(
        Code::DestructiveMigration,
        unknown(&format!("GitHub did not respond within {limit}")),
        "run this again, or set `override: true` with a reason to go on without this check",
    )
    .into()
}
