//! What an HTTP connection is doing, and since when: the base of all its timeouts.
//!
//! The stream, the request's body, the response's body and the connection's task each see a part of
//! what happens. They report it here, and the task asks how long it may go on. So a connection has
//! one timer, which is set anew only when a deadline comes closer, not for each request.

use parking_lot::Mutex;
use std::{mem, task::Waker, time::Duration};
use tokio::time::Instant;

/// The time limits of HTTP connections; `None` is no limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    pub(crate) connect: Option<Duration>,
    pub(crate) head: Option<Duration>,
    pub(crate) keep_alive: Option<Duration>,
    pub(crate) body: Option<Duration>,
    pub(crate) write: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        Self {
            connect: seconds(10),
            head: seconds(10),
            // Load balancers keep connections for 60 seconds, and answer 502 when the server is the
            // first to close one.
            keep_alive: seconds(75),
            body: seconds(30),
            write: seconds(60),
        }
    }
}

/// How long a connection that is closed with a request's body unread waits for more of it, and how
/// long it does that in all (RFC 9112 §9.6). A proxy may go on for as long as its client does.
const LINGER_SILENCE: Duration = Duration::from_secs(2);
const LINGER: Duration = Duration::from_secs(10);

/// A client that moves fewer bytes in a second is not waited for while the server shuts down.
const SLOWEST: u64 = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Accepted; not a byte has arrived.
    Connected,
    /// Between two requests.
    Idle,
    /// A part of a request's head has arrived.
    Head,
    /// A request is being answered: until the response's body has been handed over.
    Serving,
    /// The rest of the response is being written.
    Answered,
    /// The sending side is closed; what the client still sends is read and dropped.
    Lingering,
}

/// The clock of one connection.
pub(super) struct Clock(Mutex<State>);

struct State {
    phase: Phase,
    /// When the phase began; while lingering, when the last bytes arrived.
    since: Instant,
    /// When lingering began.
    lingers_since: Instant,
    /// Since when a handler has been waiting for more of the request's body.
    body_waits: Option<Instant>,
    /// Since when the client has taken nothing of what is to be written.
    write_stalls: Option<Instant>,
    body: Receiving,
    /// Whoever waits for more of the request's body.
    reader: Option<Waker>,
    /// The connection's task, if the client's end is hidden from it.
    end_hidden: Option<Waker>,
    /// Bytes read and written.
    moved: u64,
    /// Whether the server shuts down.
    finishes: bool,
}

/// What is known about the body of the current request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Receiving {
    /// It has been received to its end, or there is none.
    Complete,
    Unfinished,
    /// The client has closed its sending side before the end of the body.
    Truncated,
    TimedOut,
}

/// Why there is no more of a request's body, although it is not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyEnd {
    Truncated,
    TimedOut,
}

/// What has taken too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expired {
    /// The option of `Router` whose time is over: the connection is closed.
    Connection(&'static str),
    /// The request's body. The handler has been told.
    Body,
}

