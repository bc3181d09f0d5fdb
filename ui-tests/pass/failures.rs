//! The errors that a handler may return: each has a status.

#![deny(warnings)]

use router::{JsonError, Rejection, prelude::*};
use std::convert::Infallible;

struct ApiError;

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        StatusCode::CONFLICT.into_response()
    }
}

struct Page;

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        "a page".into_response()
    }
}

type ApiResult<T, E = ApiError> = Result<T, E>;
type Refusal = Rejection;

struct Api;

#[routes]
impl Api {
    #[route(get, "/1")]
    fn own(&self) -> Result<Page, ApiError> {
        Ok(Page)
    }

    #[route(get, "/2")]
    async fn alias(&self) -> ApiResult<Json<u8>> {
        Err(ApiError)
    }

    #[route(get, "/3")]
    fn alias_of_the_error(&self) -> Result<(), Refusal> {
        Err(StatusCode::CONFLICT.into())
    }

    #[route(get, "/4")]
    fn headers(&self) -> Result<String, ([(&'static str, &'static str); 1], StatusCode)> {
        Err(([("retry-after", "1")], StatusCode::SERVICE_UNAVAILABLE))
    }

    #[route(get, "/5")]
    fn status(&self) -> Result<&'static str, (StatusCode, HeaderMap, Json<u8>)> {
        Ok("fine")
    }

    #[route(get, "/6")]
    fn never(&self) -> Result<Html<String>, Infallible> {
        Ok(Html(String::new()))
    }

    #[route(post, "/7")]
    fn of_an_extractor(&self, json: Result<Json<u8>, JsonError>) -> Result<Json<u8>, JsonError> {
        json
    }

    #[route(get, "/8")]
    fn opaque(&self) -> ApiResult<impl IntoResponse, Response> {
        Ok("fine")
    }

    #[route(get, "/9")]
    fn with_headers(&self) -> (HeaderMap, Page) {
        (HeaderMap::new(), Page)
    }
}

struct Chat;

type Admitted = ApiResult<Vec<String>>;

#[websocket(path = "/", data = Vec<String>)]
impl Chat {
    #[on(upgrade)]
    fn admit(&self) -> Admitted {
        Err(ApiError)
    }
}

fn main() {
    let _: fn() -> Router = || Router::new().mount(Api).mount(Chat);
}
