//! The grammar of patterns. Not beside it, because another crate compiles that file too.

use crate::model::pattern::{Pattern, Segment};

#[test]
fn patterns_are_taken_apart_and_put_together_again() {
    let text = |text: &str| Segment::Static(text.to_owned());
    let parameter = |name: &str| Segment::Parameter(name.to_owned());
    let wildcard = |name: &str| Segment::Wildcard(name.to_owned());
    for (pattern, segments) in [
        ("/", vec![text("")]),
        ("/rooms", vec![text("rooms")]),
        ("/rooms/", vec![text("rooms"), text("")]),
        (
            "/rooms/{room}/{_id}",
            vec![text("rooms"), parameter("room"), parameter("_id")],
        ),
        ("/{type}/{é}", vec![parameter("type"), parameter("é")]),
        ("/files/{*rest}", vec![text("files"), wildcard("rest")]),
        ("/a*b/c:d/%20", vec![text("a*b"), text("c:d"), text("%20")]),
    ] {
        let parsed = Pattern::parse(pattern).unwrap();
        assert_eq!(parsed.segments, segments, "{pattern}");
        assert_eq!(parsed.to_string(), pattern);
    }
}

#[test]
fn parameters_are_listed_from_left_to_right() {
    let pattern = Pattern::parse("/{b}/x/{_a}/{*c}").unwrap();
    assert_eq!(pattern.parameters().collect::<Vec<_>>(), ["b", "_a", "c"]);
}

#[test]
fn shapes_have_no_names() {
    let shape = |pattern| Pattern::parse(pattern).unwrap().shape();
    assert_eq!(shape("/{a}/x"), shape("/{b}/x"));
    assert_eq!(shape("/{*a}"), shape("/{*b}"));
    assert_ne!(shape("/{a}"), shape("/{*a}"));
    assert_ne!(shape("/{a}"), shape("/a"));
    assert_ne!(shape("/a"), shape("/a/"));
}

#[test]
fn each_rule_has_its_message_and_its_help() {
    for (pattern, message, help) in [
        ("", "path `` must start with `/`", "write `/`"),
        (
            "rooms",
            "path `rooms` must start with `/`",
            "write `/rooms`",
        ),
        (
            "/a///b",
            "path `/a///b` cannot have `//` in it",
            "write `/a/b`",
        ),
        ("//", "path `//` cannot have `//` in it", "write `/`"),
        (
            "/a b",
            "path cannot have ` ` in it",
            "paths are percent-encoded; a space is `%20`",
        ),
        (
            "/a\tb",
            "path cannot have `\\t` in it",
            "paths are percent-encoded; a space is `%20`",
        ),
        (
            "/a?page=1",
            "path cannot have `?` in it",
            "a query is not part of the path; take it with a `Query<T>` argument",
        ),
        (
            "/a#top",
            "path cannot have `#` in it",
            "clients do not send fragments",
        ),
        (
            "/a-{id}",
            "parameter in `a-{id}` must be the whole segment",
            "take the whole segment as `{name}`, and take it apart in the handler",
        ),
        (
            "/{a}{b}",
            "parameter in `{a}{b}` must be the whole segment",
            "take the whole segment as `{name}`, and take it apart in the handler",
        ),
        (
            "/{id",
            "parameter in `{id` must be the whole segment",
            "take the whole segment as `{name}`, and take it apart in the handler",
        ),
        ("/{}", "parameter `{}` must have a name", "write `{id}`"),
        (
            "/{*}",
            "parameter `{*}` must have a name",
            "write `{*rest}`",
        ),
        (
            "/{user-id}",
            "parameter name `user-id` must be an identifier",
            "write `{user_id}`",
        ),
        (
            "/{id?}",
            "parameter `{id?}` cannot be optional",
            "add a second route without the parameter",
        ),
        (
            "/{*rest}/x",
            "wildcard `{*rest}` must be the last segment",
            "`{name}` takes one segment, anywhere",
        ),
        (
            "/{*rest}/",
            "wildcard `{*rest}` must be the last segment",
            "`{name}` takes one segment, anywhere",
        ),
        (
            "/rooms/:room/<id>/*",
            "`:room` is a parameter in another syntax",
            "write `/rooms/{room}/{id}/{*rest}`",
        ),
        (
            "/users/<id>",
            "`<id>` is a parameter in another syntax",
            "write `/users/{id}`",
        ),
        (
            "/files/*path",
            "`*path` is a parameter in another syntax",
            "write `/files/{*path}`",
        ),
    ] {
        let error = Pattern::parse(pattern).unwrap_err();
        assert_eq!(error.to_string(), message, "{pattern}");
        assert_eq!(error.help().as_deref(), Some(help), "{pattern}");
    }
    for (pattern, message) in [
        ("/{a}/{b}/{*a}", "parameter `a` cannot be there twice"),
        ("/{self}", "parameter name `self` must be an identifier"),
        ("/{_}", "parameter name `_` must be an identifier"),
        ("/{1}", "parameter name `1` must be an identifier"),
    ] {
        let error = Pattern::parse(pattern).unwrap_err();
        assert_eq!(error.to_string(), message, "{pattern}");
        assert_eq!(error.help(), None, "{pattern}");
    }
}
