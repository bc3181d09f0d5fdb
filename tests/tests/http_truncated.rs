//! A client that closes its sending side in the middle of a request.

use http_body_util::BodyExt;
use router::prelude::*;
use router_tests::{Log, RawClient, Seen, Server, recorder, request_bytes};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

struct Api {
    log: Log,
    gate: Arc<Notify>,
}

#[routes]
impl Api {
    #[route(get, "/")]
    fn page(&self) -> &'static str {
        "page"
    }

    #[route(post, "/late")]
    async fn late(&self, request: http::Request<Body>) -> String {
        self.log.note("waits");
        self.gate.notified().await;
        match request.into_body().collect().await {
            Ok(body) => body.to_bytes().len().to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[route(post, "/unread")]
    async fn unread(&self) -> &'static str {
        self.log.note("waits");
        self.gate.notified().await;
        "unread"
    }

    #[route(post, "/bytes")]
    fn bytes(&self, body: Bytes) -> String {
        body.len().to_string()
    }

    #[route(post, "/json")]
    fn json(&self, body: Option<Json<Vec<u8>>>) -> String {
        body.map_or(0, |body| body.0.len()).to_string()
    }
}

struct Started {
    server: Server,
    seen: Seen,
    gate: Arc<Notify>,
}

impl Started {
    /// Sends bytes and closes the sending side.
    async fn client(&self, bytes: &[u8]) -> RawClient {
        let mut client = RawClient::connect(self.server.addr()).await;
        client.write(bytes).await;
        client.finish().await;
        client
    }
}

async fn start() -> Started {
    let (log, seen) = recorder();
    let gate = Arc::new(Notify::new());
    let api = Api {
        log,
        gate: gate.clone(),
    };
    Started {
        server: Server::start(Router::new().mount(api)).await,
        seen,
        gate,
    }
}

fn get(path: &str) -> Vec<u8> {
    request_bytes("GET", path, &[], b"")
}

#[tokio::test(start_paused = true)]
async fn half_a_body_is_400_at_once() {
    let started = start().await;
    for path in ["/bytes", "/json"] {
        let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n");
        for rest in [
            "Content-Length: 100\r\n\r\n[1",
            "Content-Length: 100\r\n\r\n",
            "Content-Length: 1000000\r\n\r\n[1",
            "Transfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n",
            "Transfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n0\r\n",
            "Transfer-Encoding: chunked\r\n\r\n64\r\n[1",
            "Transfer-Encoding: chunked\r\n\r\n",
        ] {
            let mut client = started.client((head.clone() + rest).as_bytes()).await;
            let (answer, time) = client.gone_after().await;
            let text = String::from_utf8_lossy(&answer);
            assert!(text.starts_with("HTTP/1.1 400 "), "{head}{rest}: {text:?}");
            assert!(text.contains("connection: close"), "{head}{rest}: {text:?}");
            assert_eq!(time.as_millis(), 0, "{head}{rest}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn half_a_body_ends_the_wait_of_an_extractor_at_once() {
    let started = start().await;
    let mut client = RawClient::connect(started.server.addr()).await;
    client
        .write(b"POST /bytes HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx")
        .await;
    sleep(Duration::from_secs(20)).await;
    client.assert_quiet();
    client.finish().await;
    let (answer, time) = client.gone_after().await;
    assert!(answer.starts_with(b"HTTP/1.1 400 "));
    assert_eq!(time.as_millis(), 0);
}

#[tokio::test(start_paused = true)]
async fn half_a_body_does_not_cancel_a_waiting_route() {
    let mut started = start().await;
    for path in ["/unread", "/late"] {
        let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx");
        let mut client = started.client(head.as_bytes()).await;
        sleep(Duration::from_secs(100)).await;
        started.seen.expect("waits").await;
        started.gate.notify_one();
        let answered = Instant::now();
        let reply = client.reply().await;
        assert_eq!(reply.status, 200);
        assert_eq!(answered.elapsed().as_millis(), 0, "{path}");
        if path == "/late" {
            let error = "the client closed the connection before the end of the body";
            assert_eq!(reply.text(), error);
        }
        let (rest, time) = client.gone_after().await;
        assert_eq!((rest, time.as_millis()), (Vec::new(), 0));
    }
}

#[tokio::test(start_paused = true)]
async fn half_a_head_ends_the_connection_at_once() {
    let started = start().await;
    for half in ["", "G", "GET / HTTP/1.1\r\nHost: a\r\n", "\r\n"] {
        for before in [Vec::new(), get("/")] {
            let mut client = started.client(&[&before, half.as_bytes()].concat()).await;
            let (answer, time) = client.gone_after().await;
            let text = String::from_utf8_lossy(&answer);
            assert_eq!(
                text.matches("page").count(),
                usize::from(!before.is_empty()),
                "{text}"
            );
            assert_eq!(time.as_millis(), 0, "{half:?}: {text}");
        }
    }
}
