//! A chat server: rooms, whispers, announcements, and a page to use them with.
//!
//! Names are wishes (`?name=bob`), not proofs: whoever asks to be bob gets what is whispered to bob.
//! `/custom-ws` shows the other way, a name that comes with a token.
//!
//! By default a client is sent the messages of its room, whispers, announcements, and replies to its own commands.
//! With `?notices=true`, which the page uses, it is also told who comes and goes, and that a whisper was delivered.

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
