//! The shutdown of the server.

use super::background::Background;
use crate::{app::App, log, websocket::Phase};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// The time that sessions are given after the deadline to notice that it has passed.
const ABORT_GRACE: Duration = Duration::from_millis(200);

/// Ends all sessions, connections and background tasks.
///
/// A Close frame with code 1001 is queued for every socket immediately. After four fifths of the
/// deadline, handlers that are still waiting are dropped, so that `close` handlers can use the remaining
/// time. `requests` resolves when all requests have ended, and `cut_off` ends those that are left at the
/// deadline.
pub(super) async fn shut_down(
    app: &App,
    background: &mut Background,
    deadline: Duration,
    requests: impl Future<Output = ()>,
    cut_off: impl FnOnce(),
) {
    let start = Instant::now();
    background.stop();
    for endpoint in app.endpoints() {
        endpoint.stop().await;
    }
    let count = || -> usize { app.endpoints().iter().map(|e| e.live().count()).sum() };
    let sockets = count();
    let mut finished = std::pin::pin!(async {
        // Requests first, because a request may still become a socket.
        requests.await;
        for endpoint in app.endpoints() {
            endpoint.live().alone().await;
        }
        background.ended().await;
    });

    let steps = [
        (deadline * 4 / 5, Phase::Cancelling),
        (deadline, Phase::Aborting),
    ];
    for (time, phase) in steps {
        if timeout_at(start + time, finished.as_mut()).await.is_ok() {
            log::info!(sockets, "shut down");
            return;
        }
        log::warn!(sockets = count(), ?phase, "shutdown is taking a long time");
        for endpoint in app.endpoints() {
            endpoint.advance(phase).await;
        }
    }
    cut_off();
    let _ = timeout_at(start + deadline + ABORT_GRACE, finished).await;
    log::warn!(sockets = count(), "shut down at the deadline");
}
