//! The mode `history`: lists what has served, and keeps an issue and a file up to date with it.

use super::{Run, ending::Finish};
use crate::{
    aws::{Connection, credentials},
    error::Problems,
    execute::Ended,
    inputs::HistoryInputs,
    observe::listing::ServedStates,
    record::{choices, keep_board},
    report::{data::Outcome, event::Event},
};

impl Run<'_> {
    pub(super) async fn list_history(&self, connection: &Connection) -> Finish {
        self.tell(Event::Asked);
        match self.read_history(connection).await {
            Ok(()) => Finish::well(Outcome::Listed, self.memory.at_start()),
            Err(problems) => Finish::badly(Ended::with_problems(Outcome::Refused, problems)),
        }
    }

    async fn read_history(&self, connection: &Connection) -> Result<(), Problems> {
        credentials(connection).await?;
        let (read, listing) = self.read_served(true).await?;
        let history = &self.inputs.history;
        let name = self.name_in_markers(&read);
        // A file that can't be written refuses the run before the board is.
        let file = history.choices_file.as_ref();
        let prepared = file.map(|file| choices::prepare(file, name, &listing.choices()));
        let prepared = prepared.transpose()?.flatten();
        self.tell(Event::Listed(listing.clone()));
        if let Some(file) = file
            && listing.choices().is_empty()
        {
            self.warn(format!(
                "there is no version to choose from; {} was left as it is",
                file.path
            ));
        }
        if self.inputs.dry_run {
            self.warn_all(would_be_written(prepared.is_some(), history));
            return Ok(());
        }
        if let Some(text) = prepared {
            text.write()?;
        }
        if let Some(issue) = history.board_issue {
            self.keep_board(issue, name).await;
        }
        Ok(())
    }

    /// The input `name`, else what the images' repository is called.
    fn name_in_markers<'s>(&'s self, read: &'s ServedStates) -> &'s str {
        let repository = &read.running.repository.name;
        let last = repository.rsplit('/').next().unwrap_or(repository);
        self.inputs.github.name.as_deref().unwrap_or(last)
    }

    async fn keep_board(&self, issue: u64, name: &str) {
        let access = self.inputs.github.access.as_ref();
        let report = self.teller.report();
        let kept = keep_board(
            self.github.as_ref(),
            access,
            issue,
            name,
            &report,
            self.clock.now(),
        )
        .await;
        if let Err(why) = kept {
            self.warn(why);
        }
    }
}

/// What a dry run leaves out.
fn would_be_written(is_file_new: bool, history: &HistoryInputs) -> Vec<String> {
    let mut texts = Vec::new();
    if let Some(file) = history.choices_file.as_ref().filter(|_| is_file_new) {
        texts.push(format!("dry run: {} was not written", file.path));
    }
    if let Some(issue) = history.board_issue {
        texts.push(format!("dry run: issue #{issue} was not updated"));
    }
    texts
}
