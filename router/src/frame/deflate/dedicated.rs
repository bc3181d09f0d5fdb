//! One connection's compressor.

use super::compress::Compressor;
use crate::memory::Charge;

/// A compressor whose messages refer to earlier ones. This makes them smaller, and takes up to 368 KiB per
/// connection while the compressor is in use.
pub(crate) struct Dedicated {
    compressor: Compressor,
    /// The number of compressed messages from other compressors that had been queued for the peer when
    /// this compressor was last used. Such messages advance the peer's window, and this compressor's
    /// history does not contain them.
    epoch: u32,
    used: bool,
    charge: Charge,
}

impl Dedicated {
    pub(crate) fn new(bits: u8, level: u8) -> Self {
        Self {
            compressor: Compressor::new(bits, memory(bits), level),
            epoch: 0,
            used: false,
            charge: Charge::new(bytes(bits)),
        }
    }

    /// Compresses a message for a peer that gets `epoch` messages from other compressors before it.
    /// Returns `None` if the result would not be smaller.
    pub(crate) fn compress(&mut self, payload: &[u8], epoch: u32) -> Option<Vec<u8>> {
        self.used = true;
        if self.epoch != epoch {
            self.forget();
            self.epoch = epoch;
        }
        let mut out = Vec::new();
        if payload.is_empty() || !self.compressor.compress(payload, &mut out) {
            self.forget();
            return None;
        }
        Some(out)
    }

    /// Discards the history. This is required if the last compressed message was not sent, because the
    /// peer does not have it.
    pub(crate) fn forget(&mut self) {
        self.compressor.reset();
    }

    /// The size of the compressor in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.charge.bytes()
    }

    /// Whether the compressor was used since the last call.
    pub(crate) fn was_used(&mut self) -> bool {
        std::mem::take(&mut self.used)
    }
}

/// The memory that zlib-rs allocates, in bytes: twice the window, a position of 2 bytes for each byte of the
/// window, 128 KiB for hashes, and 7 bytes per pending symbol.
fn bytes(bits: u8) -> usize {
    (4 << bits) + 128 * 1024 + (7 << (memory(bits) + 6))
}

/// The memory level for a window. In Bun's option, one size selects both the window and the level.
fn memory(bits: u8) -> i32 {
    match bits {
        ..=9 => 1,
        10 => 3,
        11 => 4,
        12 => 5,
        13 => 6,
        14 => 7,
        15.. => 8,
    }
}
