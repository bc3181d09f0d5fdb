use super::{Pattern, PatternError, Segment, canonical, same_shape};
use std::borrow::Cow;

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
fn a_joined_pattern_is_the_one_that_both_texts_make() {
    let prefixes = ["/api", "/{a}", "/api/{a}/x", "/{a}/{b}"];
    let paths = [
        "/",
        "/users",
        "/users/",
        "/{a}",
        "/{c}/{*a}",
        "/x/{c}",
        "/{*rest}",
    ];
    for before in prefixes {
        for path in paths {
            let prefix = Pattern::parse(before).unwrap();
            let joined = prefix.joined(Pattern::parse(path).unwrap());
            let text = if path == "/" {
                before.to_owned()
            } else {
                format!("{before}{path}")
            };
            let texts = |error: PatternError| error.to_string();
            let expected = Pattern::parse(&text);
            assert_eq!(
                joined.map_err(texts),
                expected.map_err(texts),
                "{before} {path}"
            );
        }
    }
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
fn constants_know_shapes_as_well() {
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
        "/{long}/",
        "/{a}/x",
        "/{long}/x",
        "/{a}/{b}",
        "/{b}/{a}",
        "/{a}/{*b}",
        "/x/{a}",
        "/xy/{a}",
        "/{é}",
        "/{a}/{*rest}",
        "/x/{*rest}",
        "/x/{*a}",
    ];
    let shape = |pattern| Pattern::parse(pattern).unwrap().shape();
    for a in patterns {
        for b in patterns {
            assert_eq!(same_shape(a, b), shape(a) == shape(b), "{a} {b}");
        }
    }
    // Invalid patterns can be compared as well.
    assert!(!same_shape("/{a", "/{b}/x"));
    assert!(same_shape("/{a", "/{b"));
}

/// The percent-decoded bytes of one segment.
fn decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        let code = behind
            .get(..2)
            .and_then(|digits| u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok());
        (decoded, rest) = match code.filter(|_| byte == b'%') {
            Some(code) => ([&decoded[..], &[code]].concat(), &behind[2..]),
            None => ([&decoded[..], &[byte]].concat(), behind),
        };
    }
    decoded
}

#[test]
fn equal_paths_have_one_canonical_form() {
    for (text, expected) in [
        ("/%75sers", "/users"),
        ("/caf%c3%a9", "/caf%C3%A9"),
        ("/café", "/caf%C3%A9"),
        ("/a%40b", "/a@b"),
        ("/a%2fb", "/a%2Fb"),
        ("/a|b%7c", "/a%7Cb%7C"),
        ("/%25%37%35", "/%2575"),
        ("/%7Euser/%2d.", "/~user/-."),
        ("/100%/%zz/%4", "/100%/%zz/%4"),
        // A decoded character does not become part of an escape that starts with a stray `%`.
        ("/%%375", "/%%375"),
        ("/%a%35", "/%a%35"),
        ("/%%3775", "/%%3775"),
        ("/%xy%75", "/%xyu"),
    ] {
        assert_eq!(canonical(text), expected, "{text}");
    }
    for text in ["/", "", "/users/42", "/a:b/@c/-._~!$&'()*+,;="] {
        assert!(matches!(canonical(text), Cow::Borrowed(_)), "{text}");
    }
}

