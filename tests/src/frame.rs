//! Hand-built client frames, legal or not, and a strict parser for server frames.

/// The opcodes of RFC 6455 §5.2.
pub mod opcode {
    /// Continues a fragmented message.
    pub const CONTINUATION: u8 = 0x0;
    /// Begins a text message.
    pub const TEXT: u8 = 0x1;
    /// Begins a binary message.
    pub const BINARY: u8 = 0x2;
    /// Closes the connection.
    pub const CLOSE: u8 = 0x8;
    /// Asks for a Pong.
    pub const PING: u8 = 0x9;
    /// Answers a Ping.
    pub const PONG: u8 = 0xA;
}

/// The three encodings of a payload length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LengthForm {
    /// In the second byte of the frame.
    Seven,
    /// In two additional bytes.
    Sixteen,
    /// In eight additional bytes.
    SixtyFour,
}

impl LengthForm {
    fn shortest(length: u64) -> Self {
        match length {
            0..=125 => Self::Seven,
            126..=65_535 => Self::Sixteen,
            _ => Self::SixtyFour,
        }
    }
}

/// A frame to send. The constructors create legal frames; the other methods can make a frame illegal.
#[derive(Debug, Clone)]
#[must_use]
pub struct Frame {
    fin: bool,
    rsv: u8,
    opcode: u8,
    mask: Option<[u8; 4]>,
    payload: Vec<u8>,
    form: Option<LengthForm>,
    declared: Option<u64>,
}

impl Frame {
    /// A complete, masked frame with any opcode.
    pub fn new(opcode: u8, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            fin: true,
            rsv: 0,
            opcode,
            mask: Some([0x37, 0xFA, 0x21, 0x3D]),
            payload: payload.into(),
            form: None,
            declared: None,
        }
    }

    /// A text message. The payload may be bytes, so that invalid UTF-8 can be sent.
    pub fn text(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(opcode::TEXT, payload)
    }

    /// A binary message.
    pub fn binary(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(opcode::BINARY, payload)
    }

    /// The next fragment of a message.
    pub fn continuation(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(opcode::CONTINUATION, payload)
    }

    /// A Ping.
    pub fn ping(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(opcode::PING, payload)
    }

    /// A Pong.
    pub fn pong(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(opcode::PONG, payload)
    }

    /// A Close with a code and a reason.
    pub fn close(code: u16, reason: impl AsRef<[u8]>) -> Self {
        Self::new(
            opcode::CLOSE,
            [&code.to_be_bytes(), reason.as_ref()].concat(),
        )
    }

    /// Clears the FIN bit: more fragments follow.
    pub fn unfinished(mut self) -> Self {
        self.fin = false;
        self
    }

    /// Sets the three reserved bits: RSV1 is `0b100`.
    pub fn rsv(mut self, bits: u8) -> Self {
        self.rsv = bits;
        self
    }

    /// Masks with this key.
    pub fn mask(mut self, key: [u8; 4]) -> Self {
        self.mask = Some(key);
        self
    }

    /// Removes the mask.
    pub fn unmasked(mut self) -> Self {
        self.mask = None;
        self
    }

    /// Encodes the length in this form, even if it is not the shortest.
    pub fn form(mut self, form: LengthForm) -> Self {
        self.form = Some(form);
        self
    }

    /// Declares a length that differs from the payload's.
    pub fn declare(mut self, length: u64) -> Self {
        self.declared = Some(length);
        self
    }

    /// Returns the bytes to send.
    pub fn encode(&self) -> Vec<u8> {
        let length = self.declared.unwrap_or(self.payload.len() as u64);
        let masked = if self.mask.is_some() { 0x80 } else { 0 };
        let mut bytes = vec![(u8::from(self.fin) << 7) | (self.rsv << 4) | self.opcode];
        match self.form.unwrap_or(LengthForm::shortest(length)) {
            LengthForm::Seven => {
                bytes.push(masked | u8::try_from(length).expect("fits the form it is given"));
            }
            LengthForm::Sixteen => {
                let length = u16::try_from(length).expect("fits the form it is given");
                bytes.push(masked | 126);
                bytes.extend(length.to_be_bytes());
            }
            LengthForm::SixtyFour => {
                bytes.push(masked | 127);
                bytes.extend(length.to_be_bytes());
            }
        }
        let key = self.mask.unwrap_or_default();
        bytes.extend(self.mask.iter().flatten());
        bytes.extend(
            self.payload
                .iter()
                .zip(key.iter().cycle())
                .map(|(byte, key)| byte ^ key),
        );
        bytes
    }
}

/// A frame from the server. Its parser has asserted that it is unmasked and that its length is encoded in the
/// shortest form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFrame {
    /// Whether this is the last frame of its message.
    pub fin: bool,
    /// The three reserved bits.
    pub rsv: u8,
    /// The opcode; see [`opcode`].
    pub opcode: u8,
    /// The payload.
    pub payload: Vec<u8>,
}

impl ServerFrame {
    /// Parses the frame at the start of `bytes`. Returns the frame and its encoded length, or `None` if it is
    /// incomplete.
    pub(crate) fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let (&first, &second) = (bytes.first()?, bytes.get(1)?);
        assert_eq!(second & 0x80, 0, "RFC 6455 §5.1: a server must not mask");
        let (head, length) = match second {
            126 => {
                let length = u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?));
                assert!(
                    length > 125,
                    "RFC 6455 §5.2: {length} is written in 16 bits"
                );
                (4, length)
            }
            127 => {
                let length = u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?);
                assert!(
                    length > 65_535,
                    "RFC 6455 §5.2: {length} is written in 64 bits"
                );
                (10, length)
            }
            length => (2, u64::from(length)),
        };
        let end = head + usize::try_from(length).expect("servers send no frame of this size");
        let payload = bytes.get(head..end)?.to_vec();
        let frame = Self {
            fin: first & 0x80 != 0,
            rsv: (first >> 4) & 7,
            opcode: first & 0xF,
            payload,
        };
        if frame.opcode >= opcode::CLOSE {
            assert!(frame.fin && length <= 125, "RFC 6455 §5.5: {frame:?}");
        }
        Some((frame, end))
    }

    /// Returns the code and reason of a Close. The code is 1005 if the frame has none.
    pub fn close_parts(&self) -> (u16, String) {
        assert_eq!(self.opcode, opcode::CLOSE, "expected a Close, got {self:?}");
        match self.payload.split_at_checked(2) {
            Some((code, reason)) => {
                let code = u16::from_be_bytes(code.try_into().expect("two bytes"));
                let reason = String::from_utf8(reason.to_vec());
                (
                    code,
                    reason.expect("RFC 6455 §5.5.1: the reason of a Close is UTF-8"),
                )
            }
            None => {
                assert!(
                    self.payload.is_empty(),
                    "RFC 6455 §5.5.1: half a code: {self:?}"
                );
                (1005, String::new())
            }
        }
    }
}
