//! The option `origins` with `no-origin`, subdomains and `*`. Also the address of a client.

use router::prelude::*;
use router_tests::{Frame, RawClient, Server, request_bytes, upgrade_bytes};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

macro_rules! module {
    ($name:ident, $path:literal, $by_hand:literal, [$($origin:literal),*]) => {
        struct $name;

        #[websocket(path = $path, data = (), origins = [$($origin),*])]
        impl $name {
            #[route(get, $by_hand)]
            fn by_hand(&self, upgrade: Upgrade<Self>) -> Response {
                upgrade.accept(())
            }

            #[on(text)]
            fn text(&self, ws: &mut Socket<()>, text: &str) {
                ws.send(text);
            }
        }
    };
}

module!(Apps, "/apps", "/apps/by-hand", ["same-origin", "no-origin"]);
module!(OnlyApps, "/only-apps", "/only-apps/by-hand", ["no-origin"]);
module!(
    Tenants,
    "/tenants",
    "/tenants/by-hand",
    ["https://*.example.com"]
);
module!(
    Ports,
    "/ports",
    "/ports/by-hand",
    ["http://*.local:3000", "https://example.com"]
);

module!(Anybody, "/anybody", "/anybody/by-hand", ["*"]);

async fn start() -> Server {
    let router = Router::new().mount(Apps).mount(OnlyApps).mount(Anybody);
    Server::start(router.mount(Tenants).mount(Ports)).await
}

async fn assert_status(server: &Server, path: &str, origins: &[&str], status: u16) {
    let headers: Vec<_> = origins.iter().map(|origin| ("Origin", *origin)).collect();
    for path in [path.to_owned(), format!("{path}/by-hand")] {
        let mut client = RawClient::connect(server.addr()).await;
        let reply = client.handshake(&path, &headers).await;
        assert_eq!(reply.status, status, "{path} from {origins:?}");
        if status == 101 {
            client.ask("admitted", "admitted").await;
        }
    }
}

#[tokio::test]
async fn a_client_without_an_origin_is_admitted_where_no_origin_is_listed() {
    let server = start().await;
    for path in ["/apps", "/only-apps"] {
        assert_status(&server, path, &[], 101).await;
    }
    for path in ["/tenants", "/ports"] {
        assert_status(&server, path, &[], 403).await;
    }
}

#[tokio::test]
async fn the_no_origin_entry_admits_no_page() {
    let server = start().await;
    for path in ["/apps", "/only-apps"] {
        for origins in [
            &[""][..],
            &["null"],
            &["no-origin"],
            &["NO-ORIGIN"],
            &["same-origin"],
            &["https://evil.example"],
            &["file://"],
            &["", ""],
            &["http://localhost", "http://localhost"],
        ] {
            assert_status(&server, path, origins, 403).await;
        }
    }
    // A page of the server itself.
    assert_status(&server, "/apps", &["http://localhost"], 101).await;
    assert_status(&server, "/only-apps", &["http://localhost"], 403).await;
}

#[tokio::test]
async fn an_asterisk_admits_everybody() {
    let server = start().await;
    for origins in [&[][..], &["null"], &["https://other.example"]] {
        assert_status(&server, "/anybody", origins, 101).await;
    }
}

#[tokio::test]
async fn subdomains_are_admitted_at_any_depth() {
    let server = start().await;
    for origin in [
        "https://a.example.com",
        "https://a.b.c.example.com",
        "https://pr-12.preview.example.com",
        "HTTPS://A.Example.COM",
        "https://xn--bcher-kva.example.com",
    ] {
        assert_status(&server, "/tenants", &[origin], 101).await;
    }
    for origin in [
        "http://a.local:3000",
        "http://a.b.local:3000",
        "https://example.com",
    ] {
        assert_status(&server, "/ports", &[origin], 101).await;
    }
}

