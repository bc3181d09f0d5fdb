//! Errors and panics of user code.

use std::error::Error;

/// Any error that can be sent to other threads and shared between them.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// The message of a panic.
pub(crate) fn panic_message(payload: &(dyn std::any::Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "(no message)".to_owned()
    }
}
