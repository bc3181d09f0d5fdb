//! Errors that keep a server from starting.

use std::time::Duration;
use std::{net::TcpListener, sync::Arc};

use router::{
    Error, Options, Rejection,
    by_hand::{Answer, Module, Route, WebSocket},
    prelude::*,
};
use router_tests::{Client, Server, get};

/// Returns the error with which this router fails to start.
async fn refusal(router: Router) -> Error {
    match router.bind("127.0.0.1:0").await {
        Ok(server) => panic!("the server starts at {}", server.local_addr()),
        Err(error) => error,
    }
}

/// Whether the error is a bind error, a route conflict, an option error, or a pattern error.
fn kinds(error: &Error) -> [bool; 4] {
    [
        error.is_bind(),
        error.is_route_conflict(),
        error.is_option(),
        error.is_pattern(),
    ]
}

#[tokio::test]
async fn an_address_in_use_is_an_error_that_names_the_address() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap();
    let Err(error) = Router::new().bind(addr).await else {
        panic!("two servers on {addr}")
    };
    assert_eq!(kinds(&error), [true, false, false, false]);
    assert!(
        format!("{error:?}").contains(&addr.to_string()),
        "{error:?}"
    );
    let Err(error) = Router::new().serve(addr).await else {
        panic!("two servers on {addr}")
    };
    assert!(error.is_bind());
}

#[tokio::test]
async fn an_invalid_address_is_an_error_that_names_the_address() {
    let Err(error) = Router::new().bind("nonsense").await else {
        panic!("a server on nonsense")
    };
    assert_eq!(kinds(&error), [true, false, false, false]);
    assert!(format!("{error:?}").contains("nonsense"), "{error:?}");
}

struct First;

#[websocket(path = "/socket", data = ())]
impl First {
    #[route(get, "/")]
    fn index(&self) -> &'static str {
        "first"
    }

    #[route(get, "/things/{id}")]
    fn thing(&self, id: u32) -> String {
        id.to_string()
    }

    #[route(post, "/things/{id}")]
    fn make(&self, id: u32) -> String {
        id.to_string()
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

struct Second;

#[websocket(path = "/socket", data = ())]
impl Second {
    #[route(get, "/")]
    fn home(&self) -> &'static str {
        "second"
    }

    #[route(get, "/things/{name}")]
    fn named(&self, name: String) -> String {
        name
    }

    #[route(put, "/things/{name}")]
    fn rename(&self, name: String) -> String {
        name
    }
}

#[tokio::test]
async fn all_conflicts_are_reported_at_once_with_the_names_of_their_handlers() {
    let error = refusal(Router::new().mount(First).mount(Second)).await;
    assert_eq!(kinds(&error), [false, true, false, false]);
    let text = format!("{error:?}");
    for name in [
        "First::index",
        "Second::home",
        "First::thing",
        "Second::named",
        "First (websocket)",
        "Second (websocket)",
    ] {
        assert!(text.contains(name), "{name} is missing: {text}");
    }
    // The routes of these two handlers have no conflict.
    for name in ["First::make", "Second::rename"] {
        assert!(!text.contains(name), "{name} has no conflict: {text}");
    }
}

#[tokio::test]
async fn a_module_that_is_mounted_twice_conflicts_with_itself() {
    let error = refusal(Router::new().mount(First).mount(First)).await;
    assert!(error.is_route_conflict(), "{error:?}");
}

struct Third;

#[routes]
impl Third {
    #[route(get, "/socket")]
    fn page(&self) -> &'static str {
        "a page"
    }

    #[route(get, "/{*rest}")]
    fn other(&self, rest: String) -> String {
        rest
    }

    #[route(get, "/things/first")]
    fn first(&self) -> &'static str {
        "the first thing"
    }
}

#[tokio::test]
async fn a_more_specific_route_or_a_page_beside_a_socket_is_not_a_conflict() {
    let server = Server::start(Router::new().mount(First).mount(Third)).await;
    for (path, body) in [
        ("/things/7", "7"),
        ("/things/first", "the first thing"),
        ("/elsewhere/7", "elsewhere/7"),
        ("/socket", "a page"),
    ] {
        assert_eq!(get(server.addr(), path).await.text(), body, "{path}");
    }
    Client::connect(server.addr(), "/socket")
        .await
        .ask("hello", "hello")
        .await;
}

/// Options written by hand. The attribute would refuse the options for `OPTION` 0, 1 and 2.
struct OutOfRange<const OPTION: usize>;

impl<const OPTION: usize> Module for OutOfRange<OPTION> {
    const ROUTES: &'static [Route<Self>] = &[];
    const SOCKET: Option<Options> = Some(<Self as WebSocket>::OPTIONS);
}

impl<const OPTION: usize> WebSocket for OutOfRange<OPTION> {
    type Data = ();
    const OPTIONS: Options = match OPTION {
        0 => Options::DEFAULT.idle_timeout_ms(960_001),
        1 => Options::DEFAULT.max_payload_length(u32::MAX as u64 + 1),
        2 => Options::DEFAULT.backpressure_limit(u64::MAX),
        _ => Options::DEFAULT
            .idle_timeout_ms(960_000)
            .max_payload_length(u32::MAX as u64)
            .backpressure_limit(u32::MAX as u64),
    };
}

