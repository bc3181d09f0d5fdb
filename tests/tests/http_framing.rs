//! The end of a response is unambiguous, whatever headers the user's code sets: the next request on the same
//! connection is answered with its own response, or the connection has ended.

use bytes::Bytes;
use futures_util::stream;
use http_body::{Frame, SizeHint};
use http_body_util::StreamBody;
use router::{BoxError, HeaderName, prelude::*};
use router_tests::{RawClient, Reply, Server};
use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll},
};

/// The body of the routes' responses. It is 17 bytes long.
const TEXT: &str = "longer than three";
const PIECES: [&str; 4] = ["long", "er", " than", " three"];

/// A stream that yields before each piece, so that its length is not known before its end.
fn waiting() -> Body {
    let pieces = stream::unfold(PIECES.into_iter(), |mut pieces| async move {
        tokio::task::yield_now().await;
        let piece = Bytes::from_static(pieces.next()?.as_bytes());
        Some((Ok::<_, BoxError>(Frame::data(piece)), pieces))
    });
    Body::new(StreamBody::new(pieces))
}

/// A stream whose pieces are available at once.
fn ready() -> Body {
    let pieces = PIECES.map(|piece| Frame::data(Bytes::from_static(piece.as_bytes())));
    Body::new(StreamBody::new(stream::iter(pieces.map(Ok::<_, BoxError>))))
}

