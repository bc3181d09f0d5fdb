//! Logging that cannot harm the server.
//!
//! A `tracing` subscriber is user code, and it may panic: the formatter of `tracing_subscriber` does so
//! when standard error is closed. Such a panic must not prevent the server from closing sockets
//! properly, accepting connections or shutting down. The runtime therefore logs with these macros,
//! which wrap those of `tracing` and catch panics.
//!
//! Levels: `error` and `warn` report problems that the operator or the programmer has to fix. Lines of these
//! levels that depend on a value from a client are `limited`: each place in the code logs at most one line
//! per second at its level, and the other lines at `debug`. Events that a client causes are logged at
//! `debug`, or at `info` if an operator is likely to look for them. Such `info` lines are written at most
//! once per second ([`RateLimited`]), so that no client can fill the log.

use std::{
    fmt::{self, Display, Write as _},
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

/// Logs a line that any request can cause, such as a line about a response made from a value that the client
/// sent. Each place in the code logs at most one line per second at the given level, and the other lines at
/// debug.
macro_rules! log_limited {
    ($level:ident, $($argument:tt)*) => {{
        static LINE: $crate::log::RateLimited = $crate::log::RateLimited::new();
        if LINE.allows() {
            $crate::log::log_at!($level, $($argument)*);
        } else {
            $crate::log::log_at!(debug, $($argument)*);
        }
    }};
}

pub(crate) use {
    log_at, log_debug as debug, log_error as error, log_info as info, log_limited as limited,
    log_warn as warn,
};

/// Writes a log line, and catches a panic of the subscriber.
pub(crate) fn guarded(write: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(write)) {
        // The panic payload comes from the subscriber, so dropping it may panic as well.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
    }
}

/// Makes a text that may come from a client safe for a log line: control characters are escaped, so
/// that it remains one line, and a long text is truncated.
pub(crate) fn plain(text: impl Display) -> String {
    const LONGEST: usize = 200;
    let mut plain = Plain {
        text: String::new(),
        left: LONGEST,
    };
    // Formatting fails when the limit is reached: an ellipsis marks the truncated text.
    if write!(plain, "{text}").is_err() {
        plain.text.push('\u{2026}');
    }
    plain.text
}

/// Accepts up to `left` characters and then fails, so that a large value is not formatted to its end.
struct Plain {
    text: String,
    left: usize,
}

impl fmt::Write for Plain {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        for character in piece.chars() {
            self.left = self.left.checked_sub(1).ok_or(fmt::Error)?;
            if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') {
                self.text.extend(character.escape_default());
            } else {
                self.text.push(character);
            }
        }
        Ok(())
    }
}

/// Allows one log line per second, for lines that clients can cause at will.
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
    fn a_text_is_one_short_line() {
        assert_eq!(
            plain("a\nb\r\x1b[0m\u{2028}"),
            "a\\nb\\r\\u{1b}[0m\\u{2028}"
        );
        let long = plain("\u{e4}".repeat(1_000));
        assert_eq!(long.chars().count(), 201);
        assert!(long.ends_with('\u{2026}'));
        assert_eq!(plain("x".repeat(200)).len(), 200);
    }

    #[test]
    fn a_line_is_written_once_a_second() {
        let line = RateLimited::new();
        assert!(line.allows());
        assert!(!line.allows());
    }
}
