//! `Form`: the fields of an HTML form, from the query or from the body.

use router::{FormError, prelude::*};
use router_tests::{RawClient, Reply, Server, request, request_bytes};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Order {
    name: String,
    #[serde(default)]
    toppings: Vec<String>,
    count: Option<u8>,
    #[serde(default)]
    urgent: bool,
}

struct Shop;

#[routes]
impl Shop {
    #[route(get, "/order")]
    #[route(post, "/order")]
    fn order(&self, Form(order): Form<Order>) -> String {
        let Order {
            name,
            toppings,
            count,
            urgent,
        } = order;
        format!("{name} {toppings:?} {count:?} {urgent}")
    }

    #[route(get, "/maybe")]
    #[route(post, "/maybe")]
    fn maybe(&self, order: Option<Form<Order>>) -> String {
        order.map_or_else(|| "none".to_owned(), |order| order.0.name)
    }

    #[route(post, "/result")]
    fn result(&self, order: Result<Form<Order>, FormError>) -> String {
        match order {
            Ok(order) => order.0.name,
            Err(error) => format!("refused: {error}"),
        }
    }
}

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

async fn start() -> Server {
    Server::start(Router::new().mount(Shop).body_limit(100)).await
}

async fn post(server: &Server, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    request(server.addr(), "POST", path, headers, body.as_bytes()).await
}

async fn get(server: &Server, path: &str) -> Reply {
    request(server.addr(), "GET", path, &[], b"").await
}

#[tokio::test]
async fn a_posted_form_is_read_from_the_body() {
    let server = start().await;
    let body = "name=J%C3%BCrgen+K.&toppings=a&toppings=b&count=2&urgent=on";
    for content_type in [
        FORM.1,
        "application/x-www-form-urlencoded; charset=UTF-8",
        "Application/X-WWW-Form-Urlencoded",
    ] {
        let reply = post(&server, "/order", &[("Content-Type", content_type)], body).await;
        assert_eq!(
            reply.text(),
            r#"Jürgen K. ["a", "b"] Some(2) true"#,
            "{content_type}"
        );
    }
    // The query of a POST is not its form.
    let reply = post(&server, "/order?name=x", &[FORM], "name=y").await;
    assert_eq!(reply.text(), "y [] None false");
}

#[tokio::test]
async fn the_form_of_a_get_or_head_is_its_query() {
    let server = start().await;
    let reply = get(&server, "/order?name=x&count=&toppings=a").await;
    assert_eq!(reply.text(), r#"x ["a"] None false"#);
    let reply = request(server.addr(), "HEAD", "/order?name=x", &[], b"").await;
    assert_eq!(reply.status, 200);
    assert_eq!(get(&server, "/order").await.status, 422);
}

#[tokio::test]
async fn another_content_type_is_415() {
    let server = start().await;
    for headers in [&[][..], &[("Content-Type", "application/json")]] {
        for path in ["/order", "/maybe"] {
            let reply = post(&server, path, headers, "name=x").await;
            assert_eq!(reply.status, 415, "{path} {headers:?}");
        }
    }
}

#[tokio::test]
async fn fields_that_do_not_fit_are_422_and_the_answer_names_the_field() {
    let server = start().await;
    for (body, text) in [
        (
            "name=x&count=many",
            "invalid form: `count`: invalid digit found in string",
        ),
        ("count=1", "invalid form: missing field `name`"),
        ("", "invalid form: missing field `name`"),
    ] {
        let reply = post(&server, "/order", &[FORM], body).await;
        assert_eq!((reply.status, reply.text()), (422, text), "{body}");
    }
    let reply = post(&server, "/result", &[FORM], "count=1").await;
    assert_eq!(reply.text(), "refused: invalid form: missing field `name`");
}

#[tokio::test]
async fn a_form_over_the_body_limit_is_413() {
    let server = start().await;
    let body = format!("name={}", "x".repeat(200));
    for path in ["/order", "/maybe"] {
        assert_eq!(
            post(&server, path, &[FORM], &body).await.status,
            413,
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_optional_form_is_none_without_fields_and_refused_if_it_is_invalid() {
    let server = start().await;
    assert_eq!(get(&server, "/maybe").await.text(), "none");
    assert_eq!(get(&server, "/maybe?name=x").await.text(), "x");
    assert_eq!(get(&server, "/maybe?other=x").await.status, 422);
    assert_eq!(post(&server, "/maybe", &[], "").await.text(), "none");
    assert_eq!(post(&server, "/maybe", &[FORM], "").await.text(), "none");
    assert_eq!(post(&server, "/maybe", &[FORM], "name=x").await.text(), "x");
    assert_eq!(
        post(&server, "/maybe", &[FORM], "count=1").await.status,
        422
    );
    // A chunked body can be empty, too.
    let mut client = RawClient::connect(server.addr()).await;
    let chunked = request_bytes(
        "POST",
        "/maybe",
        &[FORM, ("Transfer-Encoding", "chunked")],
        b"",
    );
    client.write(&[&chunked, &b"0\r\n\r\n"[..]].concat()).await;
    assert_eq!(client.reply().await.text(), "none");
}
