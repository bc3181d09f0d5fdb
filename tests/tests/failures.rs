//! A failure never looks like a success: an `Err` is never answered with a 2xx status.

use router::{
    FromRequest, Redirect, Rejection,
    by_hand::{Answer, Module, Route},
    prelude::*,
};
use router_tests::{RawClient, Reply, Server, get, request};
use serde::{Serialize, Serializer, ser::Error as _};
use std::{borrow::Cow, sync::Arc};

/// An error with any status, even one of success.
#[derive(Debug)]
struct Liar(u16);

impl IntoResponse for Liar {
    fn into_response(self) -> Response {
        (StatusCode::from_u16(self.0).unwrap(), "all is well").into_response()
    }
}

/// A rejection type of the user whose response is only a body. The macros cannot see that `Bare` sets no
/// status. (A body type itself, such as `String`, does not compile as an error, because it is known to set no
/// status.)
#[derive(Debug)]
struct Bare<T>(T);

impl<T: IntoResponse> IntoResponse for Bare<T> {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

/// Cannot be turned into JSON.
struct Unserializable;

impl Serialize for Unserializable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("this is what the test is about"))
    }
}

/// An argument that is rejected with a text and no status, unless the request has an `X-Name` header.
struct Name(String);

impl<M: Send + Sync> FromRequest<M> for Name {
    type Rejection = Bare<String>;

    async fn from_request(_: &Arc<M>, request: &mut Request) -> Result<Self, Self::Rejection> {
        let name = request.head().header("x-name");
        name.map(|name| Self(name.to_owned()))
            .ok_or_else(|| Bare("who are you".to_owned()))
    }
}

/// An argument that is always rejected, with a header and a text. `Option<Badge>` is rejected with another
/// type.
struct Badge;

impl<M: Send + Sync> FromRequest<M> for Badge {
    type Rejection = Bare<([(&'static str, &'static str); 1], Html<&'static str>)>;

    async fn from_request(_: &Arc<M>, _: &mut Request) -> Result<Self, Self::Rejection> {
        Err(Bare(([("x-badge", "none")], Html("no badge"))))
    }

    async fn from_request_optional(_: &Arc<M>, _: &mut Request) -> Result<Option<Self>, Rejection> {
        Err("no badge")?
    }
}

struct Api;

type OneHeader = [(&'static str, &'static str); 1];

#[routes]
impl Api {
    #[route(get, "/liar/{status}")]
    fn liar(&self, status: u16) -> Result<&'static str, Liar> {
        Err(Liar(status))
    }

