//! Compressing one message at a time.

use super::TAIL;
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush};

/// The compression level for large messages, whose compression delays all other tasks.
const HURRIED: u8 = 1;
const LARGE_MESSAGE_BYTES: usize = 256 * 1024;

/// The initial size of the output buffer. It is doubled as needed: a message that compresses well,
/// however large, needs little more than this.
const STEP: usize = 16 * 1024;

pub(super) struct Compressor {
    deflate: Deflate,
    level: u8,
    /// The level that `deflate` is set to now.
    current: u8,
}

impl Compressor {
    pub(super) fn new(bits: u8, memory: i32, level: u8) -> Self {
        let config = DeflateConfig {
            level: level.into(),
            // Negative means without a zlib header: RFC 7692 §7.2.1 sends raw DEFLATE blocks.
            window_bits: -i32::from(bits),
            mem_level: memory,
            ..DeflateConfig::default()
        };
        Self {
            deflate: Deflate::new_with_config(config),
            level,
            current: level,
        }
    }

    /// Discards the history of earlier messages.
    pub(super) fn reset(&mut self) {
        self.deflate.reset();
    }

    /// Compresses a message into `out`, which must be empty. Returns whether the result is smaller than
    /// the message. If it is not, the contents of `out` are useless, and the compressor must be reset.
    pub(super) fn compress(&mut self, payload: &[u8], out: &mut Vec<u8>) -> bool {
        let level = if payload.len() > LARGE_MESSAGE_BYTES {
            HURRIED
        } else {
            self.level
        };
        if level != self.current {
            // This cannot fail, because no input is pending in the compressor between two messages.
            let _ = self.deflate.set_level(level.into());
            self.current = level;
        }
        // One byte less than the message, plus the tail, which is not sent.
        let limit = payload.len() - 1 + TAIL.len();
        let mut rest = payload;
        loop {
            let start = out.len();
            let end = limit.min(start + start.max(STEP));
            out.resize(end, 0);
            let (read, written) = (self.deflate.total_in(), self.deflate.total_out());
            let space = &mut out[start..];
            let result = self.deflate.compress(rest, space, DeflateFlush::SyncFlush);
            let written = (self.deflate.total_out() - written) as usize;
            rest = &rest[(self.deflate.total_in() - read) as usize..];
            // A flush that fills all of its space may have more output.
            let is_complete = result.is_ok() && written < end - start;
            if is_complete && rest.is_empty() && out[..start + written].ends_with(&TAIL) {
                out.truncate(start + written - TAIL.len());
                return true;
            }
            if result.is_err() || is_complete || end == limit {
                self.drain(out);
                return false;
            }
        }
    }

    /// Removes the output that did not fit from zlib-rs. Otherwise zlib-rs 0.6 would not free the space of
    /// this output at a reset, and would have that much less space from then on.
    fn drain(&mut self, space: &mut [u8]) {
        loop {
            let before = self.deflate.total_out();
            let result = self.deflate.compress(&[], space, DeflateFlush::NoFlush);
            let written = self.deflate.total_out() - before;
            if result.is_err() || written < space.len() as u64 {
                return;
            }
        }
    }
}
