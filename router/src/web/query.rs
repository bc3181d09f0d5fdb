//! The query of a request.

use super::{
    FromRequest, IntoResponse, Rejection, Request, RequestHead, Response, json::Deserializable,
};
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_html_form::de;
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
/// A struct in `#[serde(flatten)]` can contain texts only, because serde then asks for values without their
/// types. `serde_with::DisplayFromStr` makes numbers of them.
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
pub struct QueryError(#[source] QueryFault);

/// An error with the name of the field, if it belongs to one.
#[derive(Debug, thiserror::Error)]
enum QueryFault {
    #[error("{0}")]
    Whole(#[source] de::Error),
    #[error("`{0}`: {1}")]
    Field(String, #[source] de::Error),
}

#[diagnostic::do_not_recommend]
impl IntoResponse for QueryError {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, self.to_string()).into_response()
    }
}

pub(super) fn parse<T: DeserializeOwned>(head: &RequestHead) -> Result<T, QueryError> {
    from_str(head.uri().query().unwrap_or_default())
}

fn from_str<T: DeserializeOwned>(query: &str) -> Result<T, QueryError> {
    let deserializer = de::Deserializer::from_bytes(query.as_bytes());
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let field = error.path().to_string();
        // The path of an error that belongs to no field.
        let is_whole = field == ".";
        let error = error.into_inner();
        QueryError(if is_whole {
            QueryFault::Whole(error)
        } else {
            QueryFault::Field(field, error)
        })
    })
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

#[cfg(test)]
mod tests {
    use super::from_str;
    use serde::{Deserialize, de::DeserializeOwned};
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Search {
        #[serde(default)]
        tag: Vec<String>,
        page: Option<u32>,
        #[serde(default)]
        exact: bool,
    }

    fn read<T: DeserializeOwned>(query: &str) -> Result<T, String> {
        from_str(query).map_err(|error| error.to_string())
    }

    fn search(tag: &[&str], page: Option<u32>, exact: bool) -> Search {
        let tag = tag.iter().map(|&tag| tag.to_owned()).collect();
        Search { tag, page, exact }
    }

    #[test]
    fn a_name_that_occurs_several_times_is_a_list() {
        assert_eq!(read(""), Ok(search(&[], None, false)));
        assert_eq!(read("tag=a"), Ok(search(&["a"], None, false)));
        assert_eq!(
            read("tag=a&page=2&tag=b"),
            Ok(search(&["a", "b"], Some(2), false))
        );
        assert!(read::<Search>("page=1&page=2").is_err());
    }

    #[test]
    fn an_empty_number_is_none() {
        assert_eq!(read("page="), Ok(search(&[], None, false)));
        assert_eq!(read("page"), Ok(search(&[], None, false)));
        assert!(read::<BTreeMap<String, u8>>("n=").is_err());
    }

    #[test]
    fn a_checkbox_is_a_bool() {
        for on in ["exact=on", "exact=true"] {
            assert_eq!(read(on), Ok(search(&[], None, true)), "{on}");
        }
        assert_eq!(read("exact=false"), Ok(search(&[], None, false)));
        assert!(read::<Search>("exact=maybe").is_err());
    }

    #[test]
    fn names_and_values_are_decoded() {
        let both: BTreeMap<String, String> = read("a%20b=c+d&e=%C3%A4%zz").unwrap();
        assert_eq!(both["a b"], "c d");
        assert_eq!(both["e"], "ä%zz");
    }

    #[test]
    fn an_error_names_its_field() {
        assert_eq!(
            read::<Search>("page=two"),
            Err("invalid query string: `page`: invalid digit found in string".to_owned())
        );
        #[derive(Debug, Deserialize)]
        struct Needed {
            #[expect(dead_code, reason = "never read")]
            id: u64,
        }
        assert_eq!(
            read::<Needed>("other=1").unwrap_err(),
            "invalid query string: missing field `id`"
        );
    }
}
