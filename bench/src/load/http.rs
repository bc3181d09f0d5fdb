//! Requests on persistent connections.

use super::Exchange;
use crate::Result;
use std::net::{SocketAddr, TcpStream};

pub(crate) struct Http {
    request: Vec<u8>,
    body: &'static str,
}

impl Http {
    pub(crate) fn new(path: &str, body: &'static str) -> Self {
        Self {
            request: format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").into_bytes(),
            body,
        }
    }
}

impl Exchange for Http {
    fn open(&self, address: SocketAddr) -> Result<TcpStream> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    fn request(&self, _: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.request);
    }

    fn reply(&mut self, _: u32, input: &[u8]) -> Result<Option<usize>> {
        let Some(end) = input.windows(4).position(|window| window == b"\r\n\r\n") else {
            return Ok(None);
        };
        let length = end + 4 + self.body.len();
        let Some(body) = input.get(end + 4..length) else {
            return Ok(None);
        };
        if !input.starts_with(b"HTTP/1.1 200 ") || body != self.body.as_bytes() {
            return Err(format!("answered by {}", String::from_utf8_lossy(input)).into());
        }
        Ok(Some(length))
    }
}
