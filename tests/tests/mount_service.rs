//! Tower services below a prefix of an app.

use axum::{
    extract::ws::{Message as AxumMessage, WebSocketUpgrade},
    routing::{any, get},
};
use router::{Body, OriginalUri, RemoteAddr, http, prelude::*};
use router_tests::{Client, Lines, RawClient, Server, request};
use std::{convert::Infallible, fs, io};
use tower::service_fn;
use tower_http::services::{ServeDir, ServeFile};

struct Api;

#[routes]
impl Api {
    #[route(get, "/files/special")]
    fn special(&self) -> &'static str {
        "special"
    }

    #[route(get, "/users/{id}")]
    fn user(&self, id: u64) -> String {
        format!("user {id}")
    }
}

/// Answers with the method, the URI that the service sees, and the original URI.
async fn echo(request: http::Request<Body>) -> Result<http::Response<String>, Infallible> {
    let original = request
        .extensions()
        .get::<OriginalUri>()
        .expect("it is set");
    let text = format!("{} {} of {}", request.method(), request.uri(), original.0);
    Ok(http::Response::new(text))
}

async fn text(server: &Server, method: &str, path: &str) -> String {
    let reply = request(server.addr(), method, path, &[], b"").await;
    format!("{} {}", reply.status, reply.text())
}

/// Checks the answers to requests, given as method, path, and status with text.
async fn check(server: &Server, cases: &[(&str, &str, &str)]) {
    for &(method, path, expected) in cases {
        let answer = text(server, method, path).await;
        assert_eq!(answer, expected, "{method} {path}");
    }
}

#[tokio::test]
async fn a_service_gets_every_method_and_path_below_its_prefix_without_the_prefix() {
    let server = Server::start(Router::new().mount_service("/a/b", service_fn(echo))).await;
    let cases = [
        ("GET", "/a/b", "200 GET / of /a/b"),
        ("GET", "/a/b/", "200 GET / of /a/b/"),
        ("POST", "/a/b/c/d?e=f", "200 POST /c/d?e=f of /a/b/c/d?e=f"),
        ("PROPFIND", "/a/b/c", "200 PROPFIND /c of /a/b/c"),
        ("GET", "/%61/b/%2F", "200 GET /%2F of /%61/b/%2F"),
        ("GET", "/a/bc", "404 Not Found"),
        ("GET", "/a", "404 Not Found"),
    ];
    check(&server, &cases).await;
}

#[tokio::test]
async fn routes_come_before_services_and_a_longer_prefix_before_a_shorter_one() {
    let named = |name: &'static str| {
        service_fn(async move |_: http::Request<Body>| {
            Ok::<_, Infallible>(http::Response::new(name.to_owned()))
        })
    };
    let router = Router::new()
        .mount_service("/", named("root"))
        .mount_service("/files", named("files"))
        .mount_service("/files/deep", named("deep"))
        .mount(Api);
    let server = Server::start(router).await;
    let cases = [
        ("GET", "/files/special", "200 special"),
        ("HEAD", "/files/special", "200 "),
        ("GET", "/users/7", "200 user 7"),
        ("GET", "/files/other", "200 files"),
        ("GET", "/files/deep/x", "200 deep"),
        ("DELETE", "/nowhere", "200 root"),
        ("GET", "/", "200 root"),
    ];
    check(&server, &cases).await;
    // The service at `/` does not answer the other methods of a path that has a route.
    let reply = request(server.addr(), "POST", "/users/7", &[], b"").await;
    assert_eq!((reply.status, reply.allow()), (405, vec!["GET", "HEAD"]));
}

