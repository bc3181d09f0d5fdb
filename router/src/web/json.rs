//! JSON in requests and responses.

use super::{
    FromRequest, IntoResponse, Rejection, Request, Response,
    response::internal_error,
    typed_body::{MediaType, TypedBodyError},
};
use crate::log;
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
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
    #[error("invalid JSON: {0}")]
    Json(#[source] serde_json::Error),
    #[error(transparent)]
    Body(TypedBodyError),
}

#[diagnostic::do_not_recommend]
impl IntoResponse for JsonError {
    fn into_response(self) -> Response {
        let status = match self.0 {
            JsonErrorKind::Body(error) => return error.into_response(),
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
        let bytes = JSON.collect(request).await.map_err(refused)?;
        Self::parse(&bytes)
    }

    async fn read_optional(request: &mut Request) -> Result<Option<Self>, Rejection> {
        let bytes = JSON.collect_optional(request).await.map_err(refused)?;
        Ok(bytes.map(|bytes| Self::parse(&bytes)).transpose()?)
    }

    fn parse(bytes: &[u8]) -> Result<Self, JsonError> {
        match serde_json::from_slice(bytes) {
            Ok(value) => Ok(Self(value)),
            Err(error) => Err(JsonError(JsonErrorKind::Json(error))),
        }
    }
}

fn refused(error: TypedBodyError) -> JsonError {
    JsonError(JsonErrorKind::Body(error))
}

const JSON: MediaType = MediaType {
    name: "application/json",
    accepts: is_json,
};

/// Whether the media type is `application/json` or `application/…+json`.
fn is_json(essence: &str) -> bool {
    let essence = essence.to_ascii_lowercase();
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
