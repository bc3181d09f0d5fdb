//! Tests of the error messages, and of the number of errors.
//!
//! Only a compiler shows which code a message underlines. `ui-tests` covers this for every rule.

use super::{app, errors, routes, websocket};

fn first_lines(errors: Vec<String>) -> Vec<String> {
    let first = |error: String| error.lines().next().unwrap_or_default().to_owned();
    errors.into_iter().map(first).collect()
}

#[test]
fn one_mistake_is_one_error() {
    for (route, method, error) in [
        (
            r#"get, "/""#,
            "fn a(self) {}",
            "handler `a` must take `&self`",
        ),
        (r#"get, "/""#, "fn a() {}", "handler `a` must take `&self`"),
        (
            r#"get, "/""#,
            "fn r#type<T>(&self) {}",
            "handler `type` cannot have generic parameters",
        ),
        (
            r#"get, "/""#,
            "unsafe fn a(&self) {}",
            "handler `a` cannot be `unsafe`",
        ),
        (
            r#"get, "/""#,
            "fn a(&self, b: impl Sized) {}",
            "handler `a` cannot take `impl Trait`",
        ),
        (
            r#"get, "/{b}""#,
            "fn a(&self, (b, c): Query<(u8, u8)>) {}",
            "parameter `b` has no matching argument",
        ),
        (
            r#"get, "/""#,
            "fn a(&self, head: &mut RequestHead) {}",
            "an argument borrowed from the request cannot be `mut`",
        ),
        (
            r#"get, "/{b}""#,
            "fn a(&self, b: &str) {}",
            "path parameter `b` cannot be a reference",
        ),
        (
            r#"get, "/{b}""#,
            "fn a(&self) {}",
            "parameter `b` has no matching argument",
        ),
        (
            r#"gte, "/""#,
            "fn a(&self) {}",
            "unknown request method `gte`",
        ),
        (
            r#""/""#,
            "fn a(&self) {}",
            "expected a request method before the path",
        ),
        ("get", "fn a(&self) {}", "route must have a path"),
        (
            "get, PATH",
            "fn a(&self) {}",
            "the path of a route must be a string literal",
        ),
    ] {
        let block = format!("impl Api {{ #[route({route})] {method} }}");
        assert_eq!(first_lines(errors(routes("", &block))), [error], "{block}");
    }
}

#[test]
fn every_mistake_is_found() {
    let found = errors(websocket(
        "path = \"chat\", dat = ClientData, idle_timeout = 961, send_pings",
        r#"
            impl Chat {
                #[route(get, "/:id")] fn foreign(&self) {}
                #[route(post, "/{id}")] fn unused(&self) {}
                helper!();
                #[on(mesage)] fn typo(&self) {}
                #[on(close)] fn long(&self, ws: &mut Socket<()>, a: A, b: B, c: C) {}
                #[on(open)] #[route(get, "/x")] fn both(&self) {}
            }
        "#,
    ));
    assert_eq!(
        first_lines(found),
        [
            "unknown option `dat` of `#[websocket]`",
            "`idle_timeout` must be at most 960 seconds",
            "option `send_pings` must have a value",
            "path `chat` must start with `/`",
            "macro calls cannot be items of the `impl` block",
            "`:id` is a parameter in another syntax",
            "parameter `id` has no matching argument",
            "unknown event `mesage`",
            "handler `long` takes more arguments than `#[on(close)]` provides",
            "method `both` cannot have both `#[route]` and `#[on]`",
        ]
    );
}

#[test]
fn what_was_meant_is_guessed() {
    for (found, help) in [
        (
            errors(websocket("idle_timout = 1", "impl Chat {}")),
            "did you mean `idle_timeout`?",
        ),
        (
            errors(routes("path = \"/\"", "impl Api {}")),
            "`path` is an option of `#[websocket]`",
        ),
        (
            errors(routes(
                "",
                r#"impl Api { #[route(GET, "/")] fn a(&self) {} }"#,
            )),
            "did you mean `get`?",
        ),
        (
            errors(websocket("", "impl Chat { #[on(mesage)] fn a(&self) {} }")),
            "did you mean `message`?",
        ),
        (
            errors(websocket(
                "",
                "impl Chat { #[on(disconnected)] fn a(&self) {} }",
            )),
            "did you mean `close`?",
        ),
        (
            errors(routes("", r#"impl Api { #[get("/x")] fn a(&self) {} }"#)),
            r#"write `#[route(get, "/x")]`"#,
        ),
        (
            errors(websocket("", "impl Chat { #[close] fn a(&self) {} }")),
            "write `#[on(close)]`",
        ),
        (
            errors(websocket(
                "path = \"/\"",
                "impl Chat { #[on(open)] async fn a(&self) -> Result<(), Box<dyn Error + Send>> {} }",
            )),
            "write `Box<dyn Error + Send + Sync>`",
        ),
        (
            errors(routes(
                "",
                r#"impl Api { #[route(get, "/{room}")] fn a(&self, romo: String) {} }"#,
            )),
            "`a` has an argument `romo`",
        ),
        (
            errors(routes(
                "",
                r#"impl Api { #[route(get, "/{type}")] fn a(&self, Id(r#type): Id) {} }"#,
            )),
            "write `r#type: Id`, and destructure it in the body",
        ),
        (
            errors(websocket(
                "data = User",
                "impl Chat { #[on(ping)] fn a(&self, ws: &mut Socket<User>, b: &[u8], c: u8) {} }",
            )),
            "write `fn a(&self, ws: &mut Socket<User>, payload: &[u8])`; arguments at the end may be omitted if they are not needed",
        ),
    ] {
        assert_eq!(found.len(), 1, "{found:?}");
        let line = format!("\n= help: {help}");
        assert!(found[0].contains(&line), "{}", found[0]);
    }
}

/// Attributes of other macros that have the same names are kept.
#[test]
fn other_attributes_stay() {
    for block in [
        r#"impl Api { #[get(size)] fn a(&self) {} }"#,
        r#"impl Api { #[other::get("/")] fn a(&self) {} }"#,
        "impl Api { #[message] fn a(&self) {} }",
    ] {
        let expansion = routes("", block);
        assert_eq!(errors(expansion.clone()), [""; 0], "{block}");
        assert!(expansion.to_string().contains("# ["), "{block}");
    }
}

#[test]
fn collisions_name_both_places() {
    for (block, message, note) in [
        (
            r#"impl Api { #[route(get, "/{a}")] fn a(&self, a: u8) {} #[route(get, "/{a}")] fn b(&self, a: u8) {} }"#,
            "duplicate route `GET /{a}`",
            "[note] first declared here",
        ),
        (
            r#"impl Api { #[route(get, "/{a}")] fn a(&self, a: u8) {} #[route(get, "/{b}")] fn b(&self, b: u8) {} }"#,
            "route `GET /{b}` conflicts with `GET /{a}`",
            "[note] first declared here",
        ),
        (
            "impl Api { #[on(open)] fn a(&self) {} #[on(open)] fn b(&self) {} }",
            "event `open` cannot have a second handler",
            "[note] `open` is handled here",
        ),
        (
            "impl Api { #[on(message)] fn a(&self) {} #[on(binary)] fn b(&self) {} }",
            "event `binary` cannot be handled together with `message`",
            "[note] `message` is handled here",
        ),
    ] {
        let found = first_lines(errors(websocket("", block)));
        assert_eq!(found, [message, note], "{block}");
    }
}

/// The compiler decides which methods exist, and therefore also whether there is a mistake.
#[test]
fn a_conflict_under_cfg_is_a_mistake_only_if_both_methods_exist() {
    for (block, condition) in [
        (
            r#"impl Api { #[cfg(a)] #[route(get, "/")] fn a(&self) {} #[cfg(not(a))] #[route(get, "/")] fn b(&self) {} }"#,
            "# [cfg (a)] # [cfg (not (a))]",
        ),
        (
            r#"impl Api { #[route(get, "/")] fn a(&self) {} #[cfg(a)] #[route(get, "/")] fn b(&self) {} }"#,
            "# [cfg (a)]",
        ),
        (
            r#"impl Api { #[route(get, "/")] fn a(&self) {} #[cfg_attr(a, inline, cfg(b))] #[route(get, "/")] fn b(&self) {} }"#,
            "# [cfg (any (not (a) , b))]",
        ),
        (
            "impl Api { #[cfg(a)] #[on(text)] fn a(&self) {} #[cfg(not(a))] #[on(text)] fn b(&self) {} }",
            "# [cfg (a)] # [cfg (not (a))]",
        ),
        (
            "impl Api { #[cfg(a)] #[on(text)] fn a(&self) {} #[cfg(b)] #[on(message)] fn b(&self) {} }",
            "# [cfg (a)] # [cfg (b)]",
        ),
    ] {
        let expansion = websocket("path = \"/\"", block);
        let text = expansion.to_string();
        let error = format!("{condition} :: core :: compile_error !");
        assert_eq!(text.matches(&error).count(), 2, "{block}: {text}");
        assert_eq!(errors(expansion).len(), 2, "{block}");
        // The second handler's code is conditional, so that nothing is defined twice.
        let gives_way = "# [cfg (not (all (a)))]";
        assert_eq!(text.contains(gives_way), block.contains("#[on"), "{text}");
    }
    for block in [
        r#"impl Api { #[route(get, "/")] fn a(&self) {} #[route(post, "/")] fn b(&self) {} }"#,
        r#"impl Api { #[route(get, "/")] fn a(&self) {} #[route(get, "/{b}")] fn b(&self, b: u8) {} }"#,
    ] {
        assert_eq!(errors(websocket("", block)), [""; 0], "{block}");
    }
}

/// Each surplus handler is one mistake with one note. The third handler is reported once, although it
/// conflicts with two others.
#[test]
fn each_mistake_of_a_kind_is_reported() {
    let found = errors(websocket(
        "",
        "impl Api { #[on(open)] fn a(&self) {} #[on(open)] fn b(&self) {} #[on(open)] fn c(&self) {} }",
    ));
    assert_eq!(found.len(), 4, "{found:?}");
    let found = errors(routes(
        "",
        "impl Api { #[on(open)] fn a(&self) {} #[on(close)] fn b(&self) {} }",
    ));
    assert_eq!(
        first_lines(found),
        ["`#[on]` cannot be used in a `#[routes]` block"]
    );
}

#[test]
fn an_app_is_a_struct_with_named_fields() {
    for (item, message) in [
        (
            "struct App(Chat);",
            "modules of an app must be named fields",
        ),
        ("struct App;", "modules of an app must be named fields"),
        ("enum App { Chat }", "`#[app]` must be on a struct"),
        (
            "struct App<T> { chat: T }",
            "`#[app]` cannot be used on a generic struct",
        ),
        ("fn app() {}", "expected a `struct`"),
    ] {
        assert_eq!(first_lines(errors(app("", item))), [message], "{item}");
    }
}
