//! Tests the `basic` server, and `by_hand`, which is the same without attributes.

mod support;

use support::{Client, Server, get, run_to_end};
use tokio_tungstenite::tungstenite::Message;

/// Each test runs with both servers.
const SERVERS: [&str; 2] = [env!("CARGO_BIN_EXE_basic"), env!("CARGO_BIN_EXE_by_hand")];

#[tokio::test]
async fn the_page_and_the_socket_share_a_path() {
    for program in SERVERS {
        let server = Server::start(program).await;
        let page = get(server.addr, "/").await;
        assert_eq!((page.status, page.body.as_str()), (200, "WebSocket Server"));

        let mut client = Client::connect(server.addr, "/").await;
        client.expect("Welcome to the server!").await;
        client.close("done").await;
        server.stop().await;
    }
}

#[tokio::test]
async fn messages_are_echoed() {
    for program in SERVERS {
        let server = Server::start(program).await;
        let mut client = Client::connect(server.addr, "/").await;
        client.expect("Welcome to the server!").await;

        client.say("Hello Server!").await;
        client.expect("Echo: Hello Server!").await;
        client.say("").await;
        client.expect("Echo: ").await;
        client.send(Message::binary(vec![0, 159, 146, 150])).await;
        client.expect("Echo: Binary data received").await;
        client.say("grüße").await;
        client.expect("Echo: grüße").await;
    }
}

#[tokio::test]
async fn every_client_is_logged_by_its_own_id() {
    for program in SERVERS {
        let mut server = Server::start(program).await;
        let mut first = Client::connect(server.addr, "/").await;
        first.expect("Welcome to the server!").await;
        server.logged("Client connected: 127.0.0.1:").await;
        let mut second = Client::connect(server.addr, "/").await;
        second.expect("Welcome to the server!").await;
        server.logged("Client connected: 127.0.0.1:").await;

        second.say("two").await;
        server.logged("Message from user-2: \"two\"").await;
        first.send(Message::binary(vec![1])).await;
        server
            .logged("Message from user-1: \"Binary data received\"")
            .await;
        first.expect("Echo: Binary data received").await;
        second.expect("Echo: two").await;
        second.close("bye").await;
        server
            .logged("Client user-2 disconnected: \"bye\" (1000)")
            .await;
        drop(first);
        server
            .logged("Client user-1 disconnected: \"\" (1006)")
            .await;
    }
}

#[tokio::test]
async fn a_client_that_reads_late_receives_everything_and_drain_is_called() {
    for program in SERVERS {
        let mut server = Server::start(program).await;
        let mut client = Client::connect_narrow(server.addr, "/").await;
        client.expect("Welcome to the server!").await;

        // The reply to this message exceeds the kernel's buffers. Two short messages, the marks, follow. Each
        // mark is sent only when the server has logged the message before it. So the server handles the mark
        // in a later read. By then it has tried to write the large reply, and the client has not read yet.
        let large = "x".repeat(8 * 1024 * 1024);
        client.say(&large).await;
        server.logged("Message from user-1: \"xxx").await;
        for mark in ["first mark", "second mark"] {
            client.say(mark).await;
            server
                .logged(&format!("Message from user-1: {mark:?}"))
                .await;
        }

        let echo = client.text().await;
        assert!(echo == format!("Echo: {large}"), "{} bytes", echo.len());
        client.expect("Echo: first mark").await;
        client.expect("Echo: second mark").await;
        server.logged("Backpressure relieved for user-1").await;
    }
}

#[tokio::test]
async fn a_signal_closes_every_client_and_ends_the_process_successfully() {
    for program in SERVERS {
        let server = Server::start(program).await;
        let mut client = Client::connect(server.addr, "/").await;
        client.expect("Welcome to the server!").await;

        server.terminate();
        let (code, reason) = client.closed_by_server().await;
        assert_eq!((code, reason.as_str()), (1001, "server shutting down"));
        let (status, said, logged) = server.ended().await;
        assert!(status.success(), "{status}, {logged:?}");
        assert!(said.is_empty(), "{said:?}");
    }
}

#[tokio::test]
async fn an_address_in_use_is_reported_without_a_panic() {
    for program in SERVERS {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = taken.local_addr().unwrap();
        let (status, log) = run_to_end(program, &[("PORT", &addr.port().to_string())]).await;
        assert_eq!(status.code(), Some(1), "{log}");
        assert!(log.contains(&addr.to_string()), "{log}");
        assert!(log.to_lowercase().contains("in use"), "{log}");
        assert!(!log.contains("panicked"), "{log}");
    }
}
