//! Percent-encoded paths: all spellings of a path reach one handler (RFC 3986 §6.2.2).

use proptest::prelude::*;
use router::prelude::*;
use router_tests::{RawClient, Reply, Server, upgrade_bytes};
use std::fmt::Write;

struct Users;

#[routes]
impl Users {
    #[route(get, "/users/{id}")]
    fn user(&self, id: String) -> String {
        format!("user {id}")
    }

    #[route(get, "/u/@me")]
    fn me(&self) -> &'static str {
        "me"
    }

    #[route(get, "/u/{id}")]
    fn other(&self, id: String) -> String {
        format!("other {id}")
    }

    #[route(post, "/u/@me")]
    fn change(&self) -> &'static str {
        "changed"
    }

    #[route(get, "/files/{*path}")]
    fn file(&self, path: String) -> String {
        format!("file {path}")
    }

    #[route(get, "/files/a|b")]
    fn pipe(&self) -> &'static str {
        "pipe"
    }

    #[route(get, "/caf%C3%A9/{name}")]
    fn cafe(&self, name: String) -> String {
        format!("café {name}")
    }

    #[route(get, "/a%20b/{*rest}")]
    fn space(&self, rest: String) -> String {
        format!("space {rest}")
    }

    #[route(get, "/50%25/{n}")]
    fn percent(&self, n: u8) -> String {
        format!("percent {n}")
    }

    #[route(get, "/raw/{a}/{b}")]
    fn raw(&self, uri: &Uri, b: String, a: String) -> String {
        format!("{a} and {b} of {}", uri.path())
    }
}

struct Prefixed;

#[routes(prefix = "/api-v1/~team")]
impl Prefixed {
    #[route(get, "/")]
    fn root(&self) -> &'static str {
        "root"
    }

    #[route(get, "/members/{name}")]
    fn member(&self, name: String) -> String {
        format!("member {name}")
    }
}

struct Chat;

#[websocket(path = "/chat/{room}/@all", data = String)]
impl Chat {
    #[on(upgrade)]
    fn upgrade(&self, room: String) -> String {
        room
    }

    #[on(open)]
    fn open(&self, ws: &mut Socket<String>) {
        let room = ws.data.clone();
        ws.send(room);
    }
}

async fn start() -> Server {
    Server::start(Router::new().mount(Users).mount(Prefixed).mount(Chat)).await
}

async fn ask(client: &mut RawClient, method: &str, path: &str) -> Reply {
    client.request(method, path, &[], b"").await
}

#[tokio::test]
async fn each_spelling_of_a_path_reaches_its_handler() {
    let server = start().await;
    let mut client = RawClient::connect(server.addr()).await;
    for (path, text) in [
        ("/users/42", "user 42"),
        ("/%75sers/42", "user 42"),
        ("/%75%73%65%72%73/42", "user 42"),
        ("/users/%34%32", "user 42"),
        ("/u/@me", "me"),
        ("/u/%40me", "me"),
        ("/u/%40%6d%65", "me"),
        ("/u/%40%6D%65", "me"),
        ("/%75/@%6de", "me"),
        ("/u/@you", "other @you"),
        ("/u/%40you", "other @you"),
        ("/u/me", "other me"),
        // A character that is encoded twice is decoded only once.
        ("/u/%2540me", "other %40me"),
        ("/u/%25%34%30me", "other %40me"),
        ("/u/%252540me", "other %2540me"),
        // Encoded delimiters are part of their segment.
        ("/u/@me%2F", "other @me/"),
        ("/u/%2f", "other /"),
        ("/u/a%2Fb", "other a/b"),
        ("/u/%2F@me", "other /@me"),
        ("/u/a%3Fb", "other a?b"),
        ("/u/a%23b", "other a#b"),
        ("/u/@me?x=%2F", "me"),
        ("/u/a+b", "other a+b"),
        ("/u/a%2Bb", "other a+b"),
        ("/u/a%20b", "other a b"),
        ("/u/%00", "other \0"),
        ("/u/%0d%0aX:%20y", "other \r\nX: y"),
        ("/u/%7Bid%7D", "other {id}"),
        ("/u/{id}", "other {id}"),
        ("/u/.", "other ."),
        ("/u/%2e%2e", "other .."),
        ("/files/a|b", "pipe"),
        ("/files/a%7Cb", "pipe"),
        ("/files/a%7cb", "pipe"),
        ("/%66iles/%61%7c%62", "pipe"),
        ("/files/a%257Cb", "file a%7Cb"),
        ("/files/a|c", "file a|c"),
        ("/files/a%2Fb/c", "file a/b/c"),
        ("/files/%2F", "file /"),
        ("/files/a//b", "file a//b"),
        ("/files/%25", "file %"),
        ("/caf%C3%A9/x", "café x"),
        ("/caf%c3%a9/x", "café x"),
        ("/c%61f%C3%a9/caf%c3%A9", "café café"),
        ("/a%20b/c%20d/e", "space c d/e"),
        ("/%61%20%62/%63", "space c"),
        ("/50%25/7", "percent 7"),
        ("/%35%30%25/%37", "percent 7"),
        ("/raw/%61/%2525", "a and %25 of /raw/%61/%2525"),
        ("/api-v1/~team", "root"),
        ("/api%2dv1/%7Eteam", "root"),
        ("/api%2Dv1/%7eteam/m%65mbers/%C3%BC", "member ü"),
    ] {
        let reply = ask(&mut client, "GET", path).await;
        assert_eq!((reply.status, reply.text()), (200, text), "{path}");
    }
}

