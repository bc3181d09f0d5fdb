//! The examples of bun-router's WebSocket page: basic setup, options, client data, binary data, backpressure.
//! A quoted title below is the title of the example on that page.

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicU64, Ordering},
};

use router::{Options, by_hand::WebSocket, prelude::*};
use router_tests::{Client, Frame, Log, RawClient, Server, get, recorder};

/// "Basic WebSocket Setup".
struct Basic {
    log: Log,
    users: AtomicU64,
}

#[derive(Default)]
struct ClientData {
    user_id: String,
    room: String,
}

#[websocket(path = "/", data = ClientData)]
impl Basic {
    #[route(get, "/")]
    fn index(&self) -> &'static str {
        "WebSocket Server"
    }

    #[on(open)]
    fn open(&self, ws: &mut Socket<ClientData>) {
        self.log
            .note(format!("Client connected: {}", ws.remote_addr()));
        let number = self.users.fetch_add(1, Ordering::Relaxed);
        ws.data = ClientData {
            user_id: format!("user-{number}"),
            room: "lobby".to_owned(),
        };
        ws.subscribe("lobby");
        ws.send("Welcome to the server!");
    }

    #[on(message)]
    fn message(
        &self,
        ws: &mut Socket<ClientData>,
        message: Message<'_>,
    ) -> Result<(), &'static str> {
        let content = match message {
            Message::Text("fail") => return Err("told to"),
            Message::Text(text) => text,
            Message::Binary(_) => "Binary data received",
        };
        self.log
            .note(format!("Message from {}: {content}", ws.data.user_id));
        ws.send(format!("Echo: {content}"));
        Ok(())
    }

    #[on(close)]
    fn close(&self, ws: &mut Socket<ClientData>, code: CloseCode, reason: &str) {
        self.log.note(format!(
            "Client {} disconnected: {reason} ({code})",
            ws.data.user_id
        ));
        // This has no effect, because a closed socket has already left its topics.
        self.log
            .note(format!("unsubscribed: {}", ws.unsubscribe(&ws.data.room)));
    }

    #[on(error)]
    fn error(&self, ws: &mut Socket<ClientData>, error: SocketError) {
        self.log
            .note(format!("Error for client {}: {error}", ws.data.user_id));
    }

    #[on(drain)]
    fn drain(&self, ws: &mut Socket<ClientData>) {
        self.log
            .note(format!("Backpressure relieved for {}", ws.data.user_id));
    }
}

#[tokio::test]
async fn basic_setup() {
    let (log, mut seen) = recorder();
    let server = Server::start(Router::new().mount(Basic {
        log,
        users: AtomicU64::new(7),
    }))
    .await;
    assert_eq!(get(server.addr(), "/").await.text(), "WebSocket Server");

    let mut client = Client::connect(server.addr(), "/").await;
    client.expect_text("Welcome to the server!").await;
    assert!(
        seen.next()
            .await
            .starts_with("Client connected: 127.0.0.1:")
    );
    client.ask("hello", "Echo: hello").await;
    seen.expect("Message from user-7: hello").await;
    client.send(vec![1, 2, 3]).await;
    client.expect_text("Echo: Binary data received").await;
    seen.expect("Message from user-7: Binary data received")
        .await;
    client.send("fail").await;
    client.ask("still there", "Echo: still there").await;
    let error = seen.next().await;
    assert!(
        error.starts_with("Error for client user-7: ") && error.contains("told to"),
        "{error}"
    );
    seen.expect("Message from user-7: still there").await;

    assert_eq!(server.hub().publish("lobby", "to the lobby").delivered, 1);
    client.expect_text("to the lobby").await;
    client.close(1000, "done").await;
    seen.expect("Client user-7 disconnected: done (1000)").await;
    seen.expect("unsubscribed: false").await;
}

/// "WebSocket Configuration Options", as numbers.
struct Numbers;

#[websocket(
    path = "/numbers",
    max_payload_length = 16 * 1024 * 1024,
    idle_timeout = 120,
    backpressure_limit = 1024 * 1024,
    close_on_backpressure_limit = false,
    send_pings = true,
    publish_to_self = false
)]
impl Numbers {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

/// The same options with units, except that `publish_to_self` is true.
struct Units;

#[websocket(
    path = "/units",
    max_payload_length = "16MB",
    idle_timeout = "2m",
    backpressure_limit = "1024KB",
    publish_to_self = true
)]
impl Units {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

/// No options.
struct Defaults;

#[websocket(path = "/defaults")]
impl Defaults {}

#[tokio::test]
async fn configuration_options() {
    let numbers = Options::DEFAULT
        .max_payload_length(16 * 1024 * 1024)
        .idle_timeout_ms(120_000)
        .backpressure_limit(1024 * 1024)
        .close_on_backpressure_limit(false)
        .send_pings(true)
        .publish_to_self(false);
    assert_eq!(Numbers::OPTIONS, numbers);
    assert_eq!(Units::OPTIONS, numbers.publish_to_self(true));
    assert_eq!(Defaults::OPTIONS, Options::DEFAULT);
    // Of the page's numbers, only `backpressure_limit` differs from the default.
    assert_eq!(numbers, Options::DEFAULT.backpressure_limit(1024 * 1024));
    let server = Server::start(Router::new().mount(Numbers).mount(Units).mount(Defaults)).await;
    for path in ["/numbers", "/units"] {
        Client::connect(server.addr(), path)
            .await
            .ask("hello", "hello")
            .await;
    }
}

/// "Client Data".
struct Sessions;

#[derive(Default)]
struct UserSession {
    user_id: &'static str,
    username: String,
    authenticated: bool,
    messages: u32,
}

#[websocket(path = "/session", data = UserSession)]
impl Sessions {
    #[on(open)]
    async fn open(&self, ws: &mut Socket<UserSession>) {
        ws.data = UserSession {
            user_id: "user_123",
            username: "john".to_owned(),
            authenticated: true,
            messages: 0,
        };
    }

