//! Messages that are sent back unchanged.

use super::{Exchange, handshake};
use crate::Result;
use std::net::{SocketAddr, TcpStream};

const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];
pub(crate) const TEXT: u8 = 0x81;

/// The number of digits at the start of each message, which give its number.
const DIGITS: usize = 8;

pub(crate) struct Echo {
    path: &'static str,
    /// The bytes after the number.
    filler: Vec<u8>,
}

impl Echo {
    pub(crate) fn new(path: &'static str, length: usize) -> Self {
        Self {
            path,
            filler: (DIGITS..length).map(|i| b'a' + (i % 26) as u8).collect(),
        }
    }
}

impl Exchange for Echo {
    fn open(&self, address: SocketAddr) -> Result<TcpStream> {
        handshake::open(address, self.path, None)
    }

    fn request(&self, number: u32, out: &mut Vec<u8>) {
        let payload = [format!("{number:08x}").as_bytes(), &self.filler].concat();
        append_frame(out, TEXT, &payload);
    }

    fn reply(&mut self, number: u32, input: &[u8]) -> Result<Option<usize>> {
        let Some((first, payload, length)) = read_frame(input) else {
            return Ok(None);
        };
        let (digits, filler) = payload.split_at_checked(DIGITS).unwrap_or_default();
        if first != TEXT || digits != format!("{number:08x}").as_bytes() || filler != self.filler {
            return Err(format!("the answer to message {number} has other content").into());
        }
        Ok(Some(length))
    }
}

/// Appends a masked frame.
pub(crate) fn append_frame(out: &mut Vec<u8>, first: u8, payload: &[u8]) {
    out.push(first);
    match payload.len() {
        short @ 0..126 => out.push(0x80 | short as u8),
        middle @ 126..0x1_0000 => {
            out.push(0x80 | 126);
            out.extend((middle as u16).to_be_bytes());
        }
        long => {
            out.push(0x80 | 127);
            out.extend((long as u64).to_be_bytes());
        }
    }
    out.extend(KEY);
    out.extend(
        payload
            .iter()
            .zip(KEY.iter().cycle())
            .map(|(byte, key)| byte ^ key),
    );
}

/// Parses the server's frame at the start of `input`. Returns its first byte, payload and length, or `None`
/// if it is incomplete.
pub(crate) fn read_frame(input: &[u8]) -> Option<(u8, &[u8], usize)> {
    let (&first, &second) = (input.first()?, input.get(1)?);
    let (head, length) = match second {
        126 => (
            4,
            usize::from(u16::from_be_bytes(*input.get(2..)?.first_chunk()?)),
        ),
        127 => (
            10,
            u64::from_be_bytes(*input.get(2..)?.first_chunk()?) as usize,
        ),
        short => (2, usize::from(short)),
    };
    let payload = input.get(head..head + length)?;
    Some((first, payload, head + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_checked_to_the_last_byte() {
        for length in [64, 16 * 1024, 70_000] {
            let mut echo = Echo::new("/echo", length);
            let mut request = Vec::new();
            echo.request(7, &mut request);
            // The server's frame has no mask.
            let head = request.len() - length - 4;
            let mut reply = request[..head].to_vec();
            reply[1] &= 0x7F;
            let unmasked = request[head + 4..]
                .iter()
                .zip(KEY.iter().cycle())
                .map(|(b, k)| b ^ k);
            reply.extend(unmasked);
            assert_eq!(echo.reply(7, &reply).ok(), Some(Some(reply.len())));
            assert_eq!(echo.reply(7, &reply[..reply.len() - 1]).ok(), Some(None));
            assert!(echo.reply(8, &reply).is_err());
            let last = reply.len() - 1;
            reply[last] ^= 1;
            assert!(echo.reply(7, &reply).is_err());
        }
    }
}
