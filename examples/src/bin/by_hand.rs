//! The `basic` server without attributes: the code that they generate, written by hand.
//!
//! `#[websocket]` adds two things to a block of methods, and nothing else: a table of routes, which is `impl
//! Module`, and a function for each event, which is `impl WebSocket`. Both traits are public. Implement them
//! by hand if routes must be created in another way, for example from a file or for a generic type.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use router::{
    FromMessage, FromRequest, HandlerError, HandlerResult, Options, Rejection,
    by_hand::{Answer, Events, Module, Route, WebSocket},
    prelude::*,
};

/// The data of each connection.
#[derive(Default)]
struct ClientData {
    user_id: String,
    room: String,
}

#[derive(Default)]
struct ByHand {
    users: AtomicU64,
}

/// The routes.
impl Module for ByHand {
    const ROUTES: &'static [Route<Self>] = &[
        Route::new(Method::GET, "/", "ByHand::index", Self::index),
        // The socket and the page have the same path: the request's `Upgrade` header selects between them.
        Route::socket("/", "ByHand (websocket)", Self::connect),
    ];
    // Without this line a module has no sockets.
    const SOCKET: Option<Options> = Some(<Self as WebSocket>::OPTIONS);
}

impl ByHand {
    /// A route is a function that takes the module and a request, and returns an answer. An asynchronous
    /// route returns [`Answer::future`] with a future.
    fn index(self: Arc<Self>, _request: Request) -> Result<Answer, Rejection> {
        Ok(Answer::ready("WebSocket Server"))
    }

    /// Extractors run one after the other. If an extractor rejects the request, `?` responds with its
    /// rejection.
    fn connect(self: Arc<Self>, mut request: Request) -> Result<Answer, Rejection> {
        Ok(Answer::future(async move {
            let upgrade = <Upgrade<Self>>::from_request(&self, &mut request).await?;
            Ok(upgrade.accept(ClientData::default()))
        }))
    }
}

/// The socket. Each event that has a function here is listed in `EVENTS`. An asynchronous handler would be
/// `async fn text_async`, listed with `Events::with_async`.
impl WebSocket for ByHand {
    type Data = ClientData;

    const OPTIONS: Options = Options::DEFAULT;
    const EVENTS: Events = Events::NONE
        .with(Event::Open)
        .with(Event::Text)
        .with(Event::Binary)
        .with(Event::Close)
        .with(Event::Error)
        .with(Event::Drain);

    fn open(&self, ws: &mut Socket<ClientData>) -> HandlerResult {
        tracing::info!("Client connected: {}", ws.remote_addr());

        ws.data = ClientData {
            user_id: format!("user-{}", self.users.fetch_add(1, Ordering::Relaxed) + 1),
            room: "lobby".to_owned(),
        };
        ws.subscribe(&ws.data.room);
        ws.send("Welcome to the server!");
        Ok(())
    }

    fn text(&self, ws: &mut Socket<ClientData>, text: &str) -> HandlerResult {
        // A handler's argument is decoded from the message. Decoding a text as `&str` cannot fail.
        let text = <&str>::from_message(Message::Text(text)).map_err(HandlerError::decode)?;
        Self::message(ws, text);
        Ok(())
    }

    fn binary(&self, ws: &mut Socket<ClientData>, _bytes: &[u8]) -> HandlerResult {
        Self::message(ws, "Binary data received");
        Ok(())
    }

    fn close(&self, ws: &mut Socket<ClientData>, code: CloseCode, reason: &str) -> HandlerResult {
        let user_id = &ws.data.user_id;
        tracing::info!("Client {user_id} disconnected: {reason:?} ({code})");
        Ok(())
    }

    fn error(&self, ws: &mut Socket<ClientData>, error: SocketError) -> HandlerResult {
        tracing::error!("Error for client {}: {error:?}", ws.data.user_id);
        Ok(())
    }

    fn drain(&self, ws: &mut Socket<ClientData>) -> HandlerResult {
        tracing::info!("Backpressure relieved for {}", ws.data.user_id);
        Ok(())
    }
}

impl ByHand {
    fn message(ws: &Socket<ClientData>, content: &str) {
        tracing::info!("Message from {}: {content:?}", ws.data.user_id);
        ws.send(format!("Echo: {content}"));
    }
}

#[tokio::main]
async fn main() -> Result<(), examples::Failure> {
    examples::log_to_stderr();
    examples::serve(Router::new().mount(ByHand::default())).await
}
