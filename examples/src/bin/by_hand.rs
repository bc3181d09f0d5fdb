//! The `basic` server without attributes: what they write, written by hand.
//!
//! `#[websocket]` adds two things to a block of methods, and nothing else: a table of routes, which
//! is `impl Module`, and a function for each event, which is `impl WebSocket`. Both are public. Where
//! a program has to make its routes otherwise, as from a file or for a generic type, it does this.

use std::{
    future::{Ready, ready},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use router::{
    Events, FromMessage, FromRequest, Module, Options, Outcome, ResponseFuture, Route, Step,
    WebSocket, prelude::*,
};

/// What every connection carries.
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
        // The same path as the page: the `Upgrade` header of the request decides.
        Route::socket("/", "ByHand (websocket)", Self::connect),
    ];
    // Without this line a module has no sockets.
    const SOCKET: Option<Options> = Some(<Self as WebSocket>::OPTIONS);
}

impl ByHand {
    /// A route is a function from the module and a request to the future of a response.
    fn index(self: Arc<Self>, _request: Request) -> ResponseFuture {
        Box::pin(ready("WebSocket Server".into_response()))
    }

    /// Extractors are asked one after the other; what one of them refuses is answered.
    fn connect(self: Arc<Self>, mut request: Request) -> ResponseFuture {
        Box::pin(async move {
            match <Upgrade<Self>>::from_request(&self, &mut request).await {
                Ok(upgrade) => upgrade.accept(ClientData::default()),
                Err(error) => error.into_response(),
            }
        })
    }
}

/// The socket. An event that has a function here is named in `EVENTS`.
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

    fn open<'a>(
        &'a self,
        ws: &'a mut Socket<ClientData>,
    ) -> Step<impl Future<Output = Outcome> + Send + 'a> {
        tracing::info!("Client connected: {}", ws.remote_addr());

        ws.data = ClientData {
            user_id: format!("user-{}", self.users.fetch_add(1, Ordering::Relaxed) + 1),
            room: "lobby".to_owned(),
        };
        ws.subscribe(&ws.data.room);
        ws.send("Welcome to the server!");
        done()
    }

    fn text<'a>(
        &'a self,
        ws: &'a mut Socket<ClientData>,
        text: &'a str,
    ) -> Step<impl Future<Output = Outcome> + Send + 'a> {
        // What a handler is given of a message, it decodes; `&str` cannot fail here.
        match <&str>::from_message(Message::Text(text)) {
            Ok(text) => Self::message(ws, text),
            Err(error) => Step::done(Err(SocketError::decode(Event::Text, error))),
        }
    }

    fn binary<'a>(
        &'a self,
        ws: &'a mut Socket<ClientData>,
        _bytes: &'a [u8],
    ) -> Step<impl Future<Output = Outcome> + Send + 'a> {
        Self::message(ws, "Binary data received")
    }

    fn close<'a>(
        &'a self,
        ws: &'a mut Socket<ClientData>,
        code: CloseCode,
        reason: &'a str,
    ) -> Step<impl Future<Output = Outcome> + Send + 'a> {
        let user_id = &ws.data.user_id;
        tracing::info!("Client {user_id} disconnected: {reason} ({code})");
        done()
    }

    fn error<'a>(
        &'a self,
        ws: &'a mut Socket<ClientData>,
        error: SocketError,
    ) -> Step<impl Future<Output = Outcome> + Send + 'a> {
        tracing::error!("Error for client {}: {error}", ws.data.user_id);
        done()
    }

    fn drain<'a>(
        &'a self,
        ws: &'a mut Socket<ClientData>,
    ) -> Step<impl Future<Output = Outcome> + Send + 'a> {
        tracing::info!("Backpressure relieved for {}", ws.data.user_id);
        done()
    }
}

impl ByHand {
    fn message(ws: &Socket<ClientData>, content: &str) -> Step<Ready<Outcome>> {
        tracing::info!("Message from {}: {content}", ws.data.user_id);
        ws.send(format!("Echo: {content}"));
        done()
    }
}

/// A handler that does not wait costs no future: a [`Step`] is done, or waits for one.
fn done() -> Step<Ready<Outcome>> {
    Step::done(Ok(()))
}

#[tokio::main]
async fn main() -> Result<(), examples::Failure> {
    examples::log_to_stderr();
    examples::serve(Router::new().mount(ByHand::default())).await
}
