//! Tests the `chat` server: every command and every route, with several clients at once.

mod support;

use support::{Client, Server, get, request, run_to_end};
use tokio_tungstenite::tungstenite::Message;

const CHAT: &str = env!("CARGO_BIN_EXE_chat");
const ROOM_HELP: &str = "A room name is 1 to 32 letters, digits, dots, dashes or \
    underscores. The name \"announcements\" is reserved.";

/// Connects a client, and waits for the welcome, which follows its subscriptions.
async fn enter(server: &Server, path: &str) -> Client {
    let mut client = Client::connect(server.addr, path).await;
    client.expect("Welcome to the server!").await;
    client
}

async fn stats(server: &Server) -> String {
    let reply = get(server.addr, "/room-stats").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    reply.body
}

#[tokio::test]
async fn guests_are_numbered_and_every_client_receives_each_message() {
    let server = Server::start(CHAT).await;
    let mut first = enter(&server, "/").await;
    let mut second = enter(&server, "/").await;
    let mut bob = enter(&server, "/?name=bob").await;

    first.say("Hello Server!").await;
    for client in [&mut first, &mut second, &mut bob] {
        client.expect("guest-1: Hello Server!").await;
    }
    second.say("/shrug").await;
    for client in [&mut first, &mut second, &mut bob] {
        client.expect("guest-2: /shrug").await;
    }
    bob.say("hi").await;
    for client in [&mut first, &mut second, &mut bob] {
        client.expect("bob: hi").await;
    }
}

#[tokio::test]
async fn a_name_cannot_imitate_a_private_message() {
    let server = Server::start(CHAT).await;
    let mut eve = enter(&server, "/?name=%5BPM%20from%20bob%5D%3A").await;
    eve.say("hi").await;
    eve.expect("PM-from-bob: hi").await;

    let mut nameless = enter(&server, "/?name=%20").await;
    nameless.say("hi").await;
    nameless.expect("guest-1: hi").await;
}

#[tokio::test]
async fn joining_a_room_leaves_the_previous_room() {
    let server = Server::start(CHAT).await;
    let mut alice = enter(&server, "/?name=alice").await;
    let mut bob = enter(&server, "/?name=bob").await;
    let mut carol = enter(&server, "/?name=carol").await;
    carol.say("/join gaming").await;
    carol.expect("Joined room: gaming").await;
    carol.expect("carol joined the room").await;

    alice.say("/join gaming").await;
    alice.expect("Joined room: gaming").await;
    alice.expect("alice joined the room").await;
    carol.expect("alice joined the room").await;

    // A client that had received a wrong message would find it before the expected line.
    bob.say("anybody here?").await;
    bob.expect("bob: anybody here?").await;
    carol.say("over here").await;
    alice.expect("carol: over here").await;
    carol.expect("carol: over here").await;
    bob.caught_up().await;
}

#[tokio::test]
async fn only_rooms_can_be_joined() {
    let server = Server::start(CHAT).await;
    let mut eve = enter(&server, "/?name=eve").await;
    let mut bob = enter(&server, "/?name=bob").await;
    for line in [
        "/join user:bob",
        "/join announcements",
        "/join",
        "/join a b",
    ] {
        eve.say(line).await;
        eve.expect(ROOM_HELP).await;
    }
    bob.say("/whisper bob note to self").await;
    bob.expect("[PM from bob]: note to self").await;
    // Eve is still in the lobby, and in no other room.
    bob.say("hi").await;
    eve.expect("bob: hi").await;
}

#[tokio::test]
async fn a_whisper_reaches_only_its_recipient() {
    let server = Server::start(CHAT).await;
    let mut alice = enter(&server, "/?name=alice").await;
    let mut bob = enter(&server, "/?name=bob").await;
    let mut carol = enter(&server, "/?name=carol").await;
    // A whisper reaches a user in another room.
    bob.say("/join gaming").await;
    bob.expect("Joined room: gaming").await;
    bob.expect("bob joined the room").await;

    alice.say("/whisper bob hi there").await;
    bob.expect("[PM from alice]: hi there").await;
    alice.say("done").await;
    alice.expect("alice: done").await;
    carol.expect("alice: done").await;
    bob.caught_up().await;
}