    #[on(text)]
    async fn text(&self, ws: &mut Socket<UserSession>, text: &str) {
        ws.data.messages += 1;
        let UserSession {
            user_id,
            username,
            authenticated,
            messages,
        } = &ws.data;
        ws.send(format!(
            "{text} {messages} from {username} ({user_id}, {authenticated})"
        ));
    }
}

#[tokio::test]
async fn client_data() {
    let server = Server::start(Router::new().mount(Sessions)).await;
    let mut first = Client::connect(server.addr(), "/session").await;
    let mut second = Client::connect(server.addr(), "/session").await;
    first
        .ask("message", "message 1 from john (user_123, true)")
        .await;
    first
        .ask("message", "message 2 from john (user_123, true)")
        .await;
    second
        .ask("message", "message 1 from john (user_123, true)")
        .await;
}

/// "Handling Binary Data".
struct Binary {
    log: Log,
}

#[websocket(path = "/binary")]
impl Binary {
    #[on(message)]
    async fn message(&self, ws: &mut Socket<()>, message: Message<'_>) {
        match message {
            Message::Text(text) => self.log.note(format!("Text message: {text}")),
            Message::Binary(bytes) => {
                self.log
                    .note(format!("Binary message, size: {}", bytes.len()));
                ws.send([1, 2, 3, 4]);
            }
        }
    }
}

#[tokio::test]
async fn binary_data() {
    let (log, mut seen) = recorder();
    let server = Server::start(Router::new().mount(Binary { log })).await;
    let mut client = Client::connect(server.addr(), "/binary").await;
    client.send("words").await;
    client.send(vec![7; 300]).await;
    assert_eq!(client.next_binary().await, [1, 2, 3, 4][..]);
    seen.expect("Text message: words").await;
    seen.expect("Binary message, size: 300").await;
}

/// "Handling Backpressure".
struct Large {
    log: Log,
}

#[derive(Default)]
struct Pending {
    messages: VecDeque<String>,
}

const LARGE_MESSAGE_BYTES: usize = 1024 * 1024;

#[websocket(path = "/large", data = Pending, backpressure_limit = "1MB")]
impl Large {
    #[on(text)]
    fn text(&self, ws: &mut Socket<Pending>) {
        for n in 0.. {
            // Each message is as large as the whole limit, so that soon one is queued behind a backlog.
            let large = format!("{n} ").repeat(LARGE_MESSAGE_BYTES / 2);
            match ws.send(large) {
                SendStatus::Sent(bytes) => assert!(bytes >= LARGE_MESSAGE_BYTES),
                SendStatus::Queued { buffered } => {
                    assert!(buffered > 0);
                    self.log.note(format!("queued after {n}"));
                    ws.data
                        .messages
                        .extend((0..5).map(|more| format!("more {more}")));
                    break;
                }
                SendStatus::Dropped(reason) => {
                    self.log.note(format!("dropped: {reason:?}"));
                    break;
                }
            }
        }
    }

    #[on(drain)]
    fn drain(&self, ws: &mut Socket<Pending>) {
        while let Some(next) = ws.data.messages.pop_front() {
            if ws.send(next).is_sent() {
                self.log.note("sent pending message after drain");
            }
        }
    }
}

#[tokio::test]
async fn backpressure() {
    let (log, mut seen) = recorder();
    let server = Server::start(Router::new().mount(Large { log })).await;
    let mut client = RawClient::open_narrow(server.addr(), "/large").await;
    client.send(Frame::text("generate a large response")).await;
    let event = seen.next().await;
    let queued = event
        .strip_prefix("queued after ")
        .unwrap_or_else(|| panic!("{event}"));
    for n in 0..=queued.parse::<usize>().unwrap() {
        assert!(
            client.text().await == format!("{n} ").repeat(LARGE_MESSAGE_BYTES / 2),
            "message {n}"
        );
    }
    for more in 0..5 {
        client.expect_text(&format!("more {more}")).await;
        seen.expect("sent pending message after drain").await;
    }
}
