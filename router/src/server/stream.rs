//! The stream under hyper. It combines small writes, reports transferred bytes to the connection's
//! clock, and closes a connection with unread bytes in stages (RFC 9112 §9.6): first the sending side, and
//! then, when the client has closed its side as well, the connection.

use super::clock::Clock;
use smallvec::SmallVec;
use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Up to this number of bytes are copied into one buffer, because the kernel takes one buffer faster
/// than two. So a head and a short body are written as one buffer, and a large body is not copied.
const JOINED: usize = 1024;

/// The maximum number of bytes to discard while closing. Reading then stops, and the clock closes the
/// connection. Some clients and proxies read the response only after they have sent the whole request:
/// closing the connection at this point would reset it while they are sending.
const MAX_LINGERED: u64 = 64 * 1024 * 1024;

/// The number of consecutive reads while closing, before other tasks get a turn.
const LINGERING_READS: usize = 16;

/// The stream that hyper reads from and writes to.
pub(super) struct HttpStream<S> {
    stream: S,
    clock: Arc<Clock>,
    /// Whether the sending side is closed.
    is_shut: bool,
    /// The number of bytes read since the sending side was closed.
    lingered: u64,
}

impl<S> HttpStream<S> {
    pub(super) fn new(stream: S, clock: Arc<Clock>) -> Self {
        Self {
            stream,
            clock,
            is_shut: false,
            lingered: 0,
        }
    }

    pub(super) fn into_inner(self) -> S {
        self.stream
    }

    /// Reports the result of a write to the clock.
    fn note(&self, written: &Poll<io::Result<usize>>) {
        match written {
            Poll::Ready(Ok(bytes)) => self.clock.has_written(*bytes),
            Poll::Pending => self.clock.cannot_write(),
            Poll::Ready(Err(_)) => {}
        }
    }
}

impl<S: AsyncRead + Unpin> HttpStream<S> {
    /// Reads until the client has closed its sending side as well (RFC 9112 §9.6). If a connection is
    /// closed with unread bytes, the kernel resets it, and the client may lose a response that it has
    /// not read.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..LINGERING_READS {
            if self.lingered > MAX_LINGERED {
                return Poll::Pending;
            }
            let mut space = [0; 16 * 1024];
            let mut space = ReadBuf::new(&mut space);
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut space)) {
                Ok(()) if !space.filled().is_empty() => {
                    self.clock.has_read(space.filled().len());
                    self.lingered += space.filled().len() as u64;
                }
                Ok(()) | Err(_) => return Poll::Ready(()),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for HttpStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        match buffer.filled().len() - before {
            // A client that has closed its sending side may still wait for its response. When the
            // response is written, hyper reads again and learns of the end.
            0 if self.clock.client_closed(cx.waker()) => Poll::Pending,
            0 => Poll::Ready(Ok(())),
            read if self.clock.has_read(read) => Poll::Ready(Ok(())),
            _ => Poll::Ready(Err(io::ErrorKind::OutOfMemory.into())),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for HttpStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let stream = Pin::new(&mut self.stream);
        let written = if slices.iter().map(|slice| slice.len()).sum::<usize>() > JOINED {
            stream.poll_write_vectored(cx, slices)
        } else {
            let mut joined: SmallVec<[u8; JOINED]> = SmallVec::new();
            for slice in slices {
                joined.extend_from_slice(slice);
            }
            stream.poll_write(cx, &joined)
        };
        self.note(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        match &flushed {
            Poll::Ready(Ok(())) => self.clock.has_flushed(),
            Poll::Pending => self.clock.cannot_write(),
            Poll::Ready(Err(_)) => {}
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_shut {
            let Poll::Ready(shut) = Pin::new(&mut self.stream).poll_shutdown(cx) else {
                self.clock.cannot_write();
                return Poll::Pending;
            };
            shut?;
            self.is_shut = true;
        }
        if self.clock.begin_linger() {
            ready!(self.poll_linger(cx));
        }
        Poll::Ready(Ok(()))
    }
}
