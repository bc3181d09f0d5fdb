//! A timer for deadlines that change more often than they pass.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::time::{Instant, Sleep, sleep_until};

/// A timer that is reset only when its deadline moves closer. If the deadline has moved further away,
/// the timer wakes its task once at the old time and is then set to the new one.
pub(super) struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    pub(super) fn new() -> Self {
        Self(None)
    }

    /// Resolves when the deadline has passed. Without a deadline, it never resolves.
    pub(super) fn poll_past(&mut self, cx: &mut Context<'_>, due: Option<Instant>) -> Poll<()> {
        let Some(due) = due else {
            return Poll::Pending;
        };
        loop {
            let sleep = match &mut self.0 {
                Some(sleep) if sleep.deadline() <= due => {
                    if !sleep.is_elapsed() {
                        // The timer has been polled since it was set, so its waker is registered.
                        return Poll::Pending;
                    }
                    if sleep.deadline() == due {
                        return Poll::Ready(());
                    }
                    sleep.as_mut().reset(due);
                    sleep
                }
                Some(sleep) => {
                    sleep.as_mut().reset(due);
                    sleep
                }
                none => none.insert(Box::pin(sleep_until(due))),
            };
            ready!(sleep.as_mut().poll(cx));
        }
    }
}
