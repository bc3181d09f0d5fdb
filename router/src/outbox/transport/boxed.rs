//! Any stream, behind a lock.
//!
//! A stream wakes only the task that polled it last. A guest (a writer other than the session's
//! task) must therefore not poll with its own waker, which would replace the session's. Every
//! caller polls with one waker of the transport's own, which wakes the session and records that it
//! was called.

use super::Stream;
use crate::outbox::queue::Batch;
use parking_lot::Mutex;
use smallvec::SmallVec;
use std::{
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

pub(crate) struct Boxed {
    inner: Mutex<Inner>,
    bell: Arc<Bell>,
    /// `bell` as a `Waker`.
    waker: Waker,
}

struct Inner {
    /// `None` after `close`.
    stream: Option<Box<dyn Stream>>,
    left: Left,
}

/// The operation still pending on the stream.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    Nothing,
    Flush,
    /// No more writes follow, and the sending side has to be closed.
    Shutdown,
}

#[derive(Default)]
struct Bell {
    rung: AtomicBool,
    session: Mutex<Option<Waker>>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        // Woken after the lock is released, because waking may run the session's executor.
        let session = self.session.lock().clone();
        if let Some(session) = session {
            session.wake();
        }
    }
}

impl Bell {
    fn rings_for(&self, cx: &Context<'_>) {
        let mut session = self.session.lock();
        let before = match &*session {
            Some(waker) if waker.will_wake(cx.waker()) => None,
            _ => session.replace(cx.waker().clone()),
        };
        drop(session);
        drop(before);
    }
}

impl Boxed {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        let bell = Arc::new(Bell::default());
        Self {
            inner: Mutex::new(Inner {
                stream: Some(stream),
                left: Left::Nothing,
            }),
            waker: bell.clone().into(),
            bell,
        }
    }

    pub(super) fn poll_read(
        &self,
        cx: &mut Context<'_>,
        space: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.bell.rings_for(cx);
        let mut inner = self.inner.lock();
        let Some(stream) = &mut inner.stream else {
            return Poll::Ready(Ok(0));
        };
        let mut buffer = ReadBuf::new(space);
        let mut cx = Context::from_waker(&self.waker);
        ready!(Pin::new(stream).poll_read(&mut cx, &mut buffer))?;
        Poll::Ready(Ok(buffer.filled().len()))
    }

    pub(super) fn try_write(&self, batch: &Batch) -> io::Result<usize> {
        let mut inner = self.inner.lock();
        // Cleared before the write, so that a wake-up from here on is not lost.
        self.bell.rung.store(false, Ordering::Relaxed);
        let Inner { stream, left } = &mut *inner;
        let stream = stream.as_mut().ok_or(ErrorKind::BrokenPipe)?;
        let mut cx = Context::from_waker(&self.waker);
        let written = batch.with_slices(|slices| write(stream, &mut cx, slices));
        *left = Left::Flush;
        let _ = inner.proceed(&mut cx);
        written
    }

    pub(super) fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.bell.rings_for(cx);
        // Checked after the session's waker is stored, so that a wake-up in between is not lost.
        if self.bell.rung.swap(false, Ordering::Acquire) {
            Poll::Ready(Ok(()))
        } else {
            Poll::Pending
        }
    }

    pub(super) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.inner.lock();
        if inner.left == Left::Nothing {
            return Poll::Ready(());
        }
        self.bell.rings_for(cx);
        inner.proceed(&mut Context::from_waker(&self.waker))
    }

    pub(super) fn close_write(&self) {
        let mut inner = self.inner.lock();
        inner.left = Left::Shutdown;
        // If the shutdown cannot be completed now, the next flush continues it.
        let _ = inner.proceed(&mut Context::from_waker(&self.waker));
    }

    pub(super) fn close(&self) {
        // Dropped after the lock is released, because dropping the stream runs the user's code.
        let stream = self.inner.lock().stream.take();
        drop(stream);
    }
}

impl Inner {
    /// Continues the pending operation. If the operation fails, it is no longer pending: the
    /// stream's next read or write returns the error.
    fn proceed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Self { stream, left } = self;
        if let Some(stream) = stream {
            let _: io::Result<()> = ready!(match left {
                Left::Nothing => return Poll::Ready(()),
                Left::Flush => Pin::new(stream).poll_flush(cx),
                Left::Shutdown => Pin::new(stream).poll_shutdown(cx),
            });
        }
        *left = Left::Nothing;
        Poll::Ready(())
    }
}

/// Writes until the stream takes no more. A partial write does not mean that the stream is full.
fn write(
    stream: &mut Box<dyn Stream>,
    cx: &mut Context<'_>,
    slices: &[IoSlice<'_>],
) -> io::Result<usize> {
    let mut slices: SmallVec<[IoSlice<'_>; 16]> = SmallVec::from_slice(slices);
    let mut rest = &mut slices[..];
    let mut written = 0;
    while !rest.is_empty() {
        match Pin::new(&mut *stream).poll_write_vectored(cx, rest) {
            Poll::Ready(Ok(0)) => return Err(ErrorKind::WriteZero.into()),
            Poll::Ready(Ok(count)) => {
                written += count;
                IoSlice::advance_slices(&mut rest, count);
            }
            Poll::Ready(Err(error)) => return Err(error),
            Poll::Pending if written == 0 => return Err(ErrorKind::WouldBlock.into()),
            Poll::Pending => break,
        }
    }
    Ok(written)
}
