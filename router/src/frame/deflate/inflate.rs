//! Inflating compressed messages in bounded steps. The number of received bytes does not tell how large
//! the message is, so that number does not determine the size of any buffer.

use super::{MAX_BITS, TAIL};
use crate::frame::{Gathered, Violation};
use std::cell::Cell;
use zlib_rs::{Inflate, InflateFlush, Status};

/// The most bytes that are inflated per step.
const STEP: usize = 16 * 1024;

/// The most bytes of compressed input that are read per step.
const MOST_INPUT: usize = 64 * 1024;

/// The least work that a step counts as, in bytes.
const LEAST_WORK: usize = 1024;

/// How far back a message may refer, in bytes.
const WINDOW: usize = 1 << MAX_BITS;

thread_local! {
    /// The thread's inflater, for messages that do not refer to earlier ones.
    static FRESH: Cell<Option<Inflater>> = const { Cell::new(None) };
    static SCRATCH: Cell<Option<Box<[u8; STEP]>>> = const { Cell::new(None) };
}

/// A message that is being inflated.
#[derive(Debug, Default)]
pub(crate) struct Inflated {
    pub(super) message: Gathered,
    /// The number of bytes read so far from the payload and the tail after it.
    read: usize,
}

/// The inflater of zlib-rs, with its history: the inflated data that later data may refer to.
pub(crate) struct Inflater {
    inflate: Box<Inflate>,
}

impl std::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inflater").finish_non_exhaustive()
    }
}

impl Inflater {
    /// The size of an inflater in memory: the window, and the rest of the state of zlib-rs.
    pub(crate) const MEMORY: usize = WINDOW + 12 * 1024;

    pub(crate) fn new() -> Self {
        Self {
            inflate: Box::new(Inflate::new(false, MAX_BITS)),
        }
    }

    /// Takes the thread's inflater, which has no history.
    pub(super) fn fresh() -> Self {
        FRESH.take().unwrap_or_else(Self::new)
    }

    /// Resets the inflater and returns it to the thread.
    pub(super) fn give_back(mut self) {
        self.inflate.reset(false);
        // Fails only while the thread exits, and then the inflater is freed.
        let _ = FRESH.try_with(|fresh| fresh.set(Some(self)));
    }

    /// Inflates more of a message, including the tail that its sender left out (RFC 7692 §7.2.2). Stops
    /// after about `turn` bytes of work, and returns whether the message is complete. Fails if the
    /// message is longer than `limit` bytes.
    pub(super) fn inflate_some(
        &mut self,
        inflated: &mut Inflated,
        payload: &[u8],
        limit: usize,
        turn: usize,
    ) -> Result<bool, Violation> {
        let mut scratch = SCRATCH.take().unwrap_or_else(|| Box::new([0; STEP]));
        let mut work = 0;
        let mut result = Ok(false);
        while matches!(result, Ok(false)) && work < turn {
            result = self.step(inflated, payload, limit, &mut *scratch, &mut work);
        }
        SCRATCH.set(Some(scratch));
        result
    }

    fn step(
        &mut self,
        Inflated { message, read }: &mut Inflated,
        payload: &[u8],
        limit: usize,
        scratch: &mut [u8],
        work: &mut usize,
    ) -> Result<bool, Violation> {
        let input = match payload.get(*read..) {
            Some(input) if !input.is_empty() => &input[..input.len().min(MOST_INPUT)],
            _ => &TAIL[*read - payload.len()..],
        };
        // One byte more than allowed, so that a message beyond the limit is detected.
        let room = scratch.len().min((limit - message.len()).saturating_add(1));
        let (total_in, total_out) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self
            .inflate
            .decompress(input, &mut scratch[..room], InflateFlush::SyncFlush)
            .map_err(|_| Violation::BAD_DEFLATE)?;
        let taken = (self.inflate.total_in() - total_in) as usize;
        let written = (self.inflate.total_out() - total_out) as usize;
        extend(message, &scratch[..written], limit)?;
        *read += taken;
        // Blocks without output take time as well.
        *work += taken.max(written).max(LEAST_WORK);
        match status {
            Status::StreamEnd => {
                *work += WINDOW;
                // A block that is marked as the last (RFC 7692 §7.2.3.4). More blocks may follow, and
                // they may refer to the data before it.
                self.inflate.reset(false);
                let window = &message[message.len().saturating_sub(WINDOW)..];
                let _ = self.inflate.set_dictionary(window);
                // If the payload ends with this block, the tail is not needed.
                Ok(*read == payload.len() || *read == payload.len() + TAIL.len())
            }
            // Output space is left, so all input has been inflated.
            _ if written < room && taken == input.len() => Ok(*read == payload.len() + TAIL.len()),
            _ if written < room && taken == 0 => Err(Violation::BAD_DEFLATE),
            _ => Ok(false),
        }
    }
}

/// Appends the output of one step to the message. The message's buffer doubles when it is full, and never
/// becomes larger than the limit.
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
