//! HTTP: requests, the handler arguments that are read from them, and responses.
//!
//! | file | is about |
//! |---|---|
//! | `request`, `head`, `host` | the request that is being handled |
//! | `extract` | the types that can be handler arguments |
//! | `parameter` | path parameters |
//! | `body` | bodies of requests and responses |
//! | `query`, `form`, `pairs`, `json` | data that is read with serde |
//! | `read_body`, `typed_body` | request bodies as handler arguments |
//! | `response`, `redirect`, `rejection` | the types that a handler can return, and refusing requests |

mod body;
mod extract;
mod form;
mod head;
pub(crate) mod host;
mod json;
mod pairs;
pub(crate) mod parameter;
mod query;
mod read_body;
mod redirect;
mod rejection;
mod request;
mod response;
mod typed_body;

pub use body::Body;
pub(crate) use body::{BodyBroken, BodyTimeout, BodyTruncated, Told};
pub(crate) use extract::UNKNOWN_ADDRESS;
pub use extract::{FromHead, FromRequest, RemoteAddr};
pub use form::{Form, FormError};
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
