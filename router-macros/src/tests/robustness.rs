//! Tests of incomplete code, and of the crate `router` under another name.

use super::{app, errors, tokens, websocket};
use crate::{
    expand,
    parse::attribute::{Inner, Outer},
    tokens::mentions,
};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

const ARGUMENTS: &str = r#"
    crate = renamed::path,
    path = "/rooms/{room}",
    prefix = "/api",
    data = HashMap<u32, String>,
    max_payload_length = Self::LIMIT,
    idle_timeout = "120s",
    send_pings = cfg!(debug_assertions),
"#;

const BLOCK: &str = r#"
    #[cfg(feature = "chat")]
    impl chat::Chat {
        //! A chat.
        const LIMIT: usize = { 1 } + 1;
        type Nothing = ();

        /// Documentation.
        #[inline]
        #[route(get, "/users/{id}/{*rest}")]
        #[route(post, "/users/{id}/{*rest}")]
        pub(crate) async fn user(
            &self,
            id: u64,
            rest: String,
            head: &RequestHead,
            query: Query<Page>,
            body: Json<Vec<u8>>,
        ) -> Result<Html<String>, StatusCode> {
            self.users.get(id).ok_or(StatusCode::NOT_FOUND)?.page(rest, query, body)
        }

        #[on(upgrade)]
        #[cfg(feature = "names")]
        async fn admit(&self, room: String, user: User<Self>) -> HashMap<u32, String> {
            HashMap::from([(1, room)])
        }

        #[on(open)]
        fn open(&self) {}

        #[on(message)]
        async fn message(&self, ws: &mut Socket<HashMap<u32, String>>, message: Message<'_>) -> Result<(), Error> {
            ws.send(message).await
        }

        #[on(close)]
        fn r#loop(&self, ws: &mut Socket<HashMap<u32, String>>, code: CloseCode, reason: &str) {}

        fn helper(&self) {}
    }
"#;

/// The first `length` tokens of a stream. Delimiters that are still open are closed.
fn prefix(stream: TokenStream, length: &mut usize) -> TokenStream {
    let mut kept = Vec::new();
    for token in stream {
        if *length == 0 {
            break;
        }
        *length -= 1;
        kept.push(match token {
            TokenTree::Group(group) => {
                let inside = prefix(group.stream(), length);
                TokenTree::Group(Group::new(group.delimiter(), inside))
            }
            token => token,
        });
    }
    kept.into_iter().collect()
}

/// Each prefix of a stream, up to the whole stream.
fn prefixes(code: &str) -> impl Iterator<Item = TokenStream> {
    fn count(stream: TokenStream) -> usize {
        let inside = |token: TokenTree| match token {
            TokenTree::Group(group) => 1 + count(group.stream()),
            _ => 1,
        };
        stream.into_iter().map(inside).sum()
    }
    let all = tokens(code);
    (0..=count(all.clone())).map(move |mut length| prefix(all.clone(), &mut length))
}

/// Each handler of [`BLOCK`], with the number of tokens up to the end of its body.
fn finished_after() -> Vec<(String, usize)> {
    /// Counts the tokens of a stream and of its groups, and collects the functions.
    fn walk(stream: TokenStream, count: &mut usize, found: &mut Vec<(String, usize)>) {
        let mut name = None;
        let mut is_fn = false;
        for token in stream {
            *count += 1;
            match token {
                TokenTree::Ident(ident) => {
                    if is_fn {
                        name = Some(ident.to_string());
                    }
                    is_fn = ident == "fn";
                }
                TokenTree::Group(group) => {
                    walk(group.stream(), count, found);
                    if group.delimiter() == Delimiter::Brace
                        && let Some(name) = name.take()
                    {
                        found.push((name, *count));
                    }
                }
                _ => is_fn = false,
            }
        }
    }
    let mut found = Vec::new();
    walk(tokens(BLOCK), &mut 0, &mut found);
    found.retain(|(name, _)| name != "helper");
    assert_eq!(found.len(), BLOCK.matches(" fn ").count() - 1);
    found
}

/// Whether an expansion calls a handler.
fn calls(expansion: &TokenStream, handler: &str) -> bool {
    expansion
        .to_string()
        .contains(&format!("__Module :: {handler} ("))
}

#[test]
fn finished_methods_keep_their_generated_code_wherever_the_block_ends() {
    let finished = finished_after();
    for (length, item) in prefixes(BLOCK).enumerate() {
        let expansion = expand::block(Outer::Websocket, tokens(ARGUMENTS), item.clone());
        for (handler, end) in &finished {
            let is_there = length >= *end;
            assert!(!is_there || calls(&expansion, handler), "{handler}: {item}");
        }
    }
}

