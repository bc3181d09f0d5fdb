//! Arguments that take the body, and how large it may be.

use std::fmt::Write;

use router::prelude::*;
use router_tests::{RawClient, Reply, Server, request};
use serde::{Deserialize, Serialize};

const JSON: (&str, &str) = ("Content-Type", "application/json");

#[derive(Debug, Deserialize, Serialize)]
struct Person {
    name: String,
    age: u8,
}

struct Api;

#[routes]
impl Api {
    #[route(post, "/bytes")]
    async fn bytes(&self, body: Bytes) -> Bytes {
        body
    }

    #[route(post, "/string")]
    fn string(&self, body: String) -> String {
        body
    }

    #[route(post, "/stream")]
    fn stream(&self, body: Body) -> Response {
        http::Response::new(body)
    }

    #[route(post, "/request")]
    fn request(&self, request: http::Request<Body>) -> Response {
        http::Response::new(request.into_body())
    }

    #[route(post, "/json")]
    fn json(&self, person: Json<Person>) -> Json<Person> {
        let Json(Person { name, age }) = person;
        Json(Person { name, age: age + 1 })
    }

    #[route(post, "/maybe")]
    fn maybe(&self, person: Option<Json<Person>>) -> String {
        person.map_or_else(|| "nobody".to_owned(), |person| person.0.name)
    }

    #[route(post, "/mixed/{id}")]
    async fn mixed(
        &self,
        body: String,
        id: u64,
        headers: &HeaderMap,
        method: Method,
        name: Query<Name>,
    ) -> String {
        format!(
            "{method} {id} {} {:?} {body}",
            name.0.name,
            headers.get("x-name")
        )
    }

    #[route(post, "/unread")]
    fn unread(&self) -> &'static str {
        "unread"
    }
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

async fn api() -> Server {
    Server::start(Router::new().mount(Api)).await
}

async fn post(server: &Server, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    request(server.addr(), "POST", path, headers, body).await
}

/// Returns a `POST` request with a chunked body, so that its size is not known in advance.
fn chunked(path: &str, chunks: &[&str]) -> Vec<u8> {
    let mut request = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n");
    request += "Transfer-Encoding: chunked\r\n\r\n";
    for chunk in chunks {
        write!(request, "{:x}\r\n{chunk}\r\n", chunk.len()).unwrap();
    }
    request += "0\r\n\r\n";
    request.into_bytes()
}

#[tokio::test]
async fn every_type_of_body_argument_holds_the_bytes_sent() {
    let server = api().await;
    let large = "0123456789abcdef".repeat(16 * 1024);
    for path in ["/bytes", "/string", "/stream", "/request"] {
        for body in ["", "a", "café", &large] {
            let reply = post(&server, path, &[], body.as_bytes()).await;
            assert_eq!(reply.status, 200, "{path} with {} bytes", body.len());
            assert!(
                reply.body == body.as_bytes(),
                "{path} with {} bytes",
                body.len()
            );
        }
        let mut client = RawClient::connect(server.addr()).await;
        client
            .write(&chunked(path, &["one ", "two ", "three"]))
            .await;
        assert_eq!(client.reply().await.text(), "one two three", "{path}");
    }
}

