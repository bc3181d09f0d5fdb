//! Assembling messages from frames.
//!
//! A message or control frame that is contained whole in the read buffer is returned as a range of that
//! buffer, unmasked in place. A message that is fragmented or split across reads is gathered in a
//! separate buffer, which exists only while the message is incomplete. An idle connection has no such
//! buffer.

use super::{
    Allowance, Gathered, Violation,
    deflate::{Inflater, Inflating},
    header::{Header, MAX_HEADER, Opcode, parse},
    mask::{advance, unmask},
    utf8::Progress,
};
use crate::memory::{self, Charge};
use std::ops::Range;
use tokio::time::Instant;

/// An upper bound of the number of bytes that can be left over from a read. The longest remainder is a
/// control frame without its last byte.
pub(crate) const MAX_SPILL: usize = MAX_HEADER + super::MAX_CONTROL_PAYLOAD;

/// The most empty fragments that a message may have. Empty fragments cost the sender little and carry no
/// data.
const MAX_EMPTY_FRAGMENTS: u32 = 16_384;

/// The limits that a connection's received messages are checked against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// `max_payload_length`.
    pub(crate) limit: usize,
    pub(crate) inflation: Inflation,
    /// `max_inflation_ratio`; 0 means no limit.
    pub(crate) inflation_ratio: usize,
    /// The current time, in ticks of the sweep (`Endpoint::sweep`).
    pub(crate) now: u32,
}

/// The number of bytes that are inflated before the session yields to other tasks: a tenth of a
/// millisecond of work.
pub(crate) const TURN: usize = 256 * 1024;

/// The inflated size, in bytes, up to which `max_inflation_ratio` does not apply, because short
/// repetitive texts compress well.
const SMALL: usize = 16 * 1024;

impl Rules {
    /// The most bytes that a compressed message may have before it is inflated. This is more than
    /// `limit`, because compression makes incompressible data larger: by 5 bytes per block of some
    /// thousand bytes, and by the bytes that end the message.
    fn compressed_limit(self) -> usize {
        self.limit
            .saturating_add(self.limit / 1024)
            .saturating_add(64)
    }

    /// The most bytes that a message of `compressed` bytes may inflate to, and the violation if there
    /// are more.
    fn inflated_limit(self, compressed: usize) -> (usize, Violation) {
        let most = self.inflation_ratio.saturating_mul(compressed).max(SMALL);
        if self.inflation_ratio > 0 && most < self.limit {
            (most, Violation::INFLATED_TOO_MUCH)
        } else {
            (self.limit, Violation::TOO_BIG)
        }
    }
}

/// How compressed messages are read (RFC 7692 §7.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inflation {
    /// permessage-deflate was not negotiated.
    Refused,
    /// Each message is inflated on its own.
    Fresh,
    /// A message may refer to the messages before it (context takeover).
    Takeover,
}

/// A message or control frame that [`Inbound::next`] found at the front of its input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// Text from [`Inbound::next`] has been validated as UTF-8 only if it was gathered.
    Message {
        text: bool,
        payload: Payload,
    },
    /// A compressed message, to be passed to [`Inbound::inflate`].
    Compressed {
        text: bool,
        payload: Payload,
    },
    Ping(Range<usize>),
    Pong(Range<usize>),
    Close(Range<usize>),
}

/// The result of [`Inbound::next_control`] for the front of its input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Control {
    /// A control frame with its payload at this range. The frame ends where the range ends.
    Frame(Opcode, Range<usize>),
    Incomplete,
    /// Anything else, to be read with [`Inbound::next`].
    Stop,
}

/// Where a message's bytes are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    /// In the input, at this range.
    InPlace(Range<usize>),
    Gathered(Gathered),
}

/// The reading state of a connection between two reads.
#[derive(Debug, Default)]
pub(crate) struct Inbound {
    kept: Option<Box<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    message: Option<PartialMessage>,
    /// An incomplete header or control frame. The next read continues after these bytes.
    spill: Vec<u8>,
    /// The inflater with the history that later messages may refer to. It is kept from the first
    /// compressed message on.
    inflater: Option<(Inflater, Charge)>,
    /// The client's remaining allowance, kept as long as the connection is open.
    allowance: Option<Allowance>,
}

