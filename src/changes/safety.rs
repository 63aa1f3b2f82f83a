//! Whether the target can run on the schema that stays: the migrations among the files that it takes out.

use futures_util::{StreamExt, stream};

use super::question::{Question, Range};
use crate::{
    domain::{
        github::{CommitId, RepositoryName},
        migrations::{self, Assessment, FileStatus, Safety, assess, kind_of},
    },
    github::{ChangedFile, Comparison},
    outside::OutsideText,
    report::changes::{Finding, SafetyView},
};

/// GitHub lists no more files than these.
const FILES_LISTED: usize = 300;
/// Migrations whose whole text is read.
const READ: usize = 50;
/// Requests in flight at the same time.
const AT_ONCE: usize = 6;

impl Question<'_> {
    pub(super) async fn assess(&self, range: &Range, comparison: &Comparison) -> SafetyView {
        let Range {
            repository, head, ..
        } = range;
        let candidates: Vec<&ChangedFile> = comparison
            .files
            .iter()
            .filter(|file| self.may_be_migration(&file.path))
            .collect();
        let reads = candidates
            .iter()
            .enumerate()
            .map(|(number, file)| self.read_file(repository, head, file, number < READ));
        let files: Vec<_> = stream::iter(reads).buffered(AT_ONCE).collect().await;
        let extra = self.safety.migration_paths.clone();
        // A hostile file may take seconds, and the run has one thread.
        let judged = tokio::task::spawn_blocking(move || assess(&files, &extra)).await;
        let mut assessment = judged.expect("judging a file does not panic");
        if comparison.files.len() >= FILES_LISTED {
            let reason = format!(
                "is one of more than {FILES_LISTED} changed files, which GitHub does not list"
            );
            assessment.unknown.push(("a migration".to_owned(), reason));
            if assessment.safety != Safety::Destructive {
                assessment.safety = Safety::Unknown;
            }
        }
        self.view(&assessment)
    }

    /// One in a place that was named is this application's, whatever `paths` says.
    fn may_be_migration(&self, path: &str) -> bool {
        let safety = self.safety;
        let is_ours = safety.paths.is_empty() || safety.paths.is_match(path);
        let is_named = safety.migration_paths.is_match(path);
        (is_ours || is_named) && kind_of(path, &safety.migration_paths).is_some()
    }

    async fn read_file(
        &self,
        repository: &RepositoryName,
        head: &CommitId,
        file: &ChangedFile,
        whole: bool,
    ) -> migrations::ChangedFile {
        let status = self.status_of(file);
        // A hunk that GitHub cut short is no text to judge.
        let added = file.patch.as_deref().map(added_lines);
        let added = added.filter(|added| added.lines().count() >= file.additions);
        let is_new = status == FileStatus::Added && file.status == "added";
        let text = match added {
            _ if status == FileStatus::Removed => None,
            // Its whole text is in the comparison; GitHub leaves it out where it is large.
            Some(added) if is_new => Some(added),
            // Under another name in the same place, it is the migration that it was.
            None if status == FileStatus::Renamed && file.additions == 0 => Some(String::new()),
            added if whole => {
                let text = self.github.get_content(repository, &file.path, head).await;
                let is_renamed = status == FileStatus::Renamed;
                text.ok().flatten().filter(|_| !is_renamed).or(added)
            }
            _ => None,
        };
        migrations::ChangedFile {
            path: file.path.clone(),
            status,
            text,
        }
    }

    fn status_of(&self, file: &ChangedFile) -> FileStatus {
        let was_migration = |path: &String| self.may_be_migration(path);
        match file.status.as_str() {
            "added" | "copied" => FileStatus::Added,
            "removed" => FileStatus::Removed,
            // One that was no migration before is a new one.
            "renamed" if file.previous_path.as_ref().is_some_and(was_migration) => {
                FileStatus::Renamed
            }
            "renamed" => FileStatus::Added,
            _ => FileStatus::Modified,
        }
    }

    fn view(&self, assessment: &Assessment) -> SafetyView {
        let target = OutsideText::new(&self.plan.target.version);
        let mut view = SafetyView {
            safety: assessment.safety,
            sentence: migrations::sentence(assessment, &target),
            additive: assessment.additive,
            ..SafetyView::default()
        };
        for (path, statements) in &assessment.destructive {
            for statement in statements {
                view.destructive.push(Finding {
                    path: OutsideText::new(path),
                    line: Some(statement.line),
                    why: statement.why.clone(),
                    statement: statement.text.clone(),
                });
            }
        }
        for (path, reason) in &assessment.unknown {
            view.unknown.push(Finding {
                path: OutsideText::new(path),
                line: None,
                why: reason.clone(),
                statement: OutsideText::default(),
            });
        }
        view
    }
}

/// What a unified diff adds.
fn added_lines(patch: &str) -> String {
    let mut added = String::new();
    for line in patch.lines() {
        if let Some(text) = line.strip_prefix('+') {
            added.push_str(text);
            added.push('\n');
        }
    }
    added
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_patch_the_added_lines_count() {
        let patch = "@@ -0,0 +1,2 @@\n+ALTER TABLE a\n-gone\n context\n+  DROP b;\n\\ No newline at end of file";
        assert_eq!(added_lines(patch), "ALTER TABLE a\n  DROP b;\n");
    }
}
