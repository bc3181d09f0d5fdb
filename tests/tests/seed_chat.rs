//! The chat of bun-router's WebSocket page: rooms, whispers, announcements, room statistics, and an
//! upgrade in a route.

use router::prelude::*;
use router_tests::{Client, RawClient, Server, get, request};
use serde::Serialize;

#[derive(Default)]
struct ClientData {
    username: String,
    room: String,
}

#[derive(Serialize)]
struct RoomStats {
    lobby: usize,
    gaming: usize,
}

struct User {
    id: &'static str,
    username: &'static str,
}

/// The user that a token belongs to.
fn user_of(token: &str) -> Option<User> {
    match token {
        "secret-of-ada" => Some(User {
            id: "1",
            username: "ada",
        }),
        "secret-of-bob" => Some(User {
            id: "2",
            username: "bob",
        }),
        _ => None,
    }
}

struct Chat;

#[websocket(path = "/", data = ClientData)]
impl Chat {
    #[route(get, "/room-stats")]
    async fn room_stats(&self, hub: Hub) -> Json<RoomStats> {
        Json(RoomStats {
            lobby: hub.subscriber_count("lobby"),
            gaming: hub.subscriber_count("gaming"),
        })
    }

    #[route(get, "/custom-ws")]
    async fn custom(
        &self,
        headers: HeaderMap,
        upgrade: Result<Upgrade<Self>, UpgradeError>,
    ) -> Result<Response, (StatusCode, &'static str)> {
        let token = headers
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        let token = token.and_then(|value| value.split(' ').nth(1));
        let user = token
            .and_then(user_of)
            .ok_or((StatusCode::UNAUTHORIZED, "Unauthorized"))?;
        let failed = (StatusCode::BAD_REQUEST, "Failed to upgrade connection");
        let upgrade = upgrade.map_err(|_| failed)?;
        let data = ClientData {
            username: user.username.to_owned(),
            room: "lobby".to_owned(),
        };
        Ok(upgrade.header("X-User-ID", user.id).accept(data))
    }

    #[on(upgrade)]
    fn admit(&self, uri: &Uri) -> ClientData {
        let username = uri.query().unwrap_or("nobody").to_owned();
        ClientData {
            username,
            room: "lobby".to_owned(),
        }
    }

    #[on(open)]
    async fn open(&self, ws: &mut Socket<ClientData>) {
        ws.subscribe("announcements");
        ws.subscribe(&format!("user:{}", ws.data.username));
        ws.subscribe(&ws.data.room);
        ws.send("Welcome to the server!");
    }

    #[on(text)]
    async fn text(&self, ws: &mut Socket<ClientData>, text: &str) {
        if let Some(room) = text.strip_prefix("/join ") {
            ws.unsubscribe(&ws.data.room);
            ws.data.room = room.trim().to_owned();
            ws.subscribe(&ws.data.room);
            ws.send(format!("Joined room: {}", ws.data.room));
            ws.hub().publish(
                &ws.data.room,
                format!("{} joined the room", ws.data.username),
            );
        } else if let Some(whisper) = text.strip_prefix("/whisper ") {
            let (user, content) = whisper.split_once(' ').unwrap_or((whisper, ""));
            let message = format!("[PM from {}]: {content}", ws.data.username);
            ws.hub().publish(&format!("user:{user}"), message);
        } else {
            ws.hub()
                .publish(&ws.data.room, format!("{}: {text}", ws.data.username));
        }
    }
}

async fn chat() -> Server {
    Server::start(Router::new().mount(Chat)).await
}

async fn enter(server: &Server, name: &str) -> Client {
    let mut client = Client::connect(server.addr(), &format!("/?{name}")).await;
    client.expect_text("Welcome to the server!").await;
    client
}

#[tokio::test]
async fn a_message_reaches_all_members_of_its_room() {
    let server = chat().await;
    let mut ada = enter(&server, "ada").await;
    let mut bob = enter(&server, "bob").await;
    ada.send("hello").await;
    for client in [&mut ada, &mut bob] {
        client.expect_text("ada: hello").await;
    }
}