/// The open message: a data message that is still arriving.
#[derive(Debug)]
struct PartialMessage {
    text: bool,
    /// If set, `payload` contains the compressed bytes, and text is validated after it has been
    /// inflated.
    compressed: bool,
    progress: Progress,
    payload: Gathered,
    empty_fragments: u32,
    /// The number of payload bytes of the current frame that have not been received yet.
    missing: u64,
    /// The mask of the current frame, rotated to begin at its next payload byte.
    mask: [u8; 4],
    /// Whether the current frame is the last frame of the message.
    fin: bool,
    /// The tick at which the message began.
    since: u32,
}

impl Inbound {
    /// The number of bytes left over from the last read.
    pub(crate) fn spilled(&self) -> usize {
        self.kept.as_ref().map_or(0, |kept| kept.spill.len())
    }

    /// The memory of the open message and the inflater, in bytes.
    pub(crate) fn held(&self) -> usize {
        let Some(kept) = &self.kept else { return 0 };
        let inflater = kept.inflater.as_ref().map_or(0, |_| Inflater::MEMORY);
        let message = kept.message.as_ref();
        inflater + message.map_or(0, |message| message.payload.capacity())
    }

    /// Discards all state, because nothing more is read.
    pub(crate) fn clear(&mut self) {
        self.kept = None;
    }

    /// Moves the bytes left over from the last read to the front of `buffer`.
    pub(crate) fn restore(&mut self, buffer: &mut [u8]) {
        let spill = self.take_spill();
        buffer[..spill.len()].copy_from_slice(&spill);
    }

    /// Creates a reader for a stream from which `early` was already read, and for a client with this
    /// allowance.
    pub(crate) fn starting_with(early: Vec<u8>, allowance: Option<Allowance>) -> Self {
        let kept = Kept {
            spill: early,
            allowance,
            ..Kept::default()
        };
        Self {
            kept: (!kept.is_empty()).then(|| Box::new(kept)),
        }
    }

    /// Counts messages and bytes that the client has sent against its allowance.
    pub(crate) fn spend(&mut self, messages: u32, bytes: usize) {
        let allowance = self.kept.as_mut().and_then(|kept| kept.allowance.as_mut());
        if let Some(allowance) = allowance {
            allowance.spend(messages, bytes);
        }
    }

    /// The time at which the client may send again; `None` if it may send now.
    pub(crate) fn exhausted_until(&self) -> Option<Instant> {
        self.kept.as_ref()?.allowance.as_ref()?.exhausted_until()
    }

    /// The tick at which the open message began.
    pub(crate) fn message_since(&self) -> Option<u32> {
        self.message().map(|message| message.since)
    }

    /// Gives the open message this number of ticks more, because the server has not been reading.
    pub(crate) fn postpone_message(&mut self, ticks: u32) {
        let message = self.kept.as_mut().and_then(|kept| kept.message.as_mut());
        if let Some(message) = message {
            message.since = message.since.wrapping_add(ticks);
        }
    }

    /// Takes out the bytes left over from the last read.
    pub(crate) fn take_spill(&mut self) -> Vec<u8> {
        let spill = self
            .kept
            .as_mut()
            .map(|kept| std::mem::take(&mut kept.spill));
        self.release();
        spill.unwrap_or_default()
    }

    /// Keeps the bytes that [`next`](Self::next) could not use yet.
    pub(crate) fn keep(&mut self, rest: &[u8]) {
        debug_assert!(rest.len() <= MAX_SPILL);
        if !rest.is_empty() {
            self.kept.get_or_insert_default().spill = rest.to_vec();
        }
    }

