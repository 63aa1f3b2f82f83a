//! Whether the target can run on the schema that stays: the migrations among the files that it takes out.

use futures_util::{StreamExt, future::join, stream};

use super::question::{Question, Range};
use crate::{
    domain::migrations::{self, Assessment, FileStatus, Safety, assess, is_appended_to, kind_of},
    github::{ChangedFile, Comparison},
    outside::OutsideText,
    report::changes::{Finding, SafetyView},
    words,
};

/// GitHub lists no more files than these.
const FILES_LISTED: usize = 300;
/// Migrations whose whole text is read.
const READ: usize = 50;
/// Requests in flight at the same time.
const AT_ONCE: usize = 6;

/// A file as it is judged.
struct Read {
    file: migrations::ChangedFile,
    /// Whether it is judged with what the target already has of it.
    whole: bool,
}

impl Question<'_> {
    /// The answer, and notes on what it is about.
    pub(super) async fn assess(
        &self,
        range: &Range,
        comparison: &Comparison,
    ) -> (SafetyView, Vec<String>) {
        let candidates: Vec<&ChangedFile> = comparison
            .files
            .iter()
            .filter(|file| self.may_be_migration(&file.path))
            .collect();
        let reads = candidates
            .iter()
            .enumerate()
            .map(|(number, file)| self.read_file(range, file, number < READ));
        let reads: Vec<Read> = stream::iter(reads).buffered(AT_ONCE).collect().await;
        let notes = self.notes(&reads);
        let files: Vec<_> = reads.into_iter().map(|read| read.file).collect();
        let extra = self.safety.migration_paths.clone();
        // A hostile file may take seconds, and the run has one thread.
        let judged = tokio::task::spawn_blocking(move || assess(&files, &extra)).await;
        let mut assessment = judged.expect("judging a file does not panic");
        if comparison.files.len() >= FILES_LISTED {
            let reason =
                format!("may be missing: GitHub lists {FILES_LISTED} changed files at most");
            assessment.unknown.push(("a migration".to_owned(), reason));
            if assessment.safety != Safety::Destructive {
                assessment.safety = Safety::Unknown;
            }
        }
        (self.view(&assessment), notes)
    }

    fn notes(&self, reads: &[Read]) -> Vec<String> {
        let version = words::short_digest(&self.target.version);
        let mut notes = Vec::new();
        for read in reads {
            if read.whole {
                let path = OutsideText::new(&read.file.path);
                notes.push(format!(
                    "{path} was judged as a whole, with what {version} already has of it: its text in {version} could not be read"
                ));
            }
        }
        notes
    }

    /// One in a place that was named is this application's, whatever `paths` says.
    fn may_be_migration(&self, path: &str) -> bool {
        let safety = self.safety;
        let is_ours = safety.paths.is_empty() || safety.paths.is_match(path);
        let is_named = safety.migration_paths.is_match(path);
        (is_ours || is_named) && kind_of(path, &safety.migration_paths).is_some()
    }

    async fn read_file(&self, range: &Range, file: &ChangedFile, may_ask: bool) -> Read {
        let status = self.status_of(file);
        let mut read = Read {
            file: migrations::ChangedFile {
                path: file.path.clone(),
                status,
                text: None,
                before: None,
            },
            whole: false,
        };
        // A hunk that GitHub cut short is no text to judge.
        let added = file.patch.as_deref().map(added_lines);
        let added = added.filter(|added| added.lines().count() >= file.additions);
        read.file.text = match added {
            _ if status == FileStatus::Removed => None,
            // Under another name in the same place, it is the migration that it was.
            None if status == FileStatus::Renamed && file.additions == 0 => Some(String::new()),
            added if status == FileStatus::Renamed => added,
            // Its whole text is in the comparison; GitHub leaves it out where it is large.
            Some(added) if file.status == "added" => Some(added),
            added if may_ask => {
                self.read_texts(range, &mut read).await;
                read.file.text.or(added)
            }
            _ => None,
        };
        read
    }

    /// The file's text, and the target's where people append to such a file: only what that lacks is new.
    async fn read_texts(&self, range: &Range, read: &mut Read) {
        let file = &mut read.file;
        let text = async |commit| {
            let github = self.search.github;
            let text = github.get_content(&range.repository, &file.path, commit);
            text.await.ok().flatten()
        };
        let is_appended_to = file.status == FileStatus::Modified
            && is_appended_to(&file.path, &self.safety.migration_paths);
        if !is_appended_to {
            file.text = text(&range.head).await;
            return;
        }
        let (after, before) = join(text(&range.head), text(&range.base)).await;
        // Some lines of a file are not compared with all of the older one.
        if after.is_some() {
            read.whole = before.is_none();
            file.before = before;
        }
        file.text = after;
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
        let target = OutsideText::new(&self.target.version);
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
