//! Settings for the time in which a server runs: background tasks and the shutdown.

use super::{LONGEST, Router};
use crate::{app::StopSignal, hub::Hub};
use std::time::Duration;

impl Router {
    /// Runs a background task for as long as the server runs.
    ///
    /// Examples are a clock, a clean-up job, or a listener to another service. The task starts when the
    /// server runs. It receives the app's hub, and a signal that is set when the shutdown begins.
    ///
    /// The shutdown waits for the task, up to the [deadline](Self::shutdown_deadline); then the task is
    /// dropped. A task may end earlier. The sockets are closed at the same time as the signal is set,
    /// so messages that the task publishes afterwards reach no client. A panic in a task is logged and
    /// ends only that task.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::{Hub, Router, StopSignal};
    /// use std::{sync::Arc, time::Duration};
    /// use tokio::time::interval;
    ///
    /// /// Publishes the number of subscribers every 10 seconds, and saves it at the end.
    /// async fn count(hub: Hub, stop: StopSignal) {
    ///     let mut ticks = interval(Duration::from_secs(10));
    ///     loop {
    ///         tokio::select! {
    ///             _ = stop.stopped() => break,
    ///             _ = ticks.tick() => {
    ///                 let count = hub.subscriber_count("lobby");
    ///                 hub.publish("lobby", format!("{count} are here"));
    ///             }
    ///         }
    ///     }
    ///     // save(…).await
    /// }
    ///
    /// let router = Router::new().background(count);
    /// ```
    pub fn background<T>(mut self, task: impl FnOnce(Hub, StopSignal) -> T + Send + 'static) -> Self
    where
        T: Future<Output = ()> + Send + 'static,
    {
        self.settings
            .background
            .push(Box::new(|hub, stop| Box::pin(task(hub, stop))));
        self
    }

    /// Sets how long a shutdown may take. Default: 10 seconds.
    ///
    /// At the start, every socket is closed with 1001. After four fifths of the time, handlers that are
    /// still waiting are dropped, and the `close` handlers of their sockets run. At the end, all
    /// remaining connections are cut off.
    ///
    /// # Examples
    ///
    /// For a supervisor that kills the process 30 seconds after SIGTERM:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let router = router::Router::new().shutdown_deadline(Duration::from_secs(25));
    /// ```
    pub fn shutdown_deadline(mut self, deadline: Duration) -> Self {
        self.settings.shutdown_deadline = deadline.min(LONGEST);
        self
    }

    /// Shuts down when `trigger` resolves, instead of at SIGINT or SIGTERM.
    ///
    /// # Examples
    ///
    /// A test ends its server:
    ///
    /// ```
    /// use router::Router;
    /// use tokio::sync::oneshot;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (stop, stopped) = oneshot::channel::<()>();
    /// let router = Router::new().shutdown_when(async move {
    ///     stopped.await.ok();
    /// });
    /// let server = router.bind("127.0.0.1:0").await?;
    /// let running = tokio::spawn(server.run());
    /// // Send requests to the server.
    /// drop(stop);
    /// running.await??;
    /// # Ok(())
    /// # }
    /// ```
    pub fn shutdown_when(mut self, trigger: impl Future<Output = ()> + Send + 'static) -> Self {
        self.settings.trigger = Some(Box::pin(trigger));
        self
    }
}
