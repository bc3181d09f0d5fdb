//! A simulated kernel, which takes a given number of bytes and then refuses more until it is opened.

use super::{queue::Batch, sync::Mutex};
use loom::sync::Notify;
use std::{
    io::{self, ErrorKind},
    task::{Context, Poll, Waker},
};

pub(super) trait Wire {
    fn try_write(&self, batch: &Batch, is_guest: bool) -> io::Result<usize>;
    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<()>;
}

pub(super) struct Pipe {
    state: Mutex<State>,
    /// Notified at the first refusal.
    refused: Notify,
}

struct State {
    written: Vec<u8>,
    room: usize,
    was_asked: bool,
    was_refused: bool,
    waker: Option<Waker>,
}

impl Pipe {
    pub(super) fn new(room: usize) -> Self {
        let state = State {
            written: Vec::new(),
            room,
            was_asked: false,
            was_refused: false,
            waker: None,
        };
        Self {
            state: Mutex::new(state),
            refused: Notify::new(),
        }
    }

    /// Waits for the first refusal, and then opens the kernel for all bytes.
    pub(super) fn open_once_refused(&self) {
        // The model checker also simulates spurious wake-ups.
        while !self.state.lock().was_refused {
            self.refused.wait();
        }
        let mut state = self.state.lock();
        state.room = usize::MAX;
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(super) fn was_asked(&self) -> bool {
        self.state.lock().was_asked
    }

    pub(super) fn written(&self) -> Vec<u8> {
        self.state.lock().written.clone()
    }
}

impl Wire for Pipe {
    fn try_write(&self, batch: &Batch, _: bool) -> io::Result<usize> {
        self.state.lock().was_asked = true;
        // Lets other threads run between the step of the protocol before the write and the write itself.
        // Without the writer token, two batches could overtake each other here.
        loom::thread::yield_now();
        let mut state = self.state.lock();
        let taken = batch.len().min(state.room);
        state.written.extend(&batch.0[..taken]);
        if state.room != usize::MAX {
            state.room -= taken;
        }
        let first_refusal = taken < batch.len() && !state.was_refused;
        state.was_refused |= first_refusal;
        drop(state);
        if first_refusal {
            self.refused.notify();
        }
        if taken == 0 {
            Err(ErrorKind::WouldBlock.into())
        } else {
            Ok(taken)
        }
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.state.lock();
        if state.room > 0 {
            return Poll::Ready(Ok(()));
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    fn poll_flush(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}
