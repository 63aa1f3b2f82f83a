//! What GitHub keeps of the rollback: one deployment record, and an issue for the root cause.

use futures_util::future::{join, join_all};

use super::Services;
use crate::{
    domain::mode::Mode,
    record::{Records, WrittenIssue},
    report::{data::Report, event::Event},
};

impl Services<'_> {
    pub(super) fn records(&self) -> Option<Records<'_>> {
        let first = self.first();
        // A dry run tells nobody.
        let records = Records::new(first.github.as_ref(), &first.inputs.github);
        let is_rollback = first.inputs.mode == Mode::Rollback;
        records.filter(|_| is_rollback && !first.inputs.dry_run)
    }

    /// The deployment record, which names the commit that the changes have found.
    pub(super) async fn open_record(&self) {
        let Some(records) = self.records() else {
            return;
        };
        join_all(self.runs.iter().map(|run| run.changes())).await;
        match records.open_deployment(&self.reports()).await {
            Ok(Some(id)) => {
                self.common.record.set(Some(id));
                let begun = records.begin_deployment(&self.reports(), id).await;
                self.warn_of(begun);
            }
            Ok(None) => {}
            Err(why) => self.first().warn(why),
        }
    }

    /// What is recorded once the end of all runs is told.
    pub(super) async fn conclude(&self) {
        let Some(records) = self.records() else {
            return;
        };
        let reports = self.reports();
        join(
            self.close_record(&records, &reports),
            self.write_issues(&records, &reports),
        )
        .await;
    }

    async fn close_record(&self, records: &Records<'_>, reports: &[Report]) {
        if let Some(id) = self.common.record.get() {
            let closed = records.close_deployment(reports, id).await;
            self.warn_of(closed);
        }
    }

    async fn write_issues(&self, records: &Records<'_>, reports: &[Report]) {
        let (written, failed) = records.write_issues(reports).await;
        for WrittenIssue { url, services } in written {
            for position in services {
                let issue_url = url.clone();
                self.runs[position].tell(Event::Recorded { issue_url });
            }
        }
        self.first().warn_all(failed);
    }

    fn warn_of(&self, done: Result<(), String>) {
        if let Err(why) = done {
            self.first().warn(why);
        }
    }
}