    #[route(get, "/late-liar/{status}")]
    async fn late_liar(&self, status: u16) -> Result<&'static str, Liar> {
        tokio::task::yield_now().await;
        Err(Liar(status))
    }

    #[route(get, "/inner-liar/{status}")]
    fn inner_liar(&self, status: u16) -> Result<Result<&'static str, Liar>, StatusCode> {
        Ok(Err(Liar(status)))
    }

    #[route(get, "/outer-liar/{status}")]
    fn outer_liar(&self, status: u16) -> Result<Result<&'static str, StatusCode>, Liar> {
        Err(Liar(status))
    }

    #[route(get, "/response/{status}")]
    fn response(&self, status: u16) -> Result<&'static str, Response> {
        Err(Liar(status).into_response())
    }

    #[route(get, "/tuple/{status}")]
    fn tuple(&self, status: u16) -> Result<&'static str, (StatusCode, OneHeader, &'static str)> {
        let status = StatusCode::from_u16(status).unwrap();
        Err((status, [("x-tuple", "yes")], "all is well"))
    }

    #[route(get, "/rejection/{kind}")]
    fn rejection(&self, kind: String) -> Result<&'static str, Rejection> {
        match kind.as_str() {
            "str" => Err("no")?,
            "string" => Err("no".to_owned())?,
            "cow" => Err(Cow::Borrowed("no"))?,
            "bytes" => Err(Bytes::from_static(b"no"))?,
            "vec" => Err(b"no".to_vec())?,
            "html" => Err(Html("no"))?,
            "json" => Err(Json("no"))?,
            "body" => Err(Body::from("no"))?,
            "unit" => Err(())?,
            "ok" => Err(StatusCode::OK)?,
            "response" => Err(Response::default())?,
            "headers" => Err(([("x-no", "no")], "no"))?,
            "result" => Err(Ok::<_, StatusCode>("no"))?,
            "by-into" => Err("no".to_owned().into()),
            _ => Ok("yes"),
        }
    }

    #[route(get, "/named")]
    fn named(&self, name: Name) -> String {
        name.0
    }

    #[route(get, "/named-later")]
    async fn named_later(&self, name: Name, _badge: Option<Badge>) -> String {
        name.0
    }

    #[route(get, "/perhaps-named")]
    fn perhaps_named(&self, name: Option<Name>) -> String {
        name.map_or_else(|| "nobody".to_owned(), |name| name.0)
    }

    #[route(get, "/told")]
    fn told(&self, name: Result<Name, Bare<String>>) -> (StatusCode, String) {
        match name {
            Ok(name) => (StatusCode::OK, name.0),
            Err(Bare(text)) => (StatusCode::FORBIDDEN, text),
        }
    }

    #[route(get, "/badge")]
    fn badge(&self, _badge: Badge) -> &'static str {
        "a badge"
    }

    #[route(get, "/perhaps-badge")]
    fn perhaps_badge(&self, _badge: Option<Badge>) -> &'static str {
        "perhaps a badge"
    }

    #[route(get, "/redirect/{kind}")]
    fn redirect(&self, kind: String) -> Result<&'static str, Redirect> {
        Err(match kind.as_str() {
            "to" => Redirect::to("/login?next=%2F"),
            "temporary" => Redirect::temporary("/login"),
            "permanent" => Redirect::permanent("https://example.com/"),
            "break" => Redirect::to("/a\r\nx-injected: 1"),
            "nul" => Redirect::permanent("/a\0"),
            _ => return Ok("here"),
        })
    }

    #[route(get, "/redirect-with-cookie")]
    fn redirect_with_cookie(&self) -> Result<&'static str, (OneHeader, Redirect)> {
        Err(([("set-cookie", "to=back")], Redirect::to("/login")))
    }

    #[route(get, "/redirect-by-rejection")]
    async fn redirect_by_rejection(&self) -> Result<&'static str, Rejection> {
        Err(Redirect::to("/login"))?
    }

    #[route(get, "/nested/{kind}")]
    fn nested(&self, kind: String) -> Response {
        const CREATED: StatusCode = StatusCode::CREATED;
        const HEADER: OneHeader = [("x-outer", "yes")];
        const BAD: OneHeader = [("bad\n", "x")];
        type Failure<E> = Result<&'static str, E>;
        let missing: Failure<StatusCode> = Err(StatusCode::NOT_FOUND);
        let json = Json(Unserializable);
        match kind.as_str() {
            "json" => (CREATED, json).into_response(),
            "json-headers" => (CREATED, HEADER, json).into_response(),
            "json-inside" => (HEADER, (CREATED, json)).into_response(),
            "json-twice" => (StatusCode::OK, (CREATED, (HEADER, json))).into_response(),
            "json-moved" => (StatusCode::FOUND, json).into_response(),
            "missing" => (CREATED, missing).into_response(),
            "missing-headers" => (CREATED, HEADER, missing).into_response(),
            "missing-inside" => (HEADER, (CREATED, missing)).into_response(),
            "missing-twice" => (CREATED, (HEADER, (StatusCode::OK, missing))).into_response(),
            "missing-moved" => (StatusCode::FOUND, missing).into_response(),
            "missing-vec" => (CREATED, (vec![("x-outer", "yes")], missing)).into_response(),
            "missing-map" => (CREATED, (HeaderMap::new(), missing)).into_response(),
            "missing-ok" => (CREATED, Ok::<_, StatusCode>(missing)).into_response(),
            "gateway" => (StatusCode::BAD_GATEWAY, missing).into_response(),
            "rejected" => {
                let rejected: Failure<Rejection> = Err(StatusCode::CONFLICT.into());
                (CREATED, rejected).into_response()
            }
            "redirected" => {
                let redirected: Failure<Redirect> = Err(Redirect::to("/login"));
                (CREATED, redirected).into_response()
            }
            "liar" => (CREATED, Failure::Err(Liar(200))).into_response(),
            "bad-header" => (CREATED, BAD, "x").into_response(),
            "bad-header-inside" => (CREATED, (HEADER, (BAD, "x"))).into_response(),
            "bad-header-outside" => (BAD, (CREATED, "x")).into_response(),
            "bad-value" => (CREATED, vec![("x-a", "a\nb".to_owned())], "x").into_response(),
            "bad-location" => (CREATED, Redirect::to("\n")).into_response(),
            _ => (CREATED, Ok::<_, StatusCode>("made")).into_response(),
        }
    }
}

async fn api() -> Server {
    Server::start(Router::new().mount(Api)).await
}

/// Asserts that the reply is a 500 without the error's text.
#[track_caller]
fn assert_hides(reply: &Reply, what: &str) {
    assert_eq!(
        (reply.status, reply.text()),
        (500, "Internal Server Error"),
        "{what}"
    );
}

