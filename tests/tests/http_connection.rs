//! Response headers and statuses that concern the connection. The server decides whether the connection is
//! kept; a handler can only ask the server to end the connection.

use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::StreamBody;
use router::{BoxError, HeaderName, prelude::*};
use router_tests::{HANDSHAKE, RawClient, Reply, Server, request_bytes};

/// A stream with trailers, whose length is not known before its end.
fn stream() -> Body {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-sum", HeaderValue::from_static("42"));
    trailers.insert("x-other", HeaderValue::from_static("43"));
    let frames = [
        Frame::data(Bytes::from_static(b"one ")),
        Frame::data(Bytes::from_static(b"two ")),
        Frame::data(Bytes::from_static(b"three")),
        Frame::trailers(trailers),
    ];
    Body::new(StreamBody::new(stream::iter(frames.map(Ok::<_, BoxError>))))
}

/// Answers with the status and the headers that a request's `X-Answer` lines ask for.
struct Api;

#[routes]
impl Api {
    #[route(get, "/{kind}/{status}")]
    fn answer(&self, headers: &HeaderMap, kind: String, status: u16) -> Response {
        let mut response = http::Response::new(match kind.as_str() {
            "stream" => stream(),
            "empty" => Body::empty(),
            _ => "one two three".into(),
        });
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        for line in headers.get_all("x-answer") {
            let (name, value) = line.to_str().unwrap().split_once('=').unwrap();
            let value = HeaderValue::from_str(value).unwrap();
            let name = HeaderName::try_from(name).unwrap();
            response.headers_mut().append(name, value);
        }
        response
    }

    #[route(get, "/version/{number}")]
    fn version(&self, number: u8) -> Response {
        let mut response = "one two three".into_response();
        *response.version_mut() = match number {
            9 => http::Version::HTTP_09,
            10 => http::Version::HTTP_10,
            2 => http::Version::HTTP_2,
            3 => http::Version::HTTP_3,
            _ => http::Version::HTTP_11,
        };
        response
    }

    #[route(get, "/next")]
    fn next(&self) -> &'static str {
        "next"
    }
}

async fn api() -> Server {
    Server::start(Router::new().mount(Api)).await
}

fn asking<'l>(lines: &[&'l str]) -> Vec<(&'l str, &'l str)> {
    lines.iter().map(|line| ("X-Answer", *line)).collect()
}

/// Sends a request, and returns its response. Asserts that the connection then answers another request.
async fn kept(server: &Server, path: &str, headers: &[(&str, &str)]) -> Reply {
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client.request("GET", path, headers, b"").await;
    let close = [("Connection", "close")];
    let next = client.request("GET", "/next", &close, b"").await;
    assert_eq!((next.status, next.text()), (200, "next"), "{path}");
    client.expect_end().await;
    reply
}

/// Headers that apply to a single connection, and not to the whole path of a message.
const HOP_BY_HOP: [&str; 6] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "upgrade",
    "transfer-encoding",
    "trailer",
];

