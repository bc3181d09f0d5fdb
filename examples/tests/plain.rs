//! Tests the `plain` server.

mod support;

use support::{Client, Server, get, run_to_end};
use tokio_tungstenite::tungstenite::Message;

const PLAIN: &str = env!("CARGO_BIN_EXE_plain");

#[tokio::test]
async fn pages() {
    let server = Server::start(PLAIN).await;
    for (path, status, body) in [
        ("/", 200, "Hello, World!"),
        ("/users/42", 200, "user 42"),
        ("/users/a%20b", 200, "user a b"),
        ("/users", 404, "Not Found"),
    ] {
        let reply = get(server.addr, path).await;
        assert_eq!(
            (reply.status, reply.body.as_str()),
            (status, body),
            "{path}"
        );
    }
    let logged = server.stop().await;
    assert!(logged.is_empty(), "the server logs: {logged:?}");
}

#[tokio::test]
async fn echo_sends_every_message_back() {
    let server = Server::start(PLAIN).await;
    let mut client = Client::connect(server.addr, "/echo").await;
    for message in [
        Message::text("hi"),
        Message::text(""),
        Message::binary(vec![0, 1, 255]),
        Message::binary(vec![]),
        Message::text("é".repeat(40_000)),
        Message::binary(vec![7; 300_000]),
    ] {
        client.send(message.clone()).await;
        let echo = client.next().await;
        assert!(echo == message, "{} bytes of {}", echo.len(), message.len());
    }
}

#[tokio::test]
async fn echo_keeps_the_order() {
    let server = Server::start(PLAIN).await;
    let mut client = Client::connect(server.addr, "/echo").await;
    for n in 0..500 {
        client.say(&n.to_string()).await;
    }
    for n in 0..500 {
        client.expect(&n.to_string()).await;
    }
}

/// Checks the rule of `/topic`: a message goes to all other clients, never back to its sender.
async fn speak_in_turn(server: &Server) {
    let mut clients = Vec::new();
    for _ in 0..4 {
        let mut client = Client::connect(server.addr, "/topic").await;
        client.caught_up().await;
        clients.push(client);
    }
    for speaker in 0..clients.len() {
        let text = format!("from {speaker}");
        clients[speaker].say(&text).await;
        for (n, client) in clients.iter_mut().enumerate() {
            if n != speaker {
                client.expect(&text).await;
            }
        }
    }
    // This fails for a client that has received its own message, because that message comes first.
    for client in &mut clients {
        client.caught_up().await;
    }
}

#[tokio::test]
async fn topic_sends_to_all_others() {
    let server = Server::start(PLAIN).await;
    speak_in_turn(&server).await;
}

#[tokio::test]
async fn topic_sends_to_all_others_across_threads() {
    let server = Server::start_with(PLAIN, &[("THREADS", "4")]).await;
    speak_in_turn(&server).await;
}

#[tokio::test]
async fn rooms_are_joined_and_left_by_name() {
    let server = Server::start(PLAIN).await;
    let mut member = Client::connect(server.addr, "/rooms").await;
    member.say("+red").await;
    member.caught_up().await;
    let mut publisher = Client::connect(server.addr, "/rooms").await;
    for text in ["blue hidden", "red seen"] {
        publisher.say(text).await;
    }
    member.expect("red seen").await;
    member.say("-red").await;
    member.caught_up().await;
    publisher.say("red gone").await;
    publisher.caught_up().await;
    member.caught_up().await;
}

#[tokio::test]
async fn topic_refuses_binary_messages() {
    let server = Server::start(PLAIN).await;
    let mut client = Client::connect(server.addr, "/topic").await;
    client.send(Message::binary(vec![1])).await;
    let (code, _) = client.closed_by_server().await;
    assert_eq!(code, 1003);
}

#[tokio::test]
async fn held_answers_in_order() {
    let server = Server::start(PLAIN).await;
    let mut client = Client::connect(server.addr, "/held").await;
    let long = "long ".repeat(10_000);
    for text in ["one", &long, "", "two"] {
        client.say(text).await;
    }
    for text in ["one", &long, "", "two"] {
        client.expect(text).await;
    }
}

#[tokio::test]
async fn a_signal_closes_every_client_and_ends_the_process_successfully() {
    for threads in ["1", "2"] {
        let server = Server::start_with(PLAIN, &[("THREADS", threads)]).await;
        let mut clients = Vec::new();
        for path in ["/echo", "/topic", "/held"] {
            let mut client = Client::connect(server.addr, path).await;
            client.caught_up().await;
            clients.push(client);
        }
        server.terminate();
        for client in clients {
            assert_eq!(client.closed_by_server().await.0, 1001);
        }
        let (status, said, logged) = server.ended().await;
        assert!(status.success(), "{status}, {logged:?}");
        assert!(said.is_empty(), "{said:?}");
    }
}

#[tokio::test]
async fn errors_name_the_settings_that_are_invalid() {
    for (name, value) in [("THREADS", "0"), ("THREADS", "many"), ("PORT", "70000")] {
        let (status, log) = run_to_end(PLAIN, &[(name, value)]).await;
        assert_eq!(status.code(), Some(1), "{log}");
        assert!(log.contains(&format!("{name}={value}")), "{log}");
        assert!(!log.contains("panicked"), "{log}");
    }
}
