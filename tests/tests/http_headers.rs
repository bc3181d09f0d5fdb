//! Headers that are set several times: `Set-Cookie` is added, other headers are replaced.

use router::{HeaderName, IntoHeaders, Redirect, prelude::*};
use router_tests::{RawClient, Server, get};
use tower::util::MapResponseLayer;
use tower_http::{map_response_body::MapResponseBodyLayer, set_header::SetResponseHeaderLayer};

const COOKIE: HeaderName = http::header::SET_COOKIE;
const A: (&str, &str) = ("set-cookie", "a=1");
const B: (&str, &str) = ("set-cookie", "b=2");

fn map(headers: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for &(name, value) in headers {
        map.append(name, HeaderValue::from_static(value));
    }
    map
}

/// Headers that an application returns in a type of its own.
fn session(id: u32) -> impl IntoHeaders {
    vec![(
        COOKIE,
        HeaderValue::from_str(&format!("session={id}")).unwrap(),
    )]
}

struct Api;

#[routes]
impl Api {
    #[route(get, "/cookies/{kind}")]
    fn cookies(&self, kind: String) -> Response {
        const OK: StatusCode = StatusCode::OK;
        match kind.as_str() {
            "array" => ([A, B], "x").into_response(),
            "array-status" => (OK, [A, B], "x").into_response(),
            "array-mixed" => ([A, ("x-name", "ada"), B], "x").into_response(),
            "array-case" => ([("Set-Cookie", "a=1"), ("SET-COOKIE", "b=2")], "x").into_response(),
            "array-same" => ([A, A], "x").into_response(),
            "vec" => (vec![A, B], "x").into_response(),
            "vec-owned" => {
                let owned = [A, B].map(|(name, value)| (name.to_owned(), value.to_owned()));
                (owned.to_vec(), "x").into_response()
            }
            "vec-typed" => {
                let typed = ["a=1", "b=2"].map(|value| (COOKIE, HeaderValue::from_static(value)));
                (typed.to_vec(), "x").into_response()
            }
            "nested" => ([B], ([A], "x")).into_response(),
            "nested-status" => (OK, [B], (OK, [A], "x")).into_response(),
            "nested-thrice" => ([B], (vec![A], (map(&[("x-a", "1")]), "x"))).into_response(),
            "map" => (map(&[A, B]), "x").into_response(),
            "map-array" => (map(&[B]), ([A], "x")).into_response(),
            "array-map" => ([B], (map(&[A]), "x")).into_response(),
            "map-map" => (map(&[B]), (map(&[A]), "x")).into_response(),
            "response" => {
                let mut response = "x".into_response();
                response
                    .headers_mut()
                    .append(COOKIE, HeaderValue::from_static("a=1"));
                ([B], response).into_response()
            }
            "redirect" => ([A, B], Redirect::to("/")).into_response(),
            "error" => Err::<(), _>(([B], ([A], StatusCode::NOT_FOUND))).into_response(),
            _ => ([B], Ok::<_, StatusCode>(([A], "x"))).into_response(),
        }
    }

