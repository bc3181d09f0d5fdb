//! Tower services below a prefix.

use super::Router;
use crate::{
    app::{
        Answer, HttpService, Origin, ResponseBody,
        layer::{self, Next},
        table::Handler,
    },
    error::Problem,
    web::{Rejection, RemoteAddr, Request, UNKNOWN_ADDRESS},
};
use http::{Uri, uri::PathAndQuery};
use router_pattern::{Pattern, Segment};
use std::{any::type_name_of_val, panic::Location, sync::Arc};

/// The URI of a request before the app removed the prefix of a mounted service from it.
///
/// A [service](crate::Router::mount_service) finds it in the extensions of its requests. If services are
/// mounted inside of each other, it is the URI that the outermost app has received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginalUri(pub Uri);

impl Router {
    /// Adds a tower service, such as a folder of files or an axum app, for all paths that begin with `prefix`.
    ///
    /// The service gets requests of every method except CONNECT. The prefix is removed from their URI, and the
    /// extensions contain the [`OriginalUri`] and, unless a layer has set another one, the [`RemoteAddr`].
    ///
    /// A service at `/files` has the patterns `/files`, `/files/` and `/files/{*_rest}`. As between two
    /// routes, the more specific pattern decides. So the route `/files/{name}` takes precedence over the
    /// service, and a service at `/` answers all paths that nothing else matches. If a route and a service
    /// have the same pattern, the route answers its methods and handshakes, and the service answers all
    /// other requests.
    ///
    /// The app's layers wrap the service. [`body_limit`](Self::body_limit) is not applied to the service, and
    /// bodies that it collects are not counted for [`memory_limit`](Self::memory_limit). An error of the
    /// service is logged and answered with 500.
    ///
    /// WebSocket works in the service, too, if it uses hyper's `OnUpgrade`, as axum does. Such sockets belong to
    /// the service: they do not count for [`max_connections`](Self::max_connections), and a shutdown neither
    /// closes them nor waits for them.
    ///
    /// A prefix consists of literal segments, such as `/files`. A prefix with parameters, a prefix that ends with
    /// `/`, and two services with the same prefix are errors when the app is served.
    ///
    /// # Examples
    ///
    /// An axum app below `/legacy`:
    ///
    /// ```
    /// use axum::routing::get;
    /// use router::Router;
    ///
    /// let legacy = axum::Router::new().route("/users", get(|| async { "all users" }));
    /// let router = Router::new().mount_service("/legacy", legacy);
    /// ```
    ///
    /// Files, and the page of a single-page app for all other paths. (Below another prefix, give it to
    /// `ServeDir::redirect_path_prefix`, so that redirects to folders contain it.)
    ///
    /// ```
    /// use router::Router;
    /// use tower_http::services::{ServeDir, ServeFile};
    ///
    /// let files = ServeDir::new("dist").fallback(ServeFile::new("dist/index.html"));
    /// let router = Router::new().mount_service("/", files);
    /// ```
    #[track_caller]
    pub fn mount_service<B: ResponseBody>(
        mut self,
        prefix: &str,
        service: impl HttpService<B>,
    ) -> Self {
        self.mount_erased(
            prefix,
            type_name_of_val(&service),
            layer::erased("a mounted service", service),
        );
        self
    }

    #[track_caller]
    fn mount_erased(&mut self, prefix: &str, name: &'static str, service: Next) {
        let place = Location::caller();
        let origin = Origin { name, place };
        let depth = match depth(prefix) {
            Ok(depth) => depth,
            Err(error) => {
                let pattern = prefix.to_owned();
                return self.problems.push(Problem::Pattern {
                    origin,
                    pattern,
                    error,
                });
            }
        };
        let handler = Arc::new(Mounted { service, depth });
        let base = if depth == 0 { "" } else { prefix };
        let itself = (depth > 0).then(|| base.to_owned());
        for pattern in itself
            .into_iter()
            .chain([format!("{base}/"), format!("{base}/{{*_rest}}")])
        {
            self.routes.mount_any(origin, pattern, handler.clone());
        }
    }
}

/// The number of segments of a prefix.
fn depth(prefix: &str) -> Result<usize, String> {
    let pattern = Pattern::parse(prefix).map_err(|error| error.to_string())?;
    if prefix == "/" {
        return Ok(0);
    }
    let is_literal =
        |segment: &Segment| matches!(segment, Segment::Static(text) if !text.is_empty());
    if pattern.segments.iter().all(is_literal) {
        Ok(pattern.segments.len())
    } else {
        Err("the prefix of a service must be literal segments, without a `/` at the end".to_owned())
    }
}

struct Mounted {
    service: Next,
    /// The number of segments in the prefix, which are removed from the path of each request.
    depth: usize,
}

impl Handler for Mounted {
    fn run(&self, request: Request) -> Result<Answer, Rejection> {
        let remote = request.head().remote_addr();
        let mut request = request.into_http();
        let original = request.uri().clone();
        *request.uri_mut() = below(&original, self.depth);
        let extensions = request.extensions_mut();
        if extensions.get::<OriginalUri>().is_none() {
            extensions.insert(OriginalUri(original));
        }
        if remote != UNKNOWN_ADDRESS && extensions.get::<RemoteAddr>().is_none() {
            extensions.insert(RemoteAddr(remote));
        }
        let response = (self.service)(request);
        Ok(Answer::future(async move { Ok(response.await) }))
    }
}

/// The URI without the first segments of its path.
fn below(uri: &Uri, segments: usize) -> Uri {
    let path = uri.path();
    let rest = path
        .match_indices('/')
        .nth(segments)
        .map_or("/", |(at, _)| &path[at..]);
    let rest = match uri.query() {
        Some(query) => format!("{rest}?{query}"),
        None => rest.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    let rest = PathAndQuery::try_from(rest).expect("the end of a valid path is a valid path");
    parts.path_and_query = Some(rest);
    Uri::from_parts(parts).expect("only the path has changed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_removed_segment_by_segment() {
        for (uri, segments, expected) in [
            ("/files/a/b?c=/d", 1, "/a/b?c=/d"),
            ("/files", 1, "/"),
            ("/files?x", 1, "/?x"),
            ("/files/", 1, "/"),
            ("/a%2Fb/c//d", 1, "/c//d"),
            ("/a/b/c", 2, "/c"),
            ("/a/b", 0, "/a/b"),
            ("http://host:1/a/b", 1, "http://host:1/b"),
        ] {
            assert_eq!(below(&uri.parse().unwrap(), segments), expected, "{uri}");
        }
    }
}
