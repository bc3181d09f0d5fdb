//! What an HTTP connection is doing, and since when: the base of all its timeouts.
//!
//! The stream, the request's body, the response's body and the connection's task each see a part of
//! what happens. They report it here, and the task asks how long it may go on. So a connection has
//! one timer, which is set anew only when a deadline comes closer, not for each request.

use crate::memory::{self, Charge};
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

/// The buffers that hyper has for each connection from its first request on, and the most that they grow to.
const BUFFERS: usize = 8 * 1024;
const MOST_BUFFERS: usize = 128 * 1024;

/// A client that moves fewer bytes between two looks is slow. During a shutdown it is not waited for.
const SLOWEST: u64 = 1024;

/// How many looks in a row a client may be slow: one lost packet takes longer than one look.
const SLOW_LOOKS: u8 = 2;

/// How far the end of the server has gone, as its HTTP connections see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Serving,
    /// Requests that are under way end; what is idle is closed.
    Finishing,
    CutOff,
}

/// What an HTTP connection is doing.
///
/// | phase | entered when | its deadline |
/// |---|---|---|
/// | `Connected` | the connection is accepted | `connect_timeout` |
/// | `Head` | bytes arrive while `Connected` or `Idle` | `head_timeout` |
/// | `Serving` | the head is complete | of the request's body, or of writing |
/// | `Answered` | the response's body has been handed over to hyper | the same |
/// | `Idle` | the response is written, and nobody reads the request's body any more | `keep_alive_timeout` |
/// | `Lingering` | the sending side is closed with bytes unread | the time to close |
/// | `Upgraded` | a 101 has been handed over; the connection is no longer HTTP's | none |
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
    /// When the phase began; while lingering, when the last bytes arrived. `None` until the connection's task
    /// waits next: it may go through several phases before, and only then is the time asked for.
    since: Option<Instant>,
    /// When lingering began; `None` as with `since`.
    lingers_since: Option<Instant>,
    body: RequestState,
    /// Since when the client has taken nothing of what is to be written.
    write_stalls: Option<Instant>,
    /// All of the response is written, and somebody still reads the request's body.
    is_flushed: bool,
    /// The connection's task, which has the timer.
    task: Option<Waker>,
    /// hyper does not know yet that the client has closed its sending side. Whom to wake when it
    /// may: the connection's task, which has no timer yet if all of this is in its first poll.
    hidden_end: Option<Waker>,
    /// Bytes read and written since the last look.
    moved: u64,
    slow_looks: u8,
    stage: Stage,
    /// Bytes of the head that is arriving.
    head: usize,
    /// What hyper keeps for the connection: its read buffer grows with what a read brings.
    buffers: Charge,
    room: usize,
    /// The response's body, until it is written; and those of requests before, which were sent without
    /// waiting for it.
    response: Charge,
    earlier: Charge,
}

/// The body of the current request.
#[derive(Default)]
struct RequestState {
    /// The number of the request on its connection: a body of an earlier one changes nothing.
    number: u64,
    receiving: Receiving,
    /// Whether somebody has the body, and may read on.
    is_held: bool,
    /// Since when somebody waits for more of it, and who.
    waits_since: Option<Instant>,
    reader: Option<Waker>,
}

