//! The stream under hyper, with small writes joined.

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use smallvec::SmallVec;
use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite};

/// Up to this much is copied: to the kernel one piece costs less than two. A head and a short body
/// are one piece then, and a large body is left where it is.
const JOINED: usize = 1024;

/// A stream that hyper reads and writes.
pub(crate) struct Joined<S>(TokioIo<S>);

impl<S> Joined<S> {
    pub(super) fn new(stream: S) -> Self {
        Self(TokioIo::new(stream))
    }

    pub(crate) fn into_inner(self) -> S {
        self.0.into_inner()
    }
}

impl<S: AsyncRead + Unpin> Read for Joined<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> Write for Joined<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let stream = Pin::new(&mut self.0);
        if slices.iter().map(|slice| slice.len()).sum::<usize>() > JOINED {
            return stream.poll_write_vectored(cx, slices);
        }
        let mut joined: SmallVec<[u8; JOINED]> = SmallVec::new();
        for slice in slices {
            joined.extend_from_slice(slice);
        }
        stream.poll_write(cx, &joined)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
