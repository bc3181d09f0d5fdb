//! The signal by which background tasks learn of the shutdown.

use std::fmt;
use tokio::sync::watch;

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
    pub(crate) fn new(stops: watch::Receiver<bool>) -> Self {
        Self(stops)
    }

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