    /// Takes the next message or control frame from the front of `input`, unmasking it in place.
    ///
    /// Returns the number of bytes used, and `None` if more bytes are needed. In that case at most
    /// [`MAX_SPILL`] bytes of the input are left over. Control frames may come between the fragments of
    /// a message (RFC 6455 §5.4).
    pub(crate) fn next(
        &mut self,
        input: &mut [u8],
        rules: Rules,
    ) -> Result<(usize, Option<Incoming>), Violation> {
        let mut at = 0;
        loop {
            if let Some(message) = self.open_frame() {
                at += message.gather(&mut input[at..])?;
                if message.missing > 0 {
                    return Ok((at, None));
                }
                if message.fin {
                    return Ok((at, Some(self.finish()?)));
                }
            }
            let deflate = rules.inflation != Inflation::Refused;
            let Some(header) = parse(&input[at..], deflate)? else {
                return Ok((at, None));
            };
            self.check_sequence(&header)?;
            if !header.opcode.is_control() {
                self.check_length(&header, rules)?;
            }

            let start = at + header.size;
            let whole = usize::try_from(header.length)
                .ok()
                .and_then(|length| start.checked_add(length))
                .filter(|&end| end <= input.len())
                .map(|end| start..end);
            match whole {
                Some(range) if header.opcode.is_control() || self.stands_alone(&header) => {
                    let payload = &mut input[range.clone()];
                    unmask(payload, header.mask);
                    let incoming = if header.compressed {
                        Incoming::Compressed {
                            text: header.opcode == Opcode::Text,
                            payload: Payload::InPlace(range.clone()),
                        }
                    } else {
                        incoming(header.opcode, range.clone())
                    };
                    return Ok((range.end, Some(incoming)));
                }
                None if header.opcode.is_control() => return Ok((at, None)),
                _ => {
                    self.begin_frame(&header, rules.now)?;
                    at = start;
                    // An empty last frame is complete already.
                    if header.length == 0 && header.fin {
                        return Ok((at, Some(self.finish()?)));
                    }
                }
            }
        }
    }

    /// Looks for a control frame at the front of `input`, unmasking it in place.
    pub(crate) fn next_control(&self, input: &mut [u8]) -> Control {
        if self.message().is_some_and(|message| message.missing > 0) {
            return Control::Stop;
        }
        // RSV1 may be set only in data frames, and those return `Stop` anyway.
        match parse(input, false) {
            Ok(None) => Control::Incomplete,
            Ok(Some(header)) if header.opcode.is_control() => {
                let range = header.size..header.size + header.length as usize;
                let Some(payload) = input.get_mut(range.clone()) else {
                    return Control::Incomplete;
                };
                unmask(payload, header.mask);
                Control::Frame(header.opcode, range)
            }
            Ok(Some(_)) | Err(_) => Control::Stop,
        }
    }

    /// Whether a frame is a whole message, with no fragment before or after it.
    fn stands_alone(&self, header: &Header) -> bool {
        header.fin && self.message().is_none()
    }

    fn message(&self) -> Option<&PartialMessage> {
        self.kept.as_ref()?.message.as_ref()
    }

    /// The open message, if the payload of its current frame is not complete.
    fn open_frame(&mut self) -> Option<&mut PartialMessage> {
        self.kept
            .as_mut()?
            .message
            .as_mut()
            .filter(|message| message.missing > 0)
    }

    /// Checks that a continuation belongs to an open message, and that a new message starts only if none
    /// is open (RFC 6455 §5.4).
    fn check_sequence(&self, header: &Header) -> Result<(), Violation> {
        match (header.opcode, self.message().is_some()) {
            (Opcode::Continuation, false) => Err(Violation::protocol(
                "continuation without a message to continue",
            )),
            (Opcode::Text | Opcode::Binary, true) => {
                Err(Violation::protocol("new message inside a fragmented one"))
            }
            _ => Ok(()),
        }
    }

    /// Checks `max_payload_length` from the header alone, so that nothing is stored of a frame that will
    /// be refused.
    fn check_length(&self, header: &Header, rules: Rules) -> Result<(), Violation> {
        let (gathered, compressed) = match self.message() {
            Some(message) => (message.payload.len(), message.compressed),
            None => (0, header.compressed),
        };
        let limit = if compressed {
            rules.compressed_limit()
        } else {
            rules.limit
        };
        if header.length > (limit - gathered) as u64 {
            return Err(Violation::TOO_BIG);
        }
        Ok(())
    }

