//! The state of an HTTP connection, and the times from which its timeouts are computed.
//!
//! The stream, the request's body, the response's body and the connection's task each observe a part of
//! what happens on the connection. They report it to the clock, and the task asks the clock for the next
//! deadline. So a connection has one timer, which is reset only when a deadline moves closer, not for
//! each request.

use crate::{
    app::Timeouts,
    memory::{self, Charge},
};
use parking_lot::Mutex;
use std::{mem, task::Waker, time::Duration};
use tokio::time::Instant;

/// Limits for closing a connection with an unread request body (RFC 9112 §9.6): the maximum time to wait for
/// more of the body, and the maximum time in total. The total is limited because a proxy may continue to send
/// for as long as its client does.
const LINGER_SILENCE: Duration = Duration::from_secs(2);
const LINGER: Duration = Duration::from_secs(10);

/// The size of hyper's buffers for each connection from its first request on, and the size that they
/// grow to at most.
const BUFFERS: usize = 8 * 1024;
const MOST_BUFFERS: usize = 128 * 1024;

/// A client is slow if it transfers fewer bytes than this between two checks. A shutdown does not wait
/// for slow clients.
const SLOWEST: u64 = 1024;

/// A connection is given up after its client was slow at this many consecutive checks. The number is
/// more than one because a single lost packet delays a client for longer than the time between two
/// checks.
const SLOW_LOOKS: u8 = 2;

/// The stage of the server's shutdown, for its HTTP connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Serving,
    /// Requests in progress are completed, and idle connections are closed.
    Finishing,
    CutOff,
}

/// The phase of an HTTP connection.
///
/// | phase | entered when | deadline |
/// |---|---|---|
/// | `Connected` | the connection is accepted | `connect_timeout` |
/// | `Head` | bytes arrive while `Connected` or `Idle` | `head_timeout` |
/// | `Serving` | the head is complete | `body_timeout` while a reader waits for the request's body |
/// | `Answered` | hyper has taken the whole response body | the same |
/// | `Idle` | the response is written, and the request's body can no longer be read | `keep_alive_timeout` |
/// | `Lingering` | the sending side is closed with bytes unread | `LINGER_SILENCE` and `LINGER` |
/// | `Upgraded` | the response is a 101, and the connection no longer uses HTTP | none |
///
/// In every phase except `Upgraded`, `write_timeout` applies as well while the client accepts no bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HttpPhase {
    Connected,
    Idle,
    Head,
    Serving,
    Answered,
    Lingering,
    Upgraded,
}

/// The clock of one connection.
pub(super) struct Clock(Mutex<State>);

struct State {
    phase: HttpPhase,
    /// When the phase began or, while lingering, when the last bytes arrived. `None` until the
    /// connection's task next waits: the connection may pass through several phases before that, and the
    /// time is read only once, when the task waits.
    since: Option<Instant>,
    /// When lingering began. `None` until the connection's task next waits, as for `since`.
    lingers_since: Option<Instant>,
    body: RequestState,
    /// Since when the client has accepted none of the bytes to be written.
    write_stalls: Option<Instant>,
    /// Whether the response is written completely. The phase remains `Answered` while the request's body
    /// can still be read.
    is_flushed: bool,
    /// The waker of the connection's task, which owns the timer.
    task: Option<Waker>,
    /// Set while the end of the client's sending side is hidden from hyper: the waker of the
    /// connection's task, which is woken when hyper may read the end. It is not taken from `task`, which
    /// is still `None` if all of this happens in the first poll of the connection's task.
    hidden_end: Option<Waker>,
    /// The number of bytes read and written since the last check.
    moved: u64,
    slow_looks: u8,
    stage: Stage,
    /// The number of bytes received of the current head.
    head: usize,
    /// The memory charged for hyper's buffers, and the size of the buffers apart from their growth for a
    /// long head. The read buffer grows with the number of bytes that a read returns.
    buffers: Charge,
    room: usize,
    /// The memory charged for the body of the current response until it is written, and for the bodies
    /// of earlier responses if the client sent the current request without waiting for them.
    response: Charge,
    earlier: Charge,
}

/// The state of the current request's body.
#[derive(Default)]
struct RequestState {
    /// The number of the request on its connection. Reports from the body of an earlier request are
    /// ignored.
    number: u64,
    receiving: Receiving,
    /// Whether the body has not been dropped, so that more of it may be read.
    is_held: bool,
    /// Since when a reader waits for more of the body, and the reader's waker.
    waits_since: Option<Instant>,
    reader: Option<Waker>,
}

