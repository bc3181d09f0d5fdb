//! Signatures of handlers: patterns as arguments, `self: Arc<Self>` as the receiver, the whole request as an
//! argument, and errors that set a status.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use router::{FromRequest, IntoMessage, Rejection, prelude::*};
use router_tests::{Client, Seen, Server, get, recorder, request};
use serde::{Deserialize, Serialize};
use tower::{ServiceExt, service_fn};

#[derive(Debug, Deserialize, Serialize)]
struct Page {
    number: u32,
    size: Option<u32>,
}

struct Pair(u8, u8);

impl<M: Send + Sync> FromRequest<M> for Pair {
    type Rejection = Infallible;

    async fn from_request(_: &Arc<M>, request: &mut Request) -> Result<Self, Infallible> {
        let length = request.head().path().len() as u8;
        Ok(Self(length, length + 1))
    }
}

struct Patterns;

#[routes]
impl Patterns {
    #[route(get, "/query")]
    fn query(&self, Query(Page { number, size }): Query<Page>) -> String {
        format!("{number} {size:?}")
    }

    #[route(post, "/json/{id}")]
    async fn json(&self, Json(mut page): Json<Page>, id: u32, _: Hub) -> Json<Page> {
        page.number += id;
        Json(page)
    }

    #[route(get, "/pair")]
    fn pair(&self, Pair(a, b): Pair, &_: &Method) -> String {
        format!("{a} {b}")
    }

    #[route(get, "/names/{first}/{second}")]
    fn names(&self, second: String, mut first: String) -> String {
        first.push_str(&second);
        first
    }
}

