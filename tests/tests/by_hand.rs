//! A module without attributes: the traits that the attributes implement are implemented by hand.

use std::sync::Arc;

use router::{
    Event, FromRequest, HandlerResult, Options, Rejection,
    by_hand::{Answer, Events, Module, Route, WebSocket},
    prelude::*,
};
use router_tests::{Client, Frame, Log, RawClient, Seen, Server, get, recorder, request};

struct ByHand {
    log: Log,
    greeting: &'static str,
}

impl ByHand {
    fn hello(module: Arc<Self>, request: Request) -> Result<Answer, Rejection> {
        let name = request.head().parse_param::<String>("name")?;
        Ok(Answer::future(async move {
            tokio::task::yield_now().await;
            Ok(format!("{} {name}", module.greeting).into_response())
        }))
    }

    fn connect(module: Arc<Self>, mut request: Request) -> Result<Answer, Rejection> {
        Ok(Answer::future(async move {
            let upgrade = <Upgrade<Self>>::from_request(&module, &mut request).await?;
            Ok(upgrade.header("x-by", "hand").accept(7))
        }))
    }
}

impl Module for ByHand {
    const ROUTES: &'static [Route<Self>] = &[
        Route::new(Method::GET, "/hello/{name}", "ByHand::hello", Self::hello),
        Route::new(
            Method::POST,
            "/echo",
            "ByHand::echo",
            |_module, mut request| Ok(Answer::ready(request.take_body())),
        ),
        Route::socket("/socket", "ByHand (websocket)", Self::connect),
    ];
    const SOCKET: Option<Options> = Some(<Self as WebSocket>::OPTIONS);
}

impl WebSocket for ByHand {
    type Data = u32;
    const OPTIONS: Options = Options::DEFAULT
        .max_payload_length(100)
        .idle_timeout_ms(60_000);
    const EVENTS: Events = Events::NONE
        .with(Event::Open)
        .with_async(Event::Text)
        .with(Event::Close)
        .with(Event::Error);

    fn open(&self, ws: &mut Socket<u32>) -> HandlerResult {
        ws.send(self.greeting);
        Ok(())
    }

    async fn text_async(&self, ws: &mut Socket<u32>, text: &str) -> HandlerResult {
        tokio::task::yield_now().await;
        assert_ne!(text, "panic", "the handler panics on purpose");
        ws.data += 1;
        ws.send(format!("{} {text}", ws.data));
        Ok(())
    }

    fn close(&self, ws: &mut Socket<u32>, code: CloseCode, reason: &str) -> HandlerResult {
        self.log
            .note(format!("close {code} {reason} with {}", ws.data));
        Ok(())
    }

    fn error(&self, _ws: &mut Socket<u32>, error: SocketError) -> HandlerResult {
        self.log
            .note(format!("{:?} {}", error.event(), error.is_panic()));
        Ok(())
    }
}

async fn by_hand() -> (Server, Seen) {
    let (log, seen) = recorder();
    let module = ByHand {
        log,
        greeting: "hello",
    };
    (Server::start(Router::new().mount(module)).await, seen)
}

#[test]
fn events_are_a_set() {
    let events = <ByHand as WebSocket>::EVENTS;
    for event in [Event::Open, Event::Text, Event::Close, Event::Error] {
        assert!(events.has(event), "{event:?}");
        assert!(!Events::NONE.has(event), "{event:?}");
    }
    for event in [
        Event::Upgrade,
        Event::Binary,
        Event::Ping,
        Event::Pong,
        Event::Drain,
    ] {
        assert!(!events.has(event), "{event:?}");
        assert!(events.with(event).has(event), "{event:?}");
        assert!(
            !events.with_async(event).with(event).is_async(event),
            "{event:?}"
        );
        assert!(
            events.with(event).with_async(event).is_async(event),
            "{event:?}"
        );
    }
}

#[tokio::test]
async fn routes_of_a_module_without_attributes_are_served() {
    let (server, _seen) = by_hand().await;
    assert_eq!(
        get(server.addr(), "/hello/big%20world").await.text(),
        "hello big world"
    );
    let reply = request(server.addr(), "POST", "/echo", &[], b"body").await;
    assert_eq!((reply.status, reply.text()), (200, "body"));
    let reply = request(server.addr(), "DELETE", "/hello/x", &[], b"").await;
    assert_eq!((reply.status, reply.allow()), (405, vec!["GET", "HEAD"]));
    assert_eq!(get(server.addr(), "/socket").await.status, 426);
}

#[tokio::test]
async fn the_socket_of_a_module_without_attributes_is_served() {
    let (server, mut seen) = by_hand().await;
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client.handshake("/socket", &[]).await;
    assert_eq!((reply.status, reply.header("x-by")), (101, Some("hand")));
    client.expect_text("hello").await;
    client.send_all(&[Frame::text("a"), Frame::text("b")]).await;
    client.expect_text("8 a").await;
    client.expect_text("9 b").await;
    client.send(Frame::close(1000, "bye")).await;
    client.expect_close(1000, "bye").await;
    seen.expect("close 1000 bye with 9").await;
}

#[tokio::test]
async fn the_events_and_options_of_a_module_without_attributes_take_effect() {
    let (server, mut seen) = by_hand().await;
    for (frame, code) in [
        (Frame::binary("not handled"), 1003),
        (Frame::text("x".repeat(101)), 1009),
        (Frame::text("panic"), 1011),
    ] {
        let mut client = RawClient::open(server.addr(), "/socket").await;
        client.expect_text("hello").await;
        client.send(frame).await;
        let (found, reason) = client.close().await;
        assert_eq!(found, code);
        if code == 1011 {
            seen.expect("Text true").await;
        }
        seen.expect(&format!("close {code} {reason} with 7")).await;
    }
}

#[tokio::test]
async fn a_module_without_attributes_can_be_mounted_beside_a_module_with_attributes() {
    /// A module with attributes.
    struct Attributes;

    #[websocket(path = "/other", data = u32)]
    impl Attributes {
        #[on(text)]
        fn text(&self, ws: &mut Socket<u32>, text: &str) {
            ws.send(text);
        }
    }

    let (log, _seen) = recorder();
    let router = Router::new()
        .mount(ByHand {
            log,
            greeting: "hi",
        })
        .mount(Attributes);
    let server = Server::start(router).await;
    let mut by_hand = Client::connect(server.addr(), "/socket").await;
    by_hand.expect_text("hi").await;
    Client::connect(server.addr(), "/other")
        .await
        .ask("hello", "hello")
        .await;
    assert_eq!(get(server.addr(), "/hello/you").await.text(), "hi you");
}