#[tokio::test]
async fn files_are_served_with_ranges_and_a_page_for_other_paths() {
    let folder = std::env::temp_dir().join(format!("router-files-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("the folder can be written");
    fs::write(folder.join("index.html"), "the page").expect("the folder can be written");
    fs::write(folder.join("data.txt"), "0123456789").expect("the folder can be written");
    let page = ServeFile::new(folder.join("index.html"));
    let router = Router::new()
        .mount(Api)
        .mount_service("/", ServeDir::new(&folder).fallback(page));
    let server = Server::start(router).await;
    for (path, expected) in [
        ("/", "200 the page"),
        ("/data.txt", "200 0123456789"),
        ("/some/page", "200 the page"),
        ("/users/1", "200 user 1"),
    ] {
        assert_eq!(text(&server, "GET", path).await, expected, "{path}");
    }
    let range = ("Range", "bytes=2-4");
    let reply = request(server.addr(), "GET", "/data.txt", &[range], b"").await;
    assert_eq!((reply.status, reply.text()), (206, "234"));
    fs::remove_dir_all(&folder).expect("the folder can be removed");
}

async fn upgrade(upgrade: WebSocketUpgrade) -> axum::response::Response {
    upgrade.on_upgrade(async |mut socket| {
        while let Some(Ok(message)) = socket.recv().await {
            if let AxumMessage::Text(text) = message
                && socket.send(AxumMessage::Text(text)).await.is_err()
            {
                return;
            }
        }
    })
}

#[tokio::test]
async fn an_axum_app_works_below_a_prefix_and_so_do_its_sockets() {
    let legacy = axum::Router::new()
        .route("/users", get(async || "all users"))
        .route("/echo", any(upgrade));
    let server = Server::start(Router::new().mount(Api).mount_service("/legacy", legacy)).await;
    assert_eq!(text(&server, "GET", "/legacy/users").await, "200 all users");
    assert_eq!(text(&server, "POST", "/legacy/users").await, "405 ");
    let mut client = Client::connect(server.addr(), "/legacy/echo").await;
    client.send("hello").await;
    client.expect_text("hello").await;
}

#[tokio::test]
async fn a_service_sees_the_clients_address() {
    let peer = service_fn(async |request: http::Request<Body>| {
        let RemoteAddr(peer) = request.extensions().get().copied().expect("it is set");
        Ok::<_, Infallible>(http::Response::new(peer.to_string()))
    });
    let server = Server::start(Router::new().mount_service("/peer", peer)).await;
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client.request("GET", "/peer", &[], b"").await;
    assert_eq!(reply.text(), client.local_addr().to_string());
}

#[tokio::test]
async fn the_body_limit_is_not_applied_to_a_service() {
    let count = service_fn(async |request: http::Request<Body>| {
        let body = http_body_util::BodyExt::collect(request.into_body()).await;
        let length = body.map(|body| body.to_bytes().len());
        Ok::<_, Infallible>(http::Response::new(format!("{length:?}")))
    });
    let router = Router::new().body_limit(10).mount_service("/count", count);
    let server = Server::start(router).await;
    let reply = request(server.addr(), "POST", "/count", &[], &[b'x'; 5000]).await;
    assert_eq!(reply.text(), "Ok(5000)");
}

#[tokio::test]
async fn an_error_of_a_service_is_500_and_logged_and_a_panic_too() {
    let lines = Lines::record();
    let fails = service_fn(async |_: http::Request<Body>| {
        Err::<http::Response<String>, _>(io::Error::other("disk on fire"))
    });
    let panics = service_fn(async |request: http::Request<Body>| {
        assert_eq!(request.uri(), "no such path", "it panics");
        Ok::<_, Infallible>(http::Response::new(String::new()))
    });
    let router = Router::new()
        .mount_service("/fails", fails)
        .mount_service("/panics", panics);
    let server = Server::start(router).await;
    for path in ["/fails", "/panics"] {
        assert_eq!(
            request(server.addr(), "GET", path, &[], b"").await.status,
            500,
            "{path}"
        );
    }
    let lines = lines.take();
    let said = |text: &str| {
        lines.iter().any(|line| {
            line.message.contains(text) || line.field("error").is_some_and(|it| it.contains(text))
        })
    };
    assert!(said("disk on fire") && said("panicked"), "{lines:?}");
}

#[tokio::test]
async fn a_prefix_that_is_not_literal_and_a_prefix_twice_are_errors_at_the_start() {
    for prefix in ["/a/{id}", "/a/", "a", "/{*rest}", ""] {
        let router = Router::new().mount_service(prefix, service_fn(echo));
        let error = router
            .bind("127.0.0.1:0")
            .await
            .expect_err("the prefix is wrong");
        let text = error.to_string();
        assert!(
            text.contains("mount_service.rs") && text.contains(prefix),
            "{text}"
        );
    }
    let router = Router::new()
        .mount_service("/a", service_fn(echo))
        .mount_service("/a", service_fn(echo));
    let error = router
        .bind("127.0.0.1:0")
        .await
        .expect_err("the prefix is taken");
    assert!(error.is_route_conflict(), "{error}");
}

#[tokio::test]
async fn services_are_listed_with_their_place() {
    let routes = Router::new().mount_service("/a", service_fn(echo)).routes();
    let listed: Vec<_> = routes
        .iter()
        .map(|route| (route.method(), route.pattern()))
        .collect();
    assert_eq!(
        listed,
        [("any", "/a"), ("any", "/a/"), ("any", "/a/{*_rest}")]
    );
    assert!(routes[0].location().file().ends_with("mount_service.rs"));
}

#[tokio::test]
async fn layers_are_around_services() {
    use tower_http::set_header::SetResponseHeaderLayer;
    let name = http::HeaderName::from_static("x-layer");
    let layer = SetResponseHeaderLayer::overriding(name, HeaderValue::from_static("yes"));
    let router = Router::new()
        .mount_service("/a", service_fn(echo))
        .layer(layer);
    let server = Server::start(router).await;
    let reply = request(server.addr(), "GET", "/a", &[], b"").await;
    assert_eq!(reply.header("x-layer"), Some("yes"));
}

struct Inner;

#[websocket(path = "/chat")]
impl Inner {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.send("hello");
    }
}

#[tokio::test]
async fn an_app_inside_an_app_keeps_its_sockets() {
    let inner = Router::new()
        .mount(Inner)
        .into_service()
        .expect("the app is valid");
    let server = Server::start(Router::new().mount_service("/inner", inner)).await;
    for _ in 0..3 {
        let mut client = Client::connect(server.addr(), "/inner/chat").await;
        client.expect_text("hello").await;
    }
}

#[tokio::test]
async fn a_route_answers_its_methods_and_a_service_with_the_same_pattern_the_others() {
    struct Page;
    #[routes]
    impl Page {
        #[route(get, "/a")]
        fn page(&self) -> &'static str {
            "page"
        }
    }
    let router = Router::new()
        .mount(Page)
        .mount_service("/a", service_fn(echo));
    let server = Server::start(router).await;
    assert_eq!(text(&server, "GET", "/a").await, "200 page");
    assert_eq!(text(&server, "POST", "/a").await, "200 POST / of /a");
}
