//! axum, as its documentation has it.

use crate::Result;
use axum::{
    Router,
    extract::{
        Path, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    routing::{any, get},
    serve::ListenerExt,
};
use tokio::net::TcpListener;

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
        );
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, app).await?)
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
