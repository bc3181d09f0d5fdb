//! Tower layers that change the bodies of requests and responses.

use bytes::Bytes;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use futures_util::{StreamExt, stream};
use http_body::Frame;
use http_body_util::StreamBody;
use router::{BoxError, prelude::*};
use router_tests::{Lines, RawClient, Reply, Server, request, request_bytes};
use std::{
    io::{Read, Write},
    time::Duration,
};
use tower_http::{
    compression::CompressionLayer, decompression::RequestDecompressionLayer,
    limit::RequestBodyLimitLayer, timeout::RequestBodyTimeoutLayer, trace::TraceLayer,
};
use tracing::Level;

struct Api;

#[routes]
impl Api {
    #[route(post, "/bytes")]
    async fn bytes(&self, body: Bytes) -> Bytes {
        body
    }

    #[route(post, "/text")]
    fn text(&self, body: String) -> String {
        body
    }

    #[route(post, "/json")]
    fn json(&self, body: Json<Vec<u32>>) -> String {
        format!("{:?}", body.0)
    }

    #[route(post, "/maybe")]
    fn maybe(&self, body: Option<Bytes>) -> String {
        format!("{:?}", body.map(|body| body.len()))
    }

    #[route(post, "/stream")]
    fn stream(&self, body: Body) -> Response {
        http::Response::new(body)
    }

    /// Numbered lines. The stream yields before each line.
    #[route(get, "/lines/{count}")]
    fn lines(&self, count: usize) -> Body {
        let lines = stream::unfold(0, move |at| async move {
            tokio::task::yield_now().await;
            (at < count).then(|| (Ok::<_, BoxError>(line(at)), at + 1))
        });
        Body::new(StreamBody::new(lines))
    }

    /// The same lines without yielding.
    #[route(get, "/ready-lines/{count}")]
    fn ready_lines(&self, count: usize) -> Response {
        let lines = stream::iter(0..count).map(|at| Ok::<_, BoxError>(line(at)));
        http::Response::new(Body::new(StreamBody::new(lines)))
    }

    #[route(get, "/whole/{count}")]
    fn whole(&self, count: usize) -> String {
        text(count)
    }
}

fn line(at: usize) -> Frame<Bytes> {
    Frame::data(format!("line {at}\n").into())
}

