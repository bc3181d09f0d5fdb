//! An app as a service: inside an axum app, under `axum::serve`.

use axum::{extract::ConnectInfo, routing::get};
use router::{AppService, Body, Ending, RemoteAddr, StopSignal, prelude::*};
use router_tests::{Client, Frame, Lines, Log, RawClient, Seen, recorder, request, within};
use std::{
    future::pending,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::{Notify, oneshot},
    task::JoinHandle,
};
use tower::{Service as _, ServiceExt as _};

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self) -> &'static str {
        "index"
    }

    #[route(get, "/users/{id}")]
    async fn user(&self, id: u64) -> String {
        format!("user {id}")
    }

    #[route(post, "/sum")]
    fn sum(&self, Json(numbers): Json<Vec<u64>>) -> String {
        numbers.iter().sum::<u64>().to_string()
    }

    #[route(get, "/peer")]
    fn peer(&self, RemoteAddr(peer): RemoteAddr) -> String {
        peer.to_string()
    }
}

struct Chat {
    seen: Log,
}

#[websocket(path = "/chat", idle_timeout = "8s", max_connections = 2)]
impl Chat {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe("room");
        ws.send(format!("hello {}", ws.remote_addr().ip()));
    }

    #[on(text)]
    async fn text(&self, ws: &mut Socket<()>, text: &str) {
        match text {
            "wait" => {
                self.seen.note("waits");
                pending::<()>().await;
            }
            text => {
                ws.hub().publish("room", text);
            }
        }
    }

    #[on(close)]
    fn close(&self, _ws: &mut Socket<()>, code: CloseCode) {
        self.seen.note(format!("closed {}", u16::from(code)));
    }
}

/// A running axum app that contains the app of `router` as a service, below `/live`.
struct Outer {
    addr: SocketAddr,
    ending: Ending,
    seen: Seen,
    stop: Option<oneshot::Sender<()>>,
    run: JoinHandle<std::io::Result<()>>,
}

fn app() -> (Router, Seen) {
    let (log, seen) = recorder();
    (Router::new().mount(Api).mount(Chat { seen: log }), seen)
}

impl Outer {
    async fn start(router: Router, seen: Seen) -> Self {
        let service = router.into_service().expect("the app is valid");
        let ending = service.ending();
        let service = service.remote_addr_from(|ConnectInfo(addr): &ConnectInfo<SocketAddr>| *addr);
        Self::serve(service, ending, seen).await
    }

    async fn serve(service: AppService, ending: Ending, seen: Seen) -> Self {
        let app = axum::Router::new()
            .route("/", get(async || "home"))
            .nest_service("/live", service);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("the machine has a free port");
        let addr = listener.local_addr().expect("it is bound");
        let (stop, stopped) = oneshot::channel::<()>();
        let make = app.into_make_service_with_connect_info::<SocketAddr>();
        let end = ending.clone().begin_when(stopped);
        let serve = axum::serve(listener, make).with_graceful_shutdown(end);
        Self {
            addr,
            ending,
            seen,
            stop: Some(stop),
            run: tokio::spawn(serve.into_future()),
        }
    }

    /// Stops axum and the app of `router`, and waits until both have ended.
    async fn stop(&mut self) {
        self.stop = None;
        let ended = within("axum to end", &mut self.run).await;
        ended.expect("it does not panic").expect("it ends well");
        within("the app to end", self.ending.finished()).await;
    }
}

async fn start() -> Outer {
    let (router, seen) = app();
    Outer::start(router, seen).await
}

