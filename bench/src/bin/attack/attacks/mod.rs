//! The attacks, and the limits that the server must keep under each attack. The limits are for the options
//! in `server`, which are the defaults except for compression.
//!
//! | file | attacks |
//! |---|---|
//! | `compressed` | decompression bombs, and dedicated compressors |
//! | `topics` | many names, and publishes to clients that do not read |
//! | `held` | sockets that hold memory: unread echoes, unfinished messages, handlers that wait |
//! | `http` | heads, bodies and responses that do not end |
//! | `logs` | messages that cannot be decoded |
//! | `floods` | as many messages or connections as possible |

mod compressed;
mod floods;
mod held;
mod http;
mod logs;
mod topics;

use crate::{Result, field::Field};
use std::time::Duration;

/// Hostile clients, and the limits that the server must keep.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Field) -> Result<()>,
    /// The largest growth of the server's resident memory, in MiB.
    pub(crate) memory: u64,
    /// The longest time from SIGTERM to the end of the process.
    pub(crate) stop: Duration,
    /// The longest time to connect, for attacks that measure it.
    pub(crate) connect: Duration,
}

impl Attack {
    /// The default deadline of 10 seconds, and one more second for a forced exit.
    const STOP: Duration = Duration::from_secs(11);

    /// Less than a second, because a client whose SYN was dropped tries again after a second.
    const CONNECT: Duration = Duration::from_millis(900);

    const fn new(name: &'static str, memory: u64, run: fn(&Field) -> Result<()>) -> Self {
        Self {
            name,
            run,
            memory,
            stop: Self::STOP,
            connect: Self::CONNECT,
        }
    }

    /// Sets a shorter limit for the stop: clients that request pages and do not read must not delay the stop
    /// until its deadline.
    const fn stops_within(mut self, time: Duration) -> Self {
        self.stop = time;
        self
    }
}

/// Memory that every attack may cost, in MiB: memory that the allocator keeps, and buffers of the runtime's
/// threads.
const BASE: u64 = 16;

pub(crate) const ALL: &[Attack] = &[
    compressed::BOMB,
    compressed::BOMBS,
    compressed::DEDICATED,
    topics::LEAVES,
    topics::NAMES,
    topics::SILENT,
    topics::SILENTS,
    held::ECHOES,
    held::UNFINISHED,
    held::DECLARED,
    held::FRAGMENTS,
    held::WAITING,
    http::HEADS,
    http::BODIES,
    http::RESPONSES,
    logs::LARGE_MESSAGES,
    logs::SHORT_MESSAGES,
    floods::CONNECTS,
    floods::TEXTS,
    floods::PINGS,
    floods::FRAGMENTS,
    floods::UNREAD_PINGS,
    floods::BEHIND_CLOSE,
    floods::RESETS,
];
