//! Bodies with a required `Content-Type`: what [`Json`](super::Json) and [`Form`](super::Form) have in common.

use super::{BodyError, IntoResponse as _, Request, Response, content_length, read_body};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};

/// The media types that an extractor accepts.
pub(super) struct MediaType {
    /// The type that the error message names.
    pub(super) name: &'static str,
    /// Whether a media type, without its parameters, is accepted.
    pub(super) accepts: fn(&str) -> bool,
}

/// The reason why a body was refused before anything was deserialized from it.
#[derive(Debug, thiserror::Error)]
pub(super) enum TypedBodyError {
    #[error("expected a body with `Content-Type: {0}`")]
    ContentType(&'static str),
    #[error(transparent)]
    Body(BodyError),
}

impl TypedBodyError {
    pub(super) fn into_response(self) -> Response {
        match self {
            Self::Body(error) => error.into_response(),
            Self::ContentType(_) => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, self.to_string()).into_response()
            }
        }
    }
}

impl MediaType {
    /// Reads the whole body.
    pub(super) async fn collect(&self, request: &mut Request) -> Result<Bytes, TypedBodyError> {
        self.check(request.head().headers())?;
        let bytes = read_body::collect(request).await;
        bytes.map_err(TypedBodyError::Body)
    }

    /// Reads the whole body, or returns `None` if there is none. The type of an empty body does not matter.
    pub(super) async fn collect_optional(
        &self,
        request: &mut Request,
    ) -> Result<Option<Bytes>, TypedBodyError> {
        let headers = request.head().headers();
        let checked = self.check(headers);
        if checked.is_err() && content_length(headers).is_some_and(|length| length > 0) {
            // Refused without reading any of the body.
            return checked.map(|()| None);
        }
        let bytes = read_body::collect(request).await;
        let bytes = bytes.map_err(TypedBodyError::Body)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        checked.map(|()| Some(bytes))
    }

    fn check(&self, headers: &HeaderMap) -> Result<(), TypedBodyError> {
        let value = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let essence = value.and_then(|value| value.split(';').next());
        if essence.is_some_and(|essence| (self.accepts)(essence.trim())) {
            Ok(())
        } else {
            Err(TypedBodyError::ContentType(self.name))
        }
    }
}
