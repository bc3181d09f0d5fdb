//! The accept loop.

use super::{Listener, connection::Connections};
use crate::log::{self, RateLimited};
use std::{
    future::poll_fn,
    io::{self, ErrorKind},
    net::SocketAddr,
    pin::pin,
    task::Poll,
    time::Duration,
};
use tokio::{task::coop::unconstrained, time::sleep};

/// The pause after a failure to accept, and the longest pause: each further failure doubles the pause up to
/// this limit.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The maximum number of connections that are accepted from the listen queue after `end` has resolved. The
/// queue may be this long, and clients may add to it while it is being emptied.
const LONGEST_QUEUE: usize = 65_535;

/// Accepts and serves connections until `end` resolves. Then serves the connections that are still in
/// the listen queue, and stops listening.
pub(super) async fn accept_until(
    end: impl Future<Output = ()>,
    mut listener: impl Listener,
    connections: &Connections,
) {
    tokio::select! {
        () = end => {}
        () = accept(&mut listener, connections) => {}
    }
    connections.begin_shutdown();
    // The listen queue is emptied, because clients in it are already connected and would otherwise be reset.
    for _ in 0..LONGEST_QUEUE {
        if !connections.count().has_room() {
            break;
        }
        match waiting(&mut listener).await {
            Some(Ok((stream, remote))) => connections.serve(stream, remote),
            Some(Err(error)) if concerns_one_connection(&error) => {}
            Some(Err(_)) | None => break,
        }
    }
}

/// Accepts a connection that is already in the listen queue, if there is one.
async fn waiting<L: Listener>(listener: &mut L) -> Option<io::Result<(L::Io, SocketAddr)>> {
    // Without tokio's budget, which would make the queue look empty after 128 connections.
    let mut accept = pin!(unconstrained(listener.accept()));
    poll_fn(|cx| {
        Poll::Ready(match accept.as_mut().poll(cx) {
            Poll::Ready(accepted) => Some(accepted),
            Poll::Pending => None,
        })
    })
    .await
}

async fn accept(listener: &mut impl Listener, connections: &Connections) {
    static LINE: RateLimited = RateLimited::new();
    let mut pause = FIRST_PAUSE;
    loop {
        // At the limit, clients wait in the listen queue.
        connections.count().room().await;
        match listener.accept().await {
            Ok((stream, remote)) => {
                pause = FIRST_PAUSE;
                connections.serve(stream, remote);
            }
            Err(error) if concerns_one_connection(&error) => {}
            Err(error) => {
                // Usually no file descriptor is available: without a pause, this loop would spin until
                // one is free. Logged once per period of failures and at most once per second, because
                // clients that connect and disconnect at the limit cause many short periods.
                if pause == FIRST_PAUSE && LINE.allows() {
                    log::error!(%error, "cannot accept connections");
                }
                sleep(pause).await;
                pause = LONGEST_PAUSE.min(pause * 2);
            }
        }
    }
}

/// Whether the error means that a client disconnected while it waited in the listen queue.
fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset
    )
}