#[tokio::test]
async fn join_changes_the_room() {
    let server = chat().await;
    let mut ada = enter(&server, "ada").await;
    let mut bob = enter(&server, "bob").await;
    let mut eve = enter(&server, "eve").await;
    for client in [&mut ada, &mut bob] {
        client.send("/join  gaming ").await;
        client.expect_text("Joined room: gaming").await;
    }
    ada.expect_text("ada joined the room").await;
    ada.expect_text("bob joined the room").await;
    bob.expect_text("bob joined the room").await;
    bob.send("anybody here?").await;
    for client in [&mut ada, &mut bob] {
        client.expect_text("bob: anybody here?").await;
    }
    // The member that stayed in the lobby received none of these messages.
    eve.ask("alone", "eve: alone").await;
}

#[tokio::test]
async fn a_whisper_reaches_only_its_recipient() {
    let server = chat().await;
    let mut ada = enter(&server, "ada").await;
    let mut bob = enter(&server, "bob").await;
    let mut eve = enter(&server, "eve").await;
    ada.send("/whisper bob between you and me").await;
    bob.expect_text("[PM from ada]: between you and me").await;
    bob.send("aloud").await;
    for client in [&mut ada, &mut bob, &mut eve] {
        client.expect_text("bob: aloud").await;
    }
}

#[tokio::test]
async fn the_hub_publishes_announcements_to_all_members() {
    let server = chat().await;
    let mut ada = enter(&server, "ada").await;
    let mut bob = enter(&server, "bob").await;
    bob.ask("/join gaming", "Joined room: gaming").await;
    bob.expect_text("bob joined the room").await;
    assert_eq!(
        server
            .hub()
            .publish("announcements", "maintenance at noon")
            .delivered,
        2
    );
    for client in [&mut ada, &mut bob] {
        client.expect_text("maintenance at noon").await;
    }
}

#[tokio::test]
async fn room_stats_count_the_current_subscribers() {
    let server = chat().await;
    assert_eq!(
        get(server.addr(), "/room-stats").await.text(),
        r#"{"lobby":0,"gaming":0}"#
    );
    let mut ada = enter(&server, "ada").await;
    let _bob = enter(&server, "bob").await;
    assert_eq!(
        get(server.addr(), "/room-stats").await.text(),
        r#"{"lobby":2,"gaming":0}"#
    );
    ada.ask("/join gaming", "Joined room: gaming").await;
    assert_eq!(
        get(server.addr(), "/room-stats").await.text(),
        r#"{"lobby":1,"gaming":1}"#
    );
    ada.expect_text("ada joined the room").await;
    ada.close(1000, "").await;
    ada.expect_end().await;
    assert_eq!(
        get(server.addr(), "/room-stats").await.text(),
        r#"{"lobby":1,"gaming":0}"#
    );
}

#[tokio::test]
async fn a_custom_upgrade_requires_a_known_token() {
    let server = chat().await;
    let mut bob = enter(&server, "bob").await;
    let mut client = RawClient::connect(server.addr()).await;
    let token = ("Authorization", "Bearer secret-of-ada");
    let reply = client.handshake("/custom-ws", &[token]).await;
    assert_eq!((reply.status, reply.header("x-user-id")), (101, Some("1")));
    client.expect_text("Welcome to the server!").await;
    client.ask("hello", "ada: hello").await;
    bob.expect_text("ada: hello").await;

    for headers in [
        &[][..],
        &[("Authorization", "Bearer guess")],
        &[("Authorization", "Bearer")],
    ] {
        let reply = RawClient::connect(server.addr())
            .await
            .handshake("/custom-ws", headers)
            .await;
        assert_eq!(
            (reply.status, reply.text()),
            (401, "Unauthorized"),
            "{headers:?}"
        );
    }
    let reply = request(server.addr(), "GET", "/custom-ws", &[token], b"").await;
    assert_eq!(
        (reply.status, reply.text()),
        (400, "Failed to upgrade connection")
    );
}
