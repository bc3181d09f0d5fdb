//! A queue of bytes. A frame has two bytes, so that the kernel can take half of it.

use std::collections::VecDeque;

/// More bytes than a model pushes, so that no push triggers a write because of its size.
pub(super) const LARGE_FRAME_BYTES: usize = 1000;

#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a>(pub(super) &'a [u8; 2]);

impl Frame<'_> {
    pub(super) fn moves_window(&self) -> bool {
        false
    }
}

/// A published message.
pub(super) struct Frames(pub(super) [u8; 2]);

#[derive(Debug, Default)]
pub(super) struct Queue(VecDeque<u8>);

pub(super) type Displaced = ();

/// The number of bytes in a batch: two frames, so that a queue can hold more than a batch.
const BATCH_BYTES: usize = 4;

impl Queue {
    pub(super) fn bytes(&self) -> usize {
        self.0.len()
    }

    pub(super) fn cost(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push(&mut self, frame: Frame<'_>, _blocked: bool) {
        self.0.extend(frame.0);
    }

    pub(super) fn push_frames(&mut self, frames: &Frames, _separately: bool) {
        self.0.extend(frames.0);
    }

    /// Displaces nothing. The runtime displaces frames in one step under the lock, so there are no
    /// interleavings to try.
    pub(super) fn displace(&mut self, _limit: usize) -> Vec<Displaced> {
        Vec::new()
    }

    pub(super) fn take_batch(&mut self) -> Batch {
        let count = BATCH_BYTES.min(self.0.len());
        Batch(self.0.drain(..count).collect())
    }

    pub(super) fn put_back(&mut self, batch: &mut Batch, written: usize) {
        for byte in batch.0[written..].iter().rev() {
            self.0.push_front(*byte);
        }
    }

    /// Removes all bytes except the second half of a frame whose first half is written.
    pub(super) fn cut(&mut self) -> Option<Self> {
        let rest = self.0.split_off(self.0.len() % 2);
        Some(Self(rest))
    }

    /// Called by a mutant.
    #[allow(dead_code, reason = "only a mutant calls it")]
    pub(super) fn cut_all(&mut self) -> Option<Self> {
        Some(std::mem::take(self))
    }

    /// Called by a mutant.
    #[allow(dead_code, reason = "only a mutant calls it")]
    pub(super) fn put_at_back(&mut self, batch: &mut Batch, written: usize) {
        self.0.extend(&batch.0[written..]);
    }
}

#[derive(Debug)]
pub(super) struct Batch(pub(super) Vec<u8>);

impl Batch {
    pub(super) fn of(frames: &Frames, _separately: bool) -> Self {
        Self(frames.0.to_vec())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