#[tokio::test]
async fn routes_are_served_below_the_prefix_that_axum_removes() {
    let outer = start().await;
    for (method, path, body, status, text) in [
        ("GET", "/", "", 200, "home"),
        ("GET", "/live/users/7", "", 200, "user 7"),
        ("GET", "/live/users/x", "", 400, ""),
        ("GET", "/live/nowhere", "", 404, ""),
        ("POST", "/live/users/7", "", 405, ""),
    ] {
        let reply = request(outer.addr, method, path, &[], body.as_bytes()).await;
        assert_eq!(reply.status, status, "{method} {path}");
        if status == 200 {
            assert_eq!(reply.text(), text, "{method} {path}");
        }
    }
    let json = ("Content-Type", "application/json");
    let reply = request(outer.addr, "POST", "/live/sum", &[json], b"[1,2,3]").await;
    assert_eq!((reply.status, reply.text()), (200, "6"));
    let large = vec![b'1'; 3 * 1024 * 1024];
    let reply = request(outer.addr, "POST", "/live/sum", &[json], &large).await;
    assert_eq!(reply.status, 413);
}

#[tokio::test]
async fn the_clients_address_comes_from_connect_info() {
    let outer = start().await;
    let mut client = RawClient::connect(outer.addr).await;
    let reply = client.request("GET", "/live/peer", &[], b"").await;
    assert_eq!(reply.text(), client.local_addr().to_string());
}

#[tokio::test]
async fn the_extension_remote_addr_comes_first() {
    let (router, _seen) = app();
    let mut service = router
        .into_service()
        .expect("the app is valid")
        .remote_addr_from(|addr: &SocketAddr| *addr);
    let peer = async |service: &mut AppService, request| {
        let response = service.call(request).await.expect("it never fails");
        let body = http_body_util::BodyExt::collect(response.into_body()).await;
        String::from_utf8(body.expect("it is whole").to_bytes().into()).expect("it is text")
    };
    let told: SocketAddr = ([1, 2, 3, 4], 5).into();
    let other: SocketAddr = ([9, 9, 9, 9], 9).into();
    let get = || http::Request::get("/peer").header("host", "a");
    let request = get()
        .extension(other)
        .body(Body::empty())
        .expect("it is valid");
    assert_eq!(peer(&mut service, request).await, "9.9.9.9:9");
    let request = get()
        .extension(other)
        .extension(RemoteAddr(told))
        .body(Body::empty());
    assert_eq!(
        peer(&mut service, request.expect("it is valid")).await,
        "1.2.3.4:5"
    );
}

async fn status_of(service: &AppService, request: http::Request<Body>) -> StatusCode {
    let response = service.clone().oneshot(request).await;
    response.expect("it never fails").status()
}

