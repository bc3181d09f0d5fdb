//! The module: its routes, its socket and its event handlers.

use std::sync::atomic::{AtomicU64, Ordering};

use router::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    auth,
    commands::Command,
    flood::{self, Flood, Progress},
    names::{self, ANNOUNCEMENTS},
};

const LOBBY: &str = "lobby";
const GAMING: &str = "gaming";
const PAGE: &str = include_str!("chat.html");
const WELCOME: &str = "Welcome to the server!";
const JOINED: &str = "Joined room: ";
const NOBODY: &str = "No one here is called ";
const TOO_SLOW: &str = "Too much data is already queued for ";
const WHISPERED: &str = "Whispered to ";

/// The data of each connection.
pub(crate) struct ClientData {
    username: String,
    room: String,
    /// Whether the client asked for [notices](names::notices_topic).
    notices: bool,
    flood: Option<Flood>,
}

impl ClientData {
    fn new(username: impl Into<String>) -> Self {
        Self {
            username: username.into(),
            room: LOBBY.to_owned(),
            notices: false,
            flood: None,
        }
    }
}

/// The query of the upgrade request, as in `/?name=bob&room=gaming&notices=true`. Every parameter is
/// optional.
#[derive(Deserialize)]
struct Wishes {
    name: Option<String>,
    /// The room to start in, instead of the lobby.
    room: Option<String>,
    /// Whether the client also wants to be told which room it starts in, which users join and leave, and
    /// which of its whispers were delivered.
    #[serde(default)]
    notices: bool,
}

#[derive(Serialize)]
struct RoomStats {
    lobby: usize,
    gaming: usize,
}

#[derive(Default)]
pub(crate) struct Chat {
    guests: AtomicU64,
}

#[websocket(
    path = "/",
    data = ClientData,
    max_payload_length = 16 * 1024 * 1024,
    idle_timeout = 120,
    backpressure_limit = "1MB",
    close_on_backpressure_limit = false,
    per_message_deflate(compress = "16KB", decompress = true),
    send_pings = true,
    publish_to_self = false,
)]
impl Chat {
    #[route(get, "/")]
    fn index(&self) -> Html<&'static str> {
        Html(PAGE)
    }

    #[route(get, "/room-stats")]
    fn room_stats(&self, hub: Hub) -> Json<RoomStats> {
        Json(RoomStats {
            lobby: hub.subscriber_count(LOBBY),
            gaming: hub.subscriber_count(GAMING),
        })
    }

    /// Sends an announcement to all clients, in every room. A public service would authenticate the caller.
    #[route(post, "/announce")]
    fn announce(&self, hub: Hub, body: String) -> Result<String, (StatusCode, &'static str)> {
        if body.is_empty() {
            return Err((StatusCode::BAD_REQUEST, "The announcement is empty"));
        }
        let published = hub.publish(ANNOUNCEMENTS, body);
        Ok(format!("Announced to {}", published.receivers()))
    }

    /// Upgrades clients that have a token. The user name comes from the token, and the 101 response contains
    /// the user ID.
    #[route(get, "/custom-ws")]
    fn custom(
        &self,
        headers: &HeaderMap,
        upgrade: Result<Upgrade<Self>, UpgradeError>,
    ) -> Result<Response, (StatusCode, &'static str)> {
        let user = auth::user(headers).ok_or((StatusCode::UNAUTHORIZED, "Unauthorized"))?;
        let upgrade =
            upgrade.map_err(|_| (StatusCode::BAD_REQUEST, "Failed to upgrade connection"))?;
        Ok(upgrade
            .header("X-User-ID", user.id)
            .accept(ClientData::new(user.username)))
    }

    #[on(upgrade)]
    fn admit(&self, wishes: Query<Wishes>) -> ClientData {
        let wishes = wishes.0;
        let wished = wishes.name.as_deref().and_then(names::username);
        let mut data = ClientData::new(wished.unwrap_or_else(|| {
            format!("guest-{}", self.guests.fetch_add(1, Ordering::Relaxed) + 1)
        }));
        if let Some(room) = wishes.room.filter(|room| names::is_room(room)) {
            data.room = room;
        }
        data.notices = wishes.notices;
        data
    }

    #[on(open)]
    fn open(&self, ws: &mut Socket<ClientData>) {
        tracing::info!("{:?} connected from {}", ws.data.username, ws.remote_addr());
        subscribe_to_room(ws);
        ws.subscribe(ANNOUNCEMENTS);
        ws.subscribe(&names::user_topic(&ws.data.username));
        ws.send(WELCOME);
        if ws.data.notices {
            ws.send(format!("{JOINED}{}", ws.data.room));
        }
        notify(ws, "joined");
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<ClientData>, text: &str) {
        match Command::parse(text) {
            Ok(Command::Join(room)) => join(ws, room),
            Ok(Command::Whisper { to, text }) => whisper(ws, to, text),
            Ok(Command::Flood) => start_flood(ws),
            Ok(Command::Say(text)) => {
                // In a chat, users see their own messages. `ws.publish` would leave the sender out.
                let line = format!("{}: {text}", ws.data.username);
                ws.hub().publish(&ws.data.room, compressed(line));
            }
            Err(help) => {
                ws.send(help);
            }
        }
    }

    #[on(binary)]
    fn binary(&self, ws: &mut Socket<ClientData>, bytes: &[u8]) {
        tracing::info!("{} bytes from {:?}", bytes.len(), ws.data.username);
        ws.send([1u8, 2, 3, 4]);
    }

    #[on(drain)]
    fn drain(&self, ws: &mut Socket<ClientData>) {
        resume_flood(ws);
    }

    #[on(close)]
    fn close(&self, ws: &mut Socket<ClientData>, code: CloseCode, reason: &str) {
        // The reason comes from the client. `{:?}` escapes line breaks, with which the client could forge a
        // log line.
        tracing::info!("{:?} disconnected: {code} {reason:?}", ws.data.username);
        notify(ws, "left");
    }

    #[on(error)]
    fn error(&self, ws: &mut Socket<ClientData>, error: SocketError) {
        tracing::error!("{:?}: {error:?}", ws.data.username);
    }
}

