//! Path parameters as arguments, and modules that share paths.

use std::{fmt, net::IpAddr, str::FromStr};

use router::prelude::*;
use router_tests::{RawClient, Server, get, request};

/// A type that an application defines.
struct Colour(u32);

#[derive(Debug)]
struct NotAColour;

impl fmt::Display for NotAColour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a colour has six hexadecimal digits")
    }
}

impl FromStr for Colour {
    type Err = NotAColour;

    fn from_str(text: &str) -> Result<Self, NotAColour> {
        if text.len() != 6 {
            return Err(NotAColour);
        }
        u32::from_str_radix(text, 16)
            .map(Self)
            .map_err(|_| NotAColour)
    }
}

struct Typed;

#[routes]
impl Typed {
    #[route(get, "/byte/{n}")]
    fn byte(&self, n: u8) -> String {
        format!("byte {n}")
    }

    #[route(get, "/flag/{on}/{at}")]
    async fn flag(&self, at: IpAddr, on: bool) -> String {
        format!("{on} at {at}")
    }

    #[route(get, "/colour/{colour}")]
    fn colour(&self, colour: Colour) -> String {
        format!("colour {:06x}", colour.0)
    }

    #[route(get, "/people/{id}/{name}")]
    fn person(&self, name: String, id: u64) -> String {
        format!("{name} is {id}")
    }

    #[route(get, "/skip/{_this}/{that}")]
    fn skip(&self, that: String) -> String {
        format!("that is {that}")
    }

    #[route(get, "/letter/{c}/of/{*path}")]
    fn letter(&self, path: String, c: char) -> String {
        format!("{c} of {path}")
    }
}

#[tokio::test]
async fn parameters_become_any_type_that_can_be_parsed() {
    let server = Server::start(Router::new().mount(Typed)).await;
    for (path, body) in [
        ("/byte/255", "byte 255"),
        ("/flag/true/127.0.0.1", "true at 127.0.0.1"),
        ("/flag/false/::1", "false at ::1"),
        ("/colour/00ff7F", "colour 00ff7f"),
        ("/letter/%C3%A9/of/a/b", "é of a/b"),
    ] {
        let reply = get(server.addr(), path).await;
        assert_eq!((reply.status, reply.text()), (200, body), "{path}");
    }
}

#[tokio::test]
async fn arguments_are_matched_to_parameters_by_name_not_by_position() {
    let server = Server::start(Router::new().mount(Typed)).await;
    assert_eq!(get(server.addr(), "/people/7/ada").await.text(), "ada is 7");
    assert_eq!(
        get(server.addr(), "/skip/this/that").await.text(),
        "that is that"
    );
}

#[tokio::test]
async fn a_value_that_does_not_parse_is_400_and_names_the_parameter() {
    let server = Server::start(Router::new().mount(Typed)).await;
    for (path, parameter, why) in [
        ("/byte/256", "n", "number too large to fit in target type"),
        ("/byte/x", "n", "invalid digit found in string"),
        ("/byte/-1", "n", "invalid digit found in string"),
        (
            "/flag/yes/::1",
            "on",
            "provided string was not `true` or `false`",
        ),
        ("/flag/true/localhost", "at", "invalid IP address syntax"),
        (
            "/colour/red",
            "colour",
            "a colour has six hexadecimal digits",
        ),
        ("/people/ada/7", "id", "invalid digit found in string"),
    ] {
        let reply = get(server.addr(), path).await;
        let text = format!("invalid path parameter `{parameter}`: {why}");
        assert_eq!((reply.status, reply.text()), (400, &*text), "{path}");
    }
}

/// Synchronous and asynchronous handlers whose body argument precedes the path parameter.
struct BodyFirst;

#[routes]
impl BodyFirst {
    #[route(post, "/one/{n}")]
    fn one(&self, body: String, n: u8) -> String {
        format!("{body} {n}")
    }

