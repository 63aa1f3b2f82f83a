//! Whether the target is safe for the data, where the inputs ask for that before anything is written.

use super::Run;
use crate::{
    domain::migrations::Safety,
    error::{Code, Problem, Problems},
    execute::Ended,
    inputs::OnMigrations,
    report::{changes::SafetyView, data::Outcome},
};

impl Run<'_> {
    /// # Errors
    /// A refusal with `destructive-migration` or `below-floor`, unless it is overridden.
    pub(super) async fn check_safety(&self) -> Result<(), Ended> {
        let safety = &self.inputs.safety;
        if !safety.decides() {
            return Ok(());
        }
        let mut problems = Problems::new();
        if safety.on_migrations == OnMigrations::Refuse {
            problems.extend(self.check_migrations().await);
        }
        problems.extend(self.check_floor().await);
        if problems.is_empty() {
            return Ok(());
        }
        if !safety.overrides {
            return Err(Ended::with_problems(Outcome::Refused, problems));
        }
        for problem in problems {
            self.warn(format!("overridden: {}", problem.message));
        }
        Ok(())
    }

    async fn check_migrations(&self) -> Option<Problem> {
        let changes = self.changes().await;
        let safety = changes.as_ref().and_then(|changes| changes.safety.as_ref());
        let why = match safety {
            Some(SafetyView {
                safety: Safety::None | Safety::Additive,
                ..
            }) => return None,
            Some(SafetyView {
                sentence: Some(sentence),
                ..
            }) => sentence.clone(),
            Some(_) => {
                "the files between the two versions could not be read from GitHub".to_owned()
            }
            None => "GitHub could not be asked: there is no token, or no workflow".to_owned(),
        };
        Some(Problem::new(
            Code::DestructiveMigration,
            format!("it is not sure that the rollback is safe for the data: {why}"),
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
                "could not check the floor {}: GitHub cannot be asked without a token, outside a workflow, or if the image that runs is not known",
                floor.path
            );
            let hint = "set `override: true` with a reason to go on without this check";
            return Problem::new(Code::BelowFloor, message, hint).into();
        };
        question.check_floor(floor).await.err().unwrap_or_default()
    }
}
