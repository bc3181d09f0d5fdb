//! JSON in requests and responses.

use super::{
    BodyError, FromRequest, IntoResponse, Rejection, Request, Response, content_length, read_body,
    response::internal_error,
};
use crate::log;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_TYPE};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::error::Category;
use std::sync::Arc;

/// A value as JSON: a request's body, a response, or a socket's message.
///
/// As a route argument, it requires `Content-Type: application/json` or `application/…+json` (415
/// otherwise), well-formed JSON (400 otherwise), and data that can be deserialized into `T` (422
/// otherwise).
///
/// # Examples
///
/// ```
/// use router::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize, Serialize)]
/// struct Note { text: String }
///
/// struct Notes;
///
/// #[websocket(path = "/notes")]
/// impl Notes {
///     #[route(post, "/notes")]
///     fn create(&self, hub: &Hub, Json(note): Json<Note>) -> (StatusCode, Json<Note>) {
///         hub.publish("notes", Json(&note));
///         (StatusCode::CREATED, Json(note))
///     }
///
///     #[on(open)]
///     fn open(&self, ws: &mut Socket<()>) {
///         ws.subscribe("notes");
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

/// An error from reading JSON from a request.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct JsonError(JsonErrorKind);

#[derive(Debug, thiserror::Error)]
enum JsonErrorKind {
    #[error("expected a body with `Content-Type: application/json`")]
    ContentType,
    #[error("invalid JSON: {0}")]
    Json(#[source] serde_json::Error),
    #[error(transparent)]
    Body(BodyError),
}

#[diagnostic::do_not_recommend]
impl IntoResponse for JsonError {
    fn into_response(self) -> Response {
        let status = match self.0 {
            JsonErrorKind::Body(error) => return error.into_response(),
            JsonErrorKind::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            JsonErrorKind::Json(ref error) if error.classify() == Category::Data => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            JsonErrorKind::Json(_) => StatusCode::BAD_REQUEST,
        };
        (status, self.to_string()).into_response()
    }
}

/// A value that can be read from a request.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a request",
    label = "`{Self}` does not implement `serde::Deserialize`",
    note = "derive `serde::Deserialize` for the type, or for the elements if it is a collection"
)]
pub trait Deserializable: DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> Deserializable for T {}

/// A value that can be written as JSON.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be written as JSON",
    label = "`{Self}` does not implement `serde::Serialize`",
    note = "derive `serde::Serialize` for the type, or for the elements if it is a collection"
)]
pub trait Serializable: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize> Serializable for T {}

impl<M, T: Deserializable> FromRequest<M> for Json<T> {
    type Rejection = JsonError;
    const TAKES_BODY: bool = true;

    fn from_request(
        _: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Self, JsonError>> + Send {
        Self::read(request)
    }

    /// Returns `None` if the request has no body.
    fn from_request_optional(
        _: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Option<Self>, Rejection>> + Send {
        Self::read_optional(request)
    }
}

impl<T: DeserializeOwned> Json<T> {
    /// Does not depend on the module's type, so all modules share this function.
    async fn read(request: &mut Request) -> Result<Self, JsonError> {
        if !is_json(request.head().headers()) {
            return Err(JsonError(JsonErrorKind::ContentType));
        }
        let bytes = collect(request).await?;
        Self::parse(&bytes)
    }

    async fn read_optional(request: &mut Request) -> Result<Option<Self>, Rejection> {
        let is_json = is_json(request.head().headers());
        if !is_json && content_length(request.head().headers()).is_some_and(|length| length > 0) {
            // Refused without reading any of the body.
            return Err(JsonError(JsonErrorKind::ContentType).into());
        }
        let bytes = collect(request).await?;
        if bytes.is_empty() {
            return Ok(None);
        }
        if !is_json {
            return Err(JsonError(JsonErrorKind::ContentType).into());
        }
        Ok(Some(Self::parse(&bytes)?))
    }

    fn parse(bytes: &[u8]) -> Result<Self, JsonError> {
        match serde_json::from_slice(bytes) {
            Ok(value) => Ok(Self(value)),
            Err(error) => Err(JsonError(JsonErrorKind::Json(error))),
        }
    }
}

async fn collect(request: &mut Request) -> Result<Bytes, JsonError> {
    let bytes = read_body::collect(request).await;
    bytes.map_err(|error| JsonError(JsonErrorKind::Body(error)))
}

/// Whether the content type is `application/json` or `application/…+json`. Parameters are ignored.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    essence
        .strip_prefix("application/")
        .is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

impl<T: Serializable> IntoResponse for Json<T> {
    const HAS_STATUS: bool = false;

    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(json) => {
                let mut response = Response::new(json.into());
                let json = HeaderValue::from_static("application/json");
                response.headers_mut().insert(CONTENT_TYPE, json);
                response
            }
            Err(error) => {
                let name = std::any::type_name::<T>();
                log::limited!(
                    error,
                    error = log::plain(error),
                    r#type = name,
                    "a response could not be serialized"
                );
                internal_error()
            }
        }
    }
}
