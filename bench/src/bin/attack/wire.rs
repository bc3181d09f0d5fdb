//! Hand-written connections, handshakes and frames.

use crate::Result;
use flate2::{Compress, Compression, FlushCompress};
use socket2::{Domain, Socket, Type};
use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

pub(crate) const CONTINUATION: u8 = 0x00;
pub(crate) const TEXT: u8 = 0x01;
pub(crate) const BINARY: u8 = 0x02;
pub(crate) const CLOSE: u8 = 0x08;
pub(crate) const PING: u8 = 0x09;
const PONG: u8 = 0x0A;
pub(crate) const FIN: u8 = 0x80;
/// The payload is compressed (RFC 7692).
pub(crate) const RSV1: u8 = 0x40;

/// How long an attacker waits for an answer that it needs.
const PATIENCE: Duration = Duration::from_secs(30);

/// The target of a connection, and how the connection begins.
#[derive(Clone, Copy)]
pub(crate) struct Door {
    /// The path of the handshake. Without a path, the connection stays HTTP.
    pub(crate) path: Option<&'static str>,
    /// Whether permessage-deflate is offered.
    pub(crate) deflate: bool,
    /// Whether the kernels buffer only a few of the bytes that the client has not read. The client then has a
    /// small receive buffer and small segments. Linux chooses a smaller send buffer for the server if the
    /// segments are small.
    pub(crate) narrow: bool,
}

impl Door {
    pub(crate) const HTTP: Self = Self {
        path: None,
        deflate: false,
        narrow: false,
    };

    pub(crate) const fn socket(path: &'static str) -> Self {
        Self {
            path: Some(path),
            ..Self::HTTP
        }
    }

    pub(crate) const fn deflate(mut self) -> Self {
        self.deflate = true;
        self
    }

    pub(crate) const fn narrow(mut self) -> Self {
        self.narrow = true;
        self
    }

    /// Connects, and performs the handshake if there is a path.
    pub(crate) fn open(self, address: SocketAddr) -> Result<TcpStream> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        if self.narrow {
            socket.set_recv_buffer_size(4096)?;
            socket.set_tcp_mss(536)?;
        }
        socket.connect(&address.into())?;
        let mut stream = TcpStream::from(socket);
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        if let Some(path) = self.path {
            shake_hands(&mut stream, path, self.deflate)?;
        }
        Ok(stream)
    }
}

fn shake_hands(stream: &mut TcpStream, path: &str, deflate: bool) -> Result<()> {
    let offer = if deflate {
        "Sec-WebSocket-Extensions: permessage-deflate\r\n"
    } else {
        ""
    };
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{offer}\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let head = read_head(stream)?;
    if head.starts_with(b"HTTP/1.1 101 ") {
        Ok(())
    } else {
        Err(format!("{path}: {}", String::from_utf8_lossy(&head)).into())
    }
}

/// Reads up to the end of the head and no further, because a published message may follow immediately.
fn read_head(stream: &mut TcpStream) -> Result<Vec<u8>> {
    const END: &[u8] = b"\r\n\r\n";
    let mut head = Vec::new();
    let mut ahead = [0; 1024];
    while !head.ends_with(END) {
        let count = stream.peek(&mut ahead)?;
        if count == 0 {
            return Err("the connection ended in the handshake".into());
        }
        // The blank line may be split between two reads. The search therefore starts three bytes before the
        // new bytes, and only new bytes are consumed.
        let seen = head.len();
        head.extend(&ahead[..count]);
        let from = seen.saturating_sub(END.len() - 1);
        let end = head[from..].windows(END.len()).position(|part| part == END);
        head.truncate(end.map_or(head.len(), |end| from + end + END.len()));
        let taken = head.len() - seen;
        stream.read_exact(&mut ahead[..taken])?;
    }
    Ok(head)
}

/// Returns the head of a client frame, masked with zeros, so that the payload is sent unchanged.
pub(crate) fn head(first: u8, length: u64) -> Vec<u8> {
    let mut head = vec![first];
    match length {
        0..126 => head.push(0x80 | length as u8),
        126..0x1_0000 => {
            head.push(0x80 | 126);
            head.extend((length as u16).to_be_bytes());
        }
        _ => {
            head.push(0x80 | 127);
            head.extend(length.to_be_bytes());
        }
    }
    head.extend([0; 4]);
    head
}

/// Returns a complete client frame.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = head(first, payload.len() as u64);
    frame.extend(payload);
    frame
}

/// Compresses a message for permessage-deflate. The last four bytes, which are always the same, are left out
/// (RFC 7692 §7.2.1).
pub(crate) fn deflated(message: &[u8]) -> Vec<u8> {
    let mut small = Vec::with_capacity(message.len() + 1024);
    Compress::new(Compression::best(), false)
        .compress_vec(message, &mut small, FlushCompress::Sync)
        .expect("compression into a vector with enough room cannot fail");
    small.truncate(small.len() - 4);
    small
}

/// Reads a frame from the server. Returns its first byte and its payload.
pub(crate) fn read_frame(stream: &mut TcpStream) -> Result<(u8, Vec<u8>)> {
    let mut head = [0; 2];
    stream.read_exact(&mut head)?;
    let length = match head[1] {
        126 => {
            let mut length = [0; 2];
            stream.read_exact(&mut length)?;
            usize::from(u16::from_be_bytes(length))
        }
        127 => {
            let mut length = [0; 8];
            stream.read_exact(&mut length)?;
            usize::try_from(u64::from_be_bytes(length))?
        }
        short => usize::from(short),
    };
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload)?;
    Ok((head[0], payload))
}

/// Uses a Ping to wait until the server has handled everything that was sent before. Only for sockets that
/// receive nothing else.
pub(crate) fn caught_up(stream: &mut TcpStream) -> Result<()> {
    stream.write_all(&frame(FIN | PING, b""))?;
    match read_frame(stream)? {
        (first, _) if first == FIN | PONG => Ok(()),
        other => Err(format!("a Ping is answered by {other:?}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_uses_the_shortest_encoding_of_its_length() {
        assert_eq!(frame(FIN | TEXT, b"x"), b"\x81\x81\0\0\0\0x");
        assert_eq!(head(BINARY, 126), b"\x02\xfe\0\x7e\0\0\0\0");
        assert_eq!(head(BINARY, 1 << 16), b"\x02\xff\0\0\0\0\0\x01\0\0\0\0\0\0");
    }

    #[test]
    fn a_bomb_has_a_thousandth_of_its_inflated_size() {
        let bomb = deflated(&vec![0; 1 << 20]);
        assert!(bomb.len() < 1100, "{}", bomb.len());
        assert!(!bomb.ends_with(b"\0\0\xff\xff"));
    }
}
