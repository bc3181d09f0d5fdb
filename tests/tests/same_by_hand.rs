//! A module with attributes, and the same module written by hand. Each test runs with both.
//!
//! Both modules call the same handlers, so that they differ only in the code that the attributes generate.

use router::{
    BoxError, FromMessage, FromRequest, HandlerError, HandlerResult, Options, Rejection,
    by_hand::{Answer, Events, Module, Route, WebSocket},
    prelude::*,
};
use router_tests::{Frame, Log, RawClient, Seen, Server, get, recorder, request};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Deserialize)]
struct Page {
    number: u32,
}

#[derive(Deserialize, Serialize)]
struct Command {
    word: String,
}

/// The handlers that both modules call.
struct Handlers {
    log: Log,
}

impl Handlers {
    fn member(&self, room: &str, id: u64, agent: &HeaderMap, page: &Page) -> String {
        let agent = agent.get("user-agent").map_or(0, HeaderValue::len);
        format!("{room} {id} {agent} {}", page.number)
    }

    async fn echo(&self, command: Json<Command>) -> Result<Json<Command>, StatusCode> {
        tokio::task::yield_now().await;
        match &*command.0.word {
            "nothing" => Err(StatusCode::IM_A_TEAPOT),
            _ => Ok(command),
        }
    }

    async fn admit(&self, room: String, headers: &HeaderMap) -> Result<String, StatusCode> {
        tokio::task::yield_now().await;
        if headers.contains_key("x-stranger") {
            return Err(StatusCode::FORBIDDEN);
        }
        Ok(room)
    }

    fn open(&self, ws: &Socket<String>) {
        ws.send(format!("welcome to {}", ws.data));
    }

    async fn text(&self, ws: &mut Socket<String>, command: Json<Command>) -> Result<(), BoxError> {
        tokio::task::yield_now().await;
        match &*command.0.word {
            "fail" => return Err("it failed".into()),
            "panic" => panic!("this is what the test is about"),
            word => ws.send(word),
        };
        Ok(())
    }

    fn binary(&self, ws: &Socket<String>, bytes: &[u8]) {
        ws.send([bytes, bytes].concat());
    }

    fn note(&self, what: &str) {
        self.log.note(what);
    }
}

struct Attributes(Handlers);

#[websocket(path = "/rooms/{room}", data = String, max_payload_length = 100)]
impl Attributes {
    #[route(get, "/rooms/{room}/members/{id}")]
    fn member(&self, id: u64, headers: &HeaderMap, page: Query<Page>, room: String) -> String {
        self.0.member(&room, id, headers, &page.0)
    }

    #[route(post, "/echo")]
    async fn echo(&self, command: Json<Command>) -> Result<Json<Command>, StatusCode> {
        self.0.echo(command).await
    }

    #[on(upgrade)]
    async fn admit(&self, room: String, headers: &HeaderMap) -> Result<String, StatusCode> {
        self.0.admit(room, headers).await
    }

    #[on(open)]
    fn open(&self, ws: &mut Socket<String>) {
        self.0.open(ws);
    }

    #[on(text)]
    async fn text(&self, ws: &mut Socket<String>, command: Json<Command>) -> Result<(), BoxError> {
        self.0.text(ws, command).await
    }

    #[on(binary)]
    fn binary(&self, ws: &mut Socket<String>, bytes: &[u8]) {
        self.0.binary(ws, bytes);
    }

    #[on(ping)]
    fn ping(&self, _ws: &mut Socket<String>, payload: &[u8]) {
        self.0.note(&format!("ping {payload:?}"));
    }

    #[on(pong)]
    fn pong(&self, _ws: &mut Socket<String>, payload: &[u8]) {
        self.0.note(&format!("pong {payload:?}"));
    }

    #[on(close)]
    async fn close(&self, ws: &mut Socket<String>, code: CloseCode, reason: &str) {
        self.0.note(&format!("close {} {code} {reason}", ws.data));
    }

