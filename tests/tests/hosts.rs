//! `Router::hosts`: the hosts that an app answers for.

use http::HeaderName;
use router::prelude::*;
use router_tests::{HANDSHAKE, RawClient, Reply, Server};
use tower_http::set_header::SetResponseHeaderLayer;

struct Api;

#[websocket(path = "/socket", data = ())]
impl Api {
    #[route(get, "/")]
    fn page(&self) -> &'static str {
        "page"
    }

    #[route(post, "/")]
    fn post(&self, body: Bytes) -> String {
        body.len().to_string()
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

const HOSTS: [&str; 6] = [
    "good.example",
    "Mixed.Example",
    "*.tenant.example",
    "localhost:3000",
    "127.0.0.1",
    "[::1]",
];

fn router() -> Router {
    Router::new().mount(Api).hosts(HOSTS)
}

async fn start() -> Server {
    Server::start(router()).await
}

/// Sends a request with this `Host`, or without `Host` if `host` is empty.
async fn ask(server: &Server, target: &str, host: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = format!("{target}\r\n");
    if !host.is_empty() {
        request += &format!("Host: {host}\r\n");
    }
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    let mut client = RawClient::connect(server.addr()).await;
    client.write((request + "\r\n").as_bytes()).await;
    client.reply().await
}

async fn get(server: &Server, host: &str) -> u16 {
    ask(server, "GET / HTTP/1.1", host, &[]).await.status
}

const GOOD: [&str; 20] = [
    "good.example",
    "good.example:80",
    "good.example:8080",
    "good.example:",
    "GOOD.Example",
    "Good.Example:443",
    "good.example.",
    "good.example.:80",
    "mixed.example",
    "MIXED.EXAMPLE",
    "a.tenant.example",
    "A.Tenant.Example:80",
    "a.b.c.tenant.example",
    "pr-1_2.tenant.example.",
    "localhost:3000",
    "LOCALHOST.:3000",
    "127.0.0.1",
    "127.0.0.1:65535",
    "[::1]",
    "[::1]:3000",
];

const OTHERS: [&str; 27] = [
    "evil.example",
    "www.good.example",
    "good.example.evil",
    "good.example.evil:80",
    "evilgood.example",
    "good.exampl",
    "ood.example",
    "good.example..",
    "good-example",
    "good%2eexample",
    "%67ood.example",
    "good.example%00",
    "tenant.example",
    ".tenant.example",
    "a..tenant.example",
    "eviltenant.example",
    "a.tenant.example.evil",
    "*.tenant.example",
    "localhost",
    "localhost:3001",
    "localhost:30000",
    "localhost:03000",
    "127.0.0.2",
    "127.0.0.1.evil.example",
    "2130706433",
    "[::2]",
    "[::ffff:127.0.0.1]",
];

#[tokio::test]
async fn a_listed_host_is_served() {
    let server = start().await;
    for host in GOOD {
        assert_eq!(get(&server, host).await, 200, "{host}");
        let reply = ask(&server, "GET /socket HTTP/1.1", host, &HANDSHAKE).await;
        assert_eq!(reply.status, 101, "{host}");
        let reply = ask(&server, "GET /nowhere HTTP/1.1", host, &[]).await;
        assert_eq!(reply.status, 404, "{host}");
    }
}

#[tokio::test]
async fn rfc9110_15_5_20_every_request_for_another_host_is_421() {
    let server = start().await;
    for host in OTHERS {
        for (target, headers) in [
            ("GET / HTTP/1.1", &[][..]),
            ("GET /nowhere HTTP/1.1", &[]),
            ("PUT / HTTP/1.1", &[]),
            ("OPTIONS / HTTP/1.1", &[]),
            ("OPTIONS * HTTP/1.1", &[]),
            ("GET /socket HTTP/1.1", &HANDSHAKE),
            ("GET /socket HTTP/1.1", &[]),
            ("POST / HTTP/1.1", &[("Content-Length", "0")]),
        ] {
            let reply = ask(&server, target, host, headers).await;
            assert_eq!(reply.status, 421, "{target} at {host}");
            assert_eq!(reply.header("sec-websocket-accept"), None);
        }
    }
}

#[tokio::test]
async fn an_invalid_host_is_400_and_not_421() {
    let server = start().await;
    for host in [
        "",
        "good.example/",
        "a@good.example",
        "good.example, evil.example",
        "good.example:x",
    ] {
        assert_eq!(get(&server, host).await, 400, "{host}");
    }
}

#[tokio::test]
async fn a_request_for_another_host_does_not_reach_the_layers() {
    let name = HeaderName::from_static("x-layer");
    let layer = SetResponseHeaderLayer::overriding(name, HeaderValue::from_static("seen"));
    let server = Server::start(router().layer(layer)).await;
    for (target, headers) in [
        ("GET / HTTP/1.1", &[][..]),
        ("GET /socket HTTP/1.1", &HANDSHAKE),
    ] {
        let reply = ask(&server, target, "good.example", headers).await;
        assert!(reply.status < 300, "{target}");
        assert_eq!(reply.header("x-layer"), Some("seen"), "{target}");
        let reply = ask(&server, target, "evil.example", headers).await;
        assert_eq!(
            (reply.status, reply.header("x-layer")),
            (421, None),
            "{target}"
        );
    }
}

#[tokio::test]
async fn rfc9112_3_2_2_the_host_of_an_absolute_target_replaces_the_host_header() {
    let server = start().await;
    for (authority, host, status) in [
        ("good.example", "good.example", 200),
        ("good.example", "evil.example", 200),
        ("GOOD.example:80", "evil.example", 200),
        ("a.tenant.example", "evil.example", 200),
        ("[::1]:80", "evil.example", 200),
        ("evil.example", "good.example", 421),
        ("evil.example:80", "good.example", 421),
        ("good.example.evil", "good.example", 421),
        ("localhost", "localhost:3000", 421),
        ("evil.example", "", 400),
        ("good.example@evil.example", "good.example", 400),
        ("good.example:80@evil.example", "good.example", 400),
        ("good.example:@evil.example", "good.example", 400),
        ("localhost:3000@evil.example", "good.example", 400),
        ("[::1]:80@evil.example", "good.example", 400),
        ("user@good.example", "good.example", 400),
        ("good.example:evil", "good.example", 400),
    ] {
        for path in ["/", "/socket"] {
            let headers = if path == "/" { &[][..] } else { &HANDSHAKE };
            let status = if path == "/socket" && status == 200 {
                101
            } else {
                status
            };
            let target = format!("GET http://{authority}{path} HTTP/1.1");
            let reply = ask(&server, &target, host, headers).await;
            assert_eq!(reply.status, status, "{target} with {host}");
        }
    }
}

#[tokio::test]
async fn an_http_1_0_request_needs_a_listed_host() {
    let server = start().await;
    for (target, host, status) in [
        ("/", "", 421),
        ("/", "good.example", 200),
        ("/", "evil.example", 421),
        ("http://good.example/", "", 200),
        ("http://good.example/", "evil.example", 200),
        ("http://evil.example/", "", 421),
        ("http://evil.example/", "good.example", 421),
        ("http://good.example:x@evil.example/", "", 400),
    ] {
        let target = format!("GET {target} HTTP/1.0");
        let reply = ask(&server, &target, host, &[]).await;
        assert_eq!(reply.status, status, "{target} with {host}");
    }
    // Without a list of hosts, HTTP/1.0 needs no `Host`, and every host is served.
    let server = Server::start(Router::new().mount(Api)).await;
    assert_eq!(ask(&server, "GET / HTTP/1.0", "", &[]).await.status, 200);
    assert_eq!(get(&server, "evil.example").await, 200);
}

#[tokio::test]
async fn a_request_for_another_host_does_not_end_the_connection() {
    let server = start().await;
    let mut client = RawClient::connect(server.addr()).await;
    for (host, status) in [
        ("evil.example", 421),
        ("good.example", 200),
        ("evil.example", 421),
    ] {
        let body = "Content-Length: 5\r\n\r\nhello";
        let request = format!("POST / HTTP/1.1\r\nHost: {host}\r\n{body}");
        client.write(request.as_bytes()).await;
        assert_eq!(client.reply().await.status, status, "{host}");
    }
}

/// Binds an app with this list of hosts. Returns the error if binding fails.
async fn fault(hosts: &[&str]) -> Option<String> {
    let router = Router::new().mount(Api).hosts(hosts.iter().copied());
    let error = router.bind("127.0.0.1:0").await.err()?;
    Some(format!("{error:?}"))
}

#[tokio::test]
async fn an_entry_that_is_not_a_host_is_an_error_at_the_start() {
    for entry in [
        "",
        " ",
        "*",
        "*.",
        "*.*",
        "*.*.example",
        "a.*.example",
        "*example",
        "**.example",
        "https://good.example",
        "//good.example",
        "good.example/",
        "good.example/path",
        "user@good.example",
        "good example",
        " good.example",
        "good.example ",
        "good.example,evil.example",
        "good.example:",
        "good.example:x",
        "good.example:65536",
        "good.example:80:80",
        ":80",
        "::1",
        "[::1",
        "[good.example]",
        "bücher.example",
        "good.example\n",
        "good.example\0",
    ] {
        let fault = fault(&["good.example", entry]).await;
        let fault = fault.unwrap_or_else(|| panic!("{entry:?} is accepted as a host"));
        assert!(fault.contains("hosts"), "{entry:?}: {fault}");
        assert!(fault.contains(&format!("{entry:?}")), "{entry:?}: {fault}");
    }
    let none = fault(&[]).await.expect("an empty list is an error");
    assert!(none.contains("hosts"), "{none}");
}

#[tokio::test]
async fn an_entry_that_can_never_match_is_an_error_at_the_start() {
    // For example, the server removes a final dot from a request's host, and never decodes an escape in a
    // host.
    for entry in [
        "good.example.",
        "*.tenant.example.",
        "good%2eexample",
        "a..example",
        "*.[::1]",
        "a~b",
        ".example",
        "*..example",
    ] {
        assert!(
            fault(&[entry]).await.is_some(),
            "{entry:?} is accepted as a host"
        );
    }
}

#[tokio::test]
async fn names_and_addresses_are_valid_entries() {
    let hosts = [
        "a",
        "A.B",
        "*.a",
        "*.a:80",
        "a:80",
        "127.0.0.1:80",
        "[::1]",
        "[::1]:80",
        "my_app",
        "xn--bcher-kva.example",
    ];
    assert_eq!(fault(&hosts).await, None);
    assert_eq!(fault(&HOSTS).await, None);
}

#[tokio::test]
async fn a_pattern_may_have_a_port() {
    let router = Router::new().mount(Api).hosts(["*.tenant.example:8080"]);
    let server = Server::start(router).await;
    for (host, status) in [
        ("a.tenant.example:8080", 200),
        ("A.b.tenant.example.:8080", 200),
        ("a.tenant.example", 421),
        ("a.tenant.example:80", 421),
        ("tenant.example:8080", 421),
        ("a.tenant.example:8081", 421),
    ] {
        assert_eq!(get(&server, host).await, status, "{host}");
    }
}

#[tokio::test]
async fn an_address_is_the_same_in_each_of_its_forms() {
    let router = Router::new()
        .mount(Api)
        .hosts(["[0:0:0:0:0:0:0:1]", "[2001:DB8::A]:80"]);
    let server = Server::start(router).await;
    for (host, status) in [
        ("[::1]", 200),
        ("[0::1]:3000", 200),
        ("[0:0:0:0:0:0:0:1]", 200),
        ("[2001:db8:0::a]:80", 200),
        ("[2001:db8::a]", 421),
        ("[::2]", 421),
        ("[::1.0.0.0]", 421),
    ] {
        assert_eq!(get(&server, host).await, status, "{host}");
    }
}

#[tokio::test]
async fn the_last_list_of_hosts_replaces_earlier_lists() {
    let router = Router::new().mount(Api).hosts(["a"]).hosts(["b"]);
    let server = Server::start(router).await;
    assert_eq!(get(&server, "a").await, 421);
    assert_eq!(get(&server, "b").await, 200);
}