fn text(count: usize) -> String {
    (0..count).map(|at| format!("line {at}\n")).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gunzip(bytes: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

async fn post(server: &Server, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    request(server.addr(), "POST", path, headers, body).await
}

/// Sends the body in chunks of 10 bytes, so that its length is not known in advance.
async fn post_chunked(server: &Server, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let headers = [headers, &[("Transfer-Encoding", "chunked")]].concat();
    let mut bytes = request_bytes("POST", path, &headers, b"");
    for chunk in body.chunks(10) {
        bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    let mut client = RawClient::connect(server.addr()).await;
    client.write(&bytes).await;
    client.reply().await
}

const GZIP: (&str, &str) = ("Content-Encoding", "gzip");
const ACCEPT_GZIP: [(&str, &str); 1] = [("Accept-Encoding", "gzip")];

#[tokio::test]
async fn a_layer_may_limit_the_body_of_a_request() {
    let router = Router::new()
        .mount(Api)
        .layer(RequestBodyLimitLayer::new(20));
    let server = Server::start(router).await;
    for path in ["/bytes", "/text", "/stream"] {
        let reply = post(&server, path, &[], b"just 20 bytes, fine.").await;
        assert_eq!((reply.status, reply.text()), (200, "just 20 bytes, fine."));
        let reply = post_chunked(&server, path, &[], b"just 20 bytes, fine.").await;
        assert_eq!((reply.status, reply.text()), (200, "just 20 bytes, fine."));
        let reply = post(&server, path, &[], b"one byte more than 20").await;
        assert_eq!(reply.status, 413, "{path}");
    }
    for path in ["/bytes", "/text", "/maybe"] {
        let reply = post_chunked(&server, path, &[], b"one byte more than 20").await;
        assert_eq!(reply.status, 413, "{path}");
    }
    let json = [("Content-Type", "application/json")];
    let reply = post_chunked(&server, "/json", &json, b"[1, 2, 3, 4, 5, 6, 7, 8]").await;
    assert_eq!(reply.status, 413);
}

#[tokio::test]
async fn a_layer_may_inflate_the_body_of_a_request() {
    let router = Router::new()
        .mount(Api)
        .layer(RequestDecompressionLayer::new())
        .body_limit(1000);
    let server = Server::start(router).await;
    let long = text(50);
    for path in ["/bytes", "/text", "/stream"] {
        for body in ["", "a", &long] {
            let reply = post(&server, path, &[GZIP], &gzip(body.as_bytes())).await;
            assert_eq!((reply.status, reply.text()), (200, body), "{path}");
            let reply = post_chunked(&server, path, &[GZIP], &gzip(body.as_bytes())).await;
            assert_eq!((reply.status, reply.text()), (200, body), "{path}");
            let reply = post(&server, path, &[], body.as_bytes()).await;
            assert_eq!((reply.status, reply.text()), (200, body), "{path}");
        }
    }
    // The limit applies to the inflated size, however small the compressed body is.
    let large = gzip(text(1000).as_bytes());
    let bomb = gzip(&vec![b' '; 10_000_000]);
    for body in [&large, &bomb] {
        for path in ["/bytes", "/text", "/maybe"] {
            let reply = post_chunked(&server, path, &[GZIP], body).await;
            assert_eq!(reply.status, 413, "{path} of {} bytes", body.len());
        }
    }
    // A body that is not gzip is an error of the client.
    for path in ["/bytes", "/text", "/maybe"] {
        let reply = post(&server, path, &[GZIP], b"this is not gzip").await;
        assert_eq!(reply.status, 400, "{path}");
        let half = &gzip(long.as_bytes())[..40];
        let reply = post(&server, path, &[GZIP], half).await;
        assert_eq!(reply.status, 400, "{path}");
    }
}

#[tokio::test]
async fn a_layer_may_limit_the_time_for_the_body_of_a_request() {
    let layer = RequestBodyTimeoutLayer::new(Duration::from_millis(50));
    let server = Server::start(Router::new().mount(Api).layer(layer)).await;
    let reply = post(&server, "/text", &[], b"in time").await;
    assert_eq!((reply.status, reply.text()), (200, "in time"));
    for path in ["/bytes", "/text", "/maybe"] {
        let mut client = RawClient::connect(server.addr()).await;
        let length = [("Content-Length", "100")];
        client
            .write(&request_bytes("POST", path, &length, b""))
            .await;
        client.write(b"a part").await;
        // The timeout of the layer is an error of the client, with any status from 400 to 499. With
        // `Router::body_timeout`, the status would be 408.
        let reply = client.reply().await;
        assert!((400..500).contains(&reply.status), "{path}: {reply:?}");
    }
}

#[tokio::test]
async fn a_layer_may_compress_responses() {
    let router = Router::new().mount(Api).layer(CompressionLayer::new());
    let server = Server::start(router).await;
    let mut client = RawClient::connect(server.addr()).await;
    for path in ["/lines", "/ready-lines", "/whole"] {
        for count in [10, 1000, 20_000] {
            let path = format!("{path}/{count}");
            let reply = client.request("GET", &path, &ACCEPT_GZIP, b"").await;
            assert_eq!(
                (reply.status, reply.header("content-encoding")),
                (200, Some("gzip"))
            );
            assert!(gunzip(&reply.body) == text(count), "{path}");
            let reply = client.request("GET", &path, &[], b"").await;
            assert_eq!(
                (reply.status, reply.header("content-encoding")),
                (200, None)
            );
            assert!(reply.text() == text(count), "{path}");
            let reply = client.request("HEAD", &path, &ACCEPT_GZIP, b"").await;
            assert_eq!(reply.status, 200, "{path}");
        }
    }
    for path in ["/lines/0", "/ready-lines/0"] {
        let reply = client.request("GET", path, &ACCEPT_GZIP, b"").await;
        assert_eq!(reply.status, 200);
        assert!(reply.body.is_empty() || gunzip(&reply.body).is_empty());
    }
}

#[tokio::test]
async fn layers_of_all_kinds_stack() {
    async fn check(router: Router) {
        let server = Server::start(router).await;
        let long = text(500);
        for path in ["/bytes", "/text", "/stream"] {
            let headers = [GZIP, ACCEPT_GZIP[0]];
            let reply = post(&server, path, &headers, &gzip(long.as_bytes())).await;
            assert_eq!(
                (reply.status, reply.header("content-encoding")),
                (200, Some("gzip"))
            );
            assert!(gunzip(&reply.body) == long, "{path}");
            let reply = post(&server, path, &[], &vec![b' '; 20_001]).await;
            assert_eq!(reply.status, 413, "{path}");
        }
        let reply = request(server.addr(), "GET", "/lines/1000", &ACCEPT_GZIP, b"").await;
        assert!(gunzip(&reply.body) == text(1000));
    }
    let time = Duration::from_secs(10);
    let router = Router::new()
        .mount(Api)
        .layer(RequestDecompressionLayer::new())
        .layer(RequestBodyTimeoutLayer::new(time))
        .layer(RequestBodyLimitLayer::new(20_000))
        .layer(CompressionLayer::new())
        .layer(TraceLayer::new_for_http());
    check(router).await;
    let router = Router::new()
        .layer(TraceLayer::new_for_http())
        .layer(RequestBodyLimitLayer::new(20_000))
        .layer(CompressionLayer::new())
        .layer(RequestBodyTimeoutLayer::new(time))
        .layer(RequestDecompressionLayer::new())
        .mount(Api);
    check(router).await;
    let all = tower::ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .layer(CompressionLayer::new())
        .layer(RequestBodyLimitLayer::new(20_000))
        .layer(RequestDecompressionLayer::new());
    check(Router::new().mount(Api).layer(all)).await;
}

/// The limit applies to the compressed bytes, because its layer is around the layer that decompresses.
#[tokio::test]
async fn a_body_over_the_limit_of_a_layer_is_413_through_another_layer() {
    let router = Router::new()
        .mount(Api)
        .layer(RequestDecompressionLayer::new())
        .layer(RequestBodyLimitLayer::new(100));
    let server = Server::start(router).await;
    let random: Vec<u8> = (0..2000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let reply = post_chunked(&server, "/bytes", &[GZIP], &gzip(&random)).await;
    assert_eq!(reply.status, 413);
}

/// If a layer cannot read a client's body, the error is the client's and not the server's.
#[tokio::test]
async fn no_client_can_write_errors_into_the_log_through_a_layer() {
    let lines = Lines::record();
    let router = Router::new()
        .mount(Api)
        .layer(RequestBodyTimeoutLayer::new(Duration::from_millis(20)))
        .layer(RequestDecompressionLayer::new())
        .layer(RequestBodyLimitLayer::new(100));
    let server = Server::start(router).await;
    let length = ("Content-Length", "50");
    let chunked = ("Transfer-Encoding", "chunked");
    let start = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03";
    for path in ["/bytes", "/text"] {
        for bytes in [
            request_bytes("POST", path, &[GZIP], b"this is not gzip"),
            request_bytes("POST", path, &[GZIP], start),
            [
                &request_bytes("POST", path, &[GZIP, length], b"")[..],
                start,
            ]
            .concat(),
            [
                &request_bytes("POST", path, &[chunked], b"")[..],
                b"80\r\n",
                &[b'x'; 128],
                b"\r\n0\r\n\r\n",
            ]
            .concat(),
        ] {
            let mut client = RawClient::connect(server.addr()).await;
            client.write(&bytes).await;
            client.finish().await;
            client.expect_gone().await;
        }
        // The client sends a head, and then nothing until the layer's timeout has expired.
        let mut client = RawClient::connect(server.addr()).await;
        client
            .write(&request_bytes(
                "POST",
                path,
                &[length, ("Connection", "close")],
                b"",
            ))
            .await;
        client.expect_gone().await;
    }
    let mut bad = lines.take();
    bad.retain(|line| line.level <= Level::WARN);
    assert!(bad.is_empty(), "{bad:?}");
}