    #[on(error)]
    fn error(&self, _ws: &mut Socket<String>, error: SocketError) {
        self.0.note(&error.to_string());
    }
}

struct ByHand(Handlers);

impl ByHand {
    fn member(self: Arc<Self>, mut request: Request) -> Result<Answer, Rejection> {
        let id = request.head().parse_param::<u64>("id")?;
        let room = request.head().parse_param::<String>("room")?;
        Ok(Answer::future(async move {
            let page = <Query<Page>>::from_request(&self, &mut request).await?;
            let headers = request.head().headers();
            let answer = self.0.member(&room, id, headers, &page.0);
            Ok(answer.into_response())
        }))
    }

    fn echo(self: Arc<Self>, mut request: Request) -> Result<Answer, Rejection> {
        Ok(Answer::future(async move {
            let command = <Json<Command>>::from_request(&self, &mut request).await?;
            Ok(self.0.echo(command).await.into_response())
        }))
    }

    fn connect(self: Arc<Self>, mut request: Request) -> Result<Answer, Rejection> {
        Ok(Answer::future(async move {
            let upgrade = <Upgrade<Self>>::from_request(&self, &mut request).await?;
            let room = request.head().parse_param::<String>("room")?;
            let data = self.0.admit(room, request.head().headers()).await?;
            Ok(upgrade.accept(data))
        }))
    }
}

impl Module for ByHand {
    const ROUTES: &'static [Route<Self>] = &[
        Route::new(
            Method::GET,
            "/rooms/{room}/members/{id}",
            "ByHand::member",
            Self::member,
        ),
        Route::new(Method::POST, "/echo", "ByHand::echo", Self::echo),
        Route::socket("/rooms/{room}", "ByHand (websocket)", Self::connect),
    ];
    const SOCKET: Option<Options> = Some(<Self as WebSocket>::OPTIONS);
}

impl WebSocket for ByHand {
    type Data = String;

    const OPTIONS: Options = Options::DEFAULT.max_payload_length(100);
    const EVENTS: Events = Events::NONE
        .with(Event::Open)
        .with_async(Event::Text)
        .with(Event::Binary)
        .with(Event::Ping)
        .with(Event::Pong)
        .with(Event::Close)
        .with(Event::Error);

    fn open(&self, ws: &mut Socket<String>) -> HandlerResult {
        self.0.open(ws);
        Ok(())
    }

    async fn text_async(&self, ws: &mut Socket<String>, text: &str) -> HandlerResult {
        let command =
            <Json<Command>>::from_message(Message::Text(text)).map_err(HandlerError::decode)?;
        Ok(self.0.text(ws, command).await?)
    }

    fn binary(&self, ws: &mut Socket<String>, bytes: &[u8]) -> HandlerResult {
        self.0.binary(ws, bytes);
        Ok(())
    }

    fn ping(&self, _ws: &mut Socket<String>, payload: &[u8]) -> HandlerResult {
        self.0.note(&format!("ping {payload:?}"));
        Ok(())
    }

    fn pong(&self, _ws: &mut Socket<String>, payload: &[u8]) -> HandlerResult {
        self.0.note(&format!("pong {payload:?}"));
        Ok(())
    }

    fn close(&self, ws: &mut Socket<String>, code: CloseCode, reason: &str) -> HandlerResult {
        self.0.note(&format!("close {} {code} {reason}", ws.data));
        Ok(())
    }

    fn error(&self, _ws: &mut Socket<String>, error: SocketError) -> HandlerResult {
        self.0.note(&error.to_string());
        Ok(())
    }
}

/// Starts two servers, one with each of the two modules.
async fn both() -> [(Server, Seen); 2] {
    let ((one, seen_one), (other, seen_other)) = (recorder(), recorder());
    let attributes = Router::new().mount(Attributes(Handlers { log: one }));
    let by_hand = Router::new().mount(ByHand(Handlers { log: other }));
    [
        (Server::start(attributes).await, seen_one),
        (Server::start(by_hand).await, seen_other),
    ]
}

