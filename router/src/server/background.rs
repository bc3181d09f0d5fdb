//! The user's background tasks, which run as long as the server.

use crate::{
    app::{Starter, StopSignal},
    hub::Hub,
    log,
    user_error::panic_message,
};
use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    task::Poll,
};
use tokio::{sync::watch, task::JoinSet};

/// The background tasks of a running server. Dropping this value aborts them.
pub(super) struct Background {
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Background {
    pub(super) fn start(starters: Vec<Starter>, hub: &Hub) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for starter in starters {
            let (hub, stopped) = (hub.clone(), StopSignal::new(stopped.clone()));
            tasks.spawn(guarded(async move { starter(hub, stopped).await }));
        }
        Self { tasks, stop }
    }

    /// Tells the tasks to end.
    pub(super) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Resolves when all tasks have ended.
    pub(super) async fn ended(&mut self) {
        // Panics have already been caught and logged.
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Runs a task so that a panic ends only this task.
async fn guarded(task: impl Future<Output = ()>) {
    let mut task = Box::pin(task);
    poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(cx))) {
            Ok(poll) => poll,
            Err(panic) => {
                log::error!(
                    panic = log::plain(panic_message(&*panic)),
                    "a background task panicked"
                );
                Poll::Ready(())
            }
        },
    )
    .await;
}
