//! Arguments of routes other than path parameters and bodies.

use std::sync::Arc;

use router::{FromRequest, prelude::*};
use router_tests::{RawClient, Reply, Server, get, request};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Page {
    number: u32,
    size: Option<u32>,
}

struct Api;

#[routes]
impl Api {
    #[route(get, "/query")]
    fn query(&self, query: Query<Page>) -> String {
        format!("{} of {:?}", query.0.number, query.0.size)
    }

    #[route(get, "/destructured")]
    fn destructured(&self, query: Query<Page>) -> String {
        let Query(Page { number, .. }) = query;
        format!("page {number}")
    }

    #[route(get, "/headers")]
    fn headers(&self, headers: HeaderMap) -> String {
        format!("{:?}", headers.get("x-name"))
    }

    #[route(put, "/line")]
    fn line(&self, method: Method, uri: Uri) -> String {
        format!("{method} {uri}")
    }

    #[route(get, "/addr")]
    fn addr(&self, addr: RemoteAddr) -> String {
        addr.0.to_string()
    }

    #[route(get, "/hub")]
    fn hub(&self, hub: Hub) -> String {
        format!("{}", hub.subscriber_count("nobody"))
    }

    #[route(post, "/request")]
    fn request(&self, request: http::Request<Body>) -> String {
        let (head, body) = request.into_parts();
        drop(body);
        format!(
            "{} {} {:?}",
            head.method,
            head.uri,
            head.headers.get("x-name")
        )
    }

    #[route(get, "/lent/{name}")]
    fn lent(
        &self,
        headers: &HeaderMap,
        uri: &Uri,
        method: &Method,
        name: String,
        head: &RequestHead,
    ) -> String {
        let same = head.uri() == uri && head.method() == method && head.headers() == headers;
        format!("{method} {uri} {name} {same}")
    }

    #[route(get, "/head/{_name}/{_n}")]
    async fn head(&self, head: &RequestHead, _n: u32) -> String {
        let page = head.query::<Page>().map(|page| page.number).ok();
        format!(
            "{:?} {:?} {:?} {:?} {:?} {} {}",
            head.param("_name").as_deref(),
            head.param("_n").as_deref(),
            head.param("other").as_deref(),
            head.header("x-name"),
            page,
            head.path(),
            head.remote_addr().ip(),
        )
    }

    #[route(get, "/optional")]
    fn optional(&self, query: Option<Query<Page>>) -> String {
        format!("{:?}", query.map(|query| query.0.number))
    }

    #[route(get, "/result")]
    fn result(
        &self,
        query: Result<Query<Page>, <Query<Page> as FromRequest<Api>>::Rejection>,
    ) -> Response {
        match query {
            Ok(query) => format!("page {}", query.0.number).into_response(),
            Err(rejection) => (StatusCode::IM_A_TEAPOT, rejection).into_response(),
        }
    }
}

async fn api() -> Server {
    Server::start(Router::new().mount(Api)).await
}

#[tokio::test]
async fn query_is_decoded_into_a_type() {
    let server = api().await;
    assert_eq!(
        get(server.addr(), "/query?number=3&size=10").await.text(),
        "3 of Some(10)"
    );
    assert_eq!(
        get(server.addr(), "/query?number=3&other=x").await.text(),
        "3 of None"
    );
    assert_eq!(
        get(server.addr(), "/destructured?number=4").await.text(),
        "page 4"
    );
}

#[tokio::test]
async fn a_query_that_does_not_decode_is_400() {
    let server = api().await;
    for path in ["/query", "/query?", "/query?size=1", "/query?number=x"] {
        let reply = get(server.addr(), path).await;
        assert_eq!(reply.status, 400, "{path}");
        assert!(
            reply.text().starts_with("invalid query string: "),
            "{path}: {}",
            reply.text()
        );
    }
}

