//! HTTP: requests and what handlers take of them, responses and what handlers make of them.
//!
//! | file | is about |
//! |---|---|
//! | `request`, `head` | the request in progress |
//! | `extract` | what a handler's arguments can be |
//! | `parameter` | the parameters of a path |
//! | `query`, `json` | what is read with serde |
//! | `body` | bodies of requests and responses |
//! | `response`, `rejection` | what a handler can return, and what it is refused with |

mod body;
mod extract;
mod head;
mod json;
pub(crate) mod parameter;
mod query;
mod rejection;
mod request;
mod response;

pub use body::{Body, BodyError};
pub use extract::{FromHead, FromRequest, RemoteAddr};
pub(crate) use head::Ranges;
pub use head::RequestHead;
pub use json::{Json, JsonError};
pub use parameter::PathParameter;
pub use query::{Query, QueryError};
pub use rejection::Rejection;
pub use request::Request;
pub(crate) use request::{AppContext, RouteContext};
pub use response::{Html, IntoResponse, Response};