/// A stream with an exact size hint: the remaining pieces, and their length.
struct Sized(VecDeque<&'static str>, u64);

impl http_body::Body for Sized {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let piece = self.0.pop_front();
        self.1 -= piece.map_or(0, str::len) as u64;
        Poll::Ready(piece.map(|piece| Ok(Frame::data(Bytes::from_static(piece.as_bytes())))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.1)
    }
}

fn body(kind: &str) -> Body {
    match kind {
        "whole" => TEXT.into(),
        "empty" => Body::empty(),
        "ready" => ready(),
        "waiting" => waiting(),
        "one" => Body::new(StreamBody::new(stream::iter([Ok::<_, BoxError>(
            Frame::data(Bytes::from_static(TEXT.as_bytes())),
        )]))),
        "sized" => Body::new(Sized(PIECES.into(), TEXT.len() as u64)),
        _ => panic!("not a kind of body: {kind}"),
    }
}

/// Answers with the status and the body named in the path, and the headers in the request's `X-Answer` lines.
struct Api;

impl Api {
    fn answer(headers: &HeaderMap, status: u16, kind: &str) -> Response {
        let mut response = http::Response::new(body(kind));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        for line in headers.get_all("x-answer") {
            let line = line.to_str().unwrap();
            let (name, value) = line.split_once('=').unwrap();
            let name = HeaderName::try_from(name).unwrap();
            let value = HeaderValue::from_str(value).unwrap();
            response.headers_mut().append(name, value);
        }
        response
    }
}

#[routes]
impl Api {
    #[route(get, "/{status}/{kind}")]
    fn get(&self, headers: &HeaderMap, status: u16, kind: String) -> Response {
        Self::answer(headers, status, &kind)
    }

    #[route(head, "/only-head/{status}/{kind}")]
    fn head(&self, headers: &HeaderMap, status: u16, kind: String) -> Response {
        Self::answer(headers, status, &kind)
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

/// Returns the response to a request. Asserts that the connection answers one more request, or has ended.
async fn kept(server: &Server, method: &str, path: &str, lines: &[&str]) -> Reply {
    let mut client = RawClient::connect(server.addr()).await;
    client
        .write(&router_tests::request_bytes(
            method,
            path,
            &asking(lines),
            b"",
        ))
        .await;
    let bodyless = method == "HEAD" || path.contains("204") || path.contains("304");
    let reply = match bodyless {
        true => client.reply_to_head().await,
        false => client.reply().await,
    };
    if reply.header("connection") != Some("close") {
        let close = [("Connection", "close")];
        let next = client.request("GET", "/next", &close, b"").await;
        assert_eq!(
            (next.status, next.text()),
            (200, "next"),
            "{path} {lines:?}"
        );
    }
    client.expect_end().await;
    reply
}

/// Asserts that the framing headers are those that the server writes itself.
#[track_caller]
fn assert_framed(reply: &Reply, length: Option<usize>, what: &str) {
    let length = length.map(|length| length.to_string());
    assert_eq!(reply.header("content-length"), length.as_deref(), "{what}");
    let coding = length.is_none().then_some("chunked");
    assert_eq!(reply.header("transfer-encoding"), coding, "{what}");
}

const LENGTHS: [&[&str]; 15] = [
    &["content-length=3"],
    &["content-length=99"],
    &["content-length=0"],
    &["content-length=17", "content-length=17"],
    &["content-length=17", "content-length=3"],
    &["content-length=3", "content-length=3"],
    &["content-length=x"],
    &["content-length="],
    &["content-length=+17"],
    &["content-length=-1"],
    &["content-length=0x11"],
    &["content-length=17, 17"],
    &["content-length=17.0"],
    &["content-length=99999999999999999999"],
    &["Content-Length=3", "transfer-encoding=chunked"],
];

#[tokio::test]
async fn a_body_of_known_length_is_sent_with_its_real_length() {
    let server = api().await;
    for kind in ["whole", "one", "sized"] {
        for lines in LENGTHS {
            let what = format!("{kind} {lines:?}");
            let reply = kept(&server, "GET", &format!("/200/{kind}"), lines).await;
            assert_eq!((reply.status, reply.text()), (200, TEXT), "{what}");
            assert_framed(&reply, Some(TEXT.len()), &what);
        }
    }
    for lines in LENGTHS {
        let reply = kept(&server, "GET", "/200/empty", lines).await;
        assert_framed(&reply, Some(0), &format!("{lines:?}"));
    }
}

#[tokio::test]
async fn an_invalid_length_of_a_stream_is_left_out() {
    let server = api().await;
    for kind in ["waiting", "ready"] {
        for lines in &LENGTHS[6..14] {
            let reply = kept(&server, "GET", &format!("/200/{kind}"), lines).await;
            assert_eq!((reply.status, reply.text()), (200, TEXT));
            assert_framed(&reply, None, &format!("{kind} {lines:?}"));
        }
        let differing = ["content-length=17", "content-length=3"];
        let reply = kept(&server, "GET", &format!("/200/{kind}"), &differing).await;
        assert_eq!((reply.status, reply.text()), (200, TEXT));
        assert_framed(&reply, None, kind);
        for lines in [&["content-length=17"][..], &["content-length=17"; 2]] {
            let reply = kept(&server, "GET", &format!("/200/{kind}"), lines).await;
            assert_eq!((reply.status, reply.text()), (200, TEXT));
            assert_framed(&reply, Some(17), kind);
        }
    }
}

/// Sends a request, and returns the head and the body received until the connection ends.
async fn until_end(server: &Server, path: &str, lines: &[&str]) -> (String, Vec<u8>) {
    let headers = [&asking(lines)[..], &[("Connection", "close")]].concat();
    let mut client = RawClient::connect(server.addr()).await;
    client
        .write(&router_tests::request_bytes("GET", path, &headers, b""))
        .await;
    let all = client.expect_gone().await;
    let end = all.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.map_or(0, |end| end + 4);
    let head = String::from_utf8(all[..end].to_vec()).unwrap();
    (head.to_ascii_lowercase(), all[end..].to_vec())
}

#[tokio::test]
async fn a_stream_that_differs_from_its_content_length_never_looks_complete() {
    let server = api().await;
    for kind in ["waiting", "ready"] {
        // Lengths below and above the stream's, at the ends of its pieces and within them.
        for length in [1, 3, 4, 5, 6, 11, 16, 18, 99] {
            let line = format!("content-length={length}");
            let (head, body) = until_end(&server, &format!("/200/{kind}"), &[&line]).await;
            if head.starts_with("http/1.1 500") {
                continue;
            }
            assert!(!head.contains("transfer-encoding"), "{head}");
            let is_short = body.len() < length;
            assert!(
                is_short,
                "{kind} of {length}: {head}{:?}",
                str::from_utf8(&body)
            );
            assert!(TEXT.as_bytes().starts_with(&body), "{kind} of {length}");
        }
    }
}

#[tokio::test]
async fn a_stream_with_content_length_0_does_not_lose_its_bytes_silently() {
    let server = api().await;
    let reply = kept(&server, "GET", "/200/waiting", &["content-length=0"]).await;
    assert_eq!((reply.status, reply.text()), (200, TEXT));
    assert_framed(&reply, None, "of unknown length");
    // The available pieces show that the declared length is wrong.
    let reply = kept(&server, "GET", "/200/ready", &["content-length=0"]).await;
    assert_eq!(reply.status, 500);
    let reply = kept(&server, "GET", "/200/ready", &["content-length=5"]).await;
    assert_eq!(reply.status, 500);
}

#[tokio::test]
async fn responses_without_a_body_are_not_framed_as_if_they_had_one() {
    let server = api().await;
    for kind in ["whole", "empty", "waiting", "ready", "sized"] {
        for lines in LENGTHS.into_iter().chain([&["content-length=17"][..], &[]]) {
            let what = format!("{kind} {lines:?}");
            // RFC 9110 §8.6: a 204 never has a `Content-Length`.
            let reply = kept(&server, "GET", &format!("/204/{kind}"), lines).await;
            assert_eq!(reply.status, 204);
            assert_eq!(reply.header("content-length"), None, "{what}");
            assert_eq!(reply.header("transfer-encoding"), None, "{what}");
            let reply = kept(&server, "GET", &format!("/304/{kind}"), lines).await;
            assert_eq!(reply.status, 304);
            assert_eq!(reply.header("transfer-encoding"), None, "{what}");
            for path in ["/200", "/only-head/200"] {
                let reply = kept(&server, "HEAD", &format!("{path}/{kind}"), lines).await;
                assert_eq!(reply.status, 200, "{what}");
                // `header` asserts that the header occurs at most once.
                reply.header("content-length");
            }
        }
    }
}

#[tokio::test]
async fn a_response_to_head_may_have_the_content_length_of_get() {
    let server = api().await;
    for kind in ["empty", "waiting"] {
        let path = format!("/only-head/200/{kind}");
        let reply = kept(&server, "HEAD", &path, &["content-length=17"]).await;
        assert_framed(&reply, Some(17), kind);
    }
    let reply = kept(&server, "HEAD", "/200/whole", &["content-length=3"]).await;
    assert_framed(&reply, Some(17), "the length is known");
    for kind in ["empty", "whole", "waiting", "sized"] {
        let path = format!("/304/{kind}");
        let reply = kept(&server, "GET", &path, &["content-length=17"]).await;
        assert_eq!(reply.header("content-length"), Some("17"), "{kind}");
    }
}

#[tokio::test]
async fn a_transfer_encoding_that_a_handler_sets_is_ignored() {
    let server = api().await;
    for lines in [
        &["transfer-encoding=chunked"][..],
        &["transfer-encoding=gzip"],
        &["transfer-encoding=identity"],
        &["transfer-encoding=gzip, chunked"],
        &["transfer-encoding=chunked", "transfer-encoding=chunked"],
        &["transfer-encoding="],
        &["transfer-encoding=xchunked", "content-length=17"],
        &[
            "transfer-encoding=chunked",
            "content-length=3",
            "te=trailers",
        ],
    ] {
        for kind in ["whole", "one", "sized"] {
            let reply = kept(&server, "GET", &format!("/200/{kind}"), lines).await;
            assert_eq!((reply.status, reply.text()), (200, TEXT), "{lines:?}");
            assert_framed(&reply, Some(17), &format!("{kind} {lines:?}"));
        }
        if !lines.contains(&"content-length=3") {
            for kind in ["waiting", "ready"] {
                let reply = kept(&server, "GET", &format!("/200/{kind}"), lines).await;
                assert_eq!((reply.status, reply.text()), (200, TEXT), "{lines:?}");
                let length = lines.contains(&"content-length=17").then_some(17);
                assert_framed(&reply, length, &format!("{kind} {lines:?}"));
            }
        }
    }
}

/// If the server sent chunks, some intermediaries would wait for a chunk that never arrives.
#[tokio::test]
async fn a_client_of_http_1_0_gets_no_chunks() {
    let server = api().await;
    for kind in ["waiting", "ready", "whole"] {
        for line in ["", "X-Answer: transfer-encoding=chunked\r\n"] {
            let mut client = RawClient::connect(server.addr()).await;
            let request = format!("GET /200/{kind} HTTP/1.0\r\n{line}\r\n");
            client.write(request.as_bytes()).await;
            let all = String::from_utf8(client.expect_gone().await).unwrap();
            let (head, body) = all.split_once("\r\n\r\n").unwrap();
            assert!(!head.to_ascii_lowercase().contains("chunked"), "{head}");
            assert_eq!(body, TEXT, "{kind}");
        }
    }
}
