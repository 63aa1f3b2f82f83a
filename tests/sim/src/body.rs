//! A body that breaks off: half of it, then an error. Both fronts use it for answers that get lost on the way.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame};

/// The first half of a body, then `kind`.
pub(crate) struct CutBody {
    half: Option<Bytes>,
    yielded: bool,
    kind: io::ErrorKind,
}

impl CutBody {
    pub(crate) fn new(whole: &Bytes, kind: io::ErrorKind) -> Self {
        Self {
            half: Some(whole.slice(..whole.len() / 2)),
            yielded: false,
            kind,
        }
    }
}

impl Body for CutBody {
    type Data = Bytes;
    type Error = io::Error;

    /// Yields once between the half and the error: that is when a server flushes what it has.
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        if !self.yielded {
            self.yielded = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::new(
            self.kind,
            "the simulated connection broke",
        ))))
    }
}
