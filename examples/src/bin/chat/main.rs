//! A chat server: rooms, whispers, announcements, and a page to use them with.
//!
//! Names are requested (`?name=bob`), not verified: any client that asks for the name `bob` receives the
//! whispers to bob. `/custom-ws` shows the alternative, where the name comes from a token.
//!
//! By default, a client is sent the messages of its room, whispers, announcements, and replies to its own
//! commands. With `?notices=true`, which the page uses, it is also told when users connect, disconnect or
//! leave the room, and when a whisper was delivered.

mod auth;
mod chat;
mod commands;
mod flood;
mod names;

use chat::Chat;
use router::prelude::*;

#[router::app]
struct App {
    chat: Chat,
}

#[tokio::main]
async fn main() -> Result<(), examples::Failure> {
    examples::log_to_stderr();
    let app = App {
        chat: Chat::default(),
    };
    examples::serve(Router::from(app)).await
}
