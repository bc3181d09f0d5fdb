//! Compressed messages (RFC 7692 §7.2).
//!
//! | file | is about |
//! |---|---|
//! | `compress` | compressing one message |
//! | `pool` | compressors without a history, shared by all connections |
//! | `dedicated` | one connection's compressor, whose messages refer to earlier ones |
//! | `inflate` | inflating in bounded steps, never more than the limit |
//! | `inflating` | inflating a message in turns |

mod compress;
mod dedicated;
mod inflate;
mod inflating;
mod pool;

pub(crate) use dedicated::Dedicated;
use inflate::Inflated;
pub(crate) use inflate::Inflater;
pub(crate) use inflating::Inflating;
pub(crate) use pool::compress;

/// The bytes at the end of a sync flush, which are not sent (RFC 7692 §7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xFF, 0xFF];

/// The size of the largest window in bits: 15 bits are 32 KiB. A message may also be compressed with this
/// window for a peer with a smaller window, if the message fits in the smaller window: without a history,
/// a message refers back no further than its own start.
const MAX_BITS: u8 = 15;

#[cfg(test)]
mod tests;
