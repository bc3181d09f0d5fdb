//! One connection's compressor.

use super::compress::Compressor;

/// A compressor whose messages refer to those before: smaller on the wire, and some 200 KB a
/// connection while it is used.
pub(crate) struct Dedicated {
    compressor: Compressor,
    /// The number of foreign compressed messages that the peer's window had when this last
    /// compressed: they moved that window on, and this knows nothing of them.
    epoch: u32,
    used: bool,
}

impl Dedicated {
    pub(crate) fn new(bits: u8, level: u8) -> Self {
        Self {
            compressor: Compressor::new(bits, memory(bits), level),
            epoch: 0,
            used: false,
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

    /// Whether it compressed anything since this was last asked.
    pub(crate) fn was_used(&mut self) -> bool {
        std::mem::take(&mut self.used)
    }
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