#[tokio::test]
async fn an_option_out_of_range_is_an_error_that_names_the_option() {
    for (router, name) in [
        (Router::new().mount(OutOfRange::<0>), "idle_timeout"),
        (Router::new().mount(OutOfRange::<1>), "max_payload_length"),
        (Router::new().mount(OutOfRange::<2>), "backpressure_limit"),
    ] {
        let error = refusal(router).await;
        assert_eq!(kinds(&error), [false, false, true, false]);
        assert!(
            format!("{error:?}").contains(name),
            "{name} is missing: {error:?}"
        );
    }
    // The largest value of each range is accepted.
    Server::start(Router::new().mount(OutOfRange::<3>))
        .await
        .shutdown()
        .await
        .unwrap();
}

/// A pattern that the attribute would refuse, written by hand.
struct Misspelt<const PATTERN: usize>;

const PATTERNS: [&str; 5] = [
    "no/slash",
    "/{open",
    "/{}",
    "/{*rest}/more",
    "/{same}/{same}",
];

fn never<M>(_module: Arc<M>, _request: Request) -> Result<Answer, Rejection> {
    unreachable!("the server does not start")
}

impl<const PATTERN: usize> Module for Misspelt<PATTERN> {
    const ROUTES: &'static [Route<Self>] = &[Route::new(
        Method::GET,
        PATTERNS[PATTERN],
        "Misspelt::never",
        never::<Self>,
    )];
}

#[tokio::test]
async fn an_invalid_pattern_is_an_error_that_names_the_handler() {
    for (n, router) in [
        Router::new().mount(Misspelt::<0>),
        Router::new().mount(Misspelt::<1>),
        Router::new().mount(Misspelt::<2>),
        Router::new().mount(Misspelt::<3>),
        Router::new().mount(Misspelt::<4>),
    ]
    .into_iter()
    .enumerate()
    {
        let error = refusal(router).await;
        assert_eq!(
            kinds(&error),
            [false, false, false, true],
            "{}",
            PATTERNS[n]
        );
        let text = format!("{error:?}");
        assert!(
            text.contains(PATTERNS[n]) && text.contains("Misspelt::never"),
            "{text}"
        );
    }
}

/// The code that the attributes generate for a method that the compiler can parse and the attributes cannot.
struct Unread;

impl Module for Unread {
    const ROUTES: &'static [Route<Self>] = &[router::__private::unread(
        "Unread (a method that cannot be read)",
        "expected `:`",
    )];
}

#[tokio::test]
async fn a_method_that_the_attributes_could_not_read_is_an_error() {
    let error = refusal(Router::new().mount(Unread)).await;
    let text = format!("{error:?}");
    assert!(
        text.contains("a method that cannot be read") && text.contains("expected `:`"),
        "{text}"
    );
}

#[tokio::test]
async fn a_router_without_modules_serves_nothing() {
    let server = Server::start(Router::default()).await;
    assert_eq!(get(server.addr(), "/").await.status, 404);
}

#[tokio::test]
async fn a_limit_of_zero_is_an_error_that_names_the_option() {
    let zero = Duration::ZERO;
    for (router, name) in [
        (Router::new().connect_timeout(zero), "connect_timeout"),
        (Router::new().head_timeout(zero), "head_timeout"),
        (Router::new().keep_alive_timeout(zero), "keep_alive_timeout"),
        (Router::new().body_timeout(zero), "body_timeout"),
        (Router::new().write_timeout(zero), "write_timeout"),
        (Router::new().backlog(0), "backlog"),
    ] {
        let Err(error) = router.bind("127.0.0.1:0").await else {
            panic!("{name} of zero is accepted");
        };
        assert!(error.is_option());
        assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
    }
}

#[tokio::test]
async fn a_limit_of_the_head_out_of_range_is_an_error_that_names_the_option() {
    for (router, text) in [
        (
            Router::new().max_head(8_191),
            "`max_head` must be between 8192 and 1048576 bytes, it is 8191",
        ),
        (Router::new().max_head(1024 * 1024 + 1), "`max_head`"),
        (Router::new().max_head(0), "`max_head`"),
        (Router::new().max_head(usize::MAX), "`max_head`"),
        (
            Router::new().max_headers(0),
            "`max_headers` must be between 1 and 10000 header fields, it is 0",
        ),
        (Router::new().max_headers(10_001), "`max_headers`"),
        (Router::new().max_headers(usize::MAX), "`max_headers`"),
        (
            Router::new().max_uri(0),
            "`max_uri` must be between 1 and 65534 bytes, it is 0",
        ),
        (Router::new().max_uri(65_535), "`max_uri`"),
    ] {
        let error = refusal(router).await;
        assert_eq!(kinds(&error), [false, false, true, false], "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
    // All errors are reported at once.
    let error = refusal(Router::new().max_head(0).max_headers(0).max_uri(0)).await;
    for name in ["max_head", "max_headers", "max_uri"] {
        assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
    }
    for router in [
        Router::new().max_head(8_192).max_headers(1).max_uri(1),
        Router::new()
            .max_head(1024 * 1024)
            .max_headers(10_000)
            .max_uri(65_534),
        Router::new().max_connections(0).max_connections_per_ip(0),
        Router::new().max_connections(usize::MAX),
    ] {
        let server = Server::start(router).await;
        assert_eq!(get(server.addr(), "/").await.status, 404);
    }
}

#[tokio::test]
async fn every_address_type_of_tokio_is_accepted() {
    let local = std::net::Ipv4Addr::LOCALHOST;
    let addr = std::net::SocketAddr::from((local, 0));
    for server in [
        Router::new().bind(("127.0.0.1", 0)).await,
        Router::new().bind((local, 0)).await,
        Router::new().bind(addr).await,
        Router::new().bind(&[addr][..]).await,
        Router::new().bind("localhost:0".to_owned()).await,
    ] {
        assert_ne!(server.unwrap().local_addr().port(), 0);
    }
}