fn join(ws: &mut Socket<ClientData>, room: &str) {
    ws.unsubscribe(&ws.data.room);
    ws.unsubscribe(&names::notices_topic(&ws.data.room));
    if room != ws.data.room {
        notify(ws, "left");
    }
    ws.data.room = room.to_owned();
    subscribe_to_room(ws);
    ws.send(format!("{JOINED}{room}"));
    let line = format!("{} joined the room", ws.data.username);
    ws.hub().publish(room, line);
}

fn subscribe_to_room(ws: &Socket<ClientData>) {
    ws.subscribe(&ws.data.room);
    if ws.data.notices {
        ws.subscribe(&names::notices_topic(&ws.data.room));
    }
}

/// Notifies the other clients in the room that asked for notices that this client has `joined` or `left`.
fn notify(ws: &Socket<ClientData>, what: &str) {
    let line = format!("{} {what} the room", ws.data.username);
    ws.publish(&names::notices_topic(&ws.data.room), line);
}

fn whisper(ws: &mut Socket<ClientData>, to: &str, text: &str) {
    let line = format!("[PM from {}]: {text}", ws.data.username);
    let published = ws.hub().publish(&names::user_topic(to), line);
    if published.receivers() == 0 {
        ws.send(format!("{NOBODY}{to}"));
    } else if published.delivered + published.queued == 0 {
        ws.send(format!("{TOO_SLOW}{to}"));
    } else if ws.data.notices {
        ws.send(format!("{WHISPERED}{to}"));
    }
}

fn start_flood(ws: &mut Socket<ClientData>) {
    if ws.data.flood.is_some() {
        tracing::info!("a second flood for {:?} refused", ws.data.username);
        ws.send(flood::BUSY);
    } else {
        ws.data.flood = Some(Flood::default());
        resume_flood(ws);
    }
}

fn resume_flood(ws: &mut Socket<ClientData>) {
    // The flood is taken out of `ws.data` while it runs, so that `ws` can be used to send.
    let Some(mut flood) = ws.data.flood.take() else {
        return;
    };
    let progress = flood.advance(|message| ws.send(message));
    tracing::info!("flood for {:?} {progress}", ws.data.username);
    if let Progress::Paused { .. } = progress {
        ws.data.flood = Some(flood);
    }
}

#[cfg(test)]
mod tests {
    use super::{JOINED, NOBODY, PAGE, TOO_SLOW, WELCOME, WHISPERED};
    use crate::{commands, flood, names};

    #[test]
    fn the_page_contains_the_sentences_of_the_server() {
        for sentence in [
            WELCOME,
            JOINED,
            NOBODY,
            TOO_SLOW,
            WHISPERED,
            flood::BUSY,
            commands::JOIN_HELP,
            commands::WHISPER_HELP,
        ] {
            assert!(
                PAGE.contains(sentence),
                "the page does not know {sentence:?}"
            );
        }
        for limit in [
            format!("LONGEST_NAME = {};", names::LONGEST_USERNAME),
            format!("LONGEST_ROOM = {};", names::LONGEST_ROOM),
        ] {
            assert!(PAGE.contains(&limit), "the page does not say {limit}");
        }
    }

    #[test]
    fn the_page_loads_nothing_from_elsewhere() {
        for outside in ["http://", "https://", "src=", "@import", "innerHTML"] {
            assert!(!PAGE.contains(outside), "the page has {outside}");
        }
    }
}
