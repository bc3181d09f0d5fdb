//! Response bodies that fail. Before the head is sent, the response becomes a 500; afterwards, the connection
//! ends. The failure is logged once, with the handler that returned the body.

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body::{Frame, SizeHint};
use http_body_util::StreamBody;
use router::{BoxError, prelude::*};
use router_tests::{Line, Lines, RawClient, Server, get, request_bytes};
use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};
use tower_http::{compression::CompressionLayer, map_response_body::MapResponseBodyLayer};
use tracing::Level;

type Step = Result<&'static str, &'static str>;

/// Returns a body that streams `steps`. If `is_slow`, it yields before each step.
fn steps(steps: &'static [Step], is_slow: bool) -> Body {
    Body::new(StreamBody::new(stream::iter(steps).then(
        move |step| async move {
            if is_slow {
                tokio::task::yield_now().await;
            }
            step.map(|text| Frame::data(Bytes::from_static(text.as_bytes())))
                .map_err(io::Error::other)
        },
    )))
}

/// A body that panics when piece number `at` (counted from 0) is polled. `too_often` counts the polls after
/// that.
struct Panics {
    at: usize,
    asked: usize,
    too_often: Arc<AtomicUsize>,
}

impl http_body::Body for Panics {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.asked += 1;
        if self.asked > self.at + 1 {
            self.too_often.fetch_add(1, Ordering::Relaxed);
        }
        assert!(self.asked <= self.at, "the disk is gone");
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"piece ")))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[derive(Default)]
struct Files {
    too_often: Arc<AtomicUsize>,
}

#[routes]
impl Files {
    #[route(get, "/first")]
    fn first(&self) -> Body {
        steps(&[Err("disk")], false)
    }

    #[route(get, "/second")]
    async fn second(&self) -> Body {
        steps(&[Ok("one"), Err("disk")], false)
    }

    #[route(get, "/late")]
    fn late(&self) -> Body {
        steps(&[Ok("one"), Ok("two"), Ok("three"), Err("disk")], false)
    }

    #[route(get, "/slow-first")]
    fn slow_first(&self) -> Body {
        steps(&[Err("disk")], true)
    }

    #[route(get, "/slow-second")]
    fn slow_second(&self) -> Body {
        steps(&[Ok("one"), Err("disk")], true)
    }

    #[route(get, "/declared")]
    fn declared(&self) -> ([(&'static str, &'static str); 1], Body) {
        (
            [("content-length", "6")],
            steps(&[Ok("one"), Err("disk")], true),
        )
    }

    #[route(get, "/panics/{at}")]
    fn panics(&self, at: usize) -> Response {
        http::Response::new(Body::new(Panics {
            at,
            asked: 0,
            too_often: self.too_often.clone(),
        }))
    }

    #[route(get, "/fine")]
    fn fine(&self) -> &'static str {
        "fine"
    }
}

/// Returns the lines at warning or error level.
fn errors(lines: Vec<Line>) -> Vec<Line> {
    let mut lines = lines;
    lines.retain(|line| line.level <= Level::WARN);
    lines
}

#[track_caller]
fn assert_told_once(lines: Vec<Line>, handler: &str, error: &str) {
    let errors = errors(lines);
    let [line] = &errors[..] else {
        panic!("one line, not {errors:?}");
    };
    assert_eq!(line.level, Level::ERROR);
    let found = (line.field("handler"), line.field("error"));
    assert_eq!(found, (Some(handler), Some(error)), "{line:?}");
}

/// Sends a request, and returns all bytes received until the connection ends.
async fn all(server: &Server, path: &str) -> String {
    let mut client = RawClient::connect(server.addr()).await;
    client.write(&request_bytes("GET", path, &[], b"")).await;
    String::from_utf8(client.expect_gone().await).unwrap()
}

#[tokio::test]
async fn a_stream_that_fails_at_once_is_500() {
    let lines = Lines::record();
    let server = Server::start(Router::new().mount(Files::default())).await;
    let mut client = RawClient::connect(server.addr()).await;
    for (path, handler) in [("/first", "Files::first"), ("/second", "Files::second")] {
        let reply = client.request("GET", path, &[], b"").await;
        assert_eq!((reply.status, reply.text()), (500, "Internal Server Error"));
        assert_told_once(lines.take(), handler, "disk");
        let reply = client.request("HEAD", path, &[], b"").await;
        assert_eq!(reply.status, 500);
        assert_told_once(lines.take(), handler, "disk");
    }
}

#[tokio::test]
async fn a_stream_that_fails_later_never_looks_complete() {
    let lines = Lines::record();
    let server = Server::start(Router::new().mount(Files::default())).await;
    for (path, handler) in [
        ("/late", "Files::late"),
        ("/slow-first", "Files::slow_first"),
        ("/slow-second", "Files::slow_second"),
    ] {
        let all = all(&server, path).await;
        assert!(!all.ends_with("0\r\n\r\n"), "{path}: {all}");
        assert!(
            all.is_empty() || all.contains("transfer-encoding: chunked"),
            "{all}"
        );
        assert_told_once(lines.take(), handler, "disk");
    }
    let all = all(&server, "/declared").await;
    assert!(all.is_empty() || all.ends_with("\r\n\r\none"), "{all}");
    assert_told_once(lines.take(), "Files::declared", "disk");
    assert_eq!(get(server.addr(), "/fine").await.text(), "fine");
}

