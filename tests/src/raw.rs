//! A TCP connection that can send any bytes, and that parses strictly what the server sends.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use bytes::{Buf, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::Instant,
};

use crate::{Frame, Reply, ServerFrame, opcode, request_bytes, within};

/// The key of the example in RFC 6455 §1.2.
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// The `Sec-WebSocket-Accept` value for [`KEY`].
pub const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// The headers that RFC 6455 §4.2.1 requires of an upgrade request, except `Host`.
pub const HANDSHAKE: [(&str, &str); 4] = [
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", KEY),
    ("Sec-WebSocket-Version", "13"),
];

/// A valid upgrade request with `extra` headers.
pub fn upgrade_bytes(path: &str, extra: &[(&str, &str)]) -> Vec<u8> {
    request_bytes("GET", path, &[&HANDSHAKE, extra].concat(), b"")
}

/// A TCP connection to the server.
#[derive(Debug)]
pub struct RawClient {
    stream: TcpStream,
    /// Bytes that were received and not read yet.
    pub(crate) unread: BytesMut,
}

impl RawClient {
    /// Connects, and sends nothing.
    pub async fn connect(addr: SocketAddr) -> Self {
        let stream = within("a TCP connection", TcpStream::connect(addr)).await;
        Self::over(stream.expect("the server listens"))
    }

    /// Connects from another address of this machine, such as `127.0.0.2`.
    pub async fn connect_from(local: Ipv4Addr, addr: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().expect("the machine has IPv4");
        let bound = socket.bind((local, 0).into());
        bound.expect("the address belongs to this machine");
        let stream = within("a TCP connection", socket.connect(addr)).await;
        Self::over(stream.expect("the server listens"))
    }

    /// Connects with a receive buffer that does not grow, so that the server soon notices a client that does
    /// not read. (The buffer is not smaller than a segment of the loopback device, because the connection
    /// would otherwise stall.)
    pub async fn connect_narrow(addr: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().expect("the machine has IPv4");
        socket
            .set_recv_buffer_size(64 * 1024)
            .expect("the size is legal");
        let stream = within("a TCP connection", socket.connect(addr)).await;
        Self::over(stream.expect("the server listens"))
    }

    fn over(stream: TcpStream) -> Self {
        stream.set_nodelay(true).expect("the connection is open");
        Self {
            stream,
            unread: BytesMut::new(),
        }
    }

    /// Connects and upgrades.
    pub async fn open(addr: SocketAddr, path: &str) -> Self {
        let mut client = Self::connect(addr).await;
        client.upgrade(path).await;
        client
    }

    /// [`open`](Self::open) with a receive buffer that does not grow.
    pub async fn open_narrow(addr: SocketAddr, path: &str) -> Self {
        let mut client = Self::connect_narrow(addr).await;
        client.upgrade(path).await;
        client
    }

    async fn upgrade(&mut self, path: &str) {
        let reply = self.handshake(path, &[]).await;
        assert_eq!(
            reply.status, 101,
            "the upgrade of {path} was refused: {reply:?}"
        );
    }

    /// Connects and upgrades with an offer of extensions. Returns the extensions that the server accepted.
    pub async fn open_with(addr: SocketAddr, path: &str, offer: &str) -> (Self, Option<String>) {
        let mut client = Self::connect(addr).await;
        let extra = [("Sec-WebSocket-Extensions", offer)];
        let reply = client.handshake(path, &extra).await;
        assert_eq!(reply.status, 101, "{path} with {offer}: {reply:?}");
        let answer = reply.header("sec-websocket-extensions").map(str::to_owned);
        (client, answer)
    }

    /// [`open_with`](Self::open_with) the offer that browsers send. Asserts that the server accepts it.
    pub async fn open_deflate(addr: SocketAddr, path: &str) -> Self {
        let offer = "permessage-deflate; client_max_window_bits";
        let (client, answer) = Self::open_with(addr, path, offer).await;
        assert!(answer.is_some(), "{path} has permessage-deflate");
        client
    }

    /// Sends a valid upgrade request with `extra` headers. Returns the reply.
    pub async fn handshake(&mut self, path: &str, extra: &[(&str, &str)]) -> Reply {
        self.write(&upgrade_bytes(path, extra)).await;
        self.reply().await
    }

    /// The client's address, as the server sees it.
    pub fn local_addr(&self) -> SocketAddr {
        self.stream.local_addr().expect("the connection is open")
    }

    /// Sends all of `bytes`.
    pub async fn write(&mut self, bytes: &[u8]) {
        within("the server to read", self.stream.write_all(bytes))
            .await
            .expect("the connection is open");
    }

    /// Sends as many bytes as the kernel takes without waiting. Returns their number.
    pub fn try_write(&self, bytes: &[u8]) -> usize {
        match self.stream.try_write(bytes) {
            Ok(written) => written,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => panic!("the connection broke: {error}"),
        }
    }

    /// Sends bytes. Returns `false` if the write fails because the server has closed or reset the connection.
    pub async fn takes(&mut self, bytes: &[u8]) -> bool {
        within("the server to read", self.stream.write_all(bytes))
            .await
            .is_ok()
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: Frame) {
        self.write(&frame.encode()).await;
    }

