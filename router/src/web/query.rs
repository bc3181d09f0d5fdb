//! The query of a request.

use super::{
    FromRequest, IntoResponse, Rejection, Request, RequestHead, Response,
    form::{self, FormError},
    json::Deserializable,
};
use http::StatusCode;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The query, read into a struct; a request without one has an empty query.
///
/// Refused with 400 when it isn't what `T` wants. It accepts what HTML forms and `URLSearchParams`
/// send:
///
/// - a name that occurs several times is a list; with `#[serde(default)]` it may be missing,
/// - an empty value is `None` for an `Option`,
/// - a `bool` is `true` for `?on`, `?on=on`, `true` and `1`, and `false` for `off`, `false` and `0`,
/// - structs in `#[serde(flatten)]` may have numbers, too.
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

/// Why a query could not be read.
#[derive(Debug, thiserror::Error)]
#[error("invalid query string: {0}")]
pub struct QueryError(#[source] FormError);

#[diagnostic::do_not_recommend]
impl IntoResponse for QueryError {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, self.to_string()).into_response()
    }
}

pub(super) fn parse<T: DeserializeOwned>(head: &RequestHead) -> Result<T, QueryError> {
    form::from_str(head.uri().query().unwrap_or_default()).map_err(QueryError)
}

impl<M, T: Deserializable> FromRequest<M> for Query<T> {
    type Rejection = QueryError;

    fn from_request(
        _: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Self, QueryError>> + Send {
        Self::read(request)
    }

    /// A request without a query has none.
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

    /// The same for all modules.
    async fn read(request: &mut Request) -> Result<Self, QueryError> {
        parse(request.head()).map(Self)
    }
}
