//! Tests that compare formatted expansions with files.
//!
//! `UPDATE_SNAPSHOTS=1` rewrites the files.

use super::{app, routes, websocket};
use proc_macro2::TokenStream;
use std::{env, fs, path::Path};

#[track_caller]
fn assert_snapshot(name: &str, expansion: TokenStream) {
    let file = syn::parse2(expansion).expect("an expansion is a list of items");
    let found = prettyplease::unparse(&file);
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/snapshots");
    let path = snapshots.join(name).with_extension("rs");
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(path, found).unwrap();
        return;
    }
    let expected = fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{name}: {error}; `UPDATE_SNAPSHOTS=1` makes it"));
    assert!(
        found == expected,
        "{name} is not as it was; it is now:\n{found}"
    );
}

#[test]
fn a_module_with_routes() {
    let expansion = routes(
        r#"prefix = "/api""#,
        r#"
            impl Rooms {
                /// All rooms.
                #[route(get, "/")]
                pub fn index(&self) -> Html<&'static str> {
                    Html("rooms")
                }

                #[route(get, "/rooms/{room}/members/{id}")]
                async fn member(
                    &self,
                    id: u64,
                    room: String,
                    headers: &HeaderMap,
                    page: Query<Page>,
                    body: Json<Member>,
                ) -> Result<Json<Member>, ApiError> {
                    self.rooms.member(room, id, headers, page, body).await
                }

                #[route(put, "/rooms/{_room}")]
                #[route(post, "/rooms/{_room}")]
                async fn nothing(&self) {}

                #[route(delete, "/rooms/{room}")]
                fn delete(self: Arc<Self>, room: String, Query(Page { .. }): Query<Page>) {}
            }
        "#,
    );
    assert_snapshot("routes", expansion);
}

#[test]
fn a_module_with_a_socket() {
    let expansion = websocket(
        r#"
            path = "/rooms/{room}",
            data = ClientData,
            max_payload_length = "64KB",
            idle_timeout = Self::PATIENCE,
            send_pings = true,
        "#,
        r#"
            impl Chat {
                const PATIENCE: u64 = 60;

                #[route(get, "/custom")]
                fn custom(&self, upgrade: Upgrade<Self>) -> Response {
                    upgrade.accept(ClientData::default())
                }

                #[on(upgrade)]
                async fn admit(&self, room: String, user: User) -> Result<ClientData, StatusCode> {
                    user.enter(room).await
                }

                #[on(open)]
                fn open(&self, ws: &mut Socket<ClientData>) {
                    ws.subscribe("lobby");
                }

                #[on(text)]
                async fn say(&self, ws: &mut Socket<ClientData>, text: Json<Say>) -> Result<(), Error> {
                    self.say(ws, text).await
                }

                #[on(ping)]
                fn alive(self: Arc<Self>) {}

                #[on(close)]
                fn bye(self: Arc<Self>, ws: &mut Socket<ClientData>, code: CloseCode) {}
            }
        "#,
    );
    assert_snapshot("websocket", expansion);
}

#[test]
fn a_module_that_is_conditional() {
    let expansion = websocket(
        r#"path = "/", data = u8"#,
        r#"
            #[cfg(feature = "chat")]
            impl Chat {
                #[cfg(feature = "pages")]
                #[route(get, "/")]
                fn index(&self) {}

                #[cfg(feature = "names")]
                #[cfg(unix)]
                #[on(upgrade)]
                fn admit(&self) -> u8 {
                    1
                }

                #[cfg(feature = "echo")]
                #[on(message)]
                fn echo(&self, ws: &mut Socket<u8>, message: Message<'_>) {
                    ws.send(message);
                }
            }
        "#,
    );
    assert_snapshot("conditional", expansion);
}

#[test]
fn a_socket_with_options_of_every_kind() {
    let expansion = websocket(
        r#"
            per_message_deflate(compress = "16KB", decompress = true, level = LEVEL),
            compress_threshold = "1KB",
            ping_interval = "1500ms",
            max_lifetime = HOURS * 3600,
            origins = ["https://example.com", SITE],
            protocols = PROTOCOLS,
            max_connections = 100,
            message_timeout = "30s",
            rate_limit = "3000/m",
            burst = 100,
            on_flood = "close",
            send_pings = PINGS
        "#,
        r#"
            impl Chat {
                #[on(text)]
                fn text(&self, _ws: &mut Socket<()>, _text: &str) {}
            }
        "#,
    );
    assert_snapshot("options", expansion);
}

#[test]
fn a_socket_with_a_base_of_options() {
    let expansion = websocket(
        r#"options = Options::HARDENED, idle_timeout = "30s", byte_rate = LIMIT"#,
        r#"
            impl Chat {
                #[on(text)]
                fn text(&self, _ws: &mut Socket<()>, _text: &str) {}
            }
        "#,
    );
    assert_snapshot("base", expansion);
}

#[test]
fn a_module_with_a_mistake() {
    let expansion = websocket(
        "data = ClientData, idle_timeout = 961",
        r#"
            impl Chat {
                #[route(get, "/")]
                fn index(&self) {}
            }
        "#,
    );
    assert_snapshot("mistake", expansion);
}

#[test]
fn an_app() {
    let expansion = app(
        "",
        r#"
            struct App {
                chat: Chat,
                #[cfg(feature = "admin")]
                admin: admin::Admin,
            }
        "#,
    );
    assert_snapshot("app", expansion);
}
