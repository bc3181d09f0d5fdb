//! The attributes in unusual code: where names such as `Option` and `std` mean other items, where names could
//! conflict with generated code, and where `#[cfg]` disables handlers.

use router_tests::{Client, RawClient, Server, get, request};

/// A Rust module without a prelude, in which the names of the prelude mean other items.
mod bare {
    #![no_implicit_prelude]

    use ::router::{Hub, Query, Socket, on, route, routes, websocket};

    pub(crate) struct Option;
    pub(crate) struct Some;
    pub(crate) struct None;
    pub(crate) struct Result;
    pub(crate) struct Ok;
    pub(crate) struct Err;
    pub(crate) struct Box;
    pub(crate) struct Arc;
    pub(crate) struct String;
    pub(crate) struct Vec;
    pub(crate) trait Future {}
    pub(crate) trait Send {}
    pub(crate) trait Sync {}
    pub(crate) trait Default {}
    pub(crate) trait Into {}
    pub(crate) trait From {}
    pub(crate) trait Module {}
    pub(crate) trait WebSocket {}
    pub(crate) trait IntoResponse {}
    pub(crate) mod std {}
    pub(crate) mod core {}
    pub(crate) mod router {}
    pub(crate) mod http {}

    pub(crate) type Everything = (Option, Some, None, Result, Ok, Err, Box, Arc, String, Vec);

    /// Uses all these items, so that the compiler does not report them as unused.
    pub(crate) fn everything<T>(_: &T) -> Everything
    where
        T: Future + Send + Sync + Default + Into + From + Module + WebSocket + IntoResponse,
    {
        (Option, Some, None, Result, Ok, Err, Box, Arc, String, Vec)
    }

    impl Future for Bare {}
    impl Send for Bare {}
    impl Sync for Bare {}
    impl Default for Bare {}
    impl Into for Bare {}
    impl From for Bare {}
    impl Module for Bare {}
    impl WebSocket for Bare {}
    impl IntoResponse for Bare {}

    pub(crate) struct Bare;

    #[routes]
    impl Bare {
        #[route(get, "/bare/{name}")]
        async fn get(&self, name: ::std::string::String, _hub: Hub) -> ::std::string::String {
            name
        }

        #[route(get, "/bare/{a}/{b}")]
        fn two(&self, a: u8, b: u8, query: Query<::serde_json::Value>) -> ::std::string::String {
            let total = a as u16 + b as u16;
            ::std::format!("{total} {}", query.0)
        }

        #[route(get, "/bare/{a}/{b}/{c}")]
        fn three(
            self: ::std::sync::Arc<Self>,
            a: u8,
            b: u8,
            c: u8,
            Query(query): Query<::serde_json::Value>,
        ) -> ::std::result::Result<::std::string::String, Refused> {
            let total = a as u16 + b as u16 + c as u16;
            match total {
                0 => ::std::result::Result::Err(Refused),
                total => ::std::result::Result::Ok(::std::format!("{total} {query}")),
            }
        }
    }

    pub(crate) struct Refused;

    impl ::router::IntoResponse for Refused {
        fn into_response(self) -> ::router::Response {
            let mut response = ::router::Response::new(::router::Body::empty());
            *response.status_mut() = ::router::StatusCode::BAD_REQUEST;
            response
        }
    }

    pub(crate) struct BareSocket;

    #[websocket(path = "/bare-socket", data = u8, max_payload_length = "1KB", idle_timeout = "30s")]
    impl BareSocket {
        #[on(upgrade)]
        fn upgrade(&self) -> u8 {
            7
        }

        #[on(open)]
        async fn open(&self, ws: &mut Socket<u8>) {
            ws.subscribe("bare");
        }

        #[on(text)]
        async fn text(
            &self,
            ws: &mut Socket<u8>,
            text: &str,
        ) -> ::std::result::Result<(), ::router::BoxError> {
            ws.data = text.parse()?;
            ws.send(text);
            ::std::result::Result::Ok(())
        }

        #[on(binary)]
        fn binary(self: ::std::sync::Arc<Self>, ws: &mut Socket<u8>) {
            let data = ws.data;
            ws.send([data]);
        }

        #[on(error)]
        fn error(&self, ws: &mut Socket<u8>, error: ::router::SocketError) {
            ws.send(::std::format!("{error}"));
        }
    }
}

use router::prelude::*;

#[tokio::test]
async fn a_module_without_a_prelude_works() {
    let _: bare::Everything = bare::everything(&bare::Bare);
    let router = Router::new().mount(bare::Bare).mount(bare::BareSocket);
    let server = Server::start(router).await;
    assert_eq!(get(server.addr(), "/bare/name").await.text(), "name");
    assert_eq!(
        get(server.addr(), "/bare/200/100?a=b").await.text(),
        r#"300 {"a":"b"}"#
    );
    assert_eq!(
        get(server.addr(), "/bare/1/2/3?a=b").await.text(),
        r#"6 {"a":"b"}"#
    );
    assert_eq!(get(server.addr(), "/bare/0/0/0").await.status, 400);
    let mut client = Client::connect(server.addr(), "/bare-socket").await;
    client.send(vec![0]).await;
    assert_eq!(client.next_binary().await, [7][..]);
    client.ask("12", "12").await;
    client.send(vec![0]).await;
    assert_eq!(client.next_binary().await, [12][..]);
    client.send("x").await;
    assert!(client.next_text().await.contains("invalid digit"));
}

/// Handlers and other methods whose names could conflict with generated code.
#[derive(Clone)]
struct Names;

