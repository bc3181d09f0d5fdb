//! HTML forms.

use super::{
    FromRequest, IntoResponse, Rejection, Request, Response,
    json::Deserializable,
    pairs::{self, PairsError},
    typed_body::{MediaType, TypedBodyError},
};
use http::{Method, StatusCode};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// An extractor that deserializes the fields of an HTML form.
///
/// Browsers send the fields of a form with `method="get"` as the query, and those of a form with
/// `method="post"` as the body, with `Content-Type: application/x-www-form-urlencoded`. This extractor reads
/// the query of a GET or HEAD request, and the body of any other request. A body with another type is refused
/// with 415, a body that is too long with 413, and fields that cannot be deserialized into `T` with 422. The
/// conventions are those of [`Query`](crate::Query).
///
/// # Examples
///
/// ```
/// use router::prelude::*;
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Login {
///     user: String,
///     #[serde(default)]
///     remember: bool,
/// }
///
/// struct Site;
///
/// #[routes]
/// impl Site {
///     #[route(post, "/login")]
///     fn login(&self, Form(login): Form<Login>) -> Redirect {
///         let days = if login.remember { 30 } else { 1 };
///         tracing::info!("{} for {days} days", login.user);
///         Redirect::to("/")
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Form<T>(pub T);

/// An error from reading a form.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct FormError(FormErrorKind);

#[derive(Debug, thiserror::Error)]
enum FormErrorKind {
    #[error("invalid form: {0}")]
    Fields(#[source] PairsError),
    #[error(transparent)]
    Body(TypedBodyError),
}

#[diagnostic::do_not_recommend]
impl IntoResponse for FormError {
    fn into_response(self) -> Response {
        let status = match self.0 {
            FormErrorKind::Body(error) => return error.into_response(),
            FormErrorKind::Fields(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        (status, self.to_string()).into_response()
    }
}

impl<M, T: Deserializable> FromRequest<M> for Form<T> {
    type Rejection = FormError;
    const TAKES_BODY: bool = true;
    /// The form of a GET request is its query.
    const NEEDS_BODY: bool = false;

    fn from_request(
        _: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Self, FormError>> + Send {
        Self::extract(request)
    }

    /// Returns `None` if a GET or HEAD request has no query, or if any other request has no body.
    fn from_request_optional(
        _: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Option<Self>, Rejection>> + Send {
        Self::extract_optional(request)
    }
}

impl<T: DeserializeOwned> Form<T> {
    /// Does not depend on the module's type, so all modules share this function.
    async fn extract(request: &mut Request) -> Result<Self, FormError> {
        if let Some(query) = query(request) {
            return Self::parse(query.as_bytes());
        }
        let bytes = FORM.collect(request).await.map_err(refused)?;
        Self::parse(&bytes)
    }

    async fn extract_optional(request: &mut Request) -> Result<Option<Self>, Rejection> {
        if let Some(query) = query(request) {
            let fields = Some(query.as_bytes()).filter(|query| !query.is_empty());
            return Ok(fields.map(Self::parse).transpose()?);
        }
        let bytes = FORM.collect_optional(request).await.map_err(refused)?;
        Ok(bytes.map(|bytes| Self::parse(&bytes)).transpose()?)
    }

    fn parse(fields: &[u8]) -> Result<Self, FormError> {
        let value = pairs::read(fields);
        value
            .map(Self)
            .map_err(|error| FormError(FormErrorKind::Fields(error)))
    }
}

fn refused(error: TypedBodyError) -> FormError {
    FormError(FormErrorKind::Body(error))
}

/// Returns the query if the form is in the query (GET and HEAD), or `None` if the form is in the body.
fn query(request: &Request) -> Option<&str> {
    let head = request.head();
    matches!(*head.method(), Method::GET | Method::HEAD)
        .then(|| head.uri().query().unwrap_or_default())
}

const FORM: MediaType = MediaType {
    name: FORM_TYPE,
    accepts: |essence| essence.eq_ignore_ascii_case(FORM_TYPE),
};

const FORM_TYPE: &str = "application/x-www-form-urlencoded";