#[tokio::test]
async fn a_body_that_panics_is_logged_once_and_not_polled_again() {
    let lines = Lines::record();
    let files = Files::default();
    let too_often = files.too_often.clone();
    let server = Server::start(Router::new().mount(files)).await;
    for at in [0, 1] {
        let reply = get(server.addr(), &format!("/panics/{at}")).await;
        assert_eq!(reply.status, 500);
        assert_told_once(lines.take(), "Files::panics", "panicked: the disk is gone");
    }
    for at in [2, 3, 10] {
        let all = all(&server, &format!("/panics/{at}")).await;
        assert!(!all.ends_with("0\r\n\r\n"), "{all}");
        assert_told_once(lines.take(), "Files::panics", "panicked: the disk is gone");
    }
    assert_eq!(too_often.load(Ordering::Relaxed), 0);
    assert_eq!(get(server.addr(), "/fine").await.text(), "fine");
}

#[tokio::test]
async fn a_body_that_fails_within_layers_is_logged_once() {
    let lines = Lines::record();
    let router = Router::new()
        .mount(Files::default())
        .layer(CompressionLayer::new())
        .layer(MapResponseBodyLayer::new(Body::new));
    let server = Server::start(router).await;
    for (path, handler, error) in [
        ("/late", "Files::late", "disk"),
        ("/panics/3", "Files::panics", "panicked: the disk is gone"),
    ] {
        let mut client = RawClient::connect(server.addr()).await;
        let headers = [("Accept-Encoding", "gzip"), ("Connection", "close")];
        client
            .write(&request_bytes("GET", path, &headers, b""))
            .await;
        let all = client.expect_gone().await;
        // With compression, the body fails before anything is sent.
        let is_error = all.starts_with(b"HTTP/1.1 500 ");
        assert!(is_error || !all.ends_with(b"0\r\n\r\n"), "{path}");
        assert_told_once(lines.take(), handler, error);
    }
    assert_eq!(get(server.addr(), "/fine").await.text(), "fine");
}

/// The layer replaces the handler's body by one that fails.
#[tokio::test]
async fn a_body_of_a_layer_that_fails_is_logged_once() {
    for (at, slow) in [(0, false), (3, false), (0, true)] {
        let lines = Lines::record();
        let layer = MapResponseBodyLayer::new(move |_: Body| match slow {
            true => steps(&[Ok("one"), Err("disk")], true),
            false => Body::new(Panics {
                at,
                asked: 0,
                too_often: Arc::default(),
            }),
        });
        let server = Server::start(Router::new().mount(Files::default()).layer(layer)).await;
        let mut client = RawClient::connect(server.addr()).await;
        let close = [("Connection", "close")];
        client
            .write(&request_bytes("GET", "/fine", &close, b""))
            .await;
        let all = client.expect_gone().await;
        assert!(!all.ends_with(b"0\r\n\r\n"), "{at} {slow}");
        let errors = errors(lines.take());
        assert_eq!(errors.len(), 1, "{at} {slow}: {errors:?}");
        assert_eq!(errors[0].level, Level::ERROR);
    }
}

/// A body that has ended or failed returns `None` whenever it is polled again.
#[tokio::test]
async fn a_body_returns_none_after_its_end() {
    async fn next(body: &mut Body) -> Option<Result<Bytes, String>> {
        use http_body_util::BodyExt;
        let frame = body.frame().await?;
        let data = frame.map(|frame| frame.into_data().unwrap());
        Some(data.map_err(|error| error.to_string()))
    }
    let mut ended = steps(&[Ok("one")], false);
    assert_eq!(next(&mut ended).await, Some(Ok("one".into())));
    let mut failed = steps(&[Err("disk"), Ok("two")], true);
    assert_eq!(next(&mut failed).await, Some(Err("disk".to_owned())));
    let mut panicked = Body::new(Panics {
        at: 0,
        asked: 0,
        too_often: Arc::default(),
    });
    let panic = Some(Err("panicked: the disk is gone".to_owned()));
    assert_eq!(next(&mut panicked).await, panic);
    let mut once = Body::new(StreamBody::new(stream::unfold(
        Some("one"),
        |text| async move {
            let frame = Frame::data(Bytes::from_static(text?.as_bytes()));
            Some((Ok::<_, BoxError>(frame), None))
        },
    )));
    assert_eq!(next(&mut once).await, Some(Ok("one".into())));
    for body in [&mut ended, &mut failed, &mut panicked, &mut once] {
        for _ in 0..3 {
            assert_eq!(next(body).await, None);
        }
    }
}
