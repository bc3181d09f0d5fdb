//! A WebSocket client with assertions.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        Message,
        client::IntoClientRequest,
        handshake::client::Response,
        http::{HeaderName, HeaderValue},
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use super::soon;

pub(crate) struct Client {
    stream: WebSocketStream<TcpStream>,
}

impl Client {
    pub(crate) async fn connect(addr: SocketAddr, path: &str) -> Self {
        Self::connect_with(addr, path, &[]).await.0
    }

    /// Connects with additional request headers. Also returns the 101 response.
    pub(crate) async fn connect_with(
        addr: SocketAddr,
        path: &str,
        headers: &[(&'static str, &'static str)],
    ) -> (Self, Response) {
        let stream = TcpStream::connect(addr).await.unwrap();
        Self::shake_hands(stream, addr, path, headers).await
    }

    /// Connects with a small receive buffer in the kernel.
    pub(crate) async fn connect_narrow(addr: SocketAddr, path: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(16 * 1024).unwrap();
        let stream = socket.connect(addr).await.unwrap();
        Self::shake_hands(stream, addr, path, &[]).await.0
    }

    async fn shake_hands(
        stream: TcpStream,
        addr: SocketAddr,
        path: &str,
        headers: &[(&'static str, &'static str)],
    ) -> (Self, Response) {
        let mut request = format!("ws://{addr}{path}").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        let (stream, response) = soon("the handshake", client_async(request, stream))
            .await
            .unwrap();
        (Self { stream }, response)
    }

    pub(crate) async fn send(&mut self, message: Message) {
        soon("a message to be sent", self.stream.send(message))
            .await
            .unwrap();
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.send(Message::text(text)).await;
    }

    pub(crate) async fn next(&mut self) -> Message {
        soon("a message", self.stream.next())
            .await
            .expect("the connection ended")
            .unwrap()
    }

    pub(crate) async fn text(&mut self) -> String {
        match self.next().await {
            Message::Text(text) => text.as_str().to_owned(),
            other => panic!("not a text: {other:?}"),
        }
    }

    /// Asserts that the next message is `text`.
    pub(crate) async fn expect(&mut self, text: &str) {
        assert_eq!(self.text().await, text);
    }

    /// Waits until the server has handled this client's connection and all messages sent on it so far.
    pub(crate) async fn caught_up(&mut self) {
        self.send(Message::Ping("caught up?".into())).await;
        assert_eq!(self.next().await, Message::Pong("caught up?".into()));
    }

    /// Waits for the server to close the connection. Returns the code and reason of its Close.
    pub(crate) async fn closed_by_server(mut self) -> (u16, String) {
        let message = self.next().await;
        let Message::Close(Some(frame)) = message else {
            panic!("not a close with a code: {message:?}");
        };
        self.drain().await;
        (frame.code.into(), frame.reason.as_str().to_owned())
    }

    /// Closes the connection, and waits until the server has answered and disconnected.
    pub(crate) async fn close(mut self, reason: &str) {
        let frame = CloseFrame {
            code: CloseCode::Normal,
            reason: reason.into(),
        };
        self.send(Message::Close(Some(frame.clone()))).await;
        assert_eq!(self.next().await, Message::Close(Some(frame)));
        self.drain().await;
    }

    async fn drain(&mut self) {
        soon("the end of the connection", async {
            if let Some(Ok(message)) = self.stream.next().await {
                panic!("after the close: {message:?}");
            }
        })
        .await;
    }
}