#[tokio::test]
async fn the_sender_of_a_whisper_that_reaches_nobody_is_informed() {
    let server = Server::start(CHAT).await;
    let mut alice = enter(&server, "/?name=alice").await;
    alice.say("/whisper dave hi").await;
    alice.expect("No one here is called dave").await;
    alice.say("/whisper dave").await;
    alice
        .expect("A whisper needs a name and a message, as in /whisper bob hi")
        .await;
}

/// Connects a client that asks for notices, in `room`.
async fn enter_with_notices(server: &Server, name: &str, room: &str) -> Client {
    let path = format!("/?name={name}&room={room}&notices=true");
    let mut client = enter(server, &path).await;
    client.expect(&format!("Joined room: {room}")).await;
    client
}

#[tokio::test]
async fn notices_report_who_joins_and_leaves() {
    let server = Server::start(CHAT).await;
    let mut alice = enter_with_notices(&server, "alice", "lobby").await;
    let mut dave = enter_with_notices(&server, "dave", "gaming").await;
    // Bob did not ask for notices.
    let mut bob = enter(&server, "/?name=bob").await;
    alice.expect("bob joined the room").await;
    let carol = enter_with_notices(&server, "carol", "lobby").await;
    alice.expect("carol joined the room").await;
    carol.close("bye").await;
    alice.expect("carol left the room").await;

    bob.say("/join gaming").await;
    bob.expect("Joined room: gaming").await;
    bob.expect("bob joined the room").await;
    alice.expect("bob left the room").await;
    dave.expect("bob joined the room").await;
    // Joining the same room again does not leave it.
    bob.say("/join gaming").await;
    bob.expect("Joined room: gaming").await;
    bob.expect("bob joined the room").await;
    dave.expect("bob joined the room").await;

    alice.say("/join gaming").await;
    alice.expect("Joined room: gaming").await;
    for client in [&mut alice, &mut bob, &mut dave] {
        client.expect("alice joined the room").await;
    }
    // Bob's connection breaks.
    drop(bob);
    alice.expect("bob left the room").await;
    dave.expect("bob left the room").await;
    alice.caught_up().await;
    dave.caught_up().await;
}