    #[route(post, "/two/{n}")]
    fn two(&self, body: String, headers: HeaderMap, n: u8) -> String {
        format!("{body} {} {n}", headers.len())
    }

    #[route(post, "/waits/{n}")]
    async fn waits(&self, body: Json<u8>, n: u8) -> String {
        format!("{} {n}", body.0)
    }
}

#[tokio::test]
async fn an_invalid_path_parameter_is_refused_before_the_body_is_read() {
    let server = Server::start(Router::new().mount(BodyFirst)).await;
    for path in ["/one/x", "/two/x", "/waits/x"] {
        // The body is never sent.
        let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n");
        let mut client = RawClient::connect(server.addr()).await;
        client.write(head.as_bytes()).await;
        let reply = client.reply().await;
        let text = "invalid path parameter `n`: invalid digit found in string";
        assert_eq!((reply.status, reply.text()), (400, text), "{path}");
    }
    let reply = request(server.addr(), "POST", "/one/7", &[], b"body").await;
    assert_eq!((reply.status, reply.text()), (200, "body 7"));
}

struct Shop;

#[routes(prefix = "/shop")]
impl Shop {
    #[route(get, "/items/{id}")]
    fn item(&self, id: u32) -> String {
        format!("item {id}")
    }
}

#[tokio::test]
async fn a_prefix_stands_before_every_path_of_its_module() {
    let server = Server::start(Router::new().mount(Shop).mount(Typed)).await;
    assert_eq!(get(server.addr(), "/shop/items/3").await.text(), "item 3");
    assert_eq!(get(server.addr(), "/items/3").await.status, 404);
    assert_eq!(get(server.addr(), "/byte/3").await.text(), "byte 3");
    assert_eq!(get(server.addr(), "/shop/items/x").await.status, 400);
}

struct Readers;

#[routes]
impl Readers {
    #[route(get, "/books/{isbn}")]
    fn read(&self, isbn: String) -> String {
        format!("read {isbn}")
    }

    #[route(get, "/books/{isbn}/pages/{page}")]
    fn page(&self, page: u32, isbn: String) -> String {
        format!("page {page} of {isbn}")
    }
}

struct Writers;

#[routes]
impl Writers {
    #[route(post, "/books/{title}")]
    fn write(&self, title: String) -> String {
        format!("wrote {title}")
    }

    #[route(put, "/books/{title}/pages/{number}")]
    fn rewrite(&self, title: String, number: u32) -> String {
        format!("rewrote page {number} of {title}")
    }

    #[route(get, "/books/{title}/author")]
    fn author(&self, title: String) -> String {
        format!("author of {title}")
    }
}

#[tokio::test]
async fn modules_share_a_path_with_different_methods_and_parameter_names() {
    for router in [
        Router::new().mount(Readers).mount(Writers),
        Router::new().mount(Writers).mount(Readers),
    ] {
        let server = Server::start(router).await;
        for (method, path, body) in [
            ("GET", "/books/dune", "read dune"),
            ("POST", "/books/dune", "wrote dune"),
            ("GET", "/books/dune/pages/7", "page 7 of dune"),
            ("PUT", "/books/dune/pages/7", "rewrote page 7 of dune"),
            ("GET", "/books/dune/author", "author of dune"),
        ] {
            let reply = request(server.addr(), method, path, &[], b"").await;
            assert_eq!((reply.status, reply.text()), (200, body), "{method} {path}");
        }
        let reply = request(server.addr(), "DELETE", "/books/dune", &[], b"").await;
        assert_eq!(reply.status, 405);
        assert_eq!(reply.allow(), ["GET", "HEAD", "POST"]);
        // The error contains the name that the answering module gives to the parameter.
        let reply = request(server.addr(), "GET", "/books/dune/pages/x", &[], b"").await;
        assert!(reply.text().contains("`page`"), "{}", reply.text());
        let reply = request(server.addr(), "PUT", "/books/dune/pages/x", &[], b"").await;
        assert!(reply.text().contains("`number`"), "{}", reply.text());
    }
}
