//! A minimal server: one page, and one socket on the same path that echoes.

use std::sync::atomic::{AtomicU64, Ordering};

use router::prelude::*;

/// The data of each connection.
#[derive(Default)]
struct ClientData {
    user_id: String,
    room: String,
}

#[derive(Default)]
struct Basic {
    users: AtomicU64,
}

#[websocket(path = "/", data = ClientData)]
impl Basic {
    // The page and the socket have the same path: the request's `Upgrade` header selects between them.
    #[route(get, "/")]
    fn index(&self) -> &'static str {
        "WebSocket Server"
    }

    /// Called when a client connects.
    #[on(open)]
    fn open(&self, ws: &mut Socket<ClientData>) {
        tracing::info!("Client connected: {}", ws.remote_addr());

        ws.data = ClientData {
            user_id: format!("user-{}", self.users.fetch_add(1, Ordering::Relaxed) + 1),
            room: "lobby".to_owned(),
        };
        ws.subscribe(&ws.data.room);
        ws.send("Welcome to the server!");
    }

    /// Called when a message is received.
    #[on(message)]
    fn message(&self, ws: &mut Socket<ClientData>, message: Message<'_>) {
        let content = match message {
            Message::Text(text) => text,
            Message::Binary(_) => "Binary data received",
        };
        // Text from a client is logged with `{:?}`, which escapes line breaks. With `{}`, a client could
        // forge a log line.
        tracing::info!("Message from {}: {content:?}", ws.data.user_id);
        ws.send(format!("Echo: {content}"));
    }

    /// Called when a client has disconnected. The socket has already left its topics, and `ws.data` is still
    /// available.
    #[on(close)]
    fn close(&self, ws: &mut Socket<ClientData>, code: CloseCode, reason: &str) {
        let user_id = &ws.data.user_id;
        tracing::info!("Client {user_id} disconnected: {reason:?} ({code})");
    }

    /// Called when a handler fails.
    #[on(error)]
    fn error(&self, ws: &mut Socket<ClientData>, error: SocketError) {
        tracing::error!("Error for client {}: {error:?}", ws.data.user_id);
    }

    /// Called when a client that could not keep up has caught up.
    #[on(drain)]
    fn drain(&self, ws: &mut Socket<ClientData>) {
        tracing::info!("Backpressure relieved for {}", ws.data.user_id);
    }
}

#[tokio::main]
async fn main() -> Result<(), examples::Failure> {
    examples::log_to_stderr();
    examples::serve(Router::new().mount(Basic::default())).await
}
