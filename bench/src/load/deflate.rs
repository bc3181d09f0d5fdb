//! JSON that is sent back compressed, each message independently (RFC 7692 without context takeover).

use super::{
    Exchange,
    echo::{append_frame, read_frame},
    handshake,
};
use crate::Result;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use std::net::{SocketAddr, TcpStream};

const OFFER: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
const TAIL: [u8; 4] = [0, 0, 0xFF, 0xFF];
const TEXT: u8 = 0x81;
const RSV1: u8 = 0x40;

/// The length of a message before compression.
const MESSAGE_BYTES: usize = 1024;

/// The number of different messages, so that no cache or branch predictor adapts to a single message.
const MESSAGES: u64 = 256;

pub(crate) struct Deflate {
    path: &'static str,
    /// Each message, uncompressed and compressed.
    messages: Vec<(Vec<u8>, Vec<u8>)>,
    inflater: Decompress,
    inflated: Vec<u8>,
}

impl Deflate {
    pub(crate) fn new(path: &'static str) -> Self {
        let message = |seed| {
            let message = json(seed);
            let small = compress(&message);
            (message, small)
        };
        Self {
            path,
            messages: (0..MESSAGES).map(message).collect(),
            inflater: Decompress::new(false),
            inflated: Vec::with_capacity(2 * MESSAGE_BYTES),
        }
    }

    fn message(&self, number: u32) -> &(Vec<u8>, Vec<u8>) {
        &self.messages[number as usize % self.messages.len()]
    }
}

impl Exchange for Deflate {
    fn open(&self, address: SocketAddr) -> Result<TcpStream> {
        handshake::open(address, self.path, Some(OFFER))
    }

    fn request(&self, number: u32, out: &mut Vec<u8>) {
        append_frame(out, TEXT | RSV1, &self.message(number).1);
    }

    fn reply(&mut self, number: u32, input: &[u8]) -> Result<Option<usize>> {
        let Some((first, payload, length)) = read_frame(input) else {
            return Ok(None);
        };
        if first != TEXT | RSV1 {
            return Err("a reply is not compressed".into());
        }
        self.inflater.reset(false);
        self.inflated.clear();
        let input = [payload, &TAIL].concat();
        self.inflater
            .decompress_vec(&input, &mut self.inflated, FlushDecompress::Sync)?;
        if self.inflated != self.message(number).0 {
            return Err(format!("the answer to message {number} has other content").into());
        }
        Ok(Some(length))
    }
}

/// Returns JSON as a chat or a game might send it: records with numbers and words that differ.
fn json(seed: u64) -> Vec<u8> {
    const WORDS: [&str; 8] = [
        "red", "green", "blue", "alpha", "beta", "north", "south", "seven",
    ];
    let mut state = seed.wrapping_add(1);
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let mut text = String::from("[");
    while text.len() < MESSAGE_BYTES {
        text.push_str(&format!(
            r#"{{"id":{},"user":"client{}","room":"lobby","text":"{} {} {}","at":{}}},"#,
            next() % 1_000_000,
            next() % 500,
            WORDS[next() % 8],
            WORDS[next() % 8],
            WORDS[next() % 8],
            1_700_000_000 + next() % 100_000,
        ));
    }
    text.truncate(MESSAGE_BYTES);
    text.into_bytes()
}

fn compress(message: &[u8]) -> Vec<u8> {
    let mut small = Vec::with_capacity(2 * MESSAGE_BYTES);
    Compress::new(Compression::default(), false)
        .compress_vec(message, &mut small, FlushCompress::Sync)
        .expect("there is room for it");
    small.truncate(small.len() - TAIL.len());
    small
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_inflated_and_checked() {
        let mut deflate = Deflate::new("/echo");
        let small = deflate.message(3).1.clone();
        assert!(small.len() * 2 < MESSAGE_BYTES);
        let mut reply = vec![TEXT | RSV1, 126];
        reply.extend((small.len() as u16).to_be_bytes());
        reply.extend(small);
        assert_eq!(deflate.reply(3, &reply).ok(), Some(Some(reply.len())));
        assert!(deflate.reply(4, &reply).is_err());
    }
}
