//! The transports of connections: TCP, or any other stream.
//!
//! | file | is about |
//! |---|---|
//! | `tcp` | a `TcpStream`: reads and writes without a lock, one system call each |
//! | `boxed` | any other stream, behind a lock: the session reads, the holder of the writer token writes |

mod boxed;
mod tcp;

use super::{queue::Batch, wire::Wire};
use boxed::Boxed;
use std::{
    io,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

/// A stream that is not TCP, or is not known to be.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

pub(crate) enum Transport {
    Tcp(TcpStream),
    Boxed(Box<Boxed>),
}

impl Transport {
    pub(crate) fn boxed(stream: impl Stream + 'static) -> Self {
        Self::Boxed(Box::new(Boxed::new(Box::new(stream))))
    }

    /// Reads once; 0 is the end of the stream. Called only by the session's task.
    pub(crate) fn poll_read(
        &self,
        cx: &mut Context<'_>,
        space: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Tcp(stream) => tcp::poll_read(stream, cx, space),
            Self::Boxed(boxed) => boxed.poll_read(cx, space),
        }
    }

    /// Whether the peer is known to have closed its side. Called only by the session's task.
    pub(crate) fn is_read_closed(&self) -> bool {
        match self {
            Self::Tcp(stream) => tcp::is_read_closed(stream),
            // Such a stream reports its end only after all data before it has been read.
            Self::Boxed(_) => false,
        }
    }

    /// Whether the connection is known to be broken. Called only by the session's task.
    pub(crate) fn is_reset(&self) -> bool {
        match self {
            Self::Tcp(stream) => tcp::is_reset(stream),
            Self::Boxed(_) => false,
        }
    }

    /// Tells the peer that no more data follows.
    pub(crate) fn close_write(&self) {
        match self {
            Self::Tcp(stream) => tcp::close_write(stream),
            Self::Boxed(boxed) => boxed.close_write(),
        }
    }

    /// Closes both directions, even if others still hold the transport.
    pub(crate) fn close(&self) {
        match self {
            Self::Tcp(stream) => tcp::close(stream),
            Self::Boxed(boxed) => boxed.close(),
        }
    }

    /// Resets the connection: the kernel discards the bytes that it has taken and not sent.
    pub(crate) fn reset(&self) {
        match self {
            Self::Tcp(stream) => tcp::reset(stream),
            Self::Boxed(boxed) => boxed.close(),
        }
    }
}

impl Wire for Transport {
    fn try_write(&self, batch: &Batch, is_guest: bool) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) if is_guest => tcp::try_write_as_guest(stream, batch),
            Self::Tcp(stream) => tcp::try_write(stream, batch),
            Self::Boxed(boxed) => boxed.try_write(batch),
        }
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => stream.poll_write_ready(cx),
            Self::Boxed(boxed) => boxed.poll_writable(cx),
        }
    }

    fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::Tcp(_) => Poll::Ready(()),
            Self::Boxed(boxed) => boxed.poll_flush(cx),
        }
    }
}
