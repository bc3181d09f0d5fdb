//! One message in, one message's compressed bytes out.

use super::TAIL;
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush};

/// The level for messages so large that compressing them keeps everybody else waiting.
const HURRIED: u8 = 1;
const LARGE: usize = 256 * 1024;

/// The first room for what comes out. It is doubled as needed: what compresses well, however large, needs
/// little more than this.
const STEP: usize = 16 * 1024;

pub(super) struct Compressor {
    deflate: Deflate,
    level: u8,
    /// What `deflate` is set to now.
    current: u8,
}

impl Compressor {
    pub(super) fn new(bits: u8, memory: i32, level: u8) -> Self {
        let config = DeflateConfig {
            level: level.into(),
            // Negative: without a header (RFC 7692 §7.2.1 sends DEFLATE blocks as they are).
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

    /// Forgets what went before.
    pub(super) fn reset(&mut self) {
        self.deflate.reset();
    }

    /// Compresses a message into `out`, which is empty. Returns whether that made it smaller; if
    /// not, what is in `out` is of no use, and the compressor has to be reset.
    pub(super) fn compress(&mut self, payload: &[u8], out: &mut Vec<u8>) -> bool {
        let level = if payload.len() > LARGE {
            HURRIED
        } else {
            self.level
        };
        if level != self.current {
            // Between two messages nothing waits in the compressor: this can't fail.
            let _ = self.deflate.set_level(level.into());
            self.current = level;
        }
        // One byte less than the message, and the tail that is not sent.
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
            // A flush that fills its space to the end may have more to say.
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

    /// Takes out what did not fit: zlib-rs 0.6 keeps the place of it over a reset, and has that much
    /// less room from then on.
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
