//! Messages, as handlers receive them.

use crate::{
    frame::{IntoMessage, Outgoing},
    log,
    user_error::BoxError,
    web::{Json, Serializable},
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// A received message, borrowed from the read buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message<'m> {
    /// Valid UTF-8 (RFC 6455 §5.6).
    Text(&'m str),
    /// Any bytes.
    Binary(&'m [u8]),
}

impl<'m> Message<'m> {
    /// The bytes of the message, text or binary.
    pub fn as_bytes(self) -> &'m [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

/// Converts a received message into an outgoing message of the same kind.
impl<'m> From<Message<'m>> for Outgoing<'m> {
    fn from(message: Message<'m>) -> Self {
        match message {
            Message::Text(text) => text.into(),
            Message::Binary(bytes) => bytes.into(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<'m> IntoMessage<'m> for Message<'m> {
    fn into_message(self) -> Outgoing<'m> {
        self.into()
    }
}

/// Types that a handler of `text`, `binary` or `message` can take as the message.
///
/// `&str`, `&[u8]` and [`Message`] borrow from the read buffer, and so can the value in
/// [`Json<T>`](crate::Json). `String`, `Vec<u8>` and [`Bytes`] are owned. If decoding fails, the error is
/// passed to `#[on(error)]`, and the socket stays open.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be decoded from a message",
    label = "not a message type",
    note = "a handler takes `&str`, `&[u8]`, `Message<'_>`, `String`, `Vec<u8>`, `Bytes`, `Json<T>`, or a type that implements `router::FromMessage`"
)]
pub trait FromMessage<'m>: Sized {
    /// Decodes a message.
    ///
    /// # Errors
    ///
    /// Fails if the type does not accept messages of this kind (text or binary), or if the message does not
    /// contain a value of the type.
    fn from_message(message: Message<'m>) -> Result<Self, BoxError>;
}

#[diagnostic::do_not_recommend]
impl<'m> FromMessage<'m> for Message<'m> {
    fn from_message(message: Message<'m>) -> Result<Self, BoxError> {
        Ok(message)
    }
}

#[diagnostic::do_not_recommend]
impl<'m> FromMessage<'m> for &'m str {
    fn from_message(message: Message<'m>) -> Result<Self, BoxError> {
        match message {
            Message::Text(text) => Ok(text),
            Message::Binary(_) => Err("expected text, got a binary message".into()),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<'m> FromMessage<'m> for String {
    fn from_message(message: Message<'m>) -> Result<Self, BoxError> {
        <&str>::from_message(message).map(str::to_owned)
    }
}

#[diagnostic::do_not_recommend]
impl<'m> FromMessage<'m> for &'m [u8] {
    fn from_message(message: Message<'m>) -> Result<Self, BoxError> {
        Ok(message.as_bytes())
    }
}

#[diagnostic::do_not_recommend]
impl<'m> FromMessage<'m> for Vec<u8> {
    fn from_message(message: Message<'m>) -> Result<Self, BoxError> {
        Ok(message.as_bytes().to_vec())
    }
}

#[diagnostic::do_not_recommend]
impl<'m> FromMessage<'m> for Bytes {
    fn from_message(message: Message<'m>) -> Result<Self, BoxError> {
        Ok(Self::copy_from_slice(message.as_bytes()))
    }
}

/// Types that can be deserialized from a message, and may borrow from it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a message",
    label = "`{Self}` does not implement `serde::Deserialize`",
    note = "derive `serde::Deserialize` for the type, or for the elements if it is a collection"
)]
pub trait DeserializableFrom<'m>: Deserialize<'m> {}

#[diagnostic::do_not_recommend]
impl<'m, T: Deserialize<'m>> DeserializableFrom<'m> for T {}

impl<'m, T: DeserializableFrom<'m>> FromMessage<'m> for Json<T> {
    fn from_message(message: Message<'m>) -> Result<Self, BoxError> {
        Ok(Self(serde_json::from_slice(message.as_bytes())?))
    }
}

/// Sends a value as JSON text.
impl<T: Serialize> From<Json<T>> for Outgoing<'_> {
    fn from(Json(value): Json<T>) -> Self {
        match serde_json::to_vec(&value) {
            Ok(json) => Self::text_bytes(json),
            Err(error) => {
                let name = std::any::type_name::<T>();
                log::limited!(
                    error,
                    error = log::plain(error),
                    r#type = name,
                    "a message could not be serialized"
                );
                Self::unserializable()
            }
        }
    }
}

impl<'m, T: Serializable> IntoMessage<'m> for Json<T> {
    fn into_message(self) -> Outgoing<'m> {
        self.into()
    }
}
