//! The accept loop.

use super::{Listener, connection::Connections};
use std::{
    io::{self, ErrorKind},
    time::Duration,
};
use tokio::time::sleep;

/// How long accepting pauses when the system refuses, and the most that this doubles to.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

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
}

async fn accept(listener: &mut impl Listener, connections: &Connections) {
    let mut pause = FIRST_PAUSE;
    loop {
        match listener.accept().await {
            Ok((stream, remote)) => {
                pause = FIRST_PAUSE;
                connections.serve(stream, remote);
            }
            Err(error) if concerns_one_connection(&error) => {}
            Err(error) => {
                // No file descriptors, usually: without a pause this loop would spin until one
                // is free. Said once for each such time.
                if pause == FIRST_PAUSE {
                    tracing::error!(%error, "cannot accept connections");
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