#[tokio::test]
async fn bytes_need_not_be_text_but_strings_must() {
    let server = api().await;
    let reply = post(&server, "/bytes", &[], &[0, 159, 146, 150]).await;
    assert_eq!((reply.status, &*reply.body), (200, &[0, 159, 146, 150][..]));
    assert_eq!(
        post(&server, "/string", &[], &[0, 159, 146, 150])
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn json_is_decoded_and_encoded() {
    let server = api().await;
    for kind in [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON",
    ] {
        let headers = [("Content-Type", kind)];
        let reply = post(&server, "/json", &headers, br#"{"name":"Ada","age":36}"#).await;
        assert_eq!(
            (reply.status, reply.text()),
            (200, r#"{"name":"Ada","age":37}"#),
            "{kind}"
        );
        assert_eq!(reply.header("content-type"), Some("application/json"));
    }
}

#[tokio::test]
async fn json_without_its_content_type_is_415() {
    let server = api().await;
    let body = br#"{"name":"Ada","age":36}"#;
    assert_eq!(post(&server, "/json", &[], body).await.status, 415);
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "json",
    ] {
        let reply = post(&server, "/json", &[("Content-Type", kind)], body).await;
        assert_eq!(reply.status, 415, "{kind}");
    }
}

#[tokio::test]
async fn json_with_a_syntax_error_is_400() {
    let server = api().await;
    for body in [
        "",
        "{",
        r#"{"name":"Ada","age":36}}"#,
        r#"{"name":"Ada","age":}"#,
        "\u{e9}",
    ] {
        let reply = post(&server, "/json", &[JSON], body.as_bytes()).await;
        assert_eq!(reply.status, 400, "{body:?}: {}", reply.text());
    }
    assert_eq!(
        post(&server, "/json", &[JSON], b"\"\xff\"").await.status,
        400
    );
}

#[tokio::test]
async fn json_of_another_shape_is_422_with_the_reason() {
    let server = api().await;
    for (body, why) in [
        (r#"{"name":"Ada"}"#, "age"),
        (r#"{"name":"Ada","age":256}"#, "256"),
        (r#"{"name":7,"age":36}"#, "string"),
        ("[1, 2, 3]", "string"),
    ] {
        let reply = post(&server, "/json", &[JSON], body.as_bytes()).await;
        assert_eq!(reply.status, 422, "{body}: {}", reply.text());
        assert!(reply.text().contains(why), "{body}: {}", reply.text());
    }
}

#[tokio::test]
async fn json_can_be_optional() {
    let server = api().await;
    let reply = post(&server, "/maybe", &[JSON], br#"{"name":"Ada","age":36}"#).await;
    assert_eq!(reply.text(), "Ada");
    assert_eq!(post(&server, "/maybe", &[], b"").await.text(), "nobody");
    // An invalid body is refused with the same status as without the `Option`.
    for (headers, body, status) in [
        (&[JSON][..], &b"{"[..], 400),
        (&[JSON], br#"{"name":7}"#, 422),
        (&[("Content-Type", "text/plain")], b"{}", 415),
        (&[], b"{}", 415),
        (&[JSON], b"\xff", 400),
    ] {
        let reply = post(&server, "/maybe", headers, body).await;
        assert_eq!(reply.status, status, "{:?}", reply.text());
    }
}

#[tokio::test]
async fn the_body_may_stand_anywhere_among_the_arguments() {
    let server = api().await;
    let reply = post(&server, "/mixed/7?name=ada", &[("X-Name", "x")], b"body").await;
    assert_eq!(reply.text(), r#"POST 7 ada Some("x") body"#);
    let reply = post(&server, "/mixed/x?name=ada", &[], b"body").await;
    assert_eq!(reply.status, 400);
    assert!(reply.text().contains("`id`"), "{}", reply.text());
}

#[tokio::test]
async fn a_body_that_nobody_reads_does_not_disturb_the_next_request() {
    let server = api().await;
    let mut client = RawClient::connect(server.addr()).await;
    for _ in 0..3 {
        assert_eq!(
            client
                .request("POST", "/unread", &[], b"ignored")
                .await
                .text(),
            "unread"
        );
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_and_a_body_of_the_limit_is_served() {
    let server = Server::start(Router::new().mount(Api).body_limit(10)).await;
    for path in ["/bytes", "/string"] {
        assert_eq!(
            post(&server, path, &[], b"0123456789").await.text(),
            "0123456789"
        );
        assert_eq!(
            post(&server, path, &[], b"0123456789a").await.status,
            413,
            "{path}"
        );
    }
    let reply = post(&server, "/json", &[JSON], br#"{"name":"Ada","age":36}"#).await;
    assert_eq!(reply.status, 413);
}

#[tokio::test]
async fn a_content_length_over_the_limit_is_413_before_the_body_arrives() {
    let server = Server::start(Router::new().mount(Api).body_limit(10)).await;
    let mut client = RawClient::connect(server.addr()).await;
    let head = b"POST /bytes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\n";
    client.write(head).await;
    assert_eq!(client.reply().await.status, 413);
}

#[tokio::test]
async fn a_chunked_body_over_the_limit_is_413() {
    let server = Server::start(Router::new().mount(Api).body_limit(10)).await;
    for (chunks, status) in [(["01234", "56789"], 200), (["01234", "56789a"], 413)] {
        let mut client = RawClient::connect(server.addr()).await;
        client.write(&chunked("/bytes", &chunks)).await;
        assert_eq!(client.reply().await.status, status);
    }
}

#[tokio::test]
async fn the_default_limit_is_two_mebibytes() {
    const BODY_LIMIT: usize = 2 * 1024 * 1024;
    let server = api().await;
    assert_eq!(
        post(&server, "/bytes", &[], &vec![b'x'; BODY_LIMIT])
            .await
            .body
            .len(),
        BODY_LIMIT
    );
    let mut client = RawClient::connect(server.addr()).await;
    let length = (BODY_LIMIT + 1).to_string();
    let head = router_tests::request_bytes("POST", "/bytes", &[("Content-Length", &length)], b"");
    client.write(&head).await;
    assert_eq!(client.reply().await.status, 413);
}
