//! One connection's compressor.

use super::compress::Compressor;
use crate::memory::Charge;

/// A compressor whose messages refer to those before. That makes them smaller, and costs each connection
/// up to 376 KB while it is used.
pub(crate) struct Dedicated {
    compressor: Compressor,
    /// The number of foreign compressed messages that the peer's window had when this last
    /// compressed: they moved that window on, and this knows nothing of them.
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

    /// Compresses a message for a peer that has seen `epoch` foreign ones. `None` if that would
    /// not make it smaller.
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

    /// What was compressed last was not sent: the peer can't know it.
    pub(crate) fn forget(&mut self) {
        self.compressor.reset();
    }

    /// Its size.
    pub(crate) fn bytes(&self) -> usize {
        self.charge.bytes()
    }

    /// Whether it compressed anything since this was last asked.
    pub(crate) fn was_used(&mut self) -> bool {
        std::mem::take(&mut self.used)
    }
}

/// What zlib-rs allocates: twice the window, a place for each byte of it, 128 KiB for hashes, and 7 bytes
/// per symbol that waits.
fn bytes(bits: u8) -> usize {
    (4 << bits) + 128 * 1024 + (7 << (memory(bits) + 6))
}

/// The memory level that goes with a window: the sizes of Bun's option name both.
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
