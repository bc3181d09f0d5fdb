//! Log lines that cannot harm the server.
//!
//! A subscriber is the user's code, and it may panic: `tracing_subscriber`'s formatter does when
//! standard error is closed. Whether sockets are closed properly, connections are accepted or a
//! shutdown goes on must not depend on that. So the runtime logs with these macros, which are those
//! of `tracing` behind a guard.
//!
//! Levels: `error` and `warn` are for what the operator or the program has to mend. What a client
//! causes is logged at `debug`, or at `info` when an operator is likely to look for it, and then at
//! most once a second ([`RateLimited`]), so that no client can fill the log.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

macro_rules! log_at {
    ($level:ident, $($argument:tt)*) => {
        $crate::log::guarded(|| ::tracing::$level!($($argument)*))
    };
}

macro_rules! log_error {
    ($($argument:tt)*) => { $crate::log::log_at!(error, $($argument)*) };
}

macro_rules! log_warn {
    ($($argument:tt)*) => { $crate::log::log_at!(warn, $($argument)*) };
}

macro_rules! log_info {
    ($($argument:tt)*) => { $crate::log::log_at!(info, $($argument)*) };
}

macro_rules! log_debug {
    ($($argument:tt)*) => { $crate::log::log_at!(debug, $($argument)*) };
}

pub(crate) use {
    log_at, log_debug as debug, log_error as error, log_info as info, log_warn as warn,
};

/// Writes a log line; a panic of the subscriber ends here.
pub(crate) fn guarded(write: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(write)) {
        // The payload is the subscriber's as well, and its drop may panic in turn.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
    }
}

/// Lets one log line a second through, for lines that clients can cause at will.
pub(crate) struct RateLimited {
    /// Milliseconds after [`START`] at which the next line may be written.
    next: AtomicU64,
}

const INTERVAL: Duration = Duration::from_secs(1);

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl RateLimited {
    pub(crate) const fn new() -> Self {
        Self {
            next: AtomicU64::new(0),
        }
    }

    /// Whether a line may be written now.
    pub(crate) fn allows(&self) -> bool {
        let now = START.elapsed().as_millis() as u64;
        let later = now + INTERVAL.as_millis() as u64;
        let take = |next| (next <= now).then_some(later);
        self.next
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_subscriber_ends_here() {
        guarded(|| panic!("the log cannot be written"));
    }

    #[test]
    fn a_line_is_written_once_a_second() {
        let line = RateLimited::new();
        assert!(line.allows());
        assert!(!line.allows());
    }
}
