//! Futures on the heap. Those of a run nest in one another, and are large where the compiler does not optimise.

use std::{future::Future, pin::Pin};

/// Makes a future and boxes it at once. It lies on the stack only until then; that of whoever polls it never holds it.
#[inline(never)]
pub(crate) fn boxed<Made: Future>(make: impl FnOnce() -> Made) -> Pin<Box<Made>> {
    Box::pin(make())
}