#[tokio::test]
async fn an_unknown_address_is_500_where_it_is_asked_for_and_the_log_says_how_to_set_it() {
    let lines = Lines::record();
    let (router, _seen) = app();
    let service = router.into_service().expect("the app is valid");
    let get = |path| {
        http::Request::get(path)
            .header("host", "a")
            .body(Body::empty())
    };
    for (path, status) in [("/", 200), ("/peer", 500)] {
        let request = get(path).expect("it is valid");
        assert_eq!(status_of(&service, request).await, status, "{path}");
    }
    let lines = lines.take();
    assert!(
        lines
            .iter()
            .any(|line| line.message.contains("AppService::remote_addr_from")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn sockets_work_and_see_the_clients_address() {
    let outer = start().await;
    let mut ada = Client::connect(outer.addr, "/live/chat").await;
    let mut bob = Client::connect(outer.addr, "/live/chat").await;
    for client in [&mut ada, &mut bob] {
        client.expect_text("hello 127.0.0.1").await;
    }
    ada.send("hi").await;
    bob.expect_text("hi").await;
    // Two is the limit of the module.
    let mut third = RawClient::connect(outer.addr).await;
    assert_eq!(third.handshake("/live/chat", &[]).await.status, 503);
    drop(ada);
    let mut seen = outer.seen;
    seen.expect("closed 1006").await;
    let mut third = Client::connect(outer.addr, "/live/chat").await;
    third.expect_text("hello 127.0.0.1").await;
}

#[tokio::test]
async fn frames_that_follow_the_handshake_at_once_are_not_lost() {
    let outer = start().await;
    let mut client = RawClient::connect(outer.addr).await;
    let mut bytes = router_tests::upgrade_bytes("/live/chat", &[]);
    bytes.extend(Frame::ping("early").encode());
    client.write(&bytes).await;
    assert_eq!(client.reply_to_head().await.status, 101);
    client.expect_text("hello 127.0.0.1").await;
    assert_eq!(client.pong().await, b"early");
}

#[tokio::test]
async fn a_refused_handshake_is_answered_by_axum_and_keeps_the_connection() {
    let outer = start().await;
    let mut client = RawClient::connect(outer.addr).await;
    for _ in 0..2 {
        let version = ("Sec-WebSocket-Version", "7");
        let upgrade = [("Connection", "Upgrade"), ("Upgrade", "websocket"), version];
        let reply = client.request("GET", "/live/chat", &upgrade, b"").await;
        assert_eq!(reply.status, 426);
    }
}

#[tokio::test]
async fn the_ending_closes_sockets_with_1001_and_waits_for_their_close_handlers() {
    let mut outer = start().await;
    let mut client = RawClient::open(outer.addr, "/live/chat").await;
    client.expect_text("hello 127.0.0.1").await;
    outer.stop = None;
    client.expect_close(1001, "server shutting down").await;
    client.send(Frame::close(1001, "")).await;
    drop(client);
    outer.stop().await;
    outer.seen.expect("closed 1001").await;
}

#[tokio::test]
async fn handshakes_are_503_after_the_ending_has_begun_and_other_requests_are_served() {
    let outer = start().await;
    let mut client = RawClient::connect(outer.addr).await;
    outer.ending.begin();
    within("the app to end", outer.ending.finished()).await;
    assert_eq!(client.handshake("/live/chat", &[]).await.status, 503);
    let mut client = RawClient::connect(outer.addr).await;
    let reply = client.request("GET", "/live/", &[], b"").await;
    assert_eq!((reply.status, reply.text()), (200, "index"));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_waits_is_dropped_before_the_deadline() {
    let (router, seen) = app();
    let router = router.shutdown_deadline(Duration::from_secs(5));
    let mut outer = Outer::start(router, seen).await;
    let mut client = RawClient::open(outer.addr, "/live/chat").await;
    client.send(Frame::text("wait")).await;
    outer.seen.expect("waits").await;
    outer.stop().await;
    outer.seen.expect("closed 1001").await;
}

#[tokio::test(start_paused = true)]
async fn a_silent_client_is_closed_although_the_app_is_only_a_service() {
    let mut outer = start().await;
    // A sweep visits all sockets to check their timeouts. The sweeps begin with the first socket, end after
    // it, and begin again with the second socket.
    for _ in 0..2 {
        let mut client = RawClient::open(outer.addr, "/live/chat").await;
        client.expect_text("hello 127.0.0.1").await;
        loop {
            let frame = client.any_frame().await;
            if frame.opcode == router_tests::opcode::CLOSE {
                break;
            }
        }
        outer.seen.expect("closed 1001").await;
        drop(client);
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
}

#[tokio::test]
async fn shutdown_when_begins_the_ending_and_background_tasks_are_stopped() {
    let (log, mut seen) = recorder();
    let stop = std::sync::Arc::new(Notify::new());
    let stopped = stop.clone();
    let (router, _seen) = app();
    let router = router
        .background(move |_hub, stop: StopSignal| async move {
            log.note("runs");
            stop.stopped().await;
            log.note("stopped");
        })
        .shutdown_when(async move { stopped.notified().await });
    let service = router.into_service().expect("the app is valid");
    seen.expect("runs").await;
    stop.notify_one();
    within("the app to end", service.ending().finished()).await;
    seen.expect("stopped").await;
}

#[tokio::test]
async fn options_that_only_a_server_can_apply_are_errors_that_name_them() {
    let (router, _seen) = app();
    let error = router
        .backlog(5)
        .max_connections(10)
        .max_headers(50)
        .head_timeout(Duration::from_secs(1))
        .into_service()
        .expect_err("the options have no effect");
    let text = error.to_string();
    for option in ["backlog", "max_connections", "max_headers", "head_timeout"] {
        assert!(
            text.contains(&format!("`{option}` has no effect in a service")),
            "{text}"
        );
    }
    assert_eq!(text.lines().count(), 4, "{text}");
}

#[test]
fn a_service_needs_a_runtime() {
    let error = Router::new()
        .mount(Api)
        .into_service()
        .expect_err("there is none");
    assert!(
        error
            .to_string()
            .contains("must be called in a tokio runtime"),
        "{error}"
    );
}

#[tokio::test]
async fn a_handshake_from_a_server_that_cannot_hand_over_the_connection_is_500() {
    let (router, _seen) = app();
    let service = router.into_service().expect("the app is valid");
    let request = http::Request::get("/chat")
        .header("host", "a")
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .body(Body::empty());
    let request = request.expect("it is valid");
    assert_eq!(status_of(&service, request).await, 500);
}

/// If a request asks for an upgrade, hyper hands over the connection after any response.
#[tokio::test]
async fn a_socket_whose_101_a_layer_replaces_is_not_opened_and_frees_its_place() {
    let (router, mut seen) = app();
    let service = router.into_service().expect("the app is valid");
    let refuse = tower::util::MapResponseLayer::new(|response: Response| match response.status() {
        StatusCode::SWITCHING_PROTOCOLS => StatusCode::FORBIDDEN.into_response(),
        _ => response,
    });
    let refused = tower::Layer::layer(&refuse, service.clone());
    let app = axum::Router::new()
        .nest_service("/refused", refused)
        .nest_service("/live", service);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = listener.expect("the machine has a free port");
    let addr = listener.local_addr().expect("it is bound");
    tokio::spawn(axum::serve(listener, app).into_future());

    // More clients than `max_connections` allows. All of them stay connected.
    let mut clients = Vec::new();
    for connection in ["Upgrade", "Upgrade, close", "Upgrade"] {
        let mut client = RawClient::connect(addr).await;
        let head = router_tests::upgrade_bytes("/refused/chat", &[]);
        let head = String::from_utf8(head).expect("it is text");
        let head = head.replace("Connection: Upgrade", &format!("Connection: {connection}"));
        client.write(head.as_bytes()).await;
        assert_eq!(client.reply().await.status, 403, "{connection}");
        clients.push(client);
    }
    let mut one = RawClient::open(addr, "/live/chat").await;
    let mut two = RawClient::open(addr, "/live/chat").await;
    for client in [&mut one, &mut two] {
        client.expect_text("hello 0.0.0.0").await;
    }
    drop(clients);
    drop((one, two));
    seen.expect("closed 1006").await;
    seen.expect("closed 1006").await;
    seen.assert_silent();
}

#[tokio::test]
async fn the_socket_of_a_service_inside_the_app_works_in_axum() {
    use axum::extract::ws::{Message as AxumMessage, WebSocketUpgrade};
    let echo = async |upgrade: WebSocketUpgrade| {
        upgrade.on_upgrade(async |mut socket| {
            while let Some(Ok(AxumMessage::Text(text))) = socket.recv().await {
                if socket.send(AxumMessage::Text(text)).await.is_err() {
                    return;
                }
            }
        })
    };
    let inner = axum::Router::new().route("/echo", axum::routing::any(echo));
    let (router, seen) = app();
    let outer = Outer::start(router.mount_service("/inner", inner), seen).await;
    for _ in 0..20 {
        let mut client = Client::connect(outer.addr, "/live/inner/echo").await;
        client.send("hello").await;
        client.expect_text("hello").await;
    }
}

#[tokio::test]
async fn rfc9113_8_3_1_the_host_of_an_http2_request_is_in_its_target() {
    let (router, _seen) = app();
    let service = router.into_service().expect("the app is valid");
    for (uri, status) in [("http://a/", 200), ("http://user@a/", 400), ("/", 400)] {
        let request = http::Request::get(uri).version(http::Version::HTTP_2);
        let request = request.body(Body::empty()).expect("it is valid");
        assert_eq!(status_of(&service, request).await, status, "{uri}");
    }
}
