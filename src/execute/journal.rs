//! The run's memory: every write that was sent, and what AWS answered. Decisions are made by it; the report is told
//! from it and never read back.

use std::cell::{Cell, RefCell};

use serde_json::Value;
use tokio::sync::Notify;

use crate::{
    domain::clue::Clue,
    names::{DeploymentId, TaskDefinitionArn},
    report::{
        data::Written,
        event::{Touch, Write},
    },
};

/// What one run has written to AWS.
#[derive(Default)]
pub(crate) struct Journal {
    entries: RefCell<Vec<Entry>>,
    registrations: RefCell<Vec<Registration>>,
    /// The deployment that ends with the target serving: created, adopted, or the rollback that a stop started.
    deployment: RefCell<Option<DeploymentId>>,
    /// Percent of the production traffic on the target, as last seen.
    traffic: Cell<Option<f64>>,
    /// What the deployment that failed says of its cause.
    clue: RefCell<Option<Clue>>,
    failed: Notify,
}

struct Entry {
    write: Write,
    answer: Answer,
}

/// What AWS said to a write.
#[derive(PartialEq)]
pub(crate) enum Answer {
    /// Nothing, so far: it may have been done.
    Outstanding,
    Accepted,
    /// It was not done.
    Rejected,
}

struct Registration {
    request: Value,
    revision: TaskDefinitionArn,
}

/// An entry of the journal it came from.
#[derive(Clone, Copy)]
pub(crate) struct EntryId(usize);

impl Journal {
    /// Before the write is sent.
    pub(super) fn begin(&self, write: Write) -> EntryId {
        if matches!(write, Write::Create { .. } | Write::Update { .. }) {
            self.unfollow();
        }
        let mut entries = self.entries.borrow_mut();
        entries.push(Entry {
            write,
            answer: Answer::Outstanding,
        });
        EntryId(entries.len() - 1)
    }

    pub(super) fn answer(&self, EntryId(index): EntryId, answer: Answer) {
        self.entries.borrow_mut()[index].answer = answer;
    }

    /// So that a later round does not register the same content again.
    pub(super) fn registered(&self, request: Value, revision: TaskDefinitionArn) {
        let mut registrations = self.registrations.borrow_mut();
        registrations.push(Registration { request, revision });
    }

    /// The revision that was registered with this content.
    pub(super) fn revision_for(&self, request: &Value) -> Option<TaskDefinitionArn> {
        let registrations = self.registrations.borrow();
        let same = registrations.iter().find(|made| made.request == *request)?;
        Some(same.revision.clone())
    }

    pub(crate) fn follow(&self, deployment: &DeploymentId) {
        self.deployment.replace(Some(deployment.clone()));
    }

    /// What was followed does not end with the target serving any more.
    pub(crate) fn unfollow(&self) {
        self.deployment.replace(None);
        self.traffic.set(None);
    }

    pub(crate) fn deployment(&self) -> Option<DeploymentId> {
        self.deployment.borrow().clone()
    }

    pub(super) fn saw_traffic(&self, percent: f64) {
        self.traffic.set(Some(percent));
    }

    pub(crate) fn traffic(&self) -> Option<f64> {
        self.traffic.get()
    }

    /// The deployment does not end with the target serving; AWS may be rolling it back still.
    pub(super) fn saw_failure(&self, clue: Option<Clue>) {
        self.clue.replace(clue);
        self.failed.notify_one();
    }

    /// Resolves as soon as a failure is known.
    pub(crate) async fn failure(&self) {
        self.failed.notified().await;
    }

    pub(crate) fn clue(&self) -> Option<Clue> {
        self.clue.borrow().clone()
    }

    /// Whether anything was written to AWS, or may have been.
    pub(crate) fn has_written(&self) -> bool {
        self.find_done(|_| Some(())).is_some()
    }

    /// Whether AWS has carried out anything.
    pub(crate) fn has_effect(&self) -> bool {
        let entries = self.entries.borrow();
        entries.iter().any(|entry| entry.answer == Answer::Accepted)
    }

    /// Every revision that this run registered.
    pub(crate) fn revisions(&self) -> Vec<TaskDefinitionArn> {
        let mut revisions = Vec::new();
        for made in self.registrations.borrow().iter() {
            revisions.push(made.revision.clone());
        }
        revisions
    }

    /// The family of a revision that may have been registered: the answer has not come.
    pub(crate) fn outstanding_registration(&self) -> Option<String> {
        self.entries.borrow().iter().find_map(|entry| match entry {
            Entry {
                write: Write::Register { family },
                answer: Answer::Outstanding,
            } => Some(family.clone()),
            _ => None,
        })
    }

    /// The marker of a `CreateDeployment` that was sent and not rejected.
    pub(crate) fn created(&self) -> Option<String> {
        self.find_done(|write| match write {
            Write::Create { marker, .. } => Some(marker.clone()),
            _ => None,
        })
    }

    /// The revision of an `UpdateService` that was sent and not rejected.
    pub(crate) fn updated(&self) -> Option<TaskDefinitionArn> {
        self.find_done(|write| match write {
            Write::Update { revision } => Some(revision.clone()),
            _ => None,
        })
    }

    /// What was done to deployments that this run did not create.
    pub(crate) fn touched(&self) -> Vec<(DeploymentId, Touch)> {
        let mut touched = Vec::new();
        for entry in self.entries.borrow().iter() {
            if let Write::Touch { deployment, touch } = &entry.write
                && entry.answer != Answer::Rejected
            {
                touched.push((deployment.clone(), *touch));
            }
        }
        touched
    }

    /// For the report.
    pub(crate) fn written(&self) -> Written {
        Written {
            anything: self.has_written(),
            registered: !self.registrations.borrow().is_empty(),
            touched: self.touched(),
            marker: self.created(),
        }
    }

    /// The newest of the writes that AWS did not reject.
    fn find_done<T>(&self, pick: impl Fn(&Write) -> Option<T>) -> Option<T> {
        let entries = self.entries.borrow();
        let done = entries.iter().rev();
        done.filter(|entry| entry.answer != Answer::Rejected)
            .find_map(|entry| pick(&entry.write))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stop(id: &str) -> Write {
        Write::Touch {
            deployment: DeploymentId::new(id),
            touch: Touch::Stop,
        }
    }

    fn create(marker: &str) -> Write {
        let arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web1:1";
        Write::Create {
            marker: marker.to_owned(),
            revision: TaskDefinitionArn::parse(arn).unwrap(),
        }
    }

    #[test]
    fn a_rejection_takes_back_its_own_entry_and_no_other() {
        let journal = Journal::default();
        let first = journal.begin(stop("d-1"));
        let second = journal.begin(stop("d-2"));
        journal.answer(first, Answer::Rejected);
        assert_eq!(journal.touched(), [(DeploymentId::new("d-2"), Touch::Stop)]);
        assert!(journal.has_written());
        journal.answer(second, Answer::Rejected);
        assert!(!journal.has_written());
    }

    #[test]
    fn what_has_no_answer_may_have_been_done() {
        let journal = Journal::default();
        let create = journal.begin(create("ecs-rollback-action/1"));
        assert!(journal.has_written());
        let marker = journal.created();
        assert_eq!(marker.as_deref(), Some("ecs-rollback-action/1"));
        journal.answer(create, Answer::Rejected);
        assert_eq!(journal.created(), None);
    }

    #[test]
    fn a_new_deployment_replaces_what_was_followed() {
        let journal = Journal::default();
        journal.follow(&DeploymentId::new("d-old"));
        journal.begin(create(""));
        assert_eq!(journal.deployment(), None);
    }
}
