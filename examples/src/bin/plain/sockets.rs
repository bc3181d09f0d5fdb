//! The sockets with synchronous handlers.

use router::prelude::*;

const ROOM: &str = "room";

/// Sends every message back.
pub(crate) struct Echo;

#[websocket(path = "/echo", data = ())]
impl Echo {
    #[on(message)]
    fn message(&self, ws: &mut Socket<()>, message: Message<'_>) {
        ws.send(message);
    }
}

/// [`Echo`] with permessage-deflate: every message is sent back compressed.
pub(crate) struct Deflate;

#[websocket(path = "/echo", data = (), per_message_deflate)]
impl Deflate {
    #[on(message)]
    fn message(&self, ws: &mut Socket<()>, message: Message<'_>) {
        ws.send(compressed(message));
    }
}

/// Publishes every text to all other clients.
pub(crate) struct Topic;

#[websocket(path = "/topic", data = ())]
impl Topic {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe(ROOM);
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.publish(ROOM, text);
    }
}

/// Named topics: `+room` joins, `-room` leaves, and `room anything` is published to `room`.
pub(crate) struct Rooms;

#[websocket(path = "/rooms", data = ())]
impl Rooms {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        if let Some(room) = text.strip_prefix('+') {
            ws.subscribe(room);
        } else if let Some(room) = text.strip_prefix('-') {
            ws.unsubscribe(room);
        } else if let Some((room, _)) = text.split_once(' ') {
            ws.publish(room, text);
        }
    }
}

/// [`Topic`] with permessage-deflate: every message is published compressed.
pub(crate) struct DeflateTopic;

#[websocket(path = "/topic", data = (), per_message_deflate)]
impl DeflateTopic {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe(ROOM);
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.publish(ROOM, compressed(text));
    }
}