/// How far a request's body has been received.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Receiving {
    /// The body has been received completely, or there is none.
    #[default]
    Complete,
    Unfinished,
    /// The client has closed its sending side before the end of the body.
    Truncated,
    TimedOut,
    /// The body is not complete, and the rest will not be read.
    Abandoned,
}

/// The reason why no more of a request's body can be read, although the body is not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyEnd {
    Truncated,
    TimedOut,
}

/// The deadline that has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expired {
    /// A deadline of the connection: the connection is closed. Contains the name of the timeout, which
    /// is an option of `Router` except while lingering.
    Connection(&'static str),
    /// The deadline of the request's body. The reader of the body has been woken and receives an error.
    Body,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State {
            phase: HttpPhase::Connected,
            since: None,
            lingers_since: None,
            body: RequestState::default(),
            write_stalls: None,
            is_flushed: false,
            task: None,
            hidden_end: None,
            moved: 0,
            slow_looks: 0,
            stage: Stage::Serving,
            head: 0,
            buffers: Charge::default(),
            room: BUFFERS,
            response: Charge::default(),
            earlier: Charge::default(),
        }))
    }

    /// Records that bytes have arrived. Returns whether there is memory for them.
    pub(super) fn has_read(&self, bytes: usize) -> bool {
        let mut state = self.0.lock();
        state.moved += bytes as u64;
        if bytes >= state.room {
            state.room = (2 * bytes).min(MOST_BUFFERS);
        }
        match state.phase {
            HttpPhase::Connected | HttpPhase::Idle => state.enter(HttpPhase::Head),
            HttpPhase::Lingering => state.since = None,
            HttpPhase::Head | HttpPhase::Serving | HttpPhase::Answered | HttpPhase::Upgraded => {}
        }
        state.phase != HttpPhase::Head || state.gather_head(bytes)
    }

    /// Records that the client has closed its sending side. Returns whether this has to be hidden from
    /// hyper for now: hyper would drop the request that is being answered, although the client may still
    /// wait for the response. `reader` is woken when the response is written.
    pub(super) fn client_closed(&self, reader: &Waker) -> bool {
        let mut state = self.0.lock();
        let hides = matches!(state.phase, HttpPhase::Serving | HttpPhase::Answered);
        state.hidden_end = hides.then(|| reader.clone());
        let reader = if hides && state.body.receiving == Receiving::Unfinished {
            state.body.end(Receiving::Truncated)
        } else {
            None
        };
        drop(state);
        wake(reader);
        hides
    }

    /// Records that bytes have been written.
    pub(super) fn has_written(&self, bytes: usize) {
        let mut state = self.0.lock();
        state.moved += bytes as u64;
        state.write_stalls = None;
    }

    /// Records that the client currently accepts no more bytes.
    pub(super) fn cannot_write(&self) {
        self.0.lock().write_stalls.get_or_insert_with(Instant::now);
    }

    /// Records that all bytes written so far have been flushed.
    pub(super) fn has_flushed(&self) {
        let mut state = self.0.lock();
        state.write_stalls = None;
        state.earlier.set(0);
        if state.phase == HttpPhase::Answered {
            state.is_flushed = true;
            state.response.set(0);
            // Called from the connection's task itself, so only a hidden end requires waking it.
            let reader = state.end_request().then(|| state.hidden_end.take());
            drop(state);
            wake(reader.flatten());
        }
    }

    /// Records that a request's head is complete. Returns the number of the request.
    pub(super) fn begin_request(&self, has_body: bool) -> u64 {
        let mut state = self.0.lock();
        state.phase = HttpPhase::Serving;
        state.is_flushed = false;
        state.head = 0;
        let room = state.room;
        state.buffers.set(room);
        let response = mem::take(&mut state.response);
        let earlier = state.earlier.bytes() + response.bytes();
        state.earlier.set(earlier);
        let number = state.body.number + 1;
        state.body = RequestState {
            number,
            receiving: match has_body {
                true => Receiving::Unfinished,
                false => Receiving::Complete,
            },
            is_held: has_body,
            ..RequestState::default()
        };
        number
    }

    /// Records that a response has been created, whose body takes this number of bytes until it is
    /// written.
    pub(super) fn begin_response(&self, bytes: usize) {
        self.0.lock().response.set(bytes);
    }

    /// Records that the response, including its body, has been handed over to hyper.
    pub(super) fn end_response(&self) {
        let mut state = self.0.lock();
        if state.phase == HttpPhase::Serving {
            state.phase = HttpPhase::Answered;
        }
    }

    /// Records that the response is a 101, so that the connection no longer uses HTTP.
    pub(super) fn upgrade(&self) {
        let mut state = self.0.lock();
        state.phase = HttpPhase::Upgraded;
        state.buffers.set(0);
    }

    /// Records that a part of a request's body, or the rest of it, has been received.
    pub(super) fn body_moved(&self, request: u64, is_complete: bool) {
        let mut state = self.0.lock();
        let Some(body) = state.body.of(request) else {
            return;
        };
        body.waits_since = None;
        if is_complete {
            body.receiving = Receiving::Complete;
        } else if body.receiving == Receiving::TimedOut {
            // The bytes arrived in time. The timeout passed because the handler did not read them.
            body.receiving = Receiving::Unfinished;
        }
    }

    /// Records that `reader` waits for more of a request's body. Returns `Err` if nothing more can be
    /// read.
    pub(super) fn body_waits(&self, request: u64, reader: &Waker) -> Result<(), BodyEnd> {
        let mut state = self.0.lock();
        let Some(body) = state.body.of(request) else {
            return Ok(());
        };
        match body.receiving {
            Receiving::Truncated => return Err(BodyEnd::Truncated),
            Receiving::TimedOut => return Err(BodyEnd::TimedOut),
            Receiving::Complete | Receiving::Unfinished | Receiving::Abandoned => {}
        }
        let is_new = body.waits_since.is_none();
        body.waits_since.get_or_insert_with(Instant::now);
        match &mut body.reader {
            Some(other) => other.clone_from(reader),
            none => *none = Some(reader.clone()),
        }
        // If the reader is the connection's own task, that task checks its timer after this call. If the
        // reader is another task, the connection's task has to be woken to check the timer.
        let is_own = |task: &Waker| task.will_wake(reader);
        if is_new && !state.task.as_ref().is_some_and(is_own) {
            let task = state.task.clone();
            drop(state);
            wake(task);
        }
        Ok(())
    }

    /// Records that a request's body has been dropped. With `is_abandoned`, the rest of it will not be
    /// read.
    pub(super) fn body_dropped(&self, request: u64, is_abandoned: bool) {
        let mut state = self.0.lock();
        let Some(body) = state.body.of(request) else {
            return;
        };
        body.is_held = false;
        body.waits_since = None;
        body.reader = None;
        if is_abandoned && body.receiving == Receiving::Unfinished {
            body.receiving = Receiving::Abandoned;
        }
        // If the connection is idle now, its task has to update the timer.
        let is_news = state.end_request();
        let task = if is_news {
            state.hidden_end.take().or(state.task.clone())
        } else {
            None
        };
        drop(state);
        wake(task);
    }

    /// Whether the connection ends after the current request, because the server is shutting down or the
    /// rest of the request's body will not be read. If the body is `small`, the rest may still be read.
    pub(super) fn is_last(&self, small: bool) -> bool {
        let state = self.0.lock();
        state.stage != Stage::Serving
            || match state.body.receiving {
                Receiving::Complete => false,
                Receiving::Unfinished => !small,
                Receiving::Truncated | Receiving::TimedOut | Receiving::Abandoned => true,
            }
    }

    /// Records that the server has entered this stage. The count of transferred bytes starts again at 0.
    pub(super) fn enter_stage(&self, stage: Stage) {
        let mut state = self.0.lock();
        state.stage = state.stage.max(stage);
        state.moved = 0;
        let task = state.task.clone();
        drop(state);
        wake(task);
    }

    /// Records that the sending side is closed. Returns whether the client may still be sending. If so,
    /// the bytes that it sends have to be read: otherwise the kernel resets the connection, and the
    /// response is lost.
    pub(super) fn begin_linger(&self) -> bool {
        let mut state = self.0.lock();
        match state.phase {
            HttpPhase::Lingering => return true,
            HttpPhase::Upgraded => return false,
            _ => {}
        }
        let lingers = state.phase == HttpPhase::Head || state.body.receiving != Receiving::Complete;
        if lingers {
            state.enter(HttpPhase::Lingering);
            state.lingers_since = None;
        }
        lingers
    }

    /// Returns the stage of the server and the next deadline, which applies if nothing is reported
    /// before it. Called when the connection's task is about to wait.
    pub(super) fn wait(&self, timeouts: &Timeouts, task: &Waker) -> (Stage, Option<Instant>) {
        let mut state = self.0.lock();
        match &mut state.task {
            Some(other) => other.clone_from(task),
            none => *none = Some(task.clone()),
        }
        let since = *state.since.get_or_insert_with(Instant::now);
        state.lingers_since.get_or_insert(since);
        let deadline = state.deadline(timeouts);
        (state.stage, deadline.map(|(at, _)| at))
    }

    /// Returns the deadline that has passed, if there is one. A deadline of the request's body is
    /// returned only once.
    pub(super) fn take_expired(&self, timeouts: &Timeouts) -> Option<Expired> {
        let mut state = self.0.lock();
        let (at, expired) = state.deadline(timeouts)?;
        if Instant::now() < at {
            return None;
        }
        if expired == Expired::Body {
            let reader = state.body.end(Receiving::TimedOut);
            drop(state);
            wake(reader);
        }
        Some(expired)
    }

    /// Returns since when the connection has been receiving a head that is still incomplete.
    pub(super) fn head_since(&self) -> Option<Instant> {
        let state = self.0.lock();
        state.since.filter(|_| state.phase == HttpPhase::Head)
    }

    /// Checks a connection during the shutdown. Returns whether the connection is busy only because its
    /// client is too slow: the client has transferred nothing `for_long`, or too little before each of
    /// the last checks.
    pub(super) fn is_held_up_by_client(&self, for_long: Duration) -> bool {
        let mut state = self.0.lock();
        let moved = mem::take(&mut state.moved);
        let lingers = state.since.filter(|_| state.phase == HttpPhase::Lingering);
        let waits = [state.body.waits_since, state.write_stalls, lingers];
        let waits = waits.into_iter().flatten().min();
        state.slow_looks = match waits {
            Some(_) if moved < SLOWEST => state.slow_looks + 1,
            _ => 0,
        };
        waits.is_some_and(|since| since.elapsed() >= for_long) || state.slow_looks >= SLOW_LOOKS
    }
}

