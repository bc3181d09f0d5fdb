//! Beside what `ui-tests/fail/app` shows: the edges of the text, and that numbers stand for shapes.

use super::{super::pattern::Pattern, *};
use crate::http::IntoResponse as _;
use http::StatusCode;

const fn get<M>(pattern: &'static str, name: &'static str) -> Route<M> {
    Route::new(Method::GET, pattern, name, |_, _| {
        Box::pin(async { StatusCode::OK.into_response() })
    })
}

struct One;

impl Module for One {
    const ROUTES: &'static [Route<Self>] = &[
        get("/", "One::root").at("one.rs", 10),
        get("/users/{id}", "One::user").at("one.rs", 7),
        get("/files/{*rest}", "One::files"),
        Route::socket("/socket", "One (websocket)", |_, _| {
            Box::pin(async { StatusCode::OK.into_response() })
        }),
    ];
}

/// In nobody's way: another method, another shape, a page beside a socket.
struct Two;

impl Module for Two {
    const ROUTES: &'static [Route<Self>] = &[
        Route::new(Method::POST, "/", "Two::root", |_, _| {
            Box::pin(async { StatusCode::OK.into_response() })
        }),
        get("/users/me", "Two::me"),
        get("/users/{*all}", "Two::all"),
        get("/socket", "Two::page"),
    ];
}

struct Three;

impl Module for Three {
    const ROUTES: &'static [Route<Self>] = &[
        get("/users/{name}", "Three::user").at("three.rs", 4_294_967_295),
        Route::socket("/socket", "Three (websocket)", |_, _| {
            Box::pin(async { StatusCode::OK.into_response() })
        }),
    ];
}

struct Wild;

impl Module for Wild {
    const ROUTES: &'static [Route<Self>] = &[get("/files/{*path}", "Wild::files")];
}

/// Has a long name of many bytes a letter.
struct Long;

const LETTERS: [[u8; 2]; 3000] = [*b"\xC3\xBC"; 3000];
const NAME: &str = match std::str::from_utf8(LETTERS.as_flattened()) {
    Ok(name) => name,
    Err(_) => "",
};

impl Module for Long {
    const ROUTES: &'static [Route<Self>] = &[get("/long", NAME)];
}

#[test]
fn two_modules_are_compared_route_by_route() {
    assert!(<Pair<One, Two>>::CONFLICTS.is_none());
    assert!(<Pair<Two, One>>::CONFLICTS.is_none());
    assert_eq!(<Pair<One, Two>>::CONFLICTS.text(), "");
    assert_eq!(
        <Pair<One, Three>>::CONFLICTS.text(),
        "route `GET /users/{name}` of `Three::user` (three.rs:4294967295) conflicts with \
         `GET /users/{id}` of `One::user` (one.rs:7)\n= note: both match `GET /users/1`\n\
         duplicate route `WebSocket /socket`: `One (websocket)` and `Three (websocket)`"
    );
}

#[test]
fn a_module_that_is_mounted_twice_conflicts_with_itself() {
    let conflicts = <Pair<One, One>>::CONFLICTS;
    assert_eq!(
        conflicts.text(),
        "duplicate route `GET /`: `One::root` (one.rs:10) and `One::root` (one.rs:10)\n\
         duplicate route `GET /users/{id}`: `One::user` (one.rs:7) and `One::user` (one.rs:7)\n\
         duplicate route `GET /files/{*rest}`: `One::files` and `One::files`\n\
         = note: there are more"
    );
}

#[test]
fn an_example_stands_for_wildcards_too() {
    let conflicts = <Pair<Wild, One>>::CONFLICTS;
    assert!(conflicts.text().ends_with("both match `GET /files/1/2`"));
}

#[test]
fn a_text_that_is_too_long_ends_early() {
    let text = <Pair<Long, Long>>::CONFLICTS;
    assert!(text.text().len() <= ROOM && text.text().len() > ROOM - 4);
}

#[test]
fn what_is_no_module_has_no_conflicts() {
    assert!(<Pair<One, String>>::CONFLICTS.is_none());
    assert!(<Pair<u8, u8>>::CONFLICTS.is_none());
}

#[test]
fn fingerprints_stand_for_kind_and_shape() {
    let patterns = [
        "/",
        "/a",
        "/a/",
        "/a/b",
        "/{a}",
        "/{b}",
        "/{*a}",
        "/{*long}",
        "/{a}/",
        "/{long}/x",
        "/{a}/x",
        "/{a}/{b}",
        "/{b}/{a}",
        "/{a}/{*b}",
        "/x/{a}",
        "/x/{*rest}",
        "/*",
        "/a*",
    ];
    for a in patterns {
        for b in patterns {
            if let (Ok(one), Ok(other)) = (Pattern::parse(a), Pattern::parse(b)) {
                let of = |pattern| fingerprint(&Kind::Method(Method::GET), pattern);
                assert_eq!(of(a) == of(b), one.shape() == other.shape(), "{a} {b}");
                assert_ne!(of(a), fingerprint(&Kind::Socket, b), "{a} {b}");
            }
        }
    }
}
