//! The user's background tasks, which run as long as the server.

use crate::{hub::Hub, log, websocket::panic_message};
use std::{
    fmt,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::Poll,
};
use tokio::{sync::watch, task::JoinSet};

/// Tells a [background task](crate::Router::background) that the server is shutting down.
///
/// # Examples
///
/// ```
/// use router::{Hub, Router, StopSignal};
/// use std::time::Duration;
/// use tokio::time::interval;
///
/// async fn tick(hub: Hub, stop: StopSignal) {
///     let mut seconds = interval(Duration::from_secs(1));
///     loop {
///         tokio::select! {
///             _ = stop.stopped() => return,
///             _ = seconds.tick() => hub.publish("clock", "tick"),
///         };
///     }
/// }
///
/// let router = Router::new().background(tick);
/// ```
#[derive(Clone)]
pub struct StopSignal(watch::Receiver<bool>);

impl StopSignal {
    /// Resolves when the shutdown begins, or immediately if it has already begun.
    pub async fn stopped(&self) {
        // Fails if the server has been dropped, in which case the task has to end as well.
        let _ = self.0.clone().wait_for(|stops| *stops).await;
    }

    /// Whether the shutdown has begun.
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}

impl fmt::Debug for StopSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopSignal")
            .field("is_stopped", &self.is_stopped())
            .finish()
    }
}

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Creates a background task when its server starts to run.
pub(crate) type Starter = Box<dyn FnOnce(Hub, StopSignal) -> Task + Send>;

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
            let (hub, stopped) = (hub.clone(), StopSignal(stopped.clone()));
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
