//! Stops servers as soon as they print that they are listening.

mod support;

use support::Server;

const SERVERS: [&str; 4] = [
    env!("CARGO_BIN_EXE_basic"),
    env!("CARGO_BIN_EXE_by_hand"),
    env!("CARGO_BIN_EXE_chat"),
    env!("CARGO_BIN_EXE_plain"),
];

/// A service manager may send the signal at any time after the server has started.
#[tokio::test]
async fn a_signal_right_after_the_start_ends_the_process_successfully() {
    for program in SERVERS {
        for _ in 0..20 {
            let server = Server::start(program).await;
            server.stop().await;
        }
    }
}
