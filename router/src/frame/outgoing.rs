//! Messages to send, in every form that users can pass.

use super::{Encoded, Opcode};
use bytes::Bytes;
use std::borrow::Cow;

/// A message to send or publish: text or bytes, borrowed or owned.
///
/// Created with `into()` from the types that [`IntoMessage`] lists, or with `into_message()` from any type
/// that implements [`IntoMessage`].
#[derive(Debug)]
pub struct Outgoing<'m> {
    opcode: Opcode,
    compress: bool,
    body: Body<'m>,
}

#[derive(Debug)]
enum Body<'m> {
    Borrowed(&'m [u8]),
    Vec(Vec<u8>),
    Bytes(Bytes),
    /// A value that could not be serialized. The conversion cannot fail, so sending reports the error.
    Unserializable,
}

/// Types that can be sent or published as a message.
///
/// Text messages: `&str`, `String`, `Cow<str>` and [`Json<T>`](crate::Json). Binary messages: `&[u8]`,
/// `[u8; N]`, `Vec<u8>` and [`Bytes`]. Text or binary: [`Message`](crate::Message), as it was received,
/// and [`Outgoing`]. Large owned messages are queued without a copy.
///
/// # Examples
///
/// ```
/// use router::{IntoMessage, prelude::*};
///
/// struct Score(u8, u8);
///
/// impl<'m> IntoMessage<'m> for Score {
///     fn into_message(self) -> Outgoing<'m> {
///         format!("{}:{}", self.0, self.1).into()
///     }
/// }
///
/// fn goal(hub: &Hub) {
///     hub.publish("match/7", Score(1, 0));
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent as a message",
    label = "not a message",
    note = "wrap it in `Json` to send it as JSON: `Json(\u{2026})`",
    note = "a message is `&str`, `String`, `Cow<str>`, `&[u8]`, `[u8; N]`, `Vec<u8>`, `Bytes`, `Message<'_>`, `Json<T>`, or a type that implements `router::IntoMessage`"
)]
pub trait IntoMessage<'m> {
    /// Converts `self` into a message.
    fn into_message(self) -> Outgoing<'m>;
}

#[diagnostic::do_not_recommend]
impl<'m> IntoMessage<'m> for Outgoing<'m> {
    fn into_message(self) -> Self {
        self
    }
}

/// Marks a message for compression, for `send` as well as `publish`. It replaces the third argument of
/// bun-router's `publish`.
///
/// The message is compressed for clients that negotiated permessage-deflate (RFC 7692), if it has at
/// least `compress_threshold` bytes and compression makes it smaller. Otherwise it is sent uncompressed.
/// The number of bytes that `send` reports as sent is that of the uncompressed message.
///
/// # Examples
///
/// ```
/// use router::prelude::*;
///
/// fn announce(hub: &Hub, news: &str) {
///     hub.publish("news", compressed(news));
/// }
/// ```
pub fn compressed<'m>(message: impl IntoMessage<'m>) -> Outgoing<'m> {
    Outgoing {
        compress: true,
        ..message.into_message()
    }
}

impl<'m> Outgoing<'m> {
    pub(crate) fn is_unserializable(&self) -> bool {
        matches!(self.body, Body::Unserializable)
    }

    pub(crate) fn unserializable() -> Self {
        Self {
            opcode: Opcode::Text,
            compress: false,
            body: Body::Unserializable,
        }
    }

    pub(crate) fn text_bytes(json: Vec<u8>) -> Self {
        Self {
            opcode: Opcode::Text,
            compress: false,
            body: Body::Vec(json),
        }
    }

    /// Whether the message is marked for compression.
    pub(crate) fn wants_compression(&self) -> bool {
        self.compress
    }

    /// Whether the message can be kept without a copy.
    pub(crate) fn is_owned(&self) -> bool {
        matches!(self.body, Body::Vec(_) | Body::Bytes(_))
    }

    pub(crate) fn opcode(&self) -> Opcode {
        self.opcode
    }

    pub(crate) fn payload(&self) -> &[u8] {
        match &self.body {
            Body::Borrowed(bytes) => bytes,
            Body::Vec(bytes) => bytes,
            Body::Bytes(bytes) => bytes,
            Body::Unserializable => &[],
        }
    }

    /// Returns an owned version of the message. From then on, `self` shares its bytes.
    pub(crate) fn share(&mut self) -> Outgoing<'static> {
        let body = std::mem::replace(&mut self.body, Body::Unserializable);
        let message = Outgoing { body, ..*self };
        let bytes = message.into_bytes();
        self.body = Body::Bytes(bytes.clone());
        Outgoing {
            body: Body::Bytes(bytes),
            opcode: self.opcode,
            compress: self.compress,
        }
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        match self.body {
            Body::Borrowed(bytes) => Bytes::copy_from_slice(bytes),
            Body::Vec(bytes) => kept(bytes),
            Body::Bytes(bytes) => bytes,
            Body::Unserializable => Bytes::new(),
        }
    }

    pub(crate) fn encode(self) -> Encoded {
        match self.body {
            Body::Bytes(bytes) => Encoded::shared(self.opcode, bytes),
            Body::Vec(bytes) => Encoded::shared(self.opcode, kept(bytes)),
            Body::Borrowed(bytes) => Encoded::copied(self.opcode, bytes),
            Body::Unserializable => Encoded::copied(self.opcode, &[]),
        }
    }
}

macro_rules! from {
    ($([$($generics:tt)*] $type:ty => $opcode:ident, |$value:ident| $body:expr;)*) => {$(
        impl<'m, $($generics)*> From<$type> for Outgoing<'m> {
            fn from($value: $type) -> Self {
                Self { opcode: Opcode::$opcode, compress: false, body: $body }
            }
        }

        #[diagnostic::do_not_recommend]
        impl<'m, $($generics)*> IntoMessage<'m> for $type {
            fn into_message(self) -> Outgoing<'m> {
                self.into()
            }
        }
    )*};
}

from! {
    [] &'m str => Text, |text| Body::Borrowed(text.as_bytes());
    [] &'m String => Text, |text| Body::Borrowed(text.as_bytes());
    [] String => Text, |text| Body::Vec(text.into_bytes());
    [] &'m [u8] => Binary, |bytes| Body::Borrowed(bytes);
    [] &'m Vec<u8> => Binary, |bytes| Body::Borrowed(bytes);
    [const N: usize] &'m [u8; N] => Binary, |bytes| Body::Borrowed(bytes);
    [const N: usize] [u8; N] => Binary, |bytes| Body::Vec(bytes.to_vec());
    [] Vec<u8> => Binary, |bytes| Body::Vec(bytes);
    [] Bytes => Binary, |bytes| Body::Bytes(bytes);
}

impl<'m> From<Cow<'m, str>> for Outgoing<'m> {
    fn from(text: Cow<'m, str>) -> Self {
        match text {
            Cow::Borrowed(text) => text.into(),
            Cow::Owned(text) => text.into(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<'m> IntoMessage<'m> for Cow<'m, str> {
    fn into_message(self) -> Outgoing<'m> {
        self.into()
    }
}

/// Converts bytes that may be queued for a client. Large spare capacity is freed, so that only the bytes
/// themselves take memory: the output buffer of a compressor can be as large as the uncompressed
/// message.
pub(crate) fn kept(mut bytes: Vec<u8>) -> Bytes {
    let spare = bytes.capacity() - bytes.len();
    if spare > bytes.len() / 4 {
        bytes.shrink_to_fit();
    }
    bytes.into()
}