    #[route(get, "/sessions")]
    fn sessions(&self) -> (impl IntoHeaders, (impl IntoHeaders, &'static str)) {
        (session(2), (session(1), "two of them"))
    }

    #[route(get, "/others/{kind}")]
    fn others(&self, kind: String) -> Response {
        const INNER: [(&str, &str); 2] = [("x-many", "in"), ("x-many", "ner")];
        const OUTER: [(&str, &str); 2] = [("x-many", "out"), ("x-many", "er")];
        match kind.as_str() {
            "array" => (OUTER, (INNER, "x")).into_response(),
            "vec" => (OUTER.to_vec(), (INNER.to_vec(), "x")).into_response(),
            "map" => (map(&OUTER), (map(&INNER), "x")).into_response(),
            "map-array" => (map(&OUTER), (INNER, "x")).into_response(),
            "case" => ([("X-Many", "out"), ("x-MANY", "er")], (INNER, "x")).into_response(),
            "apart" => {
                let apart = [OUTER[0], ("x-a", "a"), OUTER[1], ("x-b", "b")];
                (apart, (INNER, "x")).into_response()
            }
            _ => (StatusCode::OK, OUTER, (INNER, "x")).into_response(),
        }
    }

    #[route(get, "/type")]
    fn content_type(&self) -> ([(&'static str, &'static str); 1], Html<&'static str>) {
        ([("content-type", "text/csv")], Html("a;b"))
    }

    #[route(get, "/date")]
    fn date(&self) -> (HeaderMap, &'static str) {
        (map(&[("date", "Thu, 01 Jan 1970 00:00:00 GMT")]), "x")
    }

    #[route(get, "/lists")]
    fn lists(&self) -> ([(&'static str, &'static str); 4], StatusCode) {
        let basic = ("www-authenticate", "Basic realm=\"a\"");
        let bearer = ("www-authenticate", "Bearer");
        let [one, two] = [("link", "</a>; rel=preload"), ("link", "</b>; rel=preload")];
        ([basic, one, bearer, two], StatusCode::UNAUTHORIZED)
    }
}

const KINDS: [&str; 18] = [
    "array",
    "array-status",
    "array-mixed",
    "array-case",
    "vec",
    "vec-owned",
    "vec-typed",
    "nested",
    "nested-status",
    "nested-thrice",
    "map",
    "map-array",
    "array-map",
    "map-map",
    "response",
    "redirect",
    "error",
    "result",
];

#[tokio::test]
async fn every_cookie_has_a_line_of_its_own() {
    let server = Server::start(Router::new().mount(Api)).await;
    for kind in KINDS {
        let reply = get(server.addr(), &format!("/cookies/{kind}")).await;
        assert_eq!(reply.all("set-cookie"), ["a=1", "b=2"], "{kind}");
    }
    let reply = get(server.addr(), "/cookies/array-same").await;
    assert_eq!(reply.all("set-cookie"), ["a=1", "a=1"]);
    let reply = get(server.addr(), "/cookies/array-mixed").await;
    assert_eq!(reply.header("x-name"), Some("ada"));
    let reply = get(server.addr(), "/sessions").await;
    assert_eq!(reply.all("set-cookie"), ["session=1", "session=2"]);
}

#[tokio::test]
async fn outer_headers_other_than_cookies_replace_inner_headers() {
    let server = Server::start(Router::new().mount(Api)).await;
    for kind in [
        "array",
        "vec",
        "map",
        "map-array",
        "case",
        "apart",
        "status",
    ] {
        let reply = get(server.addr(), &format!("/others/{kind}")).await;
        assert_eq!(reply.all("x-many"), ["out", "er"], "{kind}");
    }
    let reply = get(server.addr(), "/type").await;
    assert_eq!(reply.header("content-type"), Some("text/csv"));
    let reply = get(server.addr(), "/date").await;
    assert_eq!(reply.header("date"), Some("Thu, 01 Jan 1970 00:00:00 GMT"));
}

#[tokio::test]
async fn a_list_of_headers_may_contain_a_name_several_times() {
    let server = Server::start(Router::new().mount(Api)).await;
    let reply = get(server.addr(), "/lists").await;
    assert_eq!(reply.status, 401);
    assert_eq!(
        reply.all("www-authenticate"),
        ["Basic realm=\"a\"", "Bearer"]
    );
    assert_eq!(
        reply.all("link"),
        ["</a>; rel=preload", "</b>; rel=preload"]
    );
}

/// Builds a new response from the parts of another.
fn rebuilt(response: http::Response<Body>) -> http::Response<Body> {
    let mut builder = http::Response::builder().status(response.status());
    for (name, value) in response.headers() {
        builder = builder.header(name, value);
    }
    builder.body(response.into_body()).unwrap()
}

#[tokio::test]
async fn cookies_survive_layers() {
    let cookie = HeaderValue::from_static("layer=3");
    let router = Router::new()
        .mount(Api)
        .layer(MapResponseLayer::new(rebuilt))
        .layer(MapResponseBodyLayer::new(|body: Body| body))
        .layer(SetResponseHeaderLayer::appending(COOKIE, cookie))
        .layer(MapResponseLayer::new(rebuilt));
    let server = Server::start(router).await;
    for kind in KINDS {
        let reply = get(server.addr(), &format!("/cookies/{kind}")).await;
        let cookies = reply.all("set-cookie");
        assert_eq!(cookies, ["a=1", "b=2", "layer=3"], "{kind}");
    }
    let reply = get(server.addr(), "/nothing").await;
    assert_eq!(
        (reply.status, reply.all("set-cookie")),
        (404, vec!["layer=3"])
    );
}

struct Chat;

#[websocket(data = ())]
impl Chat {
    #[route(get, "/chat/{how}")]
    fn chat(&self, upgrade: Upgrade<Self>, how: String) -> Response {
        let upgrade = upgrade.header("set-cookie", "a=1");
        let upgrade = upgrade.header("x-many", "one").header("X-Many", "two");
        let response = upgrade.header("Set-Cookie", "b=2").accept(());
        match how.as_str() {
            "tuple" => ([("set-cookie", "tuple=4")], response).into_response(),
            _ => response,
        }
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

#[tokio::test]
async fn cookies_of_a_handshake_survive_layers() {
    let cookie = HeaderValue::from_static("layer=3");
    let router = Router::new()
        .mount(Chat)
        .layer(SetResponseHeaderLayer::appending(COOKIE, cookie))
        .layer(MapResponseLayer::new(|response: http::Response<Body>| {
            // The new 101 needs all parts of the old one, including its extensions.
            let (parts, body) = response.into_parts();
            http::Response::from_parts(parts, body)
        }));
    let server = Server::start(router).await;
    for (how, cookies) in [
        ("plain", &["a=1", "b=2", "layer=3"][..]),
        ("tuple", &["a=1", "b=2", "tuple=4", "layer=3"]),
    ] {
        let mut client = RawClient::connect(server.addr()).await;
        let reply = client.handshake(&format!("/chat/{how}"), &[]).await;
        assert_eq!(reply.status, 101);
        assert_eq!(reply.all("set-cookie"), cookies);
        assert_eq!(reply.all("x-many"), ["one", "two"]);
        client.ask("hello", "hello").await;
    }
}

/// A layer that sets a header on all responses also sets it on a 101.
#[tokio::test]
async fn a_layer_cannot_break_the_headers_of_a_handshake() {
    for (name, value) in [
        ("connection", "close"),
        ("connection", "keep-alive"),
        ("keep-alive", "timeout=5"),
        ("content-length", "0"),
        ("transfer-encoding", "chunked"),
        ("trailer", "x-sum"),
    ] {
        let name = HeaderName::from_static(name);
        let layer =
            SetResponseHeaderLayer::overriding(name.clone(), HeaderValue::from_static(value));
        let server = Server::start(Router::new().mount(Chat).layer(layer)).await;
        let mut client = RawClient::connect(server.addr()).await;
        let reply = client.handshake("/chat/plain", &[]).await;
        assert_eq!(reply.status, 101, "{name}: {value}");
        // RFC 6455 §4.2.2 (5)
        let connection = reply.header("connection").unwrap_or_default();
        assert!(connection.eq_ignore_ascii_case("upgrade"), "{reply:?}");
        // RFC 9110 §8.6, RFC 9112 §6.1: none of these headers belongs in a 101.
        for absent in [
            "content-length",
            "transfer-encoding",
            "trailer",
            "keep-alive",
        ] {
            assert_eq!(reply.header(absent), None, "{name}: {value}");
        }
        client.ask("hello", "hello").await;
    }
}
