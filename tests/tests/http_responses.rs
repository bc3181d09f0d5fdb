//! Types that a route may return, and layers around all routes.

use std::borrow::Cow;

use router::{HeaderName, Rejection, prelude::*};
use router_tests::{RawClient, Server, get, request};
use serde::Serialize;
use tower::util::MapRequestLayer;
use tower_http::{set_header::SetResponseHeaderLayer, trace::TraceLayer};

#[derive(Serialize)]
struct Point {
    x: i32,
    y: i32,
}

/// An error type of the user.
#[derive(Debug, thiserror::Error)]
#[error("the shelf {0} is empty")]
struct Empty(&'static str);

impl IntoResponse for Empty {
    fn into_response(self) -> Response {
        (StatusCode::GONE, self.to_string()).into_response()
    }
}

struct Api;

#[routes]
impl Api {
    #[route(post, "/refuse/{_number}")]
    async fn refuse(&self, head: &RequestHead, body: String) -> Result<String, Rejection> {
        // Each statement returns an error of another type.
        let number: u8 = head.parse_param("_number")?;
        let point: Result<u8, Empty> = if number == 0 {
            Err(Empty("zero"))
        } else {
            Ok(number)
        };
        let number = point?;
        if number > 9 {
            Err(StatusCode::IM_A_TEAPOT)?;
        }
        if body.is_empty() {
            return Err((StatusCode::CONFLICT, "nothing to do").into());
        }
        Ok(body.repeat(number.into()))
    }

    #[route(get, "/str")]
    fn str(&self) -> &'static str {
        "str"
    }

    #[route(get, "/string")]
    fn string(&self) -> String {
        "string".to_owned()
    }

    #[route(get, "/cow")]
    fn cow(&self) -> Cow<'static, str> {
        Cow::Borrowed("cow")
    }

    #[route(get, "/bytes")]
    fn bytes(&self) -> Bytes {
        Bytes::from_static(b"bytes")
    }

    #[route(get, "/vec")]
    fn vec(&self) -> Vec<u8> {
        b"vec".to_vec()
    }

    #[route(get, "/unit")]
    fn unit(&self) {}

    #[route(get, "/status")]
    fn status(&self) -> StatusCode {
        StatusCode::ACCEPTED
    }

    #[route(get, "/html")]
    fn html(&self) -> Html<&'static str> {
        Html("<p>html</p>")
    }

    #[route(get, "/html-string")]
    fn html_string(&self) -> Html<String> {
        Html("<p>html</p>".to_owned())
    }

    #[route(get, "/json")]
    fn json(&self) -> Json<Point> {
        Json(Point { x: 1, y: -1 })
    }

    #[route(get, "/response")]
    async fn response(&self) -> Response {
        let mut response = "response".into_response();
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        response
    }

    #[route(get, "/result/{n}")]
    fn result(&self, n: u32) -> Result<Json<Point>, Empty> {
        if n == 0 {
            Err(Empty("left"))
        } else {
            Ok(Json(Point { x: 0, y: 0 }))
        }
    }

    #[route(get, "/with-status")]
    fn with_status(&self) -> (StatusCode, Html<&'static str>) {
        (StatusCode::CREATED, Html("made"))
    }

    #[route(get, "/with-map")]
    fn with_map(&self) -> (HeaderMap, &'static str) {
        let mut headers = HeaderMap::new();
        headers.append("x-many", HeaderValue::from_static("one"));
        headers.append("x-many", HeaderValue::from_static("two"));
        (headers, "map")
    }

    #[route(get, "/with-array")]
    fn with_array(&self) -> ([(&'static str, &'static str); 2], &'static str) {
        ([("x-one", "1"), ("content-type", "text/csv")], "a;b")
    }

    #[route(get, "/with-all")]
    fn with_all(&self) -> (StatusCode, [(&'static str, &'static str); 1], Json<Point>) {
        (
            StatusCode::CREATED,
            [("location", "/points/1")],
            Json(Point { x: 2, y: 3 }),
        )
    }

    #[route(get, "/injected")]
    fn injected(&self) -> ([(&'static str, &'static str); 1], &'static str) {
        ([("x-name", "ada\r\nx-injected: 1")], "body")
    }

    #[route(get, "/asked")]
    fn asked(&self, head: &RequestHead) -> String {
        head.header("x-layer").unwrap_or("no layer").to_owned()
    }
}

