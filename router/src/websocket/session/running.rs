//! Calling a handler.

use crate::websocket::{Event, Outcome, SocketError, panic_message};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

/// How a handler has ended.
pub(super) type Handled = Result<(), SocketError>;

/// A handler that was called: it has run, or waits.
pub(super) enum Running<'a> {
    Done(Handled),
    Waiting(Waiting<'a>),
}

/// A handler that waits. Boxed, so that an idle connection holds no room for it.
pub(super) struct Waiting<'a> {
    event: Event,
    future: Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>,
}

/// Calls the method of an event, the one that `M::EVENTS` names.
macro_rules! call {
    ($event:expr, $module:expr, $now:ident | $later:ident($($argument:expr),*)) => {
        if M::EVENTS.is_async($event) {
            $crate::websocket::session::running::later($event, || $module.$later($($argument),*))
        } else {
            $crate::websocket::session::running::now($event, || $module.$now($($argument),*))
        }
    };
}

pub(super) use call;

/// Calls a plain handler.
pub(super) fn now<'a>(event: Event, handler: impl FnOnce() -> Outcome) -> Running<'a> {
    Running::Done(guarded(event, handler).and_then(|outcome| ended(event, outcome)))
}

/// Calls a handler that waits.
///
/// A plain function, not an `async` one: there the handler's future would be part of the
/// session's, beside the box.
pub(super) fn later<'a, F>(event: Event, handler: impl FnOnce() -> F) -> Running<'a>
where
    F: Future<Output = Outcome> + Send + 'a,
{
    match guarded(event, handler) {
        Ok(future) => Running::Waiting(Waiting {
            event,
            future: Box::pin(future),
        }),
        Err(panic) => Running::Done(Err(panic)),
    }
}

fn ended(event: Event, outcome: Outcome) -> Handled {
    outcome.map_err(|fault| SocketError::new(event, fault))
}

impl Waiting<'_> {
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Handled> {
        match guarded(self.event, || self.future.as_mut().poll(cx)) {
            Ok(poll) => poll.map(|outcome| ended(self.event, outcome)),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }

    /// Drops the future, which may panic as well as run: what it held is the user's.
    pub(super) fn finish(self, outcome: Handled) -> Handled {
        let Self { event, future } = self;
        match guarded(event, || drop(future)) {
            Ok(()) => outcome,
            Err(panic) => outcome.and(Err(panic)),
        }
    }
}

/// Runs user code; a panic is an error. The socket's data may be half-changed then, which is why
/// a panic also ends the connection.
fn guarded<T>(event: Event, run: impl FnOnce() -> T) -> Result<T, SocketError> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        let message = panic_message(&*payload);
        // The payload is the user's as well, and its drop may panic in turn.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
        SocketError::panic(event, message)
    })
}