#[tokio::test]
async fn an_encoded_slash_does_not_separate_segments() {
    let server = start().await;
    let mut client = RawClient::connect(server.addr()).await;
    for path in [
        "/users%2F42",
        "/users%2f42",
        "%2Fusers/42",
        "/%2Fusers/42",
        "/u%2F@me",
        "/users/42%2F/x",
        "/users/4/2",
        "/raw/a%2Fb",
        "/api-v1%2F~team",
        "/api-v1/~team/members%2Fx",
        "/chat%2Fa/@all",
        // A slash that is encoded twice is no separator either.
        "/users%252F42",
        // Paths are case-sensitive.
        "/Users/42",
        "/%55sers/42",
        "/users/",
        "/users/%",
    ] {
        let reply = ask(&mut client, "GET", path).await;
        // A target without a leading `/` is invalid, and so is an incomplete escape in a parameter.
        let is_bad = !path.starts_with('/') || path.ends_with('%');
        let expected = if is_bad { 400 } else { 404 };
        assert_eq!(reply.status, expected, "{path}");
        if is_bad {
            client = RawClient::connect(server.addr()).await;
        }
    }
}

#[tokio::test]
async fn an_invalid_escape_reaches_no_other_handler() {
    let server = start().await;
    for (path, status) in [
        ("/%zzsers/42", 404),
        ("/%7sers/42", 404),
        ("/caf%E9/x", 404),
        // The route matches, but its parameter cannot be decoded.
        ("/%75sers/%zz", 400),
        ("/u/%40m%", 400),
        ("/u/%4", 400),
        ("/u/%x40me", 400),
        ("/u/%u0040me", 400),
        ("/u/%+4me", 400),
        ("/files/a%7", 400),
        // Decoding only the valid escapes of these paths would produce another valid escape.
        ("/u/%4%30me", 400),
        ("/u/%4%30", 400),
        ("/u/%%34%30me", 400),
        ("/u/%%340me", 400),
        ("/files/a%7%43b", 400),
        // Not UTF-8.
        ("/u/%FF", 400),
        ("/u/%C3", 400),
        ("/u/%C0%AF", 400),
        ("/u/%ED%A0%80", 400),
    ] {
        let mut client = RawClient::connect(server.addr()).await;
        assert_eq!(ask(&mut client, "GET", path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn head_options_and_405_apply_to_every_spelling_of_a_path() {
    let server = start().await;
    let mut client = RawClient::connect(server.addr()).await;
    for path in ["/u/@me", "/u/%40me", "/%75/%40%6d%65"] {
        let reply = ask(&mut client, "HEAD", path).await;
        assert_eq!(
            (reply.status, reply.header("content-length")),
            (200, Some("2"))
        );
        let reply = ask(&mut client, "POST", path).await;
        assert_eq!((reply.status, reply.text()), (200, "changed"), "{path}");
        for (method, status) in [("PUT", 405), ("DELETE", 405), ("OPTIONS", 204)] {
            let reply = ask(&mut client, method, path).await;
            assert_eq!(reply.status, status, "{path}");
            assert_eq!(reply.allow(), ["GET", "HEAD", "POST"], "{path}");
        }
    }
    // The neighbouring route `/u/{id}` has no POST.
    for path in ["/u/me", "/u/%2540me", "/u/@me%2F"] {
        let reply = ask(&mut client, "POST", path).await;
        assert_eq!(reply.status, 405, "{path}");
        assert_eq!(reply.allow(), ["GET", "HEAD"], "{path}");
    }
}

#[tokio::test]
async fn the_path_of_a_socket_is_decoded_exactly_once() {
    let server = start().await;
    for (path, room) in [
        ("/chat/a/@all", "a"),
        ("/ch%61t/%61/%40all", "a"),
        ("/chat/a%2Fb/%40%61ll", "a/b"),
        ("/chat/%2541/@all", "%41"),
    ] {
        let mut client = RawClient::open(server.addr(), path).await;
        client.expect_text(room).await;
    }
    for path in ["/chat/a%2F@all", "/chat/a/%2540all", "/chat/a/@all%2F"] {
        let mut client = RawClient::connect(server.addr()).await;
        client.write(&upgrade_bytes(path, &[])).await;
        assert_eq!(client.reply().await.status, 404, "{path}");
    }
    // A request without a handshake finds the path of the socket as well.
    let mut client = RawClient::connect(server.addr()).await;
    assert_eq!(
        ask(&mut client, "GET", "/ch%61t/a/%40all").await.status,
        426
    );
    assert_eq!(
        ask(&mut client, "POST", "/ch%61t/a/%40all").await.status,
        405
    );
}

/// Writes each byte as it is or percent-encoded, with lower-case or upper-case hexadecimal digits. Slashes
/// are not encoded.
fn spelled(path: &str, choices: &[u8]) -> String {
    let mut spelling = String::new();
    for (byte, choice) in path.bytes().zip(choices.iter().cycle()) {
        let must = !byte.is_ascii_graphic() || !byte.is_ascii() || b"%?#{}\"<>\\^`".contains(&byte);
        match (byte, choice % 4) {
            (b'/', _) => spelling.push('/'),
            (_, 0) if !must => spelling.push(char::from(byte)),
            (_, 1) if !must => spelling.push(char::from(byte)),
            (_, 2) => write!(spelling, "%{byte:02x}").expect("a string takes it"),
            _ => write!(spelling, "%{byte:02X}").expect("a string takes it"),
        }
    }
    spelling
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_spellings_of_a_path_reach_one_handler(
        spellings in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..20), 20),
        name in "[ -~äß€]{1,12}",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime can be built").block_on(async {
            let server = start().await;
            let mut client = RawClient::connect(server.addr()).await;
            for choices in &spellings {
                for (path, text) in [
                    ("/users/42", "user 42"),
                    ("/u/@me", "me"),
                    ("/files/a|b", "pipe"),
                    ("/café/~x~", "café ~x~"),
                    ("/50%/7", "percent 7"),
                    ("/api-v1/~team/members/o'neill!", "member o'neill!"),
                    ("/files/x/y z/%41", "file x/y z/%41"),
                    ("/nowhere/at/all", "Not Found"),
                ] {
                    let path = spelled(path, choices);
                    let reply = ask(&mut client, "GET", &path).await;
                    assert_eq!(reply.text(), text, "{path}");
                    let status = if text == "Not Found" { 404 } else { 200 };
                    assert_eq!(reply.status, status, "{path}");
                }
                // An arbitrary name, with its slashes encoded.
                let path = spelled(&name, choices).replace('/', "%2F");
                let reply = ask(&mut client, "GET", &format!("/users/{path}")).await;
                assert_eq!(reply.text(), format!("user {name}"), "{path}");
            }
        });
    }
}