#[websocket(path = "/names", data = ())]
impl Names {
    #[on(open)]
    fn text(&self, ws: &mut Socket<()>) {
        ws.send("text opens");
    }

    #[on(text)]
    fn clone(&self, ws: &mut Socket<()>, module: &str) {
        ws.send(format!("clone takes {module}"));
    }

    #[on(binary)]
    async fn into(&self, socket: &mut Socket<()>, request: &[u8]) {
        socket.send(format!("into takes {request:?}"));
    }

    #[on(ping)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.send("open is pinged");
    }

    #[on(close)]
    async fn poll(&self) {}

    #[on(error)]
    fn drop(&self, _ws: &mut Socket<()>, _error: SocketError) {}

    #[route(get, "/names/{module}/{request}/{self_}")]
    async fn from(&self, request: String, self_: String, module: String) -> String {
        self.helper(&[module, request, self_])
    }

    #[route(post, "/names/{type}")]
    fn unwrap(&self, r#type: u32, body: String, out: HeaderMap, name: Query<Hidden>) -> String {
        let _ = (out, name.0.value);
        format!("{} {body}", r#type + 1)
    }

    // Not a handler.
    fn helper(&self, words: &[String]) -> String {
        words.join(" ")
    }

    const SEPARATOR: &'static str = ", ";
}

/// A type that is named only in a signature.
#[derive(serde::Deserialize)]
struct Hidden {
    value: Option<u8>,
}

#[tokio::test]
async fn names_of_handlers_and_arguments_do_not_conflict_with_generated_code() {
    let server = Server::start(Router::new().mount(Names)).await;
    let mut client = RawClient::open(server.addr(), "/names").await;
    client.expect_text("text opens").await;
    client.ask("it", "clone takes it").await;
    client.send(router_tests::Frame::binary([1])).await;
    client.expect_text("into takes [1]").await;
    client.send(router_tests::Frame::ping("")).await;
    assert_eq!(client.pong().await, b"");
    client.expect_text("open is pinged").await;
    assert_eq!(get(server.addr(), "/names/a/b/c").await.text(), "a b c");
    assert_eq!(
        request(server.addr(), "POST", "/names/7", &[], b"x")
            .await
            .text(),
        "8 x"
    );
    assert_eq!(Names::SEPARATOR, ", ");
    // The methods can still be called directly.
    assert_eq!(
        Names.helper(&["still".to_owned(), "there".to_owned()]),
        "still there"
    );
    assert_eq!(
        Names
            .from("r".to_owned(), "s".to_owned(), "m".to_owned())
            .await,
        "m r s"
    );
}

/// Handlers that `#[cfg]` disables or enables.
struct Configured;

#[websocket(path = "/configured", data = ())]
impl Configured {
    #[cfg(any())]
    #[route(get, "/gone")]
    fn gone(&self, argument: NoSuchType) -> NoSuchType {
        argument
    }

    #[cfg(test)]
    #[route(get, "/here")]
    fn here(&self) -> &'static str {
        "here"
    }

    #[route(get, "/also-here")]
    #[cfg_attr(all(), doc = "With an attribute that comes and goes.")]
    fn also_here(&self) -> &'static str {
        "also here"
    }

    #[on(text)]
    #[cfg(test)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }

    #[cfg(any())]
    #[on(binary)]
    fn binary(&self, ws: &mut Socket<NoSuchType>, bytes: &[u8]) {
        ws.send(bytes);
    }
}

#[tokio::test]
async fn handlers_disabled_by_cfg_are_not_registered() {
    let server = Server::start(Router::new().mount(Configured)).await;
    assert_eq!(get(server.addr(), "/here").await.text(), "here");
    assert_eq!(get(server.addr(), "/also-here").await.text(), "also here");
    assert_eq!(get(server.addr(), "/gone").await.status, 404);
    let mut client = Client::connect(server.addr(), "/configured").await;
    client.ask("hello", "hello").await;
    client.send(vec![1]).await;
    assert_eq!(client.next_close().await.0, 1003);
}

mod inner {
    use router::prelude::*;

    /// A module that is mounted from another Rust module, with methods of different visibility.
    pub(crate) struct Visible {
        pub(crate) word: &'static str,
    }

    #[routes]
    impl Visible {
        /// Returns the word.
        #[route(get, "/word")]
        #[inline]
        pub(crate) fn word(&self) -> &'static str {
            self.word
        }

        #[route(get, "/words/{count}")]
        pub(super) async fn words(&self, count: usize) -> String {
            self.word.repeat(count)
        }
    }
}

#[routes]
impl Other<'static, 3> {
    #[route(get, "/other/{n}")]
    fn times(&self, n: usize) -> String {
        (n * self.numbers.len()).to_string()
    }
}

/// A module with generic parameters.
struct Other<'a, const N: usize> {
    numbers: &'a [u8; N],
}

#[tokio::test]
async fn methods_keep_their_visibility_and_types_their_parameters() {
    let visible = inner::Visible { word: "go" };
    assert_eq!(visible.word(), "go");
    assert_eq!(visible.words(3).await, "gogogo");
    let router = Router::new().mount(visible).mount(Other {
        numbers: &[1, 2, 3],
    });
    let server = Server::start(router).await;
    assert_eq!(get(server.addr(), "/word").await.text(), "go");
    assert_eq!(get(server.addr(), "/words/2").await.text(), "gogo");
    assert_eq!(get(server.addr(), "/other/7").await.text(), "21");
}
