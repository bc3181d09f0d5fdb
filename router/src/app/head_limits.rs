//! Limits on the head of a request.

use http::{StatusCode, Uri, request::Parts};

/// Limits on the head of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeadLimits {
    /// Bytes of the whole head: the request line, the header fields and the empty line.
    pub(crate) bytes: usize,
    /// The number of header fields.
    pub(crate) fields: usize,
    /// Bytes of the request target.
    pub(crate) target: usize,
}

impl Default for HeadLimits {
    fn default() -> Self {
        Self {
            bytes: 32 * 1024,
            fields: 100,
            target: 8 * 1024,
        }
    }
}

impl HeadLimits {
    /// Returns the status and the reason if the head is too long. hyper has checked the number of fields.
    pub(super) fn exceeded_by(&self, request: &Parts) -> Option<(StatusCode, &'static str)> {
        let target = target_length(&request.uri);
        if target > self.target {
            let reason = "the request target is longer than `max_uri` allows";
            return Some((StatusCode::URI_TOO_LONG, reason));
        }
        if head_length(request, target) > self.bytes {
            let reason = "the head of the request is longer than `max_head` allows";
            return Some((StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, reason));
        }
        None
    }
}

/// The length of the request target, in any of its forms (RFC 9112 §3.2).
fn target_length(uri: &Uri) -> usize {
    let scheme = uri.scheme_str().map_or(0, |scheme| scheme.len() + 3);
    let authority = uri.authority().map_or(0, |text| text.as_str().len());
    let path = uri.path_and_query().map_or(0, |text| text.as_str().len());
    scheme + authority + path
}

/// The length of the head as clients usually send it: with one space after each colon.
fn head_length(request: &Parts, target: usize) -> usize {
    let line = request.method.as_str().len() + " ".len() + target + " HTTP/1.1\r\n".len();
    let field = |name: &str, value: &[u8]| name.len() + ": ".len() + value.len() + "\r\n".len();
    let fields = request.headers.iter();
    let fields = fields.map(|(name, value)| field(name.as_str(), value.as_bytes()));
    line + fields.sum::<usize>() + "\r\n".len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{Method, Request};

    fn request(method: Method, target: &str) -> Parts {
        let request = Request::builder().method(method).uri(target);
        request.header("host", "a").body(()).unwrap().into_parts().0
    }

    #[test]
    fn lengths_are_those_on_the_wire() {
        for (method, target) in [
            (Method::GET, "/"),
            (Method::POST, "/path?query=1"),
            (Method::GET, "http://example.com:80/path?query"),
            (Method::OPTIONS, "*"),
            (Method::CONNECT, "example.com:443"),
        ] {
            let head = format!("{method} {target} HTTP/1.1\r\nhost: a\r\n\r\n");
            let request = request(method, target);
            assert_eq!(target_length(&request.uri), target.len(), "{target}");
            assert_eq!(head_length(&request, target.len()), head.len(), "{target}");
        }
    }
}
