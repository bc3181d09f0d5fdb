//! HTTP requests and replies over a raw TCP connection.

use std::{fmt::Write, net::SocketAddr};

use bytes::Buf;

use crate::RawClient;

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Names in lower case, and values, in the order received.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Reply {
    /// Returns the value of the header with this lower-case name. Panics if there are several.
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        let all = self.all(name);
        assert!(all.len() <= 1, "`{name}` occurs more than once: {all:?}");
        all.first().copied()
    }

    /// Returns the values of all headers with this lower-case name.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let of_name = self.headers.iter().filter(|(other, _)| other == name);
        of_name.map(|(_, value)| value.as_str()).collect()
    }

    /// The body as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("the body is text")
    }

    /// Returns the methods that `Allow` lists, sorted, without `OPTIONS`, which is always allowed.
    #[track_caller]
    pub fn allow(&self) -> Vec<&str> {
        let allow = self.header("allow").expect("the reply has an `Allow`");
        let mut methods: Vec<&str> = allow.split(',').map(str::trim).collect();
        methods.retain(|method| *method != "OPTIONS");
        methods.sort_unstable();
        methods
    }
}

/// Returns the bytes of a request. A `Content-Length` is added if there is a body.
pub fn request_bytes(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").expect("writing to a string cannot fail");
    }
    if !body.is_empty() {
        write!(head, "Content-Length: {}\r\n", body.len())
            .expect("writing to a string cannot fail");
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

/// Sends one request over a new connection.
pub async fn request(
    addr: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Reply {
    RawClient::connect(addr)
        .await
        .request(method, path, headers, body)
        .await
}

/// Sends one `GET` over a new connection.
pub async fn get(addr: SocketAddr, path: &str) -> Reply {
    request(addr, "GET", path, &[], b"").await
}

impl RawClient {
    /// Sends a request and reads the reply. The connection stays open for more requests.
    pub async fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        self.write(&request_bytes(method, path, headers, body))
            .await;
        if method == "HEAD" {
            self.reply_to_head().await
        } else {
            self.reply().await
        }
    }

    /// Reads the next reply.
    pub async fn reply(&mut self) -> Reply {
        let mut reply = self.reply_to_head().await;
        if reply
            .header("transfer-encoding")
            .is_some_and(|coding| coding == "chunked")
        {
            reply.body = self.chunks().await;
        } else if let Some(length) = reply.header("content-length") {
            let length = length.parse().expect("a length is a number");
            reply.body = self.bytes(length).await;
        }
        reply
    }

    /// Returns the status of the next reply, or `None` if the connection ends or breaks before its head is
    /// complete.
    pub async fn status_or_end(&mut self) -> Option<u16> {
        while !self.unread.windows(4).any(|window| window == b"\r\n\r\n") {
            match self.fill("a reply or the end").await {
                Ok(1..) => {}
                Ok(0) | Err(_) => return None,
            }
        }
        Some(self.reply().await.status)
    }

    /// Reads the head of the next reply. Reads no body, even if the headers announce one.
    pub async fn reply_to_head(&mut self) -> Reply {
        let head = self.through(b"\r\n\r\n").await;
        let head = String::from_utf8(head).expect("the head of a reply is text");
        let mut lines = head.split("\r\n");
        let status = lines.next().expect("a reply has a first line");
        assert!(status.starts_with("HTTP/1."), "not a reply: {head:?}");
        let status = status
            .split(' ')
            .nth(1)
            .expect("the first line has a status");
        let headers = lines.take_while(|line| !line.is_empty()).map(|line| {
            let (name, value) = line.split_once(':').expect("a header has a colon");
            (name.to_ascii_lowercase(), value.trim().to_owned())
        });
        Reply {
            status: status.parse().expect("a status is a number"),
            headers: headers.collect(),
            body: Vec::new(),
        }
    }

    async fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let line = String::from_utf8(self.through(b"\r\n").await).expect("a size is text");
            let size = usize::from_str_radix(line.trim_end(), 16).expect("a size is hexadecimal");
            let chunk = self.bytes(size + 2).await;
            if size == 0 {
                return body;
            }
            body.extend_from_slice(&chunk[..size]);
        }
    }

    /// Reads up to and including `end`.
    async fn through(&mut self, end: &[u8]) -> Vec<u8> {
        loop {
            if let Some(at) = self
                .unread
                .windows(end.len())
                .position(|window| window == end)
            {
                return self.unread.split_to(at + end.len()).to_vec();
            }
            self.more("a reply").await;
        }
    }

    /// Reads exactly `length` bytes.
    pub async fn bytes(&mut self, length: usize) -> Vec<u8> {
        while self.unread.len() < length {
            self.more("the body of a reply").await;
        }
        let bytes = self.unread[..length].to_vec();
        self.unread.advance(length);
        bytes
    }

    async fn more(&mut self, what: &str) {
        match self.fill(what).await {
            Ok(0) => panic!(
                "the connection ended before {what}, after {:?}",
                self.unread
            ),
            Ok(_) => {}
            Err(error) => panic!("the connection broke before {what}: {error}"),
        }
    }
}
