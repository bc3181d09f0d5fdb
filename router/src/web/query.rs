//! The query of a request.

use super::{
    FromRequest, IntoResponse, Rejection, Request, RequestHead, Response,
    json::Deserializable,
    pairs::{self, PairsError},
};
use http::StatusCode;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// An extractor that deserializes the query of a request. A request without a query has an empty one.
///
/// A query that cannot be deserialized into `T` is refused with 400. The conventions of HTML forms and
/// `URLSearchParams` apply:
///
/// - a name that occurs several times is a list; with `#[serde(default)]`, the name may be missing,
/// - an empty value is `None` for an `Option` of a number or `bool`, and `Some("")` for an `Option<String>`,
/// - `on` (a checkbox) and `true` are the `bool` `true`, and `false` is `false`.
///
/// A struct in `#[serde(flatten)]` can contain only text fields, because serde does not pass on the types of
/// flattened fields. For numbers, use `serde_with::DisplayFromStr`.
///
/// # Examples
///
/// ```
/// use router::prelude::*;
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Search {
///     #[serde(default)]
///     tag: Vec<String>,
///     page: Option<u32>,
/// }
///
/// struct Shop;
///
/// #[routes]
/// impl Shop {
///     /// `/search?tag=red&tag=round&page=`
///     #[route(get, "/search")]
///     fn search(&self, query: Query<Search>) -> String {
///         format!("{:?}, page {}", query.0.tag, query.0.page.unwrap_or(1))
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Query<T>(pub T);

/// An error from reading a query.
#[derive(Debug, thiserror::Error)]
#[error("invalid query string: {0}")]
pub struct QueryError(#[source] PairsError);

#[diagnostic::do_not_recommend]
impl IntoResponse for QueryError {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, self.to_string()).into_response()
    }
}

pub(super) fn parse<T: DeserializeOwned>(head: &RequestHead) -> Result<T, QueryError> {
    let query = head.uri().query().unwrap_or_default();
    pairs::read(query.as_bytes()).map_err(QueryError)
}

impl<M, T: Deserializable> FromRequest<M> for Query<T> {
    type Rejection = QueryError;

    fn from_request(
        _: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Self, QueryError>> + Send {
        Self::read(request)
    }

    /// Returns `None` if the request has no query, or an empty one.
    fn from_request_optional(
        _: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Option<Self>, Rejection>> + Send {
        Self::read_optional(request)
    }
}

impl<T: DeserializeOwned> Query<T> {
    async fn read_optional(request: &mut Request) -> Result<Option<Self>, Rejection> {
        if request.head().uri().query().is_none_or(str::is_empty) {
            return Ok(None);
        }
        Ok(Some(Self::read(request).await?))
    }

    /// Does not depend on the module's type, so all modules share this function.
    async fn read(request: &mut Request) -> Result<Self, QueryError> {
        parse(request.head()).map(Self)
    }
}
