//! Encoding messages as frames. A server's frames are unmasked (RFC 6455 §5.1). This module never
//! fragments a message.

use super::{Opcode, header::RSV1};
use crate::memory::Charge;
use bytes::Bytes;
use std::ops::{Deref, Range};

/// The largest payload of a Close, Ping or Pong, in bytes (RFC 6455 §5.5).
pub(crate) const MAX_CONTROL_PAYLOAD: usize = 125;

/// The largest payload of a shared frame, in bytes, that is copied into one allocation with its
/// header. The frame is then a single slice to write, and a small slice of the user's large buffer
/// does not keep that buffer alive in a slow subscriber's backlog.
const COPY_LIMIT: usize = 4096;

/// The header of a frame: the 2, 4 or 10 bytes before the payload.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    bytes: [u8; 10],
    len: u8,
}

impl Head {
    pub(crate) fn new(opcode: Opcode, payload: usize) -> Self {
        let mut bytes = [0; 10];
        bytes[0] = 0x80 | opcode as u8;
        let len = if payload <= MAX_CONTROL_PAYLOAD {
            bytes[1] = payload as u8;
            2
        } else if let Ok(short) = u16::try_from(payload) {
            bytes[1] = 126;
            bytes[2..4].copy_from_slice(&short.to_be_bytes());
            4
        } else {
            bytes[1] = 127;
            bytes[2..10].copy_from_slice(&(payload as u64).to_be_bytes());
            10
        };
        Self { bytes, len }
    }

    /// The header of a message whose `payload` bytes are compressed (RFC 7692 §6.1).
    pub(crate) fn compressed(opcode: Opcode, payload: usize) -> Self {
        let mut head = Self::new(opcode, payload);
        head.bytes[0] |= RSV1;
        head
    }
}

impl Deref for Head {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// Iterates over the frames in `bytes`, which this module has encoded. Each item says whether the frame
/// is a control frame, and at which offset in `bytes` the frame ends.
pub(crate) fn encoded_frames(bytes: &[u8]) -> impl Iterator<Item = (bool, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let is_control = bytes.get(at)? & 0x08 != 0;
        let (head, payload) = match *bytes.get(at + 1)? {
            126 => (
                4,
                u16::from_be_bytes(*bytes.get(at + 2..)?.first_chunk()?).into(),
            ),
            127 => (
                10,
                u64::from_be_bytes(*bytes.get(at + 2..)?.first_chunk()?) as usize,
            ),
            short => (2, short.into()),
        };
        at += head + payload;
        Some((is_control, at))
    })
}

/// A frame that is encoded once and shared by the outboxes of all receivers.
#[derive(Debug)]
pub(crate) struct Encoded {
    /// The header, unless `body` starts with it.
    head: Option<Head>,
    body: Bytes,
    _charge: Charge,
}

/// The memory of a frame in addition to its bytes: the struct itself, and the counts of the `Arc`
/// that shares it.
const OVERHEAD: usize = size_of::<Encoded>() + 2 * size_of::<usize>();

impl Encoded {
    pub(crate) fn copied(opcode: Opcode, payload: &[u8]) -> Self {
        Self::whole(Head::new(opcode, payload.len()), payload)
    }

    /// A message whose `payload` is compressed.
    pub(crate) fn compressed(opcode: Opcode, payload: &[u8]) -> Self {
        Self::whole(Head::compressed(opcode, payload.len()), payload)
    }

    fn whole(head: Head, payload: &[u8]) -> Self {
        let mut whole = Vec::with_capacity(head.len() + payload.len());
        whole.extend_from_slice(&head);
        whole.extend_from_slice(payload);
        Self::from_frames(whole.into())
    }

    /// Wraps bytes that already consist of one or more frames.
    pub(crate) fn from_frames(bytes: Bytes) -> Self {
        Self {
            head: None,
            _charge: Charge::new(OVERHEAD + bytes.len()),
            body: bytes,
        }
    }

    /// A part of the bytes that were passed to [`from_frames`](Self::from_frames). It shares their
    /// memory.
    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        Self::from_frames(self.body.slice(range))
    }

    pub(crate) fn shared(opcode: Opcode, payload: Bytes) -> Self {
        if payload.len() <= COPY_LIMIT {
            return Self::copied(opcode, &payload);
        }
        Self {
            head: Some(Head::new(opcode, payload.len())),
            _charge: Charge::new(OVERHEAD + payload.len()),
            body: payload,
        }
    }

    pub(crate) fn is_compressed(&self) -> bool {
        let first = self.head.as_deref().unwrap_or(&self.body).first();
        first.is_some_and(|first| first & RSV1 != 0)
    }

    pub(crate) fn len(&self) -> usize {
        self.parts().iter().map(|part| part.len()).sum()
    }

    /// The frame's bytes, in order.
    pub(crate) fn parts(&self) -> [&[u8]; 2] {
        [self.head.as_deref().unwrap_or_default(), &self.body]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn frames_are_found_again() {
        let frames = [
            Encoded::copied(Opcode::Text, &[7; 3]),
            Encoded::copied(Opcode::Pong, &[7; 125]),
            Encoded::copied(Opcode::Binary, &[7; 200]),
            Encoded::copied(Opcode::Text, &[7; 70_000]),
            Encoded::copied(Opcode::Ping, &[]),
        ];
        let (mut bytes, mut expected) = (Vec::new(), Vec::new());
        for (place, frame) in frames.iter().enumerate() {
            bytes.extend(frame.parts().concat());
            expected.push((place == 1 || place == 4, bytes.len()));
        }
        assert_eq!(encoded_frames(&bytes).collect::<Vec<_>>(), expected);
        assert_eq!(encoded_frames(&[]).next(), None);
    }

    use tungstenite::protocol::frame::FrameHeader;

    #[test]
    fn tungstenite_reads_what_we_write_at_every_boundary_of_the_length() {
        for length in [0, 1, 125, 126, 127, 4096, 4097, 65_535, 65_536, 70_000] {
            for encoded in [
                Encoded::copied(Opcode::Binary, &vec![7; length]),
                Encoded::shared(Opcode::Binary, vec![7; length].into()),
            ] {
                let wire = encoded.parts().concat();
                let mut cursor = Cursor::new(&wire);
                let (header, read) = FrameHeader::parse(&mut cursor).unwrap().unwrap();
                assert_eq!(read, length as u64);
                assert!(header.is_final && header.mask.is_none() && !header.rsv1);
                assert_eq!(wire.len() as u64 - cursor.position(), length as u64);
                assert_eq!(
                    header.len(length as u64),
                    cursor.position() as usize,
                    "shortest form"
                );
            }
        }
    }
}