/// Tests incomplete code in the middle of a block, before existing methods.
#[test]
fn methods_after_an_unfinished_one_keep_their_generated_code() {
    let block = |typed: &str| {
        format!(
            r#"impl Chat {{
                #[route(get, "/before")] fn before(&self) {{}}
                {typed}
                #[route(get, "/next")] fn next(&self) {{}}
                #[on(open)] pub async fn last(&self) {{}}
            }}"#
        )
    };
    for typed in [
        "#",
        "#[route]",
        "#[route(get, )]",
        "#[route(get, \"/x\")]",
        "#[route(get, \"/x\")] pub",
        "#[route(get, \"/x\")] fn",
        "#[route(get, \"/x\")] fn x",
        "#[route(get, \"/x\")] fn x()",
        "#[route(get, \"/x\")] fn x(&self)",
        "#[route(get, \"/x\")] fn x(&self) ->",
        "#[route(get, \"/x\")] fn x(&self, id: )",
        "#[route(get, \"/x\")] async fn x(&self) {",
        "#[route(get, \"/{id}\")] fn x(&self) {}",
        "#[route(get, \"x\")] fn x(&self) {}",
        "#[on(mess)] fn x(&self) {}",
        "#[on(close)] fn x(&self, ws",
        "const LIMIT: u8 = 4",
        "const LIMIT",
        "type Data =",
        "fn helper(&self)",
        "async",
        "pub",
        "help",
        "log!(",
        "log!()",
    ] {
        // An open delimiter is closed, as an editor would do.
        let closed = match typed.chars().filter(|c| "([{".contains(*c)).count()
            - typed.chars().filter(|c| ")]}".contains(*c)).count()
        {
            0 => typed.to_owned(),
            _ if typed.ends_with('{') => format!("{typed} }}"),
            _ => format!("{typed} )"),
        };
        let expansion = websocket("", &block(&closed));
        for handler in ["before", "next", "last"] {
            assert!(
                calls(&expansion, handler),
                "{handler} behind {typed}:\n{expansion}"
            );
        }
        assert!(!expansion.to_string().contains("# [route (get"), "{typed}");
    }
}

#[test]
fn a_block_may_end_after_any_token() {
    for item in prefixes(BLOCK) {
        for outer in [Outer::Routes, Outer::Websocket] {
            let expansion = expand::block(outer, tokens(ARGUMENTS), item.clone());
            let kept = mentions(expansion.clone(), "impl");
            assert!(kept || !mentions(item.clone(), "impl"), "{item}");
        }
    }
    assert_eq!(errors(websocket(ARGUMENTS, BLOCK)), [""; 0]);
}

#[test]
fn arguments_may_end_after_any_token() {
    for arguments in prefixes(ARGUMENTS) {
        let expansion = expand::block(Outer::Websocket, arguments.clone(), tokens(BLOCK));
        // The user's methods are kept, whatever is wrong with the arguments.
        assert!(mentions(expansion, "helper"), "{arguments}");
    }
    for arguments in prefixes("crate = renamed::path") {
        let expansion = expand::app::app(arguments, tokens("struct App { chat: Chat }"));
        assert!(mentions(expansion, "App"));
    }
}

#[test]
fn an_app_may_end_after_any_token() {
    for item in
        prefixes("#[derive(Default)] pub struct App { #[cfg(a)] pub chat: Chat, r#type: b::C }")
    {
        let expansion = expand::app::app(TokenStream::new(), item.clone());
        assert!(mentions(expansion, "App") || !mentions(item, "App"));
    }
}

#[test]
fn methods_with_broken_bodies_have_their_routes() {
    let block = r#"impl Chat { #[route(get, "/")] fn index(&self) { let x = ; self. } }"#;
    let expansion = websocket("", block);
    assert_eq!(errors(expansion.clone()), [""; 0]);
    assert!(calls(&expansion, "index"));
}

#[test]
fn a_broken_method_leaves_the_attributes_of_the_others_in_force() {
    let block = r#"
        impl Chat {
            #[route(get, "/")] fn ok(&self) {}
            #[route(get, "/broken")] fn broken(&self, a b) {}
            #[on(open)] fn open(&self) {}
        }
    "#;
    let expansion = websocket("", block);
    // The compiler has already reported the method, and does not see it again. If the compiler had
    // accepted the method, an app with this module would not start.
    assert_eq!(errors(expansion.clone()), [""; 0]);
    assert!(
        expansion.to_string().contains("__router :: unread ("),
        "{expansion}"
    );
    assert_eq!(markers(&expansion), ["# [route", "# [on"]);
    let left = expansion.to_string().contains("# [route (get");
    assert!(!left, "an attribute is left on a method: {expansion}");
}

#[test]
fn only_the_crate_that_was_named_is_used() {
    let expansion = websocket(ARGUMENTS, BLOCK);
    assert!(mentions(expansion.clone(), "renamed"));
    assert!(!mentions(expansion, "router"));
    let mistaken = websocket(&format!("{ARGUMENTS} unknown = 1"), BLOCK);
    assert_eq!(errors(mistaken.clone()).len(), 1);
    assert!(mentions(mistaken.clone(), "renamed"));
    assert!(!mentions(mistaken, "router"));
    let app = app("crate = renamed::path", "struct App { chat: Chat }");
    assert!(mentions(app.clone(), "renamed"));
    assert!(!mentions(app, "router"));
}