#[tokio::test]
async fn an_error_with_a_status_of_success_is_500() {
    let server = api().await;
    let mut client = RawClient::connect(server.addr()).await;
    for route in [
        "liar",
        "late-liar",
        "inner-liar",
        "outer-liar",
        "response",
        "tuple",
    ] {
        // Informational statuses (100, 101, 103) are replaced too, because such a response is not final.
        for status in [200, 201, 204, 206, 299, 100, 101, 103] {
            let path = format!("/{route}/{status}");
            let reply = client.request("GET", &path, &[], b"").await;
            assert_hides(&reply, &path);
        }
        for status in [302, 400, 404, 503, 599] {
            let path = format!("/{route}/{status}");
            let reply = client.request("GET", &path, &[], b"").await;
            assert_eq!(
                (reply.status, reply.text()),
                (status, "all is well"),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn a_rejection_without_a_status_is_500() {
    let server = api().await;
    let mut client = RawClient::connect(server.addr()).await;
    for kind in [
        "str", "string", "cow", "bytes", "vec", "html", "json", "body", "unit", "ok", "response",
        "headers", "result", "by-into",
    ] {
        let path = format!("/rejection/{kind}");
        let reply = client.request("GET", &path, &[], b"").await;
        assert_hides(&reply, &path);
        assert_eq!(reply.header("x-no"), None);
    }
    assert_eq!(get(server.addr(), "/rejection/none").await.text(), "yes");
}

#[tokio::test]
async fn an_extractor_that_refuses_without_a_status_is_500() {
    let server = api().await;
    let named = [("X-Name", "ada")];
    for path in [
        "/named",
        "/named-later",
        "/perhaps-named",
        "/badge",
        "/perhaps-badge",
    ] {
        assert_hides(&get(server.addr(), path).await, path);
    }
    assert_hides(
        &request(server.addr(), "GET", "/named-later", &named, b"").await,
        "the second argument is rejected",
    );
    for path in ["/named", "/perhaps-named", "/told"] {
        let reply = request(server.addr(), "GET", path, &named, b"").await;
        assert_eq!((reply.status, reply.text()), (200, "ada"), "{path}");
    }
    // With a `Result`, the handler receives the rejection.
    let reply = get(server.addr(), "/told").await;
    assert_eq!((reply.status, reply.text()), (403, "who are you"));
}

#[tokio::test]
async fn a_redirect_can_be_an_error() {
    let server = api().await;
    for (path, status, location) in [
        ("/redirect/to", 303, "/login?next=%2F"),
        ("/redirect/temporary", 307, "/login"),
        ("/redirect/permanent", 308, "https://example.com/"),
        ("/redirect-with-cookie", 303, "/login"),
        ("/redirect-by-rejection", 303, "/login"),
        ("/nested/redirected", 303, "/login"),
    ] {
        let reply = get(server.addr(), path).await;
        let found = (reply.status, reply.header("location"), reply.text());
        assert_eq!(found, (status, Some(location), ""), "{path}");
    }
    let reply = get(server.addr(), "/redirect-with-cookie").await;
    assert_eq!(reply.header("set-cookie"), Some("to=back"));
    assert_eq!(get(server.addr(), "/redirect/none").await.text(), "here");
    for path in ["/redirect/break", "/redirect/nul", "/nested/bad-location"] {
        let reply = get(server.addr(), path).await;
        assert_hides(&reply, path);
        assert_eq!(
            (reply.header("location"), reply.header("x-injected")),
            (None, None)
        );
    }
}

#[tokio::test]
async fn a_status_around_a_failure_does_not_hide_it() {
    let server = api().await;
    for (kind, status) in [
        ("json", 500),
        ("json-headers", 500),
        ("json-inside", 500),
        ("json-twice", 500),
        ("json-moved", 500),
        ("missing", 404),
        ("missing-headers", 404),
        ("missing-inside", 404),
        ("missing-twice", 404),
        ("missing-moved", 404),
        ("missing-vec", 404),
        ("missing-map", 404),
        ("missing-ok", 404),
        // The outer status replaces the status of a failure only if the outer status is one of failure, too.
        ("gateway", 502),
        ("rejected", 409),
        ("liar", 500),
        ("bad-header", 500),
        ("bad-header-inside", 500),
        ("bad-header-outside", 500),
        ("bad-value", 500),
        ("none", 201),
    ] {
        let reply = get(server.addr(), &format!("/nested/{kind}")).await;
        assert_eq!(reply.status, status, "{kind}");
    }
    let reply = get(server.addr(), "/nested/missing-headers").await;
    assert_eq!(reply.header("x-outer"), Some("yes"));
}

/// A module without attributes: no macro checks its types when it is compiled.
struct ByHand;

impl Module for ByHand {
    const ROUTES: &'static [Route<Self>] = &[
        Route::new(Method::GET, "/now", "now", |_, _| {
            Ok(Answer::ready(Err::<String, String>("no".to_owned())))
        }),
        Route::new(Method::GET, "/refused", "refused", |_, _| Err("no")?),
        Route::new(Method::GET, "/later", "later", |_, _| {
            Ok(Answer::future(async { Err("no".to_owned().into()) }))
        }),
        Route::new(Method::GET, "/around", "around", |_, _| {
            let failure = Err::<String, String>("no".to_owned());
            Ok(Answer::ready((StatusCode::CREATED, failure)))
        }),
    ];
}

#[tokio::test]
async fn a_failure_without_a_status_is_500_in_a_module_without_attributes() {
    let server = Server::start(Router::new().mount(ByHand)).await;
    for path in ["/now", "/refused", "/later", "/around"] {
        assert_hides(&get(server.addr(), path).await, path);
    }
}