    fn begin_frame(&mut self, header: &Header, now: u32) -> Result<(), Violation> {
        let message = self
            .kept
            .get_or_insert_default()
            .message
            .get_or_insert_with(|| PartialMessage {
                text: header.opcode == Opcode::Text,
                compressed: header.compressed,
                progress: Progress::default(),
                payload: Gathered::default(),
                empty_fragments: 0,
                missing: 0,
                mask: header.mask,
                fin: false,
                since: now,
            });
        message.missing = header.length;
        message.mask = header.mask;
        message.fin = header.fin;
        if header.length == 0 {
            message.empty_fragments += 1;
            if message.empty_fragments > MAX_EMPTY_FRAGMENTS {
                return Err(Violation::EMPTY_FRAGMENTS);
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Incoming, Violation> {
        let message = self.kept.as_mut().and_then(|kept| kept.message.take());
        let message = message.expect("`finish` is only called while a message is open");
        let PartialMessage { text, payload, .. } = message;
        self.release();
        if message.compressed {
            return Ok(Incoming::Compressed {
                text,
                payload: Payload::Gathered(payload),
            });
        }
        if text {
            message.progress.finish(&payload)?;
        }
        Ok(Incoming::Message {
            text,
            payload: Payload::Gathered(payload),
        })
    }

    /// Inflates more of a compressed message, and returns the message when it is complete.
    pub(crate) fn inflate(
        &mut self,
        inflating: &mut Inflating,
        payload: &[u8],
        rules: Rules,
    ) -> Result<Option<Gathered>, Violation> {
        let (limit, too_big) = rules.inflated_limit(payload.len());
        let takeover = if rules.inflation == Inflation::Takeover {
            let kept = self.kept.get_or_insert_default();
            if kept.inflater.is_none() && memory::is_full() {
                return Err(Violation::OUT_OF_MEMORY);
            }
            let new = || (Inflater::new(), Charge::new(Inflater::MEMORY));
            Some(&mut kept.inflater.get_or_insert_with(new).0)
        } else {
            None
        };
        inflating
            .inflate_some(takeover, payload, limit, TURN)
            .map_err(|violation| match violation {
                Violation::TOO_BIG => too_big,
                other => other,
            })
    }

    /// Frees the box if nothing has to be kept any more.
    fn release(&mut self) {
        if self.kept.as_ref().is_some_and(|kept| kept.is_empty()) {
            self.kept = None;
        }
    }
}

impl Kept {
    fn is_empty(&self) -> bool {
        self.message.is_none()
            && self.spill.is_empty()
            && self.inflater.is_none()
            && self.allowance.is_none()
    }
}

impl PartialMessage {
    /// Appends the received bytes of the current frame to the message, and returns the number of bytes.
    fn gather(&mut self, input: &mut [u8]) -> Result<usize, Violation> {
        let count = usize::try_from(self.missing).map_or(input.len(), |m| m.min(input.len()));
        let piece = &mut input[..count];
        unmask(piece, self.mask);
        self.grow(count)?;
        self.payload.append(piece);
        self.missing -= count as u64;
        self.mask = advance(self.mask, count);
        if self.text && !self.compressed {
            self.progress.check(&self.payload)?;
        }
        Ok(count)
    }

    /// Reserves space for `count` more bytes. The buffer about doubles, so that many fragments are not
    /// copied again and again. In the last fragment, the buffer grows at most to the end of the message.
    fn grow(&mut self, count: usize) -> Result<(), Violation> {
        let free = self.payload.capacity() - self.payload.len();
        if free < count {
            let mut more = self.payload.capacity().max(count);
            if self.fin {
                more = usize::try_from(self.missing).map_or(more, |missing| more.min(missing));
            }
            self.payload.reserve(more)?;
        }
        Ok(())
    }
}

fn incoming(opcode: Opcode, range: Range<usize>) -> Incoming {
    match opcode {
        Opcode::Ping => Incoming::Ping(range),
        Opcode::Pong => Incoming::Pong(range),
        Opcode::Close => Incoming::Close(range),
        Opcode::Text => Incoming::Message {
            text: true,
            payload: Payload::InPlace(range),
        },
        // A continuation cannot occur here: it was refused or is being gathered.
        Opcode::Binary | Opcode::Continuation => Incoming::Message {
            text: false,
            payload: Payload::InPlace(range),
        },
    }
}

#[cfg(test)]
#[path = "inbound_tests.rs"]
mod tests;
