//! The query of a request.

use super::{FromRequest, IntoResponse, Request, RequestHead, Response};
use http::StatusCode;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The query, read into a struct; a request without one has an empty query.
///
/// Refused with 400 when it isn't what `T` wants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Query<T>(pub T);

/// Why a query could not be read.
#[derive(Debug, thiserror::Error)]
#[error("invalid query string: {0}")]
pub struct QueryError(#[source] serde_urlencoded::de::Error);

#[diagnostic::do_not_recommend]
impl IntoResponse for QueryError {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, self.to_string()).into_response()
    }
}

pub(super) fn parse<T: DeserializeOwned>(head: &RequestHead) -> Result<T, QueryError> {
    serde_urlencoded::from_str(head.uri().query().unwrap_or_default()).map_err(QueryError)
}

impl<M, T: DeserializeOwned> FromRequest<M> for Query<T> {
    type Rejection = QueryError;

    fn from_request(
        _: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Self, QueryError>> + Send {
        Self::read(request)
    }
}

impl<T: DeserializeOwned> Query<T> {
    /// The same for all modules.
    async fn read(request: &mut Request) -> Result<Self, QueryError> {
        parse(request.head()).map(Self)
    }
}