#[tokio::test]
async fn headers_of_the_connection_are_left_out() {
    let server = api().await;
    for lines in [
        &["connection=keep-alive"][..],
        &["connection=Keep-Alive, x-foo", "x-foo=bar"],
        &["connection=upgrade", "upgrade=h2c"],
        &["connection=x-foo"],
        &["connection="],
        &["connection=closed"],
        &["connection=not-close, close-not"],
        &["upgrade=websocket"],
        &["upgrade=h2c", "upgrade=websocket"],
        &["keep-alive=timeout=5, max=1"],
        &["proxy-connection=close"],
        &["trailer=x-sum"],
        &["transfer-encoding=chunked", "connection=transfer-encoding"],
    ] {
        let reply = kept(&server, "/whole/200", &asking(lines)).await;
        assert_eq!((reply.status, reply.text()), (200, "one two three"));
        for name in HOP_BY_HOP {
            assert_eq!(reply.header(name), None, "{lines:?}");
        }
        assert_eq!(reply.header("content-length"), Some("13"), "{lines:?}");
        if !lines.contains(&"trailer=x-sum") {
            let reply = kept(&server, "/stream/200", &asking(lines)).await;
            assert_eq!((reply.status, reply.text()), (200, "one two three"));
            for name in &HOP_BY_HOP[..4] {
                assert_eq!(reply.header(name), None, "{lines:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_handler_may_end_the_connection() {
    let server = api().await;
    for lines in [
        &["connection=close"][..],
        &["connection=Close"],
        &["connection=x-foo, close"],
        &["connection=keep-alive", "connection=close"],
        &["connection= close ,keep-alive"],
    ] {
        for kind in ["whole", "stream", "empty"] {
            let mut client = RawClient::connect(server.addr()).await;
            let path = format!("/{kind}/200");
            let reply = client.request("GET", &path, &asking(lines), b"").await;
            assert_eq!(reply.header("connection"), Some("close"), "{lines:?}");
            assert_eq!(
                reply.text(),
                if kind == "empty" { "" } else { "one two three" }
            );
            client.expect_end().await;
        }
    }
}

#[tokio::test]
async fn a_response_may_name_the_protocol_that_it_requires() {
    let server = api().await;
    // RFC 9110 §15.5.22
    let reply = kept(&server, "/whole/426", &asking(&["upgrade=websocket"])).await;
    assert_eq!(
        (reply.status, reply.header("upgrade")),
        (426, Some("websocket"))
    );
    assert_eq!(reply.header("connection"), Some("Upgrade"));
    let reply = kept(&server, "/whole/426", &asking(&["connection=upgrade"])).await;
    assert_eq!((reply.status, reply.header("connection")), (426, None));
}

#[tokio::test]
async fn a_stream_may_have_trailers_and_a_whole_body_has_none() {
    let server = api().await;
    for lines in [
        &[][..],
        &["trailer=x-sum"],
        &["trailer=x-sum, x-other", "te=trailers"],
    ] {
        for te in [&[][..], &[("TE", "trailers")]] {
            let mut client = RawClient::connect(server.addr()).await;
            let headers = [&asking(lines)[..], te, &[("Connection", "close")]].concat();
            client
                .write(&request_bytes("GET", "/stream/200", &headers, b""))
                .await;
            let all = String::from_utf8(client.expect_gone().await).unwrap();
            let (_, body) = all.split_once("\r\n\r\n").unwrap();
            let (data, trailers) = body.split_once("0\r\n").unwrap();
            assert_eq!(
                data, "4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n",
                "{lines:?}"
            );
            // RFC 9110 §6.5.1: trailers are sent if the client accepts them and the response announces them.
            assert!(trailers.ends_with("\r\n"), "{trailers:?}");
            let has_sum = trailers.contains("x-sum: 42\r\n");
            assert_eq!(
                has_sum,
                !lines.is_empty() && !te.is_empty(),
                "{lines:?} {te:?}"
            );
        }
    }
    // A response with a length has no trailers.
    let lines = ["content-length=13", "trailer=x-sum"];
    let headers = [&asking(&lines)[..], &[("TE", "trailers")]].concat();
    let reply = kept(&server, "/stream/200", &headers).await;
    assert_eq!((reply.status, reply.text()), (200, "one two three"));
    assert_eq!(reply.header("trailer"), None, "no trailers follow");
}

#[tokio::test]
async fn an_informational_status_of_a_handler_is_500() {
    let server = api().await;
    let upgrade = ["upgrade=websocket", "connection=upgrade"];
    for status in [100, 101, 102, 103, 104, 199] {
        for kind in ["whole", "empty", "stream"] {
            for lines in [&[][..], &upgrade, &["content-length=3"]] {
                let path = format!("/{kind}/{status}");
                let reply = kept(&server, &path, &asking(lines)).await;
                let found = (reply.status, reply.text(), reply.header("upgrade"));
                assert_eq!(
                    found,
                    (500, "Internal Server Error", None),
                    "{path} {lines:?}"
                );
            }
        }
    }
    // A handshake does not get such a status either, because the route has no socket.
    for status in [100, 102, 103] {
        let path = format!("/empty/{status}");
        let headers = [&HANDSHAKE[..], &asking(&upgrade)].concat();
        let reply = kept(&server, &path, &headers).await;
        assert_eq!(reply.status, 500);
    }
    let reply = kept(&server, "/empty/101", &HANDSHAKE).await;
    assert_eq!(reply.status, 500, "101 without its headers");
    let headers = [&HANDSHAKE[..], &asking(&upgrade)].concat();
    let mut client = RawClient::connect(server.addr()).await;
    client
        .write(&request_bytes("GET", "/empty/101", &headers, b""))
        .await;
    let reply = client.reply_to_head().await;
    if reply.status == 101 {
        // The connection ends, because no socket takes it over.
        client.expect_end().await;
    }
}

#[tokio::test]
async fn unknown_statuses_are_framed_like_others() {
    let server = api().await;
    for status in [
        205, 226, 299, 300, 305, 306, 418, 451, 499, 511, 599, 600, 999,
    ] {
        for kind in ["whole", "stream"] {
            let reply = kept(&server, &format!("/{kind}/{status}"), &[]).await;
            assert_eq!((reply.status, reply.text()), (status, "one two three"));
        }
    }
}

/// A handler may return a response with another version, such as one that it received from another server.
#[tokio::test]
async fn a_response_is_sent_with_the_version_of_the_connection() {
    let server = api().await;
    for number in [9, 10, 11, 2, 3] {
        let mut client = RawClient::connect(server.addr()).await;
        let path = format!("/version/{number}");
        let close = [("Connection", "close")];
        let reply = client.request("GET", &path, &[], b"").await;
        assert_eq!(
            (reply.status, reply.text()),
            (200, "one two three"),
            "{path}"
        );
        client
            .write(&request_bytes("GET", &path, &close, b""))
            .await;
        let all = String::from_utf8(client.expect_gone().await).unwrap();
        assert!(all.starts_with("HTTP/1.1 200 OK\r\n"), "{path}: {all}");
    }
}

#[tokio::test]
async fn requests_in_one_segment_get_their_own_responses() {
    let server = api().await;
    let cases: [(&str, &[&str], u16); 7] = [
        ("/whole/200", &["content-length=3"], 200),
        ("/stream/200", &["content-length=x"], 200),
        ("/whole/100", &[], 500),
        ("/whole/200", &["transfer-encoding=gzip"], 200),
        ("/stream/205", &[], 205),
        ("/empty/200", &["content-length=99"], 200),
        ("/next", &[], 200),
    ];
    let requests = cases.map(|(path, lines, _)| request_bytes("GET", path, &asking(lines), b""));
    let mut client = RawClient::connect(server.addr()).await;
    client.write(&requests.concat()).await;
    for (path, lines, status) in cases {
        let reply = client.reply().await;
        assert_eq!(reply.status, status, "{path} {lines:?}");
        let text = match (status, path) {
            (500, _) => "Internal Server Error",
            (_, "/empty/200") => "",
            (_, "/next") => "next",
            _ => "one two three",
        };
        assert_eq!(reply.text(), text, "{path} {lines:?}");
    }
}
