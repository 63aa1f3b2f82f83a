//! The mode `history`: lists what has served, and keeps an issue and a file up to date with it.

use super::{Run, ending::Finish};
use crate::{
    aws::{Connection, credentials},
    error::Problems,
    execute::Ended,
    observe::listing::ServedStates,
    record::{
        Board,
        choices::{self, NewText},
    },
    report::{
        data::Outcome,
        event::Event,
        listing::{Listing, choices_of_all},
    },
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
        let common = &self.membership.common;
        let position = self.membership.position;
        common
            .listings
            .borrow_mut()
            .insert(position, listing.clone());
        // The file and the board are about all services.
        if !self.membership.is_first() {
            self.tell(Event::Listed(listing));
            return Ok(());
        }
        self.write_for_all(&read, listing).await
    }

    async fn write_for_all(&self, read: &ServedStates, listing: Listing) -> Result<(), Problems> {
        let are_all_listed = self.membership.may_write().await;
        let common = &self.membership.common;
        let listings = common.listings.borrow().clone();
        let choices = choices_of_all(listings.values());
        let name = self.name_in_markers(read);
        // A file that can't be written refuses the run before the board is.
        let file = self.inputs.history.choices_file.as_ref();
        let prepared = file.map(|file| choices::prepare(file, name, &choices));
        let prepared = prepared.transpose()?.flatten();
        self.tell(Event::Listed(listing));
        if !are_all_listed {
            self.warn_all(self.left_out("the history of another service could not be read", true));
            return Ok(());
        }
        if let Some(file) = file.filter(|_| choices.is_empty()) {
            let none = self.no_choice();
            self.warn(format!("{none}; {} was left as it is", file.path));
        }
        if self.inputs.dry_run {
            self.warn_all(self.left_out("dry run", prepared.is_some()));
            return Ok(());
        }
        self.write_history(prepared, name).await
    }

    async fn write_history(&self, file: Option<NewText<'_>>, name: &str) -> Result<(), Problems> {
        if let Some(file) = file {
            file.write()?;
        }
        if let Some(issue) = self.inputs.history.board_issue {
            self.keep_board(issue, name).await;
        }
        Ok(())
    }

    fn no_choice(&self) -> &'static str {
        match self.membership.common.services().len() {
            1 => "there is no version to choose from",
            _ => "there is no version that all services can go back to",
        }
    }

    /// What is not written, and why.
    fn left_out(&self, why: &str, is_file_new: bool) -> Vec<String> {
        let history = &self.inputs.history;
        let mut texts = Vec::new();
        if let Some(file) = history.choices_file.as_ref().filter(|_| is_file_new) {
            texts.push(format!("{why}: {} was not written", file.path));
        }
        if let Some(issue) = history.board_issue {
            texts.push(format!("{why}: issue #{issue} was not updated"));
        }
        texts
    }

    /// The input `name`, else what the images' repository is called.
    fn name_in_markers<'s>(&'s self, read: &'s ServedStates) -> &'s str {
        let repository = &read.running.repository.name;
        let last = repository.rsplit('/').next().unwrap_or(repository);
        self.inputs.github.name.as_deref().unwrap_or(last)
    }

    async fn keep_board(&self, issue: u64, name: &str) {
        let board = Board {
            issue,
            name,
            reports: &self.teller.reports(),
            now: self.clock.now(),
        };
        let access = self.inputs.github.access.as_ref();
        if let Err(why) = board.keep(self.github.as_ref(), access).await {
            self.warn(why);
        }
    }
}