    /// Sends frames in one write, so that small frames arrive in one segment.
    pub async fn send_all<'f>(&mut self, frames: impl IntoIterator<Item = &'f Frame>) {
        let bytes: Vec<u8> = frames.into_iter().flat_map(Frame::encode).collect();
        self.write(&bytes).await;
    }

    /// Ends the sending direction of the TCP connection.
    pub async fn finish(&mut self) {
        self.stream
            .shutdown()
            .await
            .expect("the connection is open");
    }

    /// Waits for more bytes. Returns 0 at the end of the stream.
    pub(crate) async fn fill(&mut self, what: &str) -> io::Result<usize> {
        self.unread.reserve(16 * 1024);
        within(what, self.stream.read_buf(&mut self.unread)).await
    }

    /// Returns the next frame from the server. Asserts that no reserved bits are set.
    pub async fn frame(&mut self) -> ServerFrame {
        let frame = self.any_frame().await;
        assert_eq!(
            frame.rsv, 0,
            "RFC 6455 §5.2: no extension was negotiated: {frame:?}"
        );
        frame
    }

    /// Returns the opcode and payload of the next frame, which must be a compressed message.
    pub async fn compressed(&mut self) -> (u8, Vec<u8>) {
        let frame = self.any_frame().await;
        assert!(
            frame.fin && frame.rsv == 0b100,
            "expected a compressed message, got {frame:?}"
        );
        (frame.opcode, frame.payload)
    }

    /// Returns the next frame from the server, compressed or not.
    pub async fn any_frame(&mut self) -> ServerFrame {
        loop {
            if let Some((frame, length)) = ServerFrame::parse(&self.unread) {
                self.unread.advance(length);
                return frame;
            }
            match self.fill("a frame of the server").await {
                Ok(0) => panic!(
                    "the connection ended before a frame, after {:?}",
                    self.unread
                ),
                Ok(_) => {}
                Err(error) => panic!("the connection broke before a frame: {error}"),
            }
        }
    }

    /// Returns the payload of the next frame, which must be a complete message of this kind.
    async fn payload(&mut self, opcode: u8, kind: &str) -> Vec<u8> {
        let frame = self.frame().await;
        assert!(
            frame.fin && frame.opcode == opcode,
            "expected a {kind}, got {frame:?}"
        );
        frame.payload
    }

    /// Returns the payload of the next frame, which must be a text message.
    pub async fn text(&mut self) -> String {
        String::from_utf8(self.payload(opcode::TEXT, "text").await).expect("texts are UTF-8")
    }

    /// Returns the payload of the next frame, which must be a binary message.
    pub async fn binary(&mut self) -> Vec<u8> {
        self.payload(opcode::BINARY, "binary message").await
    }

    /// Returns the payload of the next frame, which must be a Ping.
    pub async fn ping(&mut self) -> Vec<u8> {
        self.payload(opcode::PING, "Ping").await
    }

    /// Returns the payload of the next frame, which must be a Pong.
    pub async fn pong(&mut self) -> Vec<u8> {
        self.payload(opcode::PONG, "Pong").await
    }

    /// Returns the code and reason of the next frame, which must be a Close. The code is 1005 if the frame
    /// has none.
    pub async fn close(&mut self) -> (u16, String) {
        self.frame().await.close_parts()
    }

    /// Asserts that the next frame is this text.
    pub async fn expect_text(&mut self, text: &str) {
        assert_eq!(self.text().await, text);
    }

    /// Asserts that the next frame is a Close with this code and reason.
    pub async fn expect_close(&mut self, code: u16, reason: &str) {
        assert_eq!(self.close().await, (code, reason.to_owned()));
    }

    /// Sends a text, and asserts that the next frame is the text `reply`.
    pub async fn ask(&mut self, text: &str, reply: &str) {
        self.send(Frame::text(text)).await;
        self.expect_text(reply).await;
    }

    /// Asserts that the server sends nothing more and ends the connection without a reset.
    pub async fn expect_end(&mut self) {
        let end = self.fill("the server to end the connection").await;
        assert!(
            self.unread.is_empty(),
            "the server sent more: {:?}",
            self.unread
        );
        assert_eq!(end.expect("a connection is ended, not broken"), 0);
    }

    /// Waits until the connection has ended or broken. Returns the bytes received before that.
    pub async fn expect_gone(&mut self) -> Vec<u8> {
        while let Ok(1..) = self.fill("the connection to go").await {}
        self.unread.split().to_vec()
    }

    /// Asserts that so far the server has sent nothing more, and has not ended the connection.
    #[track_caller]
    pub fn assert_quiet(&self) {
        assert!(self.unread.is_empty(), "unread: {:?}", self.unread);
        match self.stream.try_read(&mut [0; 1]) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Ok(0) => panic!("the server has ended the connection"),
            other => panic!("the server has sent more or broken the connection: {other:?}"),
        }
    }

    /// [`expect_gone`](Self::expect_gone) without a time limit, for tests with a paused clock. Also returns
    /// how long it took.
    pub async fn gone_after(&mut self) -> (Vec<u8>, Duration) {
        let start = Instant::now();
        while let Ok(1..) = self.stream.read_buf(&mut self.unread).await {}
        (self.unread.split().to_vec(), start.elapsed())
    }

    /// Ends the connection with a reset, so that data sent by the server afterwards is refused.
    pub fn reset(self) {
        self.stream
            .set_zero_linger()
            .expect("the connection is open");
    }
}
