//! A route: a request method, a path, and the handler that answers.

use super::{input::Input, signature::Handler};
use router_pattern::Pattern;
use std::rc::Rc;
use syn::LitStr;

pub(crate) struct Route {
    pub(crate) method: HttpMethod,
    pub(crate) path: RoutePath,
    /// Shared by all routes of one handler method.
    pub(crate) handler: Rc<Handler>,
    pub(crate) inputs: Vec<Input>,
}

/// A path with the block's prefix before it.
pub(crate) struct RoutePath {
    /// The path that the user wrote, without the prefix.
    pub(crate) literal: LitStr,
    pub(crate) pattern: Pattern,
    /// The number of parameters in the prefix.
    pub(crate) of_prefix: usize,
}

impl RoutePath {
    pub(crate) fn is_of_prefix(&self, parameter: &str) -> bool {
        let mut of_prefix = self.pattern.parameters().take(self.of_prefix);
        of_prefix.any(|name| name == parameter)
    }
}

/// A request method: the word before the path in `#[route(…)]`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum HttpMethod {
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Head,
    Options,
}

impl HttpMethod {
    pub(crate) const ALL: [Self; 7] = [
        Self::Get,
        Self::Post,
        Self::Put,
        Self::Patch,
        Self::Delete,
        Self::Head,
        Self::Options,
    ];

    /// Whether the body of a request with this method has a meaning (RFC 9110 §9.3).
    pub(crate) fn has_body(self) -> bool {
        !matches!(self, Self::Get | Self::Head)
    }

    /// The name in `#[route(…)]`, and the name on the wire.
    pub(crate) fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Get => ("get", "GET"),
            Self::Post => ("post", "POST"),
            Self::Put => ("put", "PUT"),
            Self::Patch => ("patch", "PATCH"),
            Self::Delete => ("delete", "DELETE"),
            Self::Head => ("head", "HEAD"),
            Self::Options => ("options", "OPTIONS"),
        }
    }
}
