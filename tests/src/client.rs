//! A WebSocket client from an independent library, tokio-tungstenite.

use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        Error, Message,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use crate::within;

/// A well-behaved client, which answers Ping and Close frames automatically.
#[derive(Debug)]
pub struct Client {
    stream: WebSocketStream<TcpStream>,
}

impl Client {
    /// Connects and upgrades.
    pub async fn connect(addr: SocketAddr, path: &str) -> Self {
        let tcp = within("a TCP connection", TcpStream::connect(addr))
            .await
            .expect("the server listens");
        let upgraded = client_async(format!("ws://{addr}{path}"), tcp);
        match within("the answer to an upgrade", upgraded).await {
            Ok((stream, _)) => Self { stream },
            Err(error) => panic!("the upgrade of {path} failed: {error}"),
        }
    }

    /// Sends a message: text from a string, binary from bytes.
    pub async fn send(&mut self, message: impl Into<Message>) {
        within("a message to be written", self.stream.send(message.into()))
            .await
            .expect("the connection is open");
    }

    /// Returns the next frame of any kind, or `None` once the connection has ended.
    pub async fn next(&mut self) -> Option<Message> {
        match within("a message from the server", self.stream.next()).await {
            Some(Ok(message)) => Some(message),
            None | Some(Err(Error::ConnectionClosed | Error::AlreadyClosed)) => None,
            Some(Err(error)) => panic!("the connection broke: {error}"),
        }
    }

    /// Returns the next frame, which must be a text message.
    pub async fn next_text(&mut self) -> String {
        match self.next().await {
            Some(Message::Text(text)) => text.to_string(),
            other => panic!("expected a text, got {other:?}"),
        }
    }

    /// Returns the next frame, which must be a binary message.
    pub async fn next_binary(&mut self) -> Bytes {
        match self.next().await {
            Some(Message::Binary(bytes)) => bytes,
            other => panic!("expected a binary message, got {other:?}"),
        }
    }

    /// Returns the code and reason of the next frame, which must be a Close. The code is 1005 if the frame
    /// has none.
    pub async fn next_close(&mut self) -> (u16, String) {
        match self.next().await {
            Some(Message::Close(Some(frame))) => (frame.code.into(), frame.reason.to_string()),
            Some(Message::Close(None)) => (1005, String::new()),
            other => panic!("expected a Close, got {other:?}"),
        }
    }

    /// Asserts that the next frame is this text.
    pub async fn expect_text(&mut self, text: &str) {
        assert_eq!(self.next_text().await, text);
    }

    /// Asserts that the next frame is a Close with this code and reason.
    pub async fn expect_close(&mut self, code: u16, reason: &str) {
        assert_eq!(self.next_close().await, (code, reason.to_owned()));
    }

    /// Sends a message, and asserts that the next frame is the text `reply`.
    pub async fn ask(&mut self, message: &str, reply: &str) {
        self.send(message).await;
        self.expect_text(reply).await;
    }

    /// Closes the connection. Returns the code and reason of the server's Close.
    pub async fn close(&mut self, code: u16, reason: &str) -> (u16, String) {
        let frame = CloseFrame {
            code: CloseCode::from(code),
            reason: reason.into(),
        };
        within("a Close to be written", self.stream.close(Some(frame)))
            .await
            .expect("the connection is open");
        self.next_close().await
    }

    /// Asserts that the server sends nothing more, and that the connection ends.
    pub async fn expect_end(&mut self) {
        assert_eq!(self.next().await, None);
    }
}
