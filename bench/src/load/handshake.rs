//! Opening a socket.

use crate::Result;
use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

/// Opens a socket. If extensions are offered, the server must accept them.
pub(crate) fn open(address: SocketAddr, path: &str, offer: Option<&str>) -> Result<TcpStream> {
    let extensions = offer.map_or(String::new(), |offer| {
        format!("Sec-WebSocket-Extensions: {offer}\r\n")
    });
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{extensions}\r\n"
    );
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.write_all(request.as_bytes())?;
    // The server sends nothing after the head until the client has sent something.
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut buffer)? {
            0 => return Err(format!("{path}: the connection ended in the handshake").into()),
            count => head.extend_from_slice(&buffer[..count]),
        }
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let is_accepted = offer.is_none() || head.contains("permessage-deflate");
    if !head.starts_with("http/1.1 101 ") || !is_accepted {
        return Err(format!("{path} is answered by {head}").into());
    }
    Ok(stream)
}