fn wake(task: Option<Waker>) {
    if let Some(task) = task {
        task.wake();
    }
}

impl RequestState {
    /// Returns the state if it belongs to this request.
    fn of(&mut self, request: u64) -> Option<&mut Self> {
        (self.number == request).then_some(self)
    }

    /// Records that no more of the body will be received. Returns the waker of its reader.
    fn end(&mut self, receiving: Receiving) -> Option<Waker> {
        self.receiving = receiving;
        self.waits_since = None;
        self.reader.take()
    }
}

impl State {
    fn enter(&mut self, phase: HttpPhase) {
        self.phase = phase;
        self.since = None;
    }

    /// Counts received bytes of a head. Returns whether there is memory for them.
    fn gather_head(&mut self, bytes: usize) -> bool {
        // The first read may also contain a part of the body, so its size does not tell the size of the
        // head.
        let is_long = self.head >= BUFFERS;
        self.head += bytes;
        // A full buffer is replaced by one of twice its size, and both exist for a while.
        let growth = if is_long { 2 * self.head } else { 0 };
        self.buffers.set(self.room + growth);
        !is_long || !memory::is_full()
    }

    /// Enters `Idle` if the response is written and the request's body can no longer be read. Returns
    /// whether it does so.
    fn end_request(&mut self) -> bool {
        let is_over = self.phase == HttpPhase::Answered && self.is_flushed && !self.body.is_held;
        if is_over {
            self.enter(HttpPhase::Idle);
        }
        is_over
    }

    fn deadline(&self, timeouts: &Timeouts) -> Option<(Instant, Expired)> {
        let after = |since: Option<Instant>, timeout: Option<Duration>, option| {
            Some((since? + timeout?, Expired::Connection(option)))
        };
        let of_phase = match self.phase {
            HttpPhase::Connected => after(self.since, timeouts.connect, "`connect_timeout`"),
            HttpPhase::Idle => after(self.since, timeouts.keep_alive, "`keep_alive_timeout`"),
            HttpPhase::Head => after(self.since, timeouts.head, "`head_timeout`"),
            HttpPhase::Serving | HttpPhase::Answered => {
                let body = self.body.waits_since.zip(timeouts.body);
                body.map(|(since, timeout)| (since + timeout, Expired::Body))
            }
            HttpPhase::Lingering => {
                let at = (self.since? + LINGER_SILENCE).min(self.lingers_since? + LINGER);
                Some((at, Expired::Connection("the time to close")))
            }
            HttpPhase::Upgraded => return None,
        };
        let write = after(self.write_stalls, timeouts.write, "`write_timeout`");
        of_phase.into_iter().chain(write).min_by_key(|(at, _)| *at)
    }
}
