//! Which handler answers a request, and the answer if there is none.

use router::prelude::*;
use router_tests::{RawClient, Server, get, request};

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    async fn index(&self) -> &'static str {
        "index"
    }

    #[route(post, "/")]
    async fn create(&self) -> &'static str {
        "post"
    }

    #[route(put, "/")]
    fn replace(&self) -> &'static str {
        "put"
    }

    #[route(patch, "/")]
    fn change(&self) -> &'static str {
        "patch"
    }

    #[route(delete, "/")]
    fn delete(&self) -> &'static str {
        "delete"
    }

    #[route(options, "/own-options")]
    fn options(&self) -> &'static str {
        "by hand"
    }

    #[route(get, "/only-get")]
    fn only_get(&self) -> &'static str {
        "get"
    }

    #[route(get, "/files/index")]
    fn files(&self) -> &'static str {
        "all files"
    }

    #[route(get, "/files/{name}")]
    fn file(&self, name: String) -> String {
        format!("file {name}")
    }

    #[route(get, "/tree/{*rest}")]
    fn tree(&self, rest: String) -> String {
        format!("tree {rest}")
    }

    #[route(get, "/panics")]
    fn panics(&self) -> &'static str {
        panic!("this is what the test is about")
    }

    #[route(get, "/panics-later")]
    async fn panics_later(&self) -> &'static str {
        tokio::task::yield_now().await;
        panic!("this is what the test is about")
    }
}

async fn api() -> Server {
    Server::start(Router::new().mount(Api)).await
}

#[tokio::test]
async fn the_method_picks_the_handler() {
    let server = api().await;
    let replies = [
        ("GET", "index"),
        ("POST", "post"),
        ("PUT", "put"),
        ("PATCH", "patch"),
        ("DELETE", "delete"),
    ];
    for (method, body) in replies {
        let reply = request(server.addr(), method, "/", &[], b"").await;
        assert_eq!((reply.status, reply.text()), (200, body), "{method}");
    }
}

#[tokio::test]
async fn a_query_does_not_take_part_in_matching() {
    let server = api().await;
    assert_eq!(get(server.addr(), "/?a=b/c").await.text(), "index");
    assert_eq!(get(server.addr(), "/files/a?name=b").await.text(), "file a");
}

#[tokio::test]
async fn head_is_answered_by_get_without_its_body() {
    let server = api().await;
    let mut client = RawClient::connect(server.addr()).await;
    let head = client.request("HEAD", "/only-get", &[], b"").await;
    let full = client.request("GET", "/only-get", &[], b"").await;
    assert_eq!((head.status, full.status), (200, 200));
    assert_eq!(
        full.text(),
        "get",
        "a body behind the reply to HEAD would be read here"
    );
    assert_eq!(head.header("content-length"), Some("3"));
    assert_eq!(head.header("content-type"), full.header("content-type"));
}

#[tokio::test]
async fn options_lists_the_methods_of_a_path() {
    let server = api().await;
    let reply = request(server.addr(), "OPTIONS", "/", &[], b"").await;
    assert_eq!((reply.status, reply.text()), (204, ""));
    assert_eq!(
        reply.allow(),
        ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"]
    );
}

#[tokio::test]
async fn options_can_be_handled() {
    let server = api().await;
    let reply = request(server.addr(), "OPTIONS", "/own-options", &[], b"").await;
    assert_eq!((reply.status, reply.text()), (200, "by hand"));
}

#[tokio::test]
async fn a_path_that_no_route_has_is_404() {
    let server = api().await;
    for path in [
        "/nothing",
        "/files",
        "/files/a/b",
        "/tree/",
        "//",
        "/only-get/",
    ] {
        for method in ["GET", "POST", "OPTIONS"] {
            let reply = request(server.addr(), method, path, &[], b"").await;
            assert_eq!(
                (reply.status, reply.text()),
                (404, "Not Found"),
                "{method} {path}"
            );
        }
    }
}

#[tokio::test]
async fn a_method_that_the_path_does_not_have_is_405_with_an_allow_header() {
    let server = api().await;
    for method in ["POST", "DELETE", "BREW"] {
        let reply = request(server.addr(), method, "/only-get", &[], b"").await;
        assert_eq!(
            (reply.status, reply.text()),
            (405, "Method Not Allowed"),
            "{method}"
        );
        assert_eq!(reply.allow(), ["GET", "HEAD"], "{method}");
    }
}

#[tokio::test]
async fn static_segments_beat_parameters() {
    let server = api().await;
    assert_eq!(get(server.addr(), "/files/index").await.text(), "all files");
    assert_eq!(
        get(server.addr(), "/files/indices").await.text(),
        "file indices"
    );
}