#[tokio::test]
async fn each_type_has_its_status_content_type_and_body() {
    const TEXT: &str = "text/plain; charset=utf-8";
    const HTML: &str = "text/html; charset=utf-8";
    const BYTES: &str = "application/octet-stream";
    const JSON: &str = "application/json";
    let server = Server::start(Router::new().mount(Api)).await;
    for (path, status, kind, body) in [
        ("/str", 200, Some(TEXT), "str"),
        ("/string", 200, Some(TEXT), "string"),
        ("/cow", 200, Some(TEXT), "cow"),
        ("/bytes", 200, Some(BYTES), "bytes"),
        ("/vec", 200, Some(BYTES), "vec"),
        ("/unit", 200, None, ""),
        ("/status", 202, None, ""),
        ("/html", 200, Some(HTML), "<p>html</p>"),
        ("/html-string", 200, Some(HTML), "<p>html</p>"),
        ("/json", 200, Some(JSON), r#"{"x":1,"y":-1}"#),
        ("/response", 418, Some(TEXT), "response"),
        ("/result/1", 200, Some(JSON), r#"{"x":0,"y":0}"#),
        ("/result/0", 410, Some(TEXT), "the shelf left is empty"),
        ("/with-status", 201, Some(HTML), "made"),
        ("/with-map", 200, Some(TEXT), "map"),
        ("/with-array", 200, Some("text/csv"), "a;b"),
        ("/with-all", 201, Some(JSON), r#"{"x":2,"y":3}"#),
    ] {
        let reply = get(server.addr(), path).await;
        let found = (reply.status, reply.header("content-type"), reply.text());
        assert_eq!(found, (status, kind, body), "{path}");
    }
}

#[tokio::test]
async fn headers_are_sent_with_the_body() {
    let server = Server::start(Router::new().mount(Api)).await;
    assert_eq!(
        get(server.addr(), "/with-map").await.all("x-many"),
        ["one", "two"]
    );
    assert_eq!(
        get(server.addr(), "/with-array").await.header("x-one"),
        Some("1")
    );
    assert_eq!(
        get(server.addr(), "/with-all").await.header("location"),
        Some("/points/1")
    );
}

#[tokio::test]
async fn a_line_break_in_a_header_is_500_and_injects_nothing() {
    let server = Server::start(Router::new().mount(Api)).await;
    let reply = get(server.addr(), "/injected").await;
    assert_eq!((reply.status, reply.header("x-injected")), (500, None));
}

#[tokio::test]
async fn a_layer_applies_to_every_response() {
    let name = HeaderName::from_static("x-server");
    let layer = SetResponseHeaderLayer::overriding(name, HeaderValue::from_static("router"));
    let server = Server::start(Router::new().mount(Api).layer(layer)).await;
    for (path, status) in [
        ("/str", 200),
        ("/status", 202),
        ("/nothing", 404),
        ("/result/x", 400),
    ] {
        let reply = get(server.addr(), path).await;
        assert_eq!(
            (reply.status, reply.header("x-server")),
            (status, Some("router")),
            "{path}"
        );
    }
    let reply = request(server.addr(), "POST", "/str", &[], b"").await;
    assert_eq!(
        (reply.status, reply.header("x-server")),
        (405, Some("router"))
    );
}

#[tokio::test]
async fn a_layer_may_change_the_request() {
    let layer = MapRequestLayer::new(|mut request: http::Request<Body>| {
        request
            .headers_mut()
            .insert("x-layer", HeaderValue::from_static("was here"));
        request
    });
    let server = Server::start(Router::new().mount(Api).layer(layer)).await;
    assert_eq!(get(server.addr(), "/asked").await.text(), "was here");
    let server = Server::start(Router::new().mount(Api)).await;
    assert_eq!(get(server.addr(), "/asked").await.text(), "no layer");
}

#[tokio::test]
async fn layers_that_wrap_bodies_compose() {
    let name = HeaderName::from_static("x-server");
    let layer = SetResponseHeaderLayer::overriding(name, HeaderValue::from_static("router"));
    let router = Router::new()
        .layer(TraceLayer::new_for_http())
        .mount(Api)
        .layer(layer);
    let server = Server::start(router).await;
    let mut client = RawClient::connect(server.addr()).await;
    for _ in 0..2 {
        let reply = client.request("GET", "/json", &[], b"").await;
        assert_eq!((reply.status, reply.text()), (200, r#"{"x":1,"y":-1}"#));
        assert_eq!(reply.header("x-server"), Some("router"));
    }
}

struct Echo;

#[websocket(path = "/echo", data = ())]
impl Echo {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

#[tokio::test]
async fn layers_apply_to_upgrades_too() {
    let name = HeaderName::from_static("x-server");
    let layer = SetResponseHeaderLayer::overriding(name, HeaderValue::from_static("router"));
    let router = Router::new()
        .mount(Echo)
        .layer(TraceLayer::new_for_http())
        .layer(layer);
    let server = Server::start(router).await;
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client.handshake("/echo", &[]).await;
    assert_eq!(
        (reply.status, reply.header("x-server")),
        (101, Some("router"))
    );
    client.ask("through", "through").await;
}

#[tokio::test]
async fn every_response_type_can_be_a_rejection() {
    let server = Server::start(Router::new().mount(Api)).await;
    for (path, body, status, text) in [
        ("/refuse/3", "ab", 200, "ababab"),
        (
            "/refuse/x",
            "ab",
            400,
            "invalid path parameter `_number`: invalid digit found in string",
        ),
        ("/refuse/0", "ab", 410, "the shelf zero is empty"),
        ("/refuse/10", "ab", 418, "I'm a teapot"),
        ("/refuse/9", "", 409, "nothing to do"),
    ] {
        let reply = request(server.addr(), "POST", path, &[], body.as_bytes()).await;
        assert_eq!((reply.status, reply.text()), (status, text), "{path}");
    }
    let rejection = Rejection::from(StatusCode::FORBIDDEN);
    assert_eq!(format!("{rejection:?}"), "Rejection(403)");
    assert_eq!(rejection.into_response().status(), StatusCode::FORBIDDEN);
}
