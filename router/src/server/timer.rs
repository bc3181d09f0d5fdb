//! A timer for deadlines that change more often than they pass.

use std::{
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};
use tokio::{
    task::coop::unconstrained,
    time::{Instant, Sleep, sleep_until},
};

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
            // Without `unconstrained`, a task that has used up its budget would get `Pending` here although
            // its waker is not registered.
            ready!(pin!(unconstrained(sleep.as_mut())).poll(cx));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::poll_fn, time::Duration};
    use tokio::{task::coop::poll_proceed, time::timeout};

    #[tokio::test(start_paused = true)]
    async fn a_deadline_that_is_set_with_no_budget_left_passes() {
        let due = Instant::now() + Duration::from_secs(1);
        // Only a task has a budget.
        let task = tokio::spawn(async move {
            let (mut timer, mut has_budget) = (Timer::new(), true);
            poll_fn(|cx| {
                while has_budget {
                    match poll_proceed(cx) {
                        Poll::Ready(budget) => budget.made_progress(),
                        Poll::Pending => has_budget = false,
                    }
                }
                timer.poll_past(cx, Some(due))
            })
            .await;
        });
        let in_time = timeout(Duration::from_secs(60), task).await;
        in_time.expect("the timer wakes its task").unwrap();
    }
}
