//! The operations that the outbox needs from a transport.

use super::queue::Batch;
use std::{
    io,
    task::{Context, Poll},
};

pub(crate) trait Wire {
    /// Writes a batch without waiting, and returns the number of bytes that the transport took. If
    /// that is less than the batch's length, the transport is full. `is_guest` is `false` if the
    /// caller is the session's task and can wait for a full transport; it is `true` for all other
    /// callers.
    fn try_write(&self, batch: &Batch, is_guest: bool) -> io::Result<usize>;

    /// Ready when the transport may take bytes again. Called only by the session's task.
    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ready when the transport has passed on all bytes that it took. Called only by the session's
    /// task.
    fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<()>;
}
