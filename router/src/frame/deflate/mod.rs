//! Compressed messages (RFC 7692 §7.2).
//!
//! | file | is about |
//! |---|---|
//! | `compress` | one message in, one message's compressed bytes out |
//! | `pool` | compressors without a history, shared by all connections |
//! | `dedicated` | one connection's compressor, whose messages refer to those before |
//! | `inflate` | reading, never more than the limit |
//! | `inflating` | reading a message in turns |

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

/// RFC 7692 §7.2.1: what a sync flush ends with, and what is not sent.
const TAIL: [u8; 4] = [0, 0, 0xFF, 0xFF];

/// The largest window, 32 KiB: no message that fits a smaller one reaches further back than itself.
const MAX_BITS: u8 = 15;

#[cfg(test)]
mod tests;
