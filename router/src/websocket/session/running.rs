//! Calling a handler.

use crate::{
    user_error::panic_message,
    websocket::{Event, HandlerResult, SocketError},
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

/// The result of a handler that has finished.
pub(super) type Handled = Result<(), SocketError>;

/// A handler that was called: finished or pending.
pub(super) enum Running<'a> {
    Done(Handled),
    Waiting(Waiting<'a>),
}

/// A pending handler. Its future is boxed, so that an idle connection reserves no space for it.
pub(super) struct Waiting<'a> {
    event: Event,
    future: Pin<Box<dyn Future<Output = HandlerResult> + Send + 'a>>,
}

/// Calls the method of an event: the synchronous or the `async` one, as set in `EVENTS` of the type `$M`.
macro_rules! call {
    ($M:ty, $event:expr, $module:expr, $now:ident | $later:ident($($argument:expr),*)) => {
        if <$M>::EVENTS.is_async($event) {
            $crate::websocket::session::running::later($event, || $module.$later($($argument),*))
        } else {
            $crate::websocket::session::running::now($event, || $module.$now($($argument),*))
        }
    };
}

pub(super) use call;

/// Calls a synchronous handler.
pub(super) fn now<'a>(event: Event, handler: impl FnOnce() -> HandlerResult) -> Running<'a> {
    Running::Done(guarded(event, handler).and_then(|outcome| ended(event, outcome)))
}

/// Calls an `async` handler.
///
/// This is not an `async` function, because it would hold the handler's future inside the session's
/// future, in addition to the box.
pub(super) fn later<'a, F>(event: Event, handler: impl FnOnce() -> F) -> Running<'a>
where
    F: Future<Output = HandlerResult> + Send + 'a,
{
    match guarded(event, handler) {
        Ok(future) => Running::Waiting(Waiting {
            event,
            future: Box::pin(future),
        }),
        Err(panic) => Running::Done(Err(panic)),
    }
}

fn ended(event: Event, outcome: HandlerResult) -> Handled {
    outcome.map_err(|fault| SocketError::new(event, fault))
}

impl Waiting<'_> {
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Handled> {
        match guarded(self.event, || self.future.as_mut().poll(cx)) {
            Ok(poll) => poll.map(|outcome| ended(self.event, outcome)),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }

    /// Drops the future, which may panic because the future holds values of the user. Returns the panic
    /// if `outcome` is `Ok`, and `outcome` otherwise.
    pub(super) fn finish(self, outcome: Handled) -> Handled {
        let Self { event, future } = self;
        match guarded(event, || drop(future)) {
            Ok(()) => outcome,
            Err(panic) => outcome.and(Err(panic)),
        }
    }
}

/// Runs user code and returns a panic as an error. After a panic the socket's data may be
/// half-changed, so the connection is closed as well.
fn guarded<T>(event: Event, run: impl FnOnce() -> T) -> Result<T, SocketError> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        let message = panic_message(&*payload);
        // The payload is also a value of the user, and dropping it may panic in turn.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
        SocketError::panic(event, message)
    })
}
