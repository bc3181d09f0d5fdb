//! axum, used as its documentation shows.

use crate::Result;
use axum::{
    Router,
    extract::{
        Path, State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    routing::{any, get},
    serve::ListenerExt,
};
use tokio::{net::TcpListener, sync::broadcast, task::Id};

pub(crate) async fn serve(listener: TcpListener) -> Result<()> {
    let app = Router::new()
        .route("/", get(|| async { "Hello, World!" }))
        .route(
            "/users/{id}",
            get(|Path(id): Path<String>| async move { format!("user {id}") }),
        )
        .route(
            "/echo",
            any(|upgrade: WebSocketUpgrade| async { upgrade.on_upgrade(echo) }),
        )
        .route(
            "/topic",
            any(
                |upgrade: WebSocketUpgrade, State(room): State<Room>| async {
                    upgrade.on_upgrade(|socket| topic(socket, room))
                },
            ),
        )
        .with_state(broadcast::channel(1024).0);
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, app).await?)
}

/// The channel of a room. Each message is sent with the ID of the task that published it.
type Room = broadcast::Sender<(Id, Message)>;

async fn topic(mut socket: WebSocket, room: Room) {
    let mut messages = room.subscribe();
    let id = tokio::task::id();
    loop {
        tokio::select! {
            received = socket.recv() => match received {
                Some(Ok(message @ Message::Text(_))) => {
                    // Fails if nobody is subscribed.
                    let _ = room.send((id, message));
                }
                Some(Ok(_)) => {}
                _ => return,
            },
            published = messages.recv() => {
                let Ok((from, message)) = published else { return };
                if from != id && socket.send(message).await.is_err() {
                    return;
                }
            }
        }
    }
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if matches!(message, Message::Text(_) | Message::Binary(_))
            && socket.send(message).await.is_err()
        {
            return;
        }
    }
}