#[tokio::test]
async fn a_wildcard_takes_the_rest_of_the_path() {
    let server = api().await;
    assert_eq!(get(server.addr(), "/tree/a").await.text(), "tree a");
    assert_eq!(
        get(server.addr(), "/tree/a/b/c.txt").await.text(),
        "tree a/b/c.txt"
    );
    assert_eq!(
        get(server.addr(), "/tree/a%20b/%C3%A9").await.text(),
        "tree a b/é"
    );
}

#[tokio::test]
async fn parameters_are_percent_decoded() {
    let server = api().await;
    for (path, name) in [
        ("/files/a%20b", "a b"),
        ("/files/caf%C3%A9", "café"),
        ("/files/caf%c3%a9", "café"),
        ("/files/100%25", "100%"),
        ("/files/a+b", "a+b"),
    ] {
        let reply = get(server.addr(), path).await;
        assert_eq!(
            (reply.status, reply.text()),
            (200, &*format!("file {name}")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_encoded_slash_stays_inside_its_segment() {
    let server = api().await;
    assert_eq!(get(server.addr(), "/files/a%2Fb").await.text(), "file a/b");
    assert_eq!(
        get(server.addr(), "/files/..%2f..").await.text(),
        "file ../.."
    );
}

#[tokio::test]
async fn broken_percent_encoding_is_400() {
    let server = api().await;
    for path in ["/files/%", "/files/a%4", "/files/%zz", "/files/%%41"] {
        let reply = get(server.addr(), path).await;
        assert_eq!(reply.status, 400, "{path}");
        assert!(reply.text().contains("`name`"), "{path}: {}", reply.text());
    }
}

#[tokio::test]
async fn a_parameter_that_is_not_utf8_is_400() {
    let server = api().await;
    for path in ["/files/%ff", "/files/caf%C3", "/files/%ED%A0%80"] {
        let reply = get(server.addr(), path).await;
        assert_eq!(reply.status, 400, "{path}");
        assert!(reply.text().contains("`name`"), "{path}: {}", reply.text());
    }
    let reply = get(server.addr(), "/tree/a/%ff").await;
    assert_eq!(reply.status, 400);
    assert!(reply.text().contains("`rest`"), "{}", reply.text());
}

#[tokio::test]
async fn a_connection_is_kept_for_more_requests() {
    let server = api().await;
    let mut client = RawClient::connect(server.addr()).await;
    for (path, status) in [
        ("/", 200),
        ("/nothing", 404),
        ("/files/%ff", 400),
        ("/", 200),
    ] {
        assert_eq!(
            client.request("GET", path, &[], b"").await.status,
            status,
            "{path}"
        );
    }
    assert_eq!(client.request("BREW", "/", &[], b"").await.status, 405);
    assert_eq!(client.request("GET", "/", &[], b"").await.text(), "index");
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let server = api().await;
    let mut client = RawClient::connect(server.addr()).await;
    let requests: Vec<u8> = (0..20)
        .flat_map(|n| router_tests::request_bytes("GET", &format!("/files/{n}"), &[], b""))
        .collect();
    client.write(&requests).await;
    for n in 0..20 {
        assert_eq!(client.reply().await.text(), format!("file {n}"));
    }
}

#[tokio::test]
async fn a_request_with_connection_close_ends_the_connection() {
    let server = api().await;
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client
        .request("GET", "/", &[("Connection", "close")], b"")
        .await;
    assert_eq!(reply.text(), "index");
    client.expect_end().await;
}

#[tokio::test]
async fn a_panic_is_500_and_later_requests_are_answered() {
    let server = api().await;
    let mut client = RawClient::connect(server.addr()).await;
    for path in ["/panics", "/panics-later"] {
        let reply = client.request("GET", path, &[], b"").await;
        assert_eq!(reply.status, 500, "{path}");
        assert!(
            !reply.text().contains("what the test is about"),
            "the panic's message is not sent"
        );
        assert_eq!(client.request("GET", "/", &[], b"").await.text(), "index");
    }
    assert_eq!(get(server.addr(), "/").await.text(), "index");
    server.shutdown().await.unwrap();
}

struct Overlapping;

#[routes]
impl Overlapping {
    #[route(get, "/files/{*rest}")]
    fn all(&self, rest: String) -> String {
        format!("all {rest}")
    }

    #[route(get, "/files/{id}")]
    fn one(&self, id: String) -> String {
        format!("one {id}")
    }

    #[route(get, "/files/readme")]
    fn readme(&self) -> &'static str {
        "readme"
    }
}

#[tokio::test]
async fn literal_goes_before_parameter_and_parameter_before_wildcard() {
    let server = Server::start(Router::new().mount(Overlapping)).await;
    for (path, text) in [
        ("/files/readme", "readme"),
        ("/files/7", "one 7"),
        ("/files/7/8", "all 7/8"),
        ("/files/readme/8", "all readme/8"),
    ] {
        assert_eq!(get(server.addr(), path).await.text(), text);
    }
}