/// Tests every combination of the characters and escapes that can interact.
#[test]
fn canonical_forms_are_equal_where_segments_are() {
    const PARTS: [&str; 12] = [
        "a", "%61", "%", "%25", "5", "%35", "/", "%2f", "%2F", "|", "%7c", "%C3%A9",
    ];
    let mut texts = vec![String::new()];
    for _ in 0..3 {
        let longer = texts.iter().flat_map(|text| {
            let append = |part: &&str| format!("{text}{part}");
            PARTS.iter().map(append).collect::<Vec<_>>()
        });
        texts = longer.chain(texts.iter().cloned()).collect();
        texts.sort();
        texts.dedup();
    }
    let mut sound = Vec::new();
    for text in &texts {
        let once = canonical(text);
        assert_eq!(canonical(&once), once, "{text}");
        let segments: Vec<_> = text.split('/').map(decoded).collect();
        let same: Vec<_> = once.split('/').map(decoded).collect();
        assert_eq!(segments, same, "{text}");
        let is_code = |code: &str| {
            let digits = code.as_bytes().get(..2);
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        if text.split('%').skip(1).all(is_code) {
            sound.push((segments, once));
        }
    }
    assert!(sound.len() > 500, "{}", sound.len());
    for (segments, once) in &sound {
        for (other_segments, other) in &sound {
            assert_eq!(segments == other_segments, once == other, "{once} {other}");
        }
    }
}

#[test]
fn static_segments_are_canonical() {
    let shown = |pattern: &str| Pattern::parse(pattern).unwrap().to_string();
    assert_eq!(shown("/%75sers/{id}/a%40b"), "/users/{id}/a@b");
    assert_eq!(shown("/caf%c3%a9/%7bid%7d"), "/caf%C3%A9/%7Bid%7D");
    let shape = |pattern: &str| Pattern::parse(pattern).unwrap().shape();
    assert_eq!(shape("/%75sers"), shape("/users"));
    assert_ne!(shape("/a%2fb"), shape("/a/b"));
    let error = Pattern::parse("/a/%2e%2E").unwrap_err();
    assert_eq!(
        error.to_string(),
        "path cannot contain the segment `%2e%2E`"
    );
}

#[test]
fn an_example_is_matched() {
    for (pattern, example) in [
        ("/", "/"),
        ("/rooms/{room}/x/", "/rooms/1/x/"),
        ("/files/{name}/{*rest}", "/files/1/1/2"),
    ] {
        assert_eq!(Pattern::parse(pattern).unwrap().example(), example);
    }
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
            "path `/a///b` cannot contain `//`",
            "write `/a/b`",
        ),
        ("//", "path `//` cannot contain `//`", "write `/`"),
        (
            "/a b",
            "path cannot contain ` `",
            "clients send it percent-encoded: replace it with `%20`",
        ),
        (
            "/a\tb",
            "path cannot contain `\\t`",
            "clients send it percent-encoded: replace it with `%09`",
        ),
        (
            "/grüße",
            "path cannot contain `ü`",
            "clients send it percent-encoded: replace it with `%C3%BC`",
        ),
        (
            "/a\\b",
            "path cannot contain `\\\\`",
            "clients send it percent-encoded: replace it with `%5C`",
        ),
        (
            "/100%",
            "path cannot contain `%`",
            "clients send it percent-encoded: replace it with `%25`",
        ),
        (
            "/a/../b",
            "path cannot contain the segment `..`",
            "write the resolved path: clients resolve `.` and `..` before they send a request",
        ),
        (
            "/.",
            "path cannot contain the segment `.`",
            "write the resolved path: clients resolve `.` and `..` before they send a request",
        ),
        (
            "/a?page=1",
            "path cannot contain `?`",
            "a query is not part of the path; take it with a `Query<T>` argument",
        ),
        (
            "/a#top",
            "path cannot contain `#`",
            "leave the fragment out: clients do not send it",
        ),
        (
            "/a-{id}",
            "parameter in `a-{id}` must be the whole segment",
            "take the whole segment as one parameter, such as `{name}`, and split the value in the handler",
        ),
        (
            "/{a}{b}",
            "parameter in `{a}{b}` must be the whole segment",
            "take the whole segment as one parameter, such as `{name}`, and split the value in the handler",
        ),
        ("/{id", "parameter `{id` must end with `}`", "write `{id}`"),
        (
            "/id}",
            "parameter `id}` must begin with `{`",
            "write `{id}`",
        ),
        (
            "/:id.json",
            "parameter in `:id.json` must be the whole segment",
            "take the whole segment as one parameter, such as `{name}`, and split the value in the handler",
        ),
        (
            "/{*user-path}",
            "parameter name `user-path` must be an identifier",
            "write `{*user_path}`",
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
            "write `{id}`, and a second method whose route leaves the segment out",
        ),
        (
            "/{*rest}/x",
            "wildcard `{*rest}` must be the last segment",
            "to match a single segment, write `{rest}`",
        ),
        (
            "/{*rest}/",
            "wildcard `{*rest}` must be the last segment",
            "to match a single segment, write `{rest}`",
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
    for (pattern, ours) in [
        ("/:user-id", "/{user_id}"),
        ("/:id?", "/{id}"),
        ("/:id(\\d+)/x", "/{id}/x"),
        ("/files/:path*", "/files/{*path}"),
        ("/<int:id>", "/{id}"),
        ("/files/<path..>", "/files/{*path}"),
        ("/files/<path:rest>", "/files/{*rest}"),
        ("/[id]/[...slug]", "/{id}/{*slug}"),
        ("/{id:int}", "/{id}"),
        ("/{id:[0-9]+}", "/{id}"),
        ("/{tail:.*}", "/{*tail}"),
        ("/{rest...}", "/{*rest}"),
        ("/{rest*}", "/{*rest}"),
        ("/{**rest}", "/{*rest}"),
        ("/{ id }", "/{id}"),
        ("/**", "/{*rest}"),
        ("/*/x", "/{any}/x"),
        ("/*/*", "/{any}/{*rest}"),
    ] {
        let error = Pattern::parse(pattern).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("is a parameter in another syntax"),
            "{pattern}"
        );
        let second = if pattern.ends_with('?') {
            ", and a second method whose route leaves the segment out"
        } else {
            ""
        };
        let help = format!("write `{ours}`{second}");
        assert_eq!(error.help().unwrap(), help, "{pattern}");
        assert!(Pattern::parse(ours).is_ok(), "{ours}");
    }
    for (pattern, message) in [
        ("/{a}/{b}/{*a}", "parameter `a` cannot appear twice"),
        ("/{self}", "parameter name `self` must be an identifier"),
        ("/{_}", "parameter name `_` must be an identifier"),
        ("/{1}", "parameter name `1` must be an identifier"),
    ] {
        let error = Pattern::parse(pattern).unwrap_err();
        assert_eq!(error.to_string(), message, "{pattern}");
        assert_eq!(error.help(), None, "{pattern}");
    }
}
