//! What the outbox needs of a transport.

use super::queue::Batch;
use std::{
    io,
    task::{Context, Poll},
};

pub(crate) trait Wire {
    /// Offers a batch to the transport without waiting; returns the bytes it took. Fewer than all
    /// means that it is full. A guest is anybody but the session's task.
    fn try_write(&self, batch: &Batch, is_guest: bool) -> io::Result<usize>;

    /// Ready when the transport may take bytes again. Only the session's task asks.
    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ready when the transport keeps nothing back of what it took. Only the session's task asks.
    fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<()>;
}
