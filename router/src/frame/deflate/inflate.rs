//! Reading compressed messages, in bounded steps: what arrived says nothing about how large the
//! message is, so nothing is sized by it.

use super::{MAX_BITS, TAIL};
use crate::frame::{Gathered, Violation};
use std::cell::Cell;
use zlib_rs::{Inflate, InflateFlush, Status};

/// Bytes that are inflated at a time.
const STEP: usize = 16 * 1024;

/// How far back a message may refer.
const WINDOW: usize = 1 << MAX_BITS;

thread_local! {
    /// The thread's inflater, for messages that refer to none before them.
    static FRESH: Cell<Option<Inflater>> = const { Cell::new(None) };
    static SCRATCH: Cell<Option<Box<[u8; STEP]>>> = const { Cell::new(None) };
}

/// Inflates a message that refers to none before it. One of more than `limit` bytes is too big.
pub(crate) fn inflate(payload: &[u8], limit: usize) -> Result<Gathered, Violation> {
    let mut inflater = FRESH.take().unwrap_or_else(Inflater::new);
    let message = inflater.message(payload, limit);
    inflater.inflate.reset(false);
    FRESH.set(Some(inflater));
    message
}

/// What reads messages that may refer to those before.
pub(crate) struct Inflater {
    inflate: Box<Inflate>,
}

impl std::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inflater").finish_non_exhaustive()
    }
}

impl Inflater {
    /// Its size: the window, and what zlib-rs keeps beside it.
    pub(crate) const MEMORY: usize = WINDOW + 12 * 1024;

    pub(crate) fn new() -> Self {
        Self {
            inflate: Box::new(Inflate::new(false, MAX_BITS)),
        }
    }

    /// RFC 7692 §7.2.2: inflates a message, with the tail that its sender left out.
    pub(crate) fn message(&mut self, payload: &[u8], limit: usize) -> Result<Gathered, Violation> {
        let mut scratch = SCRATCH.take().unwrap_or_else(|| Box::new([0; STEP]));
        let message = self.steps(payload, limit, &mut *scratch);
        SCRATCH.set(Some(scratch));
        message
    }

    fn steps(
        &mut self,
        payload: &[u8],
        limit: usize,
        scratch: &mut [u8],
    ) -> Result<Gathered, Violation> {
        let mut message = Gathered::default();
        let mut input = payload;
        let mut tail: &[u8] = &TAIL;
        loop {
            // One byte more than may be: that is how too many are noticed.
            let room = scratch.len().min((limit - message.len()).saturating_add(1));
            let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self
                .inflate
                .decompress(input, &mut scratch[..room], InflateFlush::SyncFlush)
                .map_err(|_| Violation::BAD_DEFLATE)?;
            let read = (self.inflate.total_in() - read) as usize;
            let written = (self.inflate.total_out() - written) as usize;
            extend(&mut message, &scratch[..written], limit)?;
            input = &input[read..];
            match status {
                Status::StreamEnd => {
                    // A last block (RFC 7692 §7.2.3.4): others may come behind it, which may
                    // refer to what was before it.
                    self.inflate.reset(false);
                    let window = &message[message.len().saturating_sub(WINDOW)..];
                    let _ = self.inflate.set_dictionary(window);
                    if input.is_empty() {
                        // The tail would be one for a block that isn't there.
                        return Ok(message);
                    }
                }
                // It has room, so it has said what it knows.
                _ if written < room => {
                    if !input.is_empty() && read == 0 {
                        return Err(Violation::BAD_DEFLATE);
                    }
                    if input.is_empty() {
                        if tail.is_empty() {
                            return Ok(message);
                        }
                        input = std::mem::take(&mut tail);
                    }
                }
                _ => {}
            }
        }
    }
}

/// Appends a step. The message grows by doubling, but not beyond the limit.
fn extend(message: &mut Gathered, step: &[u8], limit: usize) -> Result<(), Violation> {
    let length = message.len() + step.len();
    if length > limit {
        return Err(Violation::TOO_BIG);
    }
    if length > message.capacity() {
        let capacity = (2 * message.capacity()).clamp(length, limit.max(length));
        message.reserve(capacity - message.len())?;
    }
    message.append(step);
    Ok(())
}
