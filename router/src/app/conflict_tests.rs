//! Tests that supplement `ui-tests/fail/app`: the length of the text, and the fingerprints of shapes.

use super::*;
use crate::by_hand::Answer;
use http::StatusCode;
use router_pattern::{Pattern, fingerprint};
use std::panic::Location;

#[track_caller]
const fn get<M>(pattern: &'static str, name: &'static str) -> Route<M> {
    Route::new(Method::GET, pattern, name, |_, _| {
        Ok(Answer::ready(StatusCode::OK))
    })
}

struct One;

impl Module for One {
    const ROUTES: &'static [Route<Self>] = &[
        get("/", "One::root"),
        get("/users/{id}", "One::user"),
        get("/files/{*rest}", "One::files"),
        Route::socket("/socket", "One (websocket)", |_, _| {
            Ok(Answer::ready(StatusCode::OK))
        }),
    ];
}

/// Conflicts with no other module: other methods, other shapes, and a page at the path of a socket.
struct Two;

impl Module for Two {
    const ROUTES: &'static [Route<Self>] = &[
        Route::new(Method::POST, "/", "Two::root", |_, _| {
            Ok(Answer::ready(StatusCode::OK))
        }),
        get("/users/me", "Two::me"),
        get("/users/{*all}", "Two::all"),
        get("/socket", "Two::page"),
    ];
}

struct Three;

impl Module for Three {
    const ROUTES: &'static [Route<Self>] = &[
        get("/users/{name}", "Three::user"),
        Route::socket("/socket", "Three (websocket)", |_, _| {
            Ok(Answer::ready(StatusCode::OK))
        }),
    ];
}

struct Wild;

impl Module for Wild {
    const ROUTES: &'static [Route<Self>] = &[get("/files/{*path}", "Wild::files")];
}

/// A module whose handler has a long name with two bytes per letter.
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
    assert!(<Pairs<((), One), Two>>::CONFLICTS.is_none());
    assert!(<Pairs<((), Two), One>>::CONFLICTS.is_none());
    assert_eq!(<Pairs<((), One), Two>>::CONFLICTS.text(), "");
    let at =
        |name: &str, place: &Location<'_>| format!("`{name}` ({}:{})", place.file(), place.line());
    fn places<M: Module>() -> Vec<&'static Location<'static>> {
        M::ROUTES.iter().map(|route| route.place).collect()
    }
    let (one, three) = (places::<One>(), places::<Three>());
    assert_eq!(
        <Pairs<((), One), Three>>::CONFLICTS.text(),
        format!(
            "route `GET /users/{{name}}` of {} conflicts with `GET /users/{{id}}` of {}\n\
             = note: both match `GET /users/1`\n\
             duplicate route `WebSocket /socket`: {} and {}",
            at("Three::user", three[0]),
            at("One::user", one[1]),
            at("One (websocket)", one[3]),
            at("Three (websocket)", three[1]),
        )
    );
}

#[test]
fn a_module_that_is_mounted_twice_conflicts_with_itself() {
    let conflicts = <Pairs<((), One), One>>::CONFLICTS;
    let lines: Vec<&str> = conflicts.text().lines().collect();
    assert_eq!(lines.len(), 4);
    for (line, start) in lines.iter().zip([
        "duplicate route `GET /`: `One::root` (router/src/app/conflict_tests.rs:",
        "duplicate route `GET /users/{id}`: `One::user` (router/src/app/conflict_tests.rs:",
        "duplicate route `GET /files/{*rest}`: `One::files` (router/src/app/conflict_tests.rs:",
        "= note: there are more conflicts",
    ]) {
        assert!(line.starts_with(start), "{line}");
    }
}

#[test]
fn a_module_is_compared_with_all_before_it() {
    let conflicts = <Pairs<((((), Wild), Two), One), Three>>::CONFLICTS;
    assert_eq!(
        conflicts.text(),
        <Pairs<((), One), Three>>::CONFLICTS.text()
    );
    let conflicts = <Pairs<((((), One), Two), Wild), One>>::CONFLICTS;
    // The second `One` has four conflicts with the first `One`, and one with `Wild`.
    assert_eq!(conflicts.found, 5);
    let mut two = Conflicts::NONE;
    two.append(<Pairs<((), Wild), One>>::CONFLICTS);
    two.append(<Pairs<((), Two), Three>>::CONFLICTS);
    two.append(<Pairs<((), One), Three>>::CONFLICTS);
    assert_eq!(two.found, 3);
    assert_eq!(two.text().lines().count(), 5);
}

#[test]
fn an_example_stands_for_wildcards_too() {
    let conflicts = <Pairs<((), Wild), One>>::CONFLICTS;
    assert!(conflicts.text().ends_with("both match `GET /files/1/2`"));
}

#[test]
fn a_text_that_is_too_long_ends_early() {
    let text = <Pairs<((), Long), Long>>::CONFLICTS;
    assert!(text.text().len() <= ROOM && text.text().len() > ROOM - 4);
}

#[test]
fn values_that_are_not_modules_have_no_conflicts() {
    assert!(<Pairs<((), One), String>>::CONFLICTS.is_none());
    assert!(<Pairs<((), u8), u8>>::CONFLICTS.is_none());
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
                let of = |pattern| fingerprint("GET", pattern);
                assert_eq!(of(a) == of(b), one.shape() == other.shape(), "{a} {b}");
                assert_ne!(of(a), fingerprint("WebSocket", b), "{a} {b}");
            }
        }
    }
}