#[tokio::test]
async fn arguments_of_routes_may_be_patterns() {
    let server = Server::start(Router::new().mount(Patterns)).await;
    let addr = server.addr();
    assert_eq!(get(addr, "/query?number=3").await.text(), "3 None");
    let json = [("content-type", "application/json")];
    let reply = request(addr, "POST", "/json/4", &json, br#"{"number":3}"#).await;
    assert_eq!(reply.text(), r#"{"number":7,"size":null}"#);
    assert_eq!(get(addr, "/pair").await.text(), "5 6");
    assert_eq!(get(addr, "/names/a/b").await.text(), "ab");
}

/// Counts and logs the work of its tasks.
#[derive(Clone)]
struct Shared {
    done: Arc<AtomicUsize>,
    log: router_tests::Log,
}

impl Shared {
    fn new() -> (Self, Seen) {
        let (log, seen) = recorder();
        let done = Arc::default();
        (Self { done, log }, seen)
    }

    fn work(self: Arc<Self>, what: String) {
        tokio::spawn(async move {
            self.done.fetch_add(1, Ordering::Relaxed);
            self.log.note(what);
        });
    }
}

#[websocket(path = "/socket/{name}", data = String)]
impl Shared {
    #[route(get, "/now")]
    fn now(self: Arc<Self>) {
        self.work("now".to_owned());
    }

    #[route(get, "/one/{id}")]
    fn one(self: Arc<Self>, id: u8, headers: &HeaderMap, _: Hub) -> String {
        let headers = headers.len();
        self.work(format!("one {id}"));
        headers.to_string()
    }

    #[route(post, "/later")]
    async fn later(self: Arc<Self>, body: String, _: HeaderMap) -> StatusCode {
        tokio::task::yield_now().await;
        self.work(body);
        StatusCode::ACCEPTED
    }

    #[on(upgrade)]
    async fn admit(self: Arc<Self>, name: String, _: HeaderMap) -> String {
        self.work(format!("{name} asks"));
        name
    }

    #[on(open)]
    fn open(self: Arc<Self>) {
        self.work("open".to_owned());
    }

    #[on(text)]
    async fn text(self: Arc<Self>, ws: &mut Socket<String>, Json((a, b)): Json<(u8, u8)>) {
        let (handle, name) = (ws.handle(), ws.data.clone());
        tokio::spawn(async move {
            let done = self.done.fetch_add(1, Ordering::Relaxed);
            handle.send(format!("{name} {}", a + b));
            self.log.note(format!("text after {done}"));
        });
    }

    #[on(close)]
    fn close(self: Arc<Self>, Socket { data, .. }: &mut Socket<String>, _: CloseCode) {
        let name = data.clone();
        self.work(format!("{name} closed"));
    }
}

#[tokio::test]
async fn a_route_may_move_its_module_into_a_task() {
    let (shared, mut seen) = Shared::new();
    let server = Server::start(Router::new().mount(shared)).await;
    let addr = server.addr();
    assert_eq!(get(addr, "/now").await.status, 200);
    seen.expect("now").await;
    assert_eq!(get(addr, "/one/7").await.text(), "1");
    seen.expect("one 7").await;
    let reply = request(addr, "POST", "/later", &[], b"later").await;
    assert_eq!(reply.status, 202);
    seen.expect("later").await;
}

#[tokio::test]
async fn an_event_may_move_its_module_into_a_task() {
    let (shared, mut seen) = Shared::new();
    let done = shared.done.clone();
    // Two modules have sockets. Each event must receive the module that it belongs to.
    let server = Server::start(Router::new().mount(Other).mount(shared)).await;
    let mut client = Client::connect(server.addr(), "/socket/ada").await;
    seen.expect("ada asks").await;
    seen.expect("open").await;
    client.ask("[1,2]", "ada 3").await;
    seen.expect("text after 2").await;
    client.close(1000, "").await;
    seen.expect("ada closed").await;
    assert_eq!(done.load(Ordering::Relaxed), 4);
    let mut other = Client::connect(server.addr(), "/other").await;
    other.expect_text("other").await;
}

struct Other;

#[websocket(path = "/other", data = String)]
impl Other {
    #[on(open)]
    fn open(self: Arc<Self>, ws: &mut Socket<String>) {
        let Self = *self;
        ws.send("other");
    }
}

struct Whole;

#[routes]
impl Whole {
    #[route(get, "/service/{*_rest}")]
    #[route(head, "/service/{*_rest}")]
    #[route(post, "/service/{*_rest}")]
    async fn service(&self, request: http::Request<Body>) -> Result<Response, Rejection> {
        let service = service_fn(|request: http::Request<Body>| async move {
            let line = format!("{} {}", request.method(), request.uri());
            Ok::<_, Infallible>(http::Response::new(Body::from(line)))
        });
        Ok(service
            .oneshot(request)
            .await
            .unwrap_or_else(|never| match never {}))
    }
}

#[tokio::test]
async fn a_get_route_may_pass_on_the_whole_request() {
    let server = Server::start(Router::new().mount(Whole)).await;
    let addr = server.addr();
    let reply = get(addr, "/service/a?b=c").await;
    assert_eq!(reply.text(), "GET /service/a?b=c");
    let reply = request(addr, "POST", "/service/b", &[], b"body").await;
    assert_eq!(reply.text(), "POST /service/b");
    assert_eq!(
        request(addr, "HEAD", "/service/c", &[], b"").await.status,
        200
    );
}

/// An error whose status follows its headers.
type Busy = ([(&'static str, &'static str); 1], StatusCode);

/// A result whose error is a text with a status. (A text without a status does not compile as an error.)
type ApiResult<T> = Result<T, (StatusCode, String)>;

struct Failing;

#[websocket(path = "/refused")]
impl Failing {
    #[route(get, "/fails")]
    fn fails(&self) -> ApiResult<&'static str> {
        Err((StatusCode::CONFLICT, "no".to_owned()))
    }

    #[route(get, "/fails-with-headers")]
    fn fails_with_headers(&self) -> Result<(), Busy> {
        Err(([("retry-after", "1")], StatusCode::SERVICE_UNAVAILABLE))
    }

    #[on(upgrade)]
    fn admit(&self) -> ApiResult<()> {
        Err((StatusCode::FORBIDDEN, "no".to_owned()))
    }
}

#[tokio::test]
async fn a_failure_has_its_status() {
    let server = Server::start(Router::new().mount(Failing)).await;
    let addr = server.addr();
    assert_eq!(get(addr, "/fails").await.status, 409);
    let reply = get(addr, "/fails-with-headers").await;
    assert_eq!(
        (reply.status, reply.header("retry-after")),
        (503, Some("1"))
    );
}

/// Checks which types of responses set a status.
#[test]
fn bodies_have_no_status() {
    const fn has_status<R: IntoResponse>(_: fn() -> R) -> bool {
        R::HAS_STATUS
    }
    assert!(!has_status(String::new));
    assert!(!has_status(|| "text"));
    assert!(!has_status(|| Html("page")));
    assert!(!has_status(|| Json(1)));
    assert!(!has_status(|| (HeaderMap::new(), Json(1))));
    assert!(!has_status(|| Ok::<_, StatusCode>("text")));
    assert!(has_status(|| (StatusCode::OK, "text")));
    assert!(has_status(|| (HeaderMap::new(), StatusCode::OK)));
    assert!(has_status(|| Err::<StatusCode, _>(Response::default())));
}

struct Score(u8, u8);

impl<'m> IntoMessage<'m> for Score {
    fn into_message(self) -> Outgoing<'m> {
        format!("{}:{}", self.0, self.1).into()
    }
}

struct Scores;

#[websocket(path = "/scores")]
impl Scores {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.send(Score(1, 0));
        ws.send(compressed(Score(2, 0)));
    }
}

#[tokio::test]
async fn a_type_of_the_user_may_be_a_message() {
    let server = Server::start(Router::new().mount(Scores)).await;
    let mut client = Client::connect(server.addr(), "/scores").await;
    client.expect_text("1:0").await;
    client.expect_text("2:0").await;
}
