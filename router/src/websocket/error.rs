//! The errors of handlers, as handlers return them and as `#[on(error)]` receives them.

use super::Event;
use crate::user_error::BoxError;
use std::{error::Error, fmt};

/// The error of a socket's handler, which `#[on(error)]` receives.
///
/// Its text is meant for people and may change. Programs can use [`is_handler`](Self::is_handler),
/// [`is_decode`](Self::is_decode) and [`is_panic`](Self::is_panic). [`source`](Error::source) is the
/// error that the handler returned, or the error of decoding.
///
/// # Examples
///
/// ```
/// use router::prelude::*;
///
/// struct Double;
///
/// #[websocket(path = "/double")]
/// impl Double {
///     #[on(text)]
///     fn text(&self, ws: &mut Socket<()>, Json(number): Json<u32>) -> Result<(), &'static str> {
///         let double = number.checked_mul(2).ok_or("the number is too large")?;
///         ws.send(Json(double));
///         Ok(())
///     }
///
///     #[on(error)]
///     fn error(&self, ws: &mut Socket<()>, error: SocketError) {
///         if error.is_decode() {
///             ws.send("send a number");
///         } else if error.is_handler() {
///             ws.send("send a smaller number");
///         } else {
///             tracing::error!("{error:?}"); // a panic, which is a bug in a handler
///         }
///     }
/// }
/// ```
pub struct SocketError {
    event: Event,
    kind: HandlerErrorKind,
}

#[derive(Debug, thiserror::Error)]
enum HandlerErrorKind {
    #[error("failed")]
    Handler(#[source] BoxError),
    #[error("was not called: the message could not be decoded")]
    Decode(#[source] BoxError),
    #[error("panicked: {0}")]
    Panic(String),
}

/// The error that a handler's function returns: a [`SocketError`] without the event, which the caller
/// adds.
///
/// The `?` operator converts any error into a `HandlerError`.
///
/// # Examples
///
/// ```
/// use router::HandlerResult;
///
/// fn parse(text: &str) -> HandlerResult {
///     let _number: u8 = text.parse()?;
///     Ok(())
/// }
///
/// assert!(parse("seven").is_err());
/// ```
#[derive(Debug)]
pub struct HandlerError(HandlerErrorKind);

impl HandlerError {
    /// Creates the error for a message that could not be decoded for its handler.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::{HandlerError, HandlerResult};
    ///
    /// fn text(text: &str) -> HandlerResult {
    ///     let _number = text.parse::<u32>().map_err(HandlerError::decode)?;
    ///     Ok(())
    /// }
    ///
    /// assert!(text("7").is_ok());
    /// assert!(text("seven").is_err());
    /// ```
    pub fn decode(error: impl Into<BoxError>) -> Self {
        Self(HandlerErrorKind::Decode(error.into()))
    }
}

/// Types that a handler can return as its error: any error that is `Send + Sync`, or a string.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of an event handler",
    label = "must be an error that is `Send + Sync`, such as `Box<dyn Error + Send + Sync>`",
    note = "write `Box<dyn Error + Send + Sync>` instead of `Box<dyn Error>`; for a type of your own, implement `std::error::Error`"
)]
pub trait IntoBoxError: Into<BoxError> {}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> IntoBoxError for E {}

/// Converts the error that a handler returned.
impl<E: IntoBoxError> From<E> for HandlerError {
    fn from(error: E) -> Self {
        Self(HandlerErrorKind::Handler(error.into()))
    }
}

impl SocketError {
    pub(crate) fn new(event: Event, HandlerError(kind): HandlerError) -> Self {
        Self { event, kind }
    }

    pub(crate) fn panic(event: Event, message: String) -> Self {
        Self {
            event,
            kind: HandlerErrorKind::Panic(message),
        }
    }

    /// The event whose handler failed.
    ///
    /// # Examples
    ///
    /// If the `open` handler fails, the client does not receive the news, so the connection is closed:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// struct News;
    ///
    /// #[websocket(path = "/news")]
    /// impl News {
    ///     #[on(open)]
    ///     fn open(&self, ws: &mut Socket<()>) -> std::io::Result<()> {
    ///         ws.send(std::fs::read_to_string("news.txt")?);
    ///         Ok(())
    ///     }
    ///
    ///     #[on(error)]
    ///     fn error(&self, ws: &mut Socket<()>, error: SocketError) {
    ///         if error.event() == Event::Open {
    ///             ws.close(CloseCode::Error, "try again later");
    ///         }
    ///     }
    /// }
    /// ```
    pub fn event(&self) -> Event {
        self.event
    }

    /// Whether a handler returned `Err`. The socket stays open.
    pub fn is_handler(&self) -> bool {
        matches!(self.kind, HandlerErrorKind::Handler(_))
    }

    /// Whether a message could not be decoded for its handler. The socket stays open.
    pub fn is_decode(&self) -> bool {
        matches!(self.kind, HandlerErrorKind::Decode(_))
    }

    /// Whether a handler panicked. The socket is closed with 1011 after `#[on(error)]`.
    pub fn is_panic(&self) -> bool {
        matches!(self.kind, HandlerErrorKind::Panic(_))
    }
}

impl fmt::Display for SocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the `{}` handler {}", self.event.name(), self.kind)?;
        // The text includes the cause, so that one log line is complete.
        match self.source() {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for SocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketError")
            .field("event", &self.event)
            .field("kind", &self.kind)
            .finish()
    }
}

impl Error for SocketError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            HandlerErrorKind::Handler(error) | HandlerErrorKind::Decode(error) => Some(&**error),
            HandlerErrorKind::Panic(_) => None,
        }
    }
}