#[tokio::test]
async fn an_origin_that_only_resembles_a_subdomain_is_403() {
    let server = start().await;
    for origin in [
        "https://example.com",
        "https://.example.com",
        "https://..example.com",
        "https://a..example.com",
        "https://aexample.com",
        "https://evil-example.com",
        "https://a.example.com.",
        "https://a.example.com.evil",
        "https://a.example.comevil",
        "https://a.example.com:443",
        "https://a.example.com:8443",
        "https://a.example.com/",
        "https://a.example.com@evil",
        "https://evil/a.example.com",
        "https://evil/.example.com",
        "https://evil?.example.com",
        "https://evil#.example.com",
        "https://evil\\.example.com",
        "https://evil:80.example.com",
        "https://evil@a.example.com",
        "https://user:pass@a.example.com",
        "https://*.example.com",
        "https://a%2eb.example.com",
        "https://a%00.example.com",
        "https:// a.example.com",
        "https://a.example.com, https://a.example.com",
        "https:a.example.com",
        "https:///a.example.com",
        "http://a.example.com",
        "wss://a.example.com",
        "httpsx://a.example.com",
        "xhttps://a.example.com",
        "a.example.com",
        ".example.com",
        "null",
        "",
    ] {
        assert_status(&server, "/tenants", &[origin], 403).await;
    }
    for origin in [
        "http://local:3000",
        "http://a.local",
        "http://a.local:300",
        "http://a.local:30000",
        "http://a.local:3000:3000",
        "https://a.local:3000",
        "https://a.example.com",
    ] {
        assert_status(&server, "/ports", &[origin], 403).await;
    }
    let twice = ["https://a.example.com", "https://a.example.com"];
    assert_status(&server, "/tenants", &twice, 403).await;
}

struct Addresses;

#[websocket(path = "/socket", data = ())]
impl Addresses {
    #[route(get, "/")]
    fn page(&self, remote: RemoteAddr) -> String {
        remote.0.to_string()
    }

    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        let remote = ws.remote_addr();
        ws.send(remote.to_string());
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

/// The client's own address and the address that the server reports, for a page and for a socket.
async fn addresses(server: SocketAddr) -> [SocketAddr; 4] {
    let mut stream = TcpStream::connect(server).await.expect("it listens");
    let page = stream.local_addr().expect("it is open");
    let request = request_bytes("GET", "/", &[("Connection", "close")], b"");
    stream.write_all(&request).await.expect("it is open");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it ends");
    let (_, shown_page) = answer.split_once("\r\n\r\n").expect("it has a body");

    let mut stream = TcpStream::connect(server).await.expect("it listens");
    let socket = stream.local_addr().expect("it is open");
    let request = [
        upgrade_bytes("/socket", &[]),
        Frame::close(1000, "").encode(),
    ]
    .concat();
    stream.write_all(&request).await.expect("it is open");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("it ends");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (_, frames) = answer.split_once("\r\n\r\n").expect("it has a head");
    // A frame's header of two bytes, the text, and a Close of four bytes. Only the text has characters of
    // an address.
    let shown_socket: String = frames
        .chars()
        .filter(|char| char.is_ascii_hexdigit() || "[].:".contains(*char))
        .collect();
    let parse = |text: &str| {
        text.parse()
            .unwrap_or_else(|_| panic!("no address: {text:?}"))
    };
    [page, parse(shown_page), socket, parse(&shown_socket)]
}

#[tokio::test]
async fn an_ipv4_client_of_an_ipv6_listener_has_its_ipv4_address() {
    let server = Router::new().mount(Addresses).bind("[::]:0").await;
    let server = server.expect("the machine has IPv6");
    let port = server.local_addr().port();
    let server = tokio::spawn(server.run());
    let [page, shown_page, socket, shown_socket] =
        addresses((Ipv4Addr::LOCALHOST, port).into()).await;
    assert_eq!((shown_page, shown_socket), (page, socket));
    assert!(shown_page.is_ipv4() && shown_socket.is_ipv4());

    let [page, shown_page, socket, shown_socket] =
        addresses((Ipv6Addr::LOCALHOST, port).into()).await;
    assert_eq!((shown_page, shown_socket), (page, socket));
    assert!(shown_page.is_ipv6() && shown_socket.is_ipv6());
    server.abort();
}
