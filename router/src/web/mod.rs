//! HTTP: requests and what handlers take of them, responses and what handlers make of them.
//!
//! | file | is about |
//! |---|---|
//! | `request`, `head`, `host` | the request in progress |
//! | `extract` | what a handler's arguments can be |
//! | `parameter` | the parameters of a path |
//! | `query`, `form`, `json` | what is read with serde |
//! | `body` | bodies of requests and responses |
//! | `read_body` | bodies of requests as arguments |
//! | `response`, `redirect`, `rejection` | what a handler can return, and what it is refused with |

mod body;
mod extract;
mod form;
mod head;
pub(crate) mod host;
mod json;
pub(crate) mod parameter;
mod query;
mod read_body;
mod redirect;
mod rejection;
mod request;
mod response;

pub use body::Body;
pub(crate) use body::{BodyBroken, BodyTimeout, BodyTruncated, Told};
pub use extract::{FromHead, FromRequest, RemoteAddr};
pub use head::RequestHead;
pub(crate) use head::{Path, Ranges, content_length};
pub(crate) use json::Serializable;
pub use json::{Json, JsonError};
pub use parameter::PathParameter;
pub use query::{Query, QueryError};
pub use read_body::BodyError;
pub use redirect::Redirect;
pub use rejection::Rejection;
pub use request::Request;
pub(crate) use request::{AppContext, RouteContext};
pub use response::{Html, IntoHeaders, IntoResponse, Response};
pub(crate) use response::{Logged, internal_error};