#[tokio::test]
async fn a_client_may_begin_in_another_room() {
    let server = Server::start(CHAT).await;
    let mut alice = enter(&server, "/?name=alice&room=gaming").await;
    assert_eq!(stats(&server).await, r#"{"lobby":0,"gaming":1}"#);
    // A name that is not a room selects the lobby.
    let path = "/?name=eve&room=user:alice&notices=true";
    let mut eve = enter(&server, path).await;
    eve.expect("Joined room: lobby").await;
    eve.say("/whisper alice hi").await;
    alice.expect("[PM from eve]: hi").await;
    eve.expect("Whispered to alice").await;
    alice.caught_up().await;
}

#[tokio::test]
async fn notices_report_the_result_of_a_whisper() {
    let server = Server::start(CHAT).await;
    let mut alice = enter_with_notices(&server, "alice", "lobby").await;
    alice.say("/whisper bob hi").await;
    alice.expect("No one here is called bob").await;
    let mut bob = enter_with_notices(&server, "bob", "gaming").await;
    alice.say("/whisper bob hi again").await;
    alice.expect("Whispered to bob").await;
    bob.expect("[PM from alice]: hi again").await;
    bob.say("/whisper bob note to self").await;
    bob.expect("[PM from bob]: note to self").await;
    bob.expect("Whispered to bob").await;
}

#[tokio::test]
async fn a_whisper_that_is_dropped_is_not_reported_as_delivered() {
    let mut server = Server::start(CHAT).await;
    let mut slow = Client::connect_narrow(server.addr, "/?name=slow").await;
    slow.expect("Welcome to the server!").await;
    slow.say("/flood").await;
    server.logged("flood for \"slow\" paused after").await;

    let mut alice = enter_with_notices(&server, "alice", "lobby").await;
    let long = format!("/whisper slow {}", "x".repeat(512 * 1024));
    let mut answers = Vec::new();
    while answers
        .last()
        .is_none_or(|last| last == "Whispered to slow")
    {
        assert!(answers.len() < 10, "{answers:?}");
        alice.say(&long).await;
        answers.push(alice.text().await);
    }
    assert_eq!(
        answers.last().unwrap(),
        "Too much data is already queued for slow"
    );
}

#[tokio::test]
async fn a_binary_message_is_answered_with_four_bytes() {
    let server = Server::start(CHAT).await;
    let mut client = enter(&server, "/").await;
    client.send(Message::binary(vec![9; 1000])).await;
    assert_eq!(client.next().await, Message::binary(vec![1, 2, 3, 4]));
    client.send(Message::binary(vec![])).await;
    assert_eq!(client.next().await, Message::binary(vec![1, 2, 3, 4]));
}

#[tokio::test]
async fn room_stats_count_the_members_of_each_room() {
    let mut server = Server::start(CHAT).await;
    assert_eq!(stats(&server).await, r#"{"lobby":0,"gaming":0}"#);

    let mut alice = enter(&server, "/?name=alice").await;
    let mut bob = enter(&server, "/?name=bob").await;
    assert_eq!(stats(&server).await, r#"{"lobby":2,"gaming":0}"#);

    alice.say("/join gaming").await;
    alice.expect("Joined room: gaming").await;
    alice.expect("alice joined the room").await;
    assert_eq!(stats(&server).await, r#"{"lobby":1,"gaming":1}"#);

    bob.say("/join nowhere").await;
    bob.expect("Joined room: nowhere").await;
    assert_eq!(stats(&server).await, r#"{"lobby":0,"gaming":1}"#);

    // The close handler runs after the socket has left its topics, and it has run once this line is logged.
    drop(alice);
    server.logged("\"alice\" disconnected: 1006").await;
    assert_eq!(stats(&server).await, r#"{"lobby":0,"gaming":0}"#);
    bob.expect("bob joined the room").await;
    bob.close("bye\nERROR forged").await;
    let line = r#""bob" disconnected: 1000 "bye\nERROR forged""#;
    server.logged(line).await;
}

#[tokio::test]
async fn an_announcement_reaches_every_room() {
    let server = Server::start(CHAT).await;
    let mut alice = enter(&server, "/").await;
    let mut bob = enter(&server, "/?name=bob").await;
    bob.say("/join gaming").await;
    bob.expect("Joined room: gaming").await;
    bob.expect("bob joined the room").await;

    let reply = request(server.addr, "POST /announce", &[], "Tea is ready ☕").await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "Announced to 2"));
    alice.expect("Tea is ready ☕").await;
    bob.expect("Tea is ready ☕").await;

    let reply = request(
        server.addr,
        "POST /announce",
        &[("Content-Length", "0")],
        "",
    )
    .await;
    assert_eq!(reply.status, 400);
    alice.caught_up().await;
}

#[tokio::test]
async fn a_token_determines_the_name() {
    let server = Server::start(CHAT).await;
    let mut bob = enter(&server, "/?name=bob").await;
    let token = [("authorization", "Bearer alice-token")];
    let (mut alice, response) = Client::connect_with(server.addr, "/custom-ws", &token).await;
    assert_eq!(response.status(), 101);
    assert_eq!(response.headers()["x-user-id"], "alice");

    alice.expect("Welcome to the server!").await;
    alice.say("hi").await;
    alice.expect("alice: hi").await;
    bob.expect("alice: hi").await;
    bob.say("/whisper alice psst").await;
    alice.expect("[PM from bob]: psst").await;

    let token = [("authorization", "Bearer bob-token")];
    let (_, response) = Client::connect_with(server.addr, "/custom-ws", &token).await;
    assert_eq!(response.headers()["x-user-id"], "bob");
}

#[tokio::test]
async fn the_token_is_checked_before_the_upgrade() {
    let server = Server::start(CHAT).await;
    let good = ("Authorization", "Bearer alice-token");
    let bad = ("Authorization", "Bearer mallory");
    let upgrade = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let refused = (401, "Unauthorized");
    for (headers, expected) in [
        (vec![], refused),
        (vec![bad], refused),
        (upgrade.to_vec(), refused),
        ([&upgrade[..], &[bad]].concat(), refused),
        (vec![good], (400, "Failed to upgrade connection")),
        // A request without the key is not a handshake.
        (
            [&upgrade[..3], &[good]].concat(),
            (400, "Failed to upgrade connection"),
        ),
    ] {
        let reply = request(server.addr, "GET /custom-ws", &headers, "").await;
        assert_eq!((reply.status, reply.body.as_str()), expected, "{headers:?}");
    }
}

#[tokio::test]
async fn a_request_without_an_upgrade_receives_the_page() {
    let server = Server::start(CHAT).await;
    let page = get(server.addr, "/?name=bob").await;
    assert_eq!(page.status, 200);
    let kind = page.header("content-type").unwrap();
    assert!(kind.starts_with("text/html"), "{kind}");
    assert_eq!(page.body, include_str!("../src/bin/chat/chat.html"));
}

#[tokio::test]
async fn a_flood_pauses_while_the_client_does_not_read() {
    let mut server = Server::start(CHAT).await;
    let mut slow = Client::connect_narrow(server.addr, "/?name=slow").await;
    slow.expect("Welcome to the server!").await;
    slow.say("/flood").await;
    server.logged("flood for \"slow\" paused after").await;

    // The socket accepts nothing more, and other clients are not delayed by that.
    slow.say("/flood").await;
    server.logged("a second flood for \"slow\" refused").await;
    let mut other = enter(&server, "/?name=other").await;
    other.say("/join gaming").await;
    other.expect("Joined room: gaming").await;

    let mut texts = Vec::new();
    while !texts
        .last()
        .is_some_and(|text: &String| text.starts_with("flood complete: "))
    {
        texts.push(slow.text().await);
    }
    // The refusal of the second flood may have been received in between, or dropped because the queue was
    // full.
    texts.retain(|text| text != "A flood is already in progress");

    assert_eq!(texts.len(), 130);
    assert_eq!(texts[0], "flood of 128 messages, 65536 bytes each");
    for (text, n) in texts[1..=128].iter().zip(1..) {
        let head = format!("flood {n}/128 ");
        assert!(text.starts_with(&head), "{head}: {:?}", text.get(..30));
        assert_eq!(text.len(), 65536);
    }
    let pauses = texts[129]
        .strip_prefix("flood complete: 128 messages, ")
        .and_then(|rest| rest.strip_suffix(" pauses"))
        .unwrap();
    assert!(pauses.parse::<u32>().unwrap() >= 1, "{pauses}");
    server.logged("flood for \"slow\" finished").await;

    slow.say("back").await;
    slow.expect("slow: back").await;
}

#[tokio::test]
async fn a_client_that_reads_receives_two_floods() {
    let server = Server::start(CHAT).await;
    let mut client = enter(&server, "/").await;
    for _ in 0..2 {
        client.say("/flood").await;
        client
            .expect("flood of 128 messages, 65536 bytes each")
            .await;
        for n in 1..=128 {
            let text = client.text().await;
            assert!(text.starts_with(&format!("flood {n}/128 ")), "{n}");
            assert_eq!(text.len(), 65536);
        }
        let last = client.text().await;
        assert!(last.starts_with("flood complete: 128 messages, "), "{last}");
    }
}

#[tokio::test]
async fn a_signal_closes_every_client_and_ends_the_process_successfully() {
    let server = Server::start(CHAT).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(enter(&server, "/").await);
    }
    clients[1].say("/join gaming").await;
    clients[1].expect("Joined room: gaming").await;
    clients[1].expect("guest-2 joined the room").await;

    server.terminate();
    for client in clients {
        let (code, reason) = client.closed_by_server().await;
        assert_eq!((code, reason.as_str()), (1001, "server shutting down"));
    }
    let (status, said, mut logged) = server.ended().await;
    assert!(status.success(), "{status}, {logged:?}");
    assert!(said.is_empty(), "{said:?}");
    logged.retain(|line| line.contains("disconnected: 1001 \"server shutting down\""));
    assert_eq!(logged.len(), 3, "{logged:?}");
}

#[tokio::test]
async fn errors_at_the_start_are_reported_without_a_panic() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap();
    let (status, log) = run_to_end(CHAT, &[("PORT", &addr.port().to_string())]).await;
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains(&addr.to_string()), "{log}");
    assert!(log.to_lowercase().contains("in use"), "{log}");
    assert!(!log.contains("panicked"), "{log}");

    let (status, log) = run_to_end(CHAT, &[("PORT", "eighty")]).await;
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("PORT=eighty"), "{log}");
    assert!(!log.contains("panicked"), "{log}");
}

#[tokio::test]
async fn the_routes_can_be_listed() {
    let mut server = Server::start_with(CHAT, &[("ROUTES", "1")]).await;
    for row in [
        "GET        /room-stats  Chat::room_stats  examples/src/bin/chat/chat.rs:",
        "POST       /announce    Chat::announce    examples/src/bin/chat/chat.rs:",
        "WebSocket  /            Chat (websocket)  examples/src/bin/chat/chat.rs:",
    ] {
        server.logged(row).await;
    }
}