#[tokio::test]
async fn routes_take_parameters_extractors_and_references() {
    for (server, _seen) in both().await {
        for (path, status, text) in [
            ("/rooms/a%20b/members/7?number=3", 200, "a b 7 0 3"),
            (
                "/rooms/a/members/x?number=3",
                400,
                "invalid path parameter `id`: invalid digit found in string",
            ),
            (
                "/rooms/%ff/members/7?number=3",
                400,
                "invalid path parameter `room`: not valid UTF-8",
            ),
        ] {
            let reply = get(server.addr(), path).await;
            assert_eq!((reply.status, reply.text()), (status, text), "{path}");
        }
        let reply = get(server.addr(), "/rooms/a/members/7").await;
        assert_eq!(reply.status, 400);
        assert!(reply.text().contains("number"), "{}", reply.text());
        let reply = request(server.addr(), "DELETE", "/echo", &[], b"").await;
        assert_eq!((reply.status, reply.allow()), (405, vec!["POST"]));
    }
}

#[tokio::test]
async fn routes_take_bodies_and_return_results() {
    let json = [("content-type", "application/json")];
    for (server, _seen) in both().await {
        for (body, status, text) in [
            (r#"{"word":"hello"}"#, 200, r#"{"word":"hello"}"#),
            (r#"{"word":"nothing"}"#, 418, "I'm a teapot"),
        ] {
            let reply = request(server.addr(), "POST", "/echo", &json, body.as_bytes()).await;
            assert_eq!((reply.status, reply.text()), (status, text), "{body}");
        }
        let reply = request(server.addr(), "POST", "/echo", &json, b"{}").await;
        assert_eq!(reply.status, 422);
    }
}

#[tokio::test]
async fn sockets_are_admitted_or_refused() {
    for (server, _seen) in both().await {
        let mut client = RawClient::connect(server.addr()).await;
        let reply = client.handshake("/rooms/den", &[("x-stranger", "1")]).await;
        assert_eq!(reply.status, 403);
        assert_eq!(get(server.addr(), "/rooms/den").await.status, 426);
        let mut client = RawClient::open(server.addr(), "/rooms/the%20den").await;
        client.expect_text("welcome to the den").await;
    }
}

#[tokio::test]
async fn messages_are_decoded_and_handled_and_failures_are_reported() {
    for (server, mut seen) in both().await {
        let mut client = RawClient::open(server.addr(), "/rooms/den").await;
        client.expect_text("welcome to den").await;
        client.ask(r#"{"word":"hello"}"#, "hello").await;
        client.send(Frame::binary([1, 2])).await;
        assert_eq!(client.binary().await, [1, 2, 1, 2]);
        client.send(Frame::text("no command")).await;
        let error = seen.next().await;
        let start = "the `text` handler was not called: the message could not be decoded: ";
        assert!(error.starts_with(start), "{error}");
        client.send(Frame::text(r#"{"word":"fail"}"#)).await;
        seen.expect("the `text` handler failed: it failed").await;
        client.send(Frame::ping("p")).await;
        seen.expect("ping [112]").await;
        assert_eq!(client.pong().await, b"p");
        client.send(Frame::pong("q")).await;
        seen.expect("pong [113]").await;
        client.send(Frame::text(r#"{"word":"panic"}"#)).await;
        seen.expect("the `text` handler panicked: this is what the test is about")
            .await;
        client.expect_close(1011, "internal error").await;
        seen.expect("close den 1011 internal error").await;
    }
}

#[tokio::test]
async fn options_apply_and_the_close_is_reported() {
    for (server, mut seen) in both().await {
        let mut client = RawClient::open(server.addr(), "/rooms/den").await;
        client.expect_text("welcome to den").await;
        client.send(Frame::binary(vec![0; 101])).await;
        let (code, reason) = client.close().await;
        assert_eq!(code, 1009);
        seen.expect(&format!("close den 1009 {reason}")).await;
    }
}