/// How far a request's body has been received.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Receiving {
    /// To its end, or there is none.
    #[default]
    Complete,
    Unfinished,
    /// The client has closed its sending side before the end of the body.
    Truncated,
    TimedOut,
    /// It is not complete, and will not be read.
    Abandoned,
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

    /// Bytes have arrived. Returns whether there is memory for them.
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

    /// The client has closed its sending side. Returns whether hyper must not know yet: it would
    /// drop the request that is being answered, and the client may still wait for the answer.
    /// `reader` is woken when the answer is written.
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

    /// The client has taken bytes.
    pub(super) fn has_written(&self, bytes: usize) {
        let mut state = self.0.lock();
        state.moved += bytes as u64;
        state.write_stalls = None;
    }

    /// The client takes nothing right now.
    pub(super) fn cannot_write(&self) {
        self.0.lock().write_stalls.get_or_insert_with(Instant::now);
    }

    /// All that was written so far has been taken.
    pub(super) fn has_flushed(&self) {
        let mut state = self.0.lock();
        state.write_stalls = None;
        state.earlier.set(0);
        if state.phase == HttpPhase::Answered {
            state.is_flushed = true;
            state.response.set(0);
            // Called from the task itself, which knows the rest.
            let reader = state.end_request().then(|| state.hidden_end.take());
            drop(state);
            wake(reader.flatten());
        }
    }

    /// A request's head is complete. Returns the number of the request.
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

    /// There is a response, whose body takes this number of bytes until it is written.
    pub(super) fn begin_response(&self, bytes: usize) {
        self.0.lock().response.set(bytes);
    }

    /// The response has been handed over, with its body.
    pub(super) fn end_response(&self) {
        let mut state = self.0.lock();
        if state.phase == HttpPhase::Serving {
            state.phase = HttpPhase::Answered;
        }
    }

    /// The response is a 101: what follows is no longer HTTP's.
    pub(super) fn upgrade(&self) {
        let mut state = self.0.lock();
        state.phase = HttpPhase::Upgraded;
        state.buffers.set(0);
    }

    /// A part of a request's body has been received, or all of it.
    pub(super) fn body_moved(&self, request: u64, is_complete: bool) {
        let mut state = self.0.lock();
        let Some(body) = state.body.of(request) else {
            return;
        };
        body.waits_since = None;
        if is_complete {
            body.receiving = Receiving::Complete;
        } else if body.receiving == Receiving::TimedOut {
            // It arrived in time, and the handler was busy with something else.
            body.receiving = Receiving::Unfinished;
        }
    }

    /// Somebody waits for more of a request's body. `Err` if nothing more will come.
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
        // The connection's own task looks at its timer after this; another one's wait is news to it.
        let is_own = |task: &Waker| task.will_wake(reader);
        if is_new && !state.task.as_ref().is_some_and(is_own) {
            let task = state.task.clone();
            drop(state);
            wake(task);
        }
        Ok(())
    }

    /// Nobody has a request's body any more. With `is_abandoned` nobody will read the rest of it.
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
        // The connection may be idle now: its timer has to learn of that.
        let is_news = state.end_request();
        let task = if is_news {
            state.hidden_end.take().or(state.task.clone())
        } else {
            None
        };
        drop(state);
        wake(task);
    }

    /// Whether the connection ends after the current request: the server shuts down, or the rest of
    /// the request's body is not read. What is left of a `small` one may still be.
    pub(super) fn is_last(&self, small: bool) -> bool {
        let state = self.0.lock();
        state.stage != Stage::Serving
            || match state.body.receiving {
                Receiving::Complete => false,
                Receiving::Unfinished => !small,
                Receiving::Truncated | Receiving::TimedOut | Receiving::Abandoned => true,
            }
    }

    /// The server goes on to this stage. What moves from now on counts.
    pub(super) fn enter_stage(&self, stage: Stage) {
        let mut state = self.0.lock();
        state.stage = stage;
        state.moved = 0;
        let task = state.task.clone();
        drop(state);
        wake(task);
    }

    /// The sending side is closed. Returns whether the client may still be sending: then what it
    /// sends has to be read, or the kernel resets the connection and the response is lost.
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

    /// The stage of the server, and when something will have taken too long, if nothing moves until then.
    /// The connection's task is about to wait.
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

    /// What has taken too long by now. It is told once.
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

    /// Since when a part of a request's head has been there, and no more.
    pub(super) fn head_since(&self) -> Option<Instant> {
        let state = self.0.lock();
        state.since.filter(|_| state.phase == HttpPhase::Head)
    }

    /// One look at a connection during the shutdown. Returns whether only a client that is too slow
    /// keeps it busy: one that has moved nothing `for_long`, or too little at each of the last looks.
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
    /// The state, if it is of this request.
    fn of(&mut self, request: u64) -> Option<&mut Self> {
        (self.number == request).then_some(self)
    }

    /// No more of it will be received. Returns who waits for it.
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

    /// Counts bytes of a head. Returns whether there is memory for them.
    fn gather_head(&mut self, bytes: usize) -> bool {
        // The first read may contain a part of the body behind the head, so it says nothing about the head.
        let is_long = self.head >= BUFFERS;
        self.head += bytes;
        // A buffer that is filled is followed by one of twice its size, and both are there for a while.
        let growth = if is_long { 2 * self.head } else { 0 };
        self.buffers.set(self.room + growth);
        !is_long || !memory::is_full()
    }

    /// Becomes idle if the response is written and nobody reads the body. Returns whether it does.
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
            HttpPhase::Connected => after(self.since, timeouts.connect, "connect_timeout"),
            HttpPhase::Idle => after(self.since, timeouts.keep_alive, "keep_alive_timeout"),
            HttpPhase::Head => after(self.since, timeouts.head, "head_timeout"),
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
        let write = after(self.write_stalls, timeouts.write, "write_timeout");
        of_phase.into_iter().chain(write).min_by_key(|(at, _)| *at)
    }
}
