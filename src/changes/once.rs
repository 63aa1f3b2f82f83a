//! Answers that are asked for once, whoever wants to know them, and however often.

use std::{cell::RefCell, collections::HashMap, hash::Hash, rc::Rc};

use futures_util::future::LocalBoxFuture;
use tokio::sync::OnceCell;

/// Answers by what they are about.
pub(super) struct Once<Key, Answer>(RefCell<HashMap<Key, Rc<OnceCell<Answer>>>>);

impl<Key, Answer> Default for Once<Key, Answer> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<Key: Eq + Hash, Answer: Clone> Once<Key, Answer> {
    /// The answer that is there, or will be where somebody has begun to ask; else `ask` is asked.
    pub(super) async fn get(&self, key: Key, ask: LocalBoxFuture<'_, Answer>) -> Answer {
        let cell = Rc::clone(self.0.borrow_mut().entry(key).or_default());
        cell.get_or_init(|| ask).await.clone()
    }
}