impl Clock {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self(Mutex::new(State {
            phase: Phase::Connected,
            since: now,
            lingers_since: now,
            body_waits: None,
            write_stalls: None,
            body: Receiving::Complete,
            reader: None,
            end_hidden: None,
            moved: 0,
            finishes: false,
        }))
    }

    /// Bytes have arrived.
    pub(super) fn has_read(&self, bytes: usize) {
        let mut state = self.0.lock();
        state.moved += bytes as u64;
        match state.phase {
            Phase::Connected | Phase::Idle => state.enter(Phase::Head),
            Phase::Lingering => state.since = Instant::now(),
            Phase::Head | Phase::Serving | Phase::Answered => {}
        }
    }

    /// The client has closed its sending side. Returns whether hyper must not know yet: it would
    /// drop the request that is being answered, and the client may still wait for the answer. `task`
    /// is woken when the answer is written.
    pub(super) fn hides_end(&self, task: &Waker) -> bool {
        let mut state = self.0.lock();
        let hides = matches!(state.phase, Phase::Serving | Phase::Answered);
        state.end_hidden = hides.then(|| task.clone());
        if hides && state.body == Receiving::Unfinished {
            state.body = Receiving::Truncated;
            let reader = state.reader.take();
            drop(state);
            if let Some(reader) = reader {
                reader.wake();
            }
        }
        hides
    }

    /// The client has taken bytes.
    pub(super) fn has_written(&self, bytes: usize) {
        let mut state = self.0.lock();
        state.moved += bytes as u64;
        state.write_stalls = None;
    }

    /// The client takes nothing right now.
    pub(super) fn cannot_write(&self) {
        let mut state = self.0.lock();
        if state.write_stalls.is_none() {
            state.write_stalls = Some(Instant::now());
        }
    }

    /// All that was written so far has been taken.
    pub(super) fn has_flushed(&self) {
        let mut state = self.0.lock();
        if state.phase == Phase::Answered {
            state.enter(Phase::Idle);
            let task = state.end_hidden.take();
            drop(state);
            if let Some(task) = task {
                task.wake();
            }
        }
    }

    /// A request's head is complete.
    pub(super) fn begin_request(&self, has_body: bool) {
        let mut state = self.0.lock();
        state.phase = Phase::Serving;
        state.body_waits = None;
        state.body = if has_body {
            Receiving::Unfinished
        } else {
            Receiving::Complete
        };
    }

    /// The response has been handed over, with its body.
    pub(super) fn end_response(&self) {
        let mut state = self.0.lock();
        if state.phase == Phase::Serving {
            state.phase = Phase::Answered;
        }
    }

    /// A part of the request's body has been received, or all of it.
    pub(super) fn body_moved(&self, is_complete: bool) {
        let mut state = self.0.lock();
        state.body_waits = None;
        if is_complete {
            state.body = Receiving::Complete;
        } else if state.body == Receiving::TimedOut {
            // It arrived in time, and the handler was busy with something else.
            state.body = Receiving::Unfinished;
        }
    }

    /// Somebody waits for more of the request's body. `Err` if nothing more will come.
    pub(super) fn body_waits(&self, reader: &Waker) -> Result<(), BodyEnd> {
        let mut state = self.0.lock();
        match state.body {
            Receiving::Truncated => return Err(BodyEnd::Truncated),
            Receiving::TimedOut => return Err(BodyEnd::TimedOut),
            Receiving::Complete | Receiving::Unfinished => {}
        }
        state.body_waits.get_or_insert_with(Instant::now);
        match &mut state.reader {
            Some(other) => other.clone_from(reader),
            none => *none = Some(reader.clone()),
        }
        Ok(())
    }

    /// Nobody waits for more of the request's body any more.
    pub(super) fn body_dropped(&self) {
        let mut state = self.0.lock();
        state.body_waits = None;
        state.reader = None;
    }

    /// Whether the connection ends after the current request: the server shuts down, or the rest of
    /// the request's body is not read. A `small` rest is read away.
    pub(super) fn is_last(&self, small: bool) -> bool {
        let state = self.0.lock();
        state.finishes
            || match state.body {
                Receiving::Complete => false,
                Receiving::Unfinished => !small,
                // No more of it will arrive.
                Receiving::Truncated | Receiving::TimedOut => true,
            }
    }

    /// The server shuts down. Returns whether the connection can end at once, since no more than a
    /// part of a request's head has arrived.
    pub(super) fn finish(&self) -> bool {
        let mut state = self.0.lock();
        state.finishes = true;
        // What moves from now on counts.
        state.moved = 0;
        state.phase == Phase::Head
    }

    /// The sending side is closed. Returns whether the client may still be sending: then what it
    /// sends has to be read, or the kernel resets the connection and the response is lost.
    pub(super) fn lingers(&self) -> bool {
        let mut state = self.0.lock();
        if state.phase == Phase::Lingering {
            return true;
        }
        let lingers = state.phase == Phase::Head || state.body != Receiving::Complete;
        if lingers {
            state.enter(Phase::Lingering);
            state.lingers_since = state.since;
        }
        lingers
    }

    /// When something will have taken too long, if nothing moves until then.
    pub(super) fn deadline(&self, timeouts: &Timeouts) -> Option<Instant> {
        self.0.lock().deadline(timeouts).map(|(at, _)| at)
    }

    /// What has taken too long by now. It is told once.
    pub(super) fn expired(&self, timeouts: &Timeouts) -> Option<Expired> {
        let mut state = self.0.lock();
        let (at, expired) = state.deadline(timeouts)?;
        if Instant::now() < at {
            return None;
        }
        if expired == Expired::Body {
            state.body_waits = None;
            state.body = Receiving::TimedOut;
            let reader = state.reader.take();
            drop(state);
            if let Some(reader) = reader {
                reader.wake();
            }
        }
        Some(expired)
    }

    /// Whether a part of a request's head has arrived, and no more.
    pub(super) fn is_in_head(&self) -> bool {
        self.0.lock().phase == Phase::Head
    }

    /// Whether only the client keeps the connection busy, and has moved next to nothing since this
    /// was last asked.
    pub(super) fn is_held_up_by_client(&self) -> bool {
        let mut state = self.0.lock();
        let moved = mem::take(&mut state.moved);
        let waits = state.body_waits.is_some() || state.write_stalls.is_some();
        (waits || state.phase == Phase::Lingering) && moved < SLOWEST
    }
}

impl State {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.since = Instant::now();
    }

    fn deadline(&self, timeouts: &Timeouts) -> Option<(Instant, Expired)> {
        let after = |since: Instant, timeout: Option<Duration>, option| {
            Some((since + timeout?, Expired::Connection(option)))
        };
        match self.phase {
            Phase::Connected => after(self.since, timeouts.connect, "connect_timeout"),
            Phase::Idle => after(self.since, timeouts.keep_alive, "keep_alive_timeout"),
            Phase::Head => after(self.since, timeouts.head, "head_timeout"),
            Phase::Serving | Phase::Answered => {
                let stalls = self.write_stalls;
                let write = stalls.and_then(|since| after(since, timeouts.write, "write_timeout"));
                let body = self.body_waits.zip(timeouts.body);
                let body = body.map(|(since, timeout)| (since + timeout, Expired::Body));
                write.into_iter().chain(body).min_by_key(|(at, _)| *at)
            }
            Phase::Lingering => {
                let at = (self.since + LINGER_SILENCE).min(self.lingers_since + LINGER);
                Some((at, Expired::Connection("the time to close")))
            }
        }
    }
}
