//! The header of a client's frame (RFC 6455 §5.2).

use super::Violation;

/// The size of the longest header, in bytes: 2 bytes, a 64-bit length and the mask.
pub(crate) const MAX_HEADER: usize = 14;

/// The reserved bits. The first of them marks a compressed message.
const RSV: u8 = 0x70;
pub(super) const RSV1: u8 = 0x40;

/// The type of a frame: the six opcodes that RFC 6455 §5.2 defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opcode {
    Continuation = 0x0,
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xA,
}

impl Opcode {
    fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            _ => return None,
        })
    }

    const fn starts_message(self) -> bool {
        matches!(self, Self::Text | Self::Binary)
    }

    pub(crate) const fn is_control(self) -> bool {
        self as u8 & 0x8 != 0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) fin: bool,
    pub(crate) opcode: Opcode,
    /// Whether the frame starts a compressed message (RFC 7692 §6).
    pub(crate) compressed: bool,
    pub(crate) mask: [u8; 4],
    /// The length of the payload, in bytes.
    pub(crate) length: u64,
    /// The length of the header itself, in bytes.
    pub(crate) size: usize,
}

/// Reads a header. Returns `None` if `bytes` ends inside it.
///
/// If `deflate` is set, the first frame of a message may have RSV1 set (RFC 7692 §6.1).
///
/// Each rule is checked as soon as its byte has been received, so that a violation is answered even
/// if the rest of the frame never arrives.
pub(crate) fn parse(bytes: &[u8], deflate: bool) -> Result<Option<Header>, Violation> {
    let Some(&first) = bytes.first() else {
        return Ok(None);
    };
    let Some(opcode) = Opcode::from_bits(first & 0x0F) else {
        return Err(Violation::protocol("reserved opcode"));
    };
    let compressed = deflate && opcode.starts_message() && first & RSV1 != 0;
    if first & RSV != 0 && !(compressed && first & RSV == RSV1) {
        return Err(Violation::protocol("reserved bits must be zero"));
    }
    let fin = first & 0x80 != 0;
    if opcode.is_control() && !fin {
        return Err(Violation::protocol("control frames must not be fragmented"));
    }

    let Some(&second) = bytes.get(1) else {
        return Ok(None);
    };
    if second & 0x80 == 0 {
        return Err(Violation::protocol("client frames must be masked"));
    }
    let short = second & 0x7F;
    if opcode.is_control() && short > 125 {
        return Err(Violation::protocol(
            "control frames carry at most 125 bytes",
        ));
    }

    let (length, after_length) = match short {
        126 => {
            let Some(&wide) = bytes.get(2..).and_then(<[u8]>::first_chunk) else {
                return Ok(None);
            };
            let length = u64::from(u16::from_be_bytes(wide));
            if length < 126 {
                return Err(Violation::protocol("length is not in its shortest form"));
            }
            (length, 4)
        }
        127 => {
            let Some(&wide) = bytes.get(2..).and_then(<[u8]>::first_chunk) else {
                return Ok(None);
            };
            let length = u64::from_be_bytes(wide);
            if length >> 63 != 0 {
                return Err(Violation::protocol(
                    "the top bit of a 64-bit length must be zero",
                ));
            }
            if length <= u64::from(u16::MAX) {
                return Err(Violation::protocol("length is not in its shortest form"));
            }
            (length, 10)
        }
        short => (u64::from(short), 2),
    };

    let Some(&mask) = bytes.get(after_length..).and_then(<[u8]>::first_chunk) else {
        return Ok(None);
    };
    Ok(Some(Header {
        fin,
        opcode,
        compressed,
        mask,
        length,
        size: after_length + mask.len(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;
    use tungstenite::protocol::frame::FrameHeader;

    /// Whether the header breaks one of the RFC's rules that tungstenite's reader does not check.
    fn breaks_a_rule(bytes: &[u8], oracle: &FrameHeader, length: u64, deflate: bool) -> bool {
        let control = u8::from(oracle.opcode) & 0x8 != 0;
        let short = bytes[1] & 0x7F;
        let may_be_compressed = deflate && matches!(u8::from(oracle.opcode), 1 | 2);
        (oracle.rsv1 && !may_be_compressed)
            || oracle.rsv2
            || oracle.rsv3
            || oracle.mask.is_none()
            || (control && (!oracle.is_final || short > 125))
            || (short == 126 && length < 126)
            || (short == 127 && (length <= 0xFFFF || length >> 63 != 0))
    }

    proptest! {
        #[test]
        fn agrees_with_tungstenite(
            bytes in proptest::collection::vec(any::<u8>(), 0..20),
            deflate: bool,
        ) {
            let oracle = FrameHeader::parse(&mut Cursor::new(&bytes));
            match (parse(&bytes, deflate), oracle) {
                (Ok(Some(ours)), Ok(Some((theirs, length)))) => {
                    prop_assert!(!breaks_a_rule(&bytes, &theirs, length, deflate));
                    prop_assert_eq!(ours.length, length);
                    prop_assert_eq!(ours.fin, theirs.is_final);
                    prop_assert_eq!(ours.compressed, theirs.rsv1);
                    prop_assert_eq!(Some(ours.mask), theirs.mask);
                    prop_assert_eq!(ours.opcode as u8, u8::from(theirs.opcode));
                }
                (Ok(None), Ok(None)) | (Err(_), Err(_)) => {}
                (Err(_), Ok(Some((theirs, length)))) => {
                    prop_assert!(breaks_a_rule(&bytes, &theirs, length, deflate));
                }
                // Our parser reports a violation before the header is complete.
                (Err(_), Ok(None)) => {}
                (ours, theirs) => prop_assert!(false, "{ours:?} against {theirs:?}"),
            }
        }

        #[test]
        fn a_prefix_of_a_good_header_is_never_an_error(
            bytes in proptest::collection::vec(any::<u8>(), 2..20),
            deflate: bool,
        ) {
            if let Ok(Some(header)) = parse(&bytes, deflate) {
                for end in 0..header.size {
                    prop_assert_eq!(parse(&bytes[..end], deflate), Ok(None));
                }
            }
        }
    }
}