#[tokio::test]
async fn headers_method_and_uri_are_extracted() {
    let server = api().await;
    let reply = request(server.addr(), "GET", "/headers", &[("X-Name", "ada")], b"").await;
    assert_eq!(reply.text(), r#"Some("ada")"#);
    let reply = request(server.addr(), "PUT", "/line?a=b", &[], b"").await;
    assert_eq!(reply.text(), "PUT /line?a=b");
}

#[tokio::test]
async fn the_remote_address_is_the_address_of_the_client() {
    let server = api().await;
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client.request("GET", "/addr", &[], b"").await;
    assert_eq!(reply.text(), client.local_addr().to_string());
}

#[tokio::test]
async fn the_hub_and_the_whole_request_are_extracted() {
    let server = api().await;
    assert_eq!(get(server.addr(), "/hub").await.text(), "0");
    let reply = request(
        server.addr(),
        "POST",
        "/request?a",
        &[("X-Name", "ada")],
        b"body",
    )
    .await;
    assert_eq!(reply.text(), r#"POST /request?a Some("ada")"#);
}

#[tokio::test]
async fn parts_of_the_head_can_be_borrowed() {
    let server = api().await;
    assert_eq!(
        get(server.addr(), "/lent/ada?x=1").await.text(),
        "GET /lent/ada?x=1 ada true"
    );
    let reply = request(
        server.addr(),
        "GET",
        "/head/a%20b/7?number=9",
        &[("X-Name", "ada")],
        b"",
    )
    .await;
    assert_eq!(
        reply.text(),
        r#"Some("a b") Some("7") None Some("ada") Some(9) /head/a%20b/7 127.0.0.1"#
    );
    let reply = get(server.addr(), "/head/a/7?number=x").await;
    assert_eq!(
        reply.text(),
        r#"Some("a") Some("7") None None None /head/a/7 127.0.0.1"#
    );
}

#[tokio::test]
async fn an_argument_can_be_optional() {
    let server = api().await;
    assert_eq!(
        get(server.addr(), "/optional?number=3").await.text(),
        "Some(3)"
    );
    assert_eq!(get(server.addr(), "/optional?number=x").await.status, 400);
    assert_eq!(get(server.addr(), "/optional").await.text(), "None");
    assert_eq!(get(server.addr(), "/optional?").await.text(), "None");
}

#[tokio::test]
async fn an_argument_of_type_result_receives_the_rejection() {
    let server = api().await;
    assert_eq!(
        get(server.addr(), "/result?number=3").await.text(),
        "page 3"
    );
    let reply = get(server.addr(), "/result").await;
    assert_eq!(reply.status, 418);
    assert!(
        reply.text().starts_with("invalid query string: "),
        "{}",
        reply.text()
    );
}

/// A module with a secret. The extractor [`Guard`] compares the secret with that of the request.
struct Vault {
    secret: String,
}

struct Guard {
    name: String,
}

impl FromRequest<Vault> for Guard {
    type Rejection = (StatusCode, &'static str);

    async fn from_request(
        module: &Arc<Vault>,
        request: &mut Request,
    ) -> Result<Self, Self::Rejection> {
        let secret = request.head().header("authorization");
        match secret.and_then(|value| value.strip_prefix("Bearer ")) {
            Some(secret) if secret == module.secret => Ok(Self {
                name: "owner".to_owned(),
            }),
            Some(_) => Err((StatusCode::FORBIDDEN, "wrong secret")),
            None => Err((StatusCode::UNAUTHORIZED, "no secret")),
        }
    }
}

#[routes]
impl Vault {
    #[route(post, "/open")]
    async fn open(&self, content: String, guard: Guard) -> String {
        format!("{} put {content} beside {}", guard.name, self.secret)
    }

    #[route(get, "/guest")]
    fn guest(&self, guard: Option<Guard>) -> String {
        guard.map_or_else(|| "guest".to_owned(), |guard| guard.name)
    }
}

#[tokio::test]
async fn an_extractor_of_the_user_can_read_the_state_of_its_module() {
    async fn open(server: &Server, headers: &[(&str, &str)]) -> Reply {
        request(server.addr(), "POST", "/open", headers, b"gold").await
    }
    let server = Server::start(Router::new().mount(Vault {
        secret: "sesame".to_owned(),
    }))
    .await;

    let reply = open(&server, &[("Authorization", "Bearer sesame")]).await;
    assert_eq!(
        (reply.status, reply.text()),
        (200, "owner put gold beside sesame")
    );
    let reply = open(&server, &[("Authorization", "Bearer simsim")]).await;
    assert_eq!((reply.status, reply.text()), (403, "wrong secret"));
    let reply = open(&server, &[]).await;
    assert_eq!((reply.status, reply.text()), (401, "no secret"));

    // An optional guard is `None` without credentials. Wrong credentials are refused.
    assert_eq!(get(server.addr(), "/guest").await.text(), "guest");
    let wrong = [("Authorization", "Bearer simsim")];
    let reply = request(server.addr(), "GET", "/guest", &wrong, b"").await;
    assert_eq!((reply.status, reply.text()), (403, "wrong secret"));
    let secret = [("Authorization", "Bearer sesame")];
    assert_eq!(
        request(server.addr(), "GET", "/guest", &secret, b"")
            .await
            .text(),
        "owner"
    );
}
