//! A published message in each form that a subscriber may need. `PreparedMessage::new` makes all forms once,
//! before any lock is taken.

use crate::frame::{Encoded, Outgoing, deflate};
use smallvec::SmallVec;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// Which messages are compressed, and at which level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deflation {
    pub(crate) level: u8,
    /// `compress_threshold`.
    pub(crate) threshold: u32,
}

impl Deflation {
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            level: self.level.max(other.level),
            threshold: self.threshold.min(other.threshold),
        }
    }

    pub(crate) fn takes(self, payload: usize) -> bool {
        payload >= self.threshold as usize
    }
}

/// The [`Deflation`] of a hub, or none. It is atomic because each publish reads it.
#[derive(Debug, Default)]
pub(crate) struct AtomicDeflation(AtomicU64);

impl AtomicDeflation {
    /// This bit is set if a value is stored.
    const SOME: u64 = 1 << 63;

    pub(crate) fn get(&self) -> Option<Deflation> {
        Self::unpacked(self.0.load(Relaxed))
    }

    /// Raises the level to at least that of `deflation`, and lowers the threshold to at most that
    /// of `deflation`.
    pub(crate) fn allow(&self, deflation: Deflation) {
        // Always succeeds, because the closure always returns a value.
        let _ = self.0.fetch_update(Relaxed, Relaxed, |packed| {
            let all = Self::unpacked(packed).map_or(deflation, |before| before.and(deflation));
            Some(Self::SOME | u64::from(all.level) << 32 | u64::from(all.threshold))
        });
    }

    fn unpacked(packed: u64) -> Option<Deflation> {
        (packed & Self::SOME != 0).then_some(Deflation {
            level: (packed >> 32) as u8,
            threshold: packed as u32,
        })
    }
}

/// The window sizes, in bits, of connections that may receive compressed messages: 9 to 15. A set
/// of them is a bit mask.
const SMALLEST: u8 = 9;
const LARGEST: u8 = 15;

/// The set that contains one window size; empty for 0 bits.
pub(crate) fn window_class(bits: u8) -> u32 {
    if bits == 0 { 0 } else { 1 << (bits - SMALLEST) }
}

pub(crate) struct PreparedMessage {
    plain: Arc<Encoded>,
    /// Compressed frames by window size, the largest window first. A window is missing if compression for it
    /// does not make the message smaller.
    deflated: SmallVec<[(u8, Arc<Encoded>); 1]>,
}

impl PreparedMessage {
    /// Encodes a message for subscribers whose window sizes are in `windows`.
    pub(crate) fn new(message: Outgoing<'_>, windows: u32, deflation: Option<Deflation>) -> Self {
        let mut deflated = SmallVec::new();
        let payload = message.payload();
        let deflation = deflation
            .filter(|deflation| message.wants_compression() && deflation.takes(payload.len()));
        if let Some(Deflation { level, .. }) = deflation {
            // The result for a larger window; the inner `None` means that compression does not make the
            // message smaller. The result is reused if the message fits the smaller window as well.
            let mut shared: Option<Option<Arc<Encoded>>> = None;
            for bits in (SMALLEST..=LARGEST).rev() {
                if windows & window_class(bits) == 0 {
                    continue;
                }
                let variant = match &shared {
                    Some(variant) if payload.len() <= 1 << bits => variant.clone(),
                    _ => deflate::compress(payload, bits, level)
                        .map(|small| Arc::new(Encoded::compressed(message.opcode(), &small))),
                };
                shared = Some(variant.clone());
                deflated.extend(variant.map(|variant| (bits, variant)));
            }
        }
        Self {
            plain: Arc::new(message.encode()),
            deflated,
        }
    }

    /// Encodes a message that is not compressed for any subscriber.
    pub(crate) fn plain(message: &Outgoing<'_>) -> Self {
        Self {
            plain: Arc::new(Encoded::copied(message.opcode(), message.payload())),
            deflated: SmallVec::new(),
        }
    }

    /// The frame for a connection with a window of `bits`.
    pub(super) fn frame(&self, bits: u8) -> &Arc<Encoded> {
        let deflated = self.deflated.iter().find(|(window, _)| *window == bits);
        deflated.map_or(&self.plain, |(_, encoded)| encoded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::compressed;

    const DEFLATION: Deflation = Deflation {
        level: 6,
        threshold: 256,
    };
    const ALL: u32 = 0b111_1111;

    #[test]
    fn a_message_that_fits_every_window_is_compressed_once() {
        let text = "to all ".repeat(50);
        let prepared = PreparedMessage::new(compressed(&text), ALL, Some(DEFLATION));
        let first = prepared.frame(15);
        assert!(first.is_compressed());
        for bits in 9..15 {
            assert!(Arc::ptr_eq(first, prepared.frame(bits)), "{bits}");
        }
        assert!(!prepared.frame(0).is_compressed());
    }

    #[test]
    fn only_what_is_subscribed_with_is_made() {
        let text = "to all ".repeat(50);
        let prepared = PreparedMessage::new(compressed(&text), window_class(11), Some(DEFLATION));
        assert!(prepared.frame(11).is_compressed());
        assert!(!prepared.frame(15).is_compressed());
    }

    #[test]
    fn small_windows_get_their_own_when_they_must() {
        let text = "to all ".repeat(100);
        let prepared = PreparedMessage::new(compressed(&text), ALL, Some(DEFLATION));
        assert!(Arc::ptr_eq(prepared.frame(15), prepared.frame(10)));
        assert!(!Arc::ptr_eq(prepared.frame(15), prepared.frame(9)));
        assert!(prepared.frame(9).is_compressed());
    }

    #[test]
    fn plain_is_the_rule() {
        let long = "to all ".repeat(50);
        for prepared in [
            PreparedMessage::new((&long).into(), ALL, Some(DEFLATION)),
            PreparedMessage::new(compressed("short"), ALL, Some(DEFLATION)),
            PreparedMessage::new(compressed(&long), ALL, None),
            PreparedMessage::new(compressed(&long), 0, Some(DEFLATION)),
        ] {
            assert!(!prepared.frame(15).is_compressed());
        }
    }
}