/// The expansion as an editor sees it: tokens that are hidden from the compiler are in place.
fn as_editors_see(expansion: TokenStream) -> TokenStream {
    let prefix = tokens("#[cfg(rust_analyzer)] ::router::__private::same!");
    let allowance = tokens(r#"#[allow(unexpected_cfgs, reason = "editors set it")]"#);
    let begins = |tokens: &[TokenTree], with: &TokenStream| {
        let with: Vec<_> = with
            .clone()
            .into_iter()
            .map(|token| token.to_string())
            .collect();
        let found = tokens.iter().map(ToString::to_string);
        found
            .take(with.len())
            .eq(with.iter().cloned())
            .then_some(with.len())
    };
    let mut left: Vec<TokenTree> = expansion.into_iter().collect();
    let mut seen = TokenStream::new();
    while !left.is_empty() {
        if let Some(length) = begins(&left, &allowance) {
            left.drain(..length);
        } else if let Some(length) = begins(&left, &prefix) {
            left.drain(..length);
            let TokenTree::Group(hidden) = left.remove(0) else {
                panic!("nothing is hidden");
            };
            seen.extend(hidden.stream());
        } else {
            seen.extend([match left.remove(0) {
                TokenTree::Group(group) => {
                    let inside = as_editors_see(group.stream());
                    TokenTree::Group(Group::new(group.delimiter(), inside))
                }
                token => token,
            }]);
        }
    }
    seen
}

#[test]
fn a_block_is_printed_as_it_was() {
    for block in [
        "impl Chat { fn a(&self) -> Table<{ 0 }, { 1 }> { { 2 } } fn b() {} }",
        "impl Chat { const A: Table<{ 1 }> = Table::<{ 0 }> { x: { 1 } }; fn a(&self) { a } }",
        "impl Chat { const A: usize = { 1 } + 1; type B = [u8; { 3 }]; fn a(&self) { 0 } }",
        "impl Chat { m! { a b { c } } fn a(&self) where [(); { 1 }]: Sized { let x = ; self. } }",
        "impl Chat { fn a(&self, b c) { 0 } async { 1 } fn d(&self) { 2 } pub { 3 } }",
        "impl Chat { fn a(&self); fn b(&self) -> { 4 } , fn c(&self) > { 5 } }",
        "impl Chat<{ 7 }> { #[doc = \"x\"] pub(crate) async fn a(&'_ self, x: u8,) -> u8 { 6 } }",
    ] {
        // The block may end after any token.
        for item in prefixes(block) {
            let expansion = expand::block(Outer::Routes, TokenStream::new(), item.clone());
            let (expansion, item) = (as_editors_see(expansion).to_string(), item.to_string());
            assert!(expansion.starts_with(&item), "{item}\n{expansion}");
        }
    }
}

/// The attributes that are left as markers.
fn markers(expansion: &TokenStream) -> Vec<String> {
    let text = expansion.to_string();
    let mut parts: Vec<_> = text.split(" (__consumed)] const _ : () = () ;").collect();
    parts.pop();
    let attribute = |part: &str| part[part.rfind("# [").unwrap()..].to_owned();
    parts.into_iter().map(attribute).collect()
}

#[test]
fn attributes_that_were_taken_off_are_left_as_markers() {
    let block = r#"
        impl Chat {
            #[route(get, "/a")] #[route(get, "/b")] fn a(&self) {}
            #[router::route(get, "/c")] #[::router::route(get, "/d")] fn c(&self) {}
            #[other::route(get, "/e")] fn e(&self) {}
            #[cfg(unix)] #[route(get, "/f")] fn f(&self) {}
            #[route(get, "/g")] fn g(&self, a b) {}
            #[route(get, "/h")] const H: u8 = 1;
            #[on(open)] fn open(&self) {}
        }
    "#;
    // One marker per path. A marker with a `#[cfg]` may be configured away, so no other attribute
    // shares it.
    let expected = [
        "# [route",
        "# [router :: route",
        "# [:: router :: route",
        "# [other :: route",
        "# [route",
        "# [on",
    ];
    let expansion = websocket("", block);
    assert_eq!(markers(&expansion), expected);
    let conditional = "# [cfg (unix)] # [route (__consumed)]";
    assert!(expansion.to_string().contains(conditional), "{expansion}");
    let whole = markers(&websocket(ARGUMENTS, BLOCK));
    assert_eq!(whole, ["# [route", "# [on", "# [on"]);
}

#[test]
fn a_marker_expands_to_nothing_and_a_stray_attribute_to_an_error() {
    let item = || tokens("fn index(&self) {}");
    let marker = expand::markers::inner(Inner::Route, tokens("__consumed"), item());
    assert!(marker.is_empty(), "{marker}");
    let stray = expand::markers::inner(Inner::On, tokens("open"), item());
    assert!(mentions(stray.clone(), "index"));
    assert_eq!(
        errors(stray),
        [
            "`#[on]` must be inside an `impl` block marked `#[websocket]`\n= help: in such a block, write `#[on]` under this name, and `#[cfg]` on the method instead of `cfg_attr`"
        ]
    );
}
