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

/// How long accepting pauses when the system refuses, and the most that this doubles to.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The most connections that are accepted after the end: a queue may be so long, and is filled anew
/// while it is emptied.
const LONGEST_QUEUE: usize = 65_535;

/// Serves what connects, until `end` resolves; then stops listening.
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
    // Clients that the system has accepted already would be reset.
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

/// A connection that waits to be accepted, if there is one.
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
        // Beyond the limit clients wait in the listen queue.
        connections.count().room().await;
        match listener.accept().await {
            Ok((stream, remote)) => {
                pause = FIRST_PAUSE;
                connections.serve(stream, remote);
            }
            Err(error) if concerns_one_connection(&error) => {}
            Err(error) => {
                // No file descriptors, usually: without a pause this loop would spin until one
                // is free. Said once for each such time, and at most once a second: clients that
                // come and go at the limit make many short ones.
                if pause == FIRST_PAUSE && LINE.allows() {
                    log::error!(%error, "cannot accept connections");
                }
                sleep(pause).await;
                pause = LONGEST_PAUSE.min(pause * 2);
            }
        }
    }
}

/// Whether a client went away while it stood in the queue.
fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset
    )
}
